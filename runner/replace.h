/*
 * replace: `run --changed replace`: the old job of a point that changed is
 * stopped, then the point is posted, its records saying what it replaces.
 *
 * All old jobs are stopped first, each with its durable intent; a point is
 * posted only where the ledger knows that its old job has ended. So a run that
 * is killed anywhere never has both: the same command goes on, and finds what
 * is stopped already. An old job that is open or unknown is settled first, by
 * `status` or `settle`: until then its point waits. A job that another point
 * of the manifest still wants, under whatever name, is not stopped.
 */
#ifndef RUNNER_REPLACE_H
#define RUNNER_REPLACE_H

#include "act.h"

struct replace {
    struct act_list old; /* jobs that have a changed point's name */
    struct survey whole; /* which keys the manifest has, selected or not */
    bool restricted;     /* whole was made: else run->survey knows */
    struct ledger_folder *folder; /* owned, once it is needed */
    uint64_t elsewhere;           /* points that a ledger of --seen posted */
    uint64_t stopped;
    uint64_t blocked; /* points that were not posted: see above */
    int status;       /* that stopping ended with, and why; 0: all well */
    char why[ERR_MESSAGE_MAX];
};

/* Everything back; before the ledger is closed. */
void replace_release(struct replace *replace);

/* Takes note of a changed point, in the survey. */
int replace_note(struct run *run, const struct job *job,
                 const struct compare *compare, struct err *err);

/*
 * After the survey, before the question: which of these jobs are really to
 * be stopped. ERR_DATA, ERR_CAP: refused, nothing was sent.
 */
int replace_check(struct run *run, struct err *err);

/* How many jobs are to be stopped. */
uint64_t replace_count(const struct run *run);

/* Stops them; how it ended is in run->replace. Negative: it did not begin. */
int replace_stop(struct run *run, struct err *err);

/*
 * Whether a changed point may be posted: 1, key then being the job that it
 * replaces; 0, which was said; negative: also where another point of the
 * manifest has its name.
 */
int replace_ready(struct run *run, const struct job *job,
                  char key[KEY_TEXT_MAX], struct err *err);

#endif
