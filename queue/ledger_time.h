/*
 * ledger_time: time stamps of the form 2026-11-23T10:00:00.123Z.
 */
#ifndef QUEUE_LEDGER_TIME_H
#define QUEUE_LEDGER_TIME_H

#include "../templates/err.h"

#define LEDGER_TIME_LEN 24

/*
 * Writes milliseconds since 1970 as UTC; out is not terminated. Years before
 * 0 and past 9999 are written as the nearest moment that fits.
 */
void ledger_time_format(int64_t ms, char out[LEDGER_TIME_LEN]);

/* Reads exactly what ledger_time_format writes; false for anything else. */
bool ledger_time_parse(const char *text, size_t len, int64_t *ms);

#endif
