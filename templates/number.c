#include "number.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * No double lies halfway between two decimals of more digits than this, so
 * further digits count only by whether one of them is not zero.
 */
#define PARSE_DIGITS_MAX 780

/* Beyond this power of ten every double is 0 or infinite. */
#define EXPONENT_MAX 20000

#define SHORTEST_MAX 17 /* digits that tell any two doubles apart */

#define FIFTEEN_DIGITS 1e15 /* decimals below it are all distinct */
#define EXACT_INTEGERS ((double)(UINT64_C(1) << 53))

#define TEN_EXACT_MAX 22 /* the highest power of ten that a double holds */

static const double ten_power[TEN_EXACT_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/*
 * A JSON number's text taken apart: its digits, without zeros at either end,
 * times 10^exponent. Zero has no digits.
 */
struct spelling {
    bool negative;
    const char *first; /* first digit */
    const char *last;  /* behind the last one; a point may stand between */
    size_t count;      /* digits */
    int64_t exponent;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The value behind an 'e'; far beyond any double where it is too long. */
static int64_t read_exponent(const char *at, const char *end)
{
    bool negative = at < end && *at == '-';
    int64_t value = 0;

    if (at < end && !is_digit(*at))
        at++;
    for (; at < end; at++)
        if (value < INT64_MAX / 100)
            value = value * 10 + (*at - '0');
    return negative ? -value : value;
}

static void read_spelling(const char *text, size_t len, struct spelling *out)
{
    const char *at = text;
    const char *end = text + len;
    bool fraction = false;

    out->negative = at < end && *at == '-';
    if (out->negative)
        at++;
    out->first = out->last = at;
    out->count = 0;
    out->exponent = 0;
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        if (fraction)
            out->exponent--;
        if (out->count == 0 && *at == '0')
            continue;
        if (out->count++ == 0)
            out->first = at;
        out->last = at + 1;
    }
    if (at < end)
        out->exponent += read_exponent(at + 1, end);
    for (; out->count > 0 && (out->last[-1] == '0' || out->last[-1] == '.');
         out->last--) {
        if (out->last[-1] == '.')
            continue;
        out->count--;
        out->exponent++;
    }
}

/* The digits as an integer; there must be at most 19. */
static uint64_t spelling_integer(const struct spelling *s)
{
    uint64_t value = 0;

    for (const char *at = s->first; at < s->last; at++)
        if (*at != '.')
            value = value * 10 + (uint64_t)(*at - '0');
    return value;
}

/*
 * Rounds by the C library, correctly. The text handed to it has no point, as
 * a locale may want another sign for it.
 */
static double parse_by_library(const struct spelling *s)
{
    char text[PARSE_DIGITS_MAX + 32];
    size_t n = 0;
    int64_t exponent = s->exponent;
    const char *at = s->first;

    for (; at < s->last && n < PARSE_DIGITS_MAX; at++)
        if (*at != '.')
            text[n++] = *at;
    if (s->count > n) {
        /* The last digit is never a zero: what is left out is not nothing. */
        exponent += (int64_t)(s->count - n) - 1;
        text[n++] = '1';
    }
    if (exponent > EXPONENT_MAX)
        exponent = EXPONENT_MAX;
    if (exponent < -EXPONENT_MAX)
        exponent = -EXPONENT_MAX;
    snprintf(text + n, sizeof text - n, "e%d", (int)exponent);
    return strtod(text, NULL);
}

static double spelling_double(const struct spelling *s)
{
    if (s->count == 0)
        return 0;
    /* One operation on two exact doubles is rounded once, hence correctly. */
    if (FLT_EVAL_METHOD == 0 && s->count <= 15 &&
        s->exponent >= -TEN_EXACT_MAX && s->exponent <= TEN_EXACT_MAX) {
        double value = (double)spelling_integer(s);
        return s->exponent < 0 ? value / ten_power[-s->exponent]
                               : value * ten_power[s->exponent];
    }
    return parse_by_library(s);
}

double number_parse(const char *text, size_t len)
{
    struct spelling s;

    read_spelling(text, len, &s);
    double value = spelling_double(&s);
    return s.negative ? -value : value;
}

bool number_integer(const char *text, size_t len, int64_t *out)
{
    struct spelling s;

    read_spelling(text, len, &s);
    if (s.count > 19 || (s.count > 0 && (s.exponent < 0 || s.exponent > 18)))
        return false;
    uint64_t value = spelling_integer(&s);
    for (int64_t i = 0; value > 0 && i < s.exponent; i++) {
        if (value > UINT64_MAX / 10)
            return false;
        value *= 10;
    }
    uint64_t max = (uint64_t)INT64_MAX + (s.negative ? 1 : 0);
    if (value > max)
        return false;
    if (s.negative && value > 0)
        *out = -(int64_t)(value - 1) - 1;
    else
        *out = (int64_t)value;
    return true;
}

/* A positive decimal: 0.d1d2…dn × 10^point. */
struct figures {
    char text[24]; /* digits only, not terminated */
    int count;
    int point;
};

static void strip_zeros(struct figures *figures)
{
    while (figures->count > 1 && figures->text[figures->count - 1] == '0')
        figures->count--;
}

/* value × 10^-scale */
static void figures_of_integer(uint64_t value, int scale, struct figures *out)
{
    char reversed[20];
    int n = 0;

    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (int i = 0; i < n; i++)
        out->text[i] = reversed[n - 1 - i];
    out->count = n;
    out->point = n - scale;
    strip_zeros(out);
}

/*
 * The nearest decimal of `count` digits, ties to even. What printf writes is
 * read digit by digit, whatever the locale's point is.
 */
static void figures_nearest(double value, int count, struct figures *out)
{
    char text[64];
    const char *at = text;

    snprintf(text, sizeof text, "%.*e", count - 1, value);
    for (out->count = 0; out->count < count; at++)
        if (is_digit(*at))
            out->text[out->count++] = *at;
    out->point = (int)strtol(strchr(at, 'e') + 1, NULL, 10) + 1;
}

static double figures_double(const struct figures *figures)
{
    struct spelling s = {false, figures->text, figures->text + figures->count,
                         (size_t)figures->count,
                         (int64_t)figures->point - figures->count};

    return spelling_double(&s);
}

/* Adds one to the last digit. */
static void figures_up(struct figures *figures)
{
    int i = figures->count - 1;

    while (i >= 0 && figures->text[i] == '9')
        figures->text[i--] = '0';
    if (i >= 0) {
        figures->text[i]++;
        return;
    }
    figures->text[0] = '1';
    figures->point++;
}

/* Whether the doubles below lie closer than those above. */
static bool is_power_of_two(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return (bits & ((UINT64_C(1) << 52) - 1)) == 0;
}

/*
 * Tries the decimals of `count` digits. The nearest is the only candidate,
 * but for a power of two: below it the nearest may already belong to the next
 * double while the one above, further away, still does not (2^-44).
 */
static bool figures_try(double value, int count, struct figures *out)
{
    figures_nearest(value, count, out);
    if (figures_double(out) == value)
        return true;
    if (!is_power_of_two(value))
        return false;
    figures_up(out);
    return figures_double(out) == value;
}

/*
 * The quick way for what people write: digits × 10^-scale with at most 15
 * digits. Such a decimal is the only one of its length that means this
 * double, so with its zeros cut it is the shortest.
 */
static bool figures_short(double value, struct figures *out)
{
    if (FLT_EVAL_METHOD != 0 || value < 1e-9 || value >= FIFTEEN_DIGITS)
        return false;
    for (int scale = 1; scale <= TEN_EXACT_MAX; scale++) {
        double scaled = value * ten_power[scale] + 0.5;
        if (scaled >= FIFTEEN_DIGITS)
            return false;
        uint64_t integer = (uint64_t)scaled;
        if ((double)integer / ten_power[scale] == value) {
            figures_of_integer(integer, scale, out);
            return true;
        }
    }
    return false;
}

/* The digits that ECMA-262 asks for, of a positive finite double. */
static void figures_shortest(double value, struct figures *out)
{
    if (value < EXACT_INTEGERS && (double)(uint64_t)value == value) {
        figures_of_integer((uint64_t)value, 0, out);
        return;
    }
    if (figures_short(value, out))
        return;
    /*
     * Where a double has all its bits, decimals of 15 digits lie further
     * apart than doubles: with zeros cut, the nearest of 15 is the shortest
     * if any up to 15 will do. Below DBL_MIN bits are missing.
     */
    int count = value < DBL_MIN ? 1 : 15;
    while (count < SHORTEST_MAX && !figures_try(value, count, out))
        count++;
    if (count == SHORTEST_MAX)
        figures_nearest(value, SHORTEST_MAX, out);
    strip_zeros(out);
}

static size_t put(char *out, size_t at, const char *bytes, int count)
{
    memcpy(out + at, bytes, (size_t)count);
    return at + (size_t)count;
}

static size_t put_zeros(char *out, size_t at, int count)
{
    memset(out + at, '0', (size_t)count);
    return at + (size_t)count;
}

/* Number::toString, from its step 6 on, with its names k and n. */
static size_t put_figures(char *out, size_t at, const struct figures *figures)
{
    const char *text = figures->text;
    int k = figures->count;
    int n = figures->point;

    if (k <= n && n <= 21) {
        at = put(out, at, text, k);
        return put_zeros(out, at, n - k);
    }
    if (0 < n && n <= 21) {
        at = put(out, at, text, n);
        out[at++] = '.';
        return put(out, at, text + n, k - n);
    }
    if (-6 < n && n <= 0) {
        at = put(out, at, "0.", 2);
        at = put_zeros(out, at, -n);
        return put(out, at, text, k);
    }
    out[at++] = text[0];
    if (k > 1) {
        out[at++] = '.';
        at = put(out, at, text + 1, k - 1);
    }
    return at + (size_t)snprintf(out + at, NUMBER_JS_MAX - at, "e%+d", n - 1);
}

size_t number_js(double value, char out[NUMBER_JS_MAX])
{
    struct figures figures;
    size_t at = 0;

    if (!(value >= -DBL_MAX && value <= DBL_MAX)) {
        memcpy(out, "null", sizeof "null");
        return 4;
    }
    if (value < 0) {
        out[at++] = '-';
        value = -value;
    }
    if (value == 0)
        out[at++] = '0';
    else {
        figures_shortest(value, &figures);
        at = put_figures(out, at, &figures);
    }
    out[at] = '\0';
    return at;
}

static bool same_digits(const struct spelling *a, const struct spelling *b)
{
    const char *p = a->first;
    const char *q = b->first;

    for (size_t i = 0; i < a->count; i++, p++, q++) {
        p += *p == '.';
        q += *q == '.';
        if (*p != *q)
            return false;
    }
    return true;
}

bool number_exact(const char *text, size_t len)
{
    char js[NUMBER_JS_MAX];
    struct spelling written, kept;

    read_spelling(text, len, &written);
    double value = spelling_double(&written);
    if (value > DBL_MAX)
        return false;
    size_t js_len = number_js(value, js);
    read_spelling(js, js_len, &kept);
    if (written.count != kept.count)
        return false;
    return written.count == 0 ||
           (written.exponent == kept.exponent && same_digits(&written, &kept));
}

double number_round12(double value)
{
    struct figures figures;
    double size = value < 0 ? -value : value;

    if (size == 0 || !(size <= DBL_MAX))
        return value;
    figures_nearest(size, 12, &figures);
    strip_zeros(&figures);
    double rounded = figures_double(&figures);
    return value < 0 ? -rounded : rounded;
}
