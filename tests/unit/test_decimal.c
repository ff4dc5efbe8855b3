#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/decimal.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static int parse(struct decimal *out, const char *text)
{
    struct err err = ERR_INIT;

    return decimal_parse(out, text, strlen(text), &err);
}

static void decimals_are_read_and_written_exactly(void **state)
{
    static const struct {
        const char *text;
        const char *written;
        int scale;
    } cases[] = {
        {"0", "0", 0},
        {"-0", "0", 0},
        {"-0.000e99", "0", 0},
        {"0e999999999999999999999", "0", 0},
        {"0.10", "0.1", 1},
        {"1.0", "1", 0},
        {"100", "100", 0},
        {"-12.50", "-12.5", 1},
        {"1e3", "1000", 0},
        {"1.5e3", "1500", 0},
        {"1500e-3", "1.5", 1},
        {"1e-5", "0.00001", 5},
        {"12.5e-2", "0.125", 3},
        {"0.001e3", "1", 0},
        {"1e35", "100000000000000000000000000000000000", 0},
        {"999999999999999999999999999999999999",
         "999999999999999999999999999999999999", 0},
        {"-0.123456789012345678901234567890123456",
         "-0.123456789012345678901234567890123456", 36},
        {"1e-36", "0.000000000000000000000000000000000001", 36},
        {"1000000000000000000", "1000000000000000000", 0},
        {"1000000000000000001.5", "1000000000000000001.5", 1},
        {"0.00000000000000000000000000000000000001e38", "1", 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct decimal value;
        char text[DECIMAL_TEXT_MAX];
        print_message("%s\n", cases[i].text);
        assert_int_equal(parse(&value, cases[i].text), 0);
        assert_int_equal(value.scale, cases[i].scale);
        assert_int_equal(decimal_format(&value, text),
                         strlen(cases[i].written));
        assert_string_equal(text, cases[i].written);
    }
}

static void what_needs_too_many_digits_is_refused(void **state)
{
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {"1e36", ERR_LIMIT},
        {"1e-37", ERR_LIMIT},
        {"1234567890123456789012345678901234567", ERR_LIMIT},
        {"1.234567890123456789012345678901234567", ERR_LIMIT},
        {"1e999999999", ERR_LIMIT},
        {"1e-999999999", ERR_LIMIT},
        {"1e99999999999999999999999", ERR_LIMIT},
        {"-1e-99999999999999999999999", ERR_LIMIT},
        {"", ERR_DATA},
        {"nan", ERR_DATA},
        {"0x10", ERR_DATA},
        {"1.", ERR_DATA},
        {"1 ", ERR_DATA},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct decimal value;
        print_message("%s\n", cases[i].text);
        assert_int_equal(parse(&value, cases[i].text), cases[i].code);
    }
}

static void a_range_counts_both_ends(void **state)
{
    static const struct {
        const char *from, *to, *step;
        uint64_t count;
        const char *last;
    } cases[] = {
        {"0", "0.3", "0.1", 4, "0.3"},
        {"1", "5", "1", 5, "5"},
        {"0", "1", "0.3", 4, "0.9"},
        {"5", "1", "-1", 5, "1"},
        {"5", "1", "-3", 2, "2"},
        {"1", "-1", "-0.5", 5, "-1"},
        {"-3", "3", "1.5", 5, "3"},
        {"7", "7", "1", 1, "7"},
        {"7", "7", "-1", 1, "7"},
        {"0", "0.5", "1", 1, "0"},
        {"0", "1", "1e-9", 1000000001, "1"},
        {"1e-3", "1e3", "1e-3", 1000000, "1000"},
        {"0", "9223372036854775806", "1", INT64_MAX, "9223372036854775806"},
        {"-1e17", "1e17", "0.1", 2000000000000000001, "100000000000000000"},
        {"0", "1e35", "1e20", 1000000000000001,
         "100000000000000000000000000000000000"},
        {"-999999999999999999999999999999999999",
         "999999999999999999999999999999999999",
         "999999999999999999999999999999999999", 3,
         "999999999999999999999999999999999999"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct decimal from, to, step, last;
        struct err err = ERR_INIT;
        uint64_t count = 0;
        char text[DECIMAL_TEXT_MAX];
        print_message("[%s, %s, %s]\n", cases[i].from, cases[i].to,
                      cases[i].step);
        assert_int_equal(parse(&from, cases[i].from), 0);
        assert_int_equal(parse(&to, cases[i].to), 0);
        assert_int_equal(parse(&step, cases[i].step), 0);
        assert_int_equal(decimal_range_count(&from, &to, &step, &count, &err),
                         0);
        assert_true(count == cases[i].count);
        assert_int_equal(decimal_range_at(&from, &step, count - 1, &last, &err),
                         0);
        decimal_format(&last, text);
        assert_string_equal(text, cases[i].last);
        assert_int_equal(decimal_range_at(&from, &step, 0, &last, &err), 0);
        char first[DECIMAL_TEXT_MAX];
        decimal_format(&last, text);
        decimal_format(&from, first);
        assert_string_equal(text, first);
    }
}

static void a_range_that_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *step;
        int code;
    } cases[] = {
        {"0", "1", "0", ERR_DATA},
        {"0", "0", "0", ERR_DATA},
        {"0", "1", "-1", ERR_DATA},
        {"1", "0", "1", ERR_DATA},
        {"0", "9223372036854775807", "1", ERR_LIMIT},
        {"0", "1e35", "1", ERR_LIMIT},
        {"0", "-1e35", "-1", ERR_LIMIT},
        {"0", "1e30", "1e-10", ERR_LIMIT},
        {"1e-36", "1", "1", ERR_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct decimal from, to, step;
        struct err err = ERR_INIT;
        uint64_t count;
        print_message("[%s, %s, %s]\n", cases[i].from, cases[i].to,
                      cases[i].step);
        assert_int_equal(parse(&from, cases[i].from), 0);
        assert_int_equal(parse(&to, cases[i].to), 0);
        assert_int_equal(parse(&step, cases[i].step), 0);
        assert_int_equal(decimal_range_count(&from, &to, &step, &count, &err),
                         cases[i].code);
    }
}

static void a_value_past_the_digits_is_refused(void **state)
{
    struct decimal from, step, out;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(parse(&from, "1"), 0);
    assert_int_equal(parse(&step, "1e35"), 0);
    assert_int_equal(decimal_range_at(&from, &step, 9, &out, &err), 0);
    assert_int_equal(decimal_range_at(&from, &step, 10, &out, &err), ERR_LIMIT);
    assert_int_equal(decimal_range_at(&from, &step, UINT64_MAX, &out, &err),
                     ERR_LIMIT);
}

static void the_javascript_spelling_is_that_of_the_nearest_double(void **state)
{
    static const struct {
        const char *text;
        const char *js;
    } cases[] = {
        {"0", "0"},
        {"-0.5", "-0.5"},
        {"0.1", "0.1"},
        {"0.30000", "0.3"},
        {"1e20", "100000000000000000000"},
        {"1e21", "1e+21"},
        {"-1.5e22", "-1.5e+22"},
        {"0.000001", "0.000001"},
        {"0.00000123", "0.00000123"},
        {"0.000000999", "9.99e-7"},
        {"1e-7", "1e-7"},
        {"1e-30", "1e-30"},
        {"9007199254740992", "9007199254740992"},
        {"9007199254740993", "9007199254740992"},
        {"12345678901234567891", "12345678901234567000"},
        {"0.1234567890123456789", "0.12345678901234568"},
        {"999999999999999.5", "999999999999999.5"},
        {"99999999999999.9", "99999999999999.9"},
        {"1.00000000000000000001", "1"},
        {"0.000000000000000000000000000000000001", "1e-36"},
        {"123456789012345.678901234567890123456", "123456789012345.67"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct decimal value;
        char quick[NUMBER_JS_MAX];
        char slow[NUMBER_JS_MAX];
        print_message("%s\n", cases[i].text);
        assert_int_equal(parse(&value, cases[i].text), 0);
        assert_int_equal(decimal_js(&value, quick), strlen(cases[i].js));
        assert_string_equal(quick, cases[i].js);
        double nearest = number_parse(cases[i].text, strlen(cases[i].text));
        assert_true(decimal_double(&value) >= nearest &&
                    decimal_double(&value) <= nearest);
        number_js(nearest, slow);
        assert_string_equal(slow, cases[i].js);
    }
}

/* The short cuts and number_js agree on numbers of every size and scale. */
static void short_cuts_change_no_spelling(void **state)
{
    uint64_t random = 88172645463325252u;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        struct decimal value = {(decimal_int)(random >> (random % 64)),
                                (int32_t)(random / 64 % 37)};
        if (random & 1)
            value.digits = -value.digits;
        char text[DECIMAL_TEXT_MAX];
        char quick[NUMBER_JS_MAX];
        char slow[NUMBER_JS_MAX];
        double nearest = number_parse(text, decimal_format(&value, text));
        decimal_js(&value, quick);
        number_js(nearest, slow);
        if (strcmp(quick, slow) != 0)
            fail_msg("%s: %s, not %s", text, quick, slow);
        double found = decimal_double(&value);
        assert_true(found >= nearest && found <= nearest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_read_and_written_exactly),
        cmocka_unit_test(what_needs_too_many_digits_is_refused),
        cmocka_unit_test(a_range_counts_both_ends),
        cmocka_unit_test(a_range_that_cannot_be_is_refused),
        cmocka_unit_test(a_value_past_the_digits_is_refused),
        cmocka_unit_test(the_javascript_spelling_is_that_of_the_nearest_double),
        cmocka_unit_test(short_cuts_change_no_spelling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
