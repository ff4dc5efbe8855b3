#include "cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replace_file.h"

static uint64_t fnv1a(const char *text)
{
    uint64_t hash = 14695981039346656037ULL;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
    return hash;
}

/* An absolute path in the environment, or NULL. */
static const char *folder_of(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] == '/' ? value : NULL;
}

bool cache_file_path(const char *kind, const char *about, char *out,
                     size_t size)
{
    const char *cache = folder_of("XDG_CACHE_HOME");
    const char *home = folder_of("HOME");
    unsigned long long hash = fnv1a(about);
    int n;

    if (cache)
        n = snprintf(out, size, "%s/nosbatch/%s-%016llx.json", cache, kind,
                     hash);
    else if (home)
        n = snprintf(out, size, "%s/.cache/nosbatch/%s-%016llx.json", home,
                     kind, hash);
    else
        return false;
    return n > 0 && (size_t)n < size;
}

/* Makes the folders above path's last part; existing ones are fine. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

bool cache_file_read(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = -1;

    if (fd < 0)
        return false;
    for (;;) {
        char *room = buf_room(out, 65536);
        n = room ? read(fd, room, 65536) : -1;
        if (n < 0 && room && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        buf_grown(out, (size_t)n);
    }
    close(fd);
    return n == 0;
}

int cache_file_write(const char *path, const struct buf *contents,
                     struct err *err)
{
    char folders[CACHE_FILE_PATH_MAX];

    if (snprintf(folders, sizeof folders, "%s", path) >= (int)sizeof folders)
        return err_set(err, ERR_CREATE, "the cache's path is too long");
    make_folders(folders);
    return replace_file(path, contents, 0600, err);
}
