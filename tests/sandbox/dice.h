/*
 * dice: chance that repeats: a function of a seed, a purpose and a number.
 */
#ifndef SANDBOX_DICE_H
#define SANDBOX_DICE_H

#include <stddef.h>
#include <stdint.h>

enum dice_purpose {
    DICE_SUCCESS = 1, /* whether a job ends well */
    DICE_RUN_TIME,    /* how long it runs */
    DICE_NODE,
    DICE_RUN,
    DICE_TX,
    DICE_RESERVATION,
    DICE_RESULT,
    DICE_LATENCY,
    DICE_FAULT
};

/* 64 evenly distributed bits of (seed, purpose, n). */
uint64_t dice_bits(uint64_t seed, enum dice_purpose purpose, uint64_t n);

/* The same as a number from 0 up to, not including, 1. */
double dice_unit(uint64_t seed, enum dice_purpose purpose, uint64_t n);

/* size bytes likewise. */
void dice_bytes(uint64_t seed, enum dice_purpose purpose, uint64_t n,
                uint8_t *out, size_t size);

#endif
