#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../runner/text.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

static void unsafe_text_is_spelt_out(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *shown;
    } cases[] = {
        {BYTES("plain text \\n"), "plain text \\n"},
        {BYTES("a\nb\rc\td"), "a\\nb\\rc\\td"},
        {BYTES("\x1b[31mred"), "\\x1b[31mred"},
        {BYTES("a\0b\x7f"), "a\\x00b\\x7f"},
        {BYTES("\xc2\x9b"
               "31m"),
         "\\u{9b}31m"},
        {BYTES("\xe2\x80\xae"
               "txt"),
         "\\u{202e}txt"},
        {BYTES("\xe2\x81\xa6"), "\\u{2066}"},
        {BYTES("\xe2\x80\x8b\xef\xbb\xbf"), "\\u{200b}\\u{feff}"},
        {BYTES("\xe2\x80\xa8"), "\\u{2028}"},
        {BYTES("\xf3\xa0\x81\x81"), "\\u{e0041}"},
        {BYTES("\xff\xc3"), "\\xff\\xc3"},
        {BYTES("\xc0\xaf"), "\\xc0\\xaf"},
        {BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf"},
        {BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
        {BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"},
        {BYTES("\xe2\x82"), "\\xe2\\x82"},
        {BYTES("gr\xc3\xb6\xc3\x9f"
               "e \xe2\x82\xac \xf0\x9f\x98\x80"),
         "gr\xc3\xb6\xc3\x9f"
         "e \xe2\x82\xac \xf0\x9f\x98\x80"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&out);
        text_visible(&out, cases[i].bytes, cases[i].len);
        assert_string_equal(buf_str(&out), cases[i].shown);
        assert_int_equal(text_is_safe(cases[i].bytes, cases[i].len),
                         out.len == cases[i].len);
        assert_true(text_is_safe(buf_str(&out), out.len));
    }
    buf_release(&out);
}

static void no_byte_string_gets_through_unsafe(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    for (unsigned i = 0; i < 0x10000; i++) {
        char bytes[4] = {(char)(i >> 8), (char)i, (char)(i * 7), (char)0x80};
        buf_clear(&out);
        text_visible(&out, bytes, sizeof bytes);
        assert_true(text_is_safe(buf_str(&out), out.len));
    }
    buf_release(&out);
}

static void json_stays_json_with_escapes(void **state)
{
    static const struct {
        const char *json;
        size_t len;
        const char *safe;
    } cases[] = {
        {BYTES("{\"a\": [1,\n\"b\\u001b\"]}"), "{\"a\": [1,\n\"b\\u001b\"]}"},
        {BYTES("\"\xe2\x80\xae\x7f\xc2\x85\""), "\"\\u202e\\u007f\\u0085\""},
        {BYTES("\"\xf3\xa0\x81\x81\""), "\"\\udb40\\udc41\""},
        {BYTES("\"\xff\""), "\"\xef\xbf\xbd\""},
        {BYTES("\"\xc3\xb6\""), "\"\xc3\xb6\""},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&out);
        text_json(&out, cases[i].json, cases[i].len);
        assert_string_equal(buf_str(&out), cases[i].safe);
    }
    buf_release(&out);
}

static void width_counts_columns(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"gr\xc3\xb6\xc3\x9f"
         "e",
         5},
        {"e\xcc\x81", 1},
        {"\xe6\xbc\xa2\xe5\xad\x97", 4},
        {"\xf0\x9f\x98\x80", 2},
        {"\xe2\x80\xa6", 1},
        {"\xff\xff", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(text_width(cases[i].text, strlen(cases[i].text)),
                         cases[i].width);
}

static void fit_cuts_between_characters(void **state)
{
    const char *text = "a\xe6\xbc\xa2"
                       "e\xcc\x81z";
    static const size_t bytes[] = {0, 1, 1, 4, 7, 8, 8};

    (void)state;
    for (size_t columns = 0; columns < sizeof bytes / sizeof bytes[0];
         columns++)
        assert_int_equal(text_fit(text, strlen(text), columns), bytes[columns]);
}

static void durations_read_well(void **state)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = {
        {0, "0.0 s"},
        {449, "0.4 s"},
        {9999, "9.9 s"},
        {10000, "10 s"},
        {59999, "59 s"},
        {60000, "1 min 00 s"},
        {200000, "3 min 20 s"},
        {3599999, "59 min 59 s"},
        {7500000, "2 h 05 min"},
        {86400000, "1 d 0 h"},
        {273600000, "3 d 4 h"},
        {UINT64_MAX, "213503982334 d 14 h"},
    };
    char out[TEXT_HUMAN_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(text_duration(cases[i].ms, out), cases[i].text);
}

static void sizes_read_well(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 bytes"},       {1, "1 byte"},          {1023, "1023 bytes"},
        {1024, "1.0 KiB"},    {1536, "1.5 KiB"},      {1048575, "1023.9 KiB"},
        {1048576, "1.0 MiB"}, {67108864, "64.0 MiB"}, {UINT64_MAX, "15.9 EiB"},
    };
    char out[TEXT_HUMAN_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(text_bytes(cases[i].bytes, out), cases[i].text);
}

static void counts_are_grouped(void **state)
{
    char out[TEXT_HUMAN_MAX];

    (void)state;
    assert_string_equal(text_count(0, out), "0");
    assert_string_equal(text_count(999, out), "999");
    assert_string_equal(text_count(1000, out), "1,000");
    assert_string_equal(text_count(1234567, out), "1,234,567");
    assert_string_equal(text_count(UINT64_MAX, out),
                        "18,446,744,073,709,551,615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsafe_text_is_spelt_out),
        cmocka_unit_test(no_byte_string_gets_through_unsafe),
        cmocka_unit_test(json_stays_json_with_escapes),
        cmocka_unit_test(width_counts_columns),
        cmocka_unit_test(fit_cuts_between_characters),
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(sizes_read_well),
        cmocka_unit_test(counts_are_grouped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
