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

struct cid_alike {
    const char *stem; /* borrowed: what the contents begin with */
    size_t len;       /* of it; 0: nothing in common */
    struct {
        void *context;   /* EVP_MD_CTX, owned; NULL: none yet */
        size_t len;      /* of the contents that it is for */
        size_t absorbed; /* bytes of the node that it has seen */
    } states[CID_ALIKE_STATES];
};

/* Frees the states. All zeros is a valid beginning, and what is left. */
void cid_alike_release(struct cid_alike *alike);

/*
 * cid_compute's digest. A content that does not begin with the stem gets its
 * own digest all the same. ERR_LIMIT over CID_CONTENT_MAX.
 */
int cid_alike_compute(struct cid_alike *alike, struct hasher *hasher,
                      const void *content, size_t len,
                      uint8_t digest[CID_DIGEST_LEN], struct err *err);

#endif
