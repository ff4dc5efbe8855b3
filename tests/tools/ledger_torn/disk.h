/*
 * disk: an operating system that keeps one ledger in memory and knows which
 * of its bytes would survive a power cut.
 *
 * `durable` is what is surely there; what was done since the last sync is
 * pending: a cut keeps any part of it, in any order, by sectors or pages, or
 * torn at any byte.
 */
#ifndef LEDGER_TORN_DISK_H
#define LEDGER_TORN_DISK_H

#include "../../../queue/os.h"
#include "../../../templates/buf.h"

#define DISK_OPS_MAX   64
#define DISK_BYTES_MAX ((size_t)4 << 20)

struct disk_op {
    bool truncates;
    uint64_t offset; /* of a write; the size of a truncation */
    size_t len;
    size_t at; /* in `bytes` */
};

struct disk {
    struct os os;
    struct buf durable, seen, bytes;
    struct disk_op ops[DISK_OPS_MAX]; /* pending */
    unsigned op_count;
    bool exists, named; /* named: a cut does not take the name away */
    bool lies;          /* syncs do nothing */
    unsigned changes;   /* calls that changed something, so far */
    unsigned off_at;    /* the power goes off before that change; 0: never */
    bool off;
    uint64_t boot_ms;
};

/* A source of numbers, the same ones for the same seed. */
struct dice {
    uint64_t state;
};

uint64_t dice_below(struct dice *dice, uint64_t limit);

void disk_init(struct disk *disk);
void disk_release(struct disk *disk);
void disk_copy(struct disk *to, const struct disk *from);

/* What the program did, replayed. */
void disk_create(struct disk *disk);
void disk_write(struct disk *disk, uint64_t offset, const char *bytes,
                size_t len);
void disk_truncate(struct disk *disk, uint64_t size);
void disk_sync(struct disk *disk);
void disk_sync_name(struct disk *disk);

/* Bytes of the pending writes. */
size_t disk_pending(const struct disk *disk);

/* How much of what is pending a power cut keeps. */
enum disk_loss {
    DISK_LOSE_ALL,
    DISK_KEEP_BYTES,   /* the first `arg` bytes of the pending writes */
    DISK_KEEP_SET,     /* sector n where bit n of `arg` is set */
    DISK_KEEP_SECTORS, /* some sectors of 512 bytes, drawn */
    DISK_KEEP_PAGES,   /* some pages of 4096 bytes, drawn */
    DISK_LOSSES
};

/* What stands where a block did not arrive but the size did. */
enum disk_fill {
    DISK_ZEROS,
    DISK_RUBBISH,
    DISK_STALE, /* other bytes of the same file */
    DISK_FILLS
};

/* The power cut. Then all is durable, and nothing pending. */
void disk_cut(struct disk *disk, enum disk_loss loss, uint64_t arg,
              enum disk_fill fill, struct dice *dice);

/* How many sectors the pending writes touch. */
unsigned disk_sectors(const struct disk *disk);

#endif
