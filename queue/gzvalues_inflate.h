/*
 * gzvalues_inflate: the bytes of a file, plain or gzip, checked to the last.
 *
 * What the first bytes say decides, never the file's name. After a gzip
 * member comes another member or the end, nothing else. A cut exactly between
 * two members cannot be seen: the format has no end mark of its own.
 */
#ifndef QUEUE_GZVALUES_INFLATE_H
#define QUEUE_GZVALUES_INFLATE_H

#include <sys/types.h>
#include <zlib.h>

#include "../templates/buf.h"

#define GZVALUES_INFLATE_BLOCK ((size_t)64 << 10) /* bytes of a read */

enum gzvalues_form {
    GZVALUES_UNKNOWN,
    GZVALUES_PLAIN,
    GZVALUES_GZIP
};

struct gzvalues_inflate {
    int fd;               /* borrowed */
    bool by_place;        /* read from offset read_bytes, not on */
    uint64_t limit_bytes; /* of the file; UINT64_MAX: to its end */
    enum gzvalues_form form;
    z_stream zlib;
    bool zlib_live;
    unsigned char *block;    /* owned: the stored bytes read last… */
    size_t block_len;        /* …and their number, */
    size_t block_used;       /* of which these are consumed */
    uint64_t read_bytes;     /* of the file */
    bool at_end;             /* of the file, or of what may be read */
    uint64_t member;         /* the current one, from 1 */
    uint64_t member_start;   /* its first byte's offset */
    bool in_member;          /* it has not ended yet */
    struct buf *sums;        /* NULL, or the blocks' checksums… */
    const struct buf *known; /* …to record, or (NULL: none) to compare */
    size_t known_used;
};

/* See gzvalues_open. ERR_MEMORY. */
int gzvalues_inflate_open(struct gzvalues_inflate *source, int fd,
                          uint64_t limit_bytes, struct err *err);
void gzvalues_inflate_release(struct gzvalues_inflate *source);

/*
 * Fills out with the next size bytes of text; fewer only at the end or where
 * an error stands, which is returned (with *got good bytes before it).
 * Returns 0, ERR_DATA, ERR_INPUT or ERR_MEMORY.
 */
int gzvalues_inflate_read(struct gzvalues_inflate *source, char *out,
                          size_t size, size_t *got, struct err *err);

/* Bytes of the file consumed so far. */
uint64_t gzvalues_inflate_used(const struct gzvalues_inflate *source);

/*
 * read(2) that goes on after a signal and waits where the descriptor is one
 * that does not block. Returns bytes, 0 at the end, -1 with errno.
 */
ssize_t gzvalues_inflate_raw(int fd, void *out, size_t size);

#endif
