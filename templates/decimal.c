#include "decimal.h"

#include <string.h>

#include "digits.h"

#define EXACT_INTEGER_MAX (INT64_C(1) << 53) /* all below are doubles */

static const uint64_t powers[] = {1,
                                  10,
                                  100,
                                  1000,
                                  10000,
                                  100000,
                                  1000000,
                                  10000000,
                                  100000000,
                                  1000000000,
                                  10000000000,
                                  100000000000,
                                  1000000000000,
                                  10000000000000,
                                  100000000000000,
                                  1000000000000000,
                                  10000000000000000,
                                  100000000000000000,
                                  1000000000000000000};

#define POWER_STEP 18 /* the last of powers */

/* 10^exponent for 0..DECIMAL_DIGITS_MAX, which is twice POWER_STEP. */
static decimal_int power_of_ten(int32_t exponent)
{
    if (exponent <= POWER_STEP)
        return (decimal_int)powers[exponent];
    return (decimal_int)powers[POWER_STEP] *
           (decimal_int)powers[exponent - POWER_STEP];
}

static decimal_int magnitude(decimal_int value)
{
    return value < 0 ? -value : value;
}

static int too_long(struct err *err)
{
    return err_set(err, ERR_LIMIT,
                   "expected numbers of at most %d digits with their places",
                   DECIMAL_DIGITS_MAX);
}

/* The digits from the first to the last that is no 0: [*first, *end). */
static void trim(const struct digits *digits, size_t *first, size_t *end)
{
    *first = 0;
    *end = digits_count(digits);
    while (*end > 0 && digits_at(digits, *end - 1) == 0)
        --*end;
    while (*first < *end && digits_at(digits, *first) == 0)
        ++*first;
}

int decimal_parse(struct decimal *out, const char *text, size_t len,
                  struct err *err)
{
    struct digits digits;
    size_t first;
    size_t end;

    if (!digits_scan(&digits, text, len))
        return digits_refuse(text, len, err);
    out->digits = 0;
    out->scale = 0;
    trim(&digits, &first, &end);
    if (first == end)
        return 0;
    size_t count = end - first;
    int64_t power =
        digits.exponent + (int64_t)digits.integer_len - (int64_t)end;
    if (count > DECIMAL_DIGITS_MAX || power < -DECIMAL_DIGITS_MAX ||
        power > DECIMAL_DIGITS_MAX - (int64_t)count)
        return too_long(err);
    for (size_t i = first; i < end; i++)
        out->digits = out->digits * 10 + (decimal_int)digits_at(&digits, i);
    if (power > 0)
        out->digits *= power_of_ten((int32_t)power);
    else
        out->scale = (int32_t)-power;
    if (digits.negative)
        out->digits = -out->digits;
    return 0;
}

/* The digits of value at a scale that is not below its own. */
static int digits_at_scale(const struct decimal *value, int32_t scale,
                           decimal_int *digits, struct err *err)
{
    /* Most ranges count whole numbers, or have one number of places. */
    if (scale == value->scale) {
        *digits = value->digits;
        return 0;
    }
    decimal_int factor = power_of_ten(scale - value->scale);
    if (__builtin_mul_overflow(value->digits, factor, digits) ||
        magnitude(*digits) >= power_of_ten(DECIMAL_DIGITS_MAX))
        return too_long(err);
    return 0;
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int count_steps(decimal_int span, decimal_int step, uint64_t *count,
                       struct err *err)
{
    if (step == 0)
        return err_set(err, ERR_DATA,
                       "expected a step that is not 0, found a step of 0");
    if (span != 0 && (span < 0) != (step < 0))
        return err_set(
            err, ERR_DATA,
            "the step leads away from the end: give a step %s 0, or swap "
            "the ends",
            span < 0 ? "below" : "above");
    decimal_int steps = span / step;
    if (steps >= (decimal_int)INT64_MAX)
        return err_set(err, ERR_LIMIT,
                       "expected at most 2^63 - 1 values, found more");
    *count = (uint64_t)steps + 1;
    return 0;
}

int decimal_range_count(const struct decimal *from, const struct decimal *to,
                        const struct decimal *step, uint64_t *count,
                        struct err *err)
{
    int32_t scale = larger(larger(from->scale, to->scale), step->scale);
    decimal_int a;
    decimal_int b;
    decimal_int s;
    int rc;

    if ((rc = digits_at_scale(from, scale, &a, err)) < 0 ||
        (rc = digits_at_scale(to, scale, &b, err)) < 0 ||
        (rc = digits_at_scale(step, scale, &s, err)) < 0)
        return rc;
    return count_steps(b - a, s, count, err);
}

int decimal_range_at(const struct decimal *from, const struct decimal *step,
                     uint64_t i, struct decimal *out, struct err *err)
{
    int32_t scale = larger(from->scale, step->scale);
    decimal_int a;
    decimal_int s;
    decimal_int way;
    int rc;

    if ((rc = digits_at_scale(from, scale, &a, err)) < 0 ||
        (rc = digits_at_scale(step, scale, &s, err)) < 0)
        return rc;
    if (__builtin_mul_overflow(s, (decimal_int)i, &way) ||
        __builtin_add_overflow(a, way, &a) ||
        magnitude(a) >= power_of_ten(DECIMAL_DIGITS_MAX))
        return too_long(err);
    out->digits = a;
    out->scale = scale;
    return 0;
}

/* Adds count digits of value, zeros in front, before end; returns the start. */
static char *write_digits(uint64_t value, int count, char *end)
{
    for (; count > 0 || value > 0; count--) {
        *--end = (char)('0' + value % 10);
        value /= 10;
    }
    return end;
}

size_t decimal_format(const struct decimal *value, char out[DECIMAL_TEXT_MAX])
{
    char text[2 * DECIMAL_DIGITS_MAX];
    char *end = text + sizeof text;
    decimal_int whole = magnitude(value->digits);
    int32_t scale = value->scale;
    size_t len = 0;

    /* Two halves, as 64-bit divisions are much quicker than 128-bit ones. */
    bool small = whole < (decimal_int)powers[POWER_STEP];
    uint64_t high =
        small ? 0 : (uint64_t)(whole / (decimal_int)powers[POWER_STEP]);
    uint64_t low = small ? (uint64_t)whole
                         : (uint64_t)(whole % (decimal_int)powers[POWER_STEP]);
    char *start = write_digits(low, high > 0 ? POWER_STEP : 0, end);
    start = write_digits(high, 0, start);
    while (end - start <= scale)
        *--start = '0';
    for (; scale > 0 && end[-1] == '0'; scale--)
        end--;
    if (value->digits < 0)
        out[len++] = '-';
    size_t before = (size_t)(end - start - scale);
    memcpy(out + len, start, before);
    len += before;
    if (scale > 0) {
        out[len++] = '.';
        memcpy(out + len, start + before, (size_t)scale);
        len += (size_t)scale;
    }
    out[len] = '\0';
    return len;
}

double decimal_double(const struct decimal *value)
{
    decimal_int size = magnitude(value->digits);
    char text[DECIMAL_TEXT_MAX];

    /* One division of two doubles that are exact is rounded once. */
    if (size <= EXACT_INTEGER_MAX && value->scale <= POWER_STEP)
        return (double)(int64_t)value->digits / (double)powers[value->scale];
    size_t len = decimal_format(value, text);
    return number_parse(text, len);
}

/*
 * Whether the digits are what number_js would write. A decimal of up to 15
 * digits is the only one so short that is nearest to its double, and so the
 * one that JavaScript shows; below 1e-6 it shows an exponent.
 */
static bool is_own_spelling(const struct decimal *value)
{
    decimal_int size = magnitude(value->digits);

    if (value->scale == 0)
        return size <= EXACT_INTEGER_MAX;
    if (size >= (decimal_int)powers[15])
        return false;
    return value->scale <= 6 || (value->scale <= 6 + 15 &&
                                 size >= (decimal_int)powers[value->scale - 6]);
}

size_t decimal_js(const struct decimal *value, char out[NUMBER_JS_MAX])
{
    char text[DECIMAL_TEXT_MAX];

    if (!is_own_spelling(value))
        return number_js(decimal_double(value), out);
    size_t len = decimal_format(value, text);
    memcpy(out, text, len + 1);
    return len;
}
