#include "results_columns.h"

#include <stdlib.h>
#include <string.h>

#include "../queue/ledger_time.h"
#include "../templates/nearest.h"

#define TEXTS_MAX ((size_t)64 << 20)

enum fixed {
    FIXED_NAME,
    FIXED_ID,
    FIXED_STATE,
    FIXED_JOB_STATUS,
    FIXED_MARKET,
    FIXED_COST,
    FIXED_MAX,
    FIXED_FINAL,
    FIXED_COST_SOURCE,
    FIXED_ADDRESS,
    FIXED_TIMEOUT,
    FIXED_REPEAT,
    FIXED_GEN,
    FIXED_KEY,
    FIXED_CID,
    FIXED_NODE,
    FIXED_RUN,
    FIXED_TX,
    FIXED_RESERVATION,
    FIXED_PROJECT,
    FIXED_ATTEMPTS,
    FIXED_MS,
    FIXED_AT,
    FIXED_RESULT,
    FIXED_HTTP_STATUS,
    FIXED_ERROR,
    FIXED_COUNT
};

static const struct {
    struct report_column column;
    bool in_table; /* without --columns */
} fixed[FIXED_COUNT] = {
    [FIXED_NAME] = {{"name", false}, true},
    [FIXED_ID] = {{"id", false}, false},
    [FIXED_STATE] = {{"state", false}, true},
    [FIXED_JOB_STATUS] = {{"job_status", false}, false},
    [FIXED_MARKET] = {{"market", false}, true},
    [FIXED_COST] = {{"cost_usd", true}, true},
    [FIXED_MAX] = {{"max_usd", true}, false},
    [FIXED_FINAL] = {{"final_usd", true}, false},
    [FIXED_COST_SOURCE] = {{"cost_source", false}, false},
    [FIXED_ADDRESS] = {{"address", false}, true},
    [FIXED_TIMEOUT] = {{"timeout", true}, false},
    [FIXED_REPEAT] = {{"repeat", true}, false},
    [FIXED_GEN] = {{"gen", true}, false},
    [FIXED_KEY] = {{"key", false}, false},
    [FIXED_CID] = {{"cid", false}, false},
    [FIXED_NODE] = {{"node", false}, false},
    [FIXED_RUN] = {{"run", false}, false},
    [FIXED_TX] = {{"tx", false}, false},
    [FIXED_RESERVATION] = {{"reservation", false}, false},
    [FIXED_PROJECT] = {{"project", false}, false},
    [FIXED_ATTEMPTS] = {{"attempts", true}, false},
    [FIXED_MS] = {{"ms", true}, false},
    [FIXED_AT] = {{"at", false}, false},
    [FIXED_RESULT] = {{"result", false}, false},
    [FIXED_HTTP_STATUS] = {{"http_status", true}, false},
    [FIXED_ERROR] = {{"error", false}, false},
};

void results_columns_init(struct results_columns *columns)
{
    memset(columns, 0, sizeof *columns);
    buf_init(&columns->texts, TEXTS_MAX);
    json_init(&columns->doc);
}

void results_columns_release(struct results_columns *columns)
{
    for (size_t i = 0; i < columns->param_count; i++)
        free(columns->params[i]);
    free(columns->shown);
    free(columns->source);
    free(columns->cells);
    buf_release(&columns->texts);
    json_release(&columns->doc);
    results_columns_init(columns);
}

static bool is_fixed(const char *name)
{
    for (size_t i = 0; i < FIXED_COUNT; i++)
        if (strcmp(fixed[i].column.name, name) == 0)
            return true;
    return false;
}

/* The parameter's column title: its name, told apart from a fixed one. */
static char *title_of(const char *name)
{
    const char *prefix = is_fixed(name) ? "params." : "";
    size_t size = strlen(prefix) + strlen(name) + 1;
    char *title = malloc(size);

    if (title) {
        memcpy(title, prefix, strlen(prefix));
        memcpy(title + strlen(prefix), name, strlen(name) + 1);
    }
    return title;
}

/* The name of the parameter behind a title. */
static const char *name_of(const char *title)
{
    static const char prefix[] = "params.";

    return strncmp(title, prefix, sizeof prefix - 1) == 0
               ? title + sizeof prefix - 1
               : title;
}

static int learn_name(struct results_columns *columns, const char *name,
                      struct err *err)
{
    for (size_t i = 0; i < columns->param_count; i++)
        if (strcmp(name_of(columns->params[i]), name) == 0)
            return 0;
    if (columns->param_count == RESULTS_PARAMS_MAX)
        return err_set(err, ERR_LIMIT,
                       "over %d parameters: choose columns with --columns",
                       RESULTS_PARAMS_MAX);
    char *title = title_of(name);
    if (!title)
        return err_set(err, ERR_MEMORY, "out of memory for columns");
    columns->params[columns->param_count++] = title;
    return 0;
}

static int parse_params(struct results_columns *columns,
                        const struct ledger_row *row, struct err *err)
{
    if (!row->params.bytes)
        return json_parse(&columns->doc, "{}", 2, err);
    return json_parse(&columns->doc, row->params.bytes, row->params.len, err);
}

int results_columns_learn(struct results_columns *columns,
                          const struct ledger_row *row, struct err *err)
{
    const struct json *doc = &columns->doc;
    int rc = parse_params(columns, row, err);
    struct buf name;

    columns->retried = columns->retried || row->gen > 0;
    buf_init(&name, 1024);
    uint32_t at = json_first(0);
    for (uint32_t i = 0; rc == 0 && i < doc->nodes[0].size; i++) {
        buf_clear(&name);
        json_string(doc, at, &name);
        rc = buf_error(&name, "a parameter's name", err);
        if (rc == 0)
            rc = learn_name(columns, buf_str(&name), err);
        at = json_next(doc, at + 1);
    }
    buf_release(&name);
    return rc;
}

static void show(struct results_columns *columns, uint32_t source)
{
    size_t i = columns->shown_count++;

    columns->source[i] = source;
    columns->shown[i] = source < FIXED_COUNT
                            ? fixed[source].column
                            : (struct report_column){
                                  columns->params[source - FIXED_COUNT], false};
}

/* The source of a column called name, or FIXED_COUNT + param_count. */
static uint32_t find_source(const struct results_columns *columns,
                            const char *name, size_t len)
{
    uint32_t all = (uint32_t)(FIXED_COUNT + columns->param_count);

    for (uint32_t i = 0; i < all; i++) {
        const char *title = i < FIXED_COUNT ? fixed[i].column.name
                                            : columns->params[i - FIXED_COUNT];
        if (strlen(title) == len && memcmp(title, name, len) == 0)
            return i;
    }
    /* As --where calls it. */
    return len == 4 && memcmp(name, "cost", len) == 0 ? FIXED_COST : all;
}

static int unknown_column(const struct results_columns *columns,
                          const char *option, const char *name, size_t len,
                          struct err *err)
{
    struct nearest search;
    char hint[128];

    nearest_begin(&search, name, len);
    for (size_t i = 0; i < FIXED_COUNT; i++)
        nearest_offer(&search, fixed[i].column.name);
    for (size_t i = 0; i < columns->param_count; i++)
        nearest_offer(&search, columns->params[i]);
    return err_set(err, ERR_USAGE,
                   "%s: there is no column \"%.*s\"%s; without "
                   "--columns, --format jsonl shows them all",
                   option, (int)len, name,
                   nearest_hint(&search, hint, sizeof hint));
}

static bool is_shown(const struct results_columns *columns, uint32_t source)
{
    for (size_t i = 0; i < columns->shown_count; i++)
        if (columns->source[i] == source)
            return true;
    return false;
}

static int choose_named(struct results_columns *columns, const char *list,
                        struct err *err)
{
    for (const char *at = list;;) {
        size_t len = strcspn(at, ",");
        uint32_t source = find_source(columns, at, len);
        if (source == FIXED_COUNT + columns->param_count)
            return unknown_column(columns, "--columns", at, len, err);
        if (is_shown(columns, source))
            return err_set(err, ERR_USAGE, "--columns names \"%.*s\" twice",
                           (int)len, at);
        show(columns, source);
        if (at[len] == '\0')
            return 0;
        at += len + 1;
    }
}

int results_columns_find(const struct results_columns *columns,
                         const char *name, uint32_t *column, struct err *err)
{
    *column = find_source(columns, name, strlen(name));
    if (*column != FIXED_COUNT + columns->param_count)
        return 0;
    return unknown_column(columns, "--sort", name, strlen(name), err);
}

int results_columns_choose(struct results_columns *columns,
                           const struct opt *opt, struct err *err)
{
    size_t all = FIXED_COUNT + columns->param_count;
    bool table = opt->format == OPT_TABLE;

    columns->shown = calloc(all, sizeof *columns->shown);
    columns->source = calloc(all, sizeof *columns->source);
    columns->cells = calloc(all, sizeof *columns->cells);
    if (!columns->shown || !columns->source || !columns->cells)
        return err_set(err, ERR_MEMORY, "out of memory for columns");
    if (opt->columns)
        return choose_named(columns, opt->columns, err);
    for (uint32_t i = 0; i < all; i++)
        if (!table || (i < FIXED_COUNT && fixed[i].in_table) ||
            (i == FIXED_GEN && columns->retried))
            show(columns, i);
    return 0;
}

const char *results_state(enum ledger_state state)
{
    switch (state) {
    case LEDGER_OPEN:
        return "open";
    case LEDGER_POSTED:
        return "posted";
    case LEDGER_REJECTED:
        return "rejected";
    case LEDGER_RELEASED:
        return "pending";
    case LEDGER_UNKNOWN:
    case LEDGER_MISMATCH:
        return "unknown";
    case LEDGER_LOST:
    case LEDGER_LOST_MISMATCH:
        return "lost";
    }
    return "?";
}

static struct report_cell money_cell(int64_t nano)
{
    return nano < 0 ? report_none() : report_money(nano);
}

/* The cell of a parameter's value; strings are unescaped into texts. */
static struct report_cell param_cell(struct results_columns *columns,
                                     const char *name)
{
    struct json *doc = &columns->doc;
    uint32_t at = json_get(doc, 0, name);
    size_t start = columns->texts.len;

    if (at == 0 || doc->nodes[at].type == JSON_NULL)
        return report_none();
    if (doc->nodes[at].type == JSON_STRING)
        json_string(doc, at, &columns->texts);
    else
        json_write(doc, at, &columns->texts);
    if (columns->texts.failed)
        return report_none();
    const char *text = buf_str(&columns->texts) + start;
    size_t len = columns->texts.len - start;
    if (doc->nodes[at].type == JSON_STRING)
        return report_bytes(text, len);
    return doc->nodes[at].type == JSON_NUMBER ? report_number(text, len)
                                              : report_json(text, len);
}

static struct report_cell market_cell(const struct ledger_row *row,
                                      const struct markets *markets)
{
    uint8_t address[BASE58_ADDRESS_LEN];

    if (!row->market ||
        !base58_address(row->market, strlen(row->market), address))
        return report_text(row->market);
    return report_text(markets_label(markets, address, row->market));
}

static struct report_cell time_cell(struct results_columns *columns,
                                    int64_t at_ms)
{
    char text[LEDGER_TIME_LEN];
    size_t start = columns->texts.len;

    ledger_time_format(at_ms, text);
    buf_add(&columns->texts, text, sizeof text);
    return columns->texts.failed
               ? report_none()
               : report_bytes(buf_str(&columns->texts) + start, sizeof text);
}

static struct report_cell text_cells(const struct ledger_row *row,
                                     enum fixed which)
{
    switch (which) {
    case FIXED_NAME:
        return report_bytes(row->name.bytes, row->name.len);
    case FIXED_ID:
        return report_text(row->id);
    case FIXED_STATE:
        return report_text(results_state(row->state));
    case FIXED_JOB_STATUS:
        return report_text(row->job_status);
    case FIXED_COST_SOURCE:
        return report_text(row->cost_source);
    case FIXED_ADDRESS:
        return report_text(row->address);
    case FIXED_KEY:
        return report_text(row->key);
    case FIXED_CID:
        return report_text(row->cid);
    case FIXED_NODE:
        return report_text(row->node);
    case FIXED_RUN:
        return report_text(row->run);
    case FIXED_TX:
        return report_text(row->tx);
    case FIXED_RESERVATION:
        return report_text(row->reservation);
    case FIXED_PROJECT:
        return report_text(row->project);
    case FIXED_RESULT:
        return report_text(row->result);
    case FIXED_ERROR:
        return report_text(row->error);
    default:
        return report_none();
    }
}

static struct report_cell fixed_cell(struct results_columns *columns,
                                     const struct ledger_row *row,
                                     const struct markets *markets,
                                     enum fixed which)
{
    switch (which) {
    case FIXED_MARKET:
        return market_cell(row, markets);
    case FIXED_COST:
        return money_cell(row->charged_nano);
    case FIXED_MAX:
        return money_cell(row->max_nano);
    case FIXED_FINAL:
        return money_cell(row->final_nano);
    case FIXED_TIMEOUT:
        return report_integer((int64_t)row->timeout_s);
    case FIXED_REPEAT:
        return report_integer((int64_t)row->repeat);
    case FIXED_GEN:
        return report_integer(row->gen);
    case FIXED_ATTEMPTS:
        return report_integer(row->attempts);
    case FIXED_MS:
        return report_integer((int64_t)row->elapsed_ms);
    case FIXED_AT:
        return time_cell(columns, row->at_ms);
    case FIXED_HTTP_STATUS:
        return row->status > 0 ? report_integer(row->status) : report_none();
    default:
        return text_cells(row, which);
    }
}

/* An upper bound of what a row's cells need of texts. */
static size_t texts_need(const struct ledger_row *row)
{
    return row->params.len * 2 + LEDGER_TIME_LEN;
}

/* Makes the row the one that cells are of. */
static int begin_row(struct results_columns *columns,
                     const struct ledger_row *row, struct err *err)
{
    int rc = parse_params(columns, row, err);

    buf_clear(&columns->texts);
    /* Cells point into texts: it must not move while the row is filled. */
    if (rc == 0 && !buf_room(&columns->texts, texts_need(row)))
        rc = buf_error(&columns->texts, "a row", err);
    return rc;
}

static struct report_cell cell_of(struct results_columns *columns,
                                  const struct ledger_row *row,
                                  const struct markets *markets,
                                  uint32_t source)
{
    if (source < FIXED_COUNT)
        return fixed_cell(columns, row, markets, (enum fixed)source);
    return param_cell(columns, name_of(columns->params[source - FIXED_COUNT]));
}

int results_columns_cell(struct results_columns *columns,
                         const struct ledger_row *row,
                         const struct markets *markets, uint32_t column,
                         struct report_cell *cell, struct err *err)
{
    int rc = begin_row(columns, row, err);

    if (rc == 0)
        *cell = cell_of(columns, row, markets, column);
    return rc;
}

int results_columns_fill(struct results_columns *columns,
                         const struct ledger_row *row,
                         const struct markets *markets,
                         const struct report_cell **cells, struct err *err)
{
    int rc = begin_row(columns, row, err);

    for (size_t i = 0; rc == 0 && i < columns->shown_count; i++)
        columns->cells[i] = cell_of(columns, row, markets, columns->source[i]);
    *cells = columns->cells;
    return rc;
}
