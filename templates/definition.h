/*
 * definition: checks a job definition against the published schema.
 *
 * The rules are those of @nosana/types 2.1.6 ("new"), typia's
 * validateEquals: any unknown key is an error at every level except `meta`,
 * null is never accepted for an optional key. DEFINITION_DEFAULT accepts
 * also what only the newest published source allows, and reports as warnings
 * what only @nosana/sdk 0.4.69 ("old") allows (`output`, `required_vram`,
 * port ranges) and what a host would reject after the job has started.
 */
#ifndef TEMPLATES_DEFINITION_H
#define TEMPLATES_DEFINITION_H

#include "json.h"

enum definition_schema {
    DEFINITION_DEFAULT,
    DEFINITION_STRICT /* exactly "new" */
};

/*
 * Checks the value at node. Each problem goes to errs with the line and
 * column in doc's text and a message that starts with the path from the
 * definition: "$.ops[0].args.expose[1].port: expected a number, found a
 * string". An unknown key's message names the nearest known one. Duplicate
 * keys are errors that name the key.
 */
void definition_check(const struct json *doc, uint32_t node,
                      enum definition_schema schema, struct errs *errs);

#endif
