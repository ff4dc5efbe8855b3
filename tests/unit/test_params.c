#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "params_help.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct expansion {
    const char *entry;
    const char *points;
};

static void expect_expansions(const struct expansion *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct space space;
        struct buf found;
        space_open(&space, cases[i].entry);
        if (space.errs.count > 0)
            fail_msg("%s: %s", cases[i].entry, space_message(&space, 0));
        buf_init(&found, 1 << 20);
        space_points(&space, 0, space.params.points, &found);
        if (strcmp(buf_str(&found), cases[i].points) != 0)
            fail_msg("%s\n   gives: %s\nexpected: %s", cases[i].entry,
                     buf_str(&found), cases[i].points);
        buf_release(&found);
        space_close(&space);
    }
}

static void lists_are_axes_and_the_last_is_the_fastest(void **state)
{
    static const struct expansion cases[] = {
        {"{}", ""},
        {"{\"params\":{\"a\":[1,2],\"b\":[\"x\",\"y\",\"z\"]}}",
         "1 \"x\"; 1 \"y\"; 1 \"z\"; 2 \"x\"; 2 \"y\"; 2 \"z\""},
        {"{\"params\":{\"a\":[1],\"b\":[2]}}", "1 2"},
        {"{\"params\":{\"a\":[true,false,null,\"\",{\"k\" : [ 1 ]},[]]}}",
         "true; false; null; \"\"; {\"k\":[1]}; []"},
        {"{\"params\":{\"a\":[1.0,1e2,1e-7,-0,0.10]}}", "1; 100; 1e-7; 0; 0.1"},
        {"{\"params\":{\"a\":[{\"range\":[1,2]}]}}", "{\"range\":[1,2]}"},
    };

    (void)state;
    expect_expansions(cases, LENGTH(cases));
}

static void constants_stand_in_every_point(void **state)
{
    static const struct expansion cases[] = {
        {"{\"params\":{\"a\":\"x\",\"b\":[1,2],\"c\":null}}",
         "\"x\" 1 null; \"x\" 2 null"},
        {"{\"params\":{\"a\":{\"value\":[1,2]},\"b\":{\"value\":{}},"
         "\"c\":{\"value\":5}}}",
         "[1,2] {} 5"},
        {"{\"params\":{\"a\":true,\"b\":false,\"c\":1.50}}", "true false 1.5"},
        {"{\"params\":{\"a\":\"\\u00e9\\u0001\\/\"}}", "\"é\\u0001/\""},
        {"{\"params\":{\"a\":{\"derive\":\"run-${{ b }}\"},\"b\":[1,2]}}",
         "\"run-${{ b }}\" 1; \"run-${{ b }}\" 2"},
    };

    (void)state;
    expect_expansions(cases, LENGTH(cases));
}

static void zip_groups_advance_together_at_their_first_member(void **state)
{
    static const struct expansion cases[] = {
        {"{\"params\":{\"a\":[1,2],\"b\":[3,4]},\"zip\":[[\"a\",\"b\"]]}",
         "1 3; 2 4"},
        {"{\"params\":{\"a\":[1,2],\"x\":[7,8],\"b\":[3,4]},"
         "\"zip\":[[\"b\",\"a\"]]}",
         "1 7 3; 1 8 3; 2 7 4; 2 8 4"},
        {"{\"params\":{\"x\":[7,8],\"a\":[1,2],\"b\":{\"range\":[3,4]}},"
         "\"zip\":[[\"a\",\"b\"]]}",
         "7 1 3; 7 2 4; 8 1 3; 8 2 4"},
        {"{\"params\":{\"a\":[1,2],\"b\":[1,2],\"c\":[1,2],\"d\":[1,2]},"
         "\"zip\":[[\"a\",\"c\"],[\"b\",\"d\"]]}",
         "1 1 1 1; 1 2 1 2; 2 1 2 1; 2 2 2 2"},
        {"{\"params\":{\"a\":[1],\"b\":[2]},\"zip\":[[\"a\",\"b\"]]}", "1 2"},
        {"{\"params\":{\"a\":[1,1],\"b\":[2,3]},\"zip\":[[\"a\",\"b\"]]}",
         "1 2; 1 3"},
        {"{\"params\":{\"a\":[1,2]},\"zip\":[]}", "1; 2"},
        {"{\"params\":{\"a\":{\"linspace\":[0,1,2]},"
         "\"b\":{\"logspace\":[1,10,2]}},\"zip\":[[\"a\",\"\\u0062\"]]}",
         "0 1; 1 10"},
    };

    (void)state;
    expect_expansions(cases, LENGTH(cases));
}

static void rows_are_one_axis_behind_the_parameters(void **state)
{
    static const struct expansion cases[] = {
        {"{\"params\":{\"a\":[1,2]},\"rows\":[{\"x\":1,\"y\":\"p\"},"
         "{\"x\":2,\"y\":\"q\"}]}",
         "1 1 \"p\"; 1 2 \"q\"; 2 1 \"p\"; 2 2 \"q\""},
        {"{\"rows\":[{\"y\":1,\"x\":2},{\"x\":3,\"y\":4}]}", "1 2; 4 3"},
        {"{\"rows\":[{\"x\":[1, 2]}]}", "[1,2]"},
        {"{\"rows\":[{\"x\":{\"range\":[1,2]}}]}", "{\"range\":[1,2]}"},
        {"{\"params\":{\"c\":0},\"rows\":[{\"x\":1},{\"x\":2}],\"repeat\":2}",
         "0 1#0; 0 1#1; 0 2#0; 0 2#1"},
    };

    (void)state;
    expect_expansions(cases, LENGTH(cases));
}

static void a_row_may_lack_a_column_which_is_not_null(void **state)
{
    static const struct expansion cases[] = {
        {"{\"rows\":[{\"x\":1},{\"y\":2},{\"z\":null,\"x\":3},{}]}",
         "1 - -; - 2 -; 3 - null; - - -"},
    };

    (void)state;
    expect_expansions(cases, LENGTH(cases));
}

static void repeats_are_fastest_and_draws_next(void **state)
{
    static const struct expansion cases[] = {
        {"{\"repeat\":3}", "#0; #1; #2"},
        {"{\"params\":{\"a\":[1,2]},\"repeat\":2}", "1#0; 1#1; 2#0; 2#1"},
        {"{\"params\":{\"c\":{\"choice\":[5]},\"a\":[1,2]},"
         "\"draw\":{\"count\":2},\"repeat\":2}",
         "5 1@0#0; 5 1@0#1; 5 1@1#0; 5 1@1#1; "
         "5 2@0#0; 5 2@0#1; 5 2@1#0; 5 2@1#1"},
    };

    (void)state;
    expect_expansions(cases, LENGTH(cases));
}

static void a_name_set_again_keeps_its_place(void **state)
{
    const char *more = "[[8,9], {\"range\":[1,2]}]";
    struct err err = ERR_INIT;
    struct space space;
    struct json doc;
    struct buf found;

    (void)state;
    space_open(&space, "{\"params\":{\"a\":[1,2],\"b\":{\"uniform\":[0,1]},"
                       "\"c\":[3]}}");
    json_init(&doc);
    assert_int_equal(json_parse(&doc, more, strlen(more), &err), 0);
    params_set(&space.params, "b", &doc, json_first(0), NULL, &space.errs);
    params_set(&space.params, "d", &doc, json_next(&doc, json_first(0)),
               "--set", &space.errs);
    params_set(&space.params, "a", &doc, json_next(&doc, 2), NULL, &space.errs);
    json_release(&doc);
    params_finish(&space.params, &space.errs);
    assert_int_equal(space.errs.count, 0);
    buf_init(&found, 1000);
    space_points(&space, 0, space.params.points, &found);
    assert_string_equal(buf_str(&found), "9 8 3 1; 9 8 3 2; 9 9 3 1; 9 9 3 2");
    buf_release(&found);
    assert_int_equal(space.params.items[3].line, 1);
    assert_int_equal(space.params.items[3].column, 9);
    assert_string_equal(space.params.items[3].file, "--set");
    space_close(&space);
}

static void names_are_found_and_no_others(void **state)
{
    static const struct {
        const char *name;
        size_t len;
        int64_t position;
    } cases[] = {{"lr", 2, 0},   {"l", 1, 1},     {"lrx", 3, 2},
                 {"_", 1, 3},    {"L", 1, 4},     {"lrxy", 4, -1},
                 {"", 0, -1},    {"lr\0", 3, -1}, {"lrx", 2, 0},
                 {"zz", 2, -1},  {"A", 1, -1},    {"Lr", 2, -1},
                 {"l\0r", 3, -1}};
    struct space space;

    (void)state;
    space_open(&space, "{\"params\":{\"lr\":1,\"l\":1,\"lrx\":1,\"_\":1,"
                       "\"L\":1}}");
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(
            params_find(&space.params, cases[i].name, cases[i].len),
            cases[i].position);
    space_close(&space);
}

static void names_have_a_grammar_and_some_are_reserved(void **state)
{
    static const char sixty_four[] = "a23456789012345678901234567890123456789"
                                     "0123456789012345678901234";
    static const char *const good[] = {"a",   "_",     "A9",   "lr_2", "States",
                                       "at_", "drawn", "Name", "ids"};
    static const char *const bad[] = {"",  "9a",  "a-b", "a b", "a.b",
                                      "é", "a\n", "$a",  "a$"};
    static const char *const reserved[] = {
        "state", "market", "cost", "name", "id", "at", "age", "repeat", "draw"};

    (void)state;
    assert_int_equal(sizeof sixty_four - 1, 64);
    assert_true(params_name_valid(sixty_four, 64));
    assert_false(params_name_valid("a2345678901234567890123456789012345678901"
                                   "234567890123456789012345",
                                   65));
    assert_false(params_name_valid("a\0b", 3));
    for (size_t i = 0; i < LENGTH(good); i++)
        assert_true(params_name_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(params_name_valid(bad[i], strlen(bad[i])));
    for (size_t i = 0; i < LENGTH(reserved); i++) {
        assert_false(params_name_valid(reserved[i], strlen(reserved[i])));
        assert_true(params_name_reserved(reserved[i], strlen(reserved[i])));
        assert_false(params_name_reserved(reserved[i], 1));
    }
}

static void what_has_several_values_varies(void **state)
{
    static const struct {
        const char *name;
        bool varies;
        uint64_t count;
    } cases[] = {
        {"one", false, 1},   {"two", true, 2},      {"fixed", false, 1},
        {"zipped", true, 3}, {"with", true, 3},     {"drawn", true, 1},
        {"die", true, 6},    {"derived", false, 1}, {"column", true, 2},
    };
    struct space space;

    (void)state;
    space_open(&space,
               "{\"params\":{\"one\":[1],\"two\":[1,2],\"fixed\":3,"
               "\"zipped\":{\"range\":[1,3]},\"with\":[1,2,3],"
               "\"drawn\":{\"uniform\":[0,1]},\"die\":{\"randint\":[1,6]},"
               "\"derived\":{\"derive\":\"x\"}},"
               "\"zip\":[[\"zipped\",\"with\"]],"
               "\"rows\":[{\"column\":1},{\"column\":1}],"
               "\"draw\":{\"count\":5},\"repeat\":7}");
    assert_int_equal(space.errs.count, 0);
    assert_int_equal(space.params.count, LENGTH(cases));
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct param *param = &space.params.items[i];
        assert_string_equal(param->name, cases[i].name);
        assert_int_equal(param->varies, cases[i].varies);
        assert_int_equal(param->count, cases[i].count);
    }
    /* one, two, zip, rows, draws, repeats */
    assert_int_equal(space.params.digit_count, 6);
    assert_int_equal(space.params.digits[4].radix, 5);
    assert_int_equal(space.params.digits[5].radix, 7);
    assert_int_equal(space.params.points, 2 * 3 * 2 * 5 * 7);
    space_close(&space);
}

static void a_single_draw_or_row_does_not_vary(void **state)
{
    struct space space;

    (void)state;
    space_open(&space, "{\"params\":{\"u\":{\"uniform\":[0,1]}},"
                       "\"rows\":[{\"x\":1}]}");
    assert_int_equal(space.errs.count, 0);
    assert_false(space.params.items[0].varies);
    assert_false(space.params.items[1].varies);
    assert_true(params_random(&space.params));
    space_close(&space);
    space_open(&space, "{\"params\":{\"u\":{\"range\":[0,1]}}}");
    assert_false(params_random(&space.params));
    space_close(&space);
}

static void a_point_is_described_by_what_varies(void **state)
{
    struct err err = ERR_INIT;
    struct space space;
    struct point point;
    struct buf text;

    (void)state;
    space_open(&space, "{\"params\":{\"lr\":[0.1,0.2],\"fixed\":1,\"s\":[\"a\","
                       "\"123456789012345678901234567890123456789é\"],"
                       "\"u\":{\"choice\":[4]}},\"rows\":[{\"x\":1},{\"y\":2}],"
                       "\"draw\":{\"count\":2},\"repeat\":2}");
    assert_int_equal(point_init(&point, &space.params, &err), 0);
    buf_init(&text, 1000);
    assert_int_equal(
        params_point(&space.params, 31, &space.hasher, &point, &err), 0);
    assert_null(point.name);
    assert_string_equal(point.id, "sweep");
    point_describe(&space.params, &point, &text);
    assert_string_equal(buf_str(&text),
                        "lr=0.2, s=\"123456789012345678901234567890123456789…, "
                        "u=4, y=2, draw=1, repeat=1");
    assert_int_equal(
        params_point(&space.params, 32, &space.hasher, &point, &err),
        ERR_INTERNAL);
    buf_release(&text);
    point_release(&point);
    space_close(&space);
}

/* 2^63 - 1 = 7 · 7 · 73 · 127 · 337 · 92737 · 649657 */
static void as_many_points_as_an_int64_counts_open_at_once(void **state)
{
    struct space space;
    struct buf found;

    (void)state;
    space_open(&space, "{\"params\":{\"a\":{\"range\":[1,9000000000000000]},"
                       "\"b\":{\"range\":[0.001,1,0.001]}}}");
    assert_int_equal(space.errs.count, 0);
    assert_true(space.params.points == 9000000000000000000);
    buf_init(&found, 1000);
    space_points(&space, 8999999999999999998, 2, &found);
    assert_string_equal(buf_str(&found),
                        "9000000000000000 0.999; 9000000000000000 1");
    buf_release(&found);
    space_close(&space);

    space_open(&space,
               "{\"params\":{\"a\":{\"range\":[1,49]},\"b\":{\"range\":[1,73]},"
               "\"c\":{\"range\":[1,127]},\"d\":{\"range\":[1,337]},"
               "\"e\":{\"range\":[1,92737]}},\"repeat\":649657}");
    assert_int_equal(space.errs.count, 0);
    assert_true(space.params.points == INT64_MAX);
    space_close(&space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_axes_and_the_last_is_the_fastest),
        cmocka_unit_test(constants_stand_in_every_point),
        cmocka_unit_test(zip_groups_advance_together_at_their_first_member),
        cmocka_unit_test(rows_are_one_axis_behind_the_parameters),
        cmocka_unit_test(a_row_may_lack_a_column_which_is_not_null),
        cmocka_unit_test(repeats_are_fastest_and_draws_next),
        cmocka_unit_test(a_name_set_again_keeps_its_place),
        cmocka_unit_test(names_are_found_and_no_others),
        cmocka_unit_test(names_have_a_grammar_and_some_are_reserved),
        cmocka_unit_test(what_has_several_values_varies),
        cmocka_unit_test(a_single_draw_or_row_does_not_vary),
        cmocka_unit_test(a_point_is_described_by_what_varies),
        cmocka_unit_test(as_many_points_as_an_int64_counts_open_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
