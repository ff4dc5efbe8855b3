/*
 * listing_pace: the listing call's own limits, kept on this side: 20 in 30 s
 * and 500 in an hour (published). Time is an argument, monotonic.
 *
 * The service counts when a request arrives, we when its answer does; each
 * window is a little longer than the service's, so that two clocks' rounding
 * brings no refusal.
 */
#ifndef RUNNER_LISTING_PACE_H
#define RUNNER_LISTING_PACE_H

#include <stdint.h>

#define LISTING_BURST    20
#define LISTING_BURST_US (31 * 1000000ULL)
#define LISTING_HOUR     500
#define LISTING_HOUR_US  (3610 * 1000000ULL)

struct listing_pace {
    uint64_t at_us[LISTING_HOUR]; /* a ring: of the last calls */
    uint32_t next;
    uint32_t count;
};

/* A call was answered. */
void listing_pace_note(struct listing_pace *pace, uint64_t now_us);

/* The earliest time at which one more may be made. */
uint64_t listing_pace_next_us(const struct listing_pace *pace, uint64_t now_us);

/* How long n more take at least, the calls themselves left out. */
uint64_t listing_pace_for_us(const struct listing_pace *pace, uint64_t n,
                             uint64_t now_us);

#endif
