/*
 * manifest_header: {"manifest":1,"defaults":{…}}, the optional first value.
 */
#ifndef QUEUE_MANIFEST_HEADER_H
#define QUEUE_MANIFEST_HEADER_H

#include "../templates/json.h"

#define MANIFEST_HEADER_VERSION 1

/* Whether a value (an object) is meant as a header. */
bool manifest_header_is(const struct json *doc);

/*
 * Checks the header's version and shape. Problems go to errs with line and
 * column in doc's text. What parameters and templates in `defaults` mean is
 * judged by the entries that they go into.
 */
void manifest_header_check(const struct json *doc, struct errs *errs);

#endif
