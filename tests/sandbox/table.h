/*
 * table: a hash index over items that live elsewhere, and growing arrays.
 *
 * A slot holds an item's 64-bit hash and its number; the caller compares
 * the items themselves. Open addressing, at most three quarters full.
 */
#ifndef SANDBOX_TABLE_H
#define SANDBOX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX

struct table_slot {
    uint64_t hash;
    uint32_t item; /* TABLE_NONE where empty */
};

struct table {
    struct table_slot *slots; /* owned; cap of them, a power of two */
    uint32_t cap;
    uint32_t count;
};

void table_init(struct table *table);
void table_release(struct table *table);

/* Forgets all items. */
void table_clear(struct table *table);

/* Adds an item, without looking for an equal one; false: out of memory. */
bool table_add(struct table *table, uint64_t hash, uint32_t item);

/*
 * The items of a hash, one after the other, TABLE_NONE behind the last:
 *   uint32_t walk;
 *   for (uint32_t i = table_first(t, hash, &walk); i != TABLE_NONE;
 *        i = table_next(t, hash, &walk))
 */
uint32_t table_first(const struct table *table, uint64_t hash, uint32_t *walk);
uint32_t table_next(const struct table *table, uint64_t hash, uint32_t *walk);

/* A hash of bytes; not one that withstands an attacker. */
uint64_t table_hash(const void *bytes, size_t len, uint64_t seed);

/* The first eight bytes of a digest or an address as a hash. */
uint64_t table_digest(const uint8_t digest[32]);

/*
 * An array with room for one more item behind its count items of size bytes:
 * items itself, with room for *cap, or where that was moved to, *cap then
 * being larger. NULL: out of memory, and items is as it was.
 */
void *table_room(void *items, uint32_t *cap, uint32_t count, size_t size);

#endif
