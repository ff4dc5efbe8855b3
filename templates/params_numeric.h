/*
 * params_numeric: the operators that are given numbers.
 *
 * Each fills param, whose kind is set, from the operator's argument at node;
 * name is the operator's, for messages. They return false where the argument
 * is in error, which is reported.
 */
#ifndef TEMPLATES_PARAMS_NUMERIC_H
#define TEMPLATES_PARAMS_NUMERIC_H

#include "params_source.h"

/* range: [from, to] or [from, to, step] */
bool params_numeric_range(struct params_source *source, const char *name,
                          uint32_t node, struct param *param);

/* linspace, logspace: [from, to, num] */
bool params_numeric_space(struct params_source *source, const char *name,
                          uint32_t node, struct param *param);

/* uniform, loguniform: [min, max] */
bool params_numeric_between(struct params_source *source, const char *name,
                            uint32_t node, struct param *param);

/* randint: [min, max] */
bool params_numeric_randint(struct params_source *source, const char *name,
                            uint32_t node, struct param *param);

#endif
