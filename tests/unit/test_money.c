#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/money.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *text;
    int64_t nano;
    bool rounded;
} read_exactly[] = {
    {"0", 0, false},
    {"-0", 0, false},
    {"-0.0", 0, false},
    {"4.35", 4350000000, false},
    {"0.0436", 43600000, false},
    {"0.1", 100000000, false},
    {"1.1", 1100000000, false},
    {"1e-9", 1, false},
    {"-1E-09", -1, false},
    {"1.5e3", 1500000000000, false},
    {"15e-1", 1500000000, false},
    {"100000000000e-20", 1, false},
    {"0.00000000000000000001e20", 1000000000, false},
    {"123456789.123456789", 123456789123456789, false},
    {"1.0000000000000000000000000000000", 1000000000, false},
    /* half to even */
    {"0.0000000005", 0, true},
    {"0.0000000015", 2, true},
    {"0.0000000025", 2, true},
    {"0.00000000250", 2, true},
    {"-0.0000000015", -2, true},
    {"-0.0000000005", 0, true},
    {"5e-10", 0, true},
    {"15e-10", 2, true},
    {"25e-10", 2, true},
    {"35e-10", 4, true},
    {"45e-10", 4, true},
    /* to the nearer one */
    {"1e-10", 0, true},
    {"-1e-10", 0, true},
    {"9e-10", 1, true},
    {"0.00000000050000000000000000001", 1, true},
    {"0.00000000049999999999999999999", 0, true},
    {"0.00000000250000000000000000001", 3, true},
    {"1.9999999999", 2000000000, true},
    {"0.00000000006", 0, true},
    {"0.000000000099", 0, true},
    {"1e-18", 0, true},
    /* the ends */
    {"9223372036.854775807", INT64_MAX, false},
    {"-9223372036.854775808", INT64_MIN, false},
    {"-9223372036.854775807", -INT64_MAX, false},
    {"9223372036.8547758074", INT64_MAX, true},
    {"9223372036.8547758065", INT64_MAX - 1, true},
    {"-9223372036.8547758085", INT64_MIN, true},
    /* exponents without end */
    {"0e999999999", 0, false},
    {"0.000e999999999999999999999999", 0, false},
    {"-0e-99999999999999999999", 0, false},
    {"1e-999999999", 0, true},
    {"1e-999999999999999999999999", 0, true},
    {"9999999999999999999999e-9999999999999999999", 0, true},
};

static void amounts_are_read_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(read_exactly); i++) {
        struct err err = ERR_INIT;
        int64_t nano = 77;
        bool rounded = !read_exactly[i].rounded;
        const char *text = read_exactly[i].text;
        print_message("%s\n", text);
        assert_int_equal(money_parse(text, strlen(text), &nano, &rounded, &err),
                         0);
        assert_true(nano == read_exactly[i].nano);
        assert_int_equal(rounded, read_exactly[i].rounded);
        assert_int_equal(money_parse(text, strlen(text), &nano, NULL, &err), 0);
    }
}

static void amounts_that_do_not_fit_are_refused(void **state)
{
    static const char *const cases[] = {
        "9223372036.854775808",
        "9223372036.8547758075",
        "-9223372036.854775809",
        "-9223372036.85477580850000001",
        "-9223372036.8547758095",
        "9223372037",
        "18446744073.709551615",
        "18446744073.709551616",
        "18446744073.7095516155",
        "18446744083.709551617",
        "1e10",
        "1e11",
        "-1e11",
        "1e999999999",
        "-1e999999999",
        "0.1e999999999999999999999999",
        "99999999999999999999999999999999999999",
        "99999999999999999999999999999999999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct err err = ERR_INIT;
        int64_t nano = 77;
        print_message("%s\n", cases[i]);
        assert_int_equal(
            money_parse(cases[i], strlen(cases[i]), &nano, NULL, &err),
            ERR_LIMIT);
        assert_true(nano == 77);
        assert_int_equal(err.code, ERR_LIMIT);
        /* The message ends in what was found, or how it begins. */
        const char *found = strstr(err.message, ", found ");
        assert_non_null(found);
        found += strlen(", found ");
        size_t len = strlen(cases[i]);
        assert_int_equal(strlen(found), len < 40 ? len : 40);
        assert_memory_equal(found, cases[i], strlen(found));
    }
}

static void what_is_no_number_is_refused(void **state)
{
    static const char *const cases[] = {
        "",    "nan", "NaN",   "inf",  "-inf",  "Infinity", "0x1",  "1_0",
        "1,5", "01",  ".5",    "5.",   "+1",    "-",        "1e",   "$1",
        " 1",  "1 ",  "1.2.3", "null", "1e1.5", "--1",      "free",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct err err = ERR_INIT;
        int64_t nano = 77;
        bool rounded = true;
        print_message("%s\n", cases[i]);
        assert_int_equal(
            money_parse(cases[i], strlen(cases[i]), &nano, &rounded, &err),
            ERR_DATA);
        assert_true(nano == 77);
    }
}

static void amounts_are_written_in_nine_places_and_short(void **state)
{
    static const struct {
        int64_t nano;
        const char *full;
        const char *brief;
    } cases[] = {
        {0, "0.000000000", "$0.00"},
        {1, "0.000000001", "$0.000000001"},
        {-1, "-0.000000001", "-$0.000000001"},
        {23980000, "0.023980000", "$0.02398"},
        {7190000000, "7.190000000", "$7.19"},
        {-500000000, "-0.500000000", "-$0.50"},
        {100000000000, "100.000000000", "$100.00"},
        {1234567890, "1.234567890", "$1.23456789"},
        {999999999, "0.999999999", "$0.999999999"},
        {1000000000, "1.000000000", "$1.00"},
        {INT64_MAX, "9223372036.854775807", "$9223372036.854775807"},
        {INT64_MIN, "-9223372036.854775808", "-$9223372036.854775808"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct err err = ERR_INIT;
        char text[MONEY_TEXT_MAX];
        int64_t back;
        assert_int_equal(money_format(cases[i].nano, text),
                         strlen(cases[i].full));
        assert_string_equal(text, cases[i].full);
        assert_int_equal(money_parse(text, strlen(text), &back, NULL, &err), 0);
        assert_true(back == cases[i].nano);
        assert_int_equal(money_format_short(cases[i].nano, text),
                         strlen(cases[i].brief));
        assert_string_equal(text, cases[i].brief);
    }
}

static void a_sum_never_overflows(void **state)
{
    int64_t sum = INT64_MAX - 1;

    (void)state;
    assert_true(money_add(&sum, 1));
    assert_true(sum == INT64_MAX);
    assert_false(money_add(&sum, 1));
    assert_true(sum == INT64_MAX);
    assert_true(money_add(&sum, INT64_MIN));
    assert_true(sum == -1);
    assert_false(money_add(&sum, INT64_MIN));
    assert_true(sum == -1);
}

static void milli_dollars_are_rounded_up(void **state)
{
    static const struct {
        int64_t nano;
        int64_t up; /* -1: refused */
    } cases[] = {
        {0, 0},
        {1, 1000000},
        {999999, 1000000},
        {1000000, 1000000},
        {1000001, 2000000},
        {23980000, 24000000},
        {9223372036854000000, 9223372036854000000},
        {9223372036854000001, -1},
        {INT64_MAX, -1},
        {-1, -1},
        {INT64_MIN, -1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t out = -1;
        assert_int_equal(money_ceil_milli(cases[i].nano, &out),
                         cases[i].up >= 0);
        if (cases[i].up >= 0)
            assert_true(out == cases[i].up);
    }
}

static void an_hour_costs_reward_and_fee_rounded_up(void **state)
{
    static const struct {
        int64_t reward;
        int64_t fee;
        int64_t hourly; /* -1: refused */
    } cases[] = {
        {43600000, 10000, 47960000}, /* nvidia-3060, 10 % */
        {43600000, 0, 43600000},
        {43600000, 10500, 48178000},
        {1, 1, 2},
        {1, 0, 1},
        {0, 10000, 0},
        {10, 10000, 11},
        {9, 10000, 10},
        {11, 10000, 13},
        {99999, 1, 100000},
        {100001, 1, 100003},
        {INT64_MAX, 0, INT64_MAX},
        {INT64_MAX, 1, -1},
        {INT64_MAX, INT64_MAX, -1},
        {1, INT64_MAX, 92233720368549},
        {-1, 0, -1},
        {-43600000, 10000, -1},
        {INT64_MIN, 0, -1},
        {1, -1, -1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t hourly = -1;
        assert_int_equal(money_hourly(cases[i].reward, cases[i].fee, &hourly),
                         cases[i].hourly >= 0);
        if (cases[i].hourly >= 0)
            assert_true(hourly == cases[i].hourly);
    }
}

static void the_worst_case_is_the_whole_time_rounded_up(void **state)
{
    static const struct {
        int64_t hourly;
        uint64_t seconds;
        int64_t cost; /* -1: refused */
    } cases[] = {
        {47960000, 3600, 47960000},
        {47960000, 1800, 23980000},
        {47960000, 0, 0},
        {0, UINT64_MAX, 0},
        {1, 1, 1},
        {1, 3600, 1},
        {1, 3601, 2},
        {3600, 1, 1},
        {3601, 1, 2},
        {INT64_MAX, 3600, INT64_MAX},
        {INT64_MAX, 3601, -1},
        {INT64_MAX, UINT64_MAX, -1},
        {1, UINT64_MAX, 5124095576030432},
        {1800, UINT64_MAX, -1},
        {-1, 1, -1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t cost = -1;
        assert_int_equal(
            money_for_time(cases[i].hourly, cases[i].seconds, &cost),
            cases[i].cost >= 0);
        if (cases[i].cost >= 0)
            assert_true(cost == cases[i].cost);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_exactly),
        cmocka_unit_test(amounts_that_do_not_fit_are_refused),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(amounts_are_written_in_nine_places_and_short),
        cmocka_unit_test(a_sum_never_overflows),
        cmocka_unit_test(milli_dollars_are_rounded_up),
        cmocka_unit_test(an_hour_costs_reward_and_fee_rounded_up),
        cmocka_unit_test(the_worst_case_is_the_whole_time_rounded_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
