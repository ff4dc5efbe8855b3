/*
 * json_text: what stands between the quotes of a JSON string.
 *
 * "Raw" is a string as written, without its quotes and already checked
 * against the grammar; "utf8" is the value that it means. The functions for
 * callers elsewhere (json_quote, json_string, …) are declared in json.h.
 */
#ifndef TEMPLATES_JSON_TEXT_H
#define TEMPLATES_JSON_TEXT_H

#include "json.h"

/*
 * The length of the UTF-8 character at `at`, or 0 where there is none that
 * is valid before end (RFC 3629: no overlong forms, no surrogates).
 */
size_t json_text_utf8(const char *at, const char *end);

/*
 * The character, escaped or not, at *at in a raw string that ends at end;
 * *at is below end and moves behind it. A surrogate pair is one character.
 */
uint32_t json_text_next(const char **at, const char *end);

/*
 * Compares what two raw strings mean, by code points: negative, 0 or
 * positive.
 */
int json_text_compare(const char *a, size_t a_len, const char *b, size_t b_len);

/* Whether a raw string means str. */
bool json_text_equals(const char *raw, size_t len, const char *str);

/* Adds the value of a raw string. */
void json_text_decode(const char *raw, size_t len, struct buf *out);

/*
 * Whether a raw string stands as json_quote would write it. May say false
 * where it does, which only costs time.
 */
bool json_text_is_canonical(const char *raw, size_t len);

/* Adds a raw string with its quotes as json_quote would write its value. */
void json_text_canonical(const char *raw, size_t len, struct buf *out);

#endif
