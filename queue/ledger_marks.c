#include "ledger_marks.h"

#include <stdlib.h>
#include <string.h>

#define SLOT      5
#define MASK_40   (((uint64_t)1 << 40) - 1)
#define CID_SLOTS (LEDGER_CIDS_MAX / 4 * 5)

/* --- addresses --------------------------------------------------------- */

static uint64_t slot_get(const struct ledger_address_part *part, uint32_t at)
{
    uint64_t value = 0;

    memcpy(&value, part->slots + (size_t)at * SLOT, SLOT);
    return value;
}

/* The 40 bits that are kept, never 0. */
static uint64_t kept(uint64_t hash)
{
    uint64_t bits = hash >> 24 & MASK_40;

    return bits > 0 ? bits : 1;
}

static uint32_t part_of(uint64_t hash)
{
    return (uint32_t)(hash % LEDGER_ADDRESS_PARTS);
}

/* Where the search for the kept bits begins. */
static size_t home_of(const struct ledger_address_part *part, uint64_t bits)
{
    return (size_t)((bits >> 8) * part->cap >> 32);
}

/* Where the kept bits stand, or the empty place where they would. */
static uint32_t find_slot(const struct ledger_address_part *part, uint64_t bits)
{
    uint32_t at = (uint32_t)home_of(part, bits);

    for (;;) {
        uint64_t slot = slot_get(part, at);
        if (slot == 0 || slot == bits)
            return at;
        at = at + 1 == part->cap ? 0 : at + 1;
    }
}

static int part_room(struct ledger_address_part *part)
{
    struct ledger_address_part bigger = *part;

    if (part->used + 1 <= part->cap / 10 * 9)
        return 0;
    bigger.cap = part->cap + part->cap / 4 + 64;
    bigger.slots = calloc(bigger.cap, SLOT);
    if (!bigger.slots)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < part->cap; i++) {
        uint64_t bits = slot_get(part, i);
        if (bits == 0)
            continue;
        uint32_t at = find_slot(&bigger, bits);
        memcpy(bigger.slots + (size_t)at * SLOT, &bits, SLOT);
    }
    free(part->slots);
    *part = bigger;
    return 0;
}

void ledger_addresses_release(struct ledger_addresses *set)
{
    for (int i = 0; i < LEDGER_ADDRESS_PARTS; i++)
        free(set->parts[i].slots);
    memset(set, 0, sizeof *set);
}

uint64_t ledger_addresses_bytes(const struct ledger_addresses *set)
{
    uint64_t sum = 0;

    for (int i = 0; i < LEDGER_ADDRESS_PARTS; i++)
        sum += (uint64_t)set->parts[i].cap * SLOT;
    return sum;
}

bool ledger_addresses_has(const struct ledger_addresses *set, uint64_t hash)
{
    const struct ledger_address_part *part = &set->parts[part_of(hash)];
    uint64_t bits = kept(hash);

    return part->cap > 0 && slot_get(part, find_slot(part, bits)) == bits;
}

void ledger_addresses_prefetch(const struct ledger_addresses *set,
                               uint64_t hash)
{
    const struct ledger_address_part *part = &set->parts[part_of(hash)];

    if (part->cap > 0)
        __builtin_prefetch(part->slots + home_of(part, kept(hash)) * SLOT);
}

int ledger_addresses_add(struct ledger_addresses *set, uint64_t hash)
{
    struct ledger_address_part *part = &set->parts[part_of(hash)];
    uint64_t bits = kept(hash);
    int result = part_room(part);

    if (result < 0)
        return result;
    uint32_t at = find_slot(part, bits);
    if (slot_get(part, at) == 0) {
        memcpy(part->slots + (size_t)at * SLOT, &bits, SLOT);
        part->used++;
    }
    return 0;
}

/* --- CIDs -------------------------------------------------------------- */

static uint32_t cid_slot(const struct ledger_cids *set,
                         const uint8_t digest[CID_DIGEST_LEN])
{
    static const uint8_t empty[CID_DIGEST_LEN] = {0};
    uint32_t hash;

    memcpy(&hash, digest, sizeof hash);
    uint32_t at = hash % CID_SLOTS;
    while (memcmp(set->digests[at], empty, CID_DIGEST_LEN) != 0 &&
           memcmp(set->digests[at], digest, CID_DIGEST_LEN) != 0)
        at = (at + 1) % CID_SLOTS;
    return at;
}

void ledger_cids_release(struct ledger_cids *set)
{
    free(set->digests);
    set->digests = NULL;
    set->used = 0;
}

bool ledger_cids_has(const struct ledger_cids *set,
                     const uint8_t digest[CID_DIGEST_LEN])
{
    if (!set->digests)
        return false;
    uint32_t at = cid_slot(set, digest);
    return memcmp(set->digests[at], digest, CID_DIGEST_LEN) == 0;
}

void ledger_cids_add(struct ledger_cids *set,
                     const uint8_t digest[CID_DIGEST_LEN])
{
    if (!set->digests)
        set->digests = calloc(CID_SLOTS, CID_DIGEST_LEN);
    if (!set->digests || ledger_cids_has(set, digest))
        return;
    if (set->used == LEDGER_CIDS_MAX) {
        memset(set->digests, 0, (size_t)CID_SLOTS * CID_DIGEST_LEN);
        set->used = 0;
    }
    memcpy(set->digests[cid_slot(set, digest)], digest, CID_DIGEST_LEN);
    set->used++;
}

/* --- entries ----------------------------------------------------------- */

static size_t hash_slot(const uint64_t *slots, size_t cap, uint64_t hash)
{
    size_t at = (size_t)hash & (cap - 1);

    while (slots[at] != 0 && slots[at] != hash)
        at = (at + 1) & (cap - 1);
    return at;
}

void ledger_hashes_release(struct ledger_hashes *set)
{
    free(set->slots);
    memset(set, 0, sizeof *set);
}

bool ledger_hashes_has(const struct ledger_hashes *set, uint64_t hash)
{
    hash = hash > 0 ? hash : 1;
    return set->cap > 0 &&
           set->slots[hash_slot(set->slots, set->cap, hash)] == hash;
}

static int hashes_room(struct ledger_hashes *set)
{
    if (set->used + 1 <= set->cap / 4 * 3)
        return 0;
    size_t cap = set->cap > 0 ? set->cap * 2 : 16;
    uint64_t *slots = calloc(cap, sizeof *slots);
    if (!slots)
        return ERR_MEMORY;
    for (size_t i = 0; i < set->cap; i++)
        if (set->slots[i] != 0)
            slots[hash_slot(slots, cap, set->slots[i])] = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->cap = cap;
    return 0;
}

int ledger_hashes_add(struct ledger_hashes *set, uint64_t hash)
{
    int result = hashes_room(set);

    if (result < 0)
        return result;
    hash = hash > 0 ? hash : 1;
    size_t at = hash_slot(set->slots, set->cap, hash);
    set->used += set->slots[at] == 0 ? 1 : 0;
    set->slots[at] = hash;
    return 0;
}
