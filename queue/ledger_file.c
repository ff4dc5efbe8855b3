/* For O_NOFOLLOW, geteuid and flock's operations beside POSIX names. */
#define _GNU_SOURCE
#include "ledger_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const struct ledger *ledger, const char *what,
                  struct err *err)
{
    return err_set(err, ERR_CREATE, "\"%s\" %s", ledger->info.path, what);
}

static int cannot_open(const struct ledger *ledger, int errnum, struct err *err)
{
    if (errnum == ELOOP)
        return refuse(ledger, "is a symbolic link: name the file itself", err);
    return err_set_errno(
        err, ledger->mode == LEDGER_WRITE ? ERR_CREATE : ERR_INPUT, errnum,
        "cannot open the ledger \"%s\"", ledger->info.path);
}

/* A new file, its name made durable. */
static int create(struct ledger *ledger, struct err *err)
{
    const struct os *os = ledger->os;
    int fd = os_open(os, ledger->info.path,
                     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

    if (fd < 0)
        return err_set_errno(err, ERR_CREATE, -fd,
                             "cannot create the ledger \"%s\"",
                             ledger->info.path);
    ledger->fd = fd;
    ledger->info.created = true;
    return 0;
}

/* Who may change the file may make us spend. */
static int check_access(const struct ledger *ledger, const struct os_stat *st,
                        struct err *err)
{
    if (st->uid != geteuid())
        return refuse(ledger,
                      "belongs to another user: run as that user, or copy it",
                      err);
    if (st->mode & (S_IWGRP | S_IWOTH))
        return refuse(ledger, "may be changed by others: chmod 600 it", err);
    if (st->mode & (S_IRGRP | S_IROTH))
        ledger_warn(ledger, "\"%s\" may be read by others: chmod 600 it",
                    ledger->info.path);
    return 0;
}

/*
 * The lock file stands beside one name of the ledger; a second name (a hard
 * link) would have another. So the file itself is locked, too.
 */
static int lock_itself(const struct ledger *ledger, struct err *err)
{
    const struct os *os = ledger->os;
    int result;

    do
        result = os->flock(os->context, ledger->fd, LOCK_EX | LOCK_NB);
    while (result == -EINTR);
    if (result == -EWOULDBLOCK)
        return err_set(err, ERR_LOCKED,
                       "another run holds \"%s\" under another name: wait for "
                       "it to end",
                       ledger->info.path);
    if (result < 0)
        return err_set_errno(err, ERR_IO, -result, "cannot lock \"%s\"",
                             ledger->info.path);
    return 0;
}

static int check(struct ledger *ledger, uint64_t *size, struct err *err)
{
    const struct os *os = ledger->os;
    struct os_stat st;
    int result = os->fstat(os->context, ledger->fd, &st);

    if (result < 0)
        return err_set_errno(err, ERR_IO, -result, "cannot look at \"%s\"",
                             ledger->info.path);
    if (!S_ISREG(st.mode))
        return refuse(ledger, "is not a plain file", err);
    *size = st.size;
    if (ledger->mode == LEDGER_READ)
        return 0;
    if (check_access(ledger, &st, err) < 0 || lock_itself(ledger, err) < 0)
        return err->code;
    if (os->is_network(os->context, ledger->fd) > 0)
        ledger_warn(ledger,
                    "\"%s\" is on a network file system: locks and syncs may "
                    "not be kept there; prefer a local disk",
                    ledger->info.path);
    return 0;
}

int ledger_file_open(struct ledger *ledger, bool create_it, uint64_t *size,
                     struct err *err)
{
    const struct os *os = ledger->os;
    bool write = ledger->mode == LEDGER_WRITE;
    int flags = (write ? O_RDWR | O_NOFOLLOW : O_RDONLY) | O_NONBLOCK;
    int fd = os_open(os, ledger->info.path, flags, 0);
    int result = 0;

    if (fd == -ENOENT && !create_it)
        return 1;
    if (fd == -ENOENT)
        result = create(ledger, err);
    else if (fd < 0)
        result = cannot_open(ledger, -fd, err);
    else
        ledger->fd = fd;
    if (result == 0)
        result = check(ledger, size, err);
    if (result < 0 || !write)
        return result;
    /* Also where the file was there: the run that made it may have died
       before its name was durable. */
    result = os_sync_folder(os, ledger->info.path);
    if (result < 0)
        return err_set_errno(err, ERR_IO, -result,
                             "cannot sync the folder of \"%s\"",
                             ledger->info.path);
    return 0;
}
