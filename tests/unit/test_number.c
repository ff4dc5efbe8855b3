#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/number.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void assert_js(double value, const char *expected)
{
    char out[NUMBER_JS_MAX];
    size_t len = number_js(value, out);

    assert_string_equal(out, expected);
    assert_int_equal(len, strlen(expected));
}

/* A double and how JavaScript writes it. */
static const struct {
    double value;
    const char *js;
} spellings[] = {
    {0.0, "0"},
    {-0.0, "0"},
    {1.0, "1"},
    {-1.0, "-1"},
    {10.0, "10"},
    {1200.0, "1200"},
    {0.1, "0.1"},
    {0.5, "0.5"},
    {-0.25, "-0.25"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {2.0 / 3, "0.6666666666666666"},
    {100.0 / 3, "33.333333333333336"},
    {123456.789, "123456.789"},
    {4.35 * 100, "434.99999999999994"},
    {1e-5, "0.00001"},
    {1e-6, "0.000001"},
    {1.5e-6, "0.0000015"},
    {1e-7, "1e-7"},
    {1.25e-7, "1.25e-7"},
    {1e20, "100000000000000000000"},
    {123e18, "123000000000000000000"},
    {999999999999999868928.0, "999999999999999900000"},
    {1e21, "1e+21"},
    {1.5e21, "1.5e+21"},
    {-1e21, "-1e+21"},
    {1e100, "1e+100"},
    {1e23, "1e+23"},
    {9007199254740991.0, "9007199254740991"},
    {9007199254740992.0, "9007199254740992"},
    {9007199254740994.0, "9007199254740994"},
    {18014398509481990.0, "18014398509481990"},
    {36028797018963970.0, "36028797018963970"},
    {18446744073709551616.0, "18446744073709552000"},
    {999999999999999.9, "999999999999999.9"},
    {1e15 + 0.125, "1000000000000000.1"},
    {9.5e-7, "9.5e-7"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {2.225073858507201e-308, "2.225073858507201e-308"},
    {5e-324, "5e-324"},
    {1e-323, "1e-323"},
    {1.5e-323, "1.5e-323"},
    {-5e-324, "-5e-324"},
    /* Powers of two whose nearest decimal belongs to the double below. */
    {0x1p-44, "5.684341886080802e-14"},
    {0x1p-24, "5.960464477539063e-8"},
    {0x1p-1022, "2.2250738585072014e-308"},
    {0x1p-1, "0.5"},
    {0x1p63, "9223372036854776000"},
    {0x1p64, "18446744073709552000"},
    {0x1p70, "1.1805916207174113e+21"},
    {0x1p1023, "8.98846567431158e+307"},
    {NAN, "null"},
    {INFINITY, "null"},
    {-INFINITY, "null"},
};

static void doubles_are_written_as_javascript_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(spellings); i++)
        assert_js(spellings[i].value, spellings[i].js);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static double double_of_bits(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static size_t count_digits(const char *js)
{
    size_t digits = 0;
    size_t zeros = 0;

    for (; *js && *js != 'e'; js++) {
        if (*js == '0' && digits > 0)
            zeros++;
        if (*js < '1' || *js > '9')
            continue;
        digits += zeros + 1;
        zeros = 0;
    }
    return digits;
}

/* The nearest decimal of one digit less will not do. */
static void assert_shortest(double value, const char *js)
{
    char text[64];
    int digits = (int)count_digits(js);

    assert_true(digits <= 17);
    if (digits < 2)
        return;
    snprintf(text, sizeof text, "%.*e", digits - 2, value);
    assert_true(strtod(text, NULL) != value);
}

static void random_doubles_come_back_and_are_shortest(void **state)
{
    uint64_t random = 88172645463325252u;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char js[NUMBER_JS_MAX];
        double value = double_of_bits(next_random(&random));
        if (!isfinite(value))
            continue;
        size_t len = number_js(value, js);
        assert_true(number_parse(js, len) == value);
        assert_true(strtod(js, NULL) == value);
        assert_shortest(value, js);
    }
}

static void neighbours_of_powers_of_two_come_back(void **state)
{
    (void)state;
    for (uint64_t exponent = 0; exponent < 2047; exponent++) {
        for (uint64_t step = 0; step < 3; step++) {
            char js[NUMBER_JS_MAX];
            double value = double_of_bits((exponent << 52) + 1 - step);
            if (exponent == 0 && step > 1)
                continue;
            size_t len = number_js(value, js);
            assert_true(number_parse(js, len) == value);
            assert_shortest(value, js);
        }
    }
}

static void texts_give_the_nearest_double(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0},
        {"0.000", 0},
        {"0e999999999999999999999", 0},
        {"12", 12},
        {"-12.50", -12.5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"25e-1", 2.5},
        {"0.1", 0.1},
        {"1.0", 1},
        {"100000000000000000000000e-23", 1},
        {"0.00000000000000000000001e23", 1},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740993.0000000000000000000000000001", 9007199254740994.0},
        {"9007199254740995", 9007199254740996.0},
        {"12345678901234567891", 12345678901234567168.0},
        {"1e23", 1e23},
        {"8.5e22", 8.5e22},
        {"123456789012345e22", 123456789012345e22},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"2.4703282292062327e-324", 0},
        {"2.4703282292062329e-324", 5e-324},
        {"4.9e-324", 5e-324},
        {"1e-400", 0},
        {"1e-99999999999999999999", 0},
        {"1.7976931348623158e308", 1.7976931348623157e308},
        {"1.7976931348623159e308", INFINITY},
        {"1e309", INFINITY},
        {"-1e400", -INFINITY},
        {"1e99999999999999999999", INFINITY},
        {"0.0000000001e318", 1e308},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].text);
        double value = number_parse(cases[i].text, strlen(cases[i].text));
        assert_true(value == cases[i].value);
    }
    assert_true(signbit(number_parse("-0", 2)));
    assert_true(signbit(number_parse("-0.0e5", 6)));
    /* No byte behind len is read. */
    assert_true(number_parse("12345", 2) == 12);
}

/* 2^-1 + 2^-53, halfway between two doubles, then a long tail. */
static void digits_past_any_buffer_still_count(void **state)
{
    static const char half[] =
        "0.50000000000000005551115123125782702118158340454101562500";
    char text[2000];

    (void)state;
    memset(text, '0', sizeof text);
    memcpy(text, half, sizeof half - 1);
    assert_true(number_parse(text, sizeof text) == 0.5);
    text[sizeof text - 1] = '1';
    assert_true(number_parse(text, sizeof text) == 0x1.0000000000001p-1);
    assert_false(number_exact(text, sizeof text));
}

static void integers_are_known_however_they_are_spelt(void **state)
{
    static const struct {
        const char *text;
        bool integer;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"0.000e-5", true, 0},
        {"0e99999999999999999999", true, 0},
        {"7", true, 7},
        {"1e3", true, 1000},
        {"1.5e1", true, 15},
        {"25.0", true, 25},
        {"1000e-3", true, 1},
        {"120E-1", true, 12},
        {"-1e18", true, -1000000000000000000},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9.223372036854775807e18", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"1e19", false, 0},
        {"99e18", false, 0},
        {"-92e17", true, -9200000000000000000},
        {"1e99999999999999999999", false, 0},
        {"1.5", false, 0},
        {"1e-1", false, 0},
        {"9.2233720368547758075e18", false, 0},
        {"10000000000000000000000e-20", true, 100},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t value = 4242;
        print_message("%s\n", cases[i].text);
        bool integer =
            number_integer(cases[i].text, strlen(cases[i].text), &value);
        assert_int_equal(integer, cases[i].integer);
        assert_true(value == (integer ? cases[i].value : 4242));
    }
}

static void what_javascript_would_change_is_told(void **state)
{
    static const struct {
        const char *text;
        bool exact;
    } cases[] = {
        {"0", true},
        {"-0", true},
        {"0.00", true},
        {"1.0", true},
        {"1e5", true},
        {"100e-2", true},
        {"0.1", true},
        {"-0.10", true},
        {"1e-7", true},
        {"1E400", false},
        {"1e-400", false},
        {"9007199254740992", true},
        {"9007199254740993", false},
        {"12345678901234567891", false},
        {"12345678901234567000", true},
        {"0.1000000000000000055511151231257827", false},
        {"0.30000000000000004", true},
        {"0.300000000000000044", false},
        {"18446744073709552000", true},
        {"18446744073709551616", false},
        {"5e-324", true},
        {"4.94e-324", false},
        {"123456789012345678", false},
        {"1e21", true},
        {"-1.5E+300", true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].text);
        assert_int_equal(number_exact(cases[i].text, strlen(cases[i].text)),
                         cases[i].exact);
    }
}

static void twelve_digits_are_kept(void **state)
{
    static const struct {
        double value;
        double rounded;
    } cases[] = {
        {0, 0},
        {1, 1},
        {-2.5, -2.5},
        {0.1 + 0.2, 0.3},
        {1.0 / 3, 0.333333333333},
        {-2.0 / 3, -0.666666666667},
        {999999999999.5, 1e12},
        {123456789012.5, 123456789012.0}, /* half to even */
        {123456789013.5, 123456789014.0},
        {99999999999999.0, 1e14},
        {1e300 / 3, 3.33333333333e299},
        {5e-324, 5e-324},
        {INFINITY, INFINITY},
        {-INFINITY, -INFINITY},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_true(number_round12(cases[i].value) == cases[i].rounded);
    assert_true(isnan(number_round12(NAN)));
    assert_true(signbit(number_round12(-0.0)));
}

/* A locale with a decimal comma, where the machine has one. */
static bool set_comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",
                                        "fr_FR.UTF-8", "fr_FR.utf8", "fr_FR"};

    for (size_t i = 0; i < LENGTH(names); i++)
        if (setlocale(LC_ALL, names[i]) &&
            strcmp(localeconv()->decimal_point, ",") == 0)
            return true;
    return false;
}

static void the_locale_changes_nothing(void **state)
{
    (void)state;
    if (!set_comma_locale()) {
        setlocale(LC_ALL, "C");
        skip(); /* no such locale here */
    }
    assert_js(1.0 / 3, "0.3333333333333333");
    assert_js(0x1p-44, "5.684341886080802e-14");
    assert_true(number_parse("0.12345678901234567890", 22) ==
                0.12345678901234567890);
    assert_true(number_round12(1.0 / 3) == 0.333333333333);
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_are_written_as_javascript_does),
        cmocka_unit_test(random_doubles_come_back_and_are_shortest),
        cmocka_unit_test(neighbours_of_powers_of_two_come_back),
        cmocka_unit_test(texts_give_the_nearest_double),
        cmocka_unit_test(digits_past_any_buffer_still_count),
        cmocka_unit_test(integers_are_known_however_they_are_spelt),
        cmocka_unit_test(what_javascript_would_change_is_told),
        cmocka_unit_test(twelve_digits_are_kept),
        cmocka_unit_test(the_locale_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
