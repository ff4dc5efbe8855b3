#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/csv.h"

#define SHOWN_MAX 4096

static void show_row(struct buf *out, const struct csv_row *row)
{
    for (uint32_t i = 0; i < row->count; i++) {
        buf_add_char(out, '[');
        buf_add(out, row->cells[i].text, row->cells[i].len);
        buf_add_char(out, ']');
    }
    buf_add_char(out, ';');
}

/* Reads a text: "[a][b];[1][2];", with what went wrong behind it. */
static void read_text(const char *text, size_t len, struct buf *out)
{
    struct err err = ERR_INIT;
    char *exact = malloc(len + 1); /* ends where the text does */
    struct csv csv;
    int rc;

    assert_non_null(exact);
    memcpy(exact, text, len);
    char *bytes = realloc(exact, len > 0 ? len : 1);
    assert_non_null(bytes);
    csv_init(&csv, bytes, len);
    rc = csv_header(&csv, &err);
    if (rc == 0)
        show_row(out, &csv.header);
    while (rc == 0 && (rc = csv_next(&csv, &err)) > 0) {
        show_row(out, &csv.row);
        rc = 0;
    }
    if (rc < 0)
        buf_addf(out, " %d:%d: %s", (int)err.line, (int)err.column,
                 err.message);
    assert_int_equal(rc, err.code);
    assert_int_equal(out->failed, 0);
    csv_release(&csv);
    free(bytes);
}

static void check_text(const char *text, size_t len, const char *expected,
                       bool whole)
{
    struct buf out;

    buf_init(&out, SHOWN_MAX);
    read_text(text, len, &out);
    if (whole)
        assert_string_equal(buf_str(&out), expected);
    else if (strncmp(buf_str(&out), expected, strlen(expected)) != 0)
        assert_string_equal(buf_str(&out), expected);
    buf_release(&out);
}

static const struct {
    const char *text;
    const char *rows;
} good[] = {
    {"a,b\n1,2\n3,4\n", "[a][b];[1][2];[3][4];"},
    {"a,b\r\n1,2\r\n3,4\r\n", "[a][b];[1][2];[3][4];"},
    {"a,b\n1,2\r\n3,4", "[a][b];[1][2];[3][4];"},
    {"a\n1", "[a];[1];"},
    {"a", "[a];"},
    {"a\n", "[a];"},
    {"a,b\n,\n", "[a][b];[][];"},
    {"a,b\n1,\n,2\n", "[a][b];[1][];[][2];"},
    {"a,b\n 1 ,\t2\n", "[a][b];[ 1 ][\t2];"},
    {"a\n\"\"\n", "[a];[];"},
    {"a,b\n\"\",\"\"", "[a][b];[][];"},
    {"\"a\",\"b\"\n\"1\",\"2\"\n", "[a][b];[1][2];"},
    {"a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", "[a][b];[x,y][say \"hi\"];"},
    {"a,b\n\"\"\"\",\"\"\"\"\"\"\n", "[a][b];[\"][\"\"];"},
    {"a,b\n\"1\n2\",\"3\r\n4\"\n5,6", "[a][b];[1\n2][3\r\n4];[5][6];"},
    {"a,b\n\"\n\n\",x\n", "[a][b];[\n\n][x];"},
    {"gr\303\266\303\237e,\342\202\254\n\360\237\232\200,'\n",
     "[gr\303\266\303\237e][\342\202\254];[\360\237\232\200]['];"},
    {"a;b\n1;2\n", "[a;b];[1;2];"},
    {"a\n1\n\n\r\n\n", "[a];[1];"},
    {"a\n\n", "[a];"},
};

static void rows_are_read_as_rfc_4180_has_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        check_text(good[i].text, strlen(good[i].text), good[i].rows, true);
}

static const struct {
    const char *text;
    size_t len; /* 0: strlen */
    const char *shown;
} bad[] = {
    {"", 0, " 1:1: expected a line with the columns' names, found none"},
    {"\n\r\n", 0, " 1:1: expected a line with the columns' names"},
    {"\na\n", 0, " 1:1: expected a row, found an empty line"},
    {"a,,b\n", 0, " 1:3: expected a column's name, found an empty cell"},
    {"a,\n", 0, " 1:3: expected a column's name, found an empty cell"},
    {"\"\"\n", 0, " 1:1: expected a column's name, found an empty cell"},
    {"a,b,a\n", 0, " 1:5: the column's name \"a\" stands twice"},
    {"a,\"a\"\n", 0, " 1:3: the column's name \"a\" stands twice"},
    {"\303\266,\303\266\n", 0, " 1:3: the column's name \"\303\266\" stands"},
    {"a,b\n1\n", 0,
     "[a][b]; 2:1: expected 2 cells, as the header has, found 1"},
    {"a\n1\n1,2\n", 0,
     "[a];[1]; 3:3: expected 1 cell, as the header has, "
     "found 2"},
    {"a,b\n1,2,\n", 0,
     "[a][b]; 2:5: expected 2 cells, as the header has, "
     "found 3"},
    {"a\n1\n\n2\n", 0, "[a];[1]; 3:1: expected a row, found an empty line"},
    {"a\n\n\n2\n", 0, "[a]; 2:1: expected a row, found an empty line"},
    {"a\nx\"y\n", 0, "[a]; 2:2: found a quote within a cell"},
    {"a,b\n1, \"2\"\n", 0, "[a][b]; 2:4: found a quote within a cell"},
    {"a\n\"x\"y\n", 0, "[a]; 2:4: expected a comma or the line's end"},
    {"a\n\"x\" \n", 0, "[a]; 2:4: expected a comma or the line's end"},
    {"a\n\"x\"\"\n", 0, "[a]; 2:1: the quote that opens this cell is never"},
    {"a,b\n1,\"", 0, "[a][b]; 2:3: the quote that opens this cell is never"},
    {"a,b\n\"1\n2\",x\"\n", 0, "[a][b]; 3:5: found a quote within a cell"},
    {"a\n\303\266\303\n", 0, "[a]; 2:2: expected UTF-8, found byte 0xc3"},
    {"a\n\"\377\"\n", 0, "[a]; 2:2: expected UTF-8, found byte 0xff"},
    {"a\n\355\240\200\n", 0, "[a]; 2:1: expected UTF-8, found byte 0xed"},
    {"a\n\300\200\n", 0, "[a]; 2:1: expected UTF-8, found byte 0xc0"},
    {"a\r1\r", 0, " 1:2: expected a line feed behind the carriage return"},
    {"a\n1\r", 0, "[a]; 2:2: expected a line feed behind the carriage return"},
    {"a\n\"1\r2\"", 0, "[a]; 2:3: expected a line feed behind"},
    {"\357\273\277a\n1\n", 0, " 1:1: found a byte order mark; remove it"},
    {"a\n\0\n", 4, "[a]; 2:1: expected CSV text, found a NUL byte"},
    {"\377\376a\0", 4, " 1:1: expected UTF-8, found byte 0xff"},
};

static void every_error_has_its_line_and_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t len = bad[i].len ? bad[i].len : strlen(bad[i].text);
        check_text(bad[i].text, len, bad[i].shown, false);
    }
}

static void a_cell_knows_where_it_is_written(void **state)
{
    static const char text[] = "a,b\n\"x\n\303\266\",  \"\"";
    static const char rest[] = "1,2\n";
    struct err err = ERR_INIT;
    struct csv csv;
    char whole[64];

    (void)state;
    snprintf(whole, sizeof whole, "a,b\n\"x\n\303\266\",%s3,4\n", rest);
    csv_init(&csv, whole, strlen(whole));
    assert_int_equal(csv_header(&csv, &err), 0);
    assert_int_equal(csv.header.cells[1].line, 1);
    assert_int_equal(csv.header.cells[1].column, 3);
    assert_int_equal(csv_next(&csv, &err), ERR_DATA);
    assert_int_equal(csv.row.cells[1].line, 3);
    assert_int_equal(csv.row.cells[1].column, 4);
    csv_release(&csv);
    csv_init(&csv, text, sizeof text - 1);
    assert_int_equal(csv_header(&csv, &err), 0);
    assert_int_equal(csv_next(&csv, &err), ERR_DATA);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 6);
    csv_release(&csv);
}

/* A text of one line: `count` cells of `bytes` letters. */
static void wide_line(struct buf *out, size_t count, size_t bytes)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        buf_addf(out, "c%zu", i);
        for (size_t j = 0; j < bytes; j++)
            buf_add_char(out, 'x');
    }
    buf_add_char(out, '\n');
    assert_int_equal(out->failed, 0);
}

static int header_of(const struct buf *text, struct err *err)
{
    struct csv csv;
    int rc;

    csv_init(&csv, text->data, text->len);
    rc = csv_header(&csv, err);
    csv_release(&csv);
    return rc;
}

static void limits_have_errors_of_their_own(void **state)
{
    struct err err = ERR_INIT;
    struct buf text;

    (void)state;
    buf_init(&text, 4 * CSV_ROW_BYTES_MAX);
    wide_line(&text, CSV_COLUMNS_MAX, 0);
    assert_int_equal(header_of(&text, &err), 0);
    buf_clear(&text);
    wide_line(&text, CSV_COLUMNS_MAX + 1, 0);
    assert_int_equal(header_of(&text, &err), ERR_LIMIT);
    assert_non_null(strstr(err.message, "at most 4096 columns"));
    buf_clear(&text);
    wide_line(&text, 1, CSV_ROW_BYTES_MAX - 2);
    assert_int_equal(header_of(&text, &err), 0);
    buf_clear(&text);
    wide_line(&text, 1, CSV_ROW_BYTES_MAX - 1);
    assert_int_equal(header_of(&text, &err), ERR_LIMIT);
    assert_int_equal(err.line, 1);
    assert_non_null(strstr(err.message, "at most 1048576 bytes in a row"));
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_as_rfc_4180_has_them),
        cmocka_unit_test(every_error_has_its_line_and_column),
        cmocka_unit_test(a_cell_knows_where_it_is_written),
        cmocka_unit_test(limits_have_errors_of_their_own),
    };

    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
