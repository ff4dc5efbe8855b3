/*
 * params_axis: the values of one axis, each computed from its position.
 */
#ifndef TEMPLATES_PARAMS_AXIS_H
#define TEMPLATES_PARAMS_AXIS_H

#include "params.h"

/* Whether the kind is an axis of its own: LIST, RANGE, LINSPACE, LOGSPACE. */
bool params_axis_is(enum param_kind kind);

/*
 * Value i, below param->count, of an axis or of a column of rows. The text of
 * a number that is computed goes to scratch, which outlives *out. RANGE: the
 * double nearest to from + i·step. LINSPACE and LOGSPACE: an end as written,
 * or params_space_at(i / (count - 1)).
 */
int params_axis_value(const struct param *param, uint64_t i,
                      char scratch[PARAMS_SCRATCH_MAX], struct value *out,
                      struct err *err);

/*
 * Whether numbers of a RANGE, LINSPACE or LOGSPACE of at least two values lie
 * so close together that neighbours become equal when they are rounded. Looks
 * at the ends, where that happens first.
 */
bool params_axis_collapses(const struct param *param);

#endif
