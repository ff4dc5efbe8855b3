/* One axis whose points set several parameters: a table, row by row. */
#include <stdio.h>

#include "params_names.h"
#include "params_value.h"

#define PREFIX_MAX 32

/* What reading rows carries along; the buffers are scratch. */
struct reader {
    struct params_source source;
    uint64_t row;
    struct buf name;
    struct buf text;
};

/* A new column, empty so far: an untouched cell is an absent value. */
static struct param *add_column(struct reader *in, uint32_t key)
{
    struct params *params = in->source.params;
    struct param *column =
        params_names_add(&in->source, key, buf_str(&in->name), in->name.len);

    if (!column)
        return NULL;
    column->kind = PARAM_ROWS;
    params_source_place(&in->source, key, &column->line, &column->column);
    column->values =
        arena_array(params->arena, params->rows, sizeof *column->values);
    if (!column->values) {
        params_source_report_arena(&in->source, key);
        return NULL;
    }
    column->count = params->rows;
    return column;
}

static struct param *find_column(struct reader *in, uint32_t key)
{
    struct params *params = in->source.params;

    if (!params_source_string(&in->source, key, &in->name))
        return NULL;
    int64_t position = params_find(params, buf_str(&in->name), in->name.len);
    if (position < 0)
        return add_column(in, key);
    struct param *column = &params->items[position];
    if (column->kind == PARAM_ROWS)
        return column;
    params_source_report(&in->source, key, ERR_DATA,
                         "column \"%s\" is a parameter of `params` too: "
                         "expected it in one place only",
                         column->name);
    return NULL;
}

static bool read_cell(struct reader *in, uint32_t key)
{
    struct param *column = find_column(in, key);

    if (!column)
        return false;
    struct value *cell = &column->values[in->row];
    if (cell->json) {
        params_source_report(&in->source, key, ERR_DATA,
                             "\"%s\" stands twice in this row, expected once",
                             column->name);
        return false;
    }
    return params_value_copy(&in->source, key + 1, &in->text, cell);
}

static bool read_row(struct reader *in, uint32_t node)
{
    const struct json *doc = in->source.doc;
    uint32_t size = doc->nodes[node].size;
    uint32_t key = json_first(node);
    char prefix[PREFIX_MAX];

    snprintf(prefix, sizeof prefix,
             "rows[%llu]: ", (unsigned long long)in->row);
    in->source.prefix = prefix;
    bool ok = doc->nodes[node].type == JSON_OBJECT;
    if (!ok)
        params_source_report(&in->source, node, ERR_DATA,
                             "expected an object, as in {\"lr\": 0.1}, "
                             "found %s",
                             json_type_name(doc->nodes[node].type));
    for (uint32_t i = 0; ok && i < size; i++) {
        ok = read_cell(in, key);
        key = json_next(doc, key + 1);
    }
    in->source.prefix = "rows: ";
    return ok;
}

static void read_rows(struct reader *in, uint32_t node)
{
    struct params *params = in->source.params;
    uint32_t row = json_first(node);
    uint32_t before = params->count;

    for (in->row = 0; in->row < params->rows; in->row++) {
        if (!read_row(in, row))
            return;
        row = json_next(in->source.doc, row);
    }
    if (params->count == before)
        params_source_report(&in->source, node, ERR_DATA,
                             "expected rows with at least one column, found "
                             "empty ones");
}

void params_rows(struct params *params, const struct json *doc, uint32_t node,
                 struct errs *errs)
{
    const struct json_node *list = &doc->nodes[node];
    struct reader in = {.source = {params, doc, NULL, "rows: ", errs, false}};

    if (list->type != JSON_ARRAY || list->size == 0) {
        params_source_report(&in.source, node, ERR_DATA,
                             "expected a list of objects, as in "
                             "[{\"lr\": 0.1, \"seed\": 1}], found %s",
                             list->type == JSON_ARRAY
                                 ? "an empty list"
                                 : json_type_name(list->type));
        return;
    }
    params->rows = list->size;
    buf_init(&in.name, JSON_TEXT_MAX);
    buf_init(&in.text, params->arena->max_bytes);
    read_rows(&in, node);
    buf_release(&in.name);
    buf_release(&in.text);
}
