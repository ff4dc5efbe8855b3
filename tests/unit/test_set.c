#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/set.h"

static const struct {
    const char *argument;
    const char *name;
    const char *json;
} good[] = {
    /* JSON first: every form of a parameter's value */
    {"lr=0.1", "lr", "0.1"},
    {"lr=[0.1,0.01]", "lr", "[0.1,0.01]"},
    {"lr={\"range\":[0,0.3,0.1]}", "lr", "{\"range\":[0,0.3,0.1]}"},
    {"x={\"value\":[1]}", "x", "{\"value\":[1]}"},
    {"x=\"a,b\"", "x", "\"a,b\""},
    {"x=\"1\"", "x", "\"1\""},
    {"x=true", "x", "true"},
    {"x=null", "x", "null"},
    {"x= 5 ", "x", " 5 "},
    {"x=1e3", "x", "1e3"},
    {"x=\"1..5\"", "x", "\"1..5\""},
    {"x=a=b", "x", "\"a=b\""}, /* the first "=" ends the name */

    /* a..b */
    {"seed=1..5", "seed", "{\"range\":[1,5]}"},
    {"seed=-2..2", "seed", "{\"range\":[-2,2]}"},
    {"seed=-5..-2", "seed", "{\"range\":[-5,-2]}"},
    {"seed=0..0", "seed", "{\"range\":[0,0]}"},
    {"seed=5..1", "seed", "{\"range\":[5,1,-1]}"},
    {"seed=-2..-5", "seed", "{\"range\":[-2,-5,-1]}"},
    {"seed=10..9", "seed", "{\"range\":[10,9,-1]}"},
    {"seed=9..10", "seed", "{\"range\":[9,10]}"},
    {"seed= 1..3 ", "seed", "{\"range\":[1,3]}"},
    {"seed=1..900719925474099312345", "seed",
     "{\"range\":[1,900719925474099312345]}"},
    {"x=1...5", "x", "\"1...5\""},
    {"x=1..", "x", "\"1..\""},
    {"x=..5", "x", "\"..5\""},
    {"x=a..b", "x", "\"a..b\""},
    {"x=1..2.5", "x", "\"1..2.5\""},

    /* comma lists of CSV cells */
    {"lr=0.1,0.01", "lr", "[0.1,0.01]"},
    {"lr=0.1, 0.01", "lr", "[0.1,0.01]"},
    {"opt=adam,sgd", "opt", "[\"adam\",\"sgd\"]"},
    {"opt=adam", "opt", "\"adam\""},
    {"x=007", "x", "\"007\""},
    {"x=007,8", "x", "[\"007\",8]"},
    {"x=true,null,no", "x", "[true,null,\"no\"]"},
    {"x=\"a,b\",c", "x", "[\"a,b\",\"c\"]"},
    {"x=\"say \"\"hi\"\"\",c", "x", "[\"say \\\"hi\\\"\",\"c\"]"},
    {"x=\"1\",\"2\"", "x", "[1,2]"}, /* quotes say nothing of the type */
    {"x=\"1..3\",a", "x", "[\"1..3\",\"a\"]"},
    {"x=a\"b,c", "x", "[\"a\\\"b\",\"c\"]"},
    {"x=a,,b", "x", "[\"a\",\"\",\"b\"]"},
    {"x=", "x", "\"\""},
    {"x=,", "x", "[\"\",\"\"]"},
    {"x=a ,b", "x", "[\"a \",\"b\"]"},
    {"x=+1,.5,1.,0x10", "x", "[\"+1\",\".5\",\"1.\",\"0x10\"]"},
    {"x=1e5,-2.5E-3", "x", "[1e5,-2.5E-3]"},
    {"x=\xc3\xa9,\n", "x", "[\"\xc3\xa9\",\"\\n\"]"},
    {"x=\"\",\"\"", "x", "[\"\",\"\"]"},
    {"_A9=1", "_A9", "1"},
};

static void values_are_read_as_json_then_range_then_cells(void **state)
{
    struct err err = ERR_INIT;
    struct set set;

    (void)state;
    set_init(&set);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int rc = set_parse(&set, good[i].argument, &err);
        if (rc != 0)
            fail_msg("%s: %s", good[i].argument, err.message);
        assert_string_equal(buf_str(&set.name), good[i].name);
        assert_string_equal(buf_str(&set.text), good[i].json);
        assert_ptr_equal(set.doc.text, set.text.data);
        assert_true(set.doc.count > 0);
    }
    set_release(&set);
}

static const struct {
    const char *argument;
    const char *message; /* part of it */
} bad[] = {
    {"lr", "expected NAME=VALUE"},
    {"", "expected NAME=VALUE"},
    {"=1", "expected NAME=VALUE"},
    {"1x=1", "found \"1x=1\""},
    {"a-b=1", "expected NAME=VALUE"},
    {"seed =1", "expected NAME=VALUE"},
    {"name=1", "reserved"},
    {"repeat=1..3", "reserved"},
    {"x=[1,2", "--set x: starts like JSON but is none"},
    {"x={\"range\":[1,5}", "starts like JSON"},
    {"x= [INST]", "starts like JSON"},
    {"x=01..05", "without leading zeros"},
    {"x=1..05", "without leading zeros"},
    {"x=1..3,10", "1..3 stands among other values"},
    {"x=10,1..3", "stands among other values"},
    {"x=\"a", "a quote is not closed"},
    {"x=a,\"b\"\"", "a quote is not closed"},
    {"x=\"a\"b,c", "expected a comma behind the closing quote"},
    {"x=1e400,2", "--set x: "},
    {"x=\xff,a", "UTF-8"},
};

static void what_cannot_be_meant_is_refused(void **state)
{
    struct set set;

    (void)state;
    set_init(&set);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = ERR_INIT;
        int rc = set_parse(&set, bad[i].argument, &err);
        if (rc != ERR_USAGE || err.code != ERR_USAGE)
            fail_msg("%s: %d", bad[i].argument, rc);
        if (!strstr(err.message, bad[i].message))
            fail_msg("%s: %s", bad[i].argument, err.message);
        if (strncmp(err.message, "--set", 5) != 0)
            fail_msg("%s: %s", bad[i].argument, err.message);
        assert_int_equal(err.line, 0);
    }
    set_release(&set);
}

static void a_set_serves_again_after_a_failure(void **state)
{
    struct err err = ERR_INIT;
    struct set set;

    (void)state;
    set_init(&set);
    assert_int_equal(set_parse(&set, "x=[", &err), ERR_USAGE);
    assert_int_equal(set_parse(&set, "y=1,2", &err), 0);
    assert_string_equal(buf_str(&set.name), "y");
    assert_string_equal(buf_str(&set.text), "[1,2]");
    set_release(&set);
}

static void an_argument_over_the_limit_is_refused(void **state)
{
    char *argument = malloc(SET_TEXT_MAX + 2);
    struct err err = ERR_INIT;
    struct set set;

    (void)state;
    assert_non_null(argument);
    memset(argument, 'a', SET_TEXT_MAX + 1);
    memcpy(argument, "x=", 2);
    argument[SET_TEXT_MAX + 1] = '\0';
    set_init(&set);
    assert_int_equal(set_parse(&set, argument, &err), ERR_USAGE);
    argument[SET_TEXT_MAX] = '\0';
    assert_int_equal(set_parse(&set, argument, &err), 0);
    assert_int_equal(set.text.len, SET_TEXT_MAX - 2 + 2);
    set_release(&set);
    free(argument);
}

static void a_cell_may_hold_any_text(void **state)
{
    struct err err = ERR_INIT;
    struct buf out;

    (void)state;
    buf_init(&out, 1024);
    assert_int_equal(set_cell("a\0b", 3, &out, &err), 0);
    assert_string_equal(buf_str(&out), "\"a\\u0000b\"");
    buf_clear(&out);
    assert_int_equal(set_cell("", 0, &out, &err), 0);
    assert_string_equal(buf_str(&out), "\"\"");
    buf_clear(&out);
    assert_int_equal(set_cell("\t-0.5\r", 6, &out, &err), 0);
    assert_string_equal(buf_str(&out), "-0.5");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_as_json_then_range_then_cells),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
        cmocka_unit_test(a_set_serves_again_after_a_failure),
        cmocka_unit_test(an_argument_over_the_limit_is_refused),
        cmocka_unit_test(a_cell_may_hold_any_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
