/*
 * bucket: so many requests a second, of which a few may come at once.
 *
 * A token is a request that may start; they come evenly and never pile up
 * beyond `most`. Time is an argument (monotonic, in microseconds).
 */
#ifndef RUNNER_BUCKET_H
#define RUNNER_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    double rate;    /* tokens a second, over 0 */
    double most;    /* at least 1 */
    double tokens;  /* below 0 is never */
    uint64_t at_us; /* when tokens was right */
};

/* Starts with one token. `most` below 1 means 1. */
void bucket_init(struct bucket *bucket, double rate, double most,
                 uint64_t now_us);

/* Another rate from now on; what is in the bucket stays as far as it fits. */
void bucket_change(struct bucket *bucket, double rate, double most,
                   uint64_t now_us);

/* Whether a token is there. A clock that steps back brings none. */
bool bucket_ready(struct bucket *bucket, uint64_t now_us);

/* Takes one (bucket_ready was true). */
void bucket_take(struct bucket *bucket);

/* When a token is there: now_us, or later. */
uint64_t bucket_ready_us(struct bucket *bucket, uint64_t now_us);

#endif
