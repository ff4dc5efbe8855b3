#include "review_time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../queue/ledger_time.h"

#define ZONES   "/usr/share/zoneinfo"
#define HOUR_S  3600
#define DAY_H   24
#define HOUR_MS ((int64_t)3600 * 1000)

/* Letters as in names of zones; nothing that leaves the folder. */
static bool is_name(const char *zone)
{
    size_t len = strlen(zone);

    return len > 0 && len < 64 && zone[0] != '/' && !strstr(zone, "..") &&
           strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789_+-/") == len;
}

/* Whether the system has a file of that name that is a zone's. */
static bool is_known(const char *zone)
{
    char path[sizeof ZONES + 66];
    char magic[4];

    snprintf(path, sizeof path, "%s/%s", ZONES, zone);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, magic, sizeof magic);
    close(fd);
    return n == sizeof magic && memcmp(magic, "TZif", 4) == 0;
}

int review_time_init(struct review_time *time, const char *zone,
                     struct err *err)
{
    *time =
        (struct review_time){.zone = zone ? zone : "UTC", .minute = INT64_MIN};
    bool utc = strcmp(time->zone, "UTC") == 0;
    if (!utc && (!is_name(time->zone) || !is_known(time->zone)))
        return err_set(err, ERR_USAGE,
                       "--time-zone: expected a time zone's name such as "
                       "Europe/Berlin or UTC, found \"%s\" (the system's are "
                       "in " ZONES ", of Debian's package tzdata)",
                       zone);
    if (setenv("TZ", utc ? "UTC0" : time->zone, 1) != 0)
        return err_set(err, ERR_MEMORY, "out of memory");
    /* Where it cannot read a zone, it takes UTC and says nothing. */
    errno = 0;
    tzset();
    if (errno == ENOMEM)
        return err_set(err, ERR_MEMORY, "out of memory for time zone %s",
                       time->zone);
    return 0;
}

/* Days since 1970 of the first of January. */
static int64_t days_of_year(int64_t year)
{
    int64_t past = year - 1;

    return year * 365 + past / 4 - past / 100 + past / 400 - 719527;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

struct review_hour review_time_hour(struct review_time *cache, int64_t at_ms)
{
    int64_t minute = floor_div(at_ms, 60000);
    time_t utc = (time_t)(minute * 60);
    struct tm tm;

    if (minute == cache->minute)
        return cache->hour;
    memset(&tm, 0, sizeof tm);
    localtime_r(&utc, &tm);
    int64_t days = days_of_year((int64_t)tm.tm_year + 1900) + tm.tm_yday;
    int64_t local = days * DAY_H * HOUR_S + (int64_t)tm.tm_hour * HOUR_S +
                    (int64_t)tm.tm_min * 60 + tm.tm_sec;
    cache->minute = minute;
    cache->hour.hour = (int32_t)floor_div(local, HOUR_S);
    cache->hour.offset_min = (int32_t)floor_div(local - utc, 60);
    return cache->hour;
}

/* The wall clock's text of the hour, to `len` characters. */
static void wall(struct review_hour hour, size_t len, char *out)
{
    char text[LEDGER_TIME_LEN];

    ledger_time_format(hour.hour * HOUR_MS, text);
    memcpy(out, text, len);
    out[len] = '\0';
}

const char *review_time_hour_text(const struct review_time *time,
                                  struct review_hour hour,
                                  char out[REVIEW_TIME_TEXT])
{
    int32_t offset = hour.offset_min;
    int32_t size = offset < 0 ? -offset : offset;

    wall(hour, 13, out);
    if (strcmp(time->zone, "UTC") == 0)
        snprintf(out + 13, REVIEW_TIME_TEXT - 13, ":00Z");
    else
        snprintf(out + 13, REVIEW_TIME_TEXT - 13, ":00%c%02d:%02d",
                 offset < 0 ? '-' : '+', (int)(size / 60 % 100),
                 (int)(size % 60));
    return out;
}

const char *review_time_day_text(struct review_hour hour,
                                 char out[REVIEW_TIME_TEXT])
{
    wall(hour, 10, out);
    return out;
}

/* ISO 8601: weeks begin on Monday, the first has the year's first Thursday. */
const char *review_time_week_text(struct review_hour hour,
                                  char out[REVIEW_TIME_TEXT])
{
    int64_t day = floor_div(hour.hour, DAY_H);
    int64_t thursday = day + 3 - (day + 3 - 7 * floor_div(day + 3, 7));
    struct review_hour at = {(int32_t)(thursday * DAY_H), 0};

    wall(at, 10, out);
    int64_t year = strtoll(out, NULL, 10);
    int64_t week = (thursday - days_of_year(year)) / 7 + 1;
    snprintf(out, REVIEW_TIME_TEXT, "%04lld-W%02lld", (long long)year,
             (long long)week);
    return out;
}
