/*
 * gzvalues: a file of JSON values as a stream, plain or gzip.
 *
 * Values are JSON Lines or pretty-printed alike: what is split is JSON values
 * separated by white space, whatever the lines. Plain text, one gzip member
 * and concatenated members are read alike; the first bytes decide, not the
 * file's name. After a member comes another member or the end, nothing else
 * (zlib's gzread silently gives a shorter file there): a cut inside a member,
 * a flipped bit, junk or zeros behind a member are errors that name the
 * compressed byte offset. A cut exactly between two members cannot be seen,
 * as in a plain file one between two values.
 *
 * Memory: one value (at most max_value_bytes) and a few fixed buffers,
 * whatever the number of values. Of a long file a thread reads ahead
 * (gzvalues_source.h).
 */
#ifndef QUEUE_GZVALUES_H
#define QUEUE_GZVALUES_H

#include "../templates/buf.h"
#include "../templates/cid.h"

struct gzvalues_impl;

struct gzvalues {
    struct gzvalues_impl *impl; /* owned */
    const char *file;           /* borrowed, for errors */
};

/* One value's text, valid until the next call. */
struct gzvalues_item {
    const char *text;
    size_t len;
    uint64_t line;   /* where it starts in the decompressed text, from 1 */
    uint64_t column; /* likewise, in characters */
};

/*
 * Starts reading fd (borrowed, at its current offset) up to its end or, where
 * limit_bytes is not UINT64_MAX, up to that many bytes of the file as stored
 * (an end before that is an error). hasher (borrowed, may be NULL) is busy
 * until the end of the stream: it hashes the decompressed bytes. ERR_MEMORY.
 */
int gzvalues_open(struct gzvalues *values, int fd, const char *file,
                  size_t max_value_bytes, uint64_t limit_bytes,
                  struct hasher *hasher, struct err *err);
void gzvalues_release(struct gzvalues *values);

/*
 * For a file that is read twice, before the first value is read: a first pass
 * adds a checksum of each block of the stored file to sums (4 bytes for
 * 64 KiB), a later one with the same limit compares (ERR_DATA), so that
 * nothing of a block that changed in between is ever given out. Both are
 * borrowed until the release.
 */
void gzvalues_record(struct gzvalues *values, struct buf *sums);
void gzvalues_verify(struct gzvalues *values, const struct buf *sums);

/*
 * Before the first value is read: the descriptor is a plain file's and is
 * read from its start by place, so that several may read it at a time.
 */
void gzvalues_by_place(struct gzvalues *values);

/*
 * The next value: 1 with *item, 0 at the end, negative on an error (ERR_DATA,
 * ERR_LIMIT, ERR_INPUT, ERR_MEMORY), after which only release is allowed. All
 * values before the place of an error are given first. The text is split by
 * quotes and brackets only; json_parse judges it.
 */
int gzvalues_next(struct gzvalues *values, struct gzvalues_item *item,
                  struct err *err);

/* Bytes of the file as stored that were consumed so far. */
uint64_t gzvalues_bytes(const struct gzvalues *values);

/* After the end: SHA-256 of the decompressed bytes (zeros without hasher). */
const uint8_t *gzvalues_digest(const struct gzvalues *values);

#endif
