/*
 * plan_print: a plan as people read it, or as JSON, JSON Lines, CSV.
 *
 * table: a line for each of the first entries with its arithmetic, a table
 * by market, and what the ledger says. json: one object with all of that.
 * jsonl and csv: the rows by market. All of them carry the digest.
 */
#ifndef RUNNER_PLAN_PRINT_H
#define RUNNER_PLAN_PRINT_H

#include "cmd.h"
#include "survey.h"

struct plan_print {
    const struct opt *opt;
    struct app *app;
    struct buf line;
    uint64_t entries; /* printed or passed over */
    uint64_t jobs_not_shown;
    char digest[PLAN_DIGEST_MAX]; /* the caller's, before plan_print_end */
};

void plan_print_init(struct plan_print *print, const struct opt *opt,
                     struct app *app);
void plan_print_release(struct plan_print *print);

/* One entry, as the survey comes by. ERR_IO, ERR_LIMIT, ERR_MEMORY. */
int plan_print_entry(struct plan_print *print, const struct survey_entry *entry,
                     struct err *err);

/* The rest. ledger is NULL and ledger_path "" where there is none. */
int plan_print_end(struct plan_print *print, const struct survey *survey,
                   const struct ledger *ledger, const char *ledger_path,
                   struct err *err);

#endif
