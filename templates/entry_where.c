/* Expressions about an entry's points: its own `where`, and others'. */
#include "entry_impl.h"

#include "json_text.h"

#include <string.h>

/* Points looked at for one to check while the entry is compiled. */
#define FIRST_MAX 4096

/* Bindings: a parameter's position + 1, 0 for what is absent, or these. */
enum binding {
    BOUND_ID = -1,
    BOUND_NAME = -2,
    BOUND_MARKET = -3,
    BOUND_REPEAT = -4,
    BOUND_DRAW = -5
};

static const struct {
    const char *name;
    enum binding binding;
} built_in[] = {
    {"id", BOUND_ID},         {"name", BOUND_NAME}, {"market", BOUND_MARKET},
    {"repeat", BOUND_REPEAT}, {"draw", BOUND_DRAW},
};
#define BUILT_IN (sizeof built_in / sizeof built_in[0])

bool entry_ledger_name(const char *name)
{
    static const char *const names[] = {"state", "cost", "at", "age"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int64_t bind(const struct entry *entry, const char *name)
{
    for (size_t i = 0; i < BUILT_IN; i++)
        if (strcmp(built_in[i].name, name) == 0)
            return built_in[i].binding;
    return params_find(&entry->params, name, strlen(name)) + 1;
}

void entry_bind(const struct entry *entry, struct expr *expr)
{
    for (uint32_t i = 0; i < expr->name_count; i++)
        expr->names[i].binding = bind(entry, expr->names[i].text);
}

const char *entry_known_name(const struct entry *entry, uint32_t i)
{
    if (i < BUILT_IN)
        return built_in[i].name;
    i -= (uint32_t)BUILT_IN;
    return i < entry->params.count ? entry->params.items[i].name : NULL;
}

/* --- evaluation ---------------------------------------------------------- */

int entry_seek(struct entry *entry, uint64_t index, struct err *err)
{
    struct point *point = &entry->point;
    int rc =
        params_point(&entry->params, index, entry->context->hasher, point, err);

    point->id = entry->id;
    point->name = NULL;
    if (entry->given)
        point->repeat = entry->given_repeat;
    entry->sought.derived = entry->derive_count == 0;
    entry->sought.named = false;
    return rc;
}

static int need_derived(struct entry *entry, struct err *err)
{
    if (entry->sought.derived)
        return 0;
    entry->sought.derived = true;
    return entry_derive(entry, &entry->scratch, err);
}

static int need_name(struct entry *entry, struct err *err)
{
    int rc = need_derived(entry, err);

    if (rc < 0 || entry->sought.named)
        return rc;
    buf_clear(&entry->sought.name);
    rc = entry_name(entry, &entry->sought.name, err);
    if (rc < 0)
        return rc;
    entry->point.name = buf_str(&entry->sought.name);
    entry->sought.named = true;
    return 0;
}

/* The market's text at this point, in entry->scratch. */
static int render_market(struct entry *entry, struct err *err)
{
    int rc = entry->market.uses_name ? need_name(entry, err)
                                     : need_derived(entry, err);

    buf_clear(&entry->scratch);
    if (rc == 0)
        rc = template_render_text(&entry->market, &entry->point,
                                  &entry->scratch, err);
    return rc;
}

static int look_market(struct entry *entry, struct expr_value *value,
                       struct err *err)
{
    bool has_address = entry->has_address;
    uint8_t address[BASE58_ADDRESS_LEN];
    int rc = 0;

    if (!entry->has_market)
        return 0;
    buf_clear(&entry->scratch);
    if (entry->market.constant) {
        buf_add_str(&entry->scratch, entry->market_text);
        memcpy(address, entry->address, sizeof address);
    } else {
        rc = render_market(entry, err);
        if (rc == 0)
            rc = entry_market(entry->context, buf_str(&entry->scratch),
                              entry->scratch.len, &has_address, address, err);
    }
    if (rc < 0) {
        entry_spot_set(&entry->market_spot, err);
        return err_prefix(err, "$.market: ");
    }
    memcpy(entry->sought.market, buf_str(&entry->scratch),
           entry->scratch.len + 1);
    expr_value_text(value, entry->sought.market, entry->scratch.len);
    if (has_address) {
        value->alias.len =
            base58_encode(address, sizeof address, entry->sought.address);
        value->alias.bytes = entry->sought.address;
    }
    return 0;
}

static int look_param(struct entry *entry, uint32_t position,
                      struct expr_value *value, struct err *err)
{
    const struct value *found = &entry->point.values[position];
    int rc = 0;

    if (entry->params.items[position].kind == PARAM_DERIVE)
        rc = need_derived(entry, err);
    if (rc == 0)
        expr_value_json(value, found->json, found->len);
    return rc;
}

static int look_up(void *arg, const struct expr_name *name,
                   struct expr_value *value, struct err *err)
{
    struct entry *entry = arg;
    int rc = 0;

    switch (name->binding) {
    case 0:
        break;
    case BOUND_ID:
        expr_value_text(value, entry->id, strlen(entry->id));
        break;
    case BOUND_NAME:
        rc = need_name(entry, err);
        if (rc == 0)
            expr_value_text(value, buf_str(&entry->sought.name),
                            entry->sought.name.len);
        break;
    case BOUND_MARKET:
        rc = look_market(entry, value, err);
        break;
    case BOUND_REPEAT:
        expr_value_number(value, (double)entry->point.repeat);
        break;
    case BOUND_DRAW:
        expr_value_number(value, (double)entry->point.draw);
        break;
    default:
        rc = look_param(entry, (uint32_t)(name->binding - 1), value, err);
        break;
    }
    return rc;
}

int entry_test(struct entry *entry, const struct expr *expr,
               enum expr_truth *truth, struct err *err)
{
    *err = (struct err)ERR_INIT;
    return expr_eval(expr, look_up, entry, truth, err);
}

/* --- the entry's own ----------------------------------------------------- */

/*
 * The column in the file of a column of the expression: of what is written
 * with escapes, several characters stand for one.
 */
static uint64_t file_column(const struct entry *entry, uint64_t column)
{
    const char *at = entry->written.bytes;
    const char *end = at + entry->written.len;
    uint64_t in_file = entry->where_spot.column + 1;

    for (uint64_t i = 1; i < column && at < end; i++) {
        const char *start = at;
        json_text_next(&at, end);
        for (; start < at; start++)
            in_file += ((unsigned char)*start & 0xc0) != 0x80;
    }
    return in_file;
}

static int place(struct entry *entry, bool with_point, struct err *err)
{
    /* With a line it is the template that is at fault. */
    uint64_t column = err->line == 0 ? err->column : 0;

    if (err->line == 0)
        err_prefix(err, "$.where: ");
    entry_place_error(entry, with_point, err);
    if (column > 0) {
        err->line = entry->where_spot.line;
        err->column = file_column(entry, column);
    }
    return err->code;
}

int entry_selects(struct entry *entry, uint64_t index, struct err *err)
{
    enum expr_truth truth = EXPR_UNKNOWN;
    int rc;

    if (!entry->has_where)
        return 1;
    rc = entry_seek(entry, index, err);
    if (rc == 0)
        rc = entry_test(entry, &entry->where, &truth, err);
    if (rc < 0)
        return place(entry, true, err);
    return truth == EXPR_TRUE;
}

int entry_first(struct entry *entry, uint64_t *index, struct err *err)
{
    uint64_t points = entry->params.points;
    uint64_t most = points < FIRST_MAX ? points : FIRST_MAX;

    for (*index = 0; *index < most; ++*index) {
        int rc = entry_selects(entry, *index, err);
        if (rc != 0)
            return rc;
    }
    *index = 0;
    return 0;
}

bool entry_where_mentions(const struct entry *entry, uint32_t position)
{
    for (uint32_t i = 0; i < entry->where.name_count; i++)
        if (entry->where.names[i].binding == (int64_t)position + 1)
            return true;
    return false;
}

static int check_name(const struct entry *entry, const struct expr_name *name,
                      struct err *err)
{
    struct nearest search;
    const char *known;

    if (name->binding != 0)
        return 0;
    if (entry_ledger_name(name->text))
        return err_set_at(err, ERR_DATA, 0,
                          expr_column(&entry->where, name->offset),
                          "\"%s\" is known of jobs in a ledger only, as in "
                          "\"nosbatch results --where\"",
                          name->text);
    nearest_begin(&search, name->text, strlen(name->text));
    for (uint32_t i = 0; (known = entry_known_name(entry, i)) != NULL; i++)
        nearest_offer(&search, known);
    return expr_unknown_name(&entry->where, name, &search, err);
}

static int compile(struct entry *entry, const struct buf *text, struct err *err)
{
    int rc = expr_compile(&entry->where, buf_str(text), text->len,
                          &entry->arena, err);

    if (rc < 0)
        return rc;
    entry_bind(entry, &entry->where);
    for (uint32_t i = 0; rc == 0 && i < entry->where.name_count; i++)
        rc = check_name(entry, &entry->where.names[i], err);
    entry->has_where = rc == 0;
    return rc;
}

void entry_where(struct entry_build *b)
{
    uint32_t node = b->fields[ENTRY_WHERE];
    struct entry *entry = b->entry;
    struct err err = ERR_INIT;
    struct buf text;

    if (node == 0)
        return;
    const struct json_node *value = &b->here.doc->nodes[node];
    if (value->type != JSON_STRING) {
        entry_problem(b, &b->here, node, ERR_DATA,
                      "$.where: expected a string, found %s",
                      json_type_name(value->type));
        return;
    }
    entry_spot_node(&b->here, node, &entry->where_spot);
    entry->written.len = value->len;
    entry->written.bytes =
        arena_copy(&entry->arena, b->here.doc->text + value->start, value->len);
    buf_init(&text, JSON_TEXT_MAX);
    json_string(b->here.doc, node, &text);
    int rc = buf_error(&text, "an expression", &err);
    if (rc == 0 && entry->written.bytes)
        rc = compile(entry, &text, &err);
    buf_release(&text);
    if (rc < 0) {
        place(entry, false, &err);
        errs_add(b->errs, &err);
    }
}
