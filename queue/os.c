/* For fallocate, flock, fstatfs and getrandom, which POSIX does not have. */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* Turns a POSIX result into ours. */
#define RESULT(expression) ((expression) < 0 ? -errno : 0)

static int real_open(void *context, const char *path, int flags, unsigned mode)
{
    (void)context;
    int fd = open(path, flags | O_CLOEXEC, (mode_t)mode);
    return fd < 0 ? -errno : fd;
}

static int real_close(void *context, int fd)
{
    (void)context;
    return RESULT(close(fd));
}

static ssize_t real_read(void *context, int fd, void *bytes, size_t len)
{
    (void)context;
    ssize_t n = read(fd, bytes, len);
    return n < 0 ? -errno : n;
}

static ssize_t real_pread(void *context, int fd, void *bytes, size_t len,
                          uint64_t offset)
{
    (void)context;
    ssize_t n = pread(fd, bytes, len, (off_t)offset);
    return n < 0 ? -errno : n;
}

static ssize_t real_write(void *context, int fd, const void *bytes, size_t len)
{
    (void)context;
    ssize_t n = write(fd, bytes, len);
    return n < 0 ? -errno : n;
}

static ssize_t real_pwrite(void *context, int fd, const void *bytes, size_t len,
                           uint64_t offset)
{
    (void)context;
    ssize_t n = pwrite(fd, bytes, len, (off_t)offset);
    return n < 0 ? -errno : n;
}

static int real_fstat(void *context, int fd, struct os_stat *out)
{
    struct stat st;

    (void)context;
    if (fstat(fd, &st) < 0)
        return -errno;
    out->size = (uint64_t)st.st_size;
    out->device = (uint64_t)st.st_dev;
    out->inode = (uint64_t)st.st_ino;
    out->mode = (uint32_t)st.st_mode;
    out->uid = (uint32_t)st.st_uid;
    out->links = (uint64_t)st.st_nlink;
    return 0;
}

static int real_ftruncate(void *context, int fd, uint64_t size)
{
    (void)context;
    return RESULT(ftruncate(fd, (off_t)size));
}

static int real_fallocate(void *context, int fd, uint64_t offset, uint64_t len)
{
    (void)context;
    return RESULT(
        fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len));
}

static int real_fdatasync(void *context, int fd)
{
    (void)context;
    return RESULT(fdatasync(fd));
}

static int real_fsync(void *context, int fd)
{
    (void)context;
    return RESULT(fsync(fd));
}

static int real_flock(void *context, int fd, int operation)
{
    (void)context;
    return RESULT(flock(fd, operation));
}

static int real_rename(void *context, const char *from, const char *to)
{
    (void)context;
    return RESULT(rename(from, to));
}

static int real_unlink(void *context, const char *path)
{
    (void)context;
    return RESULT(unlink(path));
}

/* Magic numbers of linux/magic.h and the file systems' own sources. */
static int real_is_network(void *context, int fd)
{
    static const uint32_t magic[] = {
        0x6969,     /* NFS */
        0x517b,     /* SMB */
        0xff534d42, /* CIFS */
        0xfe534d42, /* SMB2 */
        0x5346414f, /* AFS */
        0x00c36400, /* Ceph */
        0x0bd00bd0, /* Lustre */
        0x01021997, /* 9P */
        0x01161970, /* GFS2 */
        0x47504653, /* GPFS */
    };
    struct statfs fs;

    (void)context;
    if (fstatfs(fd, &fs) < 0)
        return 0;
    for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++)
        if ((uint32_t)fs.f_type == magic[i])
            return 1;
    return 0;
}

static uint64_t clock_ns(clockid_t id)
{
    struct timespec now;

    if (clock_gettime(id, &now) < 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int64_t real_wall_ms(void *context)
{
    (void)context;
    return (int64_t)(clock_ns(CLOCK_REALTIME) / 1000000U);
}

static uint64_t real_monotonic_us(void *context)
{
    (void)context;
    /* Not CLOCK_MONOTONIC: keys age while the machine is suspended. */
    return clock_ns(CLOCK_BOOTTIME) / 1000U;
}

static uint64_t real_boot_ms(void *context)
{
    (void)context;
    return clock_ns(CLOCK_BOOTTIME) / 1000000U;
}

static uint64_t real_slept_us(void *context)
{
    uint64_t awake_ns = clock_ns(CLOCK_MONOTONIC);
    uint64_t boot_ns = clock_ns(CLOCK_BOOTTIME);

    (void)context;
    return boot_ns > awake_ns ? (boot_ns - awake_ns) / 1000U : 0;
}

uint64_t os_awake_us(uint64_t from_us, uint64_t from_slept_us, uint64_t to_us,
                     uint64_t to_slept_us)
{
    uint64_t all_us = to_us > from_us ? to_us - from_us : 0;
    /* Right to about a millisecond, slept_us may seem to fall. */
    uint64_t slept_us =
        to_slept_us > from_slept_us ? to_slept_us - from_slept_us : 0;

    return all_us > slept_us ? all_us - slept_us : 0;
}

static void real_boot_id(void *context, char out[OS_BOOT_ID_MAX])
{
    (void)context;
    memset(out, 0, OS_BOOT_ID_MAX);
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, out, OS_BOOT_ID_MAX - 1);
    if (n != OS_BOOT_ID_MAX - 1)
        out[0] = '\0';
    (void)close(fd);
}

static int real_random(void *context, void *bytes, size_t len)
{
    unsigned char *at = bytes;

    (void)context;
    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static const struct os posix = {
    .open = real_open,
    .close = real_close,
    .read = real_read,
    .pread = real_pread,
    .write = real_write,
    .pwrite = real_pwrite,
    .fstat = real_fstat,
    .ftruncate = real_ftruncate,
    .fallocate = real_fallocate,
    .fdatasync = real_fdatasync,
    .fsync = real_fsync,
    .flock = real_flock,
    .rename = real_rename,
    .unlink = real_unlink,
    .is_network = real_is_network,
    .wall_ms = real_wall_ms,
    .monotonic_us = real_monotonic_us,
    .boot_ms = real_boot_ms,
    .slept_us = real_slept_us,
    .boot_id = real_boot_id,
    .random = real_random,
};

const struct os *os_posix(void)
{
    return &posix;
}
