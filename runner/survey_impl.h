/*
 * survey_impl: what the parts of a survey share: markets, costs and entries
 * (survey.c), and points one by one (survey_points.c).
 */
#ifndef RUNNER_SURVEY_IMPL_H
#define RUNNER_SURVEY_IMPL_H

#include "survey.h"

#define SURVEY_LOOKED_AT 65536 /* points in a turn of select_next */

/* The state of one pass: scratch that survey_run owns. */
struct survey_pass {
    struct survey *survey;
    struct select *select;
    struct job job;
    struct ledger_reader reader;
    struct errs *errs;
};

/*
 * Counts the next n points of the pass, all like its job as to market and
 * timeout; of those to be posted, twins only as such.
 */
int survey_count(struct survey_pass *pass, struct survey_entry *row,
                 enum compare_kind kind, uint64_t n, struct err *err);

/* Whether the pass's job lacks an address that it needs: told in errs then. */
bool survey_without_address(struct survey_pass *pass,
                            const struct entry *entry);

/* Whether every point is surely new. */
bool survey_nothing_known(const struct survey *survey);

/*
 * Goes through the selected points of the pass's entry and counts them.
 * only_count: all are new and cost the same, so that only the first is
 * rendered. A long way is shared out over the cores (spread.h). Returns 0, or
 * negative: what is wrong with a point is in fault, else fault's code is 0.
 */
int survey_points(struct survey_pass *pass, struct survey_entry *row,
                  bool only_count, struct err *fault, struct err *err);

#endif
