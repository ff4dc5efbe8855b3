/*
 * sample: a seeded permutation by index arithmetic.
 *
 * The first N positions of a random order of 0 … size - 1 are a sample of N
 * without replacement; each is computed from its position alone, in constant
 * memory. A larger sample with the same seed begins with the smaller one.
 *
 * To the bit: let b be the bits of size - 1, a = floor(b / 2), c = b - a. An
 * index of b bits is its a upper bits L and its c lower bits R. Round r, from
 * 0 to 23, adds one half into the other:
 *
 *   r even: L = L xor (the upper a bits of mix(R + key(r)))
 *   r odd:  R = R xor (the upper c bits of mix(L + key(r)))
 *
 * and where the result is not below size, all rounds are done again on it
 * (which ends, since the rounds are a permutation of the b-bit numbers). mix
 * is the finalizer of splitmix64 (Steele, Lea and Flood, 2014; constants by
 * Stafford), key(r) = K[r mod 4] + r · 0x9e3779b97f4a7c15, sums modulo 2^64,
 * and K are the four u64be of SHA-256("nbp1" || u64be seed || u32be length of
 * label || label). Feistel's network (Luby and Rackoff, 1988) with halves
 * that may differ by a bit; the many rounds are for small sizes, where all
 * orders should come up equally often.
 */
#ifndef TEMPLATES_SAMPLE_H
#define TEMPLATES_SAMPLE_H

#include "cid.h"

#define SAMPLE_ROUNDS 24

struct sample {
    uint64_t size;
    unsigned upper_bits, lower_bits;
    uint64_t keys[SAMPLE_ROUNDS];
};

/*
 * The order of 0 … size - 1 (size at least 1) that seed and label give. The
 * label is an entry's id, or "" for the order of entries' turns.
 */
void sample_init(struct sample *sample, struct hasher *hasher, uint64_t seed,
                 const char *label, uint64_t size);

/* The index at a position; both are below size. */
uint64_t sample_at(const struct sample *sample, uint64_t position);

/* The position of an index: the inverse. */
uint64_t sample_position(const struct sample *sample, uint64_t index);

/*
 * How many positions below `below` have an index in [start, start + count).
 * Takes time proportional to the lesser of below and count.
 */
uint64_t sample_count(const struct sample *sample, uint64_t below,
                      uint64_t start, uint64_t count);

/* Thousandths of a percent (0 to 100000) of count, rounded down. */
uint64_t sample_share(uint64_t count, uint64_t thousandths);

#endif
