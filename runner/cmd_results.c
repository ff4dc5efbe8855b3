/*
 * cmd_results: the ledger folded into one row a job.
 *
 * Two passes over each ledger: the first collects the parameters' names,
 * which become columns; the second prints. With --sort the second collects
 * what decides the order, and a third reads the rows in that order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../queue/ledger_rows.h"
#include "cmd.h"
#include "market.h"
#include "report.h"
#include "results_columns.h"
#include "row_where.h"
#include "say.h"
#include "sort.h"
#include "text.h"

struct results {
    const struct opt *opt;
    struct app *app;
    struct markets markets;
    struct results_columns columns;
    struct row_where where;
    struct report report;
    struct sort sort;
    uint32_t sort_column;
    unsigned ledger; /* whose rows come now */
};

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

static int collect(void *arg, const struct ledger_row *row, struct err *err)
{
    struct results *results = arg;
    int rc = results_columns_learn(&results->columns, row, err);

    return rc ? rc : row_where_learn(&results->where, row, err);
}

static int print_row(struct results *results, const struct ledger_row *row,
                     struct err *err)
{
    const struct report_cell *cells;
    int rc = results_columns_fill(&results->columns, row, &results->markets,
                                  &cells, err);

    return rc ? rc : report_row(&results->report, cells, err);
}

static int print(void *arg, const struct ledger_row *row, struct err *err)
{
    struct results *results = arg;
    int rc = row_where_test(&results->where, row, err);

    return rc <= 0 ? rc : print_row(results, row, err);
}

/* A row's place among all: ledger, job and generation, most weighty first. */
#define REF_JOB_SHIFT    12
#define REF_LEDGER_SHIFT 44

_Static_assert(LEDGER_GEN_MAX < 1 << REF_JOB_SHIFT, "a generation's bits");

static int rank(void *arg, const struct ledger_row *row, struct err *err)
{
    struct results *results = arg;
    struct report_cell cell;
    int rc = row_where_test(&results->where, row, err);

    if (rc <= 0)
        return rc;
    rc = results_columns_cell(&results->columns, row, &results->markets,
                              results->sort_column, &cell, err);
    if (rc != 0)
        return rc;
    return sort_add(&results->sort,
                    (uint64_t)results->ledger << REF_LEDGER_SHIFT |
                        (uint64_t)row->number << REF_JOB_SHIFT | row->gen,
                    &cell, err);
}

static int open_ledger(struct results *results, unsigned i, bool warns,
                       struct ledger **ledger, struct err *err)
{
    struct ledger_options options = {
        .os = os_posix(),
        .mode = LEDGER_READ,
        .path = results->opt->args[i],
        .warn = warns ? warn : NULL,
    };
    int rc = ledger_open(ledger, &options, err);

    if (rc == 1)
        return err_set(err, ERR_INPUT, "there is no ledger %s",
                       results->opt->args[i]);
    return rc;
}

/* Opens each ledger in turn and folds it. */
static int each_ledger(struct results *results,
                       int (*on_row)(void *arg, const struct ledger_row *row,
                                     struct err *err),
                       bool warns, struct err *err)
{
    int rc = 0;

    for (unsigned i = 0; rc == 0 && i < results->opt->arg_count; i++) {
        struct ledger *ledger = NULL;
        results->ledger = i;
        rc = open_ledger(results, i, warns, &ledger, err);
        if (rc == 0)
            rc = ledger_rows(ledger, on_row, results, err);
        ledger_close(ledger);
    }
    return rc;
}

/* One ledger whose rows are read in any order. */
struct open_ledger {
    struct ledger *ledger;
    struct ledger_folder *folder;
};

static int print_ref(struct results *results, const struct open_ledger *ledgers,
                     uint64_t ref, struct err *err)
{
    const struct open_ledger *from = &ledgers[ref >> REF_LEDGER_SHIFT];
    const struct ledger_row *row;
    int rc = ledger_folder_row(from->folder, (uint32_t)(ref >> REF_JOB_SHIFT),
                               (uint32_t)(ref & LEDGER_GEN_MAX), &row, err);

    return rc < 0 ? rc : print_row(results, row, err);
}

static int print_sorted(struct results *results, struct err *err)
{
    unsigned count = results->opt->arg_count;
    struct open_ledger *ledgers = calloc(count, sizeof *ledgers);

    if (!ledgers)
        return err_set(err, ERR_MEMORY, "out of memory for ledgers");
    int rc = each_ledger(results, rank, false, err);
    for (unsigned i = 0; rc == 0 && i < count; i++) {
        rc = open_ledger(results, i, false, &ledgers[i].ledger, err);
        if (rc == 0)
            rc = ledger_folder_open(&ledgers[i].folder, ledgers[i].ledger, err);
    }
    if (rc == 0)
        sort_finish(&results->sort);
    for (size_t i = 0; rc == 0 && i < results->sort.count; i++)
        rc = print_ref(results, ledgers, sort_ref(&results->sort, i), err);
    for (unsigned i = 0; i < count; i++) {
        ledger_folder_close(ledgers[i].folder);
        ledger_close(ledgers[i].ledger);
    }
    free(ledgers);
    return rc;
}

static int print_all(struct results *results, struct err *err)
{
    struct app *app = results->app;
    struct report_options options = {.format =
                                         (enum opt_format)results->opt->format,
                                     .terminal = app->out_terminal,
                                     .width = app->out_width};
    int rc = results_columns_choose(&results->columns, results->opt, err);

    if (rc == 0 && results->sort.given)
        rc = results_columns_find(&results->columns, results->sort.column,
                                  &results->sort_column, err);
    if (rc == 0)
        rc = report_begin(&results->report, app->out, &options,
                          results->columns.shown, results->columns.shown_count,
                          err);
    if (rc == 0)
        rc = results->sort.given ? print_sorted(results, err)
                                 : each_ledger(results, print, false, err);
    if (rc == 0)
        rc = report_end(&results->report, err);
    report_release(&results->report);
    return rc;
}

/* --check of one ledger: its problems, each with its byte, and the sum. */
static int check_one(const char *path, bool quiet, uint64_t *problems,
                     struct err *err)
{
    struct ledger_check_result found;
    char count[TEXT_HUMAN_MAX];
    struct buf line;
    struct errs errs;

    errs_init(&errs);
    if (ledger_check(os_posix(), path, &found, &errs, err) < 0)
        return err->code;
    say_errs(&errs);
    *problems += found.problems;
    buf_init(&line, 8192);
    buf_addf(&line, "%s: %s records", path, text_count(found.records, count));
    buf_addf(&line, ", %s jobs", text_count(found.jobs, count));
    buf_addf(&line, ", %s bytes", text_count(found.bytes, count));
    buf_addf(&line, ", %s %s", text_count(found.problems, count),
             found.problems == 1 ? "problem" : "problems");
    int rc = buf_error(&line, "what the check found", err);
    if (rc == 0)
        say_info(quiet && found.problems == 0, "%s%s", buf_str(&line),
                 found.torn_bytes > 0 ? ", a torn tail" : "");
    buf_release(&line);
    return rc;
}

/* --check: every byte of every ledger named. */
static int check_all(const struct opt *opt, struct err *err)
{
    uint64_t problems = 0;

    for (unsigned i = 0; i < opt->arg_count; i++)
        if (check_one(opt->args[i], opt->quiet, &problems, err) != 0)
            return err->code;
    return problems == 0 ? 0 : err_exit_status(ERR_DATA);
}

int cmd_results(const struct opt *opt, struct app *app, struct err *err)
{
    struct results results = {.opt = opt, .app = app};
    const struct os *os = os_posix();
    int rc;

    if (opt->check)
        return check_all(opt, err);
    markets_init(&results.markets);
    results_columns_init(&results.columns);
    sort_init(&results.sort, opt->sort);
    rc = row_where_init(&results.where, opt->where, &results.markets,
                        os->wall_ms(os->context), err);
    if (rc == 0)
        rc = markets_snapshot(&results.markets, err);
    if (rc == 0)
        rc = each_ledger(&results, collect, true, err);
    if (rc == 0)
        rc = row_where_check(&results.where, err);
    if (rc == 0)
        rc = print_all(&results, err);
    results_columns_release(&results.columns);
    sort_release(&results.sort);
    row_where_release(&results.where);
    markets_release(&results.markets);
    return rc;
}
