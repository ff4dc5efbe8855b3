#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "params_help.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct axis {
    const char *value;
    const char *points;
};

static void expect_values(const struct axis *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct space space;
        struct buf entry;
        struct buf found;
        buf_init(&entry, 10000);
        buf_addf(&entry, "{\"params\":{\"a\":%s}}", cases[i].value);
        space_open(&space, buf_str(&entry));
        if (space.errs.count > 0)
            fail_msg("%s: %s", cases[i].value, space_message(&space, 0));
        buf_init(&found, 10000);
        space_points(&space, 0, space.params.points, &found);
        if (strcmp(buf_str(&found), cases[i].points) != 0)
            fail_msg("%s\n   gives: %s\nexpected: %s", cases[i].value,
                     buf_str(&found), cases[i].points);
        buf_release(&found);
        space_close(&space);
        buf_release(&entry);
    }
}

static void ranges_are_exact_on_the_digits_as_written(void **state)
{
    static const struct axis cases[] = {
        {"{\"range\":[0,0.3,0.1]}", "0; 0.1; 0.2; 0.3"},
        {"{\"range\":[1,5]}", "1; 2; 3; 4; 5"},
        {"{\"range\":[-1,1]}", "-1; 0; 1"},
        {"{\"range\":[5,1,-2]}", "5; 3; 1"},
        {"{\"range\":[0,1,0.4]}", "0; 0.4; 0.8"},
        {"{\"range\":[0.5,3]}", "0.5; 1.5; 2.5"},
        {"{\"range\":[3,3]}", "3"},
        {"{\"range\":[3,3,-7]}", "3"},
        {"{\"range\":[1e-7,3e-7,1e-7]}", "1e-7; 2e-7; 3e-7"},
        {"{\"range\":[1E2,3e2,1.0e+2]}", "100; 200; 300"},
        {"{\"range\":[1e21,3e21,1e21]}", "1e+21; 2e+21; 3e+21"},
        {"{\"range\":[-0,0.10,0.05]}", "0; 0.05; 0.1"},
        {"{\"range\":[9007199254740989,9007199254740992]}",
         "9007199254740989; 9007199254740990; 9007199254740991; "
         "9007199254740992"},
        {"{\"range\":[9007199254740992,9007199254740998,2]}",
         "9007199254740992; 9007199254740994; 9007199254740996; "
         "9007199254740998"},
        {"{\"range\":[0.1234567890123456789,0.4,0.1]}",
         "0.12345678901234568; 0.22345678901234567; 0.3234567890123457"},
    };

    (void)state;
    expect_values(cases, LENGTH(cases));
}

static void spaces_keep_both_ends_and_round_the_rest(void **state)
{
    static const struct axis cases[] = {
        {"{\"linspace\":[0,1,5]}", "0; 0.25; 0.5; 0.75; 1"},
        {"{\"linspace\":[0,1,4]}", "0; 0.333333333333; 0.666666666667; 1"},
        {"{\"linspace\":[1,0,3]}", "1; 0.5; 0"},
        {"{\"linspace\":[-1,1,3]}", "-1; 0; 1"},
        {"{\"linspace\":[0.1234567890123456,1,2]}", "0.1234567890123456; 1"},
        {"{\"linspace\":[7,7,1]}", "7"},
        {"{\"linspace\":[0,0.3,4]}", "0; 0.1; 0.2; 0.3"},
        {"{\"linspace\":[0,1e1,3.0]}", "0; 5; 10"},
        {"{\"logspace\":[1e-5,1,6]}", "0.00001; 0.0001; 0.001; 0.01; 0.1; 1"},
        {"{\"logspace\":[1000,1,4]}", "1000; 100; 10; 1"},
        {"{\"logspace\":[1,2,3]}", "1; 1.41421356237; 2"},
        {"{\"logspace\":[1e-300,1e300,3]}", "1e-300; 1; 1e+300"},
        {"{\"logspace\":[3,3,1]}", "3"},
    };

    (void)state;
    expect_values(cases, LENGTH(cases));
}

static void long_axes_are_computed_from_the_index(void **state)
{
    static const struct {
        const char *entry;
        uint64_t index;
        const char *value;
    } cases[] = {
        {"{\"params\":{\"a\":{\"range\":[0,1e15]}}}", 999999999999999,
         "999999999999999"},
        {"{\"params\":{\"a\":{\"range\":[0,1,1e-15]}}}", 123456789012345,
         "0.123456789012345"},
        {"{\"params\":{\"a\":{\"linspace\":[0,1,1000000001]}}}", 123456789,
         "0.123456789"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct space space;
        struct buf found;
        space_open(&space, cases[i].entry);
        if (space.errs.count > 0)
            fail_msg("%s", space_message(&space, 0));
        buf_init(&found, 100);
        space_points(&space, cases[i].index, 1, &found);
        assert_string_equal(buf_str(&found), cases[i].value);
        buf_release(&found);
        space_close(&space);
    }
}

static void a_million_values_take_some_tens_of_bytes_each(void **state)
{
    const size_t count = 1000000;
    struct space space;
    struct buf entry;
    struct buf found;

    (void)state;
    buf_init(&entry, 64 << 20);
    buf_add_str(&entry, "{\"params\":{\"a\":[0");
    for (size_t i = 1; i < count; i++)
        buf_addf(&entry, ",%d.5", (int)i);
    buf_add_str(&entry, "]}}");
    space_open(&space, buf_str(&entry));
    assert_int_equal(space.errs.count, 0);
    assert_true(space.arena.used_bytes < 40 * count);
    buf_init(&found, 100);
    space_points(&space, count - 2, 2, &found);
    assert_string_equal(buf_str(&found), "999998.5; 999999.5");
    buf_release(&found);
    space_close(&space);
    buf_release(&entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_exact_on_the_digits_as_written),
        cmocka_unit_test(spaces_keep_both_ends_and_round_the_rest),
        cmocka_unit_test(long_axes_are_computed_from_the_index),
        cmocka_unit_test(a_million_values_take_some_tens_of_bytes_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
