/* Points, each computed from its index alone. */
#include <stdlib.h>
#include <string.h>

#include "params_axis.h"
#include "params_draw.h"
#include "params_source.h"

static const struct value absent = {JSON_NULL, NULL, 0};

int point_init(struct point *point, const struct params *params,
               struct err *err)
{
    /* One more than needed, as calloc of nothing may give NULL. */
    size_t count = (size_t)params->count + 1;
    size_t digits = (size_t)params->digit_count + 1;

    *point = (struct point){.count = params->count, .id = params->id};
    buf_init(&point->derived, POINT_DERIVED_MAX);
    point->values = calloc(count, sizeof *point->values);
    point->scratch = calloc(count, sizeof *point->scratch);
    point->digits = calloc(digits, sizeof *point->digits);
    if (point->values && point->scratch && point->digits)
        return 0;
    point_release(point);
    return err_set(err, ERR_MEMORY, "out of memory for the point of an entry");
}

void point_release(struct point *point)
{
    free(point->values);
    free(point->scratch);
    free(point->digits);
    buf_release(&point->derived);
    point->values = NULL;
    point->scratch = NULL;
    point->digits = NULL;
    point->count = 0;
}

/*
 * The digits of an index; returns the first one that is another than before.
 * The last digit is the fastest, and the next index the usual one.
 */
static uint32_t split_index(const struct params *params, struct point *point,
                            uint64_t index)
{
    uint32_t i = params->digit_count;
    uint32_t changed = i;
    uint64_t rest = index;

    if (point->known && index == point->index)
        return i;
    if (point->known && index - 1 == point->index) {
        while (++point->digits[i - 1] == params->digits[i - 1].radix)
            point->digits[--i] = 0;
        return i - 1;
    }
    while (i-- > 0) {
        uint64_t radix = params->digits[i].radix;
        uint64_t digit = rest % radix;
        rest /= radix;
        if (digit != point->digits[i])
            changed = i;
        point->digits[i] = digit;
    }
    return point->known ? changed : 0;
}

static int compute_value(const struct params *params, uint32_t i,
                         struct hasher *hasher, struct point *point,
                         struct err *err)
{
    const struct param *param = &params->items[i];
    struct value *out = &point->values[i];

    if (param->count == 0) {
        *out = absent;
        return 0;
    }
    switch (param->kind) {
    case PARAM_CONSTANT:
    case PARAM_DERIVE:
        *out = param->values[0];
        return 0;
    case PARAM_LIST:
    case PARAM_RANGE:
    case PARAM_LINSPACE:
    case PARAM_LOGSPACE:
    case PARAM_ROWS:
        return params_axis_value(param, point->digits[param->digit],
                                 point->scratch[i], out, err);
    default:
        params_draw_value(params, param, point->draw, hasher, point->scratch[i],
                          out);
        return 0;
    }
}

int params_point(const struct params *params, uint64_t index,
                 struct hasher *hasher, struct point *point, struct err *err)
{
    bool known = point->known;
    int rc = 0;

    if (index >= params->points)
        return err_set(
            err, ERR_INTERNAL, "expected a point below %llu, found %llu",
            (unsigned long long)params->points, (unsigned long long)index);
    uint32_t changed = split_index(params, point, index);
    point->index = index;
    point->name = NULL;
    point->draw = point->digits[params->digit_count - 2];
    point->repeat = point->digits[params->digit_count - 1];
    point->known = false;
    for (uint32_t i = 0; i < params->count && rc == 0; i++) {
        const struct param *param = &params->items[i];
        bool kept = param->digit == PARAM_NO_DIGIT ? param->kind != PARAM_DERIVE
                                                   : param->digit < changed;
        if (!known || !kept)
            rc = compute_value(params, i, hasher, point, err);
    }
    point->known = rc == 0;
    return rc;
}

static void add_cut(const struct value *value, struct buf *out)
{
    int len = params_source_cut(value->json, value->len, PARAMS_SHOWN_MAX);

    buf_add(out, value->json, (size_t)len);
    if ((size_t)len < value->len)
        buf_add_str(out, "…");
}

void point_describe(const struct params *params, const struct point *point,
                    struct buf *out)
{
    const char *separator = "";

    for (uint32_t i = 0; i < params->count; i++) {
        if (!params->items[i].varies || !point->values[i].json)
            continue;
        buf_addf(out, "%s%s=", separator, params->items[i].name);
        add_cut(&point->values[i], out);
        separator = ", ";
    }
    if (params->draws > 1) {
        buf_addf(out, "%sdraw=%llu", separator,
                 (unsigned long long)point->draw);
        separator = ", ";
    }
    if (params->repeats > 1)
        buf_addf(out, "%srepeat=%llu", separator,
                 (unsigned long long)point->repeat);
}
