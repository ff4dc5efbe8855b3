/*
 * os: the calls to the operating system that a test must be able to replace.
 *
 * One table of functions with a context. Each does what the POSIX call of its
 * name does, except that a failure is returned as the negated errno and errno
 * itself means nothing. Nothing here retries: os_write_all and os_read_full
 * below deal with EINTR and short counts.
 *
 * Times: wall_ms for stamps only, monotonic_us for every delay, boot_ms
 * for the age of an intent within one boot. The last two count through the
 * machine's sleep, slept_us tells how much of them that was.
 */
#ifndef QUEUE_OS_H
#define QUEUE_OS_H

#include "../templates/err.h"

#include <sys/types.h>

#define OS_BOOT_ID_MAX 37 /* 36 characters and the NUL */

/* What fstat tells that the program asks for. */
struct os_stat {
    uint64_t size;
    uint64_t device, inode;
    uint32_t mode; /* type and permission bits, as st_mode */
    uint32_t uid;
    uint64_t links;
};

struct os {
    void *context; /* the first argument of each function */

    /* O_CLOEXEC is always added. mode counts with O_CREAT. Returns a fd. */
    int (*open)(void *context, const char *path, int flags, unsigned mode);
    int (*close)(void *context, int fd);
    ssize_t (*read)(void *context, int fd, void *bytes, size_t len);
    ssize_t (*pread)(void *context, int fd, void *bytes, size_t len,
                     uint64_t offset);
    ssize_t (*write)(void *context, int fd, const void *bytes, size_t len);
    ssize_t (*pwrite)(void *context, int fd, const void *bytes, size_t len,
                      uint64_t offset);
    int (*fstat)(void *context, int fd, struct os_stat *out);
    int (*ftruncate)(void *context, int fd, uint64_t size);
    /* fallocate with FALLOC_FL_KEEP_SIZE. */
    int (*fallocate)(void *context, int fd, uint64_t offset, uint64_t len);
    int (*fdatasync)(void *context, int fd);
    int (*fsync)(void *context, int fd);
    int (*flock)(void *context, int fd, int operation);
    int (*rename)(void *context, const char *from, const char *to);
    int (*unlink)(void *context, const char *path);
    /* 1 where fd is on a network file system (NFS, SMB, …), else 0. */
    int (*is_network)(void *context, int fd);

    int64_t (*wall_ms)(void *context); /* since 1970 */
    uint64_t (*monotonic_us)(void *context);
    uint64_t (*boot_ms)(void *context);  /* CLOCK_BOOTTIME */
    uint64_t (*slept_us)(void *context); /* since the boot, to about 1 ms */
    /* The kernel's random id of this boot, a UUID; "" where unknown. */
    void (*boot_id)(void *context, char out[OS_BOOT_ID_MAX]);
    /* Fills with random bytes fit for keys; 0 or a negated errno. */
    int (*random)(void *context, void *bytes, size_t len);
};

/* The real one. Constant; context is NULL. */
const struct os *os_posix(void);

/* open and ftruncate, going on after EINTR. */
int os_open(const struct os *os, const char *path, int flags, unsigned mode);
int os_truncate(const struct os *os, int fd, uint64_t size);

/*
 * Writes all of len bytes at offset, going on after EINTR and short counts.
 * 0 or a negated errno (EIO where nothing more is taken); how much was
 * written is then unknown.
 */
int os_write_all(const struct os *os, int fd, const void *bytes, size_t len,
                 uint64_t offset);

/*
 * Reads up to len bytes at offset, fewer only at the end of the file.
 * Returns their number or a negated errno.
 */
ssize_t os_read_full(const struct os *os, int fd, void *bytes, size_t len,
                     uint64_t offset);

/*
 * How long the machine was awake between two moments, in microseconds: each
 * is a reading of monotonic_us and one of slept_us.
 */
uint64_t os_awake_us(uint64_t from_us, uint64_t from_slept_us, uint64_t to_us,
                     uint64_t to_slept_us);

/* fsync of the folder that path is in, so that its name survives a crash. */
int os_sync_folder(const struct os *os, const char *path);

#endif
