/*
 * params_names: adding parameters by name. Finding them is in params.h.
 */
#ifndef TEMPLATES_PARAMS_NAMES_H
#define TEMPLATES_PARAMS_NAMES_H

#include "params_source.h"

/*
 * A new parameter behind all others, a CONSTANT with count 0. Its name, which
 * must not exist yet, is copied. NULL where the name may not be a
 * parameter's, there are too many, or memory ran out: reported at node then.
 * The pointer is valid until the next call.
 */
struct param *params_names_add(const struct params_source *source,
                               uint32_t node, const char *name, size_t len);

#endif
