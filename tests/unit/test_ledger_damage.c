/* Damage of what was durable: it is refused, and the file left as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "ledger_wreck.h"

/* The greatest dur of the records behind record r. */
static uint64_t proof_behind(const struct wreck *wreck, unsigned r)
{
    uint64_t greatest = 0;

    for (unsigned i = r + 1; i < wreck->steps.count; i++)
        if (wreck->steps.durs[i] > greatest)
            greatest = wreck->steps.durs[i];
    return greatest;
}

/*
 * With byte `at` changed: damage is refused where a later record proves that
 * it was durable, else everything from its record on is a torn tail.
 */
static void assert_detects(struct wreck *wreck, size_t at, char value)
{
    char *bytes = wreck->whole.data;
    char before = bytes[at];
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    unsigned r = wreck_record_of(wreck, at);
    char place[64];

    bytes[at] = value;
    if (r > 0 && proof_behind(wreck, r) <= wreck_start(wreck, r)) {
        buf_add_char(&wreck->whole, '!'); /* keeps a copy comparable */
        buf_truncate(&wreck->whole, wreck->whole.len - 1);
        disk_put(&wreck->disk, SAMPLE_PATH, bytes, wreck->whole.len);
        wreck_forget_torn(wreck);
        assert_int_equal(sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err),
                         0);
        wreck_assert_says(ledger, wreck, r);
        ledger_close(ledger);
    } else {
        disk_put(&wreck->disk, SAMPLE_PATH, bytes, wreck->whole.len);
        int result = sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err);
        assert_int_equal(result, ERR_DATA);
        assert_null(ledger);
        snprintf(place, sizeof place, "byte %llu ",
                 (unsigned long long)wreck_start(wreck, r));
        if (r > 0)
            assert_non_null(strstr(err.message, place));
        struct disk_file *file = disk_find(&wreck->disk, SAMPLE_PATH);
        assert_int_equal(file->bytes.len, wreck->whole.len);
        assert_memory_equal(file->bytes.data, bytes, wreck->whole.len);
    }
    bytes[at] = before;
}

static void every_flipped_bit_is_detected(void **state)
{
    struct wreck *wreck = *state;

    for (size_t at = 0; at < wreck->whole.len; at++)
        assert_detects(wreck, at,
                       (char)(wreck->whole.data[at] ^ (1 << at % 8)));
}

static void every_byte_turned_into_a_newline_or_nul_is_detected(void **state)
{
    struct wreck *wreck = *state;

    for (size_t at = 0; at < wreck->whole.len; at++) {
        if (wreck->whole.data[at] != '\n')
            assert_detects(wreck, at, '\n');
        assert_detects(wreck, at, '\0');
    }
}

static void a_proof_right_behind_zeros_is_seen(void **state)
{
    struct wreck *wreck = *state;
    struct ledger_close_record closed = {.why = "done"};
    struct ledger *ledger;
    struct err err = ERR_INIT;

    disk_put(&wreck->disk, SAMPLE_PATH, "", 0);
    assert_int_equal(sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err), 0);
    uint64_t from = ledger_info(ledger)->bytes;
    assert_int_equal(sample_begin(ledger, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    uint64_t to = ledger_info(ledger)->bytes;
    assert_int_equal(ledger_add_close(ledger, &closed, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    ledger_close(ledger);
    struct disk_file *file = disk_find(&wreck->disk, SAMPLE_PATH);
    memset(file->bytes.data + from, 0, (size_t)(to - from));
    assert_int_equal(sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err),
                     ERR_DATA);
    assert_int_equal(sample_open(&wreck->disk, LEDGER_READ, &ledger, &err),
                     ERR_DATA);
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
    struct wreck *wreck = *state;
    struct ledger *ledger;

    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        struct err err = ERR_INIT;
        size_t len = strlen(contents[i]);
        disk_put(&wreck->disk, SAMPLE_PATH, contents[i], len);
        assert_int_equal(sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err),
                         ERR_DATA);
        struct disk_file *file = disk_find(&wreck->disk, SAMPLE_PATH);
        assert_int_equal(file->bytes.len, len);
        assert_memory_equal(file->bytes.data, contents[i], len);
    }
}

/* Puts a line with a right CRC at the file's end. */
static void append_line(struct buf *bytes, const char *text)
{
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
    struct wreck *wreck = *state;
    struct ledger *ledger;
    char line[512];

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct err err = ERR_INIT;
        struct buf bytes;
        char *out = line;
        buf_init(&bytes, 1 << 20);
        buf_add(&bytes, wreck->whole.data, wreck->whole.len);
        for (const char *at = lines[i]; *at;) {
            if (strncmp(at, "%SEQ", 4) == 0 || strncmp(at, "%DUR", 4) == 0) {
                out += sprintf(out, "%u",
                               at[1] == 'S' ? wreck->steps.count + 1
                                            : (unsigned)wreck->whole.len);
                at += 4;
            } else {
                *out++ = *at++;
            }
        }
        *out = '\0';
        append_line(&bytes, line);
        disk_put(&wreck->disk, SAMPLE_PATH, bytes.data, bytes.len);
        if (sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err) != ERR_DATA)
            fail_msg("accepted: %s", line);
        struct disk_file *file = disk_find(&wreck->disk, SAMPLE_PATH);
        assert_int_equal(file->bytes.len, bytes.len);
        buf_release(&bytes);
    }
}

static void a_newer_version_is_refused_by_its_number(void **state)
{
    struct wreck *wreck = *state;
    struct ledger *ledger;
    struct err err = ERR_INIT;
    struct buf bytes;

    buf_init(&bytes, 1 << 16);
    append_line(&bytes,
                "{\"seq\":1,\"at\":\"2030-01-01T00:00:00.000Z\",\"type\":"
                "\"ledger\",\"version\":2,\"moon\":true,\"dur\":0");
    disk_put(&wreck->disk, SAMPLE_PATH, bytes.data, bytes.len);
    assert_int_equal(sample_open(&wreck->disk, LEDGER_WRITE, &ledger, &err),
                     ERR_DATA);
    assert_non_null(strstr(err.message, "version 2, expected 1"));
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_is_detected),
        cmocka_unit_test(every_byte_turned_into_a_newline_or_nul_is_detected),
        cmocka_unit_test(a_proof_right_behind_zeros_is_seen),
        cmocka_unit_test(files_that_are_no_ledger_are_left_alone),
        cmocka_unit_test(a_right_crc_does_not_excuse_the_rest),
        cmocka_unit_test(a_newer_version_is_refused_by_its_number),
    };

    return cmocka_run_group_tests(tests, wreck_setup, wreck_teardown);
}
