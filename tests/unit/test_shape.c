#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/shape.h"

static const struct shape_field fields[] = {
    SHAPE_FIELD("must", SHAPE_REQUIRED, shape_number),
    SHAPE_FIELD("may", SHAPE_OPTIONAL, shape_string_map),
    SHAPE_FIELD("old", SHAPE_OLD, shape_bool),
    SHAPE_FIELD("newest", SHAPE_NEWEST, shape_any),
};
static const struct shape shape = SHAPE_OF(fields);

/* Checks the text by the shape and gives all messages, one a line. */
static const char *check(const char *text, bool strict, unsigned *errors)
{
    static char out[8192];
    struct err err = ERR_INIT;
    struct errs errs;
    struct json doc;
    size_t len = 0;

    json_init(&doc);
    errs_init(&errs);
    assert_int_equal(json_parse(&doc, text, strlen(text), &err), 0);
    const struct shape_run run = {&doc, 0, strict, &errs};
    shape_object(&run, 0, &shape);
    out[0] = '\0';
    for (unsigned i = 0; i < errs.count && len < sizeof out; i++)
        len += (size_t)snprintf(out + len, sizeof out - len, "%s\n",
                                errs.items[i].message);
    *errors = errs.errors;
    json_release(&doc);
    return out;
}

static void rules_say_what_may_be_there(void **state)
{
    unsigned errors;
    (void)state;

    assert_string_equal(check("{\"must\":1}", true, &errors), "");
    assert_string_equal(check("{}", false, &errors), "$: missing \"must\"\n");
    assert_string_equal(check("{\"must\":1,\"newest\":[]}", false, &errors),
                        "");
    assert_string_equal(check("{\"must\":1,\"newest\":[]}", true, &errors),
                        "$.newest: unknown key \"newest\": only newer "
                        "validators know it\n");
    assert_non_null(strstr(check("{\"must\":1,\"old\":true}", false, &errors),
                           "$.old: \"old\" is known to older"));
    assert_int_equal(errors, 0);
    check("{\"must\":1,\"old\":true}", true, &errors);
    assert_int_equal(errors, 1);
}

static void a_value_of_another_type_is_one_problem(void **state)
{
    unsigned errors;
    (void)state;

    assert_string_equal(check("[\"must\",1]", false, &errors),
                        "$: expected an object, found a list\n");
    assert_string_equal(check("{\"must\":1,\"may\":[\"a\",1]}", false, &errors),
                        "$.may: expected an object, found a list\n");
}

static void a_hint_never_names_what_is_refused(void **state)
{
    unsigned errors;
    (void)state;

    assert_non_null(strstr(check("{\"must\":1,\"olds\":1}", false, &errors),
                           "did you mean \"old\"?"));
    assert_null(strstr(check("{\"must\":1,\"olds\":1}", true, &errors),
                       "did you mean"));
}

static void keys_are_compared_by_what_they_mean(void **state)
{
    unsigned errors;
    (void)state;

    assert_string_equal(check("{\"m\\u0075st\":1}", false, &errors), "");
    assert_string_equal(check("{\"must\":1,\"\":2}", false, &errors),
                        "$[\"\"]: unknown key \"\"\n");
    assert_string_equal(
        check("{\"must\":1,\"may\":{\"a\":\"\",\"\\u0061\":\"\"}}", false,
              &errors),
        "$.may[\"\\u0061\"]: duplicate key \"\\u0061\"\n");
}

static void long_names_are_cut_at_a_character(void **state)
{
    char text[600] = "{\"must\":1,\"";
    unsigned errors;
    (void)state;

    for (int i = 0; i < 100; i++)
        strcat(text, "\xc3\xa4");
    strcat(text, "\":1}");
    const char *said = check(text, false, &errors);
    const char *quote = strstr(said, "unknown key \"");
    assert_non_null(quote);
    assert_memory_equal(quote + strlen("unknown key \"") + 60, "…\"\n", 5);
}

static void duplicates_are_found_in_nested_values(void **state)
{
    unsigned errors;
    (void)state;

    assert_string_equal(
        check("{\"must\":1,\"newest\":[{\"a\":[{\"b\":1,\"b\":2}],\"c\":3}]}",
              false, &errors),
        "$.newest[0].a[0].b: duplicate key \"b\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_say_what_may_be_there),
        cmocka_unit_test(a_value_of_another_type_is_one_problem),
        cmocka_unit_test(a_hint_never_names_what_is_refused),
        cmocka_unit_test(keys_are_compared_by_what_they_mean),
        cmocka_unit_test(long_names_are_cut_at_a_character),
        cmocka_unit_test(duplicates_are_found_in_nested_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
