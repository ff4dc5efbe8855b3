#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "expr_help.h"

#define T EXPR_TRUE
#define F EXPR_FALSE
#define U EXPR_UNKNOWN

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
        struct outcome out =
            expr_outcome(truths[i].text, strlen(truths[i].text));
        if (out.rc != 0 || out.truth != truths[i].truth)
            fail_msg("%s: expected %d, found %d, %s", truths[i].text,
                     (int)truths[i].truth, (int)out.truth, out.err.message);
    }
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
        cmocka_unit_test(names_are_listed_once),
        cmocka_unit_test(unknown_names_get_the_nearest),
        cmocka_unit_test(a_failed_lookup_ends_it),
        cmocka_unit_test(little_memory_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
