/*
 * csv: comma-separated values as RFC 4180 has them, strictly.
 *
 * The first row is the header, which names the columns; every other row has
 * as many cells. Rows end with LF or CRLF, the last one with either or
 * nothing. A cell in quotes may hold commas, line ends (kept as they are) and
 * quotes, each doubled; white space is part of a cell.
 *
 * Where RFC 4180 leaves room: bytes are UTF-8. Errors are: a byte order mark,
 * a NUL byte, a carriage return without line feed, a quote anywhere but
 * around a whole cell, an empty column name or one that stands twice, and an
 * empty line (an empty cell that is alone in its row is written `""`); empty
 * lines at the end of the text are ignored.
 *
 * The text is borrowed and read row by row; memory is two rows.
 */
#ifndef TEMPLATES_CSV_H
#define TEMPLATES_CSV_H

#include "buf.h"

#define CSV_COLUMNS_MAX   4096
#define CSV_ROW_BYTES_MAX ((size_t)1 << 20) /* of a row's cells together */

struct csv_cell {
    const char *text; /* the content, unquoted; not terminated */
    size_t len;
    uint64_t line, column; /* where it is written, from 1, in characters */
};

struct csv_row {
    struct csv_cell *cells; /* owned */
    uint32_t count, cap;
    struct buf content; /* what the cells hold, one behind the other */
};

struct csv {
    const char *text; /* borrowed */
    size_t len;
    size_t at;             /* what is read next, */
    uint64_t line, column; /* and where that is */
    struct csv_row header; /* the columns' names, once csv_header has read */
    struct csv_row row;    /* the row that csv_next has read */
};

/* Starts at the text's begin. csv_release is due. */
void csv_init(struct csv *csv, const char *text, size_t len);
void csv_release(struct csv *csv);

/*
 * Reads the header; to be called once, first. ERR_DATA, ERR_LIMIT or
 * ERR_MEMORY, err having line and column; then only release is allowed.
 */
int csv_header(struct csv *csv, struct err *err);

/*
 * The next row: 1 with csv->row (of csv->header.count cells, valid until the
 * next call), 0 at the end, negative as csv_header.
 */
int csv_next(struct csv *csv, struct err *err);

#endif
