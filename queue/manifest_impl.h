/*
 * manifest_impl: what the parts of the manifest module share: opening
 * (manifest_open.c), judging one value (manifest_value.c), the stream
 * (manifest.c).
 */
#ifndef QUEUE_MANIFEST_IMPL_H
#define QUEUE_MANIFEST_IMPL_H

#include "../templates/entry_models.h"
#include "manifest.h"
#include "manifest_file.h"
#include "manifest_ids.h"

/* What is said to whoever has no manifest yet. */
#define MANIFEST_ENTRY_HINT                                                    \
    "an entry is {\"id\": \"NAME\", \"definition\": {…}}; to make one of a " \
    "job definition: nosbatch new FILE > sweep.json"

struct manifest_impl {
    const struct manifest_options *options; /* borrowed */
    int fd;                                 /* owned */
    uint64_t file_bytes; /* where every pass ends; UINT64_MAX: not yet known */
    struct buf sums;     /* of the file's blocks, from the first pass */
    uint8_t digest[CID_DIGEST_LEN]; /* of the first pass's text */
    bool known;                     /* the first pass came to its end */
    uint64_t entries;               /* of it */

    /* This pass. */
    struct gzvalues values;
    struct gzvalues_item item; /* the current value */
    uint64_t value_count;      /* the header included */
    uint64_t entry_count;      /* likewise without it, of good and bad ones */
    int ended;                 /* 0 while reading, 1 at the end, or the error */
    bool plain;                /* the first value was a plain definition */
    bool bare; /* the first value was a header without defaults */

    struct hasher text_hasher;
    struct hasher job_hasher; /* for entries; the other one is busy */
    struct manifest_ids ids;
    struct json doc;
    struct buf header_text;
    struct json header; /* of header_text */
    struct entry_context context;
    struct entry_models models; /* the current entry is one of theirs */
    char id[MANIFEST_FILE_STEM_MAX];
};

/*
 * Judges the value that was just read: 1 as manifest_next returns it, 0 for
 * a header, negative where the pass is over.
 */
int manifest_value_take(struct manifest *manifest, struct entry **entry,
                        struct errs *errs);

/* Adds a fault that ends the pass and returns its code. */
int manifest_stop(struct manifest *manifest, struct errs *errs,
                  struct err *err);

#endif
