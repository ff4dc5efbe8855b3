/*
 * review: what ledgers cost, summed exactly.
 *
 * All sums are int64 nano-dollars; where one would overflow, ERR_LIMIT says
 * so. Of a group's jobs that have a cost: the mean is rounded half to even to
 * a nano-dollar; p50 and p95 are the cost that at least 50 and 95 of 100 do
 * not exceed (nearest rank), so they are costs of jobs, not computed ones.
 */
#ifndef RUNNER_REVIEW_H
#define RUNNER_REVIEW_H

#include "market.h"
#include "review_by.h"
#include "row_where.h"

#define REVIEW_DEAREST 10

/*
 * Sums over jobs. A job's cost is its final cost where that is known, else
 * what was charged; a job that was not posted has none.
 */
struct review_sum {
    uint64_t jobs;
    uint64_t outcomes[OUTCOMES];
    uint64_t posted;                             /* jobs that exist */
    uint64_t max_jobs, charged_jobs, final_jobs; /* that have it */
    uint64_t cost_jobs;
    int64_t max_nano; /* of those that exist or may exist */
    int64_t charged_nano, final_nano, cost_nano;
    int64_t refund_nano;    /* charged - final, where both are known */
    uint64_t extensions;    /* paid ones */
    int64_t extension_nano; /* part of charged */
    int64_t doubt_nano;     /* worst case of open and unknown jobs */
    int64_t failed_nano;    /* cost of OUTCOME_FAILED */
    int64_t mean_nano, p50_nano, p95_nano, largest_nano; /* cost_jobs > 0 */
};

/* Posting ended, or was never begun, without a job. */
uint64_t review_never_submitted(const struct review_sum *sum);

struct review_group {
    const char **parts; /* one an item of --by: JSON text, "null" if absent */
    struct review_hour hour; /* where --by has a time */
    struct review_sum sum;
};

/* One hour of posting. */
struct review_moment {
    struct review_hour hour;
    uint64_t jobs;
    int64_t cost_nano;
};

struct review_job {
    uint32_t row;
    const char *name, *id, *market, *address; /* of the arena, or NULL */
    enum ledger_outcome_kind outcome;
    int64_t max_nano, charged_nano, final_nano, cost_nano;
};

struct review_ledger {
    const char *path, *id, *batch; /* batch NULL: none */
    uint64_t records, jobs, torn_bytes;
    uint64_t twice; /* of its jobs: another ledger stands for them */
};

/* What came out. Everything is owned by the arena or freed by release. */
struct review {
    struct arena arena;
    struct review_group *groups; /* owned */
    size_t group_count;
    struct review_sum total;
    struct review_moment *moments; /* owned, ascending */
    size_t moment_count;
    struct review_job dearest[REVIEW_DEAREST];
    size_t dearest_count;
    struct review_ledger *ledgers; /* of the arena */
    size_t ledger_count;
};

struct review_options {
    const char *const *paths;
    size_t path_count;
    struct review_by *by;
    struct review_time *time;
    const char *where; /* or NULL */
    bool older; /* to compare with: may lack what --by and --where name */
    const struct markets *markets;
};

/*
 * Reads the ledgers and sums. ERR_USAGE (--by, --where), ERR_LIMIT, or what
 * ledger_brief_read says. review_release is due in any case.
 */
int review_run(struct review *review, const struct review_options *options,
               struct err *err);
void review_release(struct review *review);

/* --- review_sum.c --------------------------------------------------------- */

/*
 * From the rows of a brief that was merged: groups, total, moments, dearest.
 * The brief's ids are overwritten.
 */
int review_sum_all(struct review *review, struct ledger_brief *brief,
                   const struct review_cells *cells,
                   const struct review_options *options, struct err *err);

#endif
