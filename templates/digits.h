/*
 * digits: a JSON number's text taken apart, for arithmetic without doubles.
 */
#ifndef TEMPLATES_DIGITS_H
#define TEMPLATES_DIGITS_H

#include "err.h"

/*
 * The number is ± integer.fraction × 10^exponent. The pointers are into the
 * text that was scanned. The exponent is cut to ±DIGITS_EXPONENT_MAX, which
 * no text is long enough to make up for.
 */
#define DIGITS_EXPONENT_MAX 100000000000000000LL /* 10^17 */

struct digits {
    bool negative;
    const char *integer;
    size_t integer_len; /* at least 1 */
    const char *fraction;
    size_t fraction_len; /* 0 where there is none */
    int64_t exponent;
};

/* Whether text is a JSON number (RFC 8259), whole and nothing else. */
bool digits_scan(struct digits *out, const char *text, size_t len);

/* Digits of integer and fraction together, and the ith of them (0 to 9). */
size_t digits_count(const struct digits *digits);
unsigned digits_at(const struct digits *digits, size_t i);

/*
 * Fills err for a text that is no number: "expected a number, found "0x1""
 * (the text cut to 40 bytes). Returns ERR_DATA.
 */
int digits_refuse(const char *text, size_t len, struct err *err);

#endif
