#include "manifest_ids.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP  8
#define SPARE      32 /* slots behind those that a search may begin at */
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

static size_t size_of(const struct manifest_ids_table *table)
{
    return table->cap > 0 ? table->cap + SPARE : 0;
}

static bool before(const struct manifest_id *a, const struct manifest_id *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash;
    return (uint16_t)a->rest < (uint16_t)b->rest;
}

static bool same(const struct manifest_id *a, const struct manifest_id *b)
{
    return a->hash == b->hash && (uint16_t)a->rest == (uint16_t)b->rest;
}

/* Where the search for an id begins: it ascends with the hash. */
static size_t home_of(const struct manifest_ids_table *table,
                      const struct manifest_id *id)
{
    return (size_t)((id->hash >> 32) * table->cap >> 32);
}

/* All ids into an empty table; false where its end does not hold them. */
static bool copy_ids(const struct manifest_ids_table *from,
                     struct manifest_ids_table *to)
{
    size_t next = 0;

    for (size_t i = 0; i < size_of(from); i++) {
        if (from->slots[i].rest == 0)
            continue;
        size_t home = home_of(to, &from->slots[i]);
        next = home > next ? home : next;
        if (next + 1 == size_of(to))
            return false;
        to->slots[next++] = from->slots[i];
    }
    return true;
}

static int grow(struct manifest_ids_table *table, struct err *err)
{
    struct manifest_ids_table bigger = *table;
    bool copied = false;

    while (!copied) {
        bigger.cap += bigger.cap > 0 ? bigger.cap / 4 : FIRST_CAP;
        size_t size = size_of(&bigger);
        bigger.slots = size > 0 ? calloc(size, sizeof *bigger.slots) : NULL;
        if (!bigger.slots)
            return err_set(err, ERR_MEMORY,
                           "out of memory for the entries' ids");
        copied = copy_ids(table, &bigger);
        free(copied ? table->slots : bigger.slots);
    }
    *table = bigger;
    return 0;
}

/* Where the id stands, or belongs: all before it are less. */
static size_t find(const struct manifest_ids_table *table,
                   const struct manifest_id *id)
{
    size_t at = home_of(table, id);

    while (table->slots[at].rest != 0 && before(&table->slots[at], id))
        at++;
    return at;
}

/* The first free slot from `at` on. */
static size_t find_gap(const struct manifest_ids_table *table, size_t at)
{
    while (table->slots[at].rest != 0)
        at++;
    return at;
}

/* The place of an id, and how far what stands there can move on: *gap. */
static int make_room(struct manifest_ids_table *table,
                     const struct manifest_id *id, size_t *at, size_t *gap,
                     struct err *err)
{
    bool full = table->count >= table->cap - table->cap / 8;

    for (;; full = true) {
        if (full && grow(table, err) < 0)
            return err->code;
        *at = find(table, id);
        *gap = find_gap(table, *at);
        if (*gap + 1 < size_of(table))
            return 0;
    }
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
    size_t at = 0;
    size_t gap = 0;
    if (make_room(table, &fresh, &at, &gap, err) < 0)
        return err->code;
    struct manifest_id *slot = &table->slots[at];
    if (slot->rest != 0 && same(slot, &fresh)) {
        *first_line = slot->rest >> SHORT_BITS;
        return 1;
    }
    memmove(slot + 1, slot, (gap - at) * sizeof *slot);
    *slot = fresh;
    table->count++;
    return 0;
}
