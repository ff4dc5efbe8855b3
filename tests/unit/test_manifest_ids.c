#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "../../queue/manifest_ids.h"

static struct hasher hasher;

static int setup(void **state)
{
    struct err err;

    (void)state;
    return hasher_init(&hasher, &err);
}

static int teardown(void **state)
{
    (void)state;
    hasher_release(&hasher);
    return 0;
}

static int add(struct manifest_ids *ids, const char *id, uint64_t line,
               uint64_t *first)
{
    struct err err;

    return manifest_ids_add(ids, &hasher, id, line, first, &err);
}

static void sum(const struct manifest_ids *ids, size_t *count, size_t *cap)
{
    *count = 0;
    *cap = 0;
    for (size_t i = 0; i < MANIFEST_IDS_TABLES; i++) {
        *count += ids->tables[i].count;
        *cap += ids->tables[i].cap;
    }
}

static void a_second_id_is_told_with_the_firsts_line(void **state)
{
    struct manifest_ids ids;
    size_t count, cap;
    uint64_t first = 0;

    (void)state;
    manifest_ids_init(&ids);
    assert_int_equal(add(&ids, "a", 1, &first), 0);
    assert_int_equal(add(&ids, "A", 2, &first), 0);
    assert_int_equal(add(&ids, "a.", 3, &first), 0);
    assert_int_equal(add(&ids, "A", 4, &first), 1);
    assert_int_equal(first, 2);
    assert_int_equal(add(&ids, "a", 5, &first), 1);
    assert_int_equal(first, 1);
    sum(&ids, &count, &cap);
    assert_int_equal(count, 3);
    manifest_ids_release(&ids);
}

static void growing_keeps_every_id_and_line(void **state)
{
    enum {
        COUNT = 50000
    };
    struct manifest_ids ids;
    size_t count, cap;
    uint64_t first = 0;
    char id[32];

    (void)state;
    manifest_ids_init(&ids);
    for (unsigned i = 1; i <= COUNT; i++) {
        snprintf(id, sizeof id, "job-%u", i);
        assert_int_equal(add(&ids, id, i, &first), 0);
    }
    for (unsigned i = 1; i <= COUNT; i++) {
        snprintf(id, sizeof id, "job-%u", i);
        assert_int_equal(add(&ids, id, COUNT + i, &first), 1);
        assert_int_equal(first, i);
    }
    sum(&ids, &count, &cap);
    assert_int_equal(count, COUNT);
    /* 16 bytes a slot: at most 16 * 1.5 bytes an id. */
    assert_in_range(cap, COUNT, COUNT + COUNT / 2);
    manifest_ids_release(&ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_id_is_told_with_the_firsts_line),
        cmocka_unit_test(growing_keeps_every_id_and_line),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
