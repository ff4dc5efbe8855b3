#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512
#define PAGE   4096

uint64_t dice_below(struct dice *dice, uint64_t limit)
{
    /* splitmix64 */
    uint64_t z = dice->state += 0x9e3779b97f4a7c15U;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return (z ^ z >> 31) % limit;
}

/* A test without memory proves nothing. */
static void need(bool there)
{
    if (there)
        return;
    fprintf(stderr, "ledger-torn: out of room\n");
    exit(125);
}

static void set(struct buf *to, const struct buf *from)
{
    buf_clear(to);
    buf_add(to, buf_str((struct buf *)from), from->len);
    need(!to->failed);
}

void disk_release(struct disk *disk)
{
    buf_release(&disk->durable);
    buf_release(&disk->seen);
    buf_release(&disk->bytes);
}

void disk_copy(struct disk *to, const struct disk *from)
{
    set(&to->durable, &from->durable);
    set(&to->seen, &from->seen);
    set(&to->bytes, &from->bytes);
    memcpy(to->ops, from->ops, sizeof to->ops);
    to->op_count = from->op_count;
    to->exists = from->exists;
    to->named = from->named;
    to->lies = from->lies;
    to->changes = to->off_at = 0;
    to->off = false;
}

void disk_create(struct disk *disk)
{
    disk->exists = true;
}

static void resize(struct buf *bytes, size_t size)
{
    if (size < bytes->len)
        buf_truncate(bytes, size);
    while (bytes->len < size)
        buf_add_char(bytes, '\0');
    need(!bytes->failed);
}

static void put(struct buf *to, uint64_t offset, const char *bytes, size_t len)
{
    if (to->len < offset + len)
        resize(to, (size_t)offset + len);
    memcpy(to->data + offset, bytes, len);
}

void disk_write(struct disk *disk, uint64_t offset, const char *bytes,
                size_t len)
{
    need(disk->op_count < DISK_OPS_MAX);
    disk->ops[disk->op_count++] =
        (struct disk_op){false, offset, len, disk->bytes.len};
    buf_add(&disk->bytes, bytes, len);
    need(!disk->bytes.failed);
    put(&disk->seen, offset, bytes, len);
}

void disk_truncate(struct disk *disk, uint64_t size)
{
    need(disk->op_count < DISK_OPS_MAX);
    disk->ops[disk->op_count++] = (struct disk_op){true, size, 0, 0};
    resize(&disk->seen, (size_t)size);
}

void disk_sync(struct disk *disk)
{
    if (disk->lies)
        return;
    set(&disk->durable, &disk->seen);
    buf_clear(&disk->bytes);
    disk->op_count = 0;
}

void disk_sync_name(struct disk *disk)
{
    disk->named = disk->exists;
}

size_t disk_pending(const struct disk *disk)
{
    return disk->bytes.len;
}

/* --- the power cut ---------------------------------------------------------
 */

struct cut {
    struct disk *disk;
    enum disk_loss loss;
    uint64_t arg;
    enum disk_fill fill;
    struct dice *dice;
    struct buf *out; /* the file after it */
    unsigned block;  /* number of the next block */
    uint64_t kept;   /* bytes, of DISK_KEEP_BYTES */
};

static bool keeps_block(struct cut *cut)
{
    unsigned n = cut->block++;

    if (cut->loss == DISK_KEEP_SET)
        return n < 64 && cut->arg >> n & 1;
    return dice_below(cut->dice, 2) == 1;
}

/* What is found in a block that did not arrive but that the size covers. */
static void fill_block(struct cut *cut, uint64_t offset, size_t len)
{
    const struct buf *durable = &cut->disk->durable;
    char bytes[PAGE];

    memset(bytes, cut->fill == DISK_RUBBISH ? 0xa5 : 0, sizeof bytes);
    if (cut->fill == DISK_STALE && durable->len > len)
        memcpy(bytes, durable->data + dice_below(cut->dice, durable->len - len),
               len);
    put(cut->out, offset, bytes, len);
}

static void cut_blocks(struct cut *cut, const struct disk_op *op, size_t size)
{
    const char *bytes = cut->disk->bytes.data + op->at;
    size_t before = cut->out->len;

    for (size_t done = 0; done < op->len;) {
        uint64_t offset = op->offset + done;
        size_t len = size - (size_t)(offset % size);
        len = len < op->len - done ? len : op->len - done;
        if (keeps_block(cut))
            put(cut->out, offset, bytes + done, len);
        else if (offset + len > before && dice_below(cut->dice, 2) == 1)
            fill_block(cut, offset, len);
        done += len;
    }
}

static void cut_op(struct cut *cut, const struct disk_op *op)
{
    size_t left;

    switch (cut->loss) {
    case DISK_LOSE_ALL:
    case DISK_LOSSES:
        return;
    case DISK_KEEP_BYTES:
        left = cut->kept < cut->arg ? (size_t)(cut->arg - cut->kept) : 0;
        if (op->truncates && left > 0)
            resize(cut->out, (size_t)op->offset);
        left = left < op->len ? left : op->len;
        if (left > 0)
            put(cut->out, op->offset, cut->disk->bytes.data + op->at, left);
        cut->kept += op->len;
        return;
    case DISK_KEEP_SET:
    case DISK_KEEP_SECTORS:
    case DISK_KEEP_PAGES:
        if (op->truncates && dice_below(cut->dice, 2) == 1)
            resize(cut->out, (size_t)op->offset);
        if (!op->truncates)
            cut_blocks(cut, op, cut->loss == DISK_KEEP_PAGES ? PAGE : SECTOR);
        return;
    }
}

void disk_cut(struct disk *disk, enum disk_loss loss, uint64_t arg,
              enum disk_fill fill, struct dice *dice)
{
    struct cut cut = {disk, loss, arg, fill, dice, &disk->seen, 0, 0};

    set(&disk->seen, &disk->durable);
    for (unsigned i = 0; i < disk->op_count; i++)
        cut_op(&cut, &disk->ops[i]);
    if (!disk->named && dice_below(dice, 2) == 1) {
        disk->exists = false;
        buf_clear(&disk->seen);
    }
    set(&disk->durable, &disk->seen);
    buf_clear(&disk->bytes);
    disk->op_count = 0;
    disk->named = disk->exists;
    disk->off = false;
    disk->off_at = 0;
    disk->changes = 0;
}

unsigned disk_sectors(const struct disk *disk)
{
    unsigned count = 0;

    for (unsigned i = 0; i < disk->op_count; i++) {
        const struct disk_op *op = &disk->ops[i];
        if (!op->truncates && op->len > 0)
            count += (unsigned)((op->offset + op->len - 1) / SECTOR -
                                op->offset / SECTOR + 1);
    }
    return count;
}
