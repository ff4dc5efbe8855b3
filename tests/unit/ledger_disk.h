/*
 * ledger_disk: an operating system in memory for tests of the ledger: named
 * files that keep what is synced apart from what is only written, locks, a
 * clock that stands still, and faults at a given call.
 */
#ifndef TESTS_UNIT_LEDGER_DISK_H
#define TESTS_UNIT_LEDGER_DISK_H

#include "../../queue/os.h"
#include "../../templates/buf.h"

#define DISK_FILES 8
#define DISK_FDS   16

/* As the errno of a read that fails: it finds the end of the file instead. */
#define DISK_ENDS 100000

struct disk_file {
    char name[128];
    struct buf bytes;  /* as a reader sees them */
    struct buf synced; /* as after a power cut */
    size_t dirty_from; /* a sync writes what is behind; SIZE_MAX: nothing */
    uint32_t mode, uid;
    int locked_by; /* fd, or -1 */
    bool used;
    bool named; /* its folder was synced: the name survives a power cut */
};

enum disk_call {
    DISK_OPEN,
    DISK_PREAD,
    DISK_PWRITE,
    DISK_FSTAT,
    DISK_FTRUNCATE,
    DISK_FALLOCATE,
    DISK_FDATASYNC,
    DISK_FSYNC,
    DISK_FLOCK,
    DISK_CALLS
};

struct disk {
    struct os os;
    struct disk_file files[DISK_FILES];
    int fds[DISK_FDS]; /* index of a file, -1 free, -2 a folder */
    int64_t now_ms;
    uint64_t boot_ms;
    unsigned entropy;
    bool network;
    /* Faults. */
    uint64_t calls;             /* made so far */
    uint64_t count[DISK_CALLS]; /* of each kind */
    uint64_t fail_at;           /* the call that fails, from 1; 0: none */
    int fail_errno;
    bool fail_for_good;  /* and all later ones of its kind */
    unsigned fail_kinds; /* only these count; 0: all */
    size_t short_bytes;  /* pread and pwrite move so many at most; 0: all */
    bool interrupt;      /* every other call ends with EINTR */
    uint64_t full_at;    /* no file may be larger; 0: no limit */
};

void disk_init(struct disk *disk);
void disk_release(struct disk *disk);

/* The file of that name, or NULL. */
struct disk_file *disk_find(struct disk *disk, const char *name);

/* Makes or replaces a file, synced. */
struct disk_file *disk_put(struct disk *disk, const char *name,
                           const void *bytes, size_t len);

/* What a power cut leaves: names and bytes that were synced, no locks. */
void disk_power_cut(struct disk *disk);

/* No faults from now on. */
void disk_heal(struct disk *disk);

#endif
