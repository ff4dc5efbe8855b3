#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "../../runner/rows_file.h"

#define OUT_MAX ((size_t)1 << 20)

static const struct {
    const char *text;
    const char *json;
} good[] = {
    /* CSV: what reads as a JSON number, true, false or null is that */
    {"lr,seed\n0.1,1\n0.10,2\n",
     "[{\"lr\":0.1,\"seed\":1},{\"lr\":0.10,\"seed\":2}]"},
    {"x\n007\n1e5\n-0\n+1\n.5\n1.\nNaN\n0x10\n1_000\n",
     "[{\"x\":\"007\"},{\"x\":1e5},{\"x\":-0},{\"x\":\"+1\"},{\"x\":\".5\"},"
     "{\"x\":\"1.\"},{\"x\":\"NaN\"},{\"x\":\"0x10\"},{\"x\":\"1_000\"}]"},
    {"x\ntrue\nfalse\nnull\nTrue\nNULL\n\"\"\n",
     "[{\"x\":true},{\"x\":false},{\"x\":null},{\"x\":\"True\"},"
     "{\"x\":\"NULL\"},{\"x\":\"\"}]"},
    {"x\n\"1\"\n 2 \n", "[{\"x\":1},{\"x\":2}]"},
    {"x\r\n\"a\r\n\"\"b\"\"\"\r\n", "[{\"x\":\"a\\r\\n\\\"b\\\"\"}]"},
    {"x\n[1]\n{}\n", "[{\"x\":\"[1]\"},{\"x\":\"{}\"}]"},

    /* JSON Lines, lists, anything between: told by the first character */
    {"{\"x\":1}\n{\"x\":2}\n", "[{\"x\":1},{\"x\":2}]"},
    {"{\"x\":1}{\"y\":[1, 2]}", "[{\"x\":1},{\"y\":[1, 2]}]"},
    {" \n{\"x\":\n1}", "[{\"x\": 1}]"},
    {"[{\"x\":1},{\"x\":2}]\n[{\"x\":3}]", "[{\"x\":1},{\"x\":2},{\"x\":3}]"},
    {"{\"x\":0.30000000000000000001}", "[{\"x\":0.30000000000000000001}]"},
    {"{\"x\":\"a,b\\n\"}", "[{\"x\":\"a,b\\n\"}]"},
};

static void rows_become_the_list_that_an_entry_holds(void **state)
{
    struct err err = ERR_INIT;
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        buf_clear(&out);
        if (rows_file_parse(good[i].text, strlen(good[i].text), &out, &err))
            assert_string_equal(err.message, good[i].json);
        assert_string_equal(buf_str(&out), good[i].json);
    }
    buf_release(&out);
}

static const struct {
    const char *text;
    int line, column;
    const char *message; /* its beginning */
} bad[] = {
    {"", 1, 1, "expected a line with the columns' names, found none"},
    {"x\n", 2, 1, "expected rows behind the line with the columns' names"},
    {"x,y z\n1,2\n", 1, 3, "expected a parameter's name for a column (a"},
    {"x;y\n1;2\n", 1, 1, "expected a parameter's name for a column (a"},
    {"x,market\n1,2\n", 1, 3, "the column's name \"market\" is reserved"},
    {"x\n1\n1,2\n", 3, 3, "expected 1 cell, as the header has, found 2"},
    {"x,y\n\"\n\",1e999\n", 3, 3, "expected a number within the range"},
    {"{\"x\":1}\n{\"x\":}\n", 2, 6, "expected a value"},
    {"{\"x\":1} {\"x\":}\n", 1, 14, "expected a value"},
    {"{\"x\":1}\n[{\"x\":1},\n7]", 3, 1, "expected an object, as in"},
    {"{\"x\":1}\n7\n", 2, 1,
     "expected an object, as in {\"lr\": 0.1}, found a "
     "number"},
    {"{\"x\":1}\nx\n", 2, 1, "expected a value"},
    {"{\"x\":1}\n]\n", 2, 1, "expected a value"},
    {"{\"x\":1}\n\377\n", 2, 1, "expected"},
    {"{\"x\":1,\n\"x\":2}", 2, 1, "this name stands twice in one row"},
    {"{\"x\":1,\"x\\u0000\":2}", 1, 8, "expected a parameter's name for a"},
    {"{\"a b\":1}", 1, 2, "expected a parameter's name for a column (a letter"},
    {"{\"x\":1,\"name\":2}", 1, 8, "the column's name \"name\" is reserved"},
    {"{\"x\":1", 1, 7, "expected"},
    {"[]", 0, 0, "expected rows, found an empty list"},
};

static void errors_say_where_in_the_file(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = ERR_INIT;
        buf_clear(&out);
        int rc = rows_file_parse(bad[i].text, strlen(bad[i].text), &out, &err);
        assert_int_equal(rc, ERR_DATA);
        if (strncmp(err.message, bad[i].message, strlen(bad[i].message)) != 0)
            assert_string_equal(err.message, bad[i].message);
        if ((int)err.line != bad[i].line || (int)err.column != bad[i].column)
            fail_msg("%s: expected %d:%d, found %d:%d", bad[i].text,
                     bad[i].line, bad[i].column, (int)err.line,
                     (int)err.column);
    }
    buf_release(&out);
}

static void more_than_fits_is_an_error(void **state)
{
    struct err err = ERR_INIT;
    struct buf out;

    (void)state;
    buf_init(&out, 16);
    assert_int_equal(rows_file_parse("x\n1\n2\n3\n", 8, &out, &err), ERR_LIMIT);
    buf_clear(&out);
    assert_int_equal(
        rows_file_parse("{\"x\":1} {\"x\":2} {\"x\":3}", 23, &out, &err),
        ERR_LIMIT);
    buf_release(&out);
}

/* A file of its own; the caller removes it. */
static void write_file(char path[32], bool gzip, const char *text)
{
    strcpy(path, "/tmp/nosbatch-rows-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    gzFile file = gzdopen(fd, gzip ? "wb" : "wbT");
    assert_non_null(file);
    assert_int_equal(gzputs(file, text), strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
}

static void a_file_is_read_plain_and_gzip_alike(void **state)
{
    struct buf out;
    char path[32];

    (void)state;
    buf_init(&out, OUT_MAX);
    for (int gzip = 0; gzip < 2; gzip++) {
        struct err err = ERR_INIT;
        buf_clear(&out);
        write_file(path, gzip != 0, "x\n1\n");
        assert_int_equal(rows_file_read(path, &out, &err), 0);
        assert_string_equal(buf_str(&out), "[{\"x\":1}]");
        unlink(path);
    }
    buf_release(&out);
}

static void a_bad_file_is_named(void **state)
{
    struct err err = ERR_INIT;
    struct buf out;
    char path[32];

    (void)state;
    buf_init(&out, OUT_MAX);
    write_file(path, false, "x\n1,2\n");
    assert_int_equal(rows_file_read(path, &out, &err), ERR_DATA);
    assert_ptr_equal(err.file, path);
    assert_int_equal(err.line, 2);
    unlink(path);
    assert_int_equal(rows_file_read(path, &out, &err), ERR_INPUT);
    assert_ptr_equal(err.file, path);
    assert_int_equal(rows_file_read("/", &out, &err), ERR_INPUT);
    assert_string_equal(err.message, "expected a file of rows, found a folder");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_the_list_that_an_entry_holds),
        cmocka_unit_test(errors_say_where_in_the_file),
        cmocka_unit_test(more_than_fits_is_an_error),
        cmocka_unit_test(a_file_is_read_plain_and_gzip_alike),
        cmocka_unit_test(a_bad_file_is_named),
    };

    return cmocka_run_group_tests_name("rows_file", tests, NULL, NULL);
}
