/*
 * cmd_markets: what a GPU hour costs, and keeping that for plans.
 */
#include <string.h>

#include "../queue/os.h"
#include "../templates/nearest.h"
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

/* The columns that are shown, as indexes of `columns`. */
struct choice {
    size_t count;
    size_t at[COLUMNS];
};

static size_t find_column(const char *name, size_t len)
{
    size_t i = 0;

    while (i < COLUMNS && (strlen(columns[i].name) != len ||
                           memcmp(columns[i].name, name, len) != 0))
        i++;
    return i;
}

static int unknown_column(const char *name, size_t len, struct err *err)
{
    struct nearest search;
    char hint[128];

    nearest_begin(&search, name, len);
    for (size_t i = 0; i < COLUMNS; i++)
        nearest_offer(&search, columns[i].name);
    return err_set(err, ERR_USAGE,
                   "--columns: there is no column \"%.*s\"%s; without "
                   "--columns all are shown",
                   (int)len, name, nearest_hint(&search, hint, sizeof hint));
}

static int choose(struct choice *choice, const char *list, struct err *err)
{
    *choice = (struct choice){.count = 0};
    for (size_t i = 0; !list && i < COLUMNS; i++)
        choice->at[choice->count++] = i;
    while (list) {
        size_t len = strcspn(list, ",");
        size_t at = find_column(list, len);
        if (at == COLUMNS)
            return unknown_column(list, len, err);
        for (size_t i = 0; i < choice->count; i++)
            if (choice->at[i] == at)
                return err_set(err, ERR_USAGE, "--columns names \"%s\" twice",
                               columns[at].name);
        choice->at[choice->count++] = at;
        list = list[len] == ',' ? list + len + 1 : NULL;
    }
    return 0;
}

static int print_row(struct report *report, const struct choice *choice,
                     const struct market *market, struct err *err)
{
    const struct report_cell all[COLUMNS] = {
        report_text(market->slug),
        report_text(market->gpu[0] ? market->gpu : market->name),
        report_text(market_type_name(market->type)),
        market->has_price ? report_money(market->hourly_nano) : report_none(),
        market->lowest_vram_gb > 0 ? report_integer(market->lowest_vram_gb)
                                   : report_none(),
        report_text(market->address_text),
    };
    struct report_cell cells[COLUMNS];

    for (size_t i = 0; i < choice->count; i++)
        cells[i] = all[choice->at[i]];
    return report_row(report, cells, err);
}

static int print(const struct opt *opt, struct app *app,
                 const struct choice *choice, const struct markets *markets,
                 struct err *err)
{
    struct report_options options = {.format = (enum opt_format)opt->format,
                                     .terminal = app->out_terminal,
                                     .width = app->out_width};
    struct report_column shown[COLUMNS];
    struct report report;

    for (size_t i = 0; i < choice->count; i++)
        shown[i] = columns[choice->at[i]];
    int rc =
        report_begin(&report, app->out, &options, shown, choice->count, err);
    for (size_t i = 0; rc == 0 && i < markets->count; i++)
        rc = print_row(&report, choice, &markets->items[i], err);
    if (rc == 0)
        rc = report_end(&report, err);
    report_release(&report);
    return rc;
}

/* What the service sends and is no list is the service's fault. */
static int read_markets(struct markets *markets, const struct buf *text,
                        const char *api_url, int64_t now_ms, struct err *err)
{
    struct err fault;
    int rc = markets_parse(markets, buf_str(text), text->len, MARKET_FETCHED,
                           now_ms, &fault);

    if (rc != 0 && rc != ERR_MEMORY)
        return err_set(err, ERR_SERVICE, "no usable answer from %s: %s",
                       api_url, fault.message);
    if (rc != 0)
        *err = fault;
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
        rc = read_markets(markets, &text, online.service.api_url, now_ms, err);
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
    struct choice choice;
    int rc;

    markets_init(&markets);
    rc = choose(&choice, opt->columns, err);
    if (rc == 0)
        rc = fetch(opt, &markets, err);
    if (rc == 0)
        rc = print(opt, app, &choice, &markets, err);
    markets_release(&markets);
    return rc;
}
