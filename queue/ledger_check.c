/*
 * Verifying a ledger from end to end: what recovery verifies, and beyond it
 * every record's JSON, its fields, its `prev`, and that each record may
 * follow the ones before. Behind the first bad line only damage is told.
 */
#include "ledger_rows.h"

#include "ledger_impl.h"
#include "ledger_stream.h"
#include "ledger_time.h"

#include <stdio.h>

struct check {
    struct ledger *ledger;
    const char *path; /* the caller's: errs outlive the ledger */
    struct ledger_check_result *result;
    struct errs *errs;
    struct json doc;
    uint64_t greatest_dur;
    uint64_t bad_at; /* UINT64_MAX: none */
    const char *bad_why;
    bool proved; /* the bad line was told as a problem */
};

/* Fields that a type cannot do without. FIELD_COUNT ends a list. */
#define REQUIRED_MAX 12
static const enum ledger_field required[TYPE_COUNT][REQUIRED_MAX] = {
    [TYPE_ledger] = {FIELD_version, FIELD_ledger, FIELD_api_url,
                     FIELD_generation, FIELD_COUNT},
    [TYPE_open] = {FIELD_command, FIELD_boot_id, FIELD_COUNT},
    [TYPE_entry] = {FIELD_id, FIELD_template, FIELD_COUNT},
    [TYPE_intent] = {FIELD_op, FIELD_key, FIELD_gen, FIELD_epoch, FIELD_name,
                     FIELD_cid, FIELD_market, FIELD_timeout, FIELD_open,
                     FIELD_boot_ms, FIELD_COUNT},
    [TYPE_post] = {FIELD_key, FIELD_gen, FIELD_epoch, FIELD_name, FIELD_cid,
                   FIELD_market, FIELD_timeout, FIELD_address,
                   FIELD_cost_source, FIELD_COUNT},
    [TYPE_release] = {FIELD_key, FIELD_gen, FIELD_epoch, FIELD_why,
                      FIELD_COUNT},
    [TYPE_reject] = {FIELD_key, FIELD_gen, FIELD_epoch, FIELD_name,
                     FIELD_status, FIELD_COUNT},
    [TYPE_unknown] = {FIELD_key, FIELD_gen, FIELD_epoch, FIELD_name, FIELD_why,
                      FIELD_COUNT},
    [TYPE_extend] = {FIELD_key, FIELD_gen, FIELD_address, FIELD_seconds,
                     FIELD_COUNT},
    [TYPE_stop] = {FIELD_key, FIELD_gen, FIELD_address, FIELD_COUNT},
    [TYPE_state] = {FIELD_key, FIELD_gen, FIELD_address, FIELD_state,
                    FIELD_COUNT},
    [TYPE_settle] = {FIELD_key, FIELD_gen, FIELD_epoch, FIELD_who, FIELD_COUNT},
    [TYPE_close] = {FIELD_status, FIELD_why, FIELD_COUNT},
};

static void problem(struct check *check, uint64_t offset, const char *text)
{
    struct err err = ERR_INIT;

    check->result->problems++;
    err_set(&err, ERR_DATA, "byte %llu: %s", (unsigned long long)offset, text);
    err.file = check->path;
    errs_add(check->errs, &err);
}

static void check_fields(struct check *check, const struct ledger_line *line,
                         uint64_t offset)
{
    char text[128];
    struct err err = ERR_INIT;
    struct ledger_text at = ledger_get(line, FIELD_at);
    int64_t ms;

    if (json_parse(&check->doc, line->text, line->len, &err) < 0)
        problem(check, offset, err.message);
    if (!ledger_time_parse(at.bytes, at.len, &ms))
        problem(check, offset, "its time is wrong");
    for (const enum ledger_field *field = required[line->type];
         *field != FIELD_COUNT; field++) {
        if (ledger_has(line, *field))
            continue;
        snprintf(text, sizeof text, "the %s record has no \"%s\"",
                 ledger_type_name(line->type), ledger_field_name(*field));
        problem(check, offset, text);
    }
}

/* `prev` is where the index knows the job's record before. */
static void check_prev(struct check *check, const struct ledger_event *event)
{
    uint64_t prev = 0;
    bool has = ledger_has(event->line, FIELD_prev);

    if (has && !ledger_get_u64(event->line, FIELD_prev, UINT64_MAX, &prev))
        problem(check, event->offset, "prev is no number");
    else if (has != event->has_job || (has && prev != event->entry.offset))
        problem(check, event->offset,
                "prev is not where the job's record before stands");
}

static void check_address(struct check *check, const struct ledger_event *event,
                          struct err *err)
{
    struct ledger_text address;

    if (errs_full(check->errs) ||
        (event->line->type != TYPE_post && event->line->type != TYPE_settle) ||
        !ledger_has(event->line, FIELD_address))
        return;
    address = ledger_copy(event->line, FIELD_address, &check->ledger->strings,
                          &check->doc);
    if (address.bytes &&
        ledger_address_taken(check->ledger, event->key, (uint32_t)event->gen,
                             address.bytes, err) < 0)
        problem(check, event->offset, err->message);
}

/* A good line that follows: judged like at recovery, and then some. */
static int check_record(struct check *check, const struct ledger_line *line,
                        uint64_t offset, struct err *err)
{
    struct ledger *ledger = check->ledger;
    struct ledger_event event = {0};
    struct err found = ERR_INIT;

    check_fields(check, line, offset);
    if (line->type == TYPE_ledger &&
        ledger_take_identity(ledger, line, &found) < 0)
        problem(check, offset, found.message);
    if (ledger_event_read(ledger, line, offset, &event, &found) < 0 ||
        ledger_event_find(ledger, &event, &found) < 0) {
        problem(check, offset, found.message);
        return found.code == ERR_IO ? err_set(err, ERR_IO, "%s", found.message)
                                    : 0;
    }
    if (line->fields[FIELD_key].start != 0)
        check_prev(check, &event);
    if (ledger_judge(ledger, &event, &found) < 0) {
        event.contradicts = true;
        problem(check, offset, found.message);
    }
    check_address(check, &event, &found);
    return ledger_apply(ledger, &event, err);
}

static int check_good(struct check *check, const struct ledger_line *line,
                      uint64_t offset, struct err *err)
{
    struct ledger *ledger = check->ledger;
    const char *why =
        ledger_does_not_follow(ledger->seq, check->greatest_dur, line, offset);

    if (why)
        problem(check, offset, why);
    ledger->end = offset;
    int result = check_record(check, line, offset, err);
    if (result < 0)
        return result;
    if (line->dur > check->greatest_dur)
        check->greatest_dur = line->dur;
    ledger->seq = line->seq;
    ledger->end = offset + line->len + 1;
    check->result->records++;
    return 0;
}

/* Behind the first bad line: only whether that was durable once. */
static void check_proof(struct check *check,
                        const struct ledger_stream_line *in)
{
    if (check->proved || !in->whole ||
        ledger_proof(&check->ledger->scanner, in->text, in->len) <=
            check->bad_at)
        return;
    problem(check, check->bad_at, check->bad_why);
    check->proved = true;
}

static int check_line(struct check *check, const struct ledger_stream_line *in,
                      struct err *err)
{
    struct ledger_line line;
    const char *why = "it ends without a newline";
    enum ledger_verdict verdict = LINE_BAD;

    if (check->bad_at == UINT64_MAX && in->whole)
        verdict = ledger_line_read(&check->ledger->scanner, in->text, in->len,
                                   &line, &why);
    if (verdict == LINE_GOOD)
        return check_good(check, &line, in->offset, err);
    if (verdict == LINE_FOREIGN) {
        problem(check, in->offset, why);
        return 0;
    }
    if (check->bad_at == UINT64_MAX) {
        check->bad_at = in->offset;
        check->bad_why = why;
    }
    check_proof(check, in);
    return 0;
}

static int check_all(struct check *check, uint64_t size, struct err *err)
{
    struct ledger *ledger = check->ledger;
    struct ledger_stream stream;
    struct ledger_stream_line line;
    int more;

    ledger_stream_init(&stream, ledger->os, ledger->info.path, ledger->fd, 0,
                       size);
    while ((more = ledger_stream_next(&stream, &line, err)) > 0)
        if (check_line(check, &line, err) < 0) {
            more = err->code;
            break;
        }
    ledger_stream_release(&stream);
    check->result->bytes = size;
    check->result->jobs = ledger_jobs(ledger);
    if (check->bad_at != UINT64_MAX && !check->proved)
        check->result->torn_bytes = size - check->bad_at;
    if (check->result->records == 0 && more == 0)
        problem(check, 0, "the file holds no record");
    return more;
}

int ledger_check(const struct os *os, const char *path,
                 struct ledger_check_result *result, struct errs *errs,
                 struct err *err)
{
    struct ledger_options options = {
        .os = os, .mode = LEDGER_READ, .path = path, .watch = true};
    struct check check = {
        .path = path, .result = result, .errs = errs, .bad_at = UINT64_MAX};
    uint64_t size = 0;

    *result = (struct ledger_check_result){0};
    check.ledger = ledger_new(&options, err);
    if (!check.ledger)
        return err->code;
    json_init(&check.doc);
    int opened = ledger_file_open(check.ledger, false, &size, err);
    if (opened > 0)
        opened = err_set(err, ERR_INPUT, "there is no ledger \"%s\"", path);
    if (opened == 0)
        opened = check_all(&check, size, err);
    json_release(&check.doc);
    ledger_close(check.ledger);
    return opened;
}
