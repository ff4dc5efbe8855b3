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
#include "sort.h"
#include "where.h"

enum column {
    COLUMN_SLUG,
    COLUMN_NAME,
    COLUMN_GPU,
    COLUMN_TYPE,
    COLUMN_PRICE,
    COLUMN_VRAM,
    COLUMN_ADDRESS,
    COLUMNS
};

static const struct report_column columns[COLUMNS] = {
    [COLUMN_SLUG] = {"slug", false},
    [COLUMN_NAME] = {"name", false},
    [COLUMN_GPU] = {"gpu", false},
    [COLUMN_TYPE] = {"type", false},
    [COLUMN_PRICE] = {"usd_per_hour", true},
    [COLUMN_VRAM] = {"lowest_vram_gb", true},
    [COLUMN_ADDRESS] = {"address", false},
};

#define WHERE_MEMORY_MAX ((size_t)16 << 20)

/* The columns that are shown, as indexes of `columns`. */
struct choice {
    size_t count;
    size_t at[COLUMNS];
};

/* What people call a column, too. */
static const struct {
    const char *name;
    enum column column;
} aliases[] = {{"price", COLUMN_PRICE}, {"vram", COLUMN_VRAM}};

#define ALIASES (sizeof aliases / sizeof aliases[0])

static bool is_called(const char *known, const char *name, size_t len)
{
    return strlen(known) == len && memcmp(known, name, len) == 0;
}

static size_t find_column(const char *name, size_t len)
{
    size_t i = 0;

    for (size_t a = 0; a < ALIASES; a++)
        if (is_called(aliases[a].name, name, len))
            return aliases[a].column;
    while (i < COLUMNS && !is_called(columns[i].name, name, len))
        i++;
    return i;
}

static int unknown_column(const char *option, const char *name, size_t len,
                          struct err *err)
{
    struct nearest search;
    char hint[128];

    nearest_begin(&search, name, len);
    for (size_t i = 0; i < COLUMNS; i++)
        nearest_offer(&search, columns[i].name);
    for (size_t i = 0; i < ALIASES; i++)
        nearest_offer(&search, aliases[i].name);
    return err_set(err, ERR_USAGE,
                   "%s: there is no column \"%.*s\"%s; without "
                   "--columns, --format jsonl shows them all",
                   option, (int)len, name,
                   nearest_hint(&search, hint, sizeof hint));
}

static int choose(struct choice *choice, const struct opt *opt, struct err *err)
{
    const char *list = opt->columns;

    *choice = (struct choice){.count = 0};
    for (size_t i = 0; !list && i < COLUMNS; i++)
        if (i != COLUMN_NAME || opt->format != OPT_TABLE)
            choice->at[choice->count++] = i;
    while (list) {
        size_t len = strcspn(list, ",");
        size_t at = find_column(list, len);
        if (at == COLUMNS)
            return unknown_column("--columns", list, len, err);
        for (size_t i = 0; i < choice->count; i++)
            if (choice->at[i] == at)
                return err_set(err, ERR_USAGE, "--columns names \"%s\" twice",
                               columns[at].name);
        choice->at[choice->count++] = at;
        list = list[len] == ',' ? list + len + 1 : NULL;
    }
    return 0;
}

static const char *gpu_of(const struct market *market)
{
    return market->gpu[0] ? market->gpu : market->name;
}

static int find_sort(const struct sort *sort, size_t *column, struct err *err)
{
    size_t len = strlen(sort->column);

    *column = find_column(sort->column, len);
    return *column < COLUMNS ? 0
                             : unknown_column("--sort", sort->column, len, err);
}

/* --where: its names are the columns'. */
struct filter {
    bool given;
    struct arena arena;
    struct expr expr;
    const struct market *market; /* the current row */
};

static int init_filter(struct filter *filter, const char *text, struct err *err)
{
    struct where_name *names;

    *filter = (struct filter){.given = text != NULL};
    arena_init(&filter->arena, WHERE_MEMORY_MAX);
    if (!text)
        return 0;
    int rc = where_compile(&filter->expr, text, &filter->arena, err);
    if (rc < 0)
        return rc;
    names = where_names(&filter->expr, &filter->arena);
    if (!names)
        return arena_error(&filter->arena, "--where", err);
    for (uint32_t i = 0; i < filter->expr.name_count; i++) {
        const char *name = filter->expr.names[i].text;
        for (size_t c = 0; c < COLUMNS; c++)
            where_offer(&names[i], columns[c].name);
        for (size_t a = 0; a < ALIASES; a++)
            where_offer(&names[i], aliases[a].name);
        filter->expr.names[i].binding =
            (int64_t)find_column(name, strlen(name));
    }
    return where_check(&filter->expr, names, NULL, NULL, err);
}

static int look_up(void *arg, const struct expr_name *name,
                   struct expr_value *value, struct err *err)
{
    const struct market *market = ((const struct filter *)arg)->market;
    const char *text = NULL;

    (void)err;
    switch (name->binding) {
    case COLUMN_SLUG:
        text = market->slug;
        break;
    case COLUMN_NAME:
        text = market->name;
        break;
    case COLUMN_GPU:
        text = gpu_of(market);
        break;
    case COLUMN_TYPE:
        text = market_type_name(market->type);
        break;
    case COLUMN_PRICE:
        if (market->has_price)
            expr_value_number(value, (double)market->hourly_nano / 1e9);
        return 0;
    case COLUMN_VRAM:
        if (market->lowest_vram_gb > 0)
            expr_value_number(value, (double)market->lowest_vram_gb);
        return 0;
    default:
        text = market->address_text;
        break;
    }
    expr_value_text(value, text, strlen(text));
    return 0;
}

/* Whether a market is shown: 1, 0, negative. */
static int test_market(struct filter *filter, const struct market *market,
                       struct err *err)
{
    enum expr_truth truth;

    if (!filter->given)
        return 1;
    filter->market = market;
    *err = (struct err)ERR_INIT;
    if (expr_eval(&filter->expr, look_up, filter, &truth, err) != 0)
        return where_place(err);
    return truth == EXPR_TRUE;
}

static struct report_cell cell_of(const struct market *market, size_t column)
{
    switch ((enum column)column) {
    case COLUMN_SLUG:
        return report_text(market->slug);
    case COLUMN_NAME:
        return report_text(market->name);
    case COLUMN_GPU:
        return report_text(gpu_of(market));
    case COLUMN_TYPE:
        return report_text(market_type_name(market->type));
    case COLUMN_PRICE:
        return market->has_price ? report_money(market->hourly_nano)
                                 : report_none();
    case COLUMN_VRAM:
        return market->lowest_vram_gb > 0
                   ? report_integer(market->lowest_vram_gb)
                   : report_none();
    case COLUMN_ADDRESS:
        return report_text(market->address_text);
    case COLUMNS:
        break;
    }
    return report_none();
}

static int print_row(struct report *report, const struct choice *choice,
                     const struct market *market, struct err *err)
{
    struct report_cell cells[COLUMNS];

    for (size_t i = 0; i < choice->count; i++)
        cells[i] = cell_of(market, choice->at[i]);
    return report_row(report, cells, err);
}

/* The markets that are shown, in their order. */
static int pick(struct sort *sort, size_t column, struct filter *filter,
                const struct markets *markets, struct err *err)
{
    const struct report_cell same = report_none();

    for (size_t i = 0; i < markets->count; i++) {
        const struct market *market = &markets->items[i];
        struct report_cell cell = sort->given ? cell_of(market, column) : same;
        int rc = test_market(filter, market, err);
        if (rc == 1)
            rc = sort_add(sort, i, &cell, err);
        if (rc < 0)
            return rc;
    }
    sort_finish(sort);
    return 0;
}

static int print(const struct opt *opt, struct app *app,
                 const struct choice *choice, const struct sort *sort,
                 const struct markets *markets, struct err *err)
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
    for (size_t i = 0; rc == 0 && i < sort->count; i++)
        rc =
            print_row(&report, choice, &markets->items[sort_ref(sort, i)], err);
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
    struct filter filter;
    struct sort sort;
    size_t column = 0;
    int rc;

    markets_init(&markets);
    sort_init(&sort, opt->sort);
    rc = init_filter(&filter, opt->where, err);
    if (rc == 0)
        rc = choose(&choice, opt, err);
    if (rc == 0 && sort.given)
        rc = find_sort(&sort, &column, err);
    if (rc == 0)
        rc = fetch(opt, &markets, err);
    if (rc == 0)
        rc = pick(&sort, column, &filter, &markets, err);
    if (rc == 0)
        rc = print(opt, app, &choice, &sort, &markets, err);
    sort_release(&sort);
    arena_release(&filter.arena);
    markets_release(&markets);
    return rc;
}
