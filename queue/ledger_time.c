#include "ledger_time.h"

#include <string.h>

#define DAY_MS 86400000LL
#define MS_MIN (-62167219200000LL) /* 0000-01-01T00:00:00.000Z */
#define MS_MAX 253402300799999LL   /* 9999-12-31T23:59:59.999Z */

static void put(char *out, int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

/*
 * Days since 1970 and civil dates, both by eras of 400 years that begin on
 * the first of March, so that the leap day is a year's last.
 */
static void civil(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    int64_t from_march = days + 719468;
    int64_t era = (from_march >= 0 ? from_march : from_march - 146096) / 146097;
    int64_t of_era = from_march - era * 146097;
    int64_t year_of_era =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year =
        of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * of_year + 2) / 153;

    *day = of_year - (153 * march_month + 2) / 5 + 1;
    *month = march_month < 10 ? march_month + 3 : march_month - 9;
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t march_month = month > 2 ? month - 3 : month + 9;
    int64_t of_year = (153 * march_month + 2) / 5 + day - 1;
    int64_t of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;

    return era * 146097 + of_era - 719468;
}

void ledger_time_format(int64_t ms, char out[LEDGER_TIME_LEN])
{
    int64_t year, month, day;

    ms = ms < MS_MIN ? MS_MIN : ms > MS_MAX ? MS_MAX : ms;
    int64_t days = (ms >= 0 ? ms : ms - (DAY_MS - 1)) / DAY_MS;
    int64_t rest = ms - days * DAY_MS;
    civil(days, &year, &month, &day);
    memcpy(out, "0000-00-00T00:00:00.000Z", LEDGER_TIME_LEN);
    put(out, year, 4);
    put(out + 5, month, 2);
    put(out + 8, day, 2);
    put(out + 11, rest / 3600000, 2);
    put(out + 14, rest / 60000 % 60, 2);
    put(out + 17, rest / 1000 % 60, 2);
    put(out + 20, rest % 1000, 3);
}

static int64_t get(const char *text, int digits)
{
    int64_t value = 0;

    for (int i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

bool ledger_time_parse(const char *text, size_t len, int64_t *ms)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    char again[LEDGER_TIME_LEN];

    if (len != LEDGER_TIME_LEN)
        return false;
    for (size_t i = 0; i < LEDGER_TIME_LEN; i++)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9'
                            : text[i] != shape[i])
            return false;
    int64_t days = days_of(get(text, 4), get(text + 5, 2), get(text + 8, 2));
    *ms = days * DAY_MS + get(text + 11, 2) * 3600000 +
          get(text + 14, 2) * 60000 + get(text + 17, 2) * 1000 +
          get(text + 20, 3);
    /* The 31st of April and 25:00 would come back as another moment. */
    ledger_time_format(*ms, again);
    return memcmp(again, text, LEDGER_TIME_LEN) == 0;
}
