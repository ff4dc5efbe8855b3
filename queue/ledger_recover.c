/*
 * Reading a ledger back after whatever happened to it; ledger_repair.c mends.
 *
 * Records are read from the start. Each line is good, bad (not whole, or its
 * CRC is wrong: what a torn write or a damaged disk leaves) or foreign (its
 * CRC is right, but its fields are not ours, or seq or dur do not follow:
 * no crash leaves that, so it is refused wherever it stands).
 *
 * At the first bad line, at byte B, the rest is read only for `dur`: every
 * record was written when the file's first `dur` bytes were known to be on
 * disk. So
 *   - if a good record behind B has dur > B, then B was durable once and is
 *     damaged now: nothing is repaired and nothing may be spent (ERR_DATA).
 *     Such a record may be a bad line's end: blocks that were never written
 *     are zeros and have no newline;
 *   - else no record proves that B ever was durable: all from B on is a torn
 *     tail, good lines in it included (blocks reach the disk in any order).
 *     Nothing that was sent depends on it: an intent's request leaves only
 *     when its bytes are durable, and everything later then says so.
 *     It is copied to PATH.torn and cut off.
 * Since dur is at most its record's own offset, records in front of B never
 * claim B; so B is at or past their greatest dur by itself.
 *
 * What is good but past the greatest dur may be in the page cache only, and
 * may be marked clean after a failed write-back: it is written again in
 * place and synced before anything is acted on.
 *
 * A file of which not even the first record is whole is refused unless it
 * can be the beginning of one (its bytes agree as far as they go, or are
 * zeros, and there is one line at most): anything else is somebody's file.
 */
#include "ledger_impl.h"

#include "ledger_stream.h"

#include <stdio.h>
#include <string.h>

/*
 * Good lines wait a little between being read and taking effect, so that the
 * memory that they need is there when they do. They take effect in order,
 * and before anything else is said of the file.
 */
#define AHEAD 16

struct waiting {
    struct ledger_line line; /* its text is in the stream's memory */
    struct ledger_event event;
};

struct load {
    struct ledger *ledger;
    uint64_t seq; /* of the last line that was read */
    uint64_t greatest_dur;
    uint64_t bad_at; /* UINT64_MAX: no bad line yet */
    const char *bad_why;
    unsigned first, count; /* of those that wait */
    struct waiting ring[AHEAD];
};

static unsigned long long llu(uint64_t value)
{
    return (unsigned long long)value;
}

static int damaged(const struct load *load, struct err *err)
{
    return ledger_verdict_damaged(load->ledger->info.path, load->bad_at,
                                  load->bad_why, err);
}

static int foreign(const struct load *load, uint64_t offset, const char *why,
                   struct err *err)
{
    return ledger_verdict_foreign(load->ledger->info.path, offset, why, err);
}

/*
 * Fewer bytes than the file has, read by who would cut the rest off. A reader
 * takes what is there: a repair may be going on.
 */
static int check_whole(const struct ledger *ledger, uint64_t got, uint64_t size,
                       struct err *err)
{
    if (got >= size || ledger->mode != LEDGER_WRITE)
        return 0;
    return err_set(err, ERR_IO,
                   "\"%s\" got shorter while it was being read: %llu bytes "
                   "instead of %llu",
                   ledger->info.path, llu(got), llu(size));
}

/* Whether a line at or behind the bad one proves that that was durable. */
static int look_behind(struct load *load, const struct ledger_stream_line *in,
                       struct err *err)
{
    struct ledger *ledger = load->ledger;

    if (!in->whole ||
        ledger_proof(&ledger->scanner, in->text, in->len) <= load->bad_at)
        return 0;
    return damaged(load, err);
}

static void take_close(struct ledger *ledger, const struct ledger_line *line)
{
    uint64_t status = 0;
    struct ledger_text why = ledger_get(line, FIELD_why);

    if (line->type == TYPE_open) {
        ledger->info.opened = true;
        ledger->info.opened_ms = ledger_line_ms(line);
        ledger->info.closed = false;
        ledger->info.close_status = 0;
        ledger->close_why[0] = '\0';
    } else if (line->type == TYPE_close) {
        ledger->info.closed = true;
        (void)ledger_get_u64(line, FIELD_status, 255, &status);
        ledger->info.close_status = (int)status;
        snprintf(ledger->close_why, sizeof ledger->close_why, "%.*s",
                 (int)why.len, why.bytes);
    }
}

/* Lets a good line take effect. */
static int take(struct ledger *ledger, struct ledger_event *event,
                struct err *err)
{
    const struct ledger_line *line = event->line;

    if (line->type == TYPE_ledger &&
        ledger_take_identity(ledger, line, err) < 0)
        return err->code;
    if (ledger_event_find(ledger, event, err) < 0)
        return err->code;
    if (ledger_judge(ledger, event, err) < 0) {
        event->contradicts = true;
        if (ledger->info.contradictions++ == 0)
            snprintf(ledger->contradiction, sizeof ledger->contradiction,
                     "byte %llu: %.900s", llu(event->offset), err->message);
    }
    int result = ledger_apply(ledger, event, err);
    if (result < 0)
        return result;
    take_close(ledger, line);
    ledger->seq = line->seq;
    ledger->info.records++;
    ledger->end = event->offset + line->len + 1;
    return 0;
}

/* Lets the oldest `count` of those that wait take effect. */
static int take_oldest(struct load *load, unsigned count, struct err *err)
{
    int result = 0;

    for (; count > 0 && result == 0; count--) {
        result = take(load->ledger, &load->ring[load->first].event, err);
        load->first = (load->first + 1) % AHEAD;
        load->count--;
    }
    return result;
}

/* A good line: checks that it follows, and lets it wait. */
static int follow(struct load *load, struct waiting *place, uint64_t offset,
                  struct err *err)
{
    const struct ledger_line *line = &place->line;
    struct err found; /* clearing all of it takes longer than all this */
    const char *why =
        ledger_does_not_follow(load->seq, load->greatest_dur, line, offset);

    found.code = 0;
    if (why)
        (void)foreign(load, offset, why, &found);
    else
        (void)ledger_event_read(load->ledger, line, offset, &place->event,
                                &found);
    if (found.code != 0) {
        int result = take_oldest(load, load->count, err);
        if (result == 0)
            *err = found;
        return result < 0 ? result : found.code;
    }
    load->seq = line->seq;
    load->greatest_dur = line->dur;
    load->count++;
    return load->count == AHEAD ? take_oldest(load, 1, err) : 0;
}

static int load_line(struct load *load, const struct ledger_stream_line *in,
                     struct err *err)
{
    struct waiting *place = &load->ring[(load->first + load->count) % AHEAD];
    const char *why = "it ends without a newline";
    enum ledger_verdict verdict = LINE_BAD;

    if (load->bad_at != UINT64_MAX)
        return look_behind(load, in, err);
    if (in->whole)
        verdict = ledger_line_skim(&load->ledger->scanner, in->text, in->len,
                                   &place->line, &why);
    if (verdict == LINE_GOOD)
        return follow(load, place, in->offset, err);
    if (take_oldest(load, load->count, err) < 0)
        return err->code;
    if (verdict == LINE_FOREIGN)
        return foreign(load, in->offset, why, err);
    load->bad_at = in->offset;
    load->bad_why = why;
    return look_behind(load, in, err);
}

/* What the file's size and what was read of it say of the number of jobs. */
static void expect_jobs(struct ledger *ledger, uint64_t size)
{
    double jobs = ledger_jobs(ledger);

    if (ledger->end > 0)
        ledger_index_expect(
            &ledger->index,
            (uint64_t)(jobs * ((double)size / (double)ledger->end)));
}

/* What was put off until all is read; first what frees memory. */
static int end_loading(struct ledger *ledger, struct err *err)
{
    struct ledger_job job;
    struct ledger_line line;
    uint32_t number;

    ledger->loading = false;
    ledger_cid_texts_settle(&ledger->cid_texts, &ledger->cids);
    int result = ledger_index_names_on(&ledger->index, &number);
    if (result == ERR_MEMORY)
        return err_set(err, ERR_MEMORY, "out of memory for the ledger's index");
    if (result == 0)
        return 0;
    ledger_job_at(ledger, number, &job);
    result = ledger_fetch_named(ledger, job.offset, &line, err);
    if (result < 0)
        return result;
    return ledger_crowded_name(ledger_get(&line, FIELD_name), err);
}

/* All lines of the file. */
static int load_lines(struct load *load, uint64_t size, struct err *err)
{
    struct ledger *ledger = load->ledger;
    struct ledger_stream stream;
    struct ledger_stream_line line;
    int more = 1;

    ledger_stream_init(&stream, ledger->os, ledger->info.path, ledger->fd, 0,
                       size);
    ledger->loading = true;
    ledger_index_names_off(&ledger->index);
    while (more > 0) {
        /* Reading on moves the memory that waiting lines are in. */
        if (!ledger_stream_ready(&stream)) {
            if ((more = take_oldest(load, load->count, err)) < 0)
                break;
            expect_jobs(ledger, size);
        }
        more = ledger_stream_next(&stream, &line, err);
        if (more > 0 && load_line(load, &line, err) < 0)
            more = err->code;
    }
    if (more == 0)
        more = take_oldest(load, load->count, err);
    if (more == 0)
        more = check_whole(ledger, stream.end, size, err);
    if (more == 0)
        more = end_loading(ledger, err);
    ledger_stream_release(&stream);
    return more;
}

/* Looks at the first bytes before anything is believed: 1, 0, negative. */
static int look_first(struct ledger *ledger, uint64_t size, struct err *err)
{
    char bytes[LEDGER_FIRST_MAX];
    ssize_t n = os_read_full(ledger->os, ledger->fd, bytes, sizeof bytes, 0);

    if (n < 0)
        return err_set_errno(err, ERR_IO, (int)-n, "cannot read \"%s\"",
                             ledger->info.path);
    if (n < (ssize_t)sizeof bytes &&
        check_whole(ledger, (uint64_t)n, size, err) < 0)
        return err->code;
    size_t len = (size_t)n < size ? (size_t)n : (size_t)size;
    return ledger_verdict_first(&ledger->scanner, ledger->info.path, bytes, len,
                                size <= sizeof bytes, err);
}

int ledger_load(struct ledger *ledger, uint64_t size, struct err *err)
{
    struct load load = {.ledger = ledger, .bad_at = UINT64_MAX};
    int result = look_first(ledger, size, err);

    if (result > 0)
        load.bad_at = 0;
    else if (result == 0)
        result = load_lines(&load, size, err);
    if (result < 0)
        return result;
    ledger->durable = load.greatest_dur;
    ledger->info.bytes = ledger->end;
    ledger->info.torn_bytes = size - ledger->end;
    return load.bad_at == 0 ? 1 : 0;
}

int ledger_take_identity(struct ledger *ledger, const struct ledger_line *line,
                         struct err *err)
{
    struct ledger_info *info = &ledger->info;
    struct json doc;
    uint64_t version = 0;

    (void)ledger_get_u64(line, FIELD_version, UINT32_MAX, &version);
    if (version != LEDGER_VERSION)
        return ledger_verdict_newer(info->path, (unsigned)version, err);
    json_init(&doc);
#define COPY(field) \
    ledger_copy(line, FIELD_##field, &ledger->strings, &doc).bytes
    info->id = COPY(ledger);
    info->identity.batch = COPY(batch);
    info->identity.shard = COPY(shard);
    info->identity.api_url = COPY(api_url);
    info->identity.generation = COPY(generation);
    info->identity.program = COPY(program);
#undef COPY
    json_release(&doc);
    const char *name = info->identity.batch ? info->identity.batch
                       : info->id           ? info->id
                                            : "";
    size_t len = strlen(name) + 3;
    char *scope = arena_alloc(&ledger->strings, len);
    if (arena_error(&ledger->strings, "the ledger record", err) < 0)
        return err->code;
    if (!info->id || !info->identity.api_url || !info->identity.generation)
        return err_set(err, ERR_DATA,
                       "byte 0 of \"%s\": the ledger record lacks ledger, "
                       "api_url or generation",
                       info->path);
    snprintf(scope, len, "%c:%s", info->identity.batch ? 'b' : 'l', name);
    info->scope = scope;
    return 0;
}
