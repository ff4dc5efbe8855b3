/*
 * cmd_markets: what a GPU hour costs, and keeping that for plans.
 */
#include <string.h>

#include "../queue/os.h"
#include "cmd.h"
#include "market.h"
#include "online.h"
#include "report.h"
#include "say.h"

static const struct report_column columns[] = {
    {"slug", false},        {"gpu", false},           {"type", false},
    {"usd_per_hour", true}, {"lowest_vram_gb", true}, {"address", false},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static int print_row(struct report *report, const struct market *market,
                     struct err *err)
{
    const struct report_cell cells[COLUMNS] = {
        report_text(market->slug),
        report_text(market->gpu[0] ? market->gpu : market->name),
        report_text(market_type_name(market->type)),
        market->has_price ? report_money(market->hourly_nano) : report_none(),
        market->lowest_vram_gb > 0 ? report_integer(market->lowest_vram_gb)
                                   : report_none(),
        report_text(market->address_text),
    };

    return report_row(report, cells, err);
}

static int print(const struct opt *opt, struct app *app,
                 const struct markets *markets, struct err *err)
{
    struct report_options options = {.format = (enum opt_format)opt->format,
                                     .terminal = app->out_terminal,
                                     .width = app->out_width};
    struct report report;
    int rc = report_begin(&report, app->out, &options, columns, COLUMNS, err);

    for (size_t i = 0; rc == 0 && i < markets->count; i++)
        rc = print_row(&report, &markets->items[i], err);
    if (rc == 0)
        rc = report_end(&report, err);
    report_release(&report);
    return rc;
}

static int fetch(const struct opt *opt, struct markets *markets,
                 struct err *err)
{
    const struct os *os = os_posix();
    int64_t now_ms = os->wall_ms(os->context);
    struct online online;
    struct buf text;
    struct err unsaved;
    int rc = online_open(&online, opt, err);

    buf_init(&text, ONLINE_REPLY_MAX);
    if (rc == 0)
        rc = service_fetch(&online.service, &online.http, "/markets/",
                           "markets", &text, err);
    if (rc == 0)
        rc = markets_parse(markets, buf_str(&text), text.len, MARKET_FETCHED,
                           now_ms, err);
    if (rc == 0 && markets_save(buf_str(&text), text.len,
                                online.service.api_url, now_ms, &unsaved) != 0)
        say_warning("%s: plans will use older prices", unsaved.message);
    buf_release(&text);
    online_close(&online);
    return rc;
}

int cmd_markets(const struct opt *opt, struct app *app, struct err *err)
{
    struct markets markets;
    int rc;

    markets_init(&markets);
    rc = fetch(opt, &markets, err);
    if (rc == 0)
        rc = print(opt, app, &markets, err);
    markets_release(&markets);
    return rc;
}
