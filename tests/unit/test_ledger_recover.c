/*
 * What recovery makes of a ledger that was cut, damaged or torn.
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
    struct sample_steps steps;
    struct buf whole; /* the sample's bytes */
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err = ERR_INIT;

    disk_init(&world->disk);
    int records = sample_write(&world->disk, &world->steps, &err);
    if (records < 0)
        fail_msg("%s", err.message);
    assert_int_equal(records, world->steps.count);
    struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
    buf_init(&world->whole, 1 << 20);
    buf_add(&world->whole, file->bytes.data, file->bytes.len);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    sample_steps_release(&world->steps);
    buf_release(&world->whole);
    disk_release(&world->disk);
    free(world);
    return 0;
}

/* Records whose lines are whole within len bytes. */
static unsigned whole_records(const struct world *world, size_t len)
{
    unsigned count = 0;

    while (count < world->steps.count && world->steps.ends[count] <= len)
        count++;
    return count;
}

static void assert_says(struct ledger *ledger, const struct world *world,
                        unsigned records)
{
    struct buf dump;

    buf_init(&dump, 1 << 20);
    sample_dump(ledger, &dump);
    assert_string_equal(buf_str(&dump),
                        buf_str(&world->steps.dumps[records - 1]));
    buf_release(&dump);
}

static const struct disk_file *torn_file(struct world *world)
{
    return disk_find(&world->disk, SAMPLE_PATH ".torn");
}

static void forget_torn(struct world *world)
{
    struct disk_file *torn = disk_find(&world->disk, SAMPLE_PATH ".torn");

    if (torn)
        torn->used = false;
}

/* Opens a file of these bytes for writing; it has to hold `records`. */
static void assert_recovers(struct world *world, const char *bytes, size_t len,
                            unsigned records)
{
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    uint64_t end = records > 0 ? world->steps.ends[records - 1] : 0;

    disk_put(&world->disk, SAMPLE_PATH, bytes, len);
    forget_torn(world);
    int result = sample_open(&world->disk, LEDGER_WRITE, &ledger, &err);
    if (result != 0)
        fail_msg("%zu bytes: %s", len, err.message);
    struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
    assert_int_equal(ledger_info(ledger)->torn_bytes, len - end);
    if (records > 0) {
        assert_says(ledger, world, records);
        assert_int_equal(file->bytes.len, end);
    } else {
        assert_int_equal(ledger_info(ledger)->records, 1);
        assert_false(ledger_info(ledger)->created);
    }
    assert_memory_equal(file->bytes.data, world->whole.data, end);
    assert_int_equal(file->synced.len, file->bytes.len);
    if (len > end) {
        assert_non_null(torn_file(world));
        assert_int_equal(torn_file(world)->synced.len, len - end);
        assert_memory_equal(torn_file(world)->bytes.data, bytes + end,
                            len - end);
    } else {
        assert_null(torn_file(world));
    }
    ledger_close(ledger);
}

static void cut_at_every_byte_leaves_the_whole_records(void **state)
{
    struct world *world = *state;

    for (size_t len = 0; len <= world->whole.len; len++)
        assert_recovers(world, world->whole.data, len,
                        whole_records(world, len));
}

static void cut_at_every_byte_reads_the_same_without_writing(void **state)
{
    struct world *world = *state;
    struct ledger *ledger;
    struct err err = ERR_INIT;

    for (size_t len = 0; len <= world->whole.len; len++) {
        unsigned records = whole_records(world, len);
        disk_put(&world->disk, SAMPLE_PATH, world->whole.data, len);
        int result = sample_open(&world->disk, LEDGER_READ, &ledger, &err);
        assert_int_equal(result, records > 0 ? 0 : 1);
        if (result == 0) {
            assert_says(ledger, world, records);
            assert_int_equal(ledger_info(ledger)->torn_bytes,
                             len - world->steps.ends[records - 1]);
        }
        ledger_close(ledger);
        struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
        assert_int_equal(file->bytes.len, len);
        assert_null(torn_file(world));
    }
}

/* The record that byte `at` is in. */
static unsigned record_of(const struct world *world, size_t at)
{
    return whole_records(world, at);
}

/* The greatest dur of the records behind record r. */
static uint64_t proof_behind(const struct world *world, unsigned r)
{
    uint64_t greatest = 0;

    for (unsigned i = r + 1; i < world->steps.count; i++)
        if (world->steps.durs[i] > greatest)
            greatest = world->steps.durs[i];
    return greatest;
}

static uint64_t start_of(const struct world *world, unsigned r)
{
    return r > 0 ? world->steps.ends[r - 1] : 0;
}

/*
 * With byte `at` changed: damage is refused where a later record proves that
 * it was durable, else everything from its record on is a torn tail.
 */
static void assert_detects(struct world *world, size_t at, char value)
{
    char *bytes = world->whole.data;
    char before = bytes[at];
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    unsigned r = record_of(world, at);
    char place[64];

    bytes[at] = value;
    if (r > 0 && proof_behind(world, r) <= start_of(world, r)) {
        buf_add_char(&world->whole, '!'); /* keeps a copy comparable */
        buf_truncate(&world->whole, world->whole.len - 1);
        disk_put(&world->disk, SAMPLE_PATH, bytes, world->whole.len);
        forget_torn(world);
        assert_int_equal(sample_open(&world->disk, LEDGER_WRITE, &ledger, &err),
                         0);
        assert_says(ledger, world, r);
        ledger_close(ledger);
    } else {
        disk_put(&world->disk, SAMPLE_PATH, bytes, world->whole.len);
        int result = sample_open(&world->disk, LEDGER_WRITE, &ledger, &err);
        assert_int_equal(result, ERR_DATA);
        assert_null(ledger);
        snprintf(place, sizeof place, "byte %llu ",
                 (unsigned long long)start_of(world, r));
        if (r > 0)
            assert_non_null(strstr(err.message, place));
        struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
        assert_int_equal(file->bytes.len, world->whole.len);
        assert_memory_equal(file->bytes.data, bytes, world->whole.len);
    }
    bytes[at] = before;
}

static void every_flipped_bit_is_detected(void **state)
{
    struct world *world = *state;

    for (size_t at = 0; at < world->whole.len; at++)
        assert_detects(world, at,
                       (char)(world->whole.data[at] ^ (1 << at % 8)));
}

static void every_byte_turned_into_a_newline_or_nul_is_detected(void **state)
{
    struct world *world = *state;

    for (size_t at = 0; at < world->whole.len; at++) {
        if (world->whole.data[at] != '\n')
            assert_detects(world, at, '\n');
        assert_detects(world, at, '\0');
    }
}

static void zeros_behind_the_records_are_a_torn_tail(void **state)
{
    struct world *world = *state;
    struct buf bytes;

    buf_init(&bytes, 1 << 20);
    for (unsigned r = 1; r <= world->steps.count; r++) {
        buf_clear(&bytes);
        buf_add(&bytes, world->whole.data, world->steps.ends[r - 1]);
        for (int i = 0; i < 9000; i++)
            buf_add_char(&bytes, '\0');
        assert_recovers(world, bytes.data, bytes.len, r);
    }
    buf_release(&bytes);
}

static void a_file_of_zeros_begins_anew(void **state)
{
    struct world *world = *state;
    static const char zeros[4096];

    assert_recovers(world, zeros, sizeof zeros, 0);
}

/* Blocks reach the disk in any order: an early one may be lost alone. */
static void zeroed_range_in_the_unsynced_tail_is_cut(void **state)
{
    struct world *world = *state;
    unsigned last = world->steps.count - 1;
    uint64_t dur = world->steps.durs[last];
    struct buf bytes;

    buf_init(&bytes, 1 << 20);
    buf_add(&bytes, world->whole.data, world->whole.len);
    unsigned first = record_of(world, (size_t)dur);
    assert_true(first < last);
    memset(bytes.data + start_of(world, first), 0, 50);
    assert_recovers(world, bytes.data, bytes.len, first);
    /* One byte before dur is damage. */
    buf_clear(&bytes);
    buf_add(&bytes, world->whole.data, world->whole.len);
    memset(bytes.data + dur - 1, 0, 50);
    disk_put(&world->disk, SAMPLE_PATH, bytes.data, bytes.len);
    struct ledger *ledger;
    struct err err = ERR_INIT;
    assert_int_equal(sample_open(&world->disk, LEDGER_WRITE, &ledger, &err),
                     ERR_DATA);
    buf_release(&bytes);
}

/* What a power cut may leave of the last group: any of its blocks. */
static void any_blocks_of_the_last_group_may_be_lost(void **state)
{
    struct world *world = *state;
    unsigned last = world->steps.count - 1;
    size_t from = (size_t)world->steps.durs[last];
    size_t block = 64;
    unsigned seed = 1;
    struct buf bytes;

    buf_init(&bytes, 1 << 20);
    for (int round = 0; round < 2000; round++) {
        buf_clear(&bytes);
        buf_add(&bytes, world->whole.data, world->whole.len);
        size_t first_lost = bytes.len;
        for (size_t at = from; at < bytes.len; at += block) {
            size_t len = bytes.len - at < block ? bytes.len - at : block;
            seed = seed * 1103515245U + 12345U;
            if (seed >> 16 & 3)
                continue;
            memset(bytes.data + at, 0, len);
            first_lost = at < first_lost ? at : first_lost;
        }
        assert_recovers(world, bytes.data, bytes.len,
                        first_lost == bytes.len ? world->steps.count
                                                : record_of(world, first_lost));
    }
    buf_release(&bytes);
}

static void a_proof_right_behind_zeros_is_seen(void **state)
{
    struct world *world = *state;
    struct ledger_close_record closed = {.why = "done"};
    struct ledger *ledger;
    struct err err = ERR_INIT;

    disk_put(&world->disk, SAMPLE_PATH, "", 0);
    assert_int_equal(sample_open(&world->disk, LEDGER_WRITE, &ledger, &err), 0);
    uint64_t from = ledger_info(ledger)->bytes;
    assert_int_equal(sample_begin(ledger, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    uint64_t to = ledger_info(ledger)->bytes;
    assert_int_equal(ledger_add_close(ledger, &closed, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    ledger_close(ledger);
    struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
    memset(file->bytes.data + from, 0, (size_t)(to - from));
    assert_int_equal(sample_open(&world->disk, LEDGER_WRITE, &ledger, &err),
                     ERR_DATA);
    assert_int_equal(sample_open(&world->disk, LEDGER_READ, &ledger, &err),
                     ERR_DATA);
}

static void what_was_not_known_durable_is_written_again(void **state)
{
    struct world *world = *state;
    struct ledger *ledger;
    struct err err = ERR_INIT;
    unsigned last = world->steps.count - 1;
    struct disk_file *file = disk_put(&world->disk, SAMPLE_PATH,
                                      world->whole.data, world->whole.len);

    /* In the page cache, and marked clean after a failed write-back. */
    buf_truncate(&file->synced, (size_t)world->steps.durs[last]);
    assert_int_equal(sample_open(&world->disk, LEDGER_WRITE, &ledger, &err), 0);
    assert_int_equal(file->synced.len, world->whole.len);
    assert_memory_equal(file->synced.data, world->whole.data, world->whole.len);
    ledger_close(ledger);
}

static void appending_after_recovery_gives_a_valid_ledger(void **state)
{
    struct world *world = *state;
    struct ledger_check_result checked;
    struct ledger *ledger;
    struct err err = ERR_INIT;
    struct errs errs;

    for (size_t len = 0; len <= world->whole.len; len += 97) {
        disk_put(&world->disk, SAMPLE_PATH, world->whole.data, len);
        forget_torn(world);
        assert_int_equal(sample_open(&world->disk, LEDGER_WRITE, &ledger, &err),
                         0);
        assert_int_equal(sample_begin(ledger, &err), 0);
        struct ledger_intent intent = sample_intent(77, 0, 0);
        assert_int_equal(ledger_add_intent(ledger, &intent, &err), 0);
        assert_int_equal(ledger_commit(ledger, &err), 0);
        ledger_close(ledger);
        errs_init(&errs);
        assert_int_equal(
            ledger_check(&world->disk.os, SAMPLE_PATH, &checked, &errs, &err),
            0);
        if (checked.problems > 0)
            fail_msg("%zu: %s", len, errs.items[0].message);
    }
}

static void files_that_are_no_ledger_are_left_alone(void **state)
{
    static const char *const contents[] = {
        "hello\nworld\n",
        "hello",
        "{\"a\":1}\n",
        "\n",
        "{\"seq\":1,\"at\":\"x\"}\n{\"seq\":2}\n",
        "{\"seq\":2,\"at\":\"2026-11-23T10:00:00.123Z\"",
    };
    struct world *world = *state;
    struct ledger *ledger;

    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        struct err err = ERR_INIT;
        size_t len = strlen(contents[i]);
        disk_put(&world->disk, SAMPLE_PATH, contents[i], len);
        assert_int_equal(sample_open(&world->disk, LEDGER_WRITE, &ledger, &err),
                         ERR_DATA);
        struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
        assert_int_equal(file->bytes.len, len);
        assert_memory_equal(file->bytes.data, contents[i], len);
    }
}

/* Puts a line with a right CRC at the file's end. */
static void append_line(struct buf *bytes, const char *text)
{
    extern unsigned long crc32(unsigned long, const unsigned char *, unsigned);
    unsigned long sum =
        crc32(0, (const unsigned char *)text, (unsigned)strlen(text));

    buf_addf(bytes, "%s,\"crc\":\"%08lx\"}\n", text, sum);
}

static void a_right_crc_does_not_excuse_the_rest(void **state)
{
    static const char *const lines[] = {
        "{\"seq\":99,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"entry\","
        "\"id\":\"a\",\"template\":{},\"dur\":%DUR",
        "{\"seq\":%SEQ,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"entry\","
        "\"id\":\"a\",\"template\":{},\"dur\":0",
        "{\"seq\":%SEQ,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"entry\","
        "\"id\":\"a\",\"template\":{},\"dur\":99999999",
        "{\"seq\":%SEQ,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"fork\","
        "\"id\":\"a\",\"template\":{},\"dur\":%DUR",
        "{\"seq\":%SEQ,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"entry\","
        "\"id\":\"a\",\"colour\":{},\"dur\":%DUR",
        "{\"seq\":%SEQ,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"entry\","
        "\"id\":\"a\",\"id\":\"a\",\"dur\":%DUR",
        "{\"seq\":%SEQ,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"post\","
        "\"gen\":0,\"dur\":%DUR",
        "{\"seq\":%SEQ,\"type\":\"entry\",\"at\":\"2026-11-23T10:00:00.123Z\","
        "\"dur\":%DUR",
        "{\"seq\":%SEQ,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"ledger\","
        "\"version\":1,\"dur\":%DUR",
    };
    struct world *world = *state;
    struct ledger *ledger;
    char line[512];

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct err err = ERR_INIT;
        struct buf bytes;
        char *out = line;
        buf_init(&bytes, 1 << 20);
        buf_add(&bytes, world->whole.data, world->whole.len);
        for (const char *at = lines[i]; *at;) {
            if (strncmp(at, "%SEQ", 4) == 0 || strncmp(at, "%DUR", 4) == 0) {
                out += sprintf(out, "%u",
                               at[1] == 'S' ? world->steps.count + 1
                                            : (unsigned)world->whole.len);
                at += 4;
            } else {
                *out++ = *at++;
            }
        }
        *out = '\0';
        append_line(&bytes, line);
        disk_put(&world->disk, SAMPLE_PATH, bytes.data, bytes.len);
        if (sample_open(&world->disk, LEDGER_WRITE, &ledger, &err) != ERR_DATA)
            fail_msg("accepted: %s", line);
        struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
        assert_int_equal(file->bytes.len, bytes.len);
        buf_release(&bytes);
    }
}

static void a_newer_version_is_refused_by_its_number(void **state)
{
    struct world *world = *state;
    struct ledger *ledger;
    struct err err = ERR_INIT;
    struct buf bytes;

    buf_init(&bytes, 1 << 16);
    append_line(&bytes,
                "{\"seq\":1,\"at\":\"2030-01-01T00:00:00.000Z\",\"type\":"
                "\"ledger\",\"version\":2,\"moon\":true,\"dur\":0");
    disk_put(&world->disk, SAMPLE_PATH, bytes.data, bytes.len);
    assert_int_equal(sample_open(&world->disk, LEDGER_WRITE, &ledger, &err),
                     ERR_DATA);
    assert_non_null(strstr(err.message, "version 2, expected 1"));
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte_leaves_the_whole_records),
        cmocka_unit_test(cut_at_every_byte_reads_the_same_without_writing),
        cmocka_unit_test(every_flipped_bit_is_detected),
        cmocka_unit_test(every_byte_turned_into_a_newline_or_nul_is_detected),
        cmocka_unit_test(zeros_behind_the_records_are_a_torn_tail),
        cmocka_unit_test(a_file_of_zeros_begins_anew),
        cmocka_unit_test(zeroed_range_in_the_unsynced_tail_is_cut),
        cmocka_unit_test(any_blocks_of_the_last_group_may_be_lost),
        cmocka_unit_test(a_proof_right_behind_zeros_is_seen),
        cmocka_unit_test(what_was_not_known_durable_is_written_again),
        cmocka_unit_test(appending_after_recovery_gives_a_valid_ledger),
        cmocka_unit_test(files_that_are_no_ledger_are_left_alone),
        cmocka_unit_test(a_right_crc_does_not_excuse_the_rest),
        cmocka_unit_test(a_newer_version_is_refused_by_its_number),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
