/*
 * number: doubles as JavaScript writes them.
 */
#ifndef TEMPLATES_NUMBER_H
#define TEMPLATES_NUMBER_H

#include "err.h"

/* Bytes that number_js may write, the NUL included. */
#define NUMBER_JS_MAX 32

/*
 * Writes a finite double as ECMA-262 Number::toString does (the fewest
 * digits that give the same double, the closest of these; -0 is "0"; fixed
 * notation from 1e-6 to below 1e21, else d.ddde+21). What is not finite
 * becomes null, as in JSON.stringify. Returns the length.
 */
size_t number_js(double value, char out[NUMBER_JS_MAX]);

/*
 * The double nearest to a JSON number's text of len bytes (not terminated,
 * already known to be valid JSON). Independent of the locale. Infinity where
 * it is out of range.
 */
double number_parse(const char *text, size_t len);

/*
 * Whether the value of a JSON number's text is an integer, however it is
 * spelt (1e3, 25.0), that *out can hold. *out is left alone where not.
 */
bool number_integer(const char *text, size_t len, int64_t *out);

/*
 * Whether JavaScript keeps the number's value as written: the decimal value
 * of text equals that of number_js(number_parse(text)). False for
 * 12345678901234567891, true for 0.1, 1.0 and 1e5.
 */
bool number_exact(const char *text, size_t len);

/*
 * value rounded to 12 significant digits (half to even on the exact binary
 * value, as printf's %.11e), as a double.
 */
double number_round12(double value);

#endif
