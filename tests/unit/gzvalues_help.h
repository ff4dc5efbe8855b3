/*
 * gzvalues_help: files of values for the tests of gzvalues and manifest.
 */
#ifndef TESTS_UNIT_GZVALUES_HELP_H
#define TESTS_UNIT_GZVALUES_HELP_H

#include "../../queue/gzvalues.h"

/* What reading a whole file gave. */
struct reading {
    struct buf values; /* each value's text and a newline */
    struct buf places; /* "line:column " of each value */
    unsigned count;
    int rc; /* 0 at the end, or the error's code */
    struct err err;
    uint64_t bytes;
    uint8_t digest[CID_DIGEST_LEN];
};

void reading_init(struct reading *reading);
void reading_release(struct reading *reading);

/* Reads a descriptor to its end or an error, hashing. */
void reading_of_fd(struct reading *reading, int fd, size_t max_value_bytes,
                   uint64_t limit_bytes);

/* Reads bytes through an unlinked file, without a limit. */
void reading_of(struct reading *reading, const void *bytes, size_t len);

/* A descriptor of an unlinked file with these bytes, at its start. */
int file_of(const void *bytes, size_t len);

/* Adds one gzip member that holds text. */
void add_member(struct buf *out, const void *text, size_t len);

#endif
