/* For the file types of sys/stat.h. */
#define _XOPEN_SOURCE 700
#include "ledger_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 30)
#define FOLDER   (-2)

/* Counts a call; 0 or the negated errno with which it has to fail. */
static int fault(struct disk *disk, enum disk_call kind)
{
    bool counts = disk->fail_kinds == 0 || disk->fail_kinds >> kind & 1;

    disk->count[kind]++;
    if (counts)
        disk->calls++;
    /* A sync may not be tried again, so that it is not interrupted here. */
    if (disk->interrupt && kind != DISK_FDATASYNC && kind != DISK_FSYNC &&
        kind != DISK_FSTAT && disk->count[kind] % 2 == 1)
        return -EINTR;
    if (!counts || disk->fail_at == 0 || disk->calls < disk->fail_at)
        return 0;
    if (disk->calls > disk->fail_at && !disk->fail_for_good)
        return 0;
    return -disk->fail_errno;
}

struct disk_file *disk_find(struct disk *disk, const char *name)
{
    for (int i = 0; i < DISK_FILES; i++)
        if (disk->files[i].used && strcmp(disk->files[i].name, name) == 0)
            return &disk->files[i];
    return NULL;
}

static struct disk_file *make(struct disk *disk, const char *name)
{
    for (int i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        if (file->used)
            continue;
        snprintf(file->name, sizeof file->name, "%s", name);
        buf_clear(&file->bytes);
        buf_clear(&file->synced);
        file->dirty_from = SIZE_MAX;
        file->mode = S_IFREG | 0600;
        file->uid = (uint32_t)geteuid();
        file->locked_by = -1;
        file->used = true;
        file->named = false;
        return file;
    }
    return NULL;
}

static void set(struct buf *buf, const void *bytes, size_t len)
{
    buf_clear(buf);
    buf_add(buf, bytes, len);
}

struct disk_file *disk_put(struct disk *disk, const char *name,
                           const void *bytes, size_t len)
{
    struct disk_file *file = disk_find(disk, name);

    if (!file)
        file = make(disk, name);
    if (!file)
        return NULL;
    set(&file->bytes, bytes, len);
    set(&file->synced, bytes, len);
    file->dirty_from = SIZE_MAX;
    file->named = true;
    return file;
}

static struct disk_file *file_of(struct disk *disk, int fd)
{
    if (fd < 0 || fd >= DISK_FDS || disk->fds[fd] < 0)
        return NULL;
    return &disk->files[disk->fds[fd]];
}

static int disk_open(void *context, const char *path, int flags, unsigned mode)
{
    struct disk *disk = context;
    struct disk_file *file = disk_find(disk, path);
    int failure = fault(disk, DISK_OPEN);
    int fd = 0;

    if (failure < 0)
        return failure;
    while (fd < DISK_FDS && disk->fds[fd] != -1)
        fd++;
    if (fd == DISK_FDS)
        return -EMFILE;
    if (flags & O_DIRECTORY) {
        disk->fds[fd] = FOLDER;
        return fd;
    }
    if (file && flags & O_CREAT && flags & O_EXCL)
        return -EEXIST;
    if (file && S_ISLNK(file->mode) && flags & O_NOFOLLOW)
        return -ELOOP;
    if (!file && !(flags & O_CREAT))
        return -ENOENT;
    if (!file) {
        file = make(disk, path);
        if (!file)
            return -ENOSPC;
        file->mode = S_IFREG | mode;
    }
    disk->fds[fd] = (int)(file - disk->files);
    return fd;
}

static int disk_close(void *context, int fd)
{
    struct disk *disk = context;
    struct disk_file *file = file_of(disk, fd);

    if (file && file->locked_by == fd)
        file->locked_by = -1;
    if (fd < 0 || fd >= DISK_FDS || disk->fds[fd] == -1)
        return -EBADF;
    disk->fds[fd] = -1;
    return 0;
}

static ssize_t disk_pread(void *context, int fd, void *bytes, size_t len,
                          uint64_t offset)
{
    struct disk *disk = context;
    struct disk_file *file = file_of(disk, fd);
    int failure = fault(disk, DISK_PREAD);

    if (failure == -DISK_ENDS)
        return 0;
    if (failure < 0)
        return failure;
    if (!file)
        return -EBADF;
    if (offset >= file->bytes.len)
        return 0;
    size_t left = file->bytes.len - (size_t)offset;
    len = len < left ? len : left;
    if (disk->short_bytes > 0 && len > disk->short_bytes)
        len = disk->short_bytes;
    memcpy(bytes, file->bytes.data + offset, len);
    return (ssize_t)len;
}

static ssize_t disk_pwrite(void *context, int fd, const void *bytes, size_t len,
                           uint64_t offset)
{
    struct disk *disk = context;
    struct disk_file *file = file_of(disk, fd);
    int failure = fault(disk, DISK_PWRITE);

    if (failure < 0)
        return failure;
    if (!file)
        return -EBADF;
    if (disk->short_bytes > 0 && len > disk->short_bytes)
        len = disk->short_bytes;
    if (disk->full_at > 0 && offset + len > disk->full_at)
        len = offset < disk->full_at ? (size_t)(disk->full_at - offset) : 0;
    if (len == 0)
        return -ENOSPC;
    while (file->bytes.len < offset + len)
        buf_add_char(&file->bytes, '\0');
    memcpy(file->bytes.data + offset, bytes, len);
    if (offset < file->dirty_from)
        file->dirty_from = (size_t)offset;
    return (ssize_t)len;
}

static int disk_fstat(void *context, int fd, struct os_stat *out)
{
    struct disk *disk = context;
    struct disk_file *file = file_of(disk, fd);
    int failure = fault(disk, DISK_FSTAT);

    if (failure < 0)
        return failure;
    if (!file)
        return -EBADF;
    memset(out, 0, sizeof *out);
    out->size = file->bytes.len;
    out->inode = (uint64_t)(file - disk->files) + 1;
    out->mode = file->mode;
    out->uid = file->uid;
    out->links = 1;
    return 0;
}

static int disk_ftruncate(void *context, int fd, uint64_t size)
{
    struct disk *disk = context;
    struct disk_file *file = file_of(disk, fd);
    int failure = fault(disk, DISK_FTRUNCATE);

    if (failure < 0)
        return failure;
    if (!file)
        return -EBADF;
    buf_truncate(&file->bytes, (size_t)size);
    return 0;
}

static int disk_fallocate(void *context, int fd, uint64_t offset, uint64_t len)
{
    struct disk *disk = context;
    int failure = fault(disk, DISK_FALLOCATE);

    (void)fd;
    if (failure < 0)
        return failure;
    return disk->full_at > 0 && offset + len > disk->full_at ? -ENOSPC : 0;
}

/* Pages that are not dirty are not written, whatever the disk has. */
static void write_back(struct disk_file *file)
{
    size_t from = file->dirty_from;

    buf_truncate(&file->synced, file->bytes.len);
    if (from < file->bytes.len) {
        buf_truncate(&file->synced, from);
        while (file->synced.len < from)
            buf_add_char(&file->synced, '\0');
        buf_add(&file->synced, file->bytes.data + from, file->bytes.len - from);
    }
    file->dirty_from = SIZE_MAX;
}

static int sync_file(struct disk *disk, int fd, enum disk_call kind)
{
    struct disk_file *file = file_of(disk, fd);
    int failure = fault(disk, kind);

    if (failure < 0)
        return failure;
    if (file)
        write_back(file);
    for (int i = 0; !file && i < DISK_FILES; i++)
        disk->files[i].named = true;
    return 0;
}

static int disk_fdatasync(void *context, int fd)
{
    return sync_file(context, fd, DISK_FDATASYNC);
}

static int disk_fsync(void *context, int fd)
{
    return sync_file(context, fd, DISK_FSYNC);
}

static int disk_flock(void *context, int fd, int operation)
{
    struct disk *disk = context;
    struct disk_file *file = file_of(disk, fd);
    int failure = fault(disk, DISK_FLOCK);

    (void)operation;
    if (failure < 0)
        return failure;
    if (!file)
        return -EBADF;
    if (file->locked_by >= 0 && file->locked_by != fd)
        return -EWOULDBLOCK;
    file->locked_by = fd;
    return 0;
}

static int disk_is_network(void *context, int fd)
{
    struct disk *disk = context;

    (void)fd;
    return disk->network ? 1 : 0;
}

static int64_t disk_wall_ms(void *context)
{
    struct disk *disk = context;

    return disk->now_ms++;
}

static uint64_t disk_boot_ms(void *context)
{
    struct disk *disk = context;

    return disk->boot_ms++;
}

static void disk_boot_id(void *context, char out[OS_BOOT_ID_MAX])
{
    (void)context;
    memcpy(out, "01234567-89ab-4cde-8f01-23456789abcd", OS_BOOT_ID_MAX);
}

static int disk_random(void *context, void *bytes, size_t len)
{
    struct disk *disk = context;
    unsigned char *out = bytes;

    for (size_t i = 0; i < len; i++) {
        disk->entropy = disk->entropy * 1103515245U + 12345U;
        out[i] = (unsigned char)(disk->entropy >> 16);
    }
    return 0;
}

void disk_init(struct disk *disk)
{
    memset(disk, 0, sizeof *disk);
    disk->os = *os_posix();
    disk->os.context = disk;
    disk->os.open = disk_open;
    disk->os.close = disk_close;
    disk->os.pread = disk_pread;
    disk->os.pwrite = disk_pwrite;
    disk->os.fstat = disk_fstat;
    disk->os.ftruncate = disk_ftruncate;
    disk->os.fallocate = disk_fallocate;
    disk->os.fdatasync = disk_fdatasync;
    disk->os.fsync = disk_fsync;
    disk->os.flock = disk_flock;
    disk->os.is_network = disk_is_network;
    disk->os.wall_ms = disk_wall_ms;
    disk->os.boot_ms = disk_boot_ms;
    disk->os.boot_id = disk_boot_id;
    disk->os.random = disk_random;
    disk->now_ms = 1795428000123;
    disk->boot_ms = 5000;
    disk->entropy = 1;
    for (int i = 0; i < DISK_FILES; i++) {
        buf_init(&disk->files[i].bytes, FILE_MAX);
        buf_init(&disk->files[i].synced, FILE_MAX);
    }
    for (int i = 0; i < DISK_FDS; i++)
        disk->fds[i] = -1;
}

void disk_release(struct disk *disk)
{
    for (int i = 0; i < DISK_FILES; i++) {
        buf_release(&disk->files[i].bytes);
        buf_release(&disk->files[i].synced);
    }
}

void disk_power_cut(struct disk *disk)
{
    for (int i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        set(&file->bytes, buf_str(&file->synced), file->synced.len);
        file->locked_by = -1;
        file->used = file->used && file->named;
    }
    for (int i = 0; i < DISK_FDS; i++)
        disk->fds[i] = -1;
    disk_heal(disk);
}

void disk_heal(struct disk *disk)
{
    disk->fail_at = 0;
    disk->calls = 0;
    disk->fail_kinds = 0;
    disk->fail_for_good = false;
    disk->short_bytes = 0;
    disk->interrupt = false;
    disk->full_at = 0;
    memset(disk->count, 0, sizeof disk->count);
}
