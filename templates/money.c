#include "money.h"

#include <string.h>

#include "digits.h"

#define PLACES     9
#define HOUR_S     3600
#define WHOLE_FEE  100000 /* 100 % in thousandths of a percent */
#define SHOWN_MAX  40
#define DIGITS_U64 20 /* digits that any uint64_t may have */

__extension__ typedef unsigned __int128 money_wide;

/* What a number's digits come to in units of a nano-dollar. */
struct sum {
    uint64_t nano; /* the digits down to a nano-dollar */
    bool overflow; /* they do not fit */
    bool half;     /* the first digit below is 5 or more… */
    bool beyond;   /* …and there is more than exactly half */
};

static void add_digit(struct sum *sum, unsigned digit)
{
    if (__builtin_mul_overflow(sum->nano, UINT64_C(10), &sum->nano) ||
        __builtin_add_overflow(sum->nano, (uint64_t)digit, &sum->nano))
        sum->overflow = true;
}

static void drop_digit(struct sum *sum, unsigned digit, bool first)
{
    if (first) {
        sum->half = digit >= 5;
        sum->beyond = digit % 5 != 0;
    } else {
        sum->beyond |= digit != 0;
    }
}

/*
 * Walks the digits from the left. Each has a power of ten, counted in
 * nano-dollars; those below 0 only decide the rounding.
 */
static struct sum sum_digits(const struct digits *digits)
{
    struct sum sum = {0, false, false, false};
    size_t count = digits_count(digits);
    int64_t power =
        (int64_t)digits->integer_len + digits->exponent + PLACES - 1;

    for (size_t i = 0; i < count; i++, power--) {
        if (power >= 0)
            add_digit(&sum, digits_at(digits, i));
        else
            drop_digit(&sum, digits_at(digits, i), power == -1);
    }
    /* Zeros that the exponent adds; anything but 0 soon overflows. */
    for (; power >= 0 && sum.nano > 0 && !sum.overflow; power--)
        add_digit(&sum, 0);
    return sum;
}

static void round_half_even(struct sum *sum)
{
    bool up = sum->half && (sum->beyond || sum->nano % 2 == 1);

    if (up && __builtin_add_overflow(sum->nano, UINT64_C(1), &sum->nano))
        sum->overflow = true;
}

int money_parse(const char *text, size_t len, int64_t *nano, bool *rounded,
                struct err *err)
{
    struct digits digits;

    if (!digits_scan(&digits, text, len))
        return digits_refuse(text, len, err);
    struct sum sum = sum_digits(&digits);
    bool inexact = sum.half || sum.beyond;
    round_half_even(&sum);
    uint64_t limit = (uint64_t)INT64_MAX + (digits.negative ? 1 : 0);
    if (sum.overflow || sum.nano > limit)
        return err_set(
            err, ERR_LIMIT,
            "expected an amount of at most about 9.2 thousand million dollars, "
            "found %.*s",
            len < SHOWN_MAX ? (int)len : SHOWN_MAX, text);
    if (!digits.negative)
        *nano = (int64_t)sum.nano;
    else if (sum.nano == 0)
        *nano = 0;
    else
        *nano = -(int64_t)(sum.nano - 1) - 1;
    if (rounded)
        *rounded = inexact;
    return 0;
}

static uint64_t magnitude(int64_t nano)
{
    return nano < 0 ? UINT64_C(0) - (uint64_t)nano : (uint64_t)nano;
}

/* Writes sign, symbol and value with nine places. */
static size_t format(int64_t nano, const char *symbol, char *out)
{
    char digits[DIGITS_U64];
    uint64_t rest = magnitude(nano);
    size_t count = 0;
    size_t len = 0;

    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0 || count <= PLACES);
    if (nano < 0)
        out[len++] = '-';
    for (; *symbol; symbol++)
        out[len++] = *symbol;
    while (count > 0) {
        out[len++] = digits[--count];
        if (count == PLACES)
            out[len++] = '.';
    }
    out[len] = '\0';
    return len;
}

size_t money_format(int64_t nano, char out[MONEY_TEXT_MAX])
{
    return format(nano, "", out);
}

size_t money_format_short(int64_t nano, char out[MONEY_TEXT_MAX])
{
    size_t len = format(nano, "$", out);
    size_t least = len - PLACES + 2;

    while (len > least && out[len - 1] == '0')
        len--;
    out[len] = '\0';
    return len;
}

bool money_add(int64_t *sum, int64_t nano)
{
    int64_t total;

    if (__builtin_add_overflow(*sum, nano, &total))
        return false;
    *sum = total;
    return true;
}

/* *out = a × b / by, rounded up; a and b so small that a × b + by fits. */
static bool scale_up(money_wide a, money_wide b, money_wide by, int64_t *out)
{
    money_wide result = (a * b + (by - 1)) / by;

    if (result > (money_wide)INT64_MAX)
        return false;
    *out = (int64_t)result;
    return true;
}

bool money_ceil_milli(int64_t nano, int64_t *out)
{
    int64_t beyond = nano % MONEY_MILLI;
    int64_t up = nano;

    if (nano < 0 || (beyond > 0 && !money_add(&up, MONEY_MILLI - beyond)))
        return false;
    *out = up;
    return true;
}

bool money_hourly(int64_t reward_nano, int64_t fee_milli_percent,
                  int64_t *hourly_nano)
{
    if (reward_nano < 0 || fee_milli_percent < 0)
        return false;
    return scale_up((money_wide)reward_nano,
                    (money_wide)fee_milli_percent + WHOLE_FEE, WHOLE_FEE,
                    hourly_nano);
}

bool money_for_time(int64_t hourly_nano, uint64_t seconds, int64_t *nano)
{
    return hourly_nano >= 0 &&
           scale_up((money_wide)hourly_nano, seconds, HOUR_S, nano);
}
