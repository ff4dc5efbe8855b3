/*
 * results_columns: which columns `results` has, and a job's cells in them.
 *
 * Fixed columns first (a table has `gen` where a job was posted again), then
 * one for each parameter that any job has, in the order of first appearance. A
 * parameter called like a fixed column is "params.NAME".
 */
#ifndef RUNNER_RESULTS_COLUMNS_H
#define RUNNER_RESULTS_COLUMNS_H

#include "../queue/ledger_rows.h"
#include "market.h"
#include "opt.h"
#include "report.h"

#define RESULTS_PARAMS_MAX 512 /* parameters that become columns */

struct results_columns {
    char *params[RESULTS_PARAMS_MAX]; /* owned names */
    size_t param_count;
    bool retried;                /* some job has more than one generation */
    struct report_column *shown; /* owned */
    uint32_t *source;            /* owned: fixed number, or FIXED + param */
    size_t shown_count;
    struct report_cell *cells; /* owned; of the current row */
    struct buf texts;          /* what cells point to */
    struct json doc;           /* the row's parameters */
};

void results_columns_init(struct results_columns *columns);
void results_columns_release(struct results_columns *columns);

/* Remembers the parameters of a row. ERR_LIMIT, ERR_MEMORY, ERR_DATA. */
int results_columns_learn(struct results_columns *columns,
                          const struct ledger_row *row, struct err *err);

/*
 * Decides what is shown: --columns, or for a table a few, else all.
 * ERR_USAGE for a column that is unknown, with the nearest one.
 */
int results_columns_choose(struct results_columns *columns,
                           const struct opt *opt, struct err *err);

/*
 * --sort: the column called name (or "cost"), shown or not, as a number for
 * results_columns_cell. ERR_USAGE as above.
 */
int results_columns_find(const struct results_columns *columns,
                         const char *name, uint32_t *column, struct err *err);

/* The row's cell in that column; valid until the next row. */
int results_columns_cell(struct results_columns *columns,
                         const struct ledger_row *row,
                         const struct markets *markets, uint32_t column,
                         struct report_cell *cell, struct err *err);

/* The row's cells, in the order of columns->shown; valid until the next. */
int results_columns_fill(struct results_columns *columns,
                         const struct ledger_row *row,
                         const struct markets *markets,
                         const struct report_cell **cells, struct err *err);

/* The words of the column `state`. */
const char *results_state(enum ledger_state state);

#endif
