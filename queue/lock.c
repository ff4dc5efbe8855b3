/* For flock's operations and O_NOFOLLOW beside POSIX names. */
#define _GNU_SOURCE
#include "lock.h"

#include "../templates/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096
#define PID_TEXT_MAX   32
#define OPEN_TRIES     5

void lock_init(struct lock *lock)
{
    lock->os = NULL;
    lock->fd = -1;
}

void lock_drop(struct lock *lock)
{
    if (lock->fd >= 0)
        (void)lock->os->close(lock->os->context, lock->fd);
    lock_init(lock);
}

/* The holder's pid, or 0 where the file does not say. */
static unsigned long holder(const struct lock *lock)
{
    char text[PID_TEXT_MAX];
    unsigned long pid = 0;
    ssize_t n = os_read_full(lock->os, lock->fd, text, sizeof text, 0);

    for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
        pid = pid < 100000000 ? pid * 10 + (unsigned long)(text[i] - '0') : 0;
    return pid;
}

static int locked(const struct lock *lock, const char *path, struct err *err)
{
    unsigned long pid = holder(lock);

    if (pid == 0)
        return err_set(err, ERR_LOCKED,
                       "another run holds \"%s\": wait for it to end", path);
    return err_set(err, ERR_LOCKED,
                   "another run (pid %lu) holds \"%s\": wait for it to end",
                   pid, path);
}

/* The pid is for messages only, so that a full disk does not matter here. */
static void write_pid(const struct lock *lock)
{
    char text[PID_TEXT_MAX];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());

    if (os_truncate(lock->os, lock->fd, 0) == 0)
        (void)os_write_all(lock->os, lock->fd, text, (size_t)len, 0);
}

static int open_file(struct lock *lock, const char *file, struct err *err)
{
    const struct os *os = lock->os;
    struct os_stat st;
    int fd;

    /* O_NONBLOCK: a FIFO of that name must not make us wait. */
    fd = os_open(os, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd == -ELOOP)
        return err_set(err, ERR_CREATE,
                       "lock file \"%s\" is a symbolic link: remove it", file);
    if (fd < 0)
        return err_set_errno(err, ERR_CREATE, -fd,
                             "cannot open lock file \"%s\"", file);
    lock->fd = fd;
    int result = os->fstat(os->context, fd, &st);
    if (result < 0)
        return err_set_errno(err, ERR_IO, -result,
                             "cannot look at lock file \"%s\"", file);
    if (!S_ISREG(st.mode))
        return err_set(err, ERR_CREATE,
                       "lock file \"%s\" is not a plain file: remove it", file);
    return 0;
}

/* 0 held, 1 the file was removed meanwhile, negative on failure. */
static int take_once(struct lock *lock, const char *file, const char *path,
                     struct err *err)
{
    const struct os *os = lock->os;
    struct os_stat st;
    int result = open_file(lock, file, err);

    if (result < 0)
        return result;
    do
        result = os->flock(os->context, lock->fd, LOCK_EX | LOCK_NB);
    while (result == -EINTR);
    if (result == -EWOULDBLOCK)
        return locked(lock, path, err);
    if (result < 0)
        return err_set_errno(err, ERR_IO, -result,
                             "cannot lock \"%s\": keep the ledger on a local "
                             "disk",
                             file);
    result = os->fstat(os->context, lock->fd, &st);
    if (result < 0)
        return err_set_errno(err, ERR_IO, -result,
                             "cannot look at lock file \"%s\"", file);
    /* Somebody removed it between open and flock: others see another file. */
    return st.links == 0 ? 1 : 0;
}

int lock_take(struct lock *lock, const struct os *os, const char *path,
              struct err *err)
{
    char file[PATH_BYTES_MAX];
    int result = 1;

    int len = snprintf(file, sizeof file, "%s.lock", path);
    if (len < 0 || (size_t)len >= sizeof file)
        return err_set(err, ERR_CREATE, "the ledger's path is over %d bytes",
                       PATH_BYTES_MAX - 6);
    for (int i = 0; i < OPEN_TRIES && result == 1; i++) {
        lock_drop(lock);
        lock->os = os;
        result = take_once(lock, file, path, err);
    }
    if (result == 1)
        result = err_set(err, ERR_IO,
                         "lock file \"%s\" keeps being removed: nothing but "
                         "this program may touch it",
                         file);
    if (result < 0)
        lock_drop(lock);
    else
        write_pid(lock);
    return result;
}
