/*
 * A ledger's rows in any order.
 */
#include "ledger_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct disk disk;
    struct ledger *ledger;
    struct err err;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    disk_init(&world->disk);
    if (sample_write(&world->disk, NULL, &world->err) < 0)
        fail_msg("%s", world->err.message);
    assert_int_equal(
        sample_open(&world->disk, LEDGER_READ, &world->ledger, &world->err), 0);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    ledger_close(world->ledger);
    disk_release(&world->disk);
    free(world);
    return 0;
}

/* What tells one row from another. */
struct seen_row {
    uint32_t number, gen;
    bool latest;
    char key[KEY_TEXT_MAX];
    enum ledger_state state;
    int64_t at_ms;
};

struct seen_rows {
    struct seen_row rows[32];
    size_t count;
};

static int keep_row(void *arg, const struct ledger_row *row, struct err *err)
{
    struct seen_rows *seen = arg;
    struct seen_row *out = &seen->rows[seen->count++];

    (void)err;
    assert_true(seen->count < 32);
    *out = (struct seen_row){.number = row->number,
                             .gen = row->gen,
                             .latest = row->latest,
                             .state = row->state,
                             .at_ms = row->at_ms};
    snprintf(out->key, sizeof out->key, "%s", row->key);
    return 0;
}

static void rows_come_in_any_order_alike(void **state)
{
    struct world *world = *state;
    struct seen_rows seen = {.count = 0};
    const struct ledger_row *row;
    struct ledger_folder *folder;
    uint32_t latest = 0;

    assert_int_equal(ledger_rows(world->ledger, keep_row, &seen, &world->err),
                     0);
    assert_int_equal(ledger_folder_open(&folder, world->ledger, &world->err),
                     0);
    for (size_t i = seen.count; i-- > 0;) {
        const struct seen_row *expected = &seen.rows[i];
        assert_int_equal(ledger_folder_row(folder, expected->number,
                                           expected->gen, &row, &world->err),
                         1);
        assert_string_equal(row->key, expected->key);
        assert_int_equal(row->state, expected->state);
        assert_int_equal(row->at_ms, expected->at_ms);
        assert_int_equal(row->latest, expected->latest);
        latest += row->latest;
    }
    assert_int_equal(latest, ledger_jobs(world->ledger));
    assert_true(seen.count > latest);
    assert_int_equal(ledger_folder_row(folder, 0, 99, &row, &world->err), 0);
    ledger_folder_close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_come_in_any_order_alike, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
