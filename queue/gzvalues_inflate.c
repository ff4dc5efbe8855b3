#include "gzvalues_inflate.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GZIP_MAGIC_0   0x1f
#define GZIP_MAGIC_1   0x8b
#define ZLIB_GZIP_ONLY 31 /* windowBits: 32 KiB window, gzip header */

int gzvalues_inflate_open(struct gzvalues_inflate *source, int fd,
                          uint64_t limit_bytes, struct err *err)
{
    memset(source, 0, sizeof *source);
    source->fd = fd;
    source->limit_bytes = limit_bytes;
    source->block = malloc(GZVALUES_INFLATE_BLOCK);
    if (!source->block)
        return err_set(err, ERR_MEMORY, "out of memory for reading a file");
    return 0;
}

void gzvalues_inflate_release(struct gzvalues_inflate *source)
{
    if (source->zlib_live)
        inflateEnd(&source->zlib);
    free(source->block);
    memset(source, 0, sizeof *source);
}

uint64_t gzvalues_inflate_used(const struct gzvalues_inflate *source)
{
    return source->read_bytes - (source->block_len - source->block_used);
}

ssize_t gzvalues_inflate_raw(int fd, void *out, size_t size)
{
    for (;;) {
        ssize_t n = read(fd, out, size);

        if (n >= 0)
            return n;
        if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLIN};

            if (poll(&wait, 1, -1) < 0 && errno != EINTR)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
}

/* The same from a place of a file: others may read on in it meanwhile. */
static ssize_t read_place(int fd, void *out, size_t size, uint64_t offset)
{
    ssize_t n;

    do
        n = pread(fd, out, size, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Notes the block's checksum, or compares it with that of the first pass. */
static int check_block(struct gzvalues_inflate *source, struct err *err)
{
    uint32_t sum = (uint32_t)crc32(0, source->block, (uInt)source->block_len);
    uint32_t expected;

    if (source->sums) {
        buf_add(source->sums, &sum, sizeof sum);
        return buf_error(source->sums, "the file's checksums", err);
    }
    if (!source->known)
        return 0;
    if (source->known->len - source->known_used < sizeof expected)
        return err_set(err, ERR_INTERNAL, "a second pass reads more blocks");
    memcpy(&expected, source->known->data + source->known_used,
           sizeof expected);
    source->known_used += sizeof expected;
    if (sum == expected)
        return 0;
    return err_set(err, ERR_DATA,
                   "the file changed while it was being read (at or after "
                   "byte %llu); start again when it is complete",
                   (unsigned long long)gzvalues_inflate_used(source));
}

/*
 * Reads the next block where the last one is used up. A block is always read
 * to its full size, so that both passes over a file cut it alike.
 */
static int fill_block(struct gzvalues_inflate *source, struct err *err)
{
    uint64_t left = source->limit_bytes - source->read_bytes;
    size_t want = GZVALUES_INFLATE_BLOCK;

    if (source->block_used < source->block_len || source->at_end)
        return 0;
    source->block_used = 0;
    source->block_len = 0;
    if (want > left)
        want = (size_t)left;
    while (source->block_len < want) {
        unsigned char *room = source->block + source->block_len;
        size_t size = want - source->block_len;
        ssize_t n = source->by_place
                        ? read_place(source->fd, room, size, source->read_bytes)
                        : gzvalues_inflate_raw(source->fd, room, size);
        if (n < 0)
            return err_set_errno(err, ERR_INPUT, errno, "cannot read");
        if (n == 0)
            break;
        source->block_len += (size_t)n;
        source->read_bytes += (uint64_t)n;
    }
    source->at_end = source->block_len < GZVALUES_INFLATE_BLOCK;
    if (source->block_len < want && source->limit_bytes != UINT64_MAX)
        return err_set(err, ERR_DATA,
                       "the file got shorter while it was being read: "
                       "expected %llu bytes, found %llu",
                       (unsigned long long)source->limit_bytes,
                       (unsigned long long)source->read_bytes);
    return source->block_len > 0 ? check_block(source, err) : 0;
}

static void take(struct gzvalues_inflate *source, char *out, size_t size,
                 size_t *got)
{
    size_t n = source->block_len - source->block_used;

    if (n > size - *got)
        n = size - *got;
    memcpy(out + *got, source->block + source->block_used, n);
    source->block_used += n;
    *got += n;
}

static int read_plain(struct gzvalues_inflate *source, char *out, size_t size,
                      size_t *got, struct err *err)
{
    while (*got < size) {
        int rc = fill_block(source, err);

        if (rc < 0 || source->block_used == source->block_len)
            return rc;
        take(source, out, size, got);
    }
    return 0;
}

static int cut_short(const struct gzvalues_inflate *source, struct err *err)
{
    return err_set(
        err, ERR_DATA,
        "the file ends at byte %llu, inside gzip member %llu (which starts at "
        "byte %llu): it was cut short, or is still being written; copy it "
        "again, or start again when it is complete",
        (unsigned long long)source->read_bytes,
        (unsigned long long)source->member,
        (unsigned long long)source->member_start);
}

static int damaged(const struct gzvalues_inflate *source, const char *why,
                   struct err *err)
{
    return err_set(
        err, ERR_DATA,
        "gzip member %llu (which starts at byte %llu) is damaged at or before "
        "byte %llu: %s; get or write the file again",
        (unsigned long long)source->member,
        (unsigned long long)source->member_start,
        (unsigned long long)gzvalues_inflate_used(source),
        why ? why : "invalid data");
}

static int trailing(const struct gzvalues_inflate *source, struct err *err)
{
    return err_set(
        err, ERR_DATA,
        "expected another gzip member or the end of the file at byte %llu, "
        "after gzip member %llu, found byte 0x%02x; get or write the file "
        "again",
        (unsigned long long)gzvalues_inflate_used(source),
        (unsigned long long)source->member, source->block[source->block_used]);
}

static int begin_member(struct gzvalues_inflate *source, struct err *err)
{
    int rc;

    if (source->member > 0 && source->block[source->block_used] != GZIP_MAGIC_0)
        return trailing(source, err);
    if (source->zlib_live) {
        rc = inflateReset(&source->zlib);
    } else {
        rc = inflateInit2(&source->zlib, ZLIB_GZIP_ONLY);
        source->zlib_live = rc == Z_OK;
    }
    if (rc != Z_OK)
        return err_set(err, rc == Z_MEM_ERROR ? ERR_MEMORY : ERR_INTERNAL,
                       "cannot start zlib: %s", zError(rc));
    source->member++;
    source->member_start = gzvalues_inflate_used(source);
    source->in_member = true;
    return 0;
}

/* One call of inflate with what is there of input and room. */
static int inflate_some(struct gzvalues_inflate *source, char *out, size_t size,
                        size_t *got, struct err *err)
{
    size_t room = size - *got < UINT32_MAX / 2 ? size - *got : UINT32_MAX / 2;
    z_stream *zlib = &source->zlib;

    zlib->next_in = source->block + source->block_used;
    zlib->avail_in = (uInt)(source->block_len - source->block_used);
    zlib->next_out = (unsigned char *)out + *got;
    zlib->avail_out = (uInt)room;
    int rc = inflate(zlib, Z_NO_FLUSH);
    source->block_used = source->block_len - zlib->avail_in;
    *got += room - zlib->avail_out;
    if (rc == Z_STREAM_END)
        source->in_member = false;
    if (rc == Z_STREAM_END || rc == Z_OK || rc == Z_BUF_ERROR)
        return 0;
    if (rc == Z_MEM_ERROR)
        return err_set(err, ERR_MEMORY, "out of memory for inflating a file");
    return damaged(source, zlib->msg, err);
}

static int read_gzip(struct gzvalues_inflate *source, char *out, size_t size,
                     size_t *got, struct err *err)
{
    while (*got < size) {
        int rc = fill_block(source, err);

        /*
         * Without input inflate may still hold text that had no room, but
         * never the end of a member: that needs its trailer to be read.
         */
        bool dry = source->block_used == source->block_len;
        if (rc == 0 && !source->in_member) {
            if (dry)
                return 0;
            rc = begin_member(source, err);
        }
        size_t before = *got;
        if (rc == 0)
            rc = inflate_some(source, out, size, got, err);
        if (rc < 0)
            return rc;
        if (dry && *got == before)
            return cut_short(source, err);
    }
    return 0;
}

/* One byte that could begin a gzip header counts: cut there it is damage. */
static enum gzvalues_form form_of(const struct gzvalues_inflate *source)
{
    const unsigned char *block = source->block;

    if (source->block_len > 0 && block[0] == GZIP_MAGIC_0 &&
        (source->block_len == 1 || block[1] == GZIP_MAGIC_1))
        return GZVALUES_GZIP;
    return GZVALUES_PLAIN;
}

int gzvalues_inflate_read(struct gzvalues_inflate *source, char *out,
                          size_t size, size_t *got, struct err *err)
{
    *got = 0;
    if (source->form == GZVALUES_UNKNOWN) {
        int rc = fill_block(source, err);
        if (rc < 0)
            return rc;
        source->form = form_of(source);
    }
    if (source->form == GZVALUES_GZIP)
        return read_gzip(source, out, size, got, err);
    return read_plain(source, out, size, got, err);
}
