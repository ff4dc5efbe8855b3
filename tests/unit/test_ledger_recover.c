/* What recovery makes of a ledger that was cut, or torn by a power cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger_wreck.h"

/* Opens a file of these bytes for writing; it has to hold `records`. */
static void assert_recovers(struct wreck *wreck, const char *bytes, size_t len,
                            unsigned records)
{
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    uint64_t end = records > 0 ? wreck->steps.ends[records - 1] : 0;

    disk_put(&wreck->disk, SAMPLE_PATH, bytes, len);
    wreck_forget_torn(wreck);
    int result = sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err);
    if (result != 0)
        fail_msg("%zu bytes: %s", len, err.message);
    struct disk_file *file = disk_find(&wreck->disk, SAMPLE_PATH);
    assert_int_equal(ledger_info(ledger)->torn_bytes, len - end);
    if (records > 0) {
        wreck_assert_says(ledger, wreck, records);
        assert_int_equal(file->bytes.len, end);
    } else {
        assert_int_equal(ledger_info(ledger)->records, 1);
        assert_false(ledger_info(ledger)->created);
    }
    assert_memory_equal(file->bytes.data, wreck->whole.data, end);
    assert_int_equal(file->synced.len, file->bytes.len);
    if (len > end) {
        assert_non_null(wreck_torn(wreck));
        assert_int_equal(wreck_torn(wreck)->synced.len, len - end);
        assert_memory_equal(wreck_torn(wreck)->bytes.data, bytes + end,
                            len - end);
    } else {
        assert_null(wreck_torn(wreck));
    }
    ledger_close(ledger);
}

static void cut_at_every_byte_leaves_the_whole_records(void **state)
{
    struct wreck *wreck = *state;

    for (size_t len = 0; len <= wreck->whole.len; len++)
        assert_recovers(wreck, wreck->whole.data, len,
                        wreck_records(wreck, len));
}

static void cut_at_every_byte_reads_the_same_without_writing(void **state)
{
    struct wreck *wreck = *state;
    struct ledger *ledger;
    struct err err = ERR_INIT;

    for (size_t len = 0; len <= wreck->whole.len; len++) {
        unsigned records = wreck_records(wreck, len);
        disk_put(&wreck->disk, SAMPLE_PATH, wreck->whole.data, len);
        int result = sample_open(&wreck->disk, LEDGER_READ, &ledger, &err);
        assert_int_equal(result, records > 0 ? 0 : 1);
        if (result == 0) {
            wreck_assert_says(ledger, wreck, records);
            assert_int_equal(ledger_info(ledger)->torn_bytes,
                             len - wreck->steps.ends[records - 1]);
        }
        ledger_close(ledger);
        struct disk_file *file = disk_find(&wreck->disk, SAMPLE_PATH);
        assert_int_equal(file->bytes.len, len);
        assert_null(wreck_torn(wreck));
    }
}

static void zeros_behind_the_records_are_a_torn_tail(void **state)
{
    struct wreck *wreck = *state;
    struct buf bytes;

    buf_init(&bytes, 1 << 20);
    for (unsigned r = 1; r <= wreck->steps.count; r++) {
        buf_clear(&bytes);
        buf_add(&bytes, wreck->whole.data, wreck->steps.ends[r - 1]);
        for (int i = 0; i < 9000; i++)
            buf_add_char(&bytes, '\0');
        assert_recovers(wreck, bytes.data, bytes.len, r);
    }
    buf_release(&bytes);
}

static void a_file_of_zeros_begins_anew(void **state)
{
    struct wreck *wreck = *state;
    static const char zeros[4096];

    assert_recovers(wreck, zeros, sizeof zeros, 0);
}

/* Blocks reach the disk in any order: an early one may be lost alone. */
static void zeroed_range_in_the_unsynced_tail_is_cut(void **state)
{
    struct wreck *wreck = *state;
    unsigned last = wreck->steps.count - 1;
    uint64_t dur = wreck->steps.durs[last];
    struct buf bytes;

    buf_init(&bytes, 1 << 20);
    buf_add(&bytes, wreck->whole.data, wreck->whole.len);
    unsigned first = wreck_record_of(wreck, (size_t)dur);
    assert_true(first < last);
    memset(bytes.data + wreck_start(wreck, first), 0, 50);
    assert_recovers(wreck, bytes.data, bytes.len, first);
    /* One byte before dur is damage. */
    buf_clear(&bytes);
    buf_add(&bytes, wreck->whole.data, wreck->whole.len);
    memset(bytes.data + dur - 1, 0, 50);
    disk_put(&wreck->disk, SAMPLE_PATH, bytes.data, bytes.len);
    struct ledger *ledger;
    struct err err = ERR_INIT;
    assert_int_equal(sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err),
                     ERR_DATA);
    buf_release(&bytes);
}

/* What a power cut may leave of the last group: any of its blocks. */
static void any_blocks_of_the_last_group_may_be_lost(void **state)
{
    struct wreck *wreck = *state;
    unsigned last = wreck->steps.count - 1;
    size_t from = (size_t)wreck->steps.durs[last];
    size_t block = 64;
    unsigned seed = 1;
    struct buf bytes;

    buf_init(&bytes, 1 << 20);
    for (int round = 0; round < 2000; round++) {
        buf_clear(&bytes);
        buf_add(&bytes, wreck->whole.data, wreck->whole.len);
        size_t first_lost = bytes.len;
        for (size_t at = from; at < bytes.len; at += block) {
            size_t len = bytes.len - at < block ? bytes.len - at : block;
            seed = seed * 1103515245U + 12345U;
            if (seed >> 16 & 3)
                continue;
            memset(bytes.data + at, 0, len);
            first_lost = at < first_lost ? at : first_lost;
        }
        assert_recovers(wreck, bytes.data, bytes.len,
                        first_lost == bytes.len
                            ? wreck->steps.count
                            : wreck_record_of(wreck, first_lost));
    }
    buf_release(&bytes);
}

static void what_was_not_known_durable_is_written_again(void **state)
{
    struct wreck *wreck = *state;
    struct ledger *ledger;
    struct err err = ERR_INIT;
    unsigned last = wreck->steps.count - 1;
    struct disk_file *file = disk_put(&wreck->disk, SAMPLE_PATH,
                                      wreck->whole.data, wreck->whole.len);

    /* In the page cache, and marked clean after a failed write-back. */
    buf_truncate(&file->synced, (size_t)wreck->steps.durs[last]);
    assert_int_equal(sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err), 0);
    assert_int_equal(file->synced.len, wreck->whole.len);
    assert_memory_equal(file->synced.data, wreck->whole.data, wreck->whole.len);
    ledger_close(ledger);
}

static void appending_after_recovery_gives_a_valid_ledger(void **state)
{
    struct wreck *wreck = *state;
    struct ledger_check_result checked;
    struct ledger *ledger;
    struct err err = ERR_INIT;
    struct errs errs;

    for (size_t len = 0; len <= wreck->whole.len; len += 97) {
        disk_put(&wreck->disk, SAMPLE_PATH, wreck->whole.data, len);
        wreck_forget_torn(wreck);
        assert_int_equal(sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err),
                         0);
        assert_int_equal(sample_begin(ledger, &err), 0);
        struct ledger_intent intent = sample_intent(77, 0, 0);
        assert_int_equal(ledger_add_intent(ledger, &intent, &err), 0);
        assert_int_equal(ledger_commit(ledger, &err), 0);
        ledger_close(ledger);
        errs_init(&errs);
        assert_int_equal(
            ledger_check(&wreck->disk.os, SAMPLE_PATH, &checked, &errs, &err),
            0);
        if (checked.problems > 0)
            fail_msg("%zu: %s", len, errs.items[0].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte_leaves_the_whole_records),
        cmocka_unit_test(cut_at_every_byte_reads_the_same_without_writing),
        cmocka_unit_test(zeros_behind_the_records_are_a_torn_tail),
        cmocka_unit_test(a_file_of_zeros_begins_anew),
        cmocka_unit_test(zeroed_range_in_the_unsynced_tail_is_cut),
        cmocka_unit_test(any_blocks_of_the_last_group_may_be_lost),
        cmocka_unit_test(what_was_not_known_durable_is_written_again),
        cmocka_unit_test(appending_after_recovery_gives_a_valid_ledger),
    };

    return cmocka_run_group_tests(tests, wreck_setup, wreck_teardown);
}
