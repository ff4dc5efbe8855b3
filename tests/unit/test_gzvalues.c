#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gzvalues_help.h"

#define WINDOW    ((size_t)256 << 10) /* text is taken in pieces of this */
#define VALUE_MAX ((size_t)1 << 20)

static struct reading now;

static int setup(void **state)
{
    (void)state;
    reading_init(&now);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    reading_release(&now);
    return 0;
}

static void read_text(const char *text)
{
    reading_of(&now, text, strlen(text));
}

static const struct {
    const char *text;
    const char *values;
    const char *places;
} texts[] = {
    {"", "", ""},
    {" \t\r\n\n", "", ""},
    {"{}", "{}\n", "1:1 "},
    {"{}\n{\"a\":1}\n", "{}\n{\"a\":1}\n", "1:1 2:1 "},
    {"{}\r\n[]\r\n", "{}\n[]\n", "1:1 2:1 "},
    {"{}\r\r[]", "{}\n[]\n", "1:1 1:5 "},
    {"\n\n  {\n \"a\": 1\n}\n \n  {}", "{\n \"a\": 1\n}\n{}\n", "3:3 7:3 "},
    {"{}{}[]", "{}\n{}\n[]\n", "1:1 1:3 1:5 "},
    {"1\"a\"[2]{}true null", "1\n\"a\"\n[2]\n{}\ntrue\nnull\n",
     "1:1 1:2 1:5 1:8 1:10 1:15 "},
    {"{\"k\":\"}{\\\"]\"} 12", "{\"k\":\"}{\\\"]\"}\n12\n", "1:1 1:15 "},
    /* Columns count characters: one of two, three and four bytes. */
    {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\" 7",
     "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"\n7\n", "1:1 1:7 "},
    /* What json_parse has to refuse is still given. */
    {"{]\n,\n[}", "{]\n,\n[}\n", "1:1 2:1 3:1 "},
    {"nope:1\n", "nope:1\n", "1:1 "},
};

static void values_and_places_of_plain_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        read_text(texts[i].text);
        assert_int_equal(now.rc, 0);
        assert_string_equal(buf_str(&now.values), texts[i].values);
        assert_string_equal(buf_str(&now.places), texts[i].places);
        assert_int_equal(now.bytes, strlen(texts[i].text));
    }
}

static void gzip_text_gives_the_same(void **state)
{
    struct buf file;

    (void)state;
    buf_init(&file, VALUE_MAX);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t half = strlen(texts[i].text) / 2;

        buf_clear(&file);
        add_member(&file, texts[i].text, half);
        add_member(&file, texts[i].text + half, strlen(texts[i].text) - half);
        reading_of(&now, file.data, file.len);
        assert_int_equal(now.rc, 0);
        assert_string_equal(buf_str(&now.values), texts[i].values);
        assert_string_equal(buf_str(&now.places), texts[i].places);
        assert_int_equal(now.bytes, file.len);
    }
    buf_release(&file);
}

/* SHA-256 of "{}\n", of which gzip and plain text have the same. */
static void the_digest_is_of_the_text(void **state)
{
    static const uint8_t expected[CID_DIGEST_LEN] = {
        0xca, 0x3d, 0x16, 0x3b, 0xab, 0x05, 0x53, 0x81, 0x82, 0x72, 0x26,
        0x14, 0x05, 0x68, 0xf3, 0xbe, 0xf7, 0xea, 0xac, 0x18, 0x7c, 0xeb,
        0xd7, 0x68, 0x78, 0xe0, 0xb6, 0x3e, 0x9e, 0x44, 0x23, 0x56};
    struct buf file;

    (void)state;
    read_text("{}\n");
    assert_memory_equal(now.digest, expected, CID_DIGEST_LEN);
    buf_init(&file, VALUE_MAX);
    add_member(&file, "{}\n", 3);
    reading_of(&now, file.data, file.len);
    assert_memory_equal(now.digest, expected, CID_DIGEST_LEN);
    buf_release(&file);
}

/* A value that starts at each offset before a refill's end, and behind it. */
static void values_straddle_refills_at_every_offset(void **state)
{
    static const char values[] = "{\"a\":\"\\\\\\\"}\",\"b\":[1]}\n\"s\"\n12\n";
    char *text = malloc(WINDOW + sizeof values);

    (void)state;
    assert_non_null(text);
    for (size_t back = 0; back <= sizeof values; back++) {
        size_t at = WINDOW - back;

        memset(text, ' ', at);
        memcpy(text + at, values, sizeof values - 1);
        reading_of(&now, text, at + sizeof values - 1);
        assert_int_equal(now.rc, 0);
        assert_string_equal(now.values.data, values);
        char place[32];
        snprintf(place, sizeof place, "1:%zu 2:1 3:1 ", at + 1);
        assert_string_equal(now.places.data, place);
    }
    free(text);
}

/* Long values one after another: each outgrows the window and leaves it. */
static void values_longer_than_a_refill(void **state)
{
    static const size_t lengths[] = {WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW,
                                     3 * WINDOW + 7};
    struct buf text;

    (void)state;
    buf_init(&text, 8 * VALUE_MAX);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        buf_add_str(&text, "[\"");
        memset(buf_room(&text, lengths[i] - 4), 'a' + (int)i, lengths[i] - 4);
        buf_grown(&text, lengths[i] - 4);
        buf_add_str(&text, "\"]\n");
    }
    reading_of(&now, text.data, text.len);
    assert_int_equal(now.rc, 0);
    assert_string_equal(now.values.data, text.data);
    assert_string_equal(now.places.data, "1:1 2:1 3:1 4:1 5:1 ");
    buf_release(&text);
}

static void a_value_may_have_just_the_limits_size(void **state)
{
    static const char text[] = "{\"a\":12345}\n[3,4,5,6,7,8]\n";
    int fd = file_of(text, sizeof text - 1);

    (void)state;
    reading_of_fd(&now, fd, 13, UINT64_MAX);
    assert_int_equal(now.rc, 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    reading_of_fd(&now, fd, 12, UINT64_MAX);
    assert_int_equal(now.rc, ERR_LIMIT);
    assert_int_equal(now.count, 1);
    assert_int_equal(now.err.line, 2);
    assert_int_equal(now.err.column, 1);
    assert_non_null(strstr(now.err.message, "over 12 bytes"));
    close(fd);
}

static void bombs_end_at_the_limit_and_space_costs_nothing(void **state)
{
    size_t size = (size_t)32 << 20;
    char *text = malloc(size);
    struct buf file;

    (void)state;
    assert_non_null(text);
    buf_init(&file, 2 * size);
    memset(text, ' ', size);
    text[size - 1] = '7';
    add_member(&file, text, size);
    int fd = file_of(file.data, file.len);
    reading_of_fd(&now, fd, 1, UINT64_MAX);
    close(fd);
    assert_int_equal(now.rc, 0);
    assert_string_equal(now.values.data, "7\n");

    memset(text, '[', size);
    buf_clear(&file);
    add_member(&file, text, size);
    fd = file_of(file.data, file.len);
    reading_of_fd(&now, fd, VALUE_MAX, UINT64_MAX);
    close(fd);
    assert_int_equal(now.rc, ERR_LIMIT);
    assert_in_range(now.bytes, 1, file.len - 1);
    buf_release(&file);
    free(text);
}

static const struct {
    const char *text;
    size_t len;
    unsigned count; /* of values before the error */
    uint64_t line, column;
    const char *message;
} faults[] = {
    {"{}\n]", 4, 1, 2, 1, "found \"]\" without an opening bracket"},
    {"{}}", 3, 1, 1, 3, "found \"}\" without an opening bracket"},
    {"1\n {\"a\":[1\n", 11, 1, 2, 2, "2 closing brackets are missing"},
    {"[", 1, 0, 1, 1, "1 closing bracket is missing"},
    {"[\"a]\n", 5, 0, 1, 1, "a string is still open"},
    {"\"a\\\"", 4, 0, 1, 1, "a string is still open"},
    {"{}\n{\0}", 6, 1, 2, 2, "found a NUL byte"},
    {"{}\n\0", 4, 1, 2, 1, "found a NUL byte"},
    {"{\0\"\0a\0", 6, 0, 1, 2, "if this is UTF-16"},
    {"{}\x01", 3, 1, 1, 3, "found byte 0x01"},
    {"{}\xc3\xa9", 4, 1, 1, 3, "found byte 0xc3"},
    {"1\x7f", 2, 1, 1, 2, "found byte 0x7f"},
    {"\x1e\x8b\x08", 3, 0, 1, 1, "found byte 0x1e"},
    {"{}\n\xef\xbb\xbf{}", 8, 1, 2, 1, "a byte order mark between"},
    /* Of what is no text at all there are no lines. */
    {"\xef\xbb\xbf{}", 5, 0, 0, 0, "byte order mark; convert it: tail -c +4 "},
    {"\xff\xfe{\0}\0", 6, 0, 0, 0, "found UTF-16 text; convert it: iconv"},
    {"\xfe\xff\0{\0}", 6, 0, 0, 0, "found UTF-16 text"},
    {"\xff\xfe\0\0{\0\0\0", 8, 0, 0, 0, "found UTF-32 text"},
    {"\0\0\xfe\xff\0\0\0{", 8, 0, 0, 0, "found UTF-32 text"},
    {"\x28\xb5\x2f\xfd....", 8, 0, 0, 0, "a zstd file; convert it: zstd -dc"},
    {"\xfd"
     "7zXZ\0..",
     8, 0, 0, 0, "an xz file; convert it: xz -dc FILE | gzip > new"},
    {"BZh91AY", 7, 0, 0, 0, "a bzip2 file; convert it: bzip2 -dc"},
    {"PK\x03\x04....", 8, 0, 0, 0, "a zip file; convert it: unzip -p"},
    {"\x04\x22\x4d\x18....", 8, 0, 0, 0, "an lz4 file"},
    {"\x1f\x9d....", 6, 0, 0, 0, "a compress (.Z) file"},
    {"7z\xbc\xaf\x27\x1c..", 8, 0, 0, 0, "a 7z file"},
    {"LZIP\x01...", 8, 0, 0, 0, "an lzip file"},
};

static void assert_fault(size_t i)
{
    assert_int_equal(now.rc, ERR_DATA);
    assert_int_equal(now.err.code, ERR_DATA);
    assert_string_equal(now.err.file, "a file");
    assert_int_equal(now.count, faults[i].count);
    assert_int_equal(now.err.line, faults[i].line);
    assert_int_equal(now.err.column, faults[i].column);
    if (!strstr(now.err.message, faults[i].message))
        fail_msg("expected \"%s\" in: %s", faults[i].message, now.err.message);
}

static void faults_have_a_place_and_a_next_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        reading_of(&now, faults[i].text, faults[i].len);
        assert_fault(i);
    }
}

/* The place of a fault behind more than a window of text. */
static void places_hold_behind_many_refills(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, 8 * VALUE_MAX);
    for (int i = 0; i < 100000; i++)
        buf_add_str(&text, "{\"\xc3\xa9\": 1}\n");
    for (int i = 0; i < 100000; i++)
        buf_add_str(&text, "\"\xc3\xa9\" ");
    buf_add_str(&text, "]");
    reading_of(&now, text.data, text.len);
    assert_int_equal(now.rc, ERR_DATA);
    assert_int_equal(now.count, 200000);
    assert_int_equal(now.err.line, 100001);
    assert_int_equal(now.err.column, 400001);
    buf_release(&text);
}

static void what_is_within_gzip_is_told_apart(void **state)
{
    struct buf inner, outer;

    (void)state;
    buf_init(&inner, VALUE_MAX);
    buf_init(&outer, VALUE_MAX);
    add_member(&inner, "{}\n", 3);
    add_member(&outer, inner.data, inner.len);
    reading_of(&now, outer.data, outer.len);
    assert_int_equal(now.rc, ERR_DATA);
    assert_non_null(strstr(now.err.message,
                           "found a gzip file within a gzip file; convert it: "
                           "gzip -dc FILE | gzip -dc | gzip > new.jsonl.gz"));
    buf_clear(&outer);
    add_member(&outer, "\xef\xbb\xbf{}", 5);
    reading_of(&now, outer.data, outer.len);
    assert_non_null(strstr(now.err.message, "gzip -dc FILE | tail -c +4 |"));
    buf_release(&inner);
    buf_release(&outer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_places_of_plain_text),
        cmocka_unit_test(gzip_text_gives_the_same),
        cmocka_unit_test(the_digest_is_of_the_text),
        cmocka_unit_test(values_straddle_refills_at_every_offset),
        cmocka_unit_test(values_longer_than_a_refill),
        cmocka_unit_test(a_value_may_have_just_the_limits_size),
        cmocka_unit_test(bombs_end_at_the_limit_and_space_costs_nothing),
        cmocka_unit_test(faults_have_a_place_and_a_next_step),
        cmocka_unit_test(places_hold_behind_many_refills),
        cmocka_unit_test(what_is_within_gzip_is_told_apart),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
