/*
 * run_summary: how a run ended, for the ledger and for people.
 */
#ifndef RUNNER_RUN_SUMMARY_H
#define RUNNER_RUN_SUMMARY_H

#include "run.h"

/* The status that the ledger and the engine (if it ran) end a command with. */
int run_status(const struct run *run);

/*
 * Records the end, says what happened and what to type next, and returns the
 * exit status: the strongest of what stopped the run and what the ledger
 * holds (rejected and unknown jobs of earlier runs included).
 */
int run_finish(struct run *run, const char *ledger_path);

#endif
