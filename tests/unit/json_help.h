/*
 * json_help: what the tests of the JSON reader share.
 */
#ifndef TESTS_JSON_HELP_H
#define TESTS_JSON_HELP_H

#include "../../templates/json.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A text that may have NUL bytes in it. */
struct json_text {
    const char *bytes;
    size_t len;
};

/* For tables of them. */
#define T(literal)                   \
    {                                \
        literal, sizeof(literal) - 1 \
    }

#define TEN(x)   x x x x x x x x x x
#define SIXTY(x) TEN(x) TEN(x) TEN(x) TEN(x) TEN(x) TEN(x)

/*
 * json_parse of a copy of exactly len bytes, so that a sanitizer sees a byte
 * read too many; *copy is for the caller to free.
 */
int json_help_read(struct json *doc, const char *bytes, size_t len, char **copy,
                   struct err *err);

/* Prints a text, cut and escaped. */
void json_help_show(const struct json_text *text);

#endif
