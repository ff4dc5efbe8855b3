/*
 * params_space: numbers between two ends, spaced evenly or by logarithm.
 *
 * The one formula behind linspace, logspace, uniform and loguniform, so that
 * they agree to the last bit.
 */
#ifndef TEMPLATES_PARAMS_SPACE_H
#define TEMPLATES_PARAMS_SPACE_H

#include "params.h"

/* Whether the kind goes by logarithms: LOGSPACE, LOGUNIFORM. */
bool params_space_log(enum param_kind kind);

/*
 * Sets base and width from low and high (both above 0 for logarithms).
 * Returns false where the ends are too far apart for doubles.
 */
bool params_space_init(struct param *param);

/*
 * The number at fraction t of the way, 0 <= t < 1, rounded to 12 significant
 * digits: base + width·t, of which exp is taken where the kind says so.
 */
double params_space_at(const struct param *param, double t);

#endif
