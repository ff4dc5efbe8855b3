#include "params_space.h"

#include <math.h>

#include "number.h"

bool params_space_log(enum param_kind kind)
{
    return kind == PARAM_LOGSPACE || kind == PARAM_LOGUNIFORM;
}

bool params_space_init(struct param *param)
{
    bool log_scale = params_space_log(param->kind);

    param->base = log_scale ? log(param->low) : param->low;
    param->width = (log_scale ? log(param->high) : param->high) - param->base;
    return isfinite(param->width);
}

double params_space_at(const struct param *param, double t)
{
    /* Two statements: a compiler may not fuse them into one rounding. */
    double way = param->width * t;
    double place = param->base + way;

    return number_round12(params_space_log(param->kind) ? exp(place) : place);
}
