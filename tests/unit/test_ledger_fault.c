/*
 * A ledger on a disk that fails at any one call, or is full, slow to take
 * bytes, or interrupted: whatever was committed is there afterwards.
 */
#include "ledger_sample.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct sample_steps good; /* of a run without faults */
    struct buf whole;
    uint64_t calls; /* that the run made */
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err = ERR_INIT;
    struct disk disk;

    disk_init(&disk);
    if (sample_write(&disk, &world->good, &err) < 0)
        fail_msg("%s", err.message);
    world->calls = disk.calls;
    struct disk_file *file = disk_find(&disk, SAMPLE_PATH);
    buf_init(&world->whole, 1 << 20);
    buf_add(&world->whole, file->bytes.data, file->bytes.len);
    disk_release(&disk);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    sample_steps_release(&world->good);
    buf_release(&world->whole);
    free(world);
    return 0;
}

/* The healed disk's ledger is a prefix with all that was committed. */
static void assert_kept(struct world *world, struct disk *disk,
                        uint64_t committed)
{
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    struct buf dump;
    unsigned r = 0;

    disk_heal(disk);
    int result = sample_open(disk, LEDGER_WRITE, &ledger, &err);
    if (result != 0)
        fail_msg("%s", err.message);
    uint64_t bytes = ledger_info(ledger)->bytes;
    if (bytes < committed)
        fail_msg("%llu bytes were committed, %llu are left",
                 (unsigned long long)committed, (unsigned long long)bytes);
    while (r < world->good.count && world->good.ends[r] < bytes)
        r++;
    assert_true(r < world->good.count);
    if (committed > 0) {
        assert_int_equal(world->good.ends[r], bytes);
        buf_init(&dump, 1 << 20);
        sample_dump(ledger, &dump);
        assert_string_equal(buf_str(&dump), buf_str(&world->good.dumps[r]));
        buf_release(&dump);
    }
    ledger_close(ledger);
}

struct fault {
    uint64_t at;
    int errnum;
    bool for_good;
    bool power_cut;
};

static void run_with(struct world *world, const struct fault *fault)
{
    struct sample_steps steps = {.count = 0};
    struct err err = ERR_INIT;
    struct disk disk;

    disk_init(&disk);
    disk.fail_at = fault->at;
    disk.fail_errno = fault->errnum;
    disk.fail_for_good = fault->for_good;
    int result = sample_write(&disk, &steps, &err);
    if (result < 0)
        assert_true(err.message[0] != '\0');
    if (fault->power_cut)
        disk_power_cut(&disk);
    assert_kept(world, &disk, steps.committed);
    sample_steps_release(&steps);
    disk_release(&disk);
}

static void any_call_may_fail_and_nothing_committed_is_lost(void **state)
{
    static const int errnums[] = {EIO, ENOSPC, EDQUOT};
    struct world *world = *state;

    for (uint64_t at = 1; at <= world->calls; at++)
        for (size_t e = 0; e < sizeof errnums / sizeof errnums[0]; e++)
            for (int bits = 0; bits < 4; bits++)
                run_with(world,
                         &(struct fault){at, errnums[e], bits & 1, bits & 2});
}

static void a_disk_may_be_full_at_any_size(void **state)
{
    struct world *world = *state;

    for (uint64_t size = 1; size <= world->whole.len; size += 31) {
        struct sample_steps steps = {.count = 0};
        struct err err = ERR_INIT;
        struct disk disk;
        disk_init(&disk);
        disk.full_at = size;
        int result = sample_write(&disk, &steps, &err);
        assert_true(result < 0 || size == world->whole.len);
        assert_kept(world, &disk, steps.committed);
        sample_steps_release(&steps);
        disk_release(&disk);
    }
}

static void short_counts_and_interruptions_change_nothing(void **state)
{
    struct world *world = *state;

    for (size_t bytes = 1; bytes < 600; bytes = bytes * 3 + 1) {
        struct sample_steps steps = {.count = 0};
        struct err err = ERR_INIT;
        struct disk disk;
        disk_init(&disk);
        disk.short_bytes = bytes;
        disk.interrupt = true;
        if (sample_write(&disk, &steps, &err) < 0)
            fail_msg("%zu: %s", bytes, err.message);
        struct disk_file *file = disk_find(&disk, SAMPLE_PATH);
        assert_int_equal(file->synced.len, world->whole.len);
        assert_memory_equal(file->synced.data, world->whole.data,
                            world->whole.len);
        disk.short_bytes = bytes;
        disk.interrupt = true;
        assert_kept(world, &disk, world->whole.len);
        sample_steps_release(&steps);
        disk_release(&disk);
    }
}

static void recovery_may_fail_at_any_call_and_be_tried_again(void **state)
{
    struct world *world = *state;
    uint64_t cut = world->whole.len - 5;
    uint64_t left = world->good.ends[world->good.count - 2];

    for (uint64_t at = 1; at < 40; at++) {
        for (int bits = 0; bits < 4; bits++) {
            struct ledger *ledger = NULL;
            struct err err = ERR_INIT;
            struct disk disk;
            disk_init(&disk);
            disk_put(&disk, SAMPLE_PATH, world->whole.data, (size_t)cut);
            disk.fail_at = at;
            disk.fail_errno = EIO;
            disk.fail_for_good = bits & 1;
            int result = sample_open(&disk, LEDGER_WRITE, &ledger, &err);
            assert_true(result == 0 || result < 0);
            ledger_close(ledger);
            if (bits & 2)
                disk_power_cut(&disk);
            assert_kept(world, &disk, left);
            disk_release(&disk);
        }
    }
}

/* A ledger with one open job, on a disk that then fails. */
struct run {
    struct disk disk;
    struct ledger *ledger;
    struct err err;
};

static void run_begin(struct run *run)
{
    struct ledger_intent intent = sample_intent(1, 0, 0);

    memset(run, 0, sizeof *run);
    disk_init(&run->disk);
    assert_int_equal(
        sample_open(&run->disk, LEDGER_WRITE, &run->ledger, &run->err), 0);
    assert_int_equal(sample_begin(run->ledger, &run->err), 0);
    assert_int_equal(ledger_add_intent(run->ledger, &intent, &run->err), 0);
    disk_heal(&run->disk);
}

static void run_end(struct run *run)
{
    ledger_close(run->ledger);
    disk_release(&run->disk);
}

static void a_failed_commit_is_final(void **state)
{
    static const unsigned kinds[] = {1U << DISK_PWRITE, 1U << DISK_FDATASYNC};
    (void)state;

    for (int i = 0; i < 2; i++) {
        struct run run;
        run_begin(&run);
        run.disk.fail_kinds = kinds[i];
        run.disk.fail_at = 1;
        run.disk.fail_errno = EIO;
        assert_int_equal(ledger_commit(run.ledger, &run.err), ERR_IO);
        disk_heal(&run.disk);
        run.err = (struct err)ERR_INIT;
        assert_int_equal(ledger_commit(run.ledger, &run.err), ERR_IO);
        assert_non_null(strstr(run.err.message, "nothing more is sent"));
        assert_int_equal(run.disk.count[DISK_FDATASYNC], 0);
        assert_int_equal(run.disk.count[DISK_PWRITE], 0);
        assert_int_equal(sample_begin(run.ledger, &run.err), ERR_IO);
        assert_int_equal(ledger_reserve(run.ledger, 1, &run.err), ERR_IO);
        assert_true(ledger_pending_bytes(run.ledger) > 0);
        run_end(&run);
    }
}

static void a_commit_is_one_write_and_one_sync(void **state)
{
    struct run run;
    (void)state;

    run_begin(&run);
    for (unsigned n = 2; n < 60; n++) {
        struct ledger_intent intent = sample_intent(n, 0, 0);
        assert_int_equal(ledger_add_intent(run.ledger, &intent, &run.err), 0);
    }
    assert_int_equal(run.disk.count[DISK_PWRITE], 0);
    assert_int_equal(ledger_commit(run.ledger, &run.err), 0);
    assert_int_equal(run.disk.count[DISK_PWRITE], 1);
    assert_int_equal(run.disk.count[DISK_FDATASYNC], 1);
    assert_int_equal(ledger_commit(run.ledger, &run.err), 0);
    assert_int_equal(run.disk.count[DISK_FDATASYNC], 1);
    run_end(&run);
}

static void a_full_disk_is_told_before_anything_is_sent(void **state)
{
    struct run run;
    (void)state;

    run_begin(&run);
    struct disk_file *file = disk_find(&run.disk, SAMPLE_PATH);
    run.disk.full_at = file->bytes.len + 4096;
    assert_int_equal(ledger_reserve(run.ledger, 1 << 20, &run.err), ERR_IO);
    assert_non_null(strstr(run.err.message, "make room"));
    /* What fits goes on. */
    assert_int_equal(ledger_reserve(run.ledger, 100, &run.err), 0);
    assert_int_equal(ledger_commit(run.ledger, &run.err), 0);
    run_end(&run);
}

static void room_is_asked_for_once_and_where_it_cannot_be_had(void **state)
{
    struct run run;
    (void)state;

    run_begin(&run);
    for (int i = 0; i < 100; i++)
        assert_int_equal(ledger_reserve(run.ledger, 5000, &run.err), 0);
    assert_int_equal(run.disk.count[DISK_FALLOCATE], 1);
    run_end(&run);
    run_begin(&run);
    run.disk.fail_kinds = 1U << DISK_FALLOCATE;
    run.disk.fail_at = 1;
    run.disk.fail_errno = EOPNOTSUPP;
    for (int i = 0; i < 100; i++)
        assert_int_equal(ledger_reserve(run.ledger, 5000, &run.err), 0);
    assert_int_equal(run.disk.count[DISK_FALLOCATE], 1);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_call_may_fail_and_nothing_committed_is_lost),
        cmocka_unit_test(a_disk_may_be_full_at_any_size),
        cmocka_unit_test(short_counts_and_interruptions_change_nothing),
        cmocka_unit_test(recovery_may_fail_at_any_call_and_be_tried_again),
        cmocka_unit_test(a_failed_commit_is_final),
        cmocka_unit_test(a_commit_is_one_write_and_one_sync),
        cmocka_unit_test(a_full_disk_is_told_before_anything_is_sent),
        cmocka_unit_test(room_is_asked_for_once_and_where_it_cannot_be_had),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
