#include "ledger_impl.h"

#include "../templates/json.h"

#include <string.h>

#define FIRST_BYTES 4096

/* Reads the line at offset into ledger->fetched, however long it is. */
static int read_line(struct ledger *ledger, uint64_t offset, size_t *len,
                     struct err *err)
{
    struct buf *line = &ledger->fetched;
    size_t want = FIRST_BYTES;

    for (;; want *= 2) {
        buf_clear(line);
        want = want < LEDGER_LINE_MAX ? want : LEDGER_LINE_MAX;
        char *room = buf_room(line, want);
        if (!room)
            return buf_error(line, "a ledger's record", err);
        ssize_t n = os_read_full(ledger->os, ledger->fd, room, want, offset);
        if (n < 0)
            return err_set_errno(err, ERR_IO, (int)-n, "cannot read \"%s\"",
                                 ledger->info.path);
        buf_grown(line, (size_t)n);
        char *newline = memchr(line->data, '\n', line->len);
        if (newline) {
            *len = (size_t)(newline - line->data);
            return 0;
        }
        if ((size_t)n < want || want == LEDGER_LINE_MAX)
            break;
    }
    return err_set(err, ERR_DATA, "byte %llu of \"%s\": no record is there",
                   (unsigned long long)offset, ledger->info.path);
}

int ledger_fetch(struct ledger *ledger, uint64_t offset,
                 struct ledger_line *line, struct err *err)
{
    const char *text;
    const char *why;
    size_t len = 0;

    if (offset >= ledger->end) {
        size_t at = (size_t)(offset - ledger->end);
        text = at < ledger->pending.len ? ledger->pending.data + at : NULL;
        const char *newline =
            text ? memchr(text, '\n', ledger->pending.len - at) : NULL;
        if (!newline)
            return err_set(err, ERR_DATA,
                           "byte %llu of \"%s\": no record is there",
                           (unsigned long long)offset, ledger->info.path);
        len = (size_t)(newline - text);
    } else {
        int result = read_line(ledger, offset, &len, err);
        if (result < 0)
            return result;
        text = ledger->fetched.data;
    }
    if (ledger_line_read(&ledger->scanner, text, len, line, &why) != LINE_GOOD)
        return err_set(err, ERR_DATA,
                       "byte %llu of \"%s\": the record cannot be read: %s",
                       (unsigned long long)offset, ledger->info.path, why);
    return 0;
}

int ledger_fetch_prev(struct ledger *ledger, struct ledger_line *line,
                      uint64_t *offset, struct err *err)
{
    uint8_t key[KEY_LEN];
    uint8_t same[KEY_LEN];
    uint64_t prev;

    if (!ledger_has(line, FIELD_prev))
        return 0;
    /* Strictly backwards, so that no file makes us go round. */
    if (!ledger_get_u64(line, FIELD_prev, UINT64_MAX, &prev) ||
        prev >= *offset || !ledger_get_key(line, key))
        return err_set(err, ERR_DATA, "byte %llu of \"%s\": prev is wrong",
                       (unsigned long long)*offset, ledger->info.path);
    int result = ledger_fetch(ledger, prev, line, err);
    if (result < 0)
        return result;
    if (!ledger_get_key(line, same) || memcmp(key, same, KEY_LEN) != 0)
        return err_set(err, ERR_DATA,
                       "byte %llu of \"%s\": prev names another job's record",
                       (unsigned long long)*offset, ledger->info.path);
    *offset = prev;
    return 1;
}

/* Whether the job's record has this key. 1, 0 or negative. */
static int confirm(struct ledger *ledger, const uint8_t key[KEY_LEN],
                   uint64_t offset, struct err *err)
{
    struct ledger_line line;
    uint8_t found[KEY_LEN];
    int result = ledger_fetch(ledger, offset, &line, err);

    if (result < 0)
        return result;
    return ledger_get_key(&line, found) && memcmp(found, key, KEY_LEN) == 0;
}

int ledger_locate(struct ledger *ledger, const uint8_t key[KEY_LEN], bool exact,
                  uint32_t *number, struct err *err)
{
    struct ledger_entry entry;
    uint64_t cursor = 0;
    uint32_t at;

    while ((at = ledger_index_key(&ledger->index, key, &cursor)) !=
           LEDGER_NO_JOB) {
        ledger_index_get(&ledger->index, at, &entry);
        int same =
            exact || entry.twin ? confirm(ledger, key, entry.offset, err) : 1;
        if (same < 0)
            return same;
        if (same > 0) {
            *number = at;
            return 1;
        }
    }
    return 0;
}

static void fill_job(const struct ledger *ledger, uint32_t number,
                     struct ledger_job *job)
{
    struct ledger_entry entry;

    ledger_index_get(&ledger->index, number, &entry);
    job->number = number;
    job->state = entry.state;
    job->gen = entry.gen;
    job->epoch = entry.epoch;
    job->offset = entry.offset;
}

int ledger_find_key(struct ledger *ledger, const uint8_t key[KEY_LEN],
                    struct ledger_job *job, struct err *err)
{
    uint32_t number;
    int found = ledger_locate(ledger, key, true, &number, err);

    if (found > 0)
        fill_job(ledger, number, job);
    return found;
}

uint32_t ledger_name_hash(const struct ledger *ledger,
                          struct ledger_text escaped)
{
    return (uint32_t)ledger_hash(&ledger->index.seed, escaped.bytes,
                                 escaped.len);
}

int ledger_fetch_named(struct ledger *ledger, uint64_t offset,
                       struct ledger_line *line, struct err *err)
{
    int more = ledger_fetch(ledger, offset, line, err) < 0 ? err->code : 1;

    while (more > 0 && !ledger_has(line, FIELD_name))
        more = ledger_fetch_prev(ledger, line, &offset, err);
    return more;
}

/* Whether the job whose newest record stands at an offset has this name. */
static int confirm_name(struct ledger *ledger, uint64_t offset,
                        struct ledger_text escaped, struct err *err)
{
    struct ledger_line line;
    int found = ledger_fetch_named(ledger, offset, &line, err);

    if (found <= 0)
        return found;
    struct ledger_text name = ledger_get(&line, FIELD_name);
    return name.len == escaped.len &&
           memcmp(name.bytes, escaped.bytes, name.len) == 0;
}

int ledger_find_name(struct ledger *ledger, const char *name, size_t len,
                     uint64_t *cursor, struct ledger_job *job, struct err *err)
{
    struct buf quoted;
    uint32_t number;
    int found = 0;

    buf_init(&quoted, LEDGER_LINE_MAX);
    json_escape(&quoted, name, len);
    if (quoted.failed) {
        found = buf_error(&quoted, "a job's name", err);
        goto out;
    }
    struct ledger_text escaped = {buf_str(&quoted), quoted.len};
    uint32_t hash = ledger_name_hash(ledger, escaped);
    while (found == 0 && (number = ledger_index_name(
                              &ledger->index, hash, cursor)) != LEDGER_NO_JOB) {
        fill_job(ledger, number, job);
        found = confirm_name(ledger, job->offset, escaped, err);
    }
out:
    buf_release(&quoted);
    return found;
}

uint32_t ledger_jobs(const struct ledger *ledger)
{
    return ledger->index.count;
}

void ledger_job_at(const struct ledger *ledger, uint32_t number,
                   struct ledger_job *job)
{
    fill_job(ledger, number, job);
}

bool ledger_next(const struct ledger *ledger, unsigned states, uint32_t *cursor,
                 struct ledger_job *job)
{
    while (*cursor < ledger->index.count) {
        fill_job(ledger, (*cursor)++, job);
        if (states >> job->state & 1)
            return true;
    }
    return false;
}
