/*
 * match: which of the account's jobs are those that a ledger holds as
 * unknown. Pure: no ledger, no network, no clock.
 *
 * An intent's identity is its account, its definition's CID, market and
 * timeout; it was listed, if at all, within a window of time, and a node that
 * it names must be its job's. Intents of one identity (its
 * replicas, or the same job of several ledgers) are interchangeable to the
 * service, so they are decided together, and only where there is no doubt:
 *
 * posted  as many unclaimed jobs of that identity were listed within the
 *         windows as there are intents, one for each;
 * lost    there is none, nor any that might be one, every intent is so old
 *         that nothing of it can come any more, and the listing is known to
 *         reach back to it;
 * unclear everything else: it is for the operator.
 *
 * "Unclaimed" is a job that no ledger at hand has the address of. Intents
 * whose run has not ended its trying (open ones) make their identity unclear:
 * the next run finds out with their idempotency keys.
 */
#ifndef RUNNER_MATCH_H
#define RUNNER_MATCH_H

#include "../templates/base58.h"
#include "../templates/cid.h"
#include "../templates/err.h"

#define MATCH_SHOWN_MAX 4 /* candidates kept for the operator */

enum match_verdict {
    MATCH_UNCLEAR,
    MATCH_POSTED, /* as candidates[0] */
    MATCH_LOST
};

enum match_why {
    MATCH_DECIDED,
    MATCH_OPEN,      /* an open intent of the same identity */
    MATCH_NONE_YET,  /* none found, and it may still come or is not provable */
    MATCH_TOO_FEW,   /* fewer jobs than intents */
    MATCH_TOO_MANY,  /* more */
    MATCH_VAGUE,     /* of some jobs it cannot be told when they were listed */
    MATCH_NO_PAIRING /* the windows do not allow one job for each */
};

struct match_intent {
    uint32_t tag;     /* the caller's */
    uint32_t account; /* likewise: whose it is; part of its identity */
    uint8_t cid[CID_DIGEST_LEN];
    uint8_t market[BASE58_ADDRESS_LEN];
    bool has_node;
    uint8_t node[BASE58_ADDRESS_LEN];
    uint64_t timeout_s;
    int64_t from_s, until_s; /* when it can have been listed */
    bool open;               /* not decided; only counted */
    bool may_be_lost;        /* old enough, and within the listing's reach */
    /* set by match_decide: */
    enum match_verdict verdict;
    enum match_why why;
    uint32_t intents; /* of its identity, open ones included */
    uint32_t found;   /* jobs that might be it, all of them */
    uint32_t candidates[MATCH_SHOWN_MAX]; /* the first: indices of jobs */
};

/* An unclaimed job of the account. */
struct match_job {
    uint32_t account;
    uint8_t cid[CID_DIGEST_LEN];
    uint8_t market[BASE58_ADDRESS_LEN];
    bool has_node;
    uint8_t node[BASE58_ADDRESS_LEN];
    uint64_t timeout_s;
    int64_t listed_s; /* 0: unknown */
};

/*
 * Decides about all intents, in place; their order changes. ERR_MEMORY:
 * nothing is decided.
 */
int match_decide(struct match_intent *intents, size_t intent_count,
                 const struct match_job *jobs, size_t job_count,
                 struct err *err);

#endif
