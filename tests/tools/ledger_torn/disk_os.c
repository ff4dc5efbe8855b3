/* The calls of struct os upon a disk in memory. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FD_LEDGER = 10,
    FD_OTHER, /* the lock, the copy of the torn tail: their bytes are lost */
    FD_FOLDER
};

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path);

    return len >= strlen(end) && strcmp(path + len - strlen(end), end) == 0;
}

/* Whether the power is on for one more change. */
static bool changes(struct disk *disk)
{
    disk->changes++;
    if (disk->off_at != 0 && disk->changes >= disk->off_at)
        disk->off = true;
    return !disk->off;
}

static int disk_open(void *context, const char *path, int flags, unsigned mode)
{
    struct disk *disk = context;

    (void)mode;
    if (disk->off)
        return -EIO;
    if (flags & O_DIRECTORY)
        return FD_FOLDER;
    if (ends_with(path, ".lock") || ends_with(path, ".torn"))
        return FD_OTHER;
    if (!disk->exists && !(flags & O_CREAT))
        return -ENOENT;
    if (!disk->exists && !changes(disk))
        return -EIO;
    disk->exists = true;
    return FD_LEDGER;
}

static int disk_close(void *context, int fd)
{
    (void)context;
    (void)fd;
    return 0;
}

static ssize_t disk_pread(void *context, int fd, void *bytes, size_t len,
                          uint64_t offset)
{
    struct disk *disk = context;

    if (disk->off)
        return -EIO;
    if (fd != FD_LEDGER || offset >= disk->seen.len)
        return 0;
    size_t left = disk->seen.len - (size_t)offset;
    len = len < left ? len : left;
    memcpy(bytes, disk->seen.data + offset, len);
    return (ssize_t)len;
}

static ssize_t disk_pwrite(void *context, int fd, const void *bytes, size_t len,
                           uint64_t offset)
{
    struct disk *disk = context;

    if (disk->off || (fd == FD_LEDGER && !changes(disk)))
        return -EIO;
    if (fd == FD_LEDGER)
        disk_write(disk, offset, bytes, len);
    return (ssize_t)len;
}

static int disk_fstat(void *context, int fd, struct os_stat *out)
{
    struct disk *disk = context;

    *out = (struct os_stat){
        .size = fd == FD_LEDGER ? disk->seen.len : 0,
        .inode = (uint64_t)fd,
        .mode = S_IFREG | 0600,
        .uid = (uint32_t)geteuid(),
        .links = 1,
    };
    return disk->off ? -EIO : 0;
}

static int disk_ftruncate(void *context, int fd, uint64_t size)
{
    struct disk *disk = context;

    if (disk->off || (fd == FD_LEDGER && !changes(disk)))
        return -EIO;
    if (fd == FD_LEDGER)
        disk_truncate(disk, size);
    return 0;
}

static int disk_fallocate(void *context, int fd, uint64_t offset, uint64_t len)
{
    struct disk *disk = context;

    (void)fd;
    (void)offset;
    (void)len;
    return disk->off ? -EIO : 0;
}

static int disk_fsync(void *context, int fd)
{
    struct disk *disk = context;

    if (disk->off || (fd != FD_OTHER && !changes(disk)))
        return -EIO;
    if (fd == FD_LEDGER)
        disk_sync(disk);
    else if (fd == FD_FOLDER)
        disk_sync_name(disk);
    return 0;
}

static int disk_flock(void *context, int fd, int operation)
{
    struct disk *disk = context;

    (void)fd;
    (void)operation;
    return disk->off ? -EIO : 0;
}

static int disk_is_network(void *context, int fd)
{
    (void)context;
    (void)fd;
    return 0;
}

static int64_t disk_wall_ms(void *context)
{
    (void)context;
    return 1795428000123;
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
    (void)context;
    memset(bytes, 7, len);
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
    disk->os.fdatasync = disk_fsync;
    disk->os.fsync = disk_fsync;
    disk->os.flock = disk_flock;
    disk->os.is_network = disk_is_network;
    disk->os.wall_ms = disk_wall_ms;
    disk->os.boot_ms = disk_boot_ms;
    disk->os.boot_id = disk_boot_id;
    disk->os.random = disk_random;
    buf_init(&disk->durable, DISK_BYTES_MAX);
    buf_init(&disk->seen, DISK_BYTES_MAX);
    buf_init(&disk->bytes, DISK_BYTES_MAX);
}
