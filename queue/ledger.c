/*
 * A ledger from opening to closing, and the commits in between. The format
 * is in ledger_format.c, recovery in ledger_recover.c, what a record changes
 * in ledger_apply.c.
 */
#include "ledger_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PENDING_MAX  (2 * LEDGER_LINE_MAX)
#define STRINGS_MAX  ((size_t)1 << 20)
#define RESERVE_STEP ((uint64_t)1 << 20)

void ledger_warn(const struct ledger *ledger, const char *format, ...)
{
    char text[ERR_MESSAGE_MAX];
    va_list args;

    if (!ledger->warn)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ledger->warn(ledger->warn_arg, text);
}

/* --- opening ------------------------------------------------------------ */

struct ledger *ledger_new(const struct ledger_options *options, struct err *err)
{
    const struct os *os = options->os;
    struct ledger *ledger = calloc(1, sizeof *ledger);
    size_t len = strlen(options->path) + 1;
    struct ledger_seed seed;

    if (!ledger || !(ledger->path = malloc(len))) {
        free(ledger);
        err_set(err, ERR_MEMORY, "out of memory for a ledger");
        return NULL;
    }
    memcpy(ledger->path, options->path, len);
    ledger->os = os;
    ledger->mode = options->mode;
    ledger->watch = options->watch;
    ledger->warn = options->warn;
    ledger->warn_arg = options->warn_arg;
    ledger->fd = -1;
    ledger->info.path = ledger->path;
    ledger->info.close_why = ledger->close_why;
    lock_init(&ledger->lock);
    arena_init(&ledger->strings, STRINGS_MAX);
    buf_init(&ledger->pending, PENDING_MAX);
    buf_init(&ledger->fetched, LEDGER_LINE_MAX);
    ledger_scanner_init(&ledger->scanner);
    os->boot_id(os->context, ledger->boot_id);
    int result = os->random(os->context, &seed, sizeof seed);
    if (result < 0) {
        err_set_errno(err, ERR_INTERNAL, -result, "cannot get random bytes");
        ledger_close(ledger);
        return NULL;
    }
    ledger_index_init(&ledger->index, seed);
    return ledger;
}

/* One part of the identity; NULL stands for none. */
static int same(const struct ledger *ledger, const char *what,
                const char *found, const char *expected, struct err *err)
{
    if (found && expected ? strcmp(found, expected) == 0 : found == expected)
        return 0;
    return err_set(err, ERR_DATA,
                   "\"%s\" belongs to another %s: expected %s%s%s, found "
                   "%s%s%s; name another file with --ledger",
                   ledger->info.path, what, expected ? "\"" : "",
                   expected ? expected : "none", expected ? "\"" : "",
                   found ? "\"" : "", found ? found : "none",
                   found ? "\"" : "");
}

static int check_identity(const struct ledger *ledger,
                          const struct ledger_identity *expected,
                          struct err *err)
{
    const struct ledger_identity *found = &ledger->info.identity;

    if (same(ledger, "batch", found->batch, expected->batch, err) < 0 ||
        same(ledger, "shard", found->shard, expected->shard, err) < 0 ||
        same(ledger, "API URL", found->api_url, expected->api_url, err) < 0)
        return err->code;
    return same(ledger, "API generation", found->generation,
                expected->generation, err);
}

/* Writes the first record of a new file, or of one that lost it. */
static int begin_file(struct ledger *ledger,
                      const struct ledger_identity *identity, struct err *err)
{
    struct ledger_line line;

    int result = ledger_add_first(ledger, identity, err);
    if (result == 0)
        result = ledger_commit(ledger, err);
    if (result == 0)
        result = ledger_fetch(ledger, 0, &line, err);
    if (result == 0)
        result = ledger_take_identity(ledger, &line, err);
    return result;
}

/* The file is open: reads it, mends it, begins it where it is empty. */
static int open_content(struct ledger *ledger,
                        const struct ledger_options *options, uint64_t size,
                        struct err *err)
{
    int empty = ledger_load(ledger, size, err);

    if (empty < 0)
        return empty;
    if (empty > 0 && (ledger->mode == LEDGER_READ || !options->identity))
        return 1;
    if (!empty && options->identity &&
        check_identity(ledger, options->identity, err) < 0)
        return err->code;
    ledger->info.contradiction =
        ledger->info.contradictions > 0 ? ledger->contradiction : NULL;
    if (ledger->mode == LEDGER_READ)
        return 0;
    int result = ledger_repair(ledger, size, err);
    if (result == 0 && empty)
        result = begin_file(ledger, options->identity, err);
    return result;
}

int ledger_open(struct ledger **out, const struct ledger_options *options,
                struct err *err)
{
    bool create = options->mode == LEDGER_WRITE && options->identity != NULL;
    uint64_t size = 0;
    int result = 0;

    *out = NULL;
    struct ledger *ledger = ledger_new(options, err);
    if (!ledger)
        return err->code;
    if (options->mode == LEDGER_WRITE)
        result = lock_take(&ledger->lock, options->os, options->path, err);
    if (result == 0)
        result = ledger_file_open(ledger, create, &size, err);
    if (result == 0)
        result = open_content(ledger, options, size, err);
    if (result == 0)
        *out = ledger;
    else
        ledger_close(ledger);
    return result;
}

/* Gives back the room that was reserved behind the end. */
static void give_room_back(struct ledger *ledger)
{
    if (ledger->room_end > ledger->end && ledger->failed.code == 0)
        (void)os_truncate(ledger->os, ledger->fd, ledger->end);
}

void ledger_close(struct ledger *ledger)
{
    if (!ledger)
        return;
    give_room_back(ledger);
    if (ledger->fd >= 0)
        (void)ledger->os->close(ledger->os->context, ledger->fd);
    ledger_index_release(&ledger->index);
    ledger_addresses_release(&ledger->addresses);
    ledger_cids_release(&ledger->cids);
    ledger_cid_texts_release(&ledger->cid_texts);
    ledger_hashes_release(&ledger->entries);
    free(ledger->invocations);
    free(ledger->actions);
    buf_release(&ledger->pending);
    buf_release(&ledger->fetched);
    arena_release(&ledger->strings);
    lock_drop(&ledger->lock);
    free(ledger->path);
    free(ledger);
}

/* --- committing --------------------------------------------------------- */

static int allocate(struct ledger *ledger, uint64_t from, uint64_t to)
{
    int result;

    do
        result = ledger->os->fallocate(ledger->os->context, ledger->fd, from,
                                       to - from);
    while (result == -EINTR);
    if (result == 0)
        ledger->room_end = to;
    return result;
}

int ledger_reserve(struct ledger *ledger, uint64_t bytes, struct err *err)
{
    uint64_t from =
        ledger->end > ledger->room_end ? ledger->end : ledger->room_end;
    uint64_t need = ledger->end + ledger->pending.len + bytes;

    if (ledger->failed.code != 0) {
        *err = ledger->failed;
        return err->code;
    }
    if (ledger->room_unknown || need <= ledger->room_end)
        return 0;
    int result = allocate(ledger, from, need + RESERVE_STEP);
    if (result == -ENOSPC || result == -EDQUOT)
        result = allocate(ledger, from, need);
    if (result == 0)
        return 0;
    if (result == -EOPNOTSUPP || result == -ENOSYS || result == -EINVAL) {
        ledger->room_unknown = true;
        ledger_warn(ledger,
                    "the file system of \"%s\" cannot reserve room: should the "
                    "disk run full, outcomes may be lost",
                    ledger->info.path);
        return 0;
    }
    return err_set_errno(err, ERR_IO, -result,
                         "cannot reserve %llu bytes for \"%s\"; nothing new is "
                         "sent: make room on that disk",
                         (unsigned long long)bytes, ledger->info.path);
}

/* Remembers the failure for good: a failed sync is never tried again. */
static int fail(struct ledger *ledger, const char *what, int errnum,
                struct err *err)
{
    err_set_errno(&ledger->failed, ERR_IO, errnum,
                  "cannot %s \"%s\"; nothing more is sent, and the last %zu "
                  "bytes may not be recorded",
                  what, ledger->info.path, ledger->pending.len);
    *err = ledger->failed;
    return err->code;
}

int ledger_commit(struct ledger *ledger, struct err *err)
{
    const struct os *os = ledger->os;

    if (ledger->failed.code != 0) {
        *err = ledger->failed;
        return err->code;
    }
    if (ledger->pending.len == 0)
        return 0;
    int result = os_write_all(os, ledger->fd, ledger->pending.data,
                              ledger->pending.len, ledger->end);
    if (result < 0)
        return fail(ledger, "write", -result, err);
    result = os->fdatasync(os->context, ledger->fd);
    if (result < 0)
        return fail(ledger, "sync", -result, err);
    ledger->end += ledger->pending.len;
    ledger->durable = ledger->end;
    buf_clear(&ledger->pending);
    return 0;
}

size_t ledger_pending_bytes(const struct ledger *ledger)
{
    return ledger->pending.len;
}

const char *ledger_pending(const struct ledger *ledger, size_t *len)
{
    *len = ledger->pending.len;
    return ledger->pending.data ? ledger->pending.data : "";
}

/* --- what is known ------------------------------------------------------ */

const struct ledger_info *ledger_info(const struct ledger *ledger)
{
    return &ledger->info;
}

const struct ledger_totals *ledger_totals(const struct ledger *ledger)
{
    return &ledger->totals;
}

bool ledger_cid_pinned(const struct ledger *ledger,
                       const uint8_t digest[CID_DIGEST_LEN])
{
    return ledger_cids_has(&ledger->cids, digest);
}

void ledger_cid_note(struct ledger *ledger,
                     const uint8_t digest[CID_DIGEST_LEN])
{
    ledger_cids_add(&ledger->cids, digest);
}
