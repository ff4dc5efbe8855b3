/* Which of many points have one key, or one name: in memory, and in a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../../runner/twins_records.h"

static struct twins_records records;

static void add(uint64_t key, uint64_t name)
{
    struct err err = ERR_INIT;

    if (twins_records_add(&records, key, name, &err) != 0)
        fail_msg("%s", err.message);
}

static void finish(void)
{
    struct err err = ERR_INIT;

    if (twins_records_finish(&records, &err) != 0)
        fail_msg("%s", err.message);
}

static void expect_pair(const struct twins_pairs *pairs, unsigned at,
                        uint64_t first, uint64_t other)
{
    assert_true(at < pairs->shown);
    assert_int_equal(pairs->pairs[at].first, first);
    assert_int_equal(pairs->pairs[at].other, other);
}

static void nothing_is_like_nothing(void **state)
{
    (void)state;
    twins_records_init(&records);
    finish();
    assert_int_equal(records.same_pairs.count, 0);
    assert_false(twins_records_is_same(&records, 0));
    twins_records_release(&records);
}

static void keys_and_names_are_compared(void **state)
{
    (void)state;
    twins_records_init(&records);
    add(1, 10);
    add(2, 20);
    add(1, 11); /* the first one's job, under another name */
    add(2, 20); /* the second one itself */
    add(3, 20); /* its name, another job */
    add(1, 10);
    finish();
    assert_int_equal(records.same_pairs.count, 3);
    expect_pair(&records.same_pairs, 0, 0, 2);
    expect_pair(&records.same_pairs, 1, 1, 3);
    expect_pair(&records.same_pairs, 2, 0, 5);
    assert_int_equal(records.name_pairs.count, 1);
    expect_pair(&records.name_pairs, 0, 1, 4);
    assert_int_equal(twins_records_count(&records, 0, 6), 3);
    assert_int_equal(twins_records_count(&records, 3, 2), 1);
    assert_false(twins_records_is_same(&records, 0));
    assert_true(twins_records_is_same(&records, 5));
    /* And once more from the start. */
    twins_records_clear(&records);
    add(1, 10);
    finish();
    assert_int_equal(records.same_pairs.count, 0);
    twins_records_release(&records);
}

/* The lowest ones are told, whatever the order they are found in. */
static void the_lowest_pairs_are_kept(void **state)
{
    (void)state;
    twins_records_init(&records);
    for (uint64_t i = 0; i < 100; i++)
        add(1000 - i, i);
    for (uint64_t i = 0; i < 100; i++)
        add(1000 - i, 100 + i);
    finish();
    assert_int_equal(records.same_pairs.count, 100);
    assert_int_equal(records.same_pairs.shown, TWINS_SHOWN_MAX);
    for (unsigned i = 0; i < TWINS_SHOWN_MAX; i++)
        expect_pair(&records.same_pairs, i, i, 100 + i);
    twins_records_release(&records);
}

/* More than are held: half of them fresh, then one key for all the rest. */
static void a_file_takes_what_memory_does_not(void **state)
{
    const uint64_t half = TWINS_HELD_MAX;

    (void)state;
    twins_records_init(&records);
    for (uint64_t i = 0; i < half; i++)
        add(i * 0x9e3779b97f4a7c15U, i * 0xc2b2ae3d27d4eb4fU);
    for (uint64_t i = 0; i < half + 17; i++)
        add(5, i == 3 ? 0 : i * 0xc2b2ae3d27d4eb4fU + 1);
    assert_non_null(records.file);
    finish();
    assert_true(records.held_cap <= TWINS_HELD_MAX);
    assert_int_equal(records.same_pairs.count, half + 16);
    expect_pair(&records.same_pairs, 0, half, half + 1);
    assert_int_equal(records.name_pairs.count, 1);
    expect_pair(&records.name_pairs, 0, 0, half + 3);
    assert_int_equal(twins_records_count(&records, 0, 2 * half + 17),
                     half + 16);
    twins_records_release(&records);
}

static void without_room_for_a_file_it_says_so(void **state)
{
    struct err err = ERR_INIT;
    int rc = 0;

    (void)state;
    setenv("TMPDIR", "/nowhere/at/all", 1);
    twins_records_init(&records);
    for (uint64_t i = 0; rc == 0 && i <= TWINS_HELD_MAX; i++)
        rc = twins_records_add(&records, i, i, &err);
    assert_int_equal(rc, ERR_CREATE);
    twins_records_release(&records);
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_like_nothing),
        cmocka_unit_test(keys_and_names_are_compared),
        cmocka_unit_test(the_lowest_pairs_are_kept),
        cmocka_unit_test(a_file_takes_what_memory_does_not),
        cmocka_unit_test(without_room_for_a_file_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
