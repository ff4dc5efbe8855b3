/*
 * Mending what ledger_recover.c found: the torn tail goes, and what was good
 * becomes durable before anything is acted on.
 */
#include "ledger_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define COPY_BYTES ((size_t)256 << 10)
#define PATH_BYTES 4096

static int io_error(const struct ledger *ledger, int errnum, const char *what,
                    struct err *err)
{
    return err_set_errno(err, ERR_IO, errnum, "cannot %s \"%s\"", what,
                         ledger->info.path);
}

/* Copies [from, to) of the ledger to another file, or onto itself. */
static int copy_range(struct ledger *ledger, uint64_t from, uint64_t to,
                      int target, uint64_t target_at, struct err *err)
{
    struct buf bytes;
    int result = 0;

    buf_init(&bytes, COPY_BYTES);
    char *room = buf_room(&bytes, COPY_BYTES);
    if (!room)
        result = buf_error(&bytes, "a copy of the ledger's tail", err);
    while (result == 0 && from < to) {
        size_t len = to - from < COPY_BYTES ? (size_t)(to - from) : COPY_BYTES;
        ssize_t n = os_read_full(ledger->os, ledger->fd, room, len, from);
        if (n < (ssize_t)len)
            result = io_error(ledger, n < 0 ? (int)-n : EIO, "read", err);
        else if ((n = os_write_all(ledger->os, target, room, len, target_at)) <
                 0)
            result = io_error(ledger, (int)-n, "write the tail of", err);
        from += len;
        target_at += len;
    }
    buf_release(&bytes);
    return result;
}

/* Copies the torn tail behind what the file at fd holds, and syncs that. */
static int append_tail(struct ledger *ledger, uint64_t size, int fd,
                       struct err *err)
{
    const struct os *os = ledger->os;
    struct os_stat st = {0};

    int result = os->fstat(os->context, fd, &st);
    if (result < 0)
        return io_error(ledger, -result, "look at the copied tail of", err);
    if (copy_range(ledger, ledger->end, size, fd, st.size, err) < 0)
        return err->code;
    result = os->fsync(os->context, fd);
    if (result < 0)
        return io_error(ledger, -result, "sync the copied tail of", err);
    return 0;
}

/* Appends the torn tail to PATH.torn and makes that durable. */
static int keep_tail(struct ledger *ledger, uint64_t size, struct err *err)
{
    const struct os *os = ledger->os;
    char name[PATH_BYTES];

    /* No longer than the lock's name, which lock_take found to fit. */
    snprintf(name, sizeof name, "%s.torn", ledger->info.path);
    int fd =
        os_open(os, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return io_error(ledger, -fd, "open a \".torn\" file for", err);
    int result = append_tail(ledger, size, fd, err);
    (void)os->close(os->context, fd);
    if (result < 0)
        return result;
    result = os_sync_folder(os, name);
    if (result < 0)
        return io_error(ledger, -result, "sync the folder of", err);
    return 0;
}

int ledger_repair(struct ledger *ledger, uint64_t size, struct err *err)
{
    const struct os *os = ledger->os;
    int result;

    if (ledger->info.torn_bytes > 0) {
        if (keep_tail(ledger, size, err) < 0)
            return err->code;
        result = os_truncate(os, ledger->fd, ledger->end);
        if (result < 0)
            return io_error(ledger, -result, "cut the torn tail off", err);
        ledger_warn(ledger,
                    "the last %llu bytes of \"%s\" were torn by a crash; they "
                    "are kept in \"%s.torn\"",
                    (unsigned long long)ledger->info.torn_bytes,
                    ledger->info.path, ledger->info.path);
    }
    if (copy_range(ledger, ledger->durable, ledger->end, ledger->fd,
                   ledger->durable, err) < 0)
        return err->code;
    /* fsync, not fdatasync: the size may have changed. */
    result = os->fsync(os->context, ledger->fd);
    if (result < 0)
        return io_error(ledger, -result, "sync", err);
    ledger->durable = ledger->end;
    return 0;
}
