/*
 * report: rows of data on standard output, as a table or for programs.
 *
 * json is one array, jsonl one object a line, csv RFC 4180 with a header
 * line. jsonl and csv are written row by row. A table is held back until its
 * columns' widths are known, up to REPORT_TABLE_MAX bytes of cells; a longer
 * one goes on row by row with the widths that the rows so far have asked for.
 *
 * Safety: in a table, and in csv on a terminal, unsafe characters are spelt
 * out (text_visible); in JSON they are \u escapes; a csv text that a
 * spreadsheet would take for a formula gets a leading apostrophe.
 *
 * Use: report_begin, report_row for each row, report_end; report_release in
 * any case.
 */
#ifndef RUNNER_REPORT_H
#define RUNNER_REPORT_H

#include "../templates/buf.h"
#include "opt.h"

#define REPORT_COLUMNS_MAX 1024
#define REPORT_TABLE_MAX   ((size_t)16 << 20)
#define REPORT_ROW_MAX     ((size_t)64 << 20) /* bytes of one row */

struct report_column {
    const char *name; /* borrowed; JSON's member name and csv's header */
    bool right;       /* a table aligns it to the right: numbers, money */
};

enum report_kind {
    REPORT_NONE,    /* absent: null, an empty cell, "-" in a table */
    REPORT_TEXT,    /* any bytes; JSON gets a string */
    REPORT_JSON,    /* JSON text, for lists and objects: written as it is */
    REPORT_NUMBER,  /* a JSON number's text: csv needs no apostrophe */
    REPORT_INTEGER, /* of `number` */
    REPORT_MONEY    /* nano-dollars: "0.023980000", in a table $0.02398 */
};

struct report_cell {
    enum report_kind kind;
    const char *text; /* borrowed for the call */
    size_t len;
    int64_t number;
};

struct report_options {
    enum opt_format format; /* not OPT_HTML */
    bool terminal;          /* out is one */
    size_t width;           /* a table's widest, by cutting texts; 0: any */
};

struct report {
    FILE *out; /* borrowed */
    struct report_options options;
    const struct report_column *columns; /* borrowed */
    size_t column_count;
    uint64_t rows;
    size_t *widths;   /* owned; of a table's columns */
    struct buf cells; /* a table's cells held back, each with its NUL */
    struct buf line;  /* the row being written */
    bool flowing;     /* a table that no longer holds back */
};

/* Cells; texts are borrowed until report_row returns. */
struct report_cell report_none(void);
struct report_cell report_text(const char *str); /* NULL: none */
struct report_cell report_bytes(const char *bytes, size_t len);
struct report_cell report_json(const char *json, size_t len);
struct report_cell report_number(const char *digits, size_t len);
struct report_cell report_integer(int64_t number);
struct report_cell report_money(int64_t nano);

/*
 * Writes JSON text as it stands, or safe: with what a terminal would act on
 * as \u escapes, which means the same. ERR_IO, ERR_MEMORY, ERR_LIMIT with
 * `what` in the message.
 */
int report_put_json(FILE *out, bool safe, const struct buf *text,
                    const char *what, struct err *err);

/*
 * Starts a report on out with at least one column. ERR_MEMORY, ERR_LIMIT, or
 * ERR_IO where the header cannot be written.
 */
int report_begin(struct report *report, FILE *out,
                 const struct report_options *options,
                 const struct report_column *columns, size_t column_count,
                 struct err *err);

/* One row: a cell for each column. ERR_IO, ERR_MEMORY, ERR_LIMIT. */
int report_row(struct report *report, const struct report_cell *cells,
               struct err *err);

/* Writes what was held back and flushes. ERR_IO: not all has arrived. */
int report_end(struct report *report, struct err *err);

void report_release(struct report *report);

#endif
