#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A path's folder may not be longer than this. */
#define FOLDER_MAX 4096

int os_open(const struct os *os, const char *path, int flags, unsigned mode)
{
    int fd;

    do
        fd = os->open(os->context, path, flags, mode);
    while (fd == -EINTR);
    return fd;
}

int os_truncate(const struct os *os, int fd, uint64_t size)
{
    int result;

    do
        result = os->ftruncate(os->context, fd, size);
    while (result == -EINTR);
    return result;
}

int os_write_all(const struct os *os, int fd, const void *bytes, size_t len,
                 uint64_t offset)
{
    const unsigned char *at = bytes;

    while (len > 0) {
        ssize_t n = os->pwrite(os->context, fd, at, len, offset);
        if (n == -EINTR)
            continue;
        if (n < 0)
            return (int)n;
        if (n == 0 || (size_t)n > len)
            return -EIO;
        at += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

ssize_t os_read_full(const struct os *os, int fd, void *bytes, size_t len,
                     uint64_t offset)
{
    unsigned char *at = bytes;
    size_t done = 0;

    while (done < len) {
        ssize_t n =
            os->pread(os->context, fd, at + done, len - done, offset + done);
        if (n == -EINTR)
            continue;
        if (n < 0)
            return n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

int os_sync_folder(const struct os *os, const char *path)
{
    char folder[FOLDER_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;

    if (len >= sizeof folder)
        return -ENAMETOOLONG;
    if (!slash)
        memcpy(folder, ".", 2);
    else if (len == 0)
        memcpy(folder, "/", 2);
    else
        memcpy(folder, path, len);
    if (len > 0)
        folder[len] = '\0';
    int fd = os_open(os, folder, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return fd;
    int result = os->fsync(os->context, fd);
    /* Some file systems cannot sync a folder and keep names safe anyway. */
    if (result == -EINVAL || result == -EBADF)
        result = 0;
    (void)os->close(os->context, fd);
    return result;
}
