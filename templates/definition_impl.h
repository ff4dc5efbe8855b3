/*
 * definition_impl: what the files of definition.c share.
 *
 * Each checker reports what the schema refuses at its node; see shape.h.
 */
#ifndef TEMPLATES_DEFINITION_IMPL_H
#define TEMPLATES_DEFINITION_IMPL_H

#include "opindex.h"
#include "shape.h"

shape_checker definition_op;        /* an element of ops */
shape_checker definition_expose;    /* args.expose */
shape_checker definition_resources; /* args.resources */
shape_checker definition_spread;    /* {"__spread__": literal} */

/* The args of an operation op, whose type may be missing or wrong. */
void definition_args(const struct shape_run *run, uint32_t op, uint32_t args);

/* Whether node is an object that has a member called name. */
bool definition_has(const struct json *doc, uint32_t node, const char *name);

/* Whether the member "type" of an object is the string type. */
bool definition_typed(const struct json *doc, uint32_t object,
                      const char *type);

/*
 * Warns of what a host would reject once it has taken the job. root is a
 * definition without errors, index its operations.
 */
void definition_host(const struct shape_run *run, uint32_t root,
                     const struct opindex *index);

#endif
