/*
 * The parts of a review that are pure: ranks and means, time zones, strings
 * as numbers, amounts for people.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/review_intern.h"
#include "../../runner/review_print.h"
#include "../../runner/review_stats.h"

static void ranks_are_those_of_the_sorted_values(void **state)
{
    int64_t values[200], copy[200];
    uint32_t random = 7;

    (void)state;
    for (size_t count = 1; count <= 200; count += 7) {
        for (size_t i = 0; i < count; i++) {
            random = random * 1664525 + 1013904223;
            values[i] = (int64_t)(random >> 16) % (count % 3 == 0 ? 4 : 1000);
        }
        for (size_t rank = 0; rank < count; rank++) {
            memcpy(copy, values, sizeof copy);
            int64_t found = review_stats_rank(copy, count, rank);
            size_t less = 0, same = 0;
            for (size_t i = 0; i < count; i++) {
                less += values[i] < found;
                same += values[i] == found;
            }
            assert_true(less <= rank && rank < less + same);
        }
    }
}

static void percentiles_are_by_nearest_rank(void **state)
{
    static const struct {
        size_t count;
        unsigned percent;
        size_t rank;
    } rows[] = {{1, 50, 0},    {2, 50, 0},     {3, 50, 1},
                {20, 95, 18},  {21, 95, 19},   {100, 95, 94},
                {101, 95, 95}, {100, 100, 99}, {5000000, 95, 4749999}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(
            review_stats_percentile(rows[i].count, rows[i].percent),
            rows[i].rank);
}

static void means_are_rounded_half_to_even(void **state)
{
    (void)state;
    assert_int_equal(review_stats_mean(10, 4), 2);
    assert_int_equal(review_stats_mean(14, 4), 4);
    assert_int_equal(review_stats_mean(11, 4), 3);
    assert_int_equal(review_stats_mean(-10, 4), -2);
    assert_int_equal(review_stats_mean(-14, 4), -4);
    assert_int_equal(review_stats_mean(INT64_MAX, 1), INT64_MAX);
    assert_int_equal(review_stats_mean(INT64_MAX, 2), INT64_MAX / 2 + 1);
    assert_int_equal(review_stats_mean(0, 3), 0);
}

static void hours_are_of_the_wall_clock(void **state)
{
    /* Before and behind the end of summer time in Berlin, 2026-10-25. */
    static const struct {
        const char *zone;
        int64_t at_s;
        const char *hour, *day, *week;
    } rows[] = {
        {"UTC", 1795428000, "2026-11-23T10:00Z", "2026-11-23", "2026-W48"},
        {"Europe/Berlin", 1792886399, "2026-10-25T01:00+02:00", "2026-10-25",
         "2026-W43"},
        {"Europe/Berlin", 1792887000, "2026-10-25T02:00+02:00", "2026-10-25",
         "2026-W43"},
        {"Europe/Berlin", 1792890600, "2026-10-25T02:00+01:00", "2026-10-25",
         "2026-W43"},
        {"Asia/Kathmandu", 1795428000, "2026-11-23T15:00+05:45", "2026-11-23",
         "2026-W48"},
        {"America/St_Johns", 1795404600, "2026-11-23T00:00-03:30", "2026-11-23",
         "2026-W48"},
        {"UTC", 1798761600, "2027-01-01T00:00Z", "2027-01-01", "2026-W53"},
        {"UTC", 1735689599, "2024-12-31T23:00Z", "2024-12-31", "2025-W01"},
        {"UTC", -1, "1969-12-31T23:00Z", "1969-12-31", "1970-W01"},
    };
    char text[REVIEW_TIME_TEXT];
    struct err err = ERR_INIT;
    struct review_time time;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (review_time_init(&time, rows[i].zone, &err) < 0)
            fail_msg("%s", err.message);
        struct review_hour hour =
            review_time_hour(&time, rows[i].at_s * 1000 + 5);
        assert_string_equal(review_time_hour_text(&time, hour, text),
                            rows[i].hour);
        assert_string_equal(review_time_day_text(hour, text), rows[i].day);
        assert_string_equal(review_time_week_text(hour, text), rows[i].week);
    }
    assert_int_equal(review_time_init(&time, NULL, &err), 0);
}

static void what_is_no_zone_is_refused(void **state)
{
    static const char *const names[] = {
        "Europe/Berln", "../../etc/passwd", "/etc/localtime", "",
        "tzdata.zi",    "Europe",           "UTC0,M3"};
    struct err err = ERR_INIT;
    struct review_time time;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(review_time_init(&time, names[i], &err), ERR_USAGE);
}

static void strings_become_numbers(void **state)
{
    struct review_intern intern;
    struct err err = ERR_INIT;
    char text[16];
    uint32_t number;
    size_t len;

    (void)state;
    review_intern_init(&intern, (struct ledger_seed){3, 4});
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            snprintf(text, sizeof text, "%u", i);
            len = i == 0 ? 0 : strlen(text);
            assert_int_equal(
                review_intern_number(&intern, text, len, &number, &err), 0);
            assert_int_equal(number, i);
        }
    assert_int_equal(intern.count, 5000);
    assert_memory_equal(review_intern_bytes(&intern, 4321, &len), "4321", 4);
    assert_int_equal(len, 4);
    review_intern_release(&intern);
}

static void amounts_keep_their_digits(void **state)
{
    char text[MONEY_TEXT_MAX];

    (void)state;
    review_dollars(1200000000, 5, text);
    assert_string_equal(text, "$1.20000");
    review_dollars(-1, 2, text);
    assert_string_equal(text, "-$0.000000001");
    assert_int_equal(review_places(23980000), 5);
    assert_int_equal(review_places(1000000000), 2);
    assert_int_equal(review_rounded(23333333, 6), 23333000);
    assert_int_equal(review_rounded(500, 6), 0);
    assert_int_equal(review_rounded(1500, 6), 2000);
    assert_int_equal(review_rounded(1501, 9), 1501);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_those_of_the_sorted_values),
        cmocka_unit_test(percentiles_are_by_nearest_rank),
        cmocka_unit_test(means_are_rounded_half_to_even),
        cmocka_unit_test(hours_are_of_the_wall_clock),
        cmocka_unit_test(what_is_no_zone_is_refused),
        cmocka_unit_test(strings_become_numbers),
        cmocka_unit_test(amounts_keep_their_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
