/*
 * money: US dollars as integer nano-dollars (10^-9), never through a double.
 *
 * Sums are checked; the range is that of int64 (about ±9.2 thousand million
 * dollars).
 */
#ifndef TEMPLATES_MONEY_H
#define TEMPLATES_MONEY_H

#include "err.h"

#define MONEY_NANO     1000000000LL /* nano-dollars in a dollar */
#define MONEY_MILLI    1000000LL    /* nano-dollars in $0.001 */
#define MONEY_TEXT_MAX 32           /* bytes that a formatter may write */

/*
 * Reads a decimal number from its digits: JSON's number grammar (exponents
 * included), nothing else ("nan", "0x1", "1_0", "" are ERR_DATA). More than
 * nine places are rounded half to even and *rounded (may be NULL) says so.
 * ERR_LIMIT where it does not fit.
 */
int money_parse(const char *text, size_t len, int64_t *nano, bool *rounded,
                struct err *err);

/*
 * "0.023980000": always nine places, '-' in front where negative, and a NUL.
 * Both formatters return the length without the NUL.
 */
size_t money_format(int64_t nano, char out[MONEY_TEXT_MAX]);

/*
 * For people: at least two places, no trailing zeros beyond ("$7.19",
 * "$0.02398", "-$0.50"). Exact, never rounded.
 */
size_t money_format_short(int64_t nano, char out[MONEY_TEXT_MAX]);

/* *sum += nano. Returns false and leaves *sum where it would overflow. */
bool money_add(int64_t *sum, int64_t nano);

/*
 * nano rounded up to a multiple of MONEY_MILLI, still in nano-dollars. nano
 * is not negative. Returns false on overflow.
 */
bool money_ceil_milli(int64_t nano, int64_t *out);

/*
 * The price of an hour to the client: reward × (1 + fee), rounded up to a
 * nano-dollar. The fee is in thousandths of a percent: 10 % is 10000.
 * Returns false on overflow or where an argument is negative.
 */
bool money_hourly(int64_t reward_nano, int64_t fee_milli_percent,
                  int64_t *hourly_nano);

/*
 * hourly × seconds / 3600, rounded up to a nano-dollar: a job's worst case.
 * Returns false on overflow or where hourly_nano is negative.
 */
bool money_for_time(int64_t hourly_nano, uint64_t seconds, int64_t *nano);

#endif
