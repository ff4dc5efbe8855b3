/*
 * json_differ: where two JSON documents differ.
 */
#ifndef TEMPLATES_JSON_DIFFER_H
#define TEMPLATES_JSON_DIFFER_H

#include "json.h"

#define JSON_DIFFER_VALUE_MAX 60 /* bytes of a value that is shown */

/*
 * Adds the first place (in b's order, then a's) at which the documents' top
 * values differ: `$.ops[0].args.image "ubuntu" → "debian"`, "none" standing
 * for what is not there, `base` for "$", and " and N more" where they differ
 * at more places. Adds nothing where they are equal. Numbers are compared by
 * value, members by name. The text is as safe for a terminal as JSON is.
 */
void json_differ(const struct json *a, const struct json *b, const char *base,
                 struct buf *out);

#endif
