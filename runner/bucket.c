#include "bucket.h"

#define SECOND_US 1000000.0

static void refill(struct bucket *bucket, uint64_t now_us)
{
    if (now_us <= bucket->at_us)
        return;
    bucket->tokens +=
        (double)(now_us - bucket->at_us) / SECOND_US * bucket->rate;
    if (bucket->tokens > bucket->most)
        bucket->tokens = bucket->most;
    bucket->at_us = now_us;
}

void bucket_init(struct bucket *bucket, double rate, double most,
                 uint64_t now_us)
{
    *bucket = (struct bucket){.rate = rate,
                              .most = most > 1 ? most : 1,
                              .tokens = 1,
                              .at_us = now_us};
}

void bucket_change(struct bucket *bucket, double rate, double most,
                   uint64_t now_us)
{
    refill(bucket, now_us);
    bucket->rate = rate;
    bucket->most = most > 1 ? most : 1;
    if (bucket->tokens > bucket->most)
        bucket->tokens = bucket->most;
}

bool bucket_ready(struct bucket *bucket, uint64_t now_us)
{
    refill(bucket, now_us);
    return bucket->tokens >= 1;
}

void bucket_take(struct bucket *bucket)
{
    bucket->tokens -= 1;
}

uint64_t bucket_ready_us(struct bucket *bucket, uint64_t now_us)
{
    if (bucket_ready(bucket, now_us))
        return now_us;
    double wait_us = (1 - bucket->tokens) / bucket->rate * SECOND_US;
    return now_us + (uint64_t)wait_us + 1;
}
