#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../templates/json.h"
#include "../templates/money.h"
#include "report_table.h"
#include "text.h"

/* --- cells --------------------------------------------------------------- */

struct report_cell report_none(void)
{
    return (struct report_cell){REPORT_NONE, NULL, 0, 0};
}

struct report_cell report_text(const char *str)
{
    return str ? report_bytes(str, strlen(str)) : report_none();
}

struct report_cell report_bytes(const char *bytes, size_t len)
{
    return (struct report_cell){REPORT_TEXT, bytes, len, 0};
}

struct report_cell report_json(const char *json, size_t len)
{
    return (struct report_cell){REPORT_JSON, json, len, 0};
}

struct report_cell report_number(const char *digits, size_t len)
{
    return (struct report_cell){REPORT_NUMBER, digits, len, 0};
}

struct report_cell report_integer(int64_t number)
{
    return (struct report_cell){REPORT_INTEGER, NULL, 0, number};
}

struct report_cell report_money(int64_t nano)
{
    return (struct report_cell){REPORT_MONEY, NULL, 0, nano};
}

/* --- JSON ---------------------------------------------------------------- */

/* A string by json_quote, then made safe: escapes escape nothing twice. */
static void add_json_string(struct buf *out, const char *bytes, size_t len)
{
    struct buf quoted;

    buf_init(&quoted, REPORT_ROW_MAX);
    json_quote(&quoted, bytes, len);
    text_json(out, buf_str(&quoted), quoted.len);
    if (quoted.failed)
        out->failed = quoted.failed;
    buf_release(&quoted);
}

static void add_json_cell(struct buf *out, const struct report_cell *cell)
{
    char money[MONEY_TEXT_MAX];

    switch (cell->kind) {
    case REPORT_NONE:
        buf_add_str(out, "null");
        break;
    case REPORT_TEXT:
        add_json_string(out, cell->text, cell->len);
        break;
    case REPORT_JSON:
    case REPORT_NUMBER:
        text_json(out, cell->text, cell->len);
        break;
    case REPORT_INTEGER:
        buf_addf(out, "%lld", (long long)cell->number);
        break;
    case REPORT_MONEY:
        money_format(cell->number, money);
        buf_addf(out, "\"%s\"", money);
        break;
    }
}

static void add_json_row(struct report *report, const struct report_cell *cells)
{
    struct buf *line = &report->line;

    buf_add_char(line, '{');
    for (size_t i = 0; i < report->column_count; i++) {
        const char *name = report->columns[i].name;
        if (i > 0)
            buf_add_char(line, ',');
        add_json_string(line, name, strlen(name));
        buf_add_char(line, ':');
        add_json_cell(line, &cells[i]);
    }
    buf_add_char(line, '}');
}

static int put_bytes(FILE *out, const struct buf *text, const char *what,
                     struct err *err)
{
    if (buf_error(text, what, err) < 0)
        return err->code;
    errno = 0;
    if (text->len == 0 || fwrite(text->data, 1, text->len, out) == text->len)
        return 0;
    return err_set_errno(err, ERR_IO, errno, "cannot write %s", what);
}

int report_put_json(FILE *out, bool safe, const struct buf *text,
                    const char *what, struct err *err)
{
    struct buf escaped;

    if (!safe || text->failed)
        return put_bytes(out, text, what, err);
    buf_init(&escaped, 6 * text->max);
    text_json(&escaped, buf_str(text), text->len);
    int rc = put_bytes(out, &escaped, what, err);
    buf_release(&escaped);
    return rc;
}

/* --- csv ----------------------------------------------------------------- */

/* What a spreadsheet would run, or skip to find something to run. */
static bool looks_like_formula(const char *text, size_t len)
{
    unsigned char first = len > 0 ? (unsigned char)text[0] : 'a';

    return first < 0x20 || first == 0x7f || strchr("=+-@", first) != NULL;
}

static void add_quoted(struct buf *out, const char *text, size_t len)
{
    bool quote = memchr(text, ',', len) || memchr(text, '"', len) ||
                 memchr(text, '\n', len) || memchr(text, '\r', len);

    if (!quote) {
        buf_add(out, text, len);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, text[i]);
    }
    buf_add_char(out, '"');
}

static void add_csv_text(struct report *report, const char *text, size_t len)
{
    struct buf cell;

    buf_init(&cell, REPORT_ROW_MAX);
    if (looks_like_formula(text, len))
        buf_add_char(&cell, '\'');
    if (report->options.terminal)
        text_visible(&cell, text, len);
    else
        buf_add(&cell, text, len);
    add_quoted(&report->line, buf_str(&cell), cell.len);
    if (cell.failed)
        report->line.failed = cell.failed;
    buf_release(&cell);
}

static void add_csv_cell(struct report *report, const struct report_cell *cell)
{
    char money[MONEY_TEXT_MAX];

    switch (cell->kind) {
    case REPORT_NONE:
        break;
    case REPORT_TEXT:
    case REPORT_JSON:
        add_csv_text(report, cell->text, cell->len);
        break;
    case REPORT_NUMBER:
        buf_add(&report->line, cell->text, cell->len);
        break;
    case REPORT_INTEGER:
        buf_addf(&report->line, "%lld", (long long)cell->number);
        break;
    case REPORT_MONEY:
        money_format(cell->number, money);
        buf_add_str(&report->line, money);
        break;
    }
}

static void add_csv_row(struct report *report, const struct report_cell *cells)
{
    for (size_t i = 0; i < report->column_count; i++) {
        if (i > 0)
            buf_add_char(&report->line, ',');
        add_csv_cell(report, &cells[i]);
    }
    buf_add_str(&report->line, "\r\n");
}

static void add_csv_header(struct report *report)
{
    for (size_t i = 0; i < report->column_count; i++) {
        const char *name = report->columns[i].name;
        if (i > 0)
            buf_add_char(&report->line, ',');
        add_csv_text(report, name, strlen(name));
    }
    buf_add_str(&report->line, "\r\n");
}

/* --- the whole ----------------------------------------------------------- */

int report_write(struct report *report, struct err *err)
{
    struct buf *line = &report->line;

    if (buf_error(line, "a row of the report", err) < 0)
        return err->code;
    errno = 0;
    if (line->len > 0 &&
        fwrite(line->data, 1, line->len, report->out) != line->len)
        return err_set_errno(err, ERR_IO, errno, "cannot write the output");
    buf_clear(line);
    return 0;
}

int report_begin(struct report *report, FILE *out,
                 const struct report_options *options,
                 const struct report_column *columns, size_t column_count,
                 struct err *err)
{
    memset(report, 0, sizeof *report);
    report->out = out;
    report->options = *options;
    report->columns = columns;
    report->column_count = column_count;
    buf_init(&report->line, REPORT_ROW_MAX);
    buf_init(&report->cells, REPORT_TABLE_MAX + REPORT_ROW_MAX);
    if (column_count == 0 || column_count > REPORT_COLUMNS_MAX)
        return err_set(err, ERR_LIMIT, "expected 1 to %d columns, found %zu",
                       REPORT_COLUMNS_MAX, column_count);
    if (options->format == OPT_TABLE)
        return report_table_begin(report, err);
    if (options->format == OPT_CSV)
        add_csv_header(report);
    else if (options->format == OPT_JSON)
        buf_add_char(&report->line, '[');
    return report_write(report, err);
}

int report_row(struct report *report, const struct report_cell *cells,
               struct err *err)
{
    bool first = report->rows++ == 0;

    switch (report->options.format) {
    case OPT_TABLE:
    case OPT_HTML:
        return report_table_row(report, cells, err);
    case OPT_CSV:
        add_csv_row(report, cells);
        break;
    case OPT_JSON:
        buf_add_str(&report->line, first ? "\n" : ",\n");
        add_json_row(report, cells);
        break;
    case OPT_JSONL:
        add_json_row(report, cells);
        buf_add_char(&report->line, '\n');
        break;
    }
    return report_write(report, err);
}

int report_end(struct report *report, struct err *err)
{
    int rc = 0;

    if (report->options.format == OPT_TABLE)
        rc = report_table_end(report, err);
    else if (report->options.format == OPT_JSON)
        buf_add_str(&report->line, report->rows > 0 ? "\n]\n" : "]\n");
    if (rc == 0)
        rc = report_write(report, err);
    errno = 0;
    if (rc == 0 && (fflush(report->out) != 0 || ferror(report->out)))
        rc = err_set_errno(err, ERR_IO, errno, "cannot write the output");
    return rc;
}

void report_release(struct report *report)
{
    free(report->widths);
    report->widths = NULL;
    buf_release(&report->cells);
    buf_release(&report->line);
}
