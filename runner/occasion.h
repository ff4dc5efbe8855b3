/*
 * occasion: whether the last occasion of a dated batch came to its end.
 *
 * A batch such as nightly-%F has a new name, and so a new ledger, each
 * night. A night that ran out of credits would be forgotten by the next one;
 * so the next one asks.
 */
#ifndef RUNNER_OCCASION_H
#define RUNNER_OCCASION_H

#include "../queue/os.h"
#include "ledger_path.h"

/*
 * For a batch with a date whose ledger does not exist yet: looks at the
 * newest other ledger that the same --batch or --ledger pattern names.
 * ERR_USAGE where that one ended with a status other than 0, 1 and 2, or
 * without a `close` record, unless --yes was given (then a warning); the
 * message has the command that resumes it. 0 otherwise, also where there is
 * no earlier occasion or its ledger cannot be read.
 */
int occasion_check(const struct opt *opt, const struct ledger_path *path,
                   const char *manifest, const struct os *os, struct err *err);

#endif
