/*
 * params_value: copies values out of a JSON text into an entry's arena.
 */
#ifndef TEMPLATES_PARAMS_VALUE_H
#define TEMPLATES_PARAMS_VALUE_H

#include "params_source.h"

/*
 * The value at node as it stands. text is scratch. Warns (once a source) of a
 * whole number too large to keep its digits. Returns false where memory ran
 * out, which is reported.
 */
bool params_value_copy(struct params_source *source, uint32_t node,
                       struct buf *text, struct value *out);

/*
 * The values at count nodes, which follow each other as the elements of a
 * list do, into param->values and param->count; false likewise.
 */
bool params_value_fill(struct params_source *source, uint32_t node,
                       uint32_t count, struct param *param);

#endif
