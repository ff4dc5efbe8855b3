/*
 * review_stats: mean and percentiles of amounts, exactly.
 */
#ifndef RUNNER_REVIEW_STATS_H
#define RUNNER_REVIEW_STATS_H

#include "../templates/err.h"

/*
 * The value of this rank (0: the least) among count values, which are
 * reordered. rank < count.
 */
int64_t review_stats_rank(int64_t *values, size_t count, size_t rank);

/* The rank of a percentile (1 to 100) by nearest rank; count > 0. */
size_t review_stats_percentile(size_t count, unsigned percent);

/* sum / count, rounded half to even; count > 0. */
int64_t review_stats_mean(int64_t sum, uint64_t count);

#endif
