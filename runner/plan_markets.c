#include "plan_markets.h"

#include <string.h>

#include "report.h"
#include "text.h"

#define FEE_WHOLE    100000 /* thousandths of a percent that are all of it */
#define SHARES_SHOWN 4      /* markets that a line names */

static const struct report_column columns[] = {
    {"market", false},
    {"jobs", true},
    {"new", true},
    {"hours", true},
    {"node_usd_per_hour", true},
    {"fee_factor", true},
    {"max_usd", true},
    {"price_source", false},
    {"price_at", false},
    {"address", false},
    {"usd_per_hour", true},
    {"digest", false},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

bool plan_markets_known(int64_t nano)
{
    return nano < INT64_MAX;
}

void plan_markets_money(struct buf *out, const char *name, int64_t nano)
{
    char money[MONEY_TEXT_MAX];

    if (!plan_markets_known(nano)) {
        buf_addf(out, ",\"%s\":null", name);
        return;
    }
    money_format(nano, money);
    buf_addf(out, ",\"%s\":\"%s\"", name, money);
}

/* A table shows the factors only, and has the digest below it. */
static size_t column_count(const struct plan_print *print)
{
    return print->opt->format == OPT_TABLE ? COLUMNS - 2 : COLUMNS;
}

/* Seconds as hours with two places, exactly cut. */
static size_t hours_text(uint64_t seconds, char *out, size_t size)
{
    int n =
        snprintf(out, size, "%llu.%02llu", (unsigned long long)(seconds / 3600),
                 (unsigned long long)(seconds % 3600 / 36));

    return n > 0 ? (size_t)n : 0;
}

/* 10 % on top are "1.1". */
static size_t factor_text(const struct market *market, char *out, size_t size)
{
    long long factor = FEE_WHOLE + (long long)market->fee_milli;
    int n = snprintf(out, size, "%lld.%05lld", factor / FEE_WHOLE,
                     factor % FEE_WHOLE);

    while (n > 0 && out[n - 1] == '0')
        out[--n] = '\0';
    if (n > 0 && out[n - 1] == '.')
        out[--n] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static const char *label(const struct survey_market *row, const char *address)
{
    return row->market && row->market->slug[0] ? row->market->slug : address;
}

static int market_row(struct report *report, const struct survey_market *row,
                      const struct markets *markets, const char *digest,
                      struct err *err)
{
    const struct market *price = row->priced ? row->market : NULL;
    char address[BASE58_TEXT_MAX];
    char hours[32];
    char factor[32] = "";
    char at[MARKET_TEXT_MAX] = "";
    size_t hours_len = hours_text(row->new_seconds, hours, sizeof hours);
    size_t factor_len = price ? factor_text(price, factor, sizeof factor) : 0;

    if (price)
        markets_price_at(markets, price, at);
    base58_encode(row->address, sizeof row->address, address);
    const struct report_cell cells[COLUMNS] = {
        report_text(label(row, address)),
        report_integer((int64_t)row->jobs),
        report_integer((int64_t)row->new_jobs),
        report_number(hours, hours_len),
        price ? report_money(price->reward_nano) : report_none(),
        price ? report_number(factor, factor_len) : report_none(),
        price && plan_markets_known(row->max_nano) ? report_money(row->max_nano)
                                                   : report_none(),
        report_text(price ? markets_source_name(markets) : NULL),
        report_text(at[0] ? at : NULL),
        report_text(address),
        price ? report_money(price->hourly_nano) : report_none(),
        report_text(digest),
    };
    return report_row(report, cells, err);
}

int plan_markets_report(struct plan_print *print, const struct survey *survey,
                        struct err *err)
{
    struct report_options options = {.format =
                                         (enum opt_format)print->opt->format,
                                     .terminal = print->app->out_terminal,
                                     .width = print->app->out_width};
    struct report report;
    int rc = report_begin(&report, print->app->out, &options, columns,
                          column_count(print), err);

    for (size_t i = 0; rc == 0 && i < survey->market_count; i++)
        rc = market_row(&report, &survey->markets[i], survey->options.markets,
                        print->digest, err);
    if (rc == 0)
        rc = report_end(&report, err);
    report_release(&report);
    return rc;
}

/* The beginning of an object: which market, and how many jobs. */
static void add_jobs(struct buf *out, const struct survey_market *row,
                     uint64_t jobs, uint64_t new_jobs, uint64_t seconds)
{
    char address[BASE58_TEXT_MAX];

    base58_encode(row->address, sizeof row->address, address);
    buf_addf(out, "{\"address\":\"%s\",\"slug\":", address);
    if (row->market)
        json_quote(out, row->market->slug, strlen(row->market->slug));
    else
        buf_add_str(out, "null");
    buf_addf(out, ",\"jobs\":%llu,\"new\":%llu,\"seconds\":%llu",
             (unsigned long long)jobs, (unsigned long long)new_jobs,
             (unsigned long long)seconds);
}

static void add_price(struct buf *out, const struct survey_market *row,
                      const struct markets *markets)
{
    char factor[32];
    char at[MARKET_TEXT_MAX];

    factor_text(row->market, factor, sizeof factor);
    markets_price_at(markets, row->market, at);
    plan_markets_money(out, "node_usd_per_hour", row->market->reward_nano);
    buf_addf(out, ",\"fee_factor\":%s", factor);
    plan_markets_money(out, "usd_per_hour", row->market->hourly_nano);
    plan_markets_money(out, "max_usd", row->max_nano);
    buf_addf(out, ",\"price_source\":\"%s\",\"price_at\":",
             markets_source_name(markets));
    if (at[0])
        json_quote(out, at, strlen(at));
    else
        buf_add_str(out, "null");
}

void plan_markets_json(struct buf *out, const struct survey_market *row,
                       const struct markets *markets, bool first)
{
    buf_add_str(out, first ? "" : ",");
    add_jobs(out, row, row->jobs, row->new_jobs, row->new_seconds);
    if (row->priced && row->market)
        add_price(out, row, markets);
    else
        buf_add_str(out, ",\"node_usd_per_hour\":null,\"fee_factor\":null,"
                         "\"usd_per_hour\":null,\"max_usd\":null,"
                         "\"price_source\":null,\"price_at\":null");
    buf_add_char(out, '}');
}

void plan_markets_shares_json(struct buf *out, const struct survey_entry *entry)
{
    bool first = true;

    buf_add_str(out, ",\"markets\":[");
    for (size_t i = 0; i < entry->market_count; i++) {
        const struct survey_market *row = &entry->markets[i];
        const struct survey_share *share = &row->entry;
        if (share->jobs == 0)
            continue;
        buf_add_str(out, first ? "" : ",");
        first = false;
        add_jobs(out, row, share->jobs, share->new_jobs, share->new_seconds);
        if (row->priced)
            plan_markets_money(out, "max_usd", share->max_nano);
        else
            buf_add_str(out, ",\"max_usd\":null");
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

void plan_markets_shares(struct buf *out, const struct survey_entry *entry)
{
    char address[BASE58_TEXT_MAX];
    char count[TEXT_HUMAN_MAX];
    size_t before = out->len;
    size_t shares = 0;

    for (size_t i = 0; i < entry->market_count; i++) {
        const struct survey_market *row = &entry->markets[i];
        if (row->entry.jobs == 0 || shares++ >= SHARES_SHOWN)
            continue;
        base58_encode(row->address, sizeof row->address, address);
        buf_addf(out, "%s%s in ", shares == 1 ? " (" : ", ",
                 text_count(row->entry.jobs, count));
        const char *name = label(row, address);
        text_visible(out, name, strlen(name));
    }
    if (shares < 2)
        buf_truncate(out, before);
    else if (shares > SHARES_SHOWN)
        buf_addf(out, ", and %zu more markets)", shares - SHARES_SHOWN);
    else
        buf_add_char(out, ')');
}
