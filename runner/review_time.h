/*
 * review_time: hours, days and weeks in a time zone.
 *
 * An hour is one of the wall clock there: in autumn two hours that are called
 * alike differ in their offset from UTC.
 */
#ifndef RUNNER_REVIEW_TIME_H
#define RUNNER_REVIEW_TIME_H

#include "../templates/err.h"

#define REVIEW_TIME_TEXT 32 /* bytes that a label may take */

struct review_hour {
    int32_t hour;       /* of the wall clock, since 1970-01-01T00 there */
    int32_t offset_min; /* of the wall clock from UTC */
};

struct review_time {
    const char *zone; /* borrowed; "UTC" */
    int64_t minute;   /* whose hour was computed last… */
    struct review_hour hour;
};

/*
 * Takes --time-zone: a name of the system's time zone data such as
 * Europe/Berlin, or UTC (NULL, too). ERR_USAGE where it is none. Sets TZ in
 * the process's environment.
 */
int review_time_init(struct review_time *time, const char *zone,
                     struct err *err);

/* The hour that a moment (ms since 1970) is in. */
struct review_hour review_time_hour(struct review_time *time, int64_t at_ms);

/* "2026-11-23T10:00Z" or "…T11:00+01:00", "2026-11-23", "2026-W48". */
const char *review_time_hour_text(const struct review_time *time,
                                  struct review_hour hour,
                                  char out[REVIEW_TIME_TEXT]);
const char *review_time_day_text(struct review_hour hour,
                                 char out[REVIEW_TIME_TEXT]);
const char *review_time_week_text(struct review_hour hour,
                                  char out[REVIEW_TIME_TEXT]);

#endif
