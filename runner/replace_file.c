#include "replace_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

int replace_file(const char *path, const struct buf *contents, unsigned mode,
                 struct err *err)
{
    char temporary[REPLACE_PATH_MAX + 16];

    if (strlen(path) >= REPLACE_PATH_MAX)
        return err_set(err, ERR_CREATE, "a path of %zu bytes is too long",
                       strlen(path));
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    if (fd < 0)
        return err_set_errno(err, ERR_CREATE, errno, "cannot write %s", path);
    bool good = write_all(fd, buf_str(contents), contents->len) &&
                fchmod(fd, mode) == 0 && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (good && rename(temporary, path) == 0)
        return 0;
    err_set_errno(err, ERR_IO, errno, "cannot write %s", path);
    unlink(temporary);
    return err->code;
}
