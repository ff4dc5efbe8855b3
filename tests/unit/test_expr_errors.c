#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "expr_help.h"

static const struct {
    const char *text;
    int code;
    unsigned column;
    const char *message;
} faults[] = {
    /* what cannot be compared */
    {"n == 'a'", ERR_DATA, 1,
     "cannot compare n, which is the number 3, with the string \"a\""},
    {"  s != 3", ERR_DATA, 3,
     "cannot compare s, which is the string \"adam\", with the number 3"},
    {"3 == s", ERR_DATA, 1,
     "cannot compare the number 3 with s, which is the string \"adam\""},
    {"s < 3", ERR_DATA, 1,
     "cannot order s, which is the string \"adam\", and the number 3"},
    {"yes == 1", ERR_DATA, 1,
     "cannot compare yes, which is true, with the number 1"},
    {"yes < no", ERR_DATA, 1,
     "cannot order yes, which is true, and no, which is false"},
    {"nil < 1", ERR_DATA, 1,
     "cannot order nil, which is null, and the number 1"},
    {"nil <= nil", ERR_DATA, 1,
     "cannot order nil, which is null, and nil, which is null"},
    {"list == 1", ERR_DATA, 1,
     "cannot compare list, which is a list, with the number 1"},
    {"list == list", ERR_DATA, 1,
     "cannot compare list, which is a list, with list, which is a list"},
    {"object == 'a'", ERR_DATA, 1,
     "cannot compare object, which is an object, with the string \"a\""},
    {"yes && u > 3", ERR_DATA, 8,
     "cannot order u, which is the string \"ü€😀\", and the number 3"},
    {"gone == 1 && s == 1", ERR_DATA, 14,
     "cannot compare s, which is the string \"adam\", with the number 1"},
    {"'é' == 'é' && 1 == 'a'", ERR_DATA, 15,
     "cannot compare the number 1 with the string \"a\""},
    {"no && 1 == 'a'", ERR_DATA, 7,
     "cannot compare the number 1 with the string \"a\""},
    {"s == 1e21", ERR_DATA, 1,
     "cannot compare s, which is the string \"adam\", with the number 1e+21"},
    {"n == '0123456789012345678901234567890123456789x'", ERR_DATA, 1,
     "cannot compare n, which is the number 3, with the string "
     "\"0123456789012345678901234567890123456789…\""},
    {"n in ['a']", ERR_DATA, 1,
     "cannot look for n, which is the number 3, in a list of strings"},
    {"s in [1, null]", ERR_DATA, 1,
     "cannot look for s, which is the string \"adam\", in a list of numbers"},
    {"n in [true]", ERR_DATA, 1,
     "cannot look for n, which is the number 3, in a list of true and false"},
    {"list in [1]", ERR_DATA, 1,
     "cannot look for list, which is a list, in a list: it is no single "
     "value"},
    {"list in []", ERR_DATA, 1,
     "cannot look for list, which is a list, in a list: it is no single "
     "value"},
    {"n like '3'", ERR_DATA, 1,
     "like needs a string, found n, which is the number 3"},
    {"nil like '*'", ERR_DATA, 1,
     "like needs a string, found nil, which is null"},
    {"1 like '1'", ERR_DATA, 1, "like needs a string, found the number 1"},
    {"n", ERR_DATA, 1,
     "expected true or false, found n, which is the number 3"},
    {"!s", ERR_DATA, 2,
     "expected true or false, found s, which is the string \"adam\""},
    {"nil || yes", ERR_DATA, 1,
     "expected true or false, found nil, which is null"},
    {"'a'", ERR_DATA, 1, "expected true or false, found the string \"a\""},
    {"1 && true", ERR_DATA, 1, "expected true or false, found the number 1"},
    /* grammar */
    {"", ERR_DATA, 1, "the expression is empty"},
    {" \n ", ERR_DATA, 1, "the expression is empty"},
    {"n ==", ERR_DATA, 5, "expected a name or a value, found the end"},
    {"n == ", ERR_DATA, 6, "expected a name or a value, found the end"},
    {"== 3", ERR_DATA, 1, "expected a name or a value, found \"==\""},
    {"n = 3", ERR_DATA, 3, "expected \"==\", found \"=\""},
    {"n =< 3", ERR_DATA, 3, "expected \"==\", found \"=\""},
    {"n <> 3", ERR_DATA, 3, "expected \"!=\", found \"<>\""},
    {"n & n", ERR_DATA, 3, "expected \"&&\", found \"&\""},
    {"n | n", ERR_DATA, 3, "expected \"||\", found \"|\""},
    {"s ~ 'a'", ERR_DATA, 3, "expected \"like\", found \"~\""},
    {"yes and no", ERR_DATA, 5,
     "expected &&, || or the end, found \"and\": write \"&&\""},
    {"n == 3 or no", ERR_DATA, 8,
     "expected &&, || or the end, found \"or\": write \"||\""},
    {"not yes", ERR_DATA, 1,
     "expected a name or a value, found \"not\": write \"!\""},
    {"not (yes)", ERR_DATA, 1,
     "expected a name or a value, found \"not\": write \"!\""},
    {"n is null", ERR_DATA, 3,
     "expected &&, || or the end, found \"is\": write \"==\""},
    {"s LIKE 'a'", ERR_DATA, 3,
     "expected &&, || or the end, found \"LIKE\": write \"like\""},
    {"n equals 3", ERR_DATA, 3,
     "expected a comparison, in or like, found \"equals\""},
    {"n 3", ERR_DATA, 3, "expected &&, || or the end, found \"3\""},
    {"s \"a\"", ERR_DATA, 3, "expected &&, || or the end, found \"a\""},
    {"s 'a'", ERR_DATA, 3, "expected &&, || or the end, found \"'a'\""},
    {"1 < n < 4", ERR_DATA, 7,
     "expected &&, || or the end (a test compares two sides), found \"<\""},
    {"(n == 3) == true", ERR_DATA, 10,
     "expected &&, || or the end (a test compares two sides), found \"==\""},
    {"yes &&", ERR_DATA, 7, "expected a name or a value, found the end"},
    {"yes && && no", ERR_DATA, 8, "expected a name or a value, found \"&&\""},
    {"!", ERR_DATA, 2, "expected a name or a value, found the end"},
    {"(yes", ERR_DATA, 5, "expected &&, || or \")\", found the end"},
    {"(yes]", ERR_DATA, 5, "expected &&, || or \")\", found \"]\""},
    {"yes)", ERR_DATA, 4, "expected &&, || or the end, found \")\""},
    {"()", ERR_DATA, 2, "expected a name or a value, found \")\""},
    {"n in", ERR_DATA, 5, "expected a list in \"[…]\", found the end"},
    {"n in 3", ERR_DATA, 6, "expected a list in \"[…]\", found \"3\""},
    {"n in (1, 2)", ERR_DATA, 6, "expected a list in \"[…]\", found \"(\""},
    {"n in [1", ERR_DATA, 8, "expected \",\" or \"]\", found the end"},
    {"n in [1 2]", ERR_DATA, 9, "expected \",\" or \"]\", found \"2\""},
    {"n in [1,]", ERR_DATA, 9, "expected a value, found \"]\""},
    {"n in [,]", ERR_DATA, 7, "expected a value, found \",\""},
    {"s in [adam]", ERR_DATA, 7,
     "expected a value (strings stand in quotes), found \"adam\""},
    {"s in [1, 'a']", ERR_DATA, 10,
     "expected a number as before it in the list, found a string"},
    {"s in [null, true, 1]", ERR_DATA, 19,
     "expected true or false as before it in the list, found a number"},
    {"s like", ERR_DATA, 7, "expected a pattern in quotes, found the end"},
    {"s like adam", ERR_DATA, 8,
     "expected a pattern in quotes, found \"adam\""},
    {"s like 3", ERR_DATA, 8, "expected a pattern in quotes, found \"3\""},
    {"n == .5", ERR_DATA, 6,
     "expected a number as JSON writes it, found \".5\""},
    {"n == 5.", ERR_DATA, 6,
     "expected a number as JSON writes it, found \"5.\""},
    {"n == +5", ERR_DATA, 6,
     "expected a number as JSON writes it, found \"+5\""},
    {"n == 007", ERR_DATA, 6,
     "expected a number as JSON writes it, found \"007\""},
    {"n == 0x10", ERR_DATA, 6,
     "expected a number as JSON writes it, found \"0x10\""},
    {"n == 1_000", ERR_DATA, 6,
     "expected a number as JSON writes it, found \"1_000\""},
    {"n == --1", ERR_DATA, 6,
     "expected a number as JSON writes it, found \"-\""},
    {"n == 1e", ERR_DATA, 6,
     "expected a number as JSON writes it, found \"1e\""},
    {"n == 1e400", ERR_DATA, 6, "the number 1e400 is too large"},
    {"s == \"a", ERR_DATA, 6, "the string that begins here has no closing \""},
    {"s == 'a", ERR_DATA, 6, "the string that begins here has no closing '"},
    {"s == \"a\\\"", ERR_DATA, 6,
     "the string that begins here has no closing \""},
    {"ü == 1", ERR_DATA, 1, "unexpected \"ü\"; strings stand in \"…\" or '…'"},
    {"s == “a”", ERR_DATA, 6,
     "unexpected \"“\"; strings stand in \"…\" or '…'"},
    {"n == $n", ERR_DATA, 6, "unexpected \"$\"; strings stand in \"…\" or '…'"},
    {"n == {}", ERR_DATA, 6, "unexpected \"{\"; strings stand in \"…\" or '…'"},
    {"n == n.m", ERR_DATA, 7, "expected &&, || or the end, found \".m\""},
    {"s == \"\xff\"", ERR_DATA, 1, "the expression is not UTF-8 text"},
};

static void faults_are_named_with_their_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct outcome out =
            expr_outcome(faults[i].text, strlen(faults[i].text));
        if (out.rc != faults[i].code || out.err.code != faults[i].code ||
            out.err.line != 0 || out.err.column != faults[i].column ||
            strcmp(out.err.message, faults[i].message) != 0)
            fail_msg("%s: expected %u: %s\nfound %d %u: %s", faults[i].text,
                     faults[i].column, faults[i].message, out.rc,
                     (unsigned)out.err.column, out.err.message);
    }
}

/* The JSON reader's own words follow. */
static void a_string_is_checked_as_json(void **state)
{
    static const struct {
        const char *text;
        unsigned column;
    } cases[] = {
        {"s == \"a\\x\"", 9},
        {"s == 'é' || s == \"\\ud800\"", 19},
        {"s == \"a\tb\"", 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome out = expr_outcome(cases[i].text, strlen(cases[i].text));
        assert_int_equal(out.rc, ERR_DATA);
        assert_int_equal(out.err.line, 0);
        if (out.err.column != cases[i].column)
            fail_msg("%s: column %u", cases[i].text, (unsigned)out.err.column);
        assert_ptr_equal(strstr(out.err.message, "in a string: "),
                         out.err.message);
    }
}

static void a_nul_is_no_text(void **state)
{
    (void)state;
    struct outcome out = expr_outcome("yes\0", 4);
    assert_int_equal(out.rc, ERR_DATA);
    assert_string_equal(out.err.message, "the expression is not UTF-8 text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_named_with_their_column),
        cmocka_unit_test(a_string_is_checked_as_json),
        cmocka_unit_test(a_nul_is_no_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
