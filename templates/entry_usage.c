/* What is left unused: axes that reach nothing, names that leave one out. */
#include "entry_impl.h"

#include <inttypes.h>
#include <string.h>

/* What a derived parameter mentions is used where it is used itself. */
static void spread(const struct entry *entry, bool *used)
{
    for (uint32_t i = entry->derive_count; i-- > 0;) {
        uint32_t at = 0;
        uint32_t param;
        if (!used[entry->derive_order[i]])
            continue;
        while (template_mention(&entry->derives[i], &at, &param))
            used[param] = true;
    }
}

static bool uses_name(const struct entry *entry)
{
    return entry->definition.uses_name || entry->market.uses_name ||
           entry->timeout.uses_name || entry->node.uses_name;
}

/* ${{ name }} brings along what the name is made from. */
static void add_named(struct entry_build *b)
{
    const struct params *params = &b->entry->params;

    for (uint32_t i = 0; i < params->count; i++)
        b->used[i] |=
            b->entry->has_name ? b->named[i] : params->items[i].varies;
}

static void tell_param(struct entry_build *b, uint32_t position,
                       struct err *err)
{
    const struct param *param = &b->entry->params.items[position];
    const struct entry_source *source = b->origins[position];

    err->line = param->line;
    err->column = param->column;
    entry_tell(b, source ? source : &b->here, err, "");
}

/* Whether any parameter that shares the digit is used. */
static bool digit_used(const struct entry_build *b, uint32_t digit)
{
    const struct params *params = &b->entry->params;

    for (uint32_t i = 0; i < params->count; i++)
        if (params->items[i].digit == digit && b->used[i])
            return true;
    return false;
}

static void unused_axis(struct entry_build *b, uint32_t position)
{
    const char *name = b->entry->params.items[position].name;
    struct err err = ERR_INIT;

    err_set(&err, ERR_DATA,
            "axis `%s` is used nowhere; for replicas use `repeat`", name);
    tell_param(b, position, &err);
}

static void unused_value(struct entry_build *b, uint32_t position,
                         const char *what)
{
    const char *name = b->entry->params.items[position].name;
    struct err err = ERR_INIT;

    if (b->named[position] || entry_where_mentions(b->entry, position))
        return;
    err_set(&err, ERR_WARNING, "%s `%s` is used nowhere", what, name);
    tell_param(b, position, &err);
}

static void tell_unused(struct entry_build *b, uint32_t position)
{
    const struct param *param = &b->entry->params.items[position];

    switch (param->kind) {
    case PARAM_CONSTANT:
        unused_value(b, position, "parameter");
        break;
    case PARAM_DERIVE:
        unused_value(b, position, "derived parameter");
        break;
    case PARAM_ROWS:
        if (digit_used(b, param->digit))
            unused_value(b, position, "column");
        else
            unused_axis(b, position);
        break;
    default:
        /* A label that goes along with a used axis may be for the name. */
        if (!(param->group != 0 && b->named[position] &&
              digit_used(b, param->digit)))
            unused_axis(b, position);
        break;
    }
}

static void check_used(struct entry_build *b)
{
    const struct params *params = &b->entry->params;

    if (uses_name(b->entry))
        add_named(b);
    spread(b->entry, b->used);
    for (uint32_t i = 0; i < params->count; i++)
        if (!b->used[i] && !errs_full(b->errs))
            tell_unused(b, i);
}

/* Whether the name mentions a built-in, itself or by a derived parameter. */
static bool name_mentions(const struct entry_build *b, bool draw)
{
    const struct entry *entry = b->entry;
    bool mentions = draw ? entry->name.uses_draw : entry->name.uses_repeat;

    for (uint32_t i = 0; i < entry->derive_count; i++) {
        const struct template *derive = &entry->derives[i];
        if (b->named[entry->derive_order[i]])
            mentions |= draw ? derive->uses_draw : derive->uses_repeat;
    }
    return mentions;
}

static void name_lacks(struct entry_build *b, const char *what)
{
    entry_problem(b, &b->here, b->fields[ENTRY_NAME], ERR_DATA,
                  "$.name: must mention every axis that varies: expected "
                  "\"${{ %s }}\" in it",
                  what);
}

/* Whether any parameter of the digit is in the name. */
static bool digit_named(const struct entry_build *b, uint32_t digit)
{
    const struct params *params = &b->entry->params;

    for (uint32_t i = 0; i < params->count; i++)
        if (params->items[i].digit == digit && b->named[i])
            return true;
    return false;
}

/* Of the parameters that advance together one is enough. */
static void check_name(struct entry_build *b)
{
    const struct params *params = &b->entry->params;
    uint32_t draws = params->digit_count - 2;
    uint32_t told = PARAM_NO_DIGIT;

    spread(b->entry, b->named);
    for (uint32_t i = 0; i < params->count; i++) {
        uint32_t digit = params->items[i].digit;
        if (digit == PARAM_NO_DIGIT || digit == draws || digit == told ||
            params->digits[digit].radix < 2 || digit_named(b, digit))
            continue;
        name_lacks(b, params->items[i].name);
        told = digit;
    }
    if (params->draws > 1 && !name_mentions(b, true) && !digit_named(b, draws))
        name_lacks(b, "draw");
    if (params->repeats > 1 && !name_mentions(b, false))
        name_lacks(b, "repeat");
}

void entry_usage(struct entry_build *b)
{
    if (b->entry->has_name)
        check_name(b);
    /* What `expand` printed keeps its parameters for `where` and reports. */
    if (!b->entry->given)
        check_used(b);
}

/* One factor of the arithmetic. */
static void add_factor(struct buf *out, size_t start, uint64_t count,
                       const char *unit)
{
    if (count < 2)
        return;
    if (out->len > start)
        buf_add_str(out, " × ");
    buf_addf(out, "%" PRIu64 "%s", count, unit);
}

void entry_describe(const struct entry *entry, struct buf *out)
{
    const struct params *params = &entry->params;
    size_t start = out->len;
    uint32_t factors = 0;
    bool named = false;

    for (uint32_t i = 0; i < params->digit_count; i++) {
        uint64_t radix = params->digits[i].radix;
        bool draws = i + 2 == params->digit_count;
        bool repeats = i + 1 == params->digit_count;
        bool rows = params->rows > 0 && i + 3 == params->digit_count;
        factors += radix > 1;
        named |= radix > 1 && (rows || draws || repeats);
        add_factor(out, start, radix,
                   rows      ? " rows"
                   : draws   ? " draws"
                   : repeats ? " repeats"
                             : "");
    }
    if (factors == 0)
        buf_add_char(out, '1');
    else if (factors > 1 || named)
        buf_addf(out, " = %" PRIu64, params->points);
}
