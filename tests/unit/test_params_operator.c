/* What operators are given wrongly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "params_help.h"
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct complaint not_one_operator[] = {
    {"{\"params\":{\"a\":[]}}",
     "m.json:1:16: params.a: expected at least one value, found an empty "
     "list; a constant that is one is written {\"value\": []}",
     ERR_DATA},
    {"{\"params\":{\"a\":{}}}",
     "m.json:1:16: params.a: expected one operator, as in {\"range\": [1, "
     "5]}, found an empty object; a constant that is one is written "
     "{\"value\": {}}",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"rnage\":[1,5]}}}",
     "m.json:1:17: params.a: unknown operator \"rnage\" (did you mean "
     "\"range\"?); a constant that is an object is written {\"value\": "
     "{…}}",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"values\":[1,5]}}}",
     "m.json:1:17: params.a: unknown operator \"values\" (did you mean "
     "\"value\"?); a constant that is an object is written {\"value\": "
     "{…}}",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"foo\":[1,5]}}}",
     "m.json:1:17: params.a: unknown operator \"foo\"; a constant that is "
     "an object is written {\"value\": {…}}",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[1,5],\"choice\":[1]}}}",
     "m.json:1:16: params.a: expected one operator, as in {\"range\": [1, "
     "5]}, found several",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[1,5],\"step\":1}}}",
     "m.json:1:31: params.a: unknown operator \"step\"; a constant that is "
     "an object is written {\"value\": {…}}",
     ERR_DATA},
    {"{\"params\":{\"a\":[1,2],\"b\":[]},\"zip\":[[\"a\",\"b\"]]}",
     "m.json:1:26: params.b: expected at least one value, found an empty "
     "list; a constant that is one is written {\"value\": []}",
     ERR_DATA},
    {"{\"params\":{\"a\":{"
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxééééééééééééééééééé\":1}}}",
     "m.json:1:17: params.a: unknown operator "
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé; a constant that is an "
     "object is written {\"value\": {…}}",
     ERR_DATA},
};

static void a_value_is_a_list_or_has_one_operator(void **state)
{
    (void)state;
    space_expect_complaints(not_one_operator, LENGTH(not_one_operator));
}

static const struct complaint faulty_ranges[] = {
    {"{\"params\":{\"a\":{\"range\":\"1..5\"}}}",
     "m.json:1:25: params.a: range: expected [from, to] or [from, to, "
     "step], found a string",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[1]}}}",
     "m.json:1:25: params.a: range: expected [from, to] or [from, to, "
     "step], found a list of 1",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[1,2,3,4]}}}",
     "m.json:1:25: params.a: range: expected [from, to] or [from, to, "
     "step], found a list of 4",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[1,\"5\"]}}}",
     "m.json:1:28: params.a: range: expected numbers in [from, to] or "
     "[from, to, step], found a string",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[5,1]}}}",
     "m.json:1:25: params.a: range: the step leads away from the end: give "
     "a step below 0, or swap the ends",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[1,5,-1]}}}",
     "m.json:1:25: params.a: range: the step leads away from the end: give "
     "a step above 0, or swap the ends",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[1,5,0]}}}",
     "m.json:1:25: params.a: range: expected a step that is not 0, found a "
     "step of 0",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[0,1e300]}}}",
     "m.json:1:28: params.a: range: expected numbers of at most 36 digits "
     "with their places",
     ERR_LIMIT},
    {"{\"params\":{\"a\":{\"range\":[0,1e35]}}}",
     "m.json:1:25: params.a: range: expected at most 2^63 - 1 values, "
     "found more",
     ERR_LIMIT},
    {"{\"params\":{\"a\":{\"range\":[0,1,1e-40]}}}",
     "m.json:1:30: params.a: range: expected numbers of at most 36 digits "
     "with their places",
     ERR_LIMIT},
    {"{\"params\":{\"a\":{\"range\":[9007199254740992,9007199254740996]}}}",
     "m.json:1:25: params.a: range: some of its values would be equal once "
     "they are numbers of 16 digits: expected values further apart",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[9007199254740993,9007199254740997,2]}}"
     "}",
     "m.json:1:25: params.a: range: some of its values would be equal once "
     "they are numbers of 16 digits: expected values further apart",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[1,1.00000000000000001,1e-18]}}}",
     "m.json:1:25: params.a: range: some of its values would be equal once "
     "they are numbers of 16 digits: expected values further apart",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"range\":[0,1e-400]}}}",
     "m.json:1:28: params.a: range: expected numbers of at most 36 digits "
     "with their places",
     ERR_LIMIT},
    {"{\"params\":{\"a\":{\"range\":[0,5,1e-999999999999999999999999]}}}",
     "m.json:1:30: params.a: range: expected numbers of at most 36 digits "
     "with their places",
     ERR_LIMIT},
    {"{\"params\":{\"a\":{\"range\":[0,1e19]}}}",
     "m.json:1:25: params.a: range: expected at most 2^63 - 1 values, "
     "found more",
     ERR_LIMIT},
    {"{\"params\":{\"a\":{\"range\":[0,1e20,1]}}}",
     "m.json:1:25: params.a: range: expected at most 2^63 - 1 values, "
     "found more",
     ERR_LIMIT},
};

static void a_range_has_a_step_that_leads_to_its_end(void **state)
{
    (void)state;
    space_expect_complaints(faulty_ranges, LENGTH(faulty_ranges));
}

static const struct complaint faulty_spaces[] = {
    {"{\"params\":{\"a\":{\"linspace\":[0,1]}}}",
     "m.json:1:28: params.a: linspace: expected [from, to, num], found a "
     "list of 2",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"linspace\":[0,1,0]}}}",
     "m.json:1:33: params.a: linspace: expected a whole number from 1 to "
     "2^53 as num, found 0",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"linspace\":[0,1,2.5]}}}",
     "m.json:1:33: params.a: linspace: expected a whole number from 1 to "
     "2^53 as num, found 2.5",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"linspace\":[0,1,1]}}}",
     "m.json:1:33: params.a: linspace: expected num of at least 2, as both "
     "ends are values, found 1",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"linspace\":[-1e308,1e308,5]}}}",
     "m.json:1:36: params.a: linspace: expected ends less than 1.8e308 "
     "apart, found 1e308",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"linspace\":[1,1.00000000001,100]}}}",
     "m.json:1:28: params.a: linspace: some of its values would be equal "
     "once they are numbers of 12 digits: expected values further apart",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"logspace\":[0,1,5]}}}",
     "m.json:1:29: params.a: logspace: expected ends above 0, as it goes "
     "by logarithms, found 0",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"logspace\":[1,-1e-3,5]}}}",
     "m.json:1:31: params.a: logspace: expected ends above 0, as it goes "
     "by logarithms, found -1e-3",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"logspace\":[1e-300,1e300,1e17]}}}",
     "m.json:1:42: params.a: logspace: expected a whole number from 1 to "
     "2^53 as num, found 1e17",
     ERR_DATA},
};

static void a_space_has_ends_and_a_number(void **state)
{
    (void)state;
    space_expect_complaints(faulty_spaces, LENGTH(faulty_spaces));
}

static const struct complaint faulty_draws[] = {
    {"{\"params\":{\"a\":{\"uniform\":[1,0]}}}",
     "m.json:1:27: params.a: uniform: expected [min, max] with min at most "
     "max, found [1,0]",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"uniform\":[0,null]}}}",
     "m.json:1:30: params.a: uniform: expected numbers in [min, max], "
     "found null",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"uniform\":[1700000000.0001,1700000000.0002]}}}",
     "m.json:1:27: params.a: uniform: expected ends further apart, as "
     "numbers of 12 digits are drawn, found "
     "[1700000000.0001,1700000000.0002]",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"loguniform\":[0,1]}}}",
     "m.json:1:31: params.a: loguniform: expected ends above 0, as it goes "
     "by logarithms, found 0",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"loguniform\":[1,0.5]}}}",
     "m.json:1:30: params.a: loguniform: expected [min, max] with min at "
     "most max, found [1,0.5]",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"randint\":[0,1.5]}}}",
     "m.json:1:30: params.a: randint: expected whole numbers from -2^53 to "
     "2^53, found 1.5",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"randint\":[0,9007199254740993]}}}",
     "m.json:1:30: params.a: randint: expected whole numbers from -2^53 to "
     "2^53, found 9007199254740993",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"randint\":[6,1]}}}",
     "m.json:1:27: params.a: randint: expected [min, max] with min at most "
     "max, found [6,1]",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"choice\":[]}}}",
     "m.json:1:26: params.a: choice: expected a list of values to choose "
     "from, found an empty list",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"choice\":\"x\"}}}",
     "m.json:1:26: params.a: choice: expected a list of values to choose "
     "from, found a string",
     ERR_DATA},
    {"{\"params\":{\"a\":{\"derive\":[\"x\"]}}}",
     "m.json:1:26: params.a: derive: expected a string with placeholders, "
     "as in \"run-${{ seed }}\", found a list",
     ERR_DATA},
};

static void what_is_drawn_lies_between_min_and_max(void **state)
{
    (void)state;
    space_expect_complaints(faulty_draws, LENGTH(faulty_draws));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_a_list_or_has_one_operator),
        cmocka_unit_test(a_range_has_a_step_that_leads_to_its_end),
        cmocka_unit_test(a_space_has_ends_and_a_number),
        cmocka_unit_test(what_is_drawn_lies_between_min_and_max),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
