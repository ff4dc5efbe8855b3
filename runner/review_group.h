/*
 * review_group: which of the review's groups a row is in. For review_sum.c.
 */
#ifndef RUNNER_REVIEW_GROUP_H
#define RUNNER_REVIEW_GROUP_H

#include "review.h"

/* A review while it is summed. */
struct review_summing {
    struct review *review;
    struct ledger_brief *brief;
    const struct review_cells *cells;
    const struct review_options *options;
    struct review_intern keys;  /* of groups: their parts' JSON */
    struct review_intern hours; /* of moments */
    uint32_t *group_of;         /* owned: of cell and outcome, + 1 */
    struct buf key;
    struct json doc;
    size_t group_cap, moment_cap;
};

/* With the first four fields set. ERR_MEMORY; the end is due in any case. */
int review_group_begin(struct review_summing *summing, struct err *err);
void review_group_end(struct review_summing *summing);

/*
 * The number of the row's group in review->groups, which is added where it is
 * new. Each cell and outcome is looked up once. ERR_MEMORY, ERR_LIMIT.
 */
int review_group_of(struct review_summing *summing,
                    const struct ledger_brief_row *row, uint32_t *number,
                    struct err *err);

#endif
