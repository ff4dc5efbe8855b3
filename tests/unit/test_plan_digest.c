/* The digest's form, and what --expect says of another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runner/plan_digest.h"

#define WHOLE "ttnw66ml7apkei6tkqlmyb5j7y"
#define NONE  "-0000000000000000"
#define OTHER "aaaaaaaaaaaaaaaaaaaaaaaaaa"

static void a_digest_is_known_by_its_form(void **state)
{
    static const char *const wrong[] = {
        "",
        "-",
        WHOLE,
        WHOLE "-d97f013d5c0a77e",
        WHOLE "-d97f013d5c0a77e1a",
        WHOLE "-D97F013D5C0A77E1",
        WHOLE "_d97f013d5c0a77e1",
        "ttnw66ml7apkei6tkqlmyb5j71-d97f013d5c0a77e1",
        "ttnw66ml7apkei6tkqlmyb5j7z-d97f013d5c0a77e1", /* stray low bits */
    };
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(plan_digest_check(WHOLE "-d97f013d5c0a77e1", &err), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(plan_digest_check(wrong[i], &err), ERR_USAGE);
}

static void what_differs_is_named(void **state)
{
    static const struct {
        const char *found, *begins;
    } rows[] = {
        {OTHER NONE, "--expect: something is not"},
        {OTHER "-0100000000000000", "--expect: the manifest is not"},
        {OTHER "-0000000100000000", "--expect: the selection (--set,"},
        {OTHER "-0100000101000001", "--expect: the manifest and the selection"},
        {OTHER "-0000000001000000", "--expect: the prices are not"},
        {OTHER "-0000000000000001", "--expect: the ledger is not"},
        {OTHER "-0000000001000001",
         "--expect: the prices and the ledger are not"},
        /* they follow from the manifest, perhaps */
        {OTHER "-ffff000001000001", "--expect: the manifest is not"},
    };
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(plan_digest_compare(WHOLE NONE, WHOLE NONE, &err), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(plan_digest_compare(WHOLE NONE, rows[i].found, &err),
                         ERR_DATA);
        assert_memory_equal(err.message, rows[i].begins,
                            strlen(rows[i].begins));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_is_known_by_its_form),
        cmocka_unit_test(what_differs_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
