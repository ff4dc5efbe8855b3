#include "row_where.h"

#include <string.h>

#include "results_columns.h"

#define ARENA_MAX ((size_t)16 << 20)

enum built_in {
    ROW_STATE,
    ROW_MARKET,
    ROW_COST,
    ROW_NAME,
    ROW_ID,
    ROW_AT,
    ROW_AGE,
    ROW_REPEAT,
    ROW_DRAW,
    ROW_JOB_STATUS,
    ROW_GEN,
    ROW_BUILT_IN
};

static const char *const built_in[ROW_BUILT_IN] = {
    [ROW_STATE] = "state", [ROW_MARKET] = "market",
    [ROW_COST] = "cost",   [ROW_NAME] = "name",
    [ROW_ID] = "id",       [ROW_AT] = "at",
    [ROW_AGE] = "age",     [ROW_REPEAT] = "repeat",
    [ROW_DRAW] = "draw",   [ROW_JOB_STATUS] = "job_status",
    [ROW_GEN] = "gen",
};

/* A name's binding: a built-in one's number + 1; 0 is a parameter. */
static void bind(struct row_where *where)
{
    for (uint32_t i = 0; i < where->expr.name_count; i++)
        for (int b = 0; b < ROW_BUILT_IN; b++)
            if (strcmp(where->expr.names[i].text, built_in[b]) == 0)
                where->expr.names[i].binding = b + 1;
}

int row_where_init(struct row_where *where, const char *text,
                   const struct markets *markets, int64_t now_ms,
                   struct err *err)
{
    memset(where, 0, sizeof *where);
    arena_init(&where->arena, ARENA_MAX);
    json_init(&where->params);
    where->given = text != NULL;
    where->markets = markets;
    where->now_ms = now_ms;
    if (!text)
        return 0;
    int rc = where_compile(&where->expr, text, &where->arena, err);
    if (rc < 0)
        return rc;
    bind(where);
    where->names = where_names(&where->expr, &where->arena);
    if (!where->names)
        return arena_error(&where->arena, "--where", err);
    for (uint32_t i = 0; i < where->expr.name_count; i++)
        for (int b = 0; b < ROW_BUILT_IN; b++)
            where_offer(&where->names[i], built_in[b]);
    return 0;
}

void row_where_release(struct row_where *where)
{
    json_release(&where->params);
    arena_release(&where->arena);
}

static int read_params(struct row_where *where, const struct ledger_row *row,
                       struct err *err)
{
    if (!row->params.bytes)
        return json_parse(&where->params, "{}", 2, err);
    return json_parse(&where->params, row->params.bytes, row->params.len, err);
}

/* --- names ---------------------------------------------------------------- */

static bool all_known(const struct row_where *where)
{
    for (uint32_t i = 0; i < where->expr.name_count; i++)
        if (!where->names[i].known)
            return false;
    return true;
}

int row_where_learn(struct row_where *where, const struct ledger_row *row,
                    struct err *err)
{
    const struct json *doc = &where->params;
    struct buf name;

    if (all_known(where))
        return 0;
    int rc = read_params(where, row, err);
    buf_init(&name, 4096);
    uint32_t at = json_first(0);
    for (uint32_t i = 0; rc == 0 && i < doc->nodes[0].size; i++) {
        buf_clear(&name);
        json_string(doc, at, &name);
        if (name.failed == ERR_MEMORY)
            rc = buf_error(&name, "a parameter's name", err);
        for (uint32_t n = 0; !name.failed && n < where->expr.name_count; n++)
            where_offer(&where->names[n], buf_str(&name));
        at = json_next(doc, at + 1);
    }
    buf_release(&name);
    return rc;
}

int row_where_check(const struct row_where *where, struct err *err)
{
    return where_check(&where->expr, where->names, NULL, NULL, err);
}

/* --- values --------------------------------------------------------------- */

static void set_text(struct expr_value *value, const char *text)
{
    expr_value_text(value, text, text ? strlen(text) : 0);
}

static void set_market(const struct row_where *where, struct expr_value *value)
{
    const char *text = where->row->market;
    uint8_t address[BASE58_ADDRESS_LEN];

    set_text(value, text);
    if (!text || !base58_address(text, strlen(text), address))
        return;
    const char *label = markets_label(where->markets, address, text);
    value->alias = (struct expr_text){label, strlen(label), false};
}

/* A parameter: its JSON as it stands in the row. */
static void set_param(const struct row_where *where, const char *name,
                      struct expr_value *value)
{
    const struct json *doc = &where->params;
    uint32_t node = json_get(doc, 0, name);

    if (node == 0)
        return;
    const struct json_node *found = &doc->nodes[node];
    const char *text = doc->text + found->start;
    if (found->type != JSON_STRING) {
        expr_value_json(value, text, found->len);
        return;
    }
    expr_value_text(value, text, found->len);
    value->text.escaped = true;
}

static int look_up(void *arg, const struct expr_name *name,
                   struct expr_value *value, struct err *err)
{
    struct row_where *where = arg;
    const struct ledger_row *row = where->row;

    (void)err;
    switch (name->binding - 1) {
    case ROW_STATE:
        set_text(value, results_state(row->state));
        break;
    case ROW_MARKET:
        set_market(where, value);
        break;
    case ROW_COST:
        /* Whole nano-dollars: the quotient is the nearest double. */
        if (row->charged_nano >= 0)
            expr_value_number(value, (double)row->charged_nano / 1e9);
        break;
    case ROW_NAME:
        expr_value_text(value, row->name.bytes, row->name.len);
        break;
    case ROW_ID:
        set_text(value, row->id);
        break;
    case ROW_AT:
        ledger_time_format(row->at_ms, where->at);
        expr_value_text(value, where->at, sizeof where->at);
        break;
    case ROW_AGE:
        expr_value_number(value, (double)(where->now_ms - row->at_ms) / 1000);
        break;
    case ROW_REPEAT:
        expr_value_number(value, (double)row->repeat);
        break;
    case ROW_DRAW:
        expr_value_number(value, (double)row->draw);
        break;
    case ROW_JOB_STATUS:
        set_text(value, row->job_status);
        break;
    case ROW_GEN:
        expr_value_number(value, (double)row->gen);
        break;
    default:
        set_param(where, name->text, value);
        break;
    }
    return 0;
}

int row_where_test(struct row_where *where, const struct ledger_row *row,
                   struct err *err)
{
    enum expr_truth truth;

    if (!where->given)
        return 1;
    int rc = read_params(where, row, err);
    if (rc < 0)
        return rc;
    where->row = row;
    *err = (struct err)ERR_INIT;
    rc = expr_eval(&where->expr, look_up, where, &truth, err);
    if (rc == 0)
        return truth == EXPR_TRUE;
    where_place(err);
    return err_prefix(err, "%.*s: ", (int)row->name.len,
                      row->name.bytes ? row->name.bytes : "");
}
