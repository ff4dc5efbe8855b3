/*
 * run_prepare: everything between the command line and the first spending:
 * the survey, the rules that save money, and the question.
 */
#ifndef RUNNER_RUN_PREPARE_H
#define RUNNER_RUN_PREPARE_H

#include "cmd.h"
#include "credits.h"
#include "run.h"

/*
 * Whether a run may be started at all without asking: ERR_USAGE where there
 * is neither a terminal nor --yes or --max-cost.
 */
int run_check_consent(const struct opt *opt, const struct app *app,
                      struct err *err);

/* Fetches the markets and keeps them for plans; see ledger.md on failures. */
int run_fetch_markets(struct run *run, struct err *err);

/*
 * Reads the whole manifest against the ledger and says what is wrong with
 * it. 0, or a status: 65 with everything said already; or negative.
 */
int run_survey(struct run *run, struct err *err);

/*
 * ERR_DATA where --expect was given and this is not what plan showed. After
 * run_survey.
 */
int run_check_expect(struct run *run, const struct ledger_path *path,
                     struct err *err);

/*
 * The market's type, prices, the cap, changed points. Negative: refused,
 * nothing was spent.
 */
int run_check_rules(struct run *run, struct err *err);

/* Reads a line of the terminal: whether it begins with y. */
bool run_said_yes(void);

/* Asks for the account's balance. Negative: it could not be had. */
int run_fetch_balance(struct run *run, struct credits *credits,
                      struct err *err);

/*
 * Shows what is about to be spent and asks, unless --yes or --max-cost said
 * so. replays is how many open jobs are sent again. 1: go on; 0: no.
 */
int run_ask(struct run *run, const struct app *app, const char *ledger_path,
            uint64_t replays, struct err *err);

#endif
