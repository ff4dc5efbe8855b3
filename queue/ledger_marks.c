#include "ledger_marks.h"

#include <stdlib.h>
#include <string.h>

#define SLOT      5
#define SPARE     64 /* slots behind those that a search may begin at */
#define MASK_40   (((uint64_t)1 << 40) - 1)
#define CID_SLOTS (LEDGER_CIDS_MAX / 4 * 5)

/* --- addresses --------------------------------------------------------- */

/*
 * Slots are in ascending order of their bits, with gaps: a search begins at
 * the bits' home, which ascends with them, and ends at the first slot that is
 * not below them. So it is as short for what is not there, and growing reads
 * and writes memory from one end to the other. The last slot stays empty.
 */
static size_t size_of(const struct ledger_address_part *part)
{
    return part->cap > 0 ? (size_t)part->cap + SPARE : 0;
}

/* Eight bytes are read, so there are three more behind the last slot. */
static size_t bytes_of(const struct ledger_address_part *part)
{
    return part->cap > 0 ? size_of(part) * SLOT + 3 : 0;
}

static uint64_t slot_get(const struct ledger_address_part *part, size_t at)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t value;

    memcpy(&value, part->slots + at * SLOT, sizeof value);
    return value & MASK_40;
#else
    uint64_t value = 0;

    memcpy(&value, part->slots + at * SLOT, SLOT);
    return value >> 24;
#endif
}

static void slot_set(const struct ledger_address_part *part, size_t at,
                     uint64_t value)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    value <<= 24;
#endif
    memcpy(part->slots + at * SLOT, &value, SLOT);
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

/* Where the kept bits stand, or would. */
static size_t find_slot(const struct ledger_address_part *part, uint64_t bits)
{
    size_t at = home_of(part, bits);
    uint64_t slot;

    while ((slot = slot_get(part, at)) != 0 && slot < bits)
        at++;
    return at;
}

/* All slots into an empty part; false where its end does not hold them. */
static bool copy_slots(const struct ledger_address_part *from,
                       struct ledger_address_part *to)
{
    size_t next = 0;

    for (size_t i = 0; i < size_of(from); i++) {
        uint64_t bits = slot_get(from, i);
        if (bits == 0)
            continue;
        size_t home = home_of(to, bits);
        next = home > next ? home : next;
        if (next + 1 == size_of(to))
            return false;
        slot_set(to, next++, bits);
    }
    return true;
}

static int grow(struct ledger_address_part *part)
{
    struct ledger_address_part bigger = *part;
    bool copied = false;

    while (!copied) {
        bigger.cap += bigger.cap / 5 + 64;
        size_t bytes = bytes_of(&bigger);
        bigger.slots = bytes > 0 ? calloc(bytes, 1) : NULL;
        if (!bigger.slots)
            return ERR_MEMORY;
        copied = copy_slots(part, &bigger);
        free(copied ? part->slots : bigger.slots);
    }
    *part = bigger;
    return 0;
}

/* The first empty slot from `at` on. */
static size_t find_gap(const struct ledger_address_part *part, size_t at)
{
    while (slot_get(part, at) != 0)
        at++;
    return at;
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
        sum += bytes_of(&set->parts[i]);
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

/* Where the bits belong, with room to move what follows on: *gap. */
static int make_room(struct ledger_address_part *part, uint64_t bits,
                     size_t *at, size_t *gap)
{
    bool full = part->used + 1 > part->cap / 50 * 43;

    for (;; full = true) {
        if (full && grow(part) < 0)
            return ERR_MEMORY;
        *at = find_slot(part, bits);
        *gap = find_gap(part, *at);
        if (*gap + 1 < size_of(part))
            return 0;
    }
}

int ledger_addresses_add(struct ledger_addresses *set, uint64_t hash)
{
    struct ledger_address_part *part = &set->parts[part_of(hash)];
    uint64_t bits = kept(hash);
    size_t at, gap;

    if (make_room(part, bits, &at, &gap) < 0)
        return ERR_MEMORY;
    if (slot_get(part, at) == bits)
        return 0;
    uint8_t *place = part->slots + at * SLOT;
    memmove(place + SLOT, place, (gap - at) * SLOT);
    slot_set(part, at, bits);
    part->used++;
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

void ledger_cid_texts_note(struct ledger_cid_texts *texts, const char *text,
                           size_t len)
{
    if (len != sizeof texts->texts[0])
        return;
    if (!texts->texts)
        texts->texts = malloc(LEDGER_CIDS_MAX * sizeof texts->texts[0]);
    if (texts->texts)
        memcpy(texts->texts[texts->count++ % LEDGER_CIDS_MAX], text, len);
}

void ledger_cid_texts_settle(struct ledger_cid_texts *texts,
                             struct ledger_cids *set)
{
    uint8_t digest[CID_DIGEST_LEN];

    for (uint64_t i = 0; i < texts->count && i < LEDGER_CIDS_MAX; i++)
        if (cid_parse(texts->texts[i], sizeof texts->texts[i], digest))
            ledger_cids_add(set, digest);
    ledger_cid_texts_release(texts);
}

void ledger_cid_texts_release(struct ledger_cid_texts *texts)
{
    free(texts->texts);
    memset(texts, 0, sizeof *texts);
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
