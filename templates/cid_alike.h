/*
 * cid_alike: digests of many contents that begin with the same bytes, as all
 * that one template renders do.
 *
 * SHA-256 goes from block to block: what a node's first whole blocks lead to
 * is computed once, and copied for each content. The node's head says how
 * long the content is, so there is one such state for each length; of the
 * lengths that points have, a few serve most.
 */
#ifndef TEMPLATES_CID_ALIKE_H
#define TEMPLATES_CID_ALIKE_H

#include "cid.h"

#define CID_ALIKE_STATES 16

/* Where SHA-256 is behind the stem of contents of one length. */
struct cid_alike_state {
    struct hasher hasher;
    size_t len;  /* of the contents; 0: none yet */
    size_t seen; /* bytes of the stem that went in, behind the head */
    struct cid_frame frame;
};

/* All zeros is a valid beginning: nothing in common. */
struct cid_alike {
    const char *stem; /* borrowed: what the contents begin with */
    size_t len;       /* of it */
    struct cid_alike_state states[CID_ALIKE_STATES];
};

/*
 * cid_compute's digest. A content that does not begin with the stem gets its
 * own digest all the same. ERR_LIMIT over CID_CONTENT_MAX.
 */
int cid_alike_compute(struct cid_alike *alike, struct hasher *hasher,
                      const void *content, size_t len,
                      uint8_t digest[CID_DIGEST_LEN], struct err *err);

#endif
