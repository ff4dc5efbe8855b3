/* What in a template a fault of the rendered definition comes from. */
#include "entry_impl.h"

#include <string.h>

/* A message about "$.x" of the definition, in terms of the entry. */
void entry_rename_path(const struct entry *entry, struct err *err)
{
    if (err->message[0] != '$')
        return;
    memmove(err->message, err->message + 1, strlen(err->message));
    err_prefix(err, "%s", entry->definition_path);
}

/* The byte where column (from 1, in characters) of a one-line text stands. */
static size_t column_offset(const char *text, size_t len, uint64_t column)
{
    size_t at = 0;

    while (at < len && column > 1) {
        at++;
        while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
            at++;
        column--;
    }
    return at;
}

/* The last node that starts at or before the offset. */
static uint32_t node_at(const struct json *doc, size_t offset)
{
    uint32_t low = 0;
    uint32_t high = doc->count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        const struct json_node *node = &doc->nodes[middle];
        size_t start = node->start - (node->type == JSON_STRING ? 1 : 0);
        if (start <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/*
 * The node of the definition as written that a rendered node comes from: the
 * same path, as far as it goes. *exact says that it goes all the way, and
 * not to a string that may be a placeholder.
 */
static uint32_t origin_of(const struct entry *entry, uint32_t bad, bool *exact)
{
    const struct json *rendered = &entry->parsed;
    const struct json *doc = entry->doc;
    struct jsonpath path;
    uint32_t steps;

    jsonpath_find(rendered, 0, bad, &path);
    uint32_t origin =
        jsonpath_follow(rendered, &path, doc, entry->definition_node, &steps);
    const struct json_node *node = &doc->nodes[origin];
    bool whole = steps == path.depth;
    *exact = whole && !(node->type == JSON_STRING &&
                        memchr(doc->text + node->start, '$', node->len));
    /* Of a bad key, the key; it stands in front of its value. */
    if (whole && steps > 0 && path.steps[steps - 1].key == bad)
        origin--;
    return origin;
}

bool entry_origin(const struct entry *entry, struct err *err)
{
    const struct json *rendered = &entry->parsed;
    const struct json *doc = entry->doc;
    size_t offset = column_offset(rendered->text, rendered->len, err->column);
    bool exact;
    uint32_t origin = origin_of(entry, node_at(rendered, offset), &exact);
    const struct json_node *node = &doc->nodes[origin];
    size_t start = node->start - (node->type == JSON_STRING ? 1 : 0);

    json_place(doc->text, start, &err->line, &err->column);
    entry_rename_path(entry, err);
    return exact;
}
