#include "csv.h"

#include <stdlib.h>
#include <string.h>

#include "json_text.h"

#define FIRST_CAP 16
#define SHOWN_MAX 40 /* bytes of a name that a message quotes */
#define MARK      "\xef\xbb\xbf"

void csv_init(struct csv *csv, const char *text, size_t len)
{
    *csv = (struct csv){.text = text, .len = len, .line = 1, .column = 1};
    buf_init(&csv->header.content, CSV_ROW_BYTES_MAX);
    buf_init(&csv->row.content, CSV_ROW_BYTES_MAX);
}

static void release_row(struct csv_row *row)
{
    free(row->cells);
    buf_release(&row->content);
    *row = (struct csv_row){.content = row->content};
}

void csv_release(struct csv *csv)
{
    release_row(&csv->header);
    release_row(&csv->row);
}

/* The byte that is read next, or -1 at the end. */
static int peek(const struct csv *csv)
{
    return csv->at < csv->len ? (unsigned char)csv->text[csv->at] : -1;
}

/* The bytes of the line end that stands here: 0 where none does. */
static size_t line_end(const struct csv *csv)
{
    const char *at = csv->text + csv->at;
    size_t left = csv->len - csv->at;

    if (left > 0 && at[0] == '\n')
        return 1;
    return left > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

static bool at_row_end(const struct csv *csv)
{
    return csv->at == csv->len || line_end(csv) > 0;
}

/* Goes over the line end that stands here, if one does. */
static void skip_line_end(struct csv *csv)
{
    size_t bytes = line_end(csv);

    if (bytes == 0)
        return;
    csv->at += bytes;
    csv->line++;
    csv->column = 1;
}

static int bad_byte(const struct csv *csv, struct err *err)
{
    int c = peek(csv);

    if (c == 0)
        return err_set_at(err, ERR_DATA, csv->line, csv->column,
                          "expected CSV text, found a NUL byte; if it is "
                          "UTF-16: iconv -f UTF-16 -t UTF-8 FILE > new.csv");
    if (c == '\r')
        return err_set_at(err, ERR_DATA, csv->line, csv->column,
                          "expected a line feed behind the carriage return; "
                          "lines end with LF or CRLF");
    return err_set_at(err, ERR_DATA, csv->line, csv->column,
                      "expected UTF-8, found byte 0x%02x; to convert: iconv "
                      "-f LATIN1 -t UTF-8 FILE > new.csv",
                      (unsigned)c);
}

/* Takes one character into the row's content. */
static int take(struct csv *csv, struct csv_row *row, struct err *err)
{
    const char *at = csv->text + csv->at;
    size_t bytes = line_end(csv);

    if (bytes > 0) {
        buf_add(&row->content, at, bytes);
        skip_line_end(csv);
        return 0;
    }
    if (*at != '\0' && *at != '\r')
        bytes = json_text_utf8(at, csv->text + csv->len);
    if (bytes == 0)
        return bad_byte(csv, err);
    buf_add(&row->content, at, bytes);
    csv->at += bytes;
    csv->column++;
    return 0;
}

static void skip_char(struct csv *csv)
{
    csv->at++;
    csv->column++;
}

static int read_quoted(struct csv *csv, struct csv_row *row, struct err *err)
{
    uint64_t line = csv->line;
    uint64_t column = csv->column;
    int rc = 0;

    skip_char(csv);
    while (rc == 0 && !row->content.failed) {
        if (csv->at == csv->len)
            return err_set_at(err, ERR_DATA, line, column,
                              "the quote that opens this cell is never closed");
        if (peek(csv) == '"') {
            skip_char(csv);
            if (peek(csv) != '"')
                break;
        }
        rc = take(csv, row, err);
    }
    if (rc == 0 && !row->content.failed && peek(csv) != ',' && !at_row_end(csv))
        rc = err_set_at(err, ERR_DATA, csv->line, csv->column,
                        "expected a comma or the line's end behind the closing "
                        "quote; a quote within a cell is doubled: "
                        "\"say \"\"hi\"\"\"");
    return rc;
}

static int read_plain(struct csv *csv, struct csv_row *row, struct err *err)
{
    int rc = 0;

    while (rc == 0 && !row->content.failed) {
        int c = peek(csv);
        if (c == ',' || at_row_end(csv))
            break;
        if (c == '"')
            return err_set_at(err, ERR_DATA, csv->line, csv->column,
                              "found a quote within a cell; such a cell is "
                              "written in quotes, those within doubled: "
                              "\"say \"\"hi\"\"\"");
        rc = take(csv, row, err);
    }
    return rc;
}

/* Room for one more cell, or NULL. */
static struct csv_cell *add_cell(struct csv *csv, struct csv_row *row,
                                 struct err *err)
{
    if (row->count == CSV_COLUMNS_MAX) {
        err_set_at(err, ERR_LIMIT, csv->line, csv->column,
                   "expected at most %d columns, found more", CSV_COLUMNS_MAX);
        return NULL;
    }
    if (row->count == row->cap) {
        uint32_t cap = row->cap ? row->cap * 2 : FIRST_CAP;
        struct csv_cell *cells = realloc(row->cells, cap * sizeof *cells);
        if (!cells) {
            err_set(err, ERR_MEMORY, "out of memory for a row of cells");
            return NULL;
        }
        row->cells = cells;
        row->cap = cap;
    }
    return &row->cells[row->count++];
}

static int read_cell(struct csv *csv, struct csv_row *row, struct err *err)
{
    struct csv_cell *cell = add_cell(csv, row, err);
    size_t before = row->content.len;
    int rc;

    if (!cell)
        return err->code;
    *cell = (struct csv_cell){.line = csv->line, .column = csv->column};
    if (peek(csv) == '"')
        rc = read_quoted(csv, row, err);
    else
        rc = read_plain(csv, row, err);
    if (rc == 0 && row->content.failed == ERR_LIMIT)
        rc = err_set_at(err, ERR_LIMIT, cell->line, cell->column,
                        "expected at most %zu bytes in a row, found more; is "
                        "a quote missing?",
                        CSV_ROW_BYTES_MAX);
    else if (rc == 0)
        rc = buf_error(&row->content, "a row", err);
    cell->len = row->content.len - before;
    return rc;
}

/* Cells up to the line's end. The content moves while it grows. */
static int read_row(struct csv *csv, struct csv_row *row, struct err *err)
{
    const char *text;
    int rc;

    buf_clear(&row->content);
    row->count = 0;
    for (;;) {
        rc = read_cell(csv, row, err);
        if (rc < 0)
            return rc;
        if (peek(csv) != ',')
            break;
        skip_char(csv);
    }
    skip_line_end(csv);
    text = buf_str(&row->content);
    for (uint32_t i = 0; i < row->count; i++) {
        row->cells[i].text = text;
        text += row->cells[i].len;
    }
    return 0;
}

/* 1 before a row, 0 at the end, negative at an empty line between rows. */
static int seek_row(struct csv *csv, struct err *err)
{
    uint64_t line = csv->line;

    while (line_end(csv) > 0)
        skip_line_end(csv);
    if (csv->at == csv->len)
        return 0;
    if (csv->line == line)
        return 1;
    return err_set_at(err, ERR_DATA, line, 1,
                      "expected a row, found an empty line; remove it (an "
                      "empty cell that is alone in its row is written \"\")");
}

static bool same(const struct csv_cell *a, const struct csv_cell *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static int check_name(const struct csv *csv, uint32_t i, struct err *err)
{
    const struct csv_cell *cell = &csv->header.cells[i];
    size_t shown = cell->len < SHOWN_MAX ? cell->len : SHOWN_MAX;

    if (cell->len == 0)
        return err_set_at(err, ERR_DATA, cell->line, cell->column,
                          "expected a column's name, found an empty cell");
    /* Cut at a character's end. */
    while (shown < cell->len && shown > 0 &&
           ((unsigned char)cell->text[shown] & 0xc0) == 0x80)
        shown--;
    for (uint32_t j = 0; j < i; j++)
        if (same(cell, &csv->header.cells[j]))
            return err_set_at(err, ERR_DATA, cell->line, cell->column,
                              "the column's name \"%.*s\" stands twice, "
                              "expected once",
                              (int)shown, cell->text);
    return 0;
}

int csv_header(struct csv *csv, struct err *err)
{
    int rc;

    if (csv->len >= 3 && memcmp(csv->text, MARK, 3) == 0)
        return err_set_at(err, ERR_DATA, 1, 1,
                          "found a byte order mark; remove it: sed "
                          "'1s/^\\xef\\xbb\\xbf//' FILE > new.csv");
    rc = seek_row(csv, err);
    if (rc == 0)
        return err_set_at(err, ERR_DATA, 1, 1,
                          "expected a line with the columns' names, found "
                          "none");
    if (rc > 0)
        rc = read_row(csv, &csv->header, err);
    for (uint32_t i = 0; rc == 0 && i < csv->header.count; i++)
        rc = check_name(csv, i, err);
    return rc;
}

int csv_next(struct csv *csv, struct err *err)
{
    uint32_t columns = csv->header.count;
    const struct csv_row *row = &csv->row;
    int rc = seek_row(csv, err);

    if (rc <= 0)
        return rc;
    rc = read_row(csv, &csv->row, err);
    if (rc < 0)
        return rc;
    if (row->count == columns)
        return 1;
    const struct csv_cell *at = &row->cells[0];
    if (row->count > columns)
        at = &row->cells[columns];
    return err_set_at(err, ERR_DATA, at->line, at->column,
                      "expected %u cell%s, as the header has, found %u; a cell "
                      "that holds a comma is written in quotes",
                      (unsigned)columns, columns == 1 ? "" : "s",
                      (unsigned)row->count);
}
