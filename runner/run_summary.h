/*
 * run_summary: how a run ended, for the ledger and for people.
 */
#ifndef RUNNER_RUN_SUMMARY_H
#define RUNNER_RUN_SUMMARY_H

#include "ledger_path.h"
#include "run.h"

/* The status that the ledger and the engine (if it ran) end a command with. */
int run_status(const struct run *run);

/*
 * Records the end, says what happened and what to type next, and returns the
 * exit status: the strongest of what stopped the run and what the ledger
 * holds (rejected and unknown jobs of earlier runs included).
 */
int run_finish(struct run *run, const char *ledger_path);

/* After posting: jobs that were wanted and neither posted nor rejected. */
uint64_t run_left_over(const struct run *run);

/*
 * Tells machines how a run ended (--format on out, --metrics), whatever
 * became of it: rc is negative with err filled, or status is what it ends
 * with. Returns that one, or a negative code where it could not be told.
 */
int run_end(const struct run *run, const struct ledger_path *path, int rc,
            int status, FILE *out, struct err *err);

#endif
