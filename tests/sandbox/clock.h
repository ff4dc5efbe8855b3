/*
 * clock: the real monotonic time, and the service's own time.
 *
 * The service's time starts at the wall clock's, runs speed times as fast
 * as real time and can be told to jump forward. Jobs, the memory of
 * idempotency keys and the listing's rate limit live in it; latency, hangs
 * and the request rate in real time.
 */
#ifndef SANDBOX_CLOCK_H
#define SANDBOX_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t base_us; /* monotonic time at which… */
    int64_t base_ms; /* …the service's time was this, since 1970 */
    double speed;
};

/* Monotonic microseconds. */
int64_t clock_mono_us(void);

void clock_start(struct clock *clock, double speed);

/* The service's time in milliseconds since 1970. */
int64_t clock_now_ms(const struct clock *clock);

/* Moves the service's time forward. */
void clock_jump(struct clock *clock, int64_t ms);

/* Changes the speed from now on. */
void clock_set_speed(struct clock *clock, double speed);

/* How many real seconds, rounded up and at least 1, a wait of ms takes. */
int64_t clock_real_s(const struct clock *clock, int64_t ms);

#endif
