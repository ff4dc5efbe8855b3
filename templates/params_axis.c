#include "params_axis.h"

#include <math.h>
#include <string.h>

#include "params_space.h"

#define NEIGHBOURS 2 /* pairs that are compared at each end */

bool params_axis_is(enum param_kind kind)
{
    return kind == PARAM_LIST || kind == PARAM_RANGE ||
           kind == PARAM_LINSPACE || kind == PARAM_LOGSPACE;
}

static int range_value(const struct param *param, uint64_t i,
                       char scratch[PARAMS_SCRATCH_MAX], struct value *out,
                       struct err *err)
{
    struct decimal number;
    int rc = decimal_range_at(&param->from, &param->step, i, &number, err);

    if (rc < 0)
        return rc;
    out->type = JSON_NUMBER;
    out->json = scratch;
    out->len = decimal_js(&number, scratch);
    return 0;
}

static void space_value(const struct param *param, uint64_t i,
                        char scratch[PARAMS_SCRATCH_MAX], struct value *out)
{
    if (i == 0 || i == param->count - 1) {
        *out = param->ends[i == 0 ? 0 : 1];
        return;
    }
    double t = (double)i / (double)(param->count - 1);
    out->type = JSON_NUMBER;
    out->json = scratch;
    out->len = number_js(params_space_at(param, t), scratch);
}

int params_axis_value(const struct param *param, uint64_t i,
                      char scratch[PARAMS_SCRATCH_MAX], struct value *out,
                      struct err *err)
{
    if (param->kind == PARAM_RANGE)
        return range_value(param, i, scratch, out, err);
    if (param->kind == PARAM_LINSPACE || param->kind == PARAM_LOGSPACE)
        space_value(param, i, scratch, out);
    else
        *out = param->values[i];
    return 0;
}

static bool equal_neighbours(const struct param *param, uint64_t i)
{
    char scratch[PARAMS_SCRATCH_MAX];
    char next_scratch[PARAMS_SCRATCH_MAX];
    struct value value = {JSON_NULL, "", 0};
    struct value next = value;
    struct err err = ERR_INIT;

    if (params_axis_value(param, i, scratch, &value, &err) < 0 ||
        params_axis_value(param, i + 1, next_scratch, &next, &err) < 0)
        return false;
    return value.len == next.len &&
           memcmp(value.json, next.json, value.len) == 0;
}

/* Whether the step is smaller than the gap between the largest doubles. */
static bool step_below_gap(const struct param *param)
{
    double from = fabs(decimal_double(&param->from));
    double to = fabs(decimal_double(&param->to));
    double largest = from > to ? from : to;

    return fabs(decimal_double(&param->step)) < largest - nextafter(largest, 0);
}

bool params_axis_collapses(const struct param *param)
{
    uint64_t pairs = param->count - 1;

    if (param->kind == PARAM_RANGE && step_below_gap(param))
        return true;
    for (uint64_t i = 0; i < NEIGHBOURS && i < pairs; i++)
        if (equal_neighbours(param, i) ||
            equal_neighbours(param, pairs - 1 - i))
            return true;
    return false;
}
