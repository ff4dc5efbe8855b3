/*
 * Writing the records that concern no job: the first one, and those of an
 * invocation's beginning and end.
 */
#include "ledger_impl.h"

#include <string.h>

int ledger_add_first(struct ledger *ledger,
                     const struct ledger_identity *identity, struct err *err)
{
    struct buf *line = &ledger->pending;
    uint8_t random[16];
    char uuid[KEY_UUID_MAX];
    size_t start;

    int result = ledger->os->random(ledger->os->context, random, sizeof random);
    if (result < 0)
        return err_set_errno(err, ERR_INTERNAL, -result,
                             "cannot get random bytes for \"%s\"",
                             ledger->info.path);
    if (ledger_record_begin(ledger, TYPE_ledger, &start, err) < 0)
        return err->code;
    key_uuid(random, 4, uuid);
    ledger_put_u64(line, FIELD_version, LEDGER_VERSION);
    ledger_put_str(line, FIELD_ledger, uuid);
    ledger_put_str(line, FIELD_batch, identity->batch);
    ledger_put_str(line, FIELD_shard, identity->shard);
    ledger_put_str(line, FIELD_api_url, identity->api_url);
    ledger_put_str(line, FIELD_generation, identity->generation);
    ledger_put_str(line, FIELD_program, identity->program);
    return ledger_record_finish(ledger, start, false, err);
}

int ledger_add_open(struct ledger *ledger,
                    const struct ledger_open_record *record, struct err *err)
{
    struct buf *line = &ledger->pending;
    size_t start;

    if (ledger_record_begin(ledger, TYPE_open, &start, err) < 0)
        return err->code;
    ledger_put_str(line, FIELD_command, record->command);
    ledger_put_str(line, FIELD_manifest, record->manifest);
    ledger_put_hex(line, FIELD_sha256, record->digest, CID_DIGEST_LEN);
    ledger_put_hex(line, FIELD_account, record->account, 8);
    ledger_put_str(line, FIELD_boot_id, ledger->boot_id);
    ledger_put_json(line, FIELD_options, record->options);
    int result = ledger_record_finish(ledger, start, false, err);
    if (result == 0)
        ledger->open_seq = ledger->seq;
    return result;
}

/* JSON without the white space between its tokens. */
static void add_compact(struct buf *out, const char *text, size_t len)
{
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string && c == '\\' && i + 1 < len) {
            buf_add(out, text + i++, 2);
            continue;
        }
        if (c == '"')
            in_string = !in_string;
        if (in_string || (c != ' ' && c != '\t' && c != '\r' && c != '\n'))
            buf_add_char(out, c);
    }
}

int ledger_add_entry(struct ledger *ledger, const char *id, const char *text,
                     size_t len, struct err *err)
{
    struct buf *line = &ledger->pending;
    struct buf compact;
    size_t start;
    int result;

    buf_init(&compact, LEDGER_LINE_MAX);
    add_compact(&compact, text, len);
    struct ledger_text template = {buf_str(&compact), compact.len};
    struct ledger_text name = {id, strlen(id)};
    result = buf_error(&compact, "a manifest's entry", err);
    if (result < 0 ||
        ledger_hashes_has(&ledger->entries,
                          ledger_entry_hash(ledger, name, template)))
        goto out;
    result = ledger_record_begin(ledger, TYPE_entry, &start, err);
    if (result < 0)
        goto out;
    ledger_put_str(line, FIELD_id, id);
    ledger_put_json(line, FIELD_template, template);
    result = ledger_record_finish(ledger, start, false, err);
out:
    buf_release(&compact);
    return result;
}

int ledger_add_close(struct ledger *ledger,
                     const struct ledger_close_record *record, struct err *err)
{
    struct buf *line = &ledger->pending;
    size_t start;

    if (ledger_record_begin(ledger, TYPE_close, &start, err) < 0)
        return err->code;
    ledger_put_u64(line, FIELD_status,
                   record->status > 0 ? (uint64_t)record->status : 0);
    ledger_put_str(line, FIELD_why, record->why);
    ledger_put_u64(line, FIELD_posted, record->posted);
    ledger_put_u64(line, FIELD_rejected, record->rejected);
    ledger_put_u64(line, FIELD_unknown, record->unknown);
    ledger_put_u64(line, FIELD_pending, record->pending);
    ledger_put_nano(line, FIELD_charged_usd, record->charged_nano);
    return ledger_record_finish(ledger, start, false, err);
}
