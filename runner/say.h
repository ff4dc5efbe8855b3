/*
 * say: lines for people on standard error, safe for a terminal.
 *
 * Each line is "nosbatch: " and the text, with control, bidi and escape
 * characters made visible and a newline added. Failures to write are
 * ignored: there is nobody left to tell.
 */
#ifndef RUNNER_SAY_H
#define RUNNER_SAY_H

#include "../templates/err.h"

/* Says it unless quiet. */
void say_info(bool quiet, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "nosbatch: warning: …" and "nosbatch: …": always said. */
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Errors and warnings of a pass, and how many more there are. */
void say_errs(const struct errs *errs);

#endif
