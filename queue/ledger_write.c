/*
 * What all record writers share: a record is formatted behind what is
 * pending, then read back as a recovery would, judged against the ledger,
 * and only then let take effect. One that cannot be read back, or that
 * contradicts, is taken back and never written.
 */
#include "ledger_impl.h"

#include <string.h>

static const char *const op_names[] = {"post", "extend", "stop"};

int ledger_record_begin(struct ledger *ledger, enum ledger_type type,
                        size_t *start, struct err *err)
{
    if (ledger->failed.code != 0) {
        *err = ledger->failed;
        return err->code;
    }
    if (ledger->mode != LEDGER_WRITE)
        return err_set(err, ERR_INTERNAL, "\"%s\" is open for reading only",
                       ledger->info.path);
    *start = ledger->pending.len;
    ledger_line_begin(&ledger->pending, ledger->seq + 1,
                      ledger->os->wall_ms(ledger->os->context), type);
    return 0;
}

/* Takes the half-made record back. Returns err's code. */
static int take_back(struct ledger *ledger, size_t start, const struct err *err)
{
    ledger->pending.failed = 0;
    buf_truncate(&ledger->pending, start);
    return err->code;
}

/* Raw control characters (a line break, too) cannot stand in a record. */
static bool has_control(const char *text, size_t len)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    const uint64_t spaces = UINT64_C(0x2020202020202020);
    uint64_t word, found = 0;
    size_t i = 0;

    /* A byte below 0x20 borrows from its high bit, which it did not have. */
    for (; i + sizeof word <= len; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        found |= (word - spaces) & ~word & high_bits;
    }
    for (; i < len; i++)
        found |= (unsigned char)text[i] < 0x20;
    return found != 0;
}

/* The record as a recovery would read it. */
static int read_back(struct ledger *ledger, size_t start,
                     struct ledger_line *line, struct err *err)
{
    struct buf *pending = &ledger->pending;
    const char *why = "it holds a control character";
    size_t len = pending->len - start - 1;

    if (len >= LEDGER_LINE_MAX)
        return err_set(err, ERR_LIMIT, "a record is over %zu bytes",
                       LEDGER_LINE_MAX);
    if (has_control(pending->data + start, len) ||
        ledger_line_read(&ledger->scanner, pending->data + start, len, line,
                         &why) != LINE_GOOD)
        return err_set(err, ERR_INTERNAL,
                       "a record for \"%s\" could not be read back: %s",
                       ledger->info.path, why);
    return 0;
}

int ledger_record_finish(struct ledger *ledger, size_t start, bool always,
                         struct err *err)
{
    struct ledger_line line;
    struct ledger_event event = {0};
    struct err judged = ERR_INIT;

    ledger_line_end(&ledger->pending, start, ledger->durable);
    int result = buf_error(&ledger->pending, "what is to be recorded", err);
    if (result == 0)
        result = read_back(ledger, start, &line, err);
    if (result == 0)
        result =
            ledger_event_read(ledger, &line, ledger->end + start, &event, err);
    if (result == 0)
        result = ledger_event_find(ledger, &event, err);
    if (result == 0 && ledger_judge(ledger, &event, &judged) < 0) {
        event.contradicts = true;
        if (!always) {
            *err = judged;
            result = judged.code;
        }
    }
    if (result == 0)
        result = ledger_apply(ledger, &event, err);
    if (result < 0)
        return take_back(ledger, start, err);
    ledger->seq++;
    ledger->info.records++;
    ledger->info.bytes = ledger->end + ledger->pending.len;
    if (judged.code != 0)
        *err = judged;
    return judged.code;
}

/* `prev`, for every record of a job but its first. */
static int put_prev(struct ledger *ledger, const uint8_t key[KEY_LEN],
                    bool exact, size_t start, struct err *err)
{
    struct ledger_entry entry;
    uint32_t number;
    int found = ledger_locate(ledger, key, exact, &number, err);

    if (found < 0)
        return take_back(ledger, start, err);
    if (found > 0) {
        ledger_index_get(&ledger->index, number, &entry);
        ledger_put_u64(&ledger->pending, FIELD_prev, entry.offset);
    }
    return 0;
}

int ledger_record_begin_job(struct ledger *ledger, enum ledger_type type,
                            enum ledger_op op, const uint8_t key[KEY_LEN],
                            uint32_t gen, size_t *start, struct err *err)
{
    bool exact = type == TYPE_intent && op == LEDGER_POST;

    if (ledger_record_begin(ledger, type, start, err) < 0 ||
        put_prev(ledger, key, exact, *start, err) < 0)
        return err->code;
    if (type != TYPE_state && type != TYPE_settle)
        ledger_put_str(&ledger->pending, FIELD_op, op_names[op]);
    ledger_put_key(&ledger->pending, key);
    ledger_put_u64(&ledger->pending, FIELD_gen, gen);
    return 0;
}
