/*
 * gzvalues_source: the text of a file, hashed on its way, read ahead.
 *
 * Inflating and hashing take as long as all that is done with the text. Of a
 * file longer than one read a thread of its own does them, a few reads ahead;
 * what is read, in what order, and every error is the same without it. Where
 * no thread is to be had the reader does it all.
 *
 * The thread touches nothing but what is in here and what this borrows: the
 * descriptor, the hasher, the checksums. It runs from the second read to the
 * last, or the release, takes no signals and never waits for anything but the
 * file and room. A fork's child has no such thread: it may not read on.
 */
#ifndef QUEUE_GZVALUES_SOURCE_H
#define QUEUE_GZVALUES_SOURCE_H

#include "../templates/cid.h"
#include "gzvalues_inflate.h"

/* Text of a read: it stays in the processor's cache. */
#define GZVALUES_SOURCE_READ ((size_t)256 << 10)

struct gzvalues_ahead;

struct gzvalues_source {
    struct gzvalues_inflate inflate;
    struct hasher *hasher; /* borrowed; NULL: none, or its hash is done */
    uint8_t digest[CID_DIGEST_LEN]; /* after the end */
    uint64_t reads;
    uint64_t used; /* bytes of the file that were read for them */
    struct gzvalues_ahead *ahead; /* owned; NULL: there is no thread */
};

/* See gzvalues_open. ERR_MEMORY. */
int gzvalues_source_open(struct gzvalues_source *source, int fd,
                         uint64_t limit_bytes, struct hasher *hasher,
                         struct err *err);
void gzvalues_source_release(struct gzvalues_source *source);

/*
 * The next GZVALUES_SOURCE_READ bytes of text, as gzvalues_inflate_read gives
 * them. After fewer, which are the last, or an error no more may be read.
 */
int gzvalues_source_read(struct gzvalues_source *source, char *out, size_t *got,
                         struct err *err);

#endif
