/*
 * ledger_hash: SipHash-2-4 (Aumasson and Bernstein), a hash for tables whose
 * input comes from strangers: with a secret seed nobody can make names
 * collide on purpose.
 */
#ifndef QUEUE_LEDGER_HASH_H
#define QUEUE_LEDGER_HASH_H

#include "../templates/err.h"

struct ledger_seed {
    uint64_t low, high;
};

uint64_t ledger_hash(const struct ledger_seed *seed, const void *bytes,
                     size_t len);

/* Mixes a number that is random already (half a key) with the seed. */
uint64_t ledger_hash_u64(const struct ledger_seed *seed, uint64_t value);

#endif
