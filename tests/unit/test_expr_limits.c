#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/buf.h"
#include "expr_help.h"

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
    struct outcome out = expr_outcome(text, strlen(text));

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
    struct outcome out = expr_outcome(buf_str(&text), text.len);
    assert_int_equal(out.rc, ERR_LIMIT);
    assert_string_equal(out.err.message, "more than 1000 different names");
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parentheses_are_bounded),
        cmocka_unit_test(the_deepest_program_fits_its_stack),
        cmocka_unit_test(long_chains_need_no_depth),
        cmocka_unit_test(what_is_certain_ends_the_work),
        cmocka_unit_test(texts_are_bounded),
        cmocka_unit_test(patterns_are_bounded),
        cmocka_unit_test(stars_do_not_multiply),
        cmocka_unit_test(names_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
