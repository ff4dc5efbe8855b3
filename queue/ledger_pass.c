#include "ledger_pass.h"

#include <string.h>
#include <unistd.h>

#define GZIP_MAGIC "\x1f\x8b"

int ledger_pass_open(struct ledger_pass *pass, const struct os *os,
                     const char *path, struct err *err)
{
    struct ledger_options options = {
        .os = os, .mode = LEDGER_READ, .path = path};
    char magic[2];

    memset(pass, 0, sizeof *pass);
    pass->bad_at = UINT64_MAX;
    pass->ledger = ledger_new(&options, err);
    if (!pass->ledger)
        return err->code;
    path = pass->ledger->info.path;
    int result = ledger_file_open(pass->ledger, false, &pass->size, err);
    if (result > 0)
        return err_set(err, ERR_INPUT, "there is no ledger %s", path);
    if (result < 0)
        return result;
    int fd = pass->ledger->fd;
    ssize_t n = os_read_full(os, fd, magic, sizeof magic, 0);
    pass->gzip = n == sizeof magic && memcmp(magic, GZIP_MAGIC, 2) == 0;
    if (!pass->gzip) {
        ledger_stream_init(&pass->stream, os, path, fd, 0, pass->size);
        return 0;
    }
    ledger_stream_init_gzip(&pass->stream, path, &pass->inflate);
    return gzvalues_inflate_open(&pass->inflate, fd, UINT64_MAX, err);
}

void ledger_pass_close(struct ledger_pass *pass)
{
    ledger_stream_release(&pass->stream);
    if (pass->gzip)
        gzvalues_inflate_release(&pass->inflate);
    ledger_close(pass->ledger);
    pass->ledger = NULL;
}

/* Lets the oldest `count` of those that wait be taken. */
static int take_oldest(struct ledger_pass *pass, unsigned count,
                       struct err *err)
{
    int result = 0;

    for (; count > 0 && result == 0; count--) {
        const struct ledger_pass_record *record = &pass->ring[pass->first];
        if (record->line.type == TYPE_ledger)
            result = ledger_take_identity(pass->ledger, &record->line, err);
        if (result == 0)
            result = pass->user.take(pass->user.arg, record, err);
        pass->end = record->event.offset + record->line.len + 1;
        pass->ledger->info.records++;
        pass->first = (pass->first + 1) % LEDGER_PASS_AHEAD;
        pass->count--;
    }
    return result;
}

/* Records in front of an error are taken first, as by ledger_open. */
static int refuse(struct ledger_pass *pass, const struct err *found,
                  struct err *err)
{
    int result = take_oldest(pass, pass->count, err);

    if (result == 0)
        *err = *found;
    return result != 0 ? result : found->code;
}

/* A good line: checks that it follows, and lets it wait. */
static int follow(struct ledger_pass *pass, struct ledger_pass_record *record,
                  uint64_t offset, struct err *err)
{
    struct err found; /* a kilobyte, not to be cleared for each record */
    const char *why = ledger_does_not_follow(pass->seq, pass->greatest_dur,
                                             &record->line, offset);

    found.code = 0;
    if (why)
        (void)ledger_verdict_foreign(pass->ledger->info.path, offset, why,
                                     &found);
    else
        (void)ledger_event_fields(pass->ledger, &record->line, offset,
                                  &record->event, &found);
    if (found.code != 0)
        return refuse(pass, &found, err);
    record->note =
        pass->user.ahead ? pass->user.ahead(pass->user.arg, record) : 0;
    pass->seq = record->line.seq;
    pass->greatest_dur = record->line.dur;
    pass->count++;
    return pass->count == LEDGER_PASS_AHEAD ? take_oldest(pass, 1, err) : 0;
}

/* Whether a line at or behind the bad one proves that that was durable. */
static int look_behind(struct ledger_pass *pass,
                       const struct ledger_stream_line *in, struct err *err)
{
    struct ledger *ledger = pass->ledger;

    if (!in->whole ||
        ledger_proof(&ledger->scanner, in->text, in->len) <= pass->bad_at)
        return 0;
    return ledger_verdict_damaged(ledger->info.path, pass->bad_at,
                                  pass->bad_why, err);
}

static int foreign(struct ledger_pass *pass, uint64_t offset, const char *why,
                   struct err *err)
{
    struct err found;

    (void)ledger_verdict_foreign(pass->ledger->info.path, offset, why, &found);
    return refuse(pass, &found, err);
}

static int read_line(struct ledger_pass *pass,
                     const struct ledger_stream_line *in, struct err *err)
{
    struct ledger_scanner *scanner = &pass->ledger->scanner;
    struct ledger_pass_record *record =
        &pass->ring[(pass->first + pass->count) % LEDGER_PASS_AHEAD];
    const char *why = "it ends without a newline";
    enum ledger_verdict verdict = LINE_BAD;

    if (pass->bad_at != UINT64_MAX)
        return look_behind(pass, in, err);
    if (in->whole)
        verdict = (pass->whole_lines ? ledger_line_read : ledger_line_skim)(
            scanner, in->text, in->len, &record->line, &why);
    if (verdict == LINE_GOOD)
        return follow(pass, record, in->offset, err);
    if (verdict == LINE_FOREIGN)
        return foreign(pass, in->offset, why, err);
    int result = take_oldest(pass, pass->count, err);
    if (result != 0)
        return result;
    pass->bad_at = in->offset;
    pass->bad_why = why;
    return look_behind(pass, in, err);
}

/* The first line, before anything is believed. */
static int look_first(struct ledger_pass *pass, struct err *err)
{
    const char *path = pass->ledger->info.path;
    struct ledger_stream_line line = {.text = ""};
    size_t len = 0;

    int more = ledger_stream_next(&pass->stream, &line, err);
    if (more < 0)
        return more;
    if (more > 0)
        len = line.len + (line.whole ? 1 : 0);
    bool all = !pass->gzip && len == pass->size;
    len = len < LEDGER_FIRST_MAX ? len : LEDGER_FIRST_MAX;
    int result = ledger_verdict_first(&pass->ledger->scanner, path, line.text,
                                      len, all, err);
    if (result > 0)
        return err_set(err, ERR_INPUT, "there is no ledger %s", path);
    return result == 0 ? read_line(pass, &line, err) : result;
}

int ledger_pass_run(struct ledger_pass *pass,
                    const struct ledger_pass_user *user, struct err *err)
{
    struct ledger_stream *stream = &pass->stream;
    struct ledger_stream_line line;

    pass->user = *user;
    int more = look_first(pass, err);
    while (more == 0) {
        /* Reading on moves the memory that waiting lines are in. */
        if (!ledger_stream_ready(stream) &&
            (more = take_oldest(pass, pass->count, err)) != 0)
            return more;
        more = ledger_stream_next(stream, &line, err);
        if (more == 0)
            return take_oldest(pass, pass->count, err);
        if (more > 0)
            more = read_line(pass, &line, err);
    }
    return more;
}
