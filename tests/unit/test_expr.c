#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/buf.h"
#include "../../templates/expr.h"

#define T EXPR_TRUE
#define F EXPR_FALSE
#define U EXPR_UNKNOWN

/* The values that the cases speak of; what is not here is absent. */
static const struct {
    const char *name, *json;
} values[] = {
    {"n", "3"},
    {"x", "0.5"},
    {"neg", "-2"},
    {"big", "1e+21"},
    {"s", "\"adam\""},
    {"empty", "\"\""},
    {"quoted", "\"a\\\"b\\\\c\""},
    {"tab", "\"a\\tb\""},
    {"back", "\"\\\\\""},
    {"star", "\"a*b\""},
    {"u", "\"ü€😀\""},
    {"yes", "true"},
    {"no", "false"},
    {"nil", "null"},
    {"list", "[1]"},
    {"object", "{\"a\":1}"},
    {"in", "1"},
    {"like", "\"like\""},
    {"or", "true"},
};

static int look_up(void *arg, const struct expr_name *name,
                   struct expr_value *value, struct err *err)
{
    (void)err;
    assert_int_equal(value->type, EXPR_ABSENT);
    ++*(unsigned *)arg;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (strcmp(values[i].name, name->text) == 0)
            expr_value_json(value, values[i].json, strlen(values[i].json));
    if (strcmp(name->text, "slug") == 0) {
        expr_value_text(value, "gpu", 3);
        value->alias = (struct expr_text){"7Ati", 4, false};
    }
    return 0;
}

struct outcome {
    int rc;
    struct err err;
    enum expr_truth truth;
    unsigned lookups;
};

/* Compiles and evaluates text, which is copied so that ASan sees its end. */
static struct outcome evaluate(const char *text, size_t len)
{
    struct outcome out = {0, ERR_INIT, EXPR_UNKNOWN, 0};
    struct arena arena;
    struct expr expr;
    char *copy = malloc(len > 0 ? len : 1);

    assert_non_null(copy);
    memcpy(copy, text, len);
    arena_init(&arena, (size_t)64 << 20);
    out.rc = expr_compile(&expr, copy, len, &arena, &out.err);
    free(copy);
    if (out.rc == 0)
        out.rc = expr_eval(&expr, look_up, &out.lookups, &out.truth, &out.err);
    arena_release(&arena);
    return out;
}

static const struct {
    const char *text;
    enum expr_truth truth;
} truths[] = {
    /* numbers */
    {"n == 3", T},
    {"n == 3.0", T},
    {"n == 30e-1", T},
    {"3 == n", T},
    {"n == 4", F},
    {"n != 3", F},
    {"n != 4", T},
    {"n < 3", F},
    {"n < 4", T},
    {"n <= 3", T},
    {"n <= 2", F},
    {"n > 2", T},
    {"n > 3", F},
    {"n >= 3", T},
    {"n >= 4", F},
    {"x == 0.5", T},
    {"x < n", T},
    {"neg < 0", T},
    {"neg == -2", T},
    {"-2==neg", T},
    {"0 == -0", T},
    {"big == 1000000000000000000000", T},
    {"big > 1e20", T},
    {"0.1 == 0.1000000000000000055511151231257827", T},
    {"9007199254740993 == 9007199254740992", T},
    /* strings */
    {"s == \"adam\"", T},
    {"s == 'adam'", T},
    {"s != 'adam'", F},
    {"s == 'Adam'", F},
    {"s == 'adams'", F},
    {"s == 'ada'", F},
    {"s < 'adb'", T},
    {"s < 'ad'", F},
    {"s > 'ad'", T},
    {"s <= 'adam'", T},
    {"s >= 'adam'", T},
    {"s > 'Z'", T},
    {"empty == ''", T},
    {"empty == \"\"", T},
    {"empty < 'a'", T},
    {"quoted == \"a\\\"b\\\\c\"", T},
    {"quoted == 'a\"b\\c'", T},
    {"quoted != 'a\"b\\\\c'", T},
    {"'\\' == back", T},
    {"tab == \"a\\tb\"", T},
    {"tab == \"a\\u0009b\"", T},
    {"tab == 'a\tb'", T},
    {"tab < 'ab'", T},
    {"'ab' > tab", T},
    {"u == 'ü€😀'", T},
    {"u == \"\\u00fc\\u20ac\\ud83d\\ude00\"", T},
    {"u > 'zebra'", T},
    {"'\xef\xbf\xbd' < '😀'", T},
    /* true, false, null */
    {"true", T},
    {"false", F},
    {"yes", T},
    {"no", F},
    {"!no", T},
    {"!yes", F},
    {"!!yes", T},
    {"! ! ! yes", F},
    {"yes == true", T},
    {"yes != no", T},
    {"no == true", F},
    {"!yes == no", T},
    {"nil == null", T},
    {"nil != null", F},
    {"n == null", F},
    {"n != null", T},
    {"null == n", F},
    {"nil == 3", F},
    {"nil != 3", T},
    {"nil == s", F},
    {"list == null", F},
    {"object != null", T},
    {"null == null", T},
    /* in */
    {"n in [1, 2, 3]", T},
    {"n in [1, 2]", F},
    {"n in [3.0]", T},
    {"n in []", F},
    {"neg in [-1,-2]", T},
    {"s in ['sgd', \"adam\"]", T},
    {"s in ['sgd']", F},
    {"yes in [true]", T},
    {"yes in [false]", F},
    {"nil in [1, null]", T},
    {"nil in [1, 2]", F},
    {"n in [null]", F},
    {"n in [null, 3]", T},
    {"!(n in [1])", T},
    {"3 in [3]", T},
    {"nil in []", F},
    /* like */
    {"s like 'adam'", T},
    {"s like 'ada'", F},
    {"s like '*'", T},
    {"s like '**'", T},
    {"s like 'a*'", T},
    {"s like '*m'", T},
    {"s like '*d*'", T},
    {"s like 'a*m'", T},
    {"s like 'a*x'", F},
    {"s like \"????\"", T},
    {"s like \"???\"", F},
    {"s like \"?????\"", F},
    {"s like '?*?'", T},
    {"s like \"*?????\"", F},
    {"s like 'a?am'", T},
    {"s like 'a?m'", F},
    {"s like 'A*'", F},
    {"s like ''", F},
    {"empty like ''", T},
    {"empty like '*'", T},
    {"empty like '?'", F},
    {"u like \"???\"", T},
    {"u like \"????\"", F},
    {"u like '*😀'", T},
    {"u like '?€?'", T},
    {"u like \"\\u00fc*\"", T},
    {"quoted like 'a?b?c'", T},
    {"quoted like '*\"b\\*'", T},
    {"quoted like \"?????\"", T},
    {"tab like \"a\\tb\"", T},
    {"star like 'a*b'", T},
    {"star like 'a?b'", T},
    {"star like '*\\*'", F},
    {"'a[b]' like 'a[b]'", T},
    {"'a.b' like 'a?b'", T},
    {"'mississippi' like '*issip*'", T},
    {"'mississippi' like '*iss*iss*i'", T},
    {"'mississippi' like 'm*iss*iss*iss*'", F},
    {"'aaab' like '*aab'", T},
    {"!(s like 'b*')", T},
    /* two spellings of one thing */
    {"slug == 'gpu'", T},
    {"slug == '7Ati'", T},
    {"slug != '7Ati'", F},
    {"slug != 'other'", T},
    {"slug in ['7Ati']", T},
    {"slug like '7A*'", T},
    {"slug like \"g??\"", T},
    {"slug < 'gpv'", T},
    /* absent */
    {"gone == 1", U},
    {"gone != 1", U},
    {"1 == gone", U},
    {"gone < 'a'", U},
    {"gone == gone", U},
    {"gone == null", U},
    {"gone in [1]", U},
    {"gone in []", U},
    {"gone like '*'", U},
    {"gone", U},
    {"!gone", U},
    {"!(gone == 1)", U},
    {"!!(gone == 1)", U},
    {"gone == list", U},
    {"gone == 1 && yes", U},
    {"yes && gone == 1", U},
    {"gone == 1 && no", F},
    {"no && gone == 1", F},
    {"gone == 1 || yes", T},
    {"yes || gone == 1", T},
    {"gone == 1 || no", U},
    {"no || gone == 1", U},
    {"gone == 1 || gone != 1", U},
    {"!(gone == 1 && no)", T},
    {"!(gone == 1 || no)", U},
    /* and, or, not, parentheses */
    {"true && true", T},
    {"true && false", F},
    {"false || true", T},
    {"false || false", F},
    {"true || false && false", T},
    {"(true || false) && false", F},
    {"false && false || true", T},
    {"false && (false || true)", F},
    {"!(true && false)", T},
    {"!true || true", T},
    {"!(true || true)", F},
    {"true && true && true && false", F},
    {"false || false || false || true", T},
    {"true && (false || true) && !(false)", T},
    {"(n == 3)", T},
    {" \t\r\n n\n==\t3 ", T},
    {"n==3&&s=='adam'||no", T},
    /* the left side guards the right one */
    {"no && s > 3", F},
    {"yes || s > 3", T},
    {"no && (yes && list == 1)", F},
    /* words that are names where a name may stand */
    {"in == 1", T},
    {"in in [1]", T},
    {"like == 'like'", T},
    {"like like 'l*'", T},
    {"or && or == true", T},
    {"_ == 1", U},
    {"A1_b == 1", U},
    {"trueish == 1", U},
};

static void expressions_have_their_truth(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++) {
        struct outcome out = evaluate(truths[i].text, strlen(truths[i].text));
        if (out.rc != 0 || out.truth != truths[i].truth)
            fail_msg("%s: expected %d, found %d, %s", truths[i].text,
                     (int)truths[i].truth, (int)out.truth, out.err.message);
    }
}

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
        struct outcome out = evaluate(faults[i].text, strlen(faults[i].text));
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
        struct outcome out = evaluate(cases[i].text, strlen(cases[i].text));
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
    struct outcome out = evaluate("yes\0", 4);
    assert_int_equal(out.rc, ERR_DATA);
    assert_string_equal(out.err.message, "the expression is not UTF-8 text");
}

/* --- limits --------------------------------------------------------------- */

/* count times front, middle, count times back. */
static char *nest(unsigned count, const char *front, const char *middle,
                  const char *back)
{
    size_t size = count * (strlen(front) + strlen(back)) + strlen(middle) + 1;
    char *text = malloc(size);
    char *at = text;

    assert_non_null(text);
    for (unsigned i = 0; i < count; i++)
        at = strcpy(at, front) + strlen(front);
    at = strcpy(at, middle) + strlen(middle);
    for (unsigned i = 0; i < count; i++)
        at = strcpy(at, back) + strlen(back);
    return text;
}

static struct outcome evaluate_and_free(char *text)
{
    struct outcome out = evaluate(text, strlen(text));

    free(text);
    return out;
}

static void parentheses_are_bounded(void **state)
{
    (void)state;
    struct outcome out =
        evaluate_and_free(nest(EXPR_DEPTH_MAX, "(", "n == 3", ")"));
    assert_int_equal(out.rc, 0);
    assert_int_equal(out.truth, EXPR_TRUE);
    out = evaluate_and_free(nest(EXPR_DEPTH_MAX + 1, "(", "n == 3", ")"));
    assert_int_equal(out.rc, ERR_LIMIT);
    assert_int_equal(out.err.column, EXPR_DEPTH_MAX + 1);
    assert_string_equal(out.err.message,
                        "more than 64 parentheses in one another");
}

/* Both sides of && and || wait on the stack at each level. */
static void the_deepest_program_fits_its_stack(void **state)
{
    (void)state;
    struct outcome out = evaluate_and_free(
        nest(EXPR_DEPTH_MAX, "no || yes && (", "no || yes && yes", ")"));
    assert_int_equal(out.rc, 0);
    assert_int_equal(out.truth, EXPR_TRUE);
    out = evaluate_and_free(nest(EXPR_DEPTH_MAX, "gone || gone && !(",
                                 "gone || gone && gone", ")"));
    assert_int_equal(out.rc, 0);
    assert_int_equal(out.truth, EXPR_UNKNOWN);
}

static void long_chains_need_no_depth(void **state)
{
    (void)state;
    struct outcome out = evaluate_and_free(nest(8000, "yes && ", "no", ""));
    assert_int_equal(out.rc, 0);
    assert_int_equal(out.truth, EXPR_FALSE);
    assert_int_equal(out.lookups, 8001);
    out = evaluate_and_free(nest(8000, "no || ", "gone", ""));
    assert_int_equal(out.truth, EXPR_UNKNOWN);
    out = evaluate_and_free(nest(60001, "!", "no", ""));
    assert_int_equal(out.truth, EXPR_TRUE);
}

/* A chain that is decided looks nothing up any more. */
static void what_is_certain_ends_the_work(void **state)
{
    (void)state;
    struct outcome out = evaluate_and_free(nest(8000, "no && ", "yes", ""));
    assert_int_equal(out.truth, EXPR_FALSE);
    assert_int_equal(out.lookups, 1);
    out = evaluate_and_free(nest(8000, "yes || ", "yes", ""));
    assert_int_equal(out.truth, EXPR_TRUE);
    assert_int_equal(out.lookups, 1);
}

static void texts_are_bounded(void **state)
{
    (void)state;
    struct outcome out =
        evaluate_and_free(nest(EXPR_TEXT_MAX - 3, " ", "yes", ""));
    assert_int_equal(out.rc, 0);
    out = evaluate_and_free(nest(EXPR_TEXT_MAX - 2, " ", "yes", ""));
    assert_int_equal(out.rc, ERR_LIMIT);
    assert_string_equal(out.err.message, "the expression is over 65536 bytes");
    out = evaluate_and_free(nest(EXPR_LIKE_MAX, "ü", "", ""));
    assert_int_equal(out.rc, ERR_DATA);
}

static char *pattern_of(unsigned count, const char *what)
{
    char *inner = nest(count, what, "", "");
    size_t size = strlen(inner) + 32;
    char *text = malloc(size);

    assert_non_null(text);
    snprintf(text, size, "s like '%s'", inner);
    free(inner);
    return text;
}

static void patterns_are_bounded(void **state)
{
    (void)state;
    struct outcome out = evaluate_and_free(pattern_of(EXPR_LIKE_MAX, "ü"));
    assert_int_equal(out.rc, 0);
    assert_int_equal(out.truth, EXPR_FALSE);
    out = evaluate_and_free(pattern_of(EXPR_LIKE_MAX + 1, "ü"));
    assert_int_equal(out.rc, ERR_LIMIT);
    assert_int_equal(out.err.column, 8);
    assert_string_equal(out.err.message, "the pattern is over 1000 characters");
}

/* Exponential where every "*" is tried again; done at once where not. */
static void stars_do_not_multiply(void **state)
{
    char *text = nest(20000, "a", "", "");
    char *stars = nest(400, "a*", "", "");
    size_t size = strlen(text) + strlen(stars) + 32;
    char *all = malloc(size);

    (void)state;
    assert_non_null(all);
    snprintf(all, size, "'%s' like '%sb'", text, stars);
    struct outcome out = evaluate_and_free(all);
    assert_int_equal(out.rc, 0);
    assert_int_equal(out.truth, EXPR_FALSE);
    free(stars);
    free(text);
}

static void names_are_bounded(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, EXPR_TEXT_MAX);
    for (unsigned i = 0; i <= EXPR_NAMES_MAX; i++)
        buf_addf(&text, "%sa%u", i == 0 ? "" : "||", i);
    struct outcome out = evaluate(buf_str(&text), text.len);
    assert_int_equal(out.rc, ERR_LIMIT);
    assert_string_equal(out.err.message, "more than 1000 different names");
    buf_release(&text);
}

/* --- names ---------------------------------------------------------------- */

static void names_are_listed_once(void **state)
{
    const char *text = "lr > 1 || seed == lr && 'name' like '*' && !opt";
    struct err err = ERR_INIT;
    struct arena arena;
    struct expr expr;

    (void)state;
    arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(expr_compile(&expr, text, strlen(text), &arena, &err), 0);
    assert_int_equal(expr.name_count, 3);
    assert_string_equal(expr.names[0].text, "lr");
    assert_string_equal(expr.names[1].text, "seed");
    assert_string_equal(expr.names[2].text, "opt");
    assert_int_equal(expr_column(&expr, expr.names[1].offset), 11);
    assert_int_equal(expr.names[2].binding, 0);
    arena_release(&arena);
}

static void unknown_names_get_the_nearest(void **state)
{
    const char *text = "'ü' == 'ü' && sede > 1";
    struct err err = ERR_INIT;
    struct nearest search;
    struct arena arena;
    struct expr expr;

    (void)state;
    arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(expr_compile(&expr, text, strlen(text), &arena, &err), 0);
    nearest_begin(&search, "sede", 4);
    nearest_offer(&search, "lr");
    nearest_offer(&search, "seed");
    assert_int_equal(expr_unknown_name(&expr, &expr.names[0], &search, &err),
                     ERR_DATA);
    assert_string_equal(err.message,
                        "unknown name \"sede\" (did you mean \"seed\"?)");
    assert_int_equal(err.column, 15);
    arena_release(&arena);
}

static int broken(void *arg, const struct expr_name *name,
                  struct expr_value *value, struct err *err)
{
    (void)arg;
    (void)value;
    return err_set(err, ERR_IO, "cannot look up %s", name->text);
}

static void a_failed_lookup_ends_it(void **state)
{
    struct err err = ERR_INIT;
    enum expr_truth truth;
    struct arena arena;
    struct expr expr;

    (void)state;
    arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(expr_compile(&expr, "1 == a", 6, &arena, &err), 0);
    assert_int_equal(expr_eval(&expr, broken, NULL, &truth, &err), ERR_IO);
    assert_string_equal(err.message, "cannot look up a");
    arena_release(&arena);
}

static void little_memory_is_an_error(void **state)
{
    const char *text = "lr > 1 && opt in ['adam', 'sgd'] || s like 'a*'";
    unsigned failed = 0;

    (void)state;
    for (size_t max = 0; max < 8192; max += 64) {
        struct err err = ERR_INIT;
        struct arena arena;
        struct expr expr;
        arena_init(&arena, max);
        int rc = expr_compile(&expr, text, strlen(text), &arena, &err);
        assert_true(rc == 0 || rc == ERR_LIMIT);
        failed += rc != 0;
        arena_release(&arena);
    }
    assert_in_range(failed, 10, 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_have_their_truth),
        cmocka_unit_test(faults_are_named_with_their_column),
        cmocka_unit_test(a_string_is_checked_as_json),
        cmocka_unit_test(a_nul_is_no_text),
        cmocka_unit_test(parentheses_are_bounded),
        cmocka_unit_test(the_deepest_program_fits_its_stack),
        cmocka_unit_test(long_chains_need_no_depth),
        cmocka_unit_test(what_is_certain_ends_the_work),
        cmocka_unit_test(texts_are_bounded),
        cmocka_unit_test(patterns_are_bounded),
        cmocka_unit_test(stars_do_not_multiply),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(names_are_listed_once),
        cmocka_unit_test(unknown_names_get_the_nearest),
        cmocka_unit_test(a_failed_lookup_ends_it),
        cmocka_unit_test(little_memory_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
