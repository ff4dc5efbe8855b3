/* CSV: what is read, written again and read again is the same. */
#include <string.h>

#include "../../runner/rows_file.h"
#include "../../templates/csv.h"
#include "fuzz.h"

#define TEXT_MAX ((size_t)4 << 20)

static void write_row(const struct csv_row *row, struct buf *out)
{
    for (uint32_t i = 0; i < row->count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        buf_add_char(out, '"');
        for (size_t j = 0; j < row->cells[i].len; j++) {
            if (row->cells[i].text[j] == '"')
                buf_add_char(out, '"');
            buf_add_char(out, row->cells[i].text[j]);
        }
        buf_add_char(out, '"');
    }
    buf_add_str(out, "\r\n");
}

/* Whether the whole text is CSV, which is then in out, all cells quoted. */
static bool rewrite(const char *text, size_t len, struct buf *out)
{
    struct err err = ERR_INIT;
    struct csv csv;
    int rc;

    csv_init(&csv, text, len);
    rc = csv_header(&csv, &err);
    if (rc == 0)
        write_row(&csv.header, out);
    while (rc == 0 && (rc = csv_next(&csv, &err)) == 1) {
        FUZZ_HOLDS(csv.row.count == csv.header.count);
        write_row(&csv.row, out);
        rc = 0;
    }
    FUZZ_HOLDS(rc == 0 || (rc == err.code && err.message[0] != '\0'));
    FUZZ_HOLDS(rc == 0 || (err.line > 0 && err.column > 0));
    FUZZ_HOLDS(!out->failed);
    csv_release(&csv);
    return rc == 0;
}

/* Rows that an entry takes are one JSON list. */
static void check_rows(const char *text, size_t len)
{
    struct err err = ERR_INIT;
    struct json doc;
    struct buf out;

    json_init(&doc);
    buf_init(&out, TEXT_MAX);
    if (rows_file_parse(text, len, &out, &err) == 0) {
        FUZZ_HOLDS(json_parse(&doc, buf_str(&out), out.len, &err) == 0);
        FUZZ_HOLDS(doc.nodes[0].type == JSON_ARRAY && doc.nodes[0].size > 0);
    } else {
        FUZZ_HOLDS(err.code < 0 && err.message[0] != '\0');
    }
    buf_release(&out);
    json_release(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct buf first, second;

    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    if (rewrite(text, size, &first)) {
        FUZZ_HOLDS(rewrite(buf_str(&first), first.len, &second));
        FUZZ_HOLDS(first.len == second.len &&
                   memcmp(first.data, second.data, first.len) == 0);
    }
    buf_release(&first);
    buf_release(&second);
    check_rows(text, size);
    return 0;
}
