#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/digits.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void numbers_of_json_are_taken_apart(void **state)
{
    static const struct {
        const char *text;
        bool negative;
        const char *digits;
        size_t places;
        int64_t exponent;
    } cases[] = {
        {"0", false, "0", 0, 0},
        {"-0", true, "0", 0, 0},
        {"12.50", false, "1250", 2, 0},
        {"-1.5e3", true, "15", 1, 3},
        {"1E+07", false, "1", 0, 7},
        {"1e-007", false, "1", 0, -7},
        {"0.0e0", false, "00", 1, 0},
        {"1e99999999999999999999", false, "1", 0, DIGITS_EXPONENT_MAX},
        {"1e-99999999999999999999", false, "1", 0, -DIGITS_EXPONENT_MAX},
        {"1e100000000000000000", false, "1", 0, DIGITS_EXPONENT_MAX},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct digits digits;
        print_message("%s\n", cases[i].text);
        assert_true(digits_scan(&digits, cases[i].text, strlen(cases[i].text)));
        assert_int_equal(digits.negative, cases[i].negative);
        assert_int_equal(digits.fraction_len, cases[i].places);
        assert_true(digits.exponent == cases[i].exponent);
        assert_int_equal(digits_count(&digits), strlen(cases[i].digits));
        for (size_t d = 0; d < digits_count(&digits); d++)
            assert_int_equal(digits_at(&digits, d), cases[i].digits[d] - '0');
    }
}

static void anything_else_is_refused(void **state)
{
    static const char *const cases[] = {
        "",     "-",    "+1",   "01",       "-01", ".5",   "5.",  "1e",
        "1e+",  "1e-",  "1e5.", "1.e5",     "0x1", "1_0",  " 1",  "1 ",
        "nan",  "NaN",  "inf",  "Infinity", "--1", "1-",   "1,5", "1e5e5",
        "1..2", "1e 5", "e5",   "-e5",      "-.5", "00.5", "$1",  "\xd9\xa1",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct digits digits;
        print_message("%s\n", cases[i]);
        assert_false(digits_scan(&digits, cases[i], strlen(cases[i])));
    }
}

static void the_length_ends_the_text_not_a_nul(void **state)
{
    struct digits digits;

    (void)state;
    assert_true(digits_scan(&digits, "12.5x", 4));
    assert_true(digits_scan(&digits, "12.5", 2));
    assert_false(digits_scan(&digits, "12.5", 3));
    assert_false(digits_scan(&digits, "1\0002", 3));
}

static void a_refusal_shows_what_was_found(void **state)
{
    struct err err = ERR_INIT;
    char sixty[61];

    (void)state;
    assert_int_equal(digits_refuse("0x1", 3, &err), ERR_DATA);
    assert_string_equal(err.message, "expected a number, found \"0x1\"");
    assert_int_equal(digits_refuse("", 0, &err), ERR_DATA);
    assert_string_equal(err.message, "expected a number, found nothing");
    memset(sixty, 'x', sizeof sixty);
    digits_refuse(sixty, sizeof sixty - 1, &err);
    assert_int_equal(strlen(err.message),
                     strlen("expected a number, found \"\"") + 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_json_are_taken_apart),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(the_length_ends_the_text_not_a_nul),
        cmocka_unit_test(a_refusal_shows_what_was_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
