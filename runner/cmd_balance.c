/*
 * cmd_balance: the account's credits.
 */
#include <string.h>

#include "cmd.h"
#include "credits.h"
#include "online.h"
#include "report.h"

static int print(const struct opt *opt, struct app *app,
                 const struct credits *credits, struct err *err)
{
    static const struct report_column columns[] = {
        {"assigned", true},
        {"reserved", true},
        {"settled", true},
        {"available", true},
    };
    const struct report_cell cells[] = {
        report_money(credits->assigned_nano),
        report_money(credits->reserved_nano),
        report_money(credits->settled_nano),
        report_money(credits->available_nano),
    };
    struct report_options options = {.format = (enum opt_format)opt->format,
                                     .terminal = app->out_terminal,
                                     .width = app->out_width};
    struct report report;
    int rc = report_begin(&report, app->out, &options, columns, 4, err);

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
    struct online online;
    struct buf text;
    int rc = online_open(&online, opt, err);

    buf_init(&text, ONLINE_REPLY_MAX);
    if (rc == 0)
        rc = service_fetch(&online.service, &online.http, "/credits/balance",
                           "balance", &text, err);
    if (rc == 0)
        rc = credits_parse(&credits, buf_str(&text), text.len, err);
    if (rc == 0)
        rc = print(opt, app, &credits, err);
    buf_release(&text);
    online_close(&online);
    return rc;
}
