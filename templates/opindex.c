#include "opindex.h"

#include <stdlib.h>

#include "json_text.h"

static int by_id(const void *left, const void *right)
{
    const struct opindex_entry *a = left;
    const struct opindex_entry *b = right;
    int order = json_text_compare(a->id, a->id_len, b->id, b->id_len);

    if (order != 0)
        return order;
    return a->op < b->op ? -1 : a->op > b->op;
}

static void add(struct opindex *index, const struct json *doc, uint32_t op)
{
    uint32_t id = 0;

    if (doc->nodes[op].type == JSON_OBJECT)
        id = json_get(doc, op, "id");
    if (id == 0 || doc->nodes[id].type != JSON_STRING)
        return;
    struct opindex_entry *entry = &index->entries[index->count++];
    entry->id = doc->text + doc->nodes[id].start;
    entry->id_len = doc->nodes[id].len;
    entry->id_node = id;
    entry->op = op;
}

int opindex_init(struct opindex *index, const struct json *doc, uint32_t ops,
                 struct err *err)
{
    uint32_t size = doc->nodes[ops].size;
    uint32_t op = json_first(ops);

    index->entries = index->few;
    index->count = 0;
    if (size > OPINDEX_FEW) {
        struct opindex_entry *many = malloc(size * sizeof *many);
        if (!many)
            return err_set(err, ERR_MEMORY, "out of memory for %u operations",
                           (unsigned)size);
        index->entries = many;
    }
    for (uint32_t i = 0; i < size; i++) {
        add(index, doc, op);
        op = json_next(doc, op);
    }
    if (index->count > 1)
        qsort(index->entries, index->count, sizeof *index->entries, by_id);
    return 0;
}

void opindex_release(struct opindex *index)
{
    if (index->entries != index->few)
        free(index->entries);
    index->entries = index->few;
    index->count = 0;
}

const struct opindex_entry *opindex_find(const struct opindex *index,
                                         const char *raw, size_t len)
{
    uint32_t low = 0;
    uint32_t high = index->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct opindex_entry *entry = &index->entries[middle];
        int order = json_text_compare(entry->id, entry->id_len, raw, len);
        if (order == 0)
            return entry;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool opindex_repeats(const struct opindex *index, uint32_t i)
{
    const struct opindex_entry *a = &index->entries[i];

    return i > 0 &&
           json_text_compare(a[-1].id, a[-1].id_len, a->id, a->id_len) == 0;
}
