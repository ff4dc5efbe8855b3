/*
 * cmd: what main and the commands know of each other.
 *
 * A command is one function in runner/cmd_NAME.c. It prints data to
 * app->out and everything else through say.h; its errors it returns.
 */
#ifndef RUNNER_CMD_H
#define RUNNER_CMD_H

#include <stdio.h>

#include "../templates/err.h"
#include "opt.h"

/* What a command is run with. */
struct app {
    FILE *out;         /* standard output; main flushes and checks it */
    bool in_terminal;  /* standard input is one: questions can be asked */
    bool out_terminal; /* out is one */
    bool err_terminal; /* standard error is one */
    size_t out_width;  /* columns of the terminal; 0 where out is none */
    /*
     * What passes over manifests and ledgers found. main prints all of it
     * when the command has returned; the error returned, too, unless errs
     * holds errors (the first of which it then is).
     */
    struct errs errs;
};

/*
 * Returns the exit status (0 or more), or a negative enum err_code with err
 * filled. opt and app outlive the call.
 */
typedef int cmd_function(const struct opt *opt, struct app *app,
                         struct err *err);

cmd_function cmd_new, cmd_plan, cmd_expand, cmd_validate, cmd_run, cmd_results,
    cmd_balance, cmd_markets, cmd_settle, cmd_status, cmd_wait, cmd_retry,
    cmd_balance, cmd_markets, cmd_settle, cmd_status, cmd_wait, cmd_retry,
    cmd_extend, cmd_stop, cmd_review, cmd_completion;

/*
 * The commands that main can call: X(enum opt_command, function). A new one
 * gets its line here and above, and loses `LATER` in opt_table.c.
 */
#define CMD_LIST(X)               \
    X(OPT_NEW, cmd_new)           \
    X(OPT_PLAN, cmd_plan)         \
    X(OPT_EXPAND, cmd_expand)     \
    X(OPT_VALIDATE, cmd_validate) \
    X(OPT_RUN, cmd_run)           \
    X(OPT_STATUS, cmd_status)     \
    X(OPT_WAIT, cmd_wait)         \
    X(OPT_RETRY, cmd_retry)       \
    X(OPT_EXTEND, cmd_extend)     \
    X(OPT_STOP, cmd_stop)         \
    X(OPT_SETTLE, cmd_settle)     \
    X(OPT_RESULTS, cmd_results)   \
    X(OPT_REVIEW, cmd_review)     \
    X(OPT_BALANCE, cmd_balance)   \
    X(OPT_MARKETS, cmd_markets)   \
    X(OPT_COMPLETION, cmd_completion)

#endif
