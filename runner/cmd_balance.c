/*
 * cmd_balance: the account's credits, and what given ledgers hold of them.
 */
#include <string.h>

#include "../queue/ledger_rows.h"
#include "cmd.h"
#include "credits.h"
#include "online.h"
#include "report.h"

/* What the ledgers named on the command line have charged and hold open. */
struct holdings {
    int64_t charged_nano;
    int64_t open_nano; /* what jobs that may not have ended cost at most */
};

/* A job that is not known to have ended may cost all that it was charged. */
static int add_row(void *arg, const struct ledger_row *row, struct err *err)
{
    struct holdings *sum = arg;

    if (row->state != LEDGER_POSTED || row->ended || row->charged_nano < 0 ||
        money_add(&sum->open_nano, row->charged_nano))
        return 0;
    return err_set(err, ERR_DATA, "the ledgers' costs are too large to add");
}

static int add_ledger(struct holdings *sum, const char *path, struct err *err)
{
    struct ledger_options options = {
        .os = os_posix(), .mode = LEDGER_READ, .path = path};
    struct ledger *ledger = NULL;
    int rc = ledger_open(&ledger, &options, err);

    if (rc == 1)
        return err_set(err, ERR_INPUT, "there is no ledger %s", path);
    if (rc < 0)
        return rc;
    const struct ledger_totals *totals = ledger_totals(ledger);
    rc = ledger_rows(ledger, add_row, sum, err);
    if (rc == 0 && (!money_add(&sum->charged_nano, totals->charged_nano) ||
                    !money_add(&sum->open_nano, totals->reserved_nano)))
        rc = err_set(err, ERR_DATA, "the ledgers' costs are too large to add");
    ledger_close(ledger);
    return rc;
}

static int print(const struct opt *opt, struct app *app,
                 const struct credits *credits, const struct holdings *holdings,
                 struct err *err)
{
    static const struct report_column columns[] = {
        {"assigned", true},  {"reserved", true},        {"settled", true},
        {"available", true}, {"ledgers_charged", true}, {"ledgers_open", true},
    };
    size_t count = opt->arg_count > 0 ? 6 : 4;
    const struct report_cell cells[] = {
        report_money(credits->assigned_nano),
        report_money(credits->reserved_nano),
        report_money(credits->settled_nano),
        report_money(credits->available_nano),
        report_money(holdings->charged_nano),
        report_money(holdings->open_nano),
    };
    struct report_options options = {.format = (enum opt_format)opt->format,
                                     .terminal = app->out_terminal,
                                     .width = app->out_width};
    struct report report;
    int rc = report_begin(&report, app->out, &options, columns, count, err);

    if (rc == 0)
        rc = report_row(&report, cells, err);
    if (rc == 0)
        rc = report_end(&report, err);
    report_release(&report);
    return rc;
}

int cmd_balance(const struct opt *opt, struct app *app, struct err *err)
{
    struct credits credits;
    struct holdings holdings = {0, 0};
    struct online online;
    struct buf text;
    int rc = online_open(&online, opt, err);

    buf_init(&text, ONLINE_REPLY_MAX);
    for (unsigned i = 0; rc == 0 && i < opt->arg_count; i++)
        rc = add_ledger(&holdings, opt->args[i], err);
    if (rc == 0)
        rc = service_fetch(&online.service, &online.http, "/credits/balance",
                           "balance", &text, err);
    if (rc == 0)
        rc = credits_parse(&credits, buf_str(&text), text.len, err);
    if (rc == 0)
        rc = print(opt, app, &credits, &holdings, err);
    buf_release(&text);
    online_close(&online);
    return rc;
}
