/* What is wrong with parameters, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "params_help.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void a_zip_group_is_of_axes_equally_long(void **state)
{
    static const struct complaint cases[] = {
        {"{\"params\":{\"a\":[1,2],\"b\":[1,2,3]},\"zip\":[[\"a\",\"b\"]]}",
         "1:47: zip: expected as many values of \"b\" as of \"a\", found 3 and "
         "2",
         ERR_DATA},
        {"{\"params\":{\"a\":[1,2],\"b\":[1,2]},\"zip\":[[]]}",
         "1:40: zip: expected groups of at least two names, as in [[\"lr\", "
         "\"wd\"]], found an empty group",
         ERR_DATA},
        {"{\"params\":{\"a\":[1,2],\"b\":[1,2]},\"zip\":\"a,b\"}",
         "1:39: zip: expected a list of groups, as in [[\"lr\", \"wd\"]], "
         "found a string",
         ERR_DATA},
        {"{\"params\":{\"aa\":[1,2],\"b\":[1,2]},\"zip\":[[\"ab\",\"b\"]]}",
         "1:42: zip: unknown parameter \"ab\" (did you mean \"aa\"?)",
         ERR_DATA},
        {"{\"params\":{\"a\":[1,2],\"b\":[1,2]},\"zip\":[[\"a\",\"a\"]]}",
         "1:45: zip: \"a\" is named twice, expected once", ERR_DATA},
        {"{\"params\":{\"a\":[1,2],\"b\":[1,2],\"c\":[1,2]},\"zip\":[[\"a\","
         "\"b\"],[\"c\",\"b\"]]}",
         "1:65: zip: \"b\" is named twice, expected once", ERR_DATA},
        {"{\"params\":{\"a\":[1,2],\"b\":7},\"zip\":[[\"a\",\"b\"]]}",
         "1:41: zip: expected an axis (a list, range, linspace or logspace), "
         "found \"b\", which is none",
         ERR_DATA},
        {"{\"params\":{\"a\":[1,2],\"b\":{\"randint\":[1,2]}},\"zip\":[[\"a\","
         "\"b\"]]}",
         "1:57: zip: expected an axis (a list, range, linspace or logspace), "
         "found \"b\", which is none",
         ERR_DATA},
        {"{\"params\":{\"a\":[1,2],\"b\":[1,2]},\"zip\":[[\"a\",1]]}",
         "1:45: zip: expected the name of a parameter, found a number",
         ERR_DATA},
    };

    (void)state;
    space_expect_complaints(cases, LENGTH(cases));
}

static void rows_are_objects_of_new_parameters(void **state)
{
    static const struct complaint cases[] = {
        {"{\"rows\":[]}",
         "1:9: rows: expected a list of objects, as in [{\"lr\": 0.1, "
         "\"seed\": 1}], found an empty list",
         ERR_DATA},
        {"{\"rows\":{\"a\":1}}",
         "1:9: rows: expected a list of objects, as in [{\"lr\": 0.1, "
         "\"seed\": 1}], found an object",
         ERR_DATA},
        {"{\"rows\":[{}]}",
         "1:9: rows: expected rows with at least one column, found empty ones",
         ERR_DATA},
        {"{\"rows\":[{\"a\":1},5,6]}",
         "1:18: rows[1]: expected an object, as in {\"lr\": 0.1}, found a "
         "number",
         ERR_DATA},
        {"{\"rows\":[{\"a\":1,\"a\":2}]}",
         "1:17: rows[0]: \"a\" stands twice in this row, expected once",
         ERR_DATA},
        {"{\"rows\":[{\"a\":1},{\"draw\":2}]}",
         "1:19: rows[1]: \"draw\" is reserved, as every job has a field of "
         "that name; choose another",
         ERR_DATA},
        {"{\"rows\":[{\"a b\":1}]}",
         "1:11: rows[0]: expected a parameter's name (a letter or \"_\", then "
         "letters, digits and \"_\", at most 64), found \"a b\"",
         ERR_DATA},
        {"{\"params\":{\"a\":1},\"rows\":[{\"a\":1}]}",
         "1:28: rows[0]: column \"a\" is a parameter of `params` too: expected "
         "it in one place only",
         ERR_DATA},
    };

    (void)state;
    space_expect_complaints(cases, LENGTH(cases));
}

static void names_that_may_not_be_are_refused(void **state)
{
    static const struct complaint cases[] = {
        {"{\"params\":{\"2x\":1}}",
         "m.json:1:17: params.2x: expected a parameter's name (a letter or "
         "\"_\", then letters, digits and \"_\", at most 64), found \"2x\"",
         ERR_DATA},
        {"{\"params\":{\"\":1}}",
         "m.json:1:15: params.: expected a parameter's name (a letter or "
         "\"_\", then letters, digits and \"_\", at most 64), found \"\"",
         ERR_DATA},
        {"{\"params\":{\"id\":1}}",
         "m.json:1:17: params.id: \"id\" is reserved, as every job has a field "
         "of that name; choose another",
         ERR_DATA},
        {"{\"params\":{"
         "\"éééééééééééééééééééééééééééééééééééééééééééééééééééééé\":1}}",
         "m.json:1:69: params.éééééééééééééééééééééééééééééééé: expected a "
         "parameter's name (a letter or \"_\", then letters, digits and \"_\", "
         "at most 64), found \"éééééééééééééééééééééééééééééééé\"",
         ERR_DATA},
    };

    (void)state;
    space_expect_complaints(cases, LENGTH(cases));
}

static void what_is_likely_a_slip_is_warned_of(void **state)
{
    static const struct complaint cases[] = {
        {"{\"params\":{\"a\":12345678901234567891}}",
         "m.json:1:16: params.a: 12345678901234567891 is more than a JSON "
         "number can hold and becomes 12345678901234567000; write it as a "
         "string to keep its digits",
         ERR_WARNING},
        {"{\"params\":{\"a\":[1,2,1,1.0]}}",
         "m.json:1:16: params.a: the value 1 stands more than once, and equal "
         "points are "
         "one job; for replicas use `repeat`",
         ERR_WARNING},
        {"{\"params\":{\"a\":[\"x\",\" x\",\"x\"]}}",
         "m.json:1:16: params.a: the value \"x\" stands more than once, and "
         "equal points "
         "are one job; for replicas use `repeat`",
         ERR_WARNING},
        {"{\"params\":{\"a\":{\"linspace\":[1,1.0,5]}}}",
         "m.json:1:16: params.a: the value 1 stands more than once, and equal "
         "points "
         "are one job; for replicas use `repeat`",
         ERR_WARNING},
    };

    (void)state;
    space_expect_complaints(cases, LENGTH(cases));
}

static void equal_values_are_no_slip_in_a_zip_or_a_choice(void **state)
{
    static const char *const entries[] = {
        ("{\"params\":{\"a\":{\"linspace\":[1,1,3]},\"b\":[7,8,7]},"
         "\"zip\":[[\"a\",\"b\"]]}"),
        "{\"params\":{\"a\":{\"choice\":[1,1,2]}}}",
        "{\"params\":{\"a\":{\"logspace\":[2,2,1]}}}",
        "{\"rows\":[{\"a\":1},{\"a\":1}]}",
        "{\"params\":{\"a\":[\"1\",1,[1],\"11\",\"\"]}}",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(entries); i++) {
        struct space space;
        space_open(&space, entries[i]);
        if (space.errs.count > 0)
            fail_msg("%s: %s", entries[i], space_message(&space, 0));
        space_close(&space);
    }
}

static void counts_that_cannot_be_are_refused(void **state)
{
    static const struct complaint cases[] = {
        {"{\"params\":{\"a\":[1]},\"draw\":{\"count\":3}}",
         "draw: expected a parameter that is drawn (uniform, loguniform, "
         "randint or choice), found none; for replicas use `repeat`",
         ERR_DATA},
        {"{\"params\":{\"a\":{\"uniform\":[0,1]}},\"draw\":{\"count\":0}}",
         "draw: expected a count of at least 1, found 0", ERR_DATA},
        {"{\"repeat\":0}", "repeat: expected at least 1, found 0", ERR_DATA},
        {"{\"params\":{\"a\":{\"range\":[1,9000000000000000]},\"b\":{\"range\":"
         "[1,1025]}}}",
         "params: expected at most 2^63 - 1 points in an entry, found more: "
         "shorten "
         "its axes",
         ERR_LIMIT},
    };

    (void)state;
    space_expect_complaints(cases, LENGTH(cases));
}

static void every_faulty_parameter_is_reported_at_its_place(void **state)
{
    struct space space;

    (void)state;
    space_open(&space, "{\"params\":\n {\"é\": 1, \"a\":\n"
                       "   [],\n  \"b\": {\"uniform\": []},\n"
                       "\"c\": \"x\", \"d\":[1,2]},\n \"zip\": [[\"a\",\n"
                       "\"d\"]]}");
    assert_int_equal(space.errs.count, 3);
    assert_non_null(strstr(space_message(&space, 0), "m.json:2:8: params.é: "));
    assert_non_null(strstr(space_message(&space, 1), "m.json:3:4: params.a: "));
    assert_non_null(
        strstr(space_message(&space, 2), "m.json:4:20: params.b: uniform: "));
    const struct param *c = &space.params.items[2];
    assert_string_equal(c->name, "c");
    assert_int_equal(c->line, 5);
    assert_int_equal(c->column, 6);
    assert_int_equal(space.params.items[3].column, 15);
    space_close(&space);
}

static void faulty_values_are_absent_from_points(void **state)
{
    struct space space;
    struct buf found;

    (void)state;
    space_open(&space, "{\"params\":{\"a\":[],\"b\":{\"randint\":[2,1]},"
                       "\"c\":[1,2],\"d\":{\"foo\":1}}}");
    assert_int_equal(space.errs.errors, 3);
    buf_init(&found, 1000);
    space_points(&space, 0, space.params.points, &found);
    assert_string_equal(buf_str(&found), "- - 1 -; - - 2 -");
    buf_release(&found);
    space_close(&space);
}

/* {"params":{"p0":V,"p1":V,…}} */
static void add_many(struct buf *entry, unsigned count, const char *value)
{
    buf_init(entry, 64 << 20);
    buf_add_str(entry, "{\"params\":{");
    for (unsigned i = 0; i < count; i++)
        buf_addf(entry, "%s\"p%u\":%s", i > 0 ? "," : "", i, value);
    buf_add_str(entry, "}}");
}

static void thousands_of_parameters_work_and_more_are_refused_once(void **state)
{
    struct space space;
    struct buf entry;

    (void)state;
    add_many(&entry, PARAMS_COUNT_MAX, "0");
    space_open(&space, buf_str(&entry));
    assert_int_equal(space.errs.count, 0);
    assert_int_equal(params_find(&space.params, "p4095", 5), 4095);
    space_close(&space);
    buf_release(&entry);

    add_many(&entry, 100000, "0");
    space_open(&space, buf_str(&entry));
    assert_int_equal(space.errs.errors, 1);
    assert_int_equal(space.errs.items[0].code, ERR_LIMIT);
    assert_non_null(strstr(space_message(&space, 0),
                           "expected at most 4096 parameters in an entry"));
    space_close(&space);
    buf_release(&entry);
}

static void errors_past_the_maximum_are_only_counted(void **state)
{
    struct space space;
    struct buf entry;

    (void)state;
    add_many(&entry, 3000, "[]");
    space_open(&space, buf_str(&entry));
    assert_int_equal(space.errs.errors, 3000);
    assert_int_equal(space.errs.count, ERRS_MAX);
    space_close(&space);
    buf_release(&entry);
}

static void too_little_memory_is_an_error_wherever_it_runs_out(void **state)
{
    static const char entry[] =
        "{\"params\":{\"a\":[1,2,3],\"b\":{\"linspace\":[0,1,3]},"
        "\"c\":{\"choice\":[1,2]},\"d\":\"x\"},\"zip\":[[\"a\",\"b\"]],"
        "\"rows\":[{\"x\":1,\"y\":2},{\"x\":3}],\"draw\":{\"count\":2}}";
    struct space space;
    size_t needed;

    (void)state;
    space_open(&space, entry);
    assert_int_equal(space.errs.count, 0);
    needed = space.arena.used_bytes;
    space_close(&space);
    space_open_within(&space, entry, needed);
    assert_int_equal(space.errs.count, 0);
    space_close(&space);
    for (size_t bytes = 0; bytes < needed; bytes += 3) {
        space_open_within(&space, entry, bytes);
        assert_true(space.errs.errors > 0);
        bool limit = false;
        for (unsigned i = 0; i < space.errs.count; i++)
            limit |= space.errs.items[i].code == ERR_LIMIT;
        assert_true(limit);
        space_close(&space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zip_group_is_of_axes_equally_long),
        cmocka_unit_test(rows_are_objects_of_new_parameters),
        cmocka_unit_test(names_that_may_not_be_are_refused),
        cmocka_unit_test(what_is_likely_a_slip_is_warned_of),
        cmocka_unit_test(equal_values_are_no_slip_in_a_zip_or_a_choice),
        cmocka_unit_test(counts_that_cannot_be_are_refused),
        cmocka_unit_test(every_faulty_parameter_is_reported_at_its_place),
        cmocka_unit_test(faulty_values_are_absent_from_points),
        cmocka_unit_test(
            thousands_of_parameters_work_and_more_are_refused_once),
        cmocka_unit_test(errors_past_the_maximum_are_only_counted),
        cmocka_unit_test(too_little_memory_is_an_error_wherever_it_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
