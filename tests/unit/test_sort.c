/*
 * The order of rows by one column's cells.
 */
#include "../../runner/sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct sort *sort, uint64_t ref, struct report_cell cell)
{
    struct err err;

    if (sort_add(sort, ref, &cell, &err) != 0)
        fail_msg("%s", err.message);
}

static void expect(struct sort *sort, const uint64_t *refs, size_t count)
{
    sort_finish(sort);
    assert_int_equal(sort->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(sort_ref(sort, i), refs[i]);
    sort_release(sort);
}

static void fill(struct sort *sort, const char *option)
{
    sort_init(sort, option);
    add(sort, 1, report_none());
    add(sort, 2, report_text("b"));
    add(sort, 3, report_number("1e2", 3));
    add(sort, 4, report_integer(-5));
    add(sort, 5, report_text("ab"));
    add(sort, 6, report_number("9.5", 3));
    add(sort, 7, report_text("a"));
    add(sort, 8, report_json("[1]", 3));
    add(sort, 9, report_integer(100));
    add(sort, 10, report_none());
}

static void numbers_by_value_then_texts_then_nothing(void **state)
{
    const uint64_t refs[] = {4, 6, 3, 9, 8, 7, 5, 2, 1, 10};
    struct sort sort;

    (void)state;
    fill(&sort, "column");
    assert_string_equal(sort.column, "column");
    expect(&sort, refs, 10);
}

static void nothing_is_last_the_other_way_too(void **state)
{
    const uint64_t refs[] = {2, 5, 7, 8, 3, 9, 6, 4, 1, 10};
    struct sort sort;

    (void)state;
    fill(&sort, "-column");
    assert_string_equal(sort.column, "column");
    expect(&sort, refs, 10);
}

static void without_a_column_the_order_stays(void **state)
{
    struct sort sort;

    (void)state;
    sort_init(&sort, NULL);
    assert_false(sort.given);
    for (uint64_t i = 0; i < 5000; i++)
        add(&sort, i, report_none());
    sort_finish(&sort);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(sort_ref(&sort, i), i);
    sort_release(&sort);
}

static void money_is_compared_exactly_enough(void **state)
{
    const uint64_t refs[] = {2, 1};
    struct sort sort;

    (void)state;
    sort_init(&sort, "cost");
    add(&sort, 1, report_money(1000000000000001));
    add(&sort, 2, report_money(1000000000000000));
    expect(&sort, refs, 2);
}

static void of_a_long_text_the_beginning_decides(void **state)
{
    const uint64_t refs[] = {1, 2, 3};
    char text[SORT_TEXT_MAX + 8];
    struct sort sort;

    (void)state;
    memset(text, 'x', sizeof text);
    sort_init(&sort, "name");
    add(&sort, 1, report_bytes(text, sizeof text));
    text[SORT_TEXT_MAX] = 'a';
    add(&sort, 2, report_bytes(text, sizeof text));
    text[SORT_TEXT_MAX - 1] = 'y';
    add(&sort, 3, report_bytes(text, sizeof text));
    expect(&sort, refs, 3);
}

static void too_much_to_sort_is_told(void **state)
{
    struct report_cell cell = report_text("some text");
    struct sort sort;
    struct err err;

    (void)state;
    sort_init(&sort, "name");
    sort.texts.max_bytes = 16;
    assert_int_equal(sort_add(&sort, 1, &cell, &err), 0);
    assert_int_equal(sort_add(&sort, 2, &cell, &err), ERR_LIMIT);
    assert_non_null(strstr(err.message, "--where"));
    assert_int_equal(sort.count, 1);
    sort_release(&sort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_by_value_then_texts_then_nothing),
        cmocka_unit_test(nothing_is_last_the_other_way_too),
        cmocka_unit_test(without_a_column_the_order_stays),
        cmocka_unit_test(money_is_compared_exactly_enough),
        cmocka_unit_test(of_a_long_text_the_beginning_decides),
        cmocka_unit_test(too_much_to_sort_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
