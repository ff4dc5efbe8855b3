/*
 * ledger_index: what is kept in memory for each job. Internal to the ledger.
 *
 * A job takes 20 bytes (half of its key, the hash of its name, and packed
 * into 64 bits the offset of its newest record, gen, epoch and state) in
 * pages of LEDGER_PAGE jobs, and 4 bytes in each of two open-addressing
 * tables whose load is at most 0.8 and, once grown, at least 0.64: 30 to 32.5
 * bytes. While a file is read the table of keys grows faster where more jobs
 * are expected (load 0.53: 7.5 bytes), and the one of names waits until all
 * are there (5.4 bytes): 33 bytes at most.
 *
 * Half a key does not identify a job: two keys may share it, by chance about
 * once in 10^5 ledgers of 10^7 jobs, or because somebody wants it. So the
 * index gives candidates and the ledger reads their record to be exact.
 * Jobs that share a half are marked as twins when the second is added, so
 * that a job that is no twin needs no such reading where its existence is
 * known already.
 */
#ifndef QUEUE_LEDGER_INDEX_H
#define QUEUE_LEDGER_INDEX_H

#include "ledger.h"
#include "ledger_hash.h"

#define LEDGER_PAGE          4096
#define LEDGER_OFFSET_MAX    (((uint64_t)1 << 40) - 1)
#define LEDGER_NO_JOB        UINT32_MAX
#define LEDGER_TWINS_MAX     16   /* jobs whose keys share a half */
#define LEDGER_SAME_NAME_MAX 4096 /* jobs of one name */

struct ledger_page;

struct ledger_table {
    uint32_t *slots; /* number << 6 | tag, UINT32_MAX where empty; owned */
    uint32_t cap;
    uint32_t used;
};

struct ledger_index {
    struct ledger_seed seed;
    struct ledger_page **pages; /* owned */
    uint32_t count;             /* jobs */
    uint32_t page_count;
    uint32_t expected; /* jobs that there will be; 0: not known */
    struct ledger_table keys;
    struct ledger_table names;
    bool names_off; /* names are kept, but not in their table */
};

/* What the index knows of a job. */
struct ledger_entry {
    uint64_t offset;
    uint32_t gen;
    uint32_t epoch;
    enum ledger_state state;
    bool twin;
};

void ledger_index_init(struct ledger_index *index, struct ledger_seed seed);
void ledger_index_release(struct ledger_index *index);

/* Bytes of memory in use, all included. */
uint64_t ledger_index_bytes(const struct ledger_index *index);

/*
 * Adds a job that is not there and returns its number, or ERR_LIMIT
 * (LEDGER_JOBS_MAX) or ERR_MEMORY, nothing having changed.
 */
int ledger_index_add(struct ledger_index *index, const uint8_t key[KEY_LEN],
                     uint32_t name_hash, const struct ledger_entry *entry,
                     uint32_t *number, struct err *err);

void ledger_index_get(const struct ledger_index *index, uint32_t number,
                      struct ledger_entry *entry);
void ledger_index_set(struct ledger_index *index, uint32_t number,
                      const struct ledger_entry *entry);

/* Gives the job another name. ERR_MEMORY: nothing has changed. */
int ledger_index_rename(struct ledger_index *index, uint32_t number,
                        uint32_t name_hash, struct err *err);

/*
 * For reading many jobs at once: how many there will be in all, as far as can
 * be told by now; and that no name is looked for until ledger_index_names_on.
 */
void ledger_index_expect(struct ledger_index *index, uint64_t jobs);
void ledger_index_names_off(struct ledger_index *index);

/*
 * Names are found again. ERR_MEMORY, or ERR_LIMIT where *number is a job of
 * whose name there are over LEDGER_SAME_NAME_MAX; only release is allowed
 * then.
 */
int ledger_index_names_on(struct ledger_index *index, uint32_t *number);

/* Have the processor fetch what a later call with this key or name needs. */
void ledger_index_prefetch_key(const struct ledger_index *index,
                               const uint8_t key[KEY_LEN]);
void ledger_index_prefetch_name(const struct ledger_index *index,
                                uint32_t name_hash);

/*
 * The next job whose key has this key's half, or whose name has this hash:
 * *cursor is 0 at first. LEDGER_NO_JOB at the end.
 */
uint32_t ledger_index_key(const struct ledger_index *index,
                          const uint8_t key[KEY_LEN], uint64_t *cursor);
uint32_t ledger_index_name(const struct ledger_index *index, uint32_t name_hash,
                           uint64_t *cursor);

#endif
