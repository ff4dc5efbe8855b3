#include "manifest_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../templates/buf.h"
#include "gzvalues_inflate.h"

#define PATH_BYTES_MAX ((size_t)64 << 10)
#define COPY_BYTES     ((size_t)64 << 10)

static const char *spool_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && folder[0] != '\0' ? folder : "/tmp";
}

int manifest_file_unnamed(int *fd, struct err *err)
{
    struct buf path;

    buf_init(&path, PATH_BYTES_MAX);
    buf_addf(&path, "%s/nosbatch-XXXXXX", spool_folder());
    int rc = buf_error(&path, "the path of a temporary file", err);
    if (rc < 0)
        goto out;
    *fd = mkstemp(path.data);
    if (*fd < 0) {
        rc = err_set_errno(err, ERR_CREATE, errno,
                           "cannot create a temporary file in %s (TMPDIR "
                           "names another folder)",
                           spool_folder());
        goto out;
    }
    unlink(path.data);
    fcntl(*fd, F_SETFD, FD_CLOEXEC);
out:
    buf_release(&path);
    return rc;
}

static int write_all(int fd, const char *bytes, size_t len, struct err *err)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(err, ERR_IO, errno,
                                 "cannot copy the input to a temporary file "
                                 "in %s (TMPDIR names another folder)",
                                 spool_folder());
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

static int copy_all(int from, int to, struct err *err)
{
    char *block = malloc(COPY_BYTES);
    ssize_t n;
    int rc = 0;

    if (!block)
        return err_set(err, ERR_MEMORY, "out of memory for reading a file");
    while ((n = gzvalues_inflate_raw(from, block, COPY_BYTES)) > 0) {
        rc = write_all(to, block, (size_t)n, err);
        if (rc < 0)
            goto out;
    }
    if (n < 0)
        rc = err_set_errno(err, ERR_INPUT, errno, "cannot read");
    else if (lseek(to, 0, SEEK_SET) < 0)
        rc = err_set_errno(err, ERR_IO, errno, "cannot read the copy");
out:
    free(block);
    return rc;
}

/* Copies what `from` still gives; *fd is the copy, at its start. */
static int spool(int from, int *fd, struct err *err)
{
    int copy = -1;
    int rc = manifest_file_unnamed(&copy, err);

    if (rc == 0)
        rc = copy_all(from, copy, err);
    if (rc < 0) {
        if (copy >= 0)
            close(copy);
        return rc;
    }
    *fd = copy;
    return 0;
}

static int open_input(void)
{
    /* A closed standard input must not become the temporary file itself. */
    if (fcntl(STDIN_FILENO, F_GETFD) < 0)
        return -1;
    return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static int open_path(const char *path)
{
    int fd;

    if (strcmp(path, "-") == 0)
        return open_input();
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Whether the file exists under a name with another ending. */
static bool find_other(const char *path, struct buf *other)
{
    static const char *const endings[] = {".gz", "l", "l.gz", ".jsonl.gz",
                                          ".json"};
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        buf_clear(other);
        buf_addf(other, "%s%s", path, endings[i]);
        if (!other->failed && access(other->data, F_OK) == 0)
            return true;
    }
    buf_clear(other);
    buf_add_str(other, path);
    if (len <= 3 || strcmp(path + len - 3, ".gz") != 0 || other->failed)
        return false;
    buf_truncate(other, len - 3);
    return access(other->data, F_OK) == 0;
}

static int cannot_open(const char *path, int errnum, struct err *err)
{
    struct buf other;

    buf_init(&other, PATH_BYTES_MAX);
    if (strcmp(path, "-") == 0)
        err_set_errno(err, ERR_INPUT, errnum, "cannot read it (is it closed?)");
    else if (errnum == ENOENT && find_other(path, &other))
        err_set(err, ERR_INPUT, "no such file (did you mean \"%s\"?)",
                other.data);
    else if (errnum == ENOENT)
        err_set(err, ERR_INPUT,
                "no such file; check the name, or give \"-\" to read the "
                "manifest from standard input");
    else if (errnum == EACCES)
        err_set(err, ERR_INPUT,
                "cannot open: not allowed to read it; see ls -l, chmod");
    else
        err_set_errno(err, ERR_INPUT, errnum, "cannot open");
    buf_release(&other);
    return err->code;
}

/* A device such as /dev/zero has no end; /dev/null and terminals have one. */
static bool is_endless(int fd, mode_t mode)
{
    char byte;

    return S_ISBLK(mode) ||
           (S_ISCHR(mode) && !isatty(fd) && read(fd, &byte, 1) > 0);
}

int manifest_file_open(const char *path, int *fd, uint64_t *bytes,
                       struct err *err)
{
    struct stat stat;
    int rc = 0;

    *bytes = UINT64_MAX;
    *fd = open_path(path);
    if (*fd < 0)
        return cannot_open(path, errno, err);
    if (fstat(*fd, &stat) < 0)
        rc = err_set_errno(err, ERR_INPUT, errno, "cannot read");
    else if (S_ISDIR(stat.st_mode))
        rc = err_set(err, ERR_INPUT,
                     "expected a manifest, found a folder; give one file");
    else if (is_endless(*fd, stat.st_mode))
        rc = err_set(err, ERR_INPUT,
                     "expected a manifest, found a device; give a file or a "
                     "pipe");
    if (rc == 0 && S_ISREG(stat.st_mode) && strcmp(path, "-") != 0) {
        /* Files of /proc and the like say 0 and have bytes all the same. */
        if (stat.st_size > 0)
            *bytes = (uint64_t)stat.st_size;
        return 0;
    }
    int input = *fd;
    if (rc == 0)
        rc = spool(input, fd, err);
    close(input);
    if (rc < 0)
        *fd = -1;
    return rc;
}

static bool cut_ending(char *name, size_t *len, const char *ending)
{
    size_t cut = strlen(ending);

    if (*len <= cut || strcmp(name + *len - cut, ending) != 0)
        return false;
    *len -= cut;
    name[*len] = '\0';
    return true;
}

static bool id_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* Cuts the endings of name, then writes what an id may hold of it. */
static void stem_of(char *name, char stem[MANIFEST_FILE_STEM_MAX])
{
    size_t len = strlen(name), n = 0;

    cut_ending(name, &len, ".gz");
    if (!cut_ending(name, &len, ".jsonl"))
        cut_ending(name, &len, ".json");
    for (size_t i = 0; i < len && n < MANIFEST_FILE_STEM_MAX - 1; i++) {
        /* Of a character's bytes the first stands for it. */
        if (((unsigned char)name[i] & 0xc0) != 0x80)
            stem[n++] = (char)(id_character(name[i]) ? name[i] : '-');
    }
    stem[n] = '\0';
    if (n == 0)
        memcpy(stem, "job", sizeof "job");
}

void manifest_file_stem(const char *path, char stem[MANIFEST_FILE_STEM_MAX])
{
    char name[256]; /* a file's name has at most 255 bytes */
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;

    if (strcmp(path, "-") == 0)
        base = "stdin";
    size_t len = strnlen(base, sizeof name - 1);
    memcpy(name, base, len);
    name[len] = '\0';
    stem_of(name, stem);
}
