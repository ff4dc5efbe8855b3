#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/nearest.h"

/* What a search among known (ended by NULL) suggests for typed, or NULL. */
static const char *suggest(const char *typed, const char *const *known)
{
    struct nearest search;

    nearest_begin(&search, typed, strlen(typed));
    for (; *known; known++)
        nearest_offer(&search, *known);
    return search.best;
}

static const char *const fields[] = {"market", "timeout", "params", "name",
                                     "key",    "cid",     "id",     NULL};

static const struct {
    const char *typed;
    const char *best;
} rows[] = {
    {"markt", "market"},    /* a letter lost */
    {"markket", "market"},  /* one too many */
    {"marbet", "market"},   /* another one */
    {"marekt", "market"},   /* two swapped */
    {"MARKET", "market"},   /* case does not count */
    {"tmieuot", "timeout"}, /* two swaps of seven */
    {"tiemuotx", NULL},     /* three edits of eight */
    {"parameters", NULL},   /* four edits, three allowed */
    {"param", "params"},    {"kye", "key"}, {"ky", "key"},
    {"ids", "id"},  /* one edit, as for "cid": the first that is nearest */
    {"xid", "cid"}, /* offered before "id" */
    {"name", "name"},       {"zzzz", NULL}, {"", NULL},
};

static void near_names_are_found_and_far_ones_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *best = suggest(rows[i].typed, fields);
        if (rows[i].best)
            assert_string_equal(best ? best : "nothing", rows[i].best);
        else
            assert_null(best);
    }
}

static void a_swap_is_one_edit(void **state)
{
    struct nearest search;
    (void)state;

    nearest_begin(&search, "ab", 2);
    nearest_offer(&search, "ba");
    assert_string_equal(search.best, "ba");
    assert_int_equal(search.distance, 1);
}

static void the_nearest_wins_whatever_the_order(void **state)
{
    static const char *const near_first[] = {"image", "images", "imagery",
                                             NULL};
    static const char *const near_last[] = {"imagery", "images", "image", NULL};
    (void)state;

    assert_string_equal(suggest("imge", near_first), "image");
    assert_string_equal(suggest("imge", near_last), "image");
}

static void very_long_names_have_no_neighbour(void **state)
{
    char typed[200];
    char known[200];
    (void)state;

    memset(typed, 'a', sizeof typed);
    memset(known, 'a', sizeof known);
    for (size_t len = 60; len < sizeof known; len++) {
        const char *const names[] = {known, NULL};
        typed[len] = '\0';
        known[len] = '\0';
        assert_true((suggest(typed, names) != NULL) ==
                    (len <= NEAREST_NAME_MAX));
        typed[len] = 'a';
        known[len] = 'a';
    }
}

static void a_hint_asks_or_is_empty(void **state)
{
    struct nearest search;
    char out[64];
    (void)state;

    nearest_begin(&search, "sede", 4);
    assert_string_equal(nearest_hint(&search, out, sizeof out), "");
    nearest_offer(&search, "seed");
    assert_string_equal(nearest_hint(&search, out, sizeof out),
                        " (did you mean \"seed\"?)");
}

static void a_hint_that_does_not_fit_is_left_out(void **state)
{
    struct nearest search;
    char out[24];
    (void)state;

    nearest_begin(&search, "sede", 4);
    nearest_offer(&search, "seed");
    assert_string_equal(nearest_hint(&search, out, 23), "");
    assert_int_equal(strlen(nearest_hint(&search, out, 24)), 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_names_are_found_and_far_ones_not),
        cmocka_unit_test(a_swap_is_one_edit),
        cmocka_unit_test(the_nearest_wins_whatever_the_order),
        cmocka_unit_test(very_long_names_have_no_neighbour),
        cmocka_unit_test(a_hint_asks_or_is_empty),
        cmocka_unit_test(a_hint_that_does_not_fit_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
