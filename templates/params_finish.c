/* Lays the digits of the mixed-radix number out and multiplies them. */
#include <stdlib.h>
#include <string.h>

#include "params_axis.h"
#include "params_source.h"

#define COMPARED_MAX 1000 /* values of a list that a person may have typed */

static void report(struct errs *errs, enum err_code code, const char *message)
{
    struct err err = ERR_INIT;

    err_set(&err, code, "%s", message);
    errs_add(errs, &err);
}

static uint32_t add_digit(struct params *params, uint64_t radix)
{
    params->digits[params->digit_count].radix = radix > 0 ? radix : 1;
    return params->digit_count++;
}

/* The digit of an axis: the group's, where another member has one already. */
static uint32_t axis_digit(struct params *params, const struct param *param,
                           uint32_t *group_digits)
{
    if (param->group == 0)
        return add_digit(params, param->count);
    uint32_t *digit = &group_digits[param->group - 1];
    if (*digit == PARAM_NO_DIGIT)
        *digit = add_digit(params, param->count);
    return *digit;
}

static void lay_out_axes(struct params *params, uint32_t *group_digits)
{
    for (uint32_t i = 0; i < params->count; i++) {
        struct param *param = &params->items[i];
        if (params_axis_is(param->kind))
            param->digit = axis_digit(params, param, group_digits);
    }
}

static void lay_out_rest(struct params *params)
{
    uint32_t rows = PARAM_NO_DIGIT;

    if (params->rows > 0)
        rows = add_digit(params, params->rows);
    uint32_t draws = add_digit(params, params->draws);
    add_digit(params, params->repeats);
    for (uint32_t i = 0; i < params->count; i++) {
        struct param *param = &params->items[i];
        if (param->kind == PARAM_ROWS)
            param->digit = rows;
        else if (param->digit == PARAM_NO_DIGIT &&
                 param->kind != PARAM_CONSTANT && param->kind != PARAM_DERIVE)
            param->digit = draws;
        param->varies = param->digit != PARAM_NO_DIGIT &&
                        params->digits[param->digit].radix > 1;
    }
}

static void multiply(struct params *params, struct errs *errs)
{
    uint64_t points = 1;

    for (uint32_t i = 0; i < params->digit_count; i++) {
        uint64_t radix = params->digits[i].radix;
        if (radix > PARAMS_POINTS_MAX / points) {
            report(errs, ERR_LIMIT,
                   "params: expected at most 2^63 - 1 points in an entry, "
                   "found more: shorten its axes");
            points = 0;
            break;
        }
        points *= radix;
    }
    params->points = points;
}

static int compare_values(const void *a, const void *b)
{
    const struct value *const *x = a;
    const struct value *const *y = b;
    size_t len = (*x)->len < (*y)->len ? (*x)->len : (*y)->len;
    int order = memcmp((*x)->json, (*y)->json, len);

    return order != 0 ? order
                      : ((*x)->len > (*y)->len) - ((*x)->len < (*y)->len);
}

/* A value that an axis has twice, as far as that is quick to find; or NULL. */
static const struct value *find_twin(const struct param *param)
{
    const struct value *sorted[COMPARED_MAX];
    bool ends = param->kind == PARAM_LINSPACE || param->kind == PARAM_LOGSPACE;

    if (ends)
        return param->count > 1 && param->low >= param->high &&
                       param->low <= param->high
                   ? &param->ends[0]
                   : NULL;
    if (param->kind != PARAM_LIST || param->count > COMPARED_MAX)
        return NULL;
    for (uint64_t i = 0; i < param->count; i++)
        sorted[i] = &param->values[i];
    qsort(sorted, param->count, sizeof sorted[0], compare_values);
    for (uint64_t i = 1; i < param->count; i++)
        if (compare_values(&sorted[i - 1], &sorted[i]) == 0)
            return sorted[i];
    return NULL;
}

static void warn_of_twins(const struct param *param, struct errs *errs)
{
    const struct value *twin = find_twin(param);
    struct err err = ERR_INIT;

    if (!twin)
        return;
    err_set_at(
        &err, ERR_WARNING, param->line, param->column,
        "params.%s: the value %.*s stands more than once, and equal points "
        "are one job; for replicas use `repeat`",
        param->name, params_source_cut(twin->json, twin->len, PARAMS_SHOWN_MAX),
        twin->json);
    err.file = param->file;
    errs_add(errs, &err);
}

static void check(const struct params *params, struct errs *errs)
{
    if (params->draws == 0)
        report(errs, ERR_DATA, "draw: expected a count of at least 1, found 0");
    if (params->repeats == 0)
        report(errs, ERR_DATA, "repeat: expected at least 1, found 0");
    if (params->draw_given && !params_random(params))
        report(errs, ERR_DATA,
               "draw: expected a parameter that is drawn (uniform, "
               "loguniform, randint or choice), found none; for replicas use "
               "`repeat`");
    for (uint32_t i = 0; i < params->count; i++)
        if (params->items[i].group == 0)
            warn_of_twins(&params->items[i], errs);
}

void params_finish(struct params *params, struct errs *errs)
{
    struct arena *arena = params->arena;
    struct err err = ERR_INIT;

    /* An axis each at most, and rows, draws, repeats. */
    params->digits =
        arena_array(arena, params->count + 3, sizeof *params->digits);
    uint32_t *group_digits =
        arena_array(arena, params->groups, sizeof *group_digits);
    if (!params->digits || !group_digits) {
        arena_error(arena, "this entry", &err);
        errs_add(errs, &err);
        params->points = 0;
        return;
    }
    for (uint32_t i = 0; i < params->groups; i++)
        group_digits[i] = PARAM_NO_DIGIT;
    params->digit_count = 0;
    lay_out_axes(params, group_digits);
    lay_out_rest(params);
    multiply(params, errs);
    check(params, errs);
}
