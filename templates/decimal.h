/*
 * decimal: exact decimal arithmetic for ranges, on the digits as written.
 *
 * A decimal is digits × 10^-scale. Results that would need more than
 * DECIMAL_DIGITS_MAX digits are an error, never a rounding.
 */
#ifndef TEMPLATES_DECIMAL_H
#define TEMPLATES_DECIMAL_H

#include "number.h"

#define DECIMAL_DIGITS_MAX 36
#define DECIMAL_TEXT_MAX   48 /* bytes that decimal_format may write */

__extension__ typedef __int128 decimal_int;

struct decimal {
    decimal_int digits; /* |digits| < 10^DECIMAL_DIGITS_MAX */
    int32_t scale;      /* 0..DECIMAL_DIGITS_MAX */
};

/*
 * Reads a JSON number's text (exponents included). The scale is the least
 * that does. Returns 0, ERR_DATA where it is no JSON number, ERR_LIMIT where
 * it needs more than DECIMAL_DIGITS_MAX digits or places.
 */
int decimal_parse(struct decimal *out, const char *text, size_t len,
                  struct err *err);

/*
 * The number of values of the range from, from + step, … up to and including
 * to: floor((to - from) / step) + 1. Errors (ERR_DATA): a step of 0, or one
 * that leads away from `to`; ERR_LIMIT: over 2^63 - 1 values or too many
 * digits.
 */
int decimal_range_count(const struct decimal *from, const struct decimal *to,
                        const struct decimal *step, uint64_t *count,
                        struct err *err);

/* from + i × step, exactly; i below the count of decimal_range_count. */
int decimal_range_at(const struct decimal *from, const struct decimal *step,
                     uint64_t i, struct decimal *out, struct err *err);

/*
 * Writes it as a JSON number without an exponent and without needless zeros,
 * and a NUL; returns the length without it.
 */
size_t decimal_format(const struct decimal *value, char out[DECIMAL_TEXT_MAX]);

/* The double nearest to it. */
double decimal_double(const struct decimal *value);

/* number_js of decimal_double, but quick where the digits are few. */
size_t decimal_js(const struct decimal *value, char out[NUMBER_JS_MAX]);

#endif
