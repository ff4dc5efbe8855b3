#include "manifest_ids.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP  8
#define SHORT_BITS 16
#define LINE_MAX48 ((UINT64_C(1) << 48) - 1)

/* `rest` holds 16 more bits of the hash and, above them, the line. */
struct manifest_id {
    uint64_t hash;
    uint64_t rest; /* 0: the slot is free, as lines count from 1 */
};

_Static_assert(sizeof(struct manifest_id) == 16, "16 bytes an entry");

void manifest_ids_init(struct manifest_ids *ids)
{
    memset(ids, 0, sizeof *ids);
}

void manifest_ids_release(struct manifest_ids *ids)
{
    for (size_t i = 0; i < MANIFEST_IDS_TABLES; i++)
        free(ids->tables[i].slots);
    manifest_ids_init(ids);
}

static bool same(const struct manifest_id *a, const struct manifest_id *b)
{
    return a->hash == b->hash && (uint16_t)a->rest == (uint16_t)b->rest;
}

/* The slot that holds an equal id, or the free one where it belongs. */
static struct manifest_id *find(struct manifest_id *slots, size_t cap,
                                const struct manifest_id *id)
{
    size_t at = (size_t)(id->hash % cap);

    while (slots[at].rest != 0 && !same(&slots[at], id))
        at = at + 1 < cap ? at + 1 : 0;
    return &slots[at];
}

static int grow(struct manifest_ids_table *table, struct err *err)
{
    size_t cap = table->cap ? table->cap + table->cap / 4 : FIRST_CAP;
    struct manifest_id *slots = calloc(cap, sizeof *slots);

    if (!slots)
        return err_set(err, ERR_MEMORY, "out of memory for the entries' ids");
    for (size_t i = 0; i < table->cap; i++)
        if (table->slots[i].rest != 0)
            *find(slots, cap, &table->slots[i]) = table->slots[i];
    free(table->slots);
    table->slots = slots;
    table->cap = cap;
    return 0;
}

int manifest_ids_add(struct manifest_ids *ids, struct hasher *hasher,
                     const char *id, uint64_t line, uint64_t *first_line,
                     struct err *err)
{
    uint8_t digest[CID_DIGEST_LEN];
    struct manifest_id fresh;
    uint16_t more;

    hasher_begin(hasher);
    hasher_add(hasher, id, strlen(id));
    hasher_end(hasher, digest);
    memcpy(&fresh.hash, digest, sizeof fresh.hash);
    memcpy(&more, digest + sizeof fresh.hash, sizeof more);
    fresh.rest = (line < LINE_MAX48 ? line : LINE_MAX48) << SHORT_BITS | more;
    struct manifest_ids_table *table = &ids->tables[more % MANIFEST_IDS_TABLES];
    if (table->count >= table->cap - table->cap / 8 && grow(table, err) < 0)
        return err->code;
    struct manifest_id *slot = find(table->slots, table->cap, &fresh);
    if (slot->rest != 0) {
        *first_line = slot->rest >> SHORT_BITS;
        return 1;
    }
    *slot = fresh;
    table->count++;
    return 0;
}
