#include "rows_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../queue/gzvalues_inflate.h"
#include "../queue/gzvalues_split.h"
#include "../templates/csv.h"
#include "../templates/params.h"
#include "../templates/set.h"

#define READ_BYTES ((size_t)64 << 10)
#define SHOWN_MAX  40 /* bytes of a name that a message quotes */

/* --- names ---------------------------------------------------------------- */

static int shown(const char *text, size_t len)
{
    size_t cut = len < SHOWN_MAX ? len : SHOWN_MAX;

    while (cut > 0 && cut < len && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    return (int)cut;
}

static int check_name(const char *name, size_t len, struct err *err)
{
    if (params_name_reserved(name, len))
        return err_set(err, ERR_DATA,
                       "the column's name \"%.*s\" is reserved, as every job "
                       "has a field of that name; choose another",
                       shown(name, len), name);
    if (!params_name_valid(name, len))
        return err_set(err, ERR_DATA,
                       "expected a parameter's name for a column (a letter or "
                       "\"_\", then letters, digits and \"_\", at most %d), "
                       "found \"%.*s\"%s",
                       PARAMS_NAME_MAX, shown(name, len), name,
                       memchr(name, ';', len) || memchr(name, '\t', len)
                           ? "; cells are separated by commas"
                           : "");
    return 0;
}

/* --- CSV ------------------------------------------------------------------ */

static int at_cell(const struct csv_cell *cell, struct err *err)
{
    err->line = cell->line;
    err->column = cell->column;
    return err->code;
}

static int add_row(const struct csv *csv, struct buf *out, struct err *err)
{
    for (uint32_t i = 0; i < csv->header.count; i++) {
        const struct csv_cell *name = &csv->header.cells[i];
        const struct csv_cell *cell = &csv->row.cells[i];
        buf_add_char(out, i == 0 ? '{' : ',');
        json_quote(out, name->text, name->len);
        buf_add_char(out, ':');
        if (set_cell(cell->text, cell->len, out, err) < 0)
            return at_cell(cell, err);
    }
    buf_add_char(out, '}');
    return 0;
}

static int read_header(struct csv *csv, struct err *err)
{
    int rc = csv_header(csv, err);

    for (uint32_t i = 0; rc == 0 && i < csv->header.count; i++) {
        const struct csv_cell *name = &csv->header.cells[i];
        rc = check_name(name->text, name->len, err);
        if (rc < 0)
            at_cell(name, err);
    }
    return rc;
}

static int parse_csv(const char *text, size_t len, struct buf *out,
                     struct err *err)
{
    uint64_t rows = 0;
    struct csv csv;
    int rc;

    csv_init(&csv, text, len);
    rc = read_header(&csv, err);
    while (rc == 0 && (rc = csv_next(&csv, err)) > 0) {
        buf_add_char(out, rows++ == 0 ? '[' : ',');
        rc = add_row(&csv, out, err);
        if (rc == 0)
            rc = buf_error(out, "the rows", err);
    }
    if (rc == 0 && rows == 0)
        rc = err_set_at(err, ERR_DATA, csv.line, csv.column,
                        "expected rows behind the line with the columns' "
                        "names, found none");
    buf_add_char(out, ']');
    csv_release(&csv);
    return rc;
}

/* --- JSON ----------------------------------------------------------------- */

/* A text of JSON values, and the document of the one at hand. */
struct values {
    const char *text;
    size_t len, at;
    struct json doc;
    struct buf name; /* scratch */
    uint64_t rows;
};

static int check_row(struct values *in, uint32_t row, struct err *err)
{
    const struct json *doc = &in->doc;
    uint32_t key = json_first(row);

    if (doc->nodes[row].type != JSON_OBJECT)
        return json_err(doc, row, err, ERR_DATA,
                        "expected an object, as in {\"lr\": 0.1}, found %s",
                        json_type_name(doc->nodes[row].type));
    for (uint32_t i = 0; i < doc->nodes[row].size; i++) {
        struct err fault = ERR_INIT;
        buf_clear(&in->name);
        json_string(doc, key, &in->name);
        if (buf_error(&in->name, "a column's name", err) < 0)
            return err->code;
        if (check_name(buf_str(&in->name), in->name.len, &fault) < 0)
            return json_err(doc, key, err, ERR_DATA, "%s", fault.message);
        key = json_next(doc, key + 1);
    }
    err->code = 0;
    key = json_duplicate(doc, row, err);
    if (key != 0)
        return json_err(doc, key, err, ERR_DATA,
                        "this name stands twice in one row, expected once");
    return err->code;
}

/* Copies a value as written, numbers to the digit, without line ends. */
static void add_text(struct values *in, uint32_t row, struct buf *out)
{
    const struct json_node *node = &in->doc.nodes[row];
    const char *text = in->doc.text + node->start;

    buf_add_char(out, in->rows++ == 0 ? '[' : ',');
    for (size_t i = 0; i < node->len; i++)
        buf_add_char(out, text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
}

static int add_value(struct values *in, struct buf *out, struct err *err)
{
    const struct json *doc = &in->doc;
    bool list = doc->nodes[0].type == JSON_ARRAY;
    uint32_t rows = list ? doc->nodes[0].size : 1;
    uint32_t row = list ? json_first(0) : 0;

    for (uint32_t i = 0; i < rows; i++) {
        int rc = check_row(in, row, err);
        if (rc < 0)
            return rc;
        add_text(in, row, out);
        row = json_next(doc, row);
    }
    return buf_error(out, "the rows", err);
}

/* The bytes of the value at in->at: to its end by quotes and brackets. */
static size_t value_bytes(const struct values *in)
{
    const char *text = in->text + in->at;
    enum gzvalues_byte first = gzvalues_split_byte(*text);
    struct gzvalues_split split;
    bool ended;

    /* What starts no value is refused by json_parse, however long it is. */
    if (first == GZVALUES_CLOSE || first == GZVALUES_ALIEN)
        return in->len - in->at;

    gzvalues_split_begin(&split, *text);
    return 1 +
           gzvalues_split_scan(&split, text + 1, in->len - in->at - 1, &ended);
}

/* A place within the value at in->at becomes one within the whole text. */
static int at_value(const struct values *in, struct err *err)
{
    uint64_t line, column;

    json_place(in->text, in->at, &line, &column);
    if (err->line == 1)
        err->column += column - 1;
    if (err->line > 0)
        err->line += line - 1;
    return err->code;
}

static void skip_space(struct values *in)
{
    while (in->at < in->len &&
           gzvalues_split_byte(in->text[in->at]) == GZVALUES_SPACE)
        in->at++;
}

static int parse_values(struct values *in, struct buf *out, struct err *err)
{
    int rc = 0;

    for (skip_space(in); rc == 0 && in->at < in->len; skip_space(in)) {
        size_t bytes = value_bytes(in);
        rc = json_parse(&in->doc, in->text + in->at, bytes, err);
        if (rc == 0)
            rc = add_value(in, out, err);
        if (rc < 0)
            return at_value(in, err);
        in->at += bytes;
    }
    if (in->rows == 0)
        return err_set(err, ERR_DATA, "expected rows, found an empty list");
    buf_add_char(out, ']');
    return 0;
}

static int parse_json(const char *text, size_t len, struct buf *out,
                      struct err *err)
{
    struct values in = {.text = text, .len = len};

    json_init(&in.doc);
    buf_init(&in.name, JSON_TEXT_MAX);
    int rc = parse_values(&in, out, err);
    buf_release(&in.name);
    json_release(&in.doc);
    return rc;
}

int rows_file_parse(const char *text, size_t len, struct buf *out,
                    struct err *err)
{
    size_t at = 0;
    int rc;

    while (at < len && gzvalues_split_byte(text[at]) == GZVALUES_SPACE)
        at++;
    if (at < len && (text[at] == '{' || text[at] == '['))
        rc = parse_json(text, len, out, err);
    else
        rc = parse_csv(text, len, out, err);
    return rc < 0 ? rc : buf_error(out, "the rows", err);
}

/* --- the file ------------------------------------------------------------- */

static int open_rows(const char *path, struct err *err)
{
    bool input = strcmp(path, "-") == 0;
    struct stat st;
    int fd;

    do {
        fd = input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                   : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return err_set_errno(err, ERR_INPUT, errno, "cannot open the rows");
    if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode))
        return fd;
    close(fd);
    return err_set(err, ERR_INPUT, "expected a file of rows, found a folder");
}

/* All of the file's text, inflated where it is gzip. */
static int read_text(int fd, struct buf *text, struct err *err)
{
    struct gzvalues_inflate source;
    size_t got = READ_BYTES;
    int rc = gzvalues_inflate_open(&source, fd, UINT64_MAX, err);

    while (rc == 0 && got == READ_BYTES) {
        char *room = buf_room(text, READ_BYTES);
        if (!room)
            break;
        rc = gzvalues_inflate_read(&source, room, READ_BYTES, &got, err);
        buf_grown(text, got);
    }
    gzvalues_inflate_release(&source);
    return rc < 0 ? rc : buf_error(text, "the file of rows", err);
}

int rows_file_read(const char *path, struct buf *out, struct err *err)
{
    struct buf text;
    int fd = open_rows(path, err);
    int rc = fd;

    buf_init(&text, JSON_TEXT_MAX);
    if (fd >= 0) {
        rc = read_text(fd, &text, err);
        close(fd);
    }
    if (rc == 0)
        rc = rows_file_parse(buf_str(&text), text.len, out, err);
    if (rc < 0)
        err->file = strcmp(path, "-") == 0 ? "standard input" : path;
    buf_release(&text);
    return rc;
}
