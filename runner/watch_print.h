/*
 * watch_print: the tables of `status`.
 */
#ifndef RUNNER_WATCH_PRINT_H
#define RUNNER_WATCH_PRINT_H

#include "cmd.h"
#include "watch.h"

/*
 * The picked jobs by what has become of them (watch_word): how many, what
 * was charged, what they cost in the end as far as that is known.
 */
int watch_print_states(const struct watch *watch, const struct opt *opt,
                       const struct app *app, struct err *err);

/* One row a picked job, with its page on the dashboard. */
int watch_print_jobs(const struct watch *watch, const struct opt *opt,
                     const struct app *app, struct err *err);

#endif
