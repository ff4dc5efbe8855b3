/*
 * stats: what happened so far, as JSON: the judge of tests.
 */
#ifndef SANDBOX_STATS_H
#define SANDBOX_STATS_H

#include "sandbox.h"

/*
 * Adds all counts; list: also jobs_per_key, jobs_per_cid, pins_per_cid and
 * requests_per_key as objects.
 */
void stats_write(const struct sandbox *sb, struct buf *out, bool list);

/* Adds the list of accounts with their credits. */
void stats_credits(const struct sandbox *sb, struct buf *out);

/* Adds the faults with their counts. */
void stats_faults(const struct sandbox *sb, struct buf *out);

/*
 * Adds the jobs created, in order, from the one of number offset and at most
 * limit of them; digits or NULL.
 */
void stats_jobs(const struct sandbox *sb, struct buf *out, const char *offset,
                const char *limit);

#endif
