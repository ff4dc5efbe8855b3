/* One record's line, its fields, its time stamps. */
#include "../../queue/ledger_format.h"
#include "../../queue/ledger_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void a_line_is_to_the_byte_as_described(void **state)
{
    struct buf line;
    uint8_t key[KEY_LEN] = {0};

    (void)state;
    buf_init(&line, 4096);
    ledger_line_begin(&line, 7, 1795428000123, TYPE_reject);
    ledger_put_u64(&line, FIELD_prev, 123);
    ledger_put_key(&line, key);
    ledger_put_str(&line, FIELD_name, "a\"b\n");
    ledger_put_str(&line, FIELD_node, NULL);
    ledger_put_nano(&line, FIELD_max_usd, 23980000);
    ledger_put_nano(&line, FIELD_cost_usd, LEDGER_UNPRICED);
    ledger_put_json(&line, FIELD_params, (struct ledger_text){"{\"x\":1}", 7});
    ledger_put_json(&line, FIELD_options, (struct ledger_text){NULL, 0});
    ledger_put_hex(&line, FIELD_account, (const uint8_t *)"\x01\xfe", 2);
    ledger_line_end(&line, 0, 42);
    /* The CRC by another program: Python's zlib.crc32. */
    assert_string_equal(
        buf_str(&line),
        "{\"seq\":7,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":\"reject\","
        "\"prev\":123,\"key\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\","
        "\"name\":\"a\\\"b\\n\",\"node\":null,\"max_usd\":\"0.023980000\","
        "\"cost_usd\":null,\"params\":{\"x\":1},\"options\":null,"
        "\"account\":\"01fe\",\"dur\":42,\"crc\":\"db590943\"}\n");
    buf_release(&line);
}

/* Reads text with a right CRC appended, as a line. */
static enum ledger_verdict read_as_line(const char *text,
                                        struct ledger_line *out,
                                        struct buf *line)
{
    struct ledger_scanner scanner;
    const char *why;

    buf_clear(line);
    buf_addf(line, "%s,\"crc\":\"%08x\"}", text,
             ledger_crc(text, strlen(text)));
    ledger_scanner_init(&scanner);
    return ledger_line_read(&scanner, line->data, line->len, out, &why);
}

#define HEAD                                                   \
    "{\"seq\":7,\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":" \
    "\"entry\""

static void lines_of_another_shape_are_foreign(void **state)
{
    static const char *const good[] = {
        HEAD ",\"dur\":1",
        HEAD ",\"id\":\"\\\\\",\"template\":[[{\"]\":\"}\"}]],\"dur\":1",
        HEAD ",\"repeat\":1e5,\"node\":null,\"mismatch\":true,\"dur\":1",
    };
    static const char *const bad[] = {
        HEAD,
        HEAD ",\"dur\":1 ",
        HEAD ", \"dur\":1",
        HEAD ",\"dur\":\"1\"",
        HEAD ",\"dur\":01",
        HEAD ",\"dur\":-1",
        HEAD ",\"dur\":18446744073709551616",
        HEAD ",\"dur\":1,\"dur\":2",
        HEAD ",\"dur\":1,\"id\":\"x\"",
        HEAD ",\"id\":,\"dur\":1",
        HEAD ",\"id\":\"x,\"dur\":1",
        HEAD ",\"id\":{\"x\":[1,\"dur\":1",
        HEAD ",\"id\"\"x\",\"dur\":1",
        HEAD ",\"id\":\"x\"\"node\":null,\"dur\":1",
        HEAD ",\"i\":\"x\",\"dur\":1",
        HEAD ",\"idx\":\"x\",\"dur\":1",
        HEAD ",,\"dur\":1",
        "{\"at\":\"x\",\"seq\":7,\"type\":\"entry\",\"dur\":1",
        "{\"seq\":7,\"at\":\"x\",\"type\":\"entr\",\"dur\":1",
        "{\"seq\":-7,\"at\":\"x\",\"type\":\"entry\",\"dur\":1",
    };
    struct ledger_line line;
    struct buf buf;

    (void)state;
    buf_init(&buf, 4096);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (read_as_line(good[i], &line, &buf) != LINE_GOOD)
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (read_as_line(bad[i], &line, &buf) != LINE_FOREIGN)
            fail_msg("not foreign: %s", bad[i]);
    buf_release(&buf);
}

static void amounts_are_nine_places_and_nothing_else(void **state)
{
    static const struct {
        const char *value;
        int64_t nano; /* -2: refused */
    } rows[] = {
        {"\"0.000000000\"", 0},
        {"\"0.023980000\"", 23980000},
        {"\"9223372035.999999999\"", 9223372035999999999},
        {"null", LEDGER_UNPRICED},
        {"\"9223372036.854775808\"", -2},
        {"\"99999999999.000000000\"", -2},
        {"\"-0.023980000\"", -2},
        {"\"0.02398\"", -2},
        {"\"0.0239800000\"", -2},
        {"\".023980000\"", -2},
        {"\"00.023980000\"", -2},
        {"\"0,023980000\"", -2},
        {"\"0.02398000x\"", -2},
        {"\"\"", -2},
        {"0.023980000", -2},
        {"\"1e3\"", -2},
    };
    struct ledger_line line;
    struct buf buf;
    char text[256];
    int64_t nano;

    (void)state;
    buf_init(&buf, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, HEAD ",\"max_usd\":%s,\"dur\":1",
                 rows[i].value);
        assert_int_equal(read_as_line(text, &line, &buf), LINE_GOOD);
        bool read = ledger_get_nano(&line, FIELD_max_usd, &nano);
        if (read != (rows[i].nano != -2) || (read && nano != rows[i].nano))
            fail_msg("%s", rows[i].value);
    }
    buf_release(&buf);
}

static void times_go_there_and_back(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {1709164800001, "2024-02-29T00:00:00.001Z"},
        {4107542399999, "2100-02-28T23:59:59.999Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {1795428000123, "2026-11-23T10:00:00.123Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
    };
    char text[LEDGER_TIME_LEN];
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ledger_time_format(rows[i].ms, text);
        assert_memory_equal(text, rows[i].text, LEDGER_TIME_LEN);
        assert_true(ledger_time_parse(text, LEDGER_TIME_LEN, &ms));
        assert_int_equal(ms, rows[i].ms);
    }
    ledger_time_format(INT64_MAX, text);
    assert_memory_equal(text, "9999-12-31T23:59:59.999Z", LEDGER_TIME_LEN);
    ledger_time_format(INT64_MIN, text);
    assert_memory_equal(text, "0000-01-01T00:00:00.000Z", LEDGER_TIME_LEN);
}

static void other_times_are_refused(void **state)
{
    static const char *const bad[] = {
        "2026-11-23T10:00:00.123z", "2026-11-23 10:00:00.123Z",
        "2026-02-29T10:00:00.123Z", "2026-00-10T10:00:00.123Z",
        "2026-11-31T10:00:00.123Z", "2026-11-23T24:00:00.123Z",
        "2026-11-23T10:60:00.123Z", "2026-11-23T10:00:60.123Z",
        "2026-11-23T10:00:00,123Z", "2026-11-23T10:00:00.12Z",
        "2026-11-23T10:00:00.1234Z"};
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ledger_time_parse(bad[i], strlen(bad[i]), &ms))
            fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_to_the_byte_as_described),
        cmocka_unit_test(lines_of_another_shape_are_foreign),
        cmocka_unit_test(amounts_are_nine_places_and_nothing_else),
        cmocka_unit_test(times_go_there_and_back),
        cmocka_unit_test(other_times_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
