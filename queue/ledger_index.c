#include "ledger_index.h"

#include <stdlib.h>
#include <string.h>

#define EMPTY    UINT32_MAX
#define TAG_BITS 6
#define TAG_MASK 63U

#define FILL_AHEAD 16 /* jobs */
#define CROWD      LEDGER_SAME_NAME_MAX

/* One array for each part, so that 20 bytes are 20 bytes. */
struct ledger_page {
    uint64_t half[LEDGER_PAGE];
    uint64_t packed[LEDGER_PAGE];
    uint32_t name[LEDGER_PAGE];
};

/* offset 40 bits, gen 12, epoch 8, state 3, twin 1. */
static uint64_t pack(const struct ledger_entry *entry)
{
    return entry->offset | (uint64_t)entry->gen << 40 |
           (uint64_t)entry->epoch << 52 | (uint64_t)entry->state << 60 |
           (uint64_t)entry->twin << 63;
}

static void unpack(uint64_t packed, struct ledger_entry *entry)
{
    entry->offset = packed & LEDGER_OFFSET_MAX;
    entry->gen = packed >> 40 & LEDGER_GEN_MAX;
    entry->epoch = packed >> 52 & LEDGER_EPOCH_MAX;
    entry->state = (enum ledger_state)(packed >> 60 & 7);
    entry->twin = packed >> 63;
}

/* The key's second half: shards are chosen by the first. */
static uint64_t half_of(const uint8_t key[KEY_LEN])
{
    uint64_t half;

    memcpy(&half, key + (KEY_LEN - sizeof half), sizeof half);
    return half;
}

void ledger_index_init(struct ledger_index *index, struct ledger_seed seed)
{
    memset(index, 0, sizeof *index);
    index->seed = seed;
}

void ledger_index_release(struct ledger_index *index)
{
    for (uint32_t i = 0; i < index->page_count; i++)
        free(index->pages[i]);
    free(index->pages);
    free(index->keys.slots);
    free(index->names.slots);
    ledger_index_init(index, index->seed);
}

uint64_t ledger_index_bytes(const struct ledger_index *index)
{
    return index->page_count *
               (sizeof(struct ledger_page) + sizeof *index->pages) +
           ((uint64_t)index->keys.cap + index->names.cap) * sizeof(uint32_t);
}

typedef uint32_t hash_function(const struct ledger_index *index,
                               uint32_t number);

static uint32_t home(const struct ledger_table *table, uint32_t hash)
{
    return (uint32_t)((uint64_t)hash * table->cap >> 32);
}

/* Returns the number of slots that were taken already. */
static uint32_t insert(struct ledger_table *table, uint32_t hash,
                       uint32_t number)
{
    uint32_t at = home(table, hash);
    uint32_t taken = 0;

    for (; table->slots[at] != EMPTY; taken++)
        at = at + 1 == table->cap ? 0 : at + 1;
    table->slots[at] = number << TAG_BITS | (hash & TAG_MASK);
    return taken;
}

static void prefetch(const struct ledger_table *table, uint32_t hash)
{
    if (table->cap > 0)
        __builtin_prefetch(table->slots + home(table, hash));
}

static uint32_t hash_of_half(const struct ledger_index *index, uint64_t half)
{
    return (uint32_t)ledger_hash_u64(&index->seed, half);
}

static uint32_t key_hash(const struct ledger_index *index, uint32_t number)
{
    const struct ledger_page *page = index->pages[number / LEDGER_PAGE];

    return hash_of_half(index, page->half[number % LEDGER_PAGE]);
}

static uint32_t name_hash_at(const struct ledger_index *index, uint32_t number)
{
    return index->pages[number / LEDGER_PAGE]->name[number % LEDGER_PAGE];
}

/*
 * The next size: half as much again at most, for what is expected, and a
 * quarter more at least. Without an expectation the load is never below 0.64,
 * with one never below 0.53.
 */
static uint32_t larger(const struct ledger_table *table, uint32_t expected)
{
    uint64_t least = (uint64_t)table->cap + table->cap / 4 + 64;
    uint64_t most = (uint64_t)table->cap + table->cap / 2 + 64;
    uint64_t wanted = (uint64_t)expected * 4 / 3;

    wanted = wanted < most ? wanted : most;
    return (uint32_t)(wanted > least ? wanted : least);
}

/* An empty table of another size. ERR_MEMORY: nothing has changed. */
static int resize(struct ledger_table *table, uint32_t cap)
{
    uint32_t *slots = realloc(table->slots, cap * sizeof *slots);

    if (!slots)
        return ERR_MEMORY;
    table->slots = slots;
    table->cap = cap;
    table->used = 0;
    memset(slots, 0xff, cap * sizeof *slots);
    return 0;
}

/*
 * Inserts the jobs from `from` on up to the first that finds CROWD slots in
 * its way, or all; returns the number behind the last one. A slot's memory is
 * asked for some jobs before it is needed.
 */
static uint32_t fill(const struct ledger_index *index,
                     struct ledger_table *table, hash_function *hash,
                     uint32_t from)
{
    uint32_t taken = 0;

    for (; from < index->count && taken < CROWD; from++) {
        if (from + FILL_AHEAD < index->count)
            prefetch(table, hash(index, from + FILL_AHEAD));
        taken = insert(table, hash(index, from), from);
        table->used++;
    }
    return from;
}

/*
 * Makes room for one more. The table grows in place and is filled again from
 * the pages, so that old and new never take memory at the same time.
 */
static int table_room(struct ledger_index *index, struct ledger_table *table,
                      hash_function *hash)
{
    uint32_t done = 0;

    if (table->used + 1 <= table->cap / 10 * 8)
        return 0;
    if (resize(table, larger(table, index->expected)) < 0)
        return ERR_MEMORY;
    while (done < index->count)
        done = fill(index, table, hash, done);
    return 0;
}

static int page_room(struct ledger_index *index)
{
    if (index->count < index->page_count * (uint32_t)LEDGER_PAGE)
        return 0;
    /* Doubling: where the number of pages is a power of two (or none). */
    if ((index->page_count & (index->page_count - 1)) == 0) {
        size_t cap = index->page_count > 0 ? index->page_count * 2 : 1;
        struct ledger_page **pages =
            realloc(index->pages, cap * sizeof(struct ledger_page *));
        if (!pages)
            return ERR_MEMORY;
        index->pages = pages;
    }
    struct ledger_page *page = malloc(sizeof *page);
    if (!page)
        return ERR_MEMORY;
    index->pages[index->page_count++] = page;
    return 0;
}

int ledger_index_add(struct ledger_index *index, const uint8_t key[KEY_LEN],
                     uint32_t name_hash, const struct ledger_entry *entry,
                     uint32_t *number, struct err *err)
{
    /* The last number with all tag bits set would look empty. */
    if (index->count >= LEDGER_JOBS_MAX - 1)
        return err_set(err, ERR_LIMIT,
                       "over %u jobs in one ledger: use --shard",
                       LEDGER_JOBS_MAX - 2);
    if (page_room(index) < 0 || table_room(index, &index->keys, key_hash) < 0 ||
        (!index->names_off &&
         table_room(index, &index->names, name_hash_at) < 0))
        return err_set(err, ERR_MEMORY, "out of memory for the ledger's index");
    uint32_t at = index->count;
    struct ledger_page *page = index->pages[at / LEDGER_PAGE];
    page->half[at % LEDGER_PAGE] = half_of(key);
    page->name[at % LEDGER_PAGE] = name_hash;
    page->packed[at % LEDGER_PAGE] = pack(entry);
    insert(&index->keys, key_hash(index, at), at);
    index->keys.used++;
    if (!index->names_off) {
        insert(&index->names, name_hash, at);
        index->names.used++;
    }
    index->count++;
    *number = at;
    return 0;
}

void ledger_index_get(const struct ledger_index *index, uint32_t number,
                      struct ledger_entry *entry)
{
    const struct ledger_page *page = index->pages[number / LEDGER_PAGE];

    unpack(page->packed[number % LEDGER_PAGE], entry);
}

void ledger_index_set(struct ledger_index *index, uint32_t number,
                      const struct ledger_entry *entry)
{
    struct ledger_page *page = index->pages[number / LEDGER_PAGE];

    page->packed[number % LEDGER_PAGE] = pack(entry);
}

static void set_name(struct ledger_index *index, uint32_t number,
                     uint32_t name_hash)
{
    index->pages[number / LEDGER_PAGE]->name[number % LEDGER_PAGE] = name_hash;
}

int ledger_index_rename(struct ledger_index *index, uint32_t number,
                        uint32_t name_hash, struct err *err)
{
    if (name_hash_at(index, number) == name_hash)
        return 0;
    if (index->names_off) {
        set_name(index, number, name_hash);
        return 0;
    }
    if (table_room(index, &index->names, name_hash_at) < 0)
        return err_set(err, ERR_MEMORY, "out of memory for the ledger's index");
    set_name(index, number, name_hash);
    /* The old slot stays until the table grows; its hash no longer fits. */
    insert(&index->names, name_hash, number);
    index->names.used++;
    return 0;
}

void ledger_index_prefetch_key(const struct ledger_index *index,
                               const uint8_t key[KEY_LEN])
{
    prefetch(&index->keys, hash_of_half(index, half_of(key)));
}

void ledger_index_prefetch_name(const struct ledger_index *index,
                                uint32_t name_hash)
{
    prefetch(&index->names, name_hash);
}

/* The cursor counts the slots looked at, from the hash's home on. */
static uint32_t next_tagged(const struct ledger_table *table, uint32_t hash,
                            uint64_t *cursor)
{
    if (table->cap == 0)
        return LEDGER_NO_JOB;
    uint64_t at = home(table, hash) + *cursor;
    if (at >= table->cap)
        at -= table->cap;
    while (table->slots[at] != EMPTY) {
        uint32_t slot = table->slots[at];
        ++*cursor;
        if ((slot & TAG_MASK) == (hash & TAG_MASK))
            return slot >> TAG_BITS;
        at = at + 1 == table->cap ? 0 : at + 1;
    }
    return LEDGER_NO_JOB;
}

uint32_t ledger_index_key(const struct ledger_index *index,
                          const uint8_t key[KEY_LEN], uint64_t *cursor)
{
    uint64_t half = half_of(key);
    uint32_t hash = hash_of_half(index, half);
    uint32_t number;

    while ((number = next_tagged(&index->keys, hash, cursor)) !=
           LEDGER_NO_JOB) {
        const struct ledger_page *page = index->pages[number / LEDGER_PAGE];
        if (page->half[number % LEDGER_PAGE] == half)
            return number;
    }
    return LEDGER_NO_JOB;
}

uint32_t ledger_index_name(const struct ledger_index *index, uint32_t name_hash,
                           uint64_t *cursor)
{
    uint32_t number;

    while ((number = next_tagged(&index->names, name_hash, cursor)) !=
           LEDGER_NO_JOB)
        if (name_hash_at(index, number) == name_hash)
            return number;
    return LEDGER_NO_JOB;
}

void ledger_index_expect(struct ledger_index *index, uint64_t jobs)
{
    index->expected = jobs < LEDGER_JOBS_MAX ? (uint32_t)jobs : LEDGER_JOBS_MAX;
}

void ledger_index_names_off(struct ledger_index *index)
{
    index->names_off = true;
}

static unsigned same_names(const struct ledger_index *index, uint32_t name_hash)
{
    uint64_t cursor = 0;
    unsigned same = 0;

    while (ledger_index_name(index, name_hash, &cursor) != LEDGER_NO_JOB)
        same++;
    return same;
}

int ledger_index_names_on(struct ledger_index *index, uint32_t *number)
{
    uint32_t done = 0;

    if (!index->names_off)
        return 0;
    index->names_off = false;
    if (resize(&index->names, index->count / 3 * 4 + 64) < 0)
        return ERR_MEMORY;
    while (done < index->count) {
        done = fill(index, &index->names, name_hash_at, done);
        if (same_names(index, name_hash_at(index, done - 1)) > CROWD) {
            *number = done - 1;
            return ERR_LIMIT;
        }
    }
    return 0;
}
