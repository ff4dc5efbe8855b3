/*
 * record: the last requests, word for word, for tests of a conversation. Of
 * Authorization only the scheme is kept.
 */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include "call.h"

#define RECORD_BODY_MAX ((size_t)64 << 10) /* more of a body is cut off */

struct record {
    struct buf *items; /* owned ring: a JSON object each */
    uint32_t size;     /* of the ring; 0: nothing is recorded */
    uint64_t count;    /* requests so far */
};

/* For the last size requests; ERR_MEMORY. */
int record_init(struct record *record, uint32_t size, struct err *err);
void record_release(struct record *record);
void record_clear(struct record *record);

/* Notes a call that was answered. */
void record_add(struct record *record, const struct call *call);

/* Adds the requests kept as a JSON list, the oldest first. */
void record_write(const struct record *record, struct buf *out);

#endif
