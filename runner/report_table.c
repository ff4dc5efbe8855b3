#include "report_table.h"

#include <stdlib.h>
#include <string.h>

#include "../templates/money.h"
#include "text.h"

#define GAP     2  /* columns between columns */
#define CUT_MIN 12 /* a text is not cut to fewer columns */
#define DOTS    "…"

/* Adds a cell's text as a table shows it, and its NUL. */
static void add_cell(struct buf *out, const struct report_cell *cell)
{
    char money[MONEY_TEXT_MAX];

    switch (cell->kind) {
    case REPORT_NONE:
        buf_add_char(out, '-');
        break;
    case REPORT_TEXT:
    case REPORT_JSON:
    case REPORT_NUMBER:
        text_visible(out, cell->text, cell->len);
        break;
    case REPORT_INTEGER:
        buf_addf(out, "%lld", (long long)cell->number);
        break;
    case REPORT_MONEY:
        money_format_short(cell->number, money);
        buf_add_str(out, money);
        break;
    }
    buf_add_char(out, '\0');
}

/* Columns that a row of these widths takes. */
static size_t total_width(const struct report *report)
{
    size_t total = GAP * (report->column_count - 1);

    for (size_t i = 0; i < report->column_count; i++)
        total += report->widths[i];
    return total;
}

/* Takes from the widest text columns until a row fits, or cannot. */
static void narrow(struct report *report)
{
    size_t total = total_width(report);

    while (report->options.width > 0 && total > report->options.width) {
        size_t widest = report->column_count;
        for (size_t i = 0; i < report->column_count; i++)
            if (!report->columns[i].right && report->widths[i] > CUT_MIN &&
                (widest == report->column_count ||
                 report->widths[i] > report->widths[widest]))
                widest = i;
        if (widest == report->column_count)
            return;
        report->widths[widest]--;
        total--;
    }
}

static void add_spaces(struct buf *out, size_t count)
{
    while (count-- > 0)
        buf_add_char(out, ' ');
}

static void add_aligned(struct report *report, size_t column, const char *text)
{
    struct buf *line = &report->line;
    bool last = column + 1 == report->column_count;
    size_t len = strlen(text), have = text_width(text, len);
    size_t want = report->widths[column];
    bool cut = have > want && report->options.width > 0 && want > 0 &&
               !report->columns[column].right;

    if (cut) {
        len = text_fit(text, len, want - 1);
        have = text_width(text, len) + 1;
    }
    size_t pad = have < want ? want - have : 0;
    if (report->columns[column].right)
        add_spaces(line, pad);
    buf_add(line, text, len);
    if (cut)
        buf_add_str(line, DOTS);
    if (last)
        buf_add_char(line, '\n');
    else
        add_spaces(line, GAP + (report->columns[column].right ? 0 : pad));
}

/* Writes all cells held back, row by row, and forgets them. */
static int flush_cells(struct report *report, struct err *err)
{
    size_t at = 0, column = 0;

    if (buf_error(&report->cells, "a row of the table", err) < 0)
        return err->code;
    while (at < report->cells.len) {
        const char *text = report->cells.data + at;
        at += strlen(text) + 1;
        add_aligned(report, column, text);
        if (++column < report->column_count)
            continue;
        column = 0;
        if (report_write(report, err) < 0)
            return err->code;
    }
    buf_clear(&report->cells);
    return 0;
}

/* Takes over one row of texts, the header's included. */
static int hold_row(struct report *report, size_t start, struct err *err)
{
    size_t at = start;

    if (report->flowing)
        return flush_cells(report, err);
    if (buf_error(&report->cells, "a row of the table", err) < 0)
        return err->code;
    for (size_t i = 0; i < report->column_count; i++) {
        const char *text = report->cells.data + at;
        size_t len = strlen(text), width = text_width(text, len);
        if (width > report->widths[i])
            report->widths[i] = width;
        at += len + 1;
    }
    if (report->cells.len <= REPORT_TABLE_MAX)
        return 0;
    report->flowing = true;
    narrow(report);
    return flush_cells(report, err);
}

int report_table_begin(struct report *report, struct err *err)
{
    report->widths = calloc(report->column_count, sizeof *report->widths);
    if (!report->widths)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < report->column_count; i++) {
        struct report_cell name = report_text(report->columns[i].name);
        add_cell(&report->cells, &name);
    }
    return hold_row(report, 0, err);
}

int report_table_row(struct report *report, const struct report_cell *cells,
                     struct err *err)
{
    size_t start = report->cells.len;

    for (size_t i = 0; i < report->column_count; i++)
        add_cell(&report->cells, &cells[i]);
    return hold_row(report, start, err);
}

int report_table_end(struct report *report, struct err *err)
{
    if (!report->flowing)
        narrow(report);
    return flush_cells(report, err);
}
