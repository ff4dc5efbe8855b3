/*
 * params_operator: a parameter whose value is an object with one operator.
 */
#ifndef TEMPLATES_PARAMS_OPERATOR_H
#define TEMPLATES_PARAMS_OPERATOR_H

#include "params_source.h"

/*
 * Fills param from the object at node. Returns false where that is in error,
 * which is reported.
 */
bool params_operator_read(struct params_source *source, uint32_t node,
                          struct param *param);

#endif
