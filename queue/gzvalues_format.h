/*
 * gzvalues_format: files that are no JSON text, told by their first bytes,
 * and the command that makes JSON text of them.
 */
#ifndef QUEUE_GZVALUES_FORMAT_H
#define QUEUE_GZVALUES_FORMAT_H

#include "../templates/err.h"

/*
 * Looks at the first bytes of a text (after inflating, where in_gzip says
 * so). Returns 0 where they are not those of a known other format, else
 * ERR_DATA with a message that names it and says how to convert it.
 */
int gzvalues_format_check(const char *text, size_t len, bool in_gzip,
                          struct err *err);

#endif
