/*
 * retry: which jobs of a ledger are posted again, and how.
 *
 * A job is posted again as a new generation, from its newest intent: the same
 * bytes, another idempotency key. What a generation needs before the next one
 * is that its job has ended, which a `state` record says; a generation that
 * was rejected, released or settled as lost is itself posted (again) instead.
 */
#ifndef RUNNER_RETRY_H
#define RUNNER_RETRY_H

#include "row_where.h"
#include "run.h"
#include "run_states.h"

/* The newest generations of all jobs, by what became of them. */
struct retry_tally {
    uint64_t succeeded, failed;
    uint64_t stopped;  /* or ended in a way that is neither */
    uint64_t unclear;  /* ended, and the service does not say yet how */
    uint64_t live;     /* not known to have ended */
    uint64_t unposted; /* a retry that was rejected, released or lost */
    uint64_t never;    /* likewise of a first generation: for `run` */
    uint64_t doubtful; /* open or unknown */
};

struct retry {
    struct run *run; /* borrowed */
    struct row_where where;
    struct retry_tally all;    /* of the ledger */
    struct retry_tally picked; /* before --sample; of those that can be posted,
                                  and of those that cannot, all the same */
};

/*
 * Picks jobs into run->picks and fills in run->wanted: those that --where
 * takes, without it those whose run failed and unposted ones; --sample of
 * them. ERR_USAGE for the expression, ERR_DATA where a price is missing that
 * is needed, ERR_LIMIT at a job's last generation, ERR_MEMORY and codes of
 * the ledger. retry_release is due in any case.
 */
int retry_pick(struct retry *retry, struct err *err);
void retry_release(struct retry *retry);

/* The worst cost of posting an intent again, at today's prices if known. */
int64_t retry_max_nano(const struct run *run,
                       const struct ledger_intent *intent);

/* The source of `retry`, for run->fresh: the picks, in their order. */
int retry_next(struct run *run, uint32_t slot, struct engine_task *task,
               struct err *err);

/*
 * Says why nothing is posted again, or what was left out of the picks:
 * without a word where all that was picked is posted.
 */
void retry_explain(const struct retry *retry);

#endif
