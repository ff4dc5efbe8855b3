/*
 * ledger_marks: what was seen in a ledger beside its jobs: CIDs that are
 * pinned, addresses that jobs have, entries that are recorded. Internal to
 * the ledger.
 */
#ifndef QUEUE_LEDGER_MARKS_H
#define QUEUE_LEDGER_MARKS_H

#include "ledger.h"
#include "ledger_hash.h"

/*
 * Addresses: 40 bits of each one's hash, 5 bytes at a load of 0.72 to 0.86
 * (5.8 to 7 bytes an address). A hit means "perhaps": by chance one in
 * 10^12 / addresses lookups hits without reason, and the ledger then reads
 * its file to be exact. No hit is exact. In parts, so that one part at a
 * time needs old and new memory while it grows.
 */
#define LEDGER_ADDRESS_PARTS 16

struct ledger_address_part {
    uint8_t *slots; /* 5 bytes each, zeros where empty; owned */
    uint32_t cap;
    uint32_t used;
};

struct ledger_addresses {
    struct ledger_address_part parts[LEDGER_ADDRESS_PARTS];
};

void ledger_addresses_release(struct ledger_addresses *set);
uint64_t ledger_addresses_bytes(const struct ledger_addresses *set);
bool ledger_addresses_has(const struct ledger_addresses *set, uint64_t hash);
/* Has the processor fetch what a later call with this hash looks at. */
void ledger_addresses_prefetch(const struct ledger_addresses *set,
                               uint64_t hash);
/* 0 or ERR_MEMORY. One that is there already is fine. */
int ledger_addresses_add(struct ledger_addresses *set, uint64_t hash);

/*
 * CIDs: whole digests, at most LEDGER_CIDS_MAX; when it is full it forgets
 * all of them and starts over, which costs pins that change nothing. 1.3 MB
 * once the first one is added.
 */
struct ledger_cids {
    uint8_t (*digests)[CID_DIGEST_LEN]; /* zeros where empty; owned */
    uint32_t used;
};

void ledger_cids_release(struct ledger_cids *set);
bool ledger_cids_has(const struct ledger_cids *set,
                     const uint8_t digest[CID_DIGEST_LEN]);
/* Out of memory is the same as forgetting. */
void ledger_cids_add(struct ledger_cids *set,
                     const uint8_t digest[CID_DIGEST_LEN]);

/*
 * The CIDs of a file that is being read, as text: most are forgotten again,
 * and only the last LEDGER_CIDS_MAX are worth their reading. 1.5 MB.
 */
struct ledger_cid_texts {
    char (*texts)[CID_TEXT_MAX - 1]; /* a ring; owned */
    uint64_t count;                  /* that were noted */
};

/* Out of memory is the same as forgetting; so is what is no CID's length. */
void ledger_cid_texts_note(struct ledger_cid_texts *texts, const char *text,
                           size_t len);
/* Adds them to a set, and releases them. */
void ledger_cid_texts_settle(struct ledger_cid_texts *texts,
                             struct ledger_cids *set);
void ledger_cid_texts_release(struct ledger_cid_texts *texts);

/*
 * Entries: 64 bits of the hash of id and template. Two that collide (once in
 * 10^7 ledgers of 10^6 entries) leave one entry unrecorded, which costs a
 * message's detail and no money.
 */
struct ledger_hashes {
    uint64_t *slots; /* 0 where empty; owned */
    size_t cap;
    size_t used;
};

void ledger_hashes_release(struct ledger_hashes *set);
bool ledger_hashes_has(const struct ledger_hashes *set, uint64_t hash);
int ledger_hashes_add(struct ledger_hashes *set, uint64_t hash);

#endif
