/* The balance as the service tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../runner/credits.h"

static int parse(const char *text, struct credits *credits, struct err *err)
{
    *err = (struct err)ERR_INIT;
    return credits_parse(credits, text, strlen(text), err);
}

static int three(const char *assigned, const char *reserved,
                 const char *settled, struct credits *credits, struct err *err)
{
    char text[400];

    snprintf(text, sizeof text,
             "{\"assignedCredits\":%s,\"reservedCredits\":%s,"
             "\"settledCredits\":%s}",
             assigned, reserved, settled);
    return parse(text, credits, err);
}

static void what_is_available_is_the_rest(void **state)
{
    struct credits credits;
    struct err err;

    (void)state;
    assert_int_equal(three("20", "1.5", "\"0.023980000\"", &credits, &err), 0);
    assert_true(credits.assigned_nano == 20 * MONEY_NANO);
    assert_true(credits.reserved_nano == 1500000000);
    assert_true(credits.settled_nano == 23980000);
    assert_true(credits.available_nano == 18476020000);
    /* 4.35 and 0.1 + 0.2 are what they are. */
    assert_int_equal(three("4.35", "0.1", "0.2", &credits, &err), 0);
    assert_true(credits.available_nano == 4050000000);
    assert_int_equal(three("0", "0", "5", &credits, &err), 0);
    assert_true(credits.available_nano == -5 * MONEY_NANO);
}

static void what_is_no_balance_is_the_services_fault(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "null",
        "7",
        "<html>",
        "{}",
        "{\"assignedCredits\":1}",
        "{\"assignedCredits\":1,\"reservedCredits\":1}",
        "{\"assignedCredits\":1,\"reservedCredits\":1,\"settledCredits\":1"};
    static const char *const amounts[] = {
        "null",   "true",    "[1]",     "{}",
        "\"\"",   "\"nan\"", "\"inf\"", "\"0x1\"",
        "\"1 \"", "\"$1\"",  "1e99",    "9223372036.854775808"};
    struct credits credits;
    struct err err;

    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(parse(texts[i], &credits, &err), ERR_SERVICE);
        assert_memory_equal(err.message, "balance: ", 9);
    }
    for (unsigned i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        const char *text = amounts[i];
        assert_int_equal(three(text, "1", "1", &credits, &err), ERR_SERVICE);
        assert_non_null(strstr(err.message, "assignedCredits"));
        assert_int_equal(three("1", text, "1", &credits, &err), ERR_SERVICE);
        assert_non_null(strstr(err.message, "reservedCredits"));
        assert_int_equal(three("1", "1", text, &credits, &err), ERR_SERVICE);
        assert_non_null(strstr(err.message, "settledCredits"));
    }
}

static void amounts_that_overflow_are_told(void **state)
{
    static const char most[] = "9223372036.854775807";
    static const char least[] = "-9223372036.854775808";
    struct credits credits;
    struct err err;

    (void)state;
    assert_int_equal(three(most, "0", "0", &credits, &err), 0);
    assert_true(credits.available_nano == INT64_MAX);
    assert_int_equal(three("0", least, "0", &credits, &err), ERR_SERVICE);
    assert_int_equal(three("0", "0", least, &credits, &err), ERR_SERVICE);
    assert_int_equal(three(most, "-1", "0", &credits, &err), ERR_SERVICE);
    assert_int_equal(three("-1", most, "1", &credits, &err), ERR_SERVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_available_is_the_rest),
        cmocka_unit_test(what_is_no_balance_is_the_services_fault),
        cmocka_unit_test(amounts_that_overflow_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
