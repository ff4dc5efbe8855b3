#include "table.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64u

void table_init(struct table *table)
{
    table->slots = NULL;
    table->cap = 0;
    table->count = 0;
}

void table_release(struct table *table)
{
    free(table->slots);
    table_init(table);
}

void table_clear(struct table *table)
{
    for (uint32_t i = 0; i < table->cap; i++)
        table->slots[i].item = TABLE_NONE;
    table->count = 0;
}

static void put(struct table_slot *slots, uint32_t cap, uint64_t hash,
                uint32_t item)
{
    uint32_t at = (uint32_t)hash & (cap - 1);

    while (slots[at].item != TABLE_NONE)
        at = (at + 1) & (cap - 1);
    slots[at].hash = hash;
    slots[at].item = item;
}

static bool grow(struct table *table)
{
    uint32_t cap = table->cap ? table->cap * 2 : FIRST_CAP;
    struct table_slot *slots =
        cap > table->cap ? malloc((size_t)cap * sizeof *slots) : NULL;

    if (!slots)
        return false;
    for (uint32_t i = 0; i < cap; i++)
        slots[i].item = TABLE_NONE;
    for (uint32_t i = 0; i < table->cap; i++)
        if (table->slots[i].item != TABLE_NONE)
            put(slots, cap, table->slots[i].hash, table->slots[i].item);
    free(table->slots);
    table->slots = slots;
    table->cap = cap;
    return true;
}

bool table_add(struct table *table, uint64_t hash, uint32_t item)
{
    if (table->count >= table->cap / 4 * 3 && !grow(table))
        return false;
    put(table->slots, table->cap, hash, item);
    table->count++;
    return true;
}

static uint32_t from(const struct table *table, uint64_t hash, uint32_t *walk)
{
    for (;;) {
        const struct table_slot *slot = &table->slots[*walk];
        if (slot->item == TABLE_NONE || slot->hash == hash)
            return slot->item;
        *walk = (*walk + 1) & (table->cap - 1);
    }
}

uint32_t table_first(const struct table *table, uint64_t hash, uint32_t *walk)
{
    if (table->cap == 0)
        return TABLE_NONE;
    *walk = (uint32_t)hash & (table->cap - 1);
    return from(table, hash, walk);
}

uint32_t table_next(const struct table *table, uint64_t hash, uint32_t *walk)
{
    *walk = (*walk + 1) & (table->cap - 1);
    return from(table, hash, walk);
}

uint64_t table_hash(const void *bytes, size_t len, uint64_t seed)
{
    const unsigned char *in = bytes;
    uint64_t hash = seed ^ 0x9e3779b97f4a7c15u ^ len;
    uint64_t word;

    /* Eight bytes a step: bodies of some hundred bytes are hashed a lot. */
    for (; len >= sizeof word; len -= sizeof word, in += sizeof word) {
        memcpy(&word, in, sizeof word);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, in, len);
    hash = (hash ^ word) * 0xc4ceb9fe1a85ec53u;
    hash ^= hash >> 29;
    hash *= 0xff51afd7ed558ccdu;
    return hash ^ (hash >> 32);
}

uint64_t table_digest(const uint8_t digest[32])
{
    uint64_t hash;

    memcpy(&hash, digest, sizeof hash);
    return hash;
}

void *table_room(void *items, uint32_t *cap, uint32_t count, size_t size)
{
    if (count < *cap)
        return items;
    if (*cap > UINT32_MAX / 4)
        return NULL;
    uint32_t more = *cap ? *cap * 2 : FIRST_CAP;
    void *moved = realloc(items, (size_t)more * size);
    if (moved)
        *cap = more;
    return moved;
}
