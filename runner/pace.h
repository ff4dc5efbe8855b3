/*
 * pace: when the next request may start, and how long a retry waits.
 *
 * Time is an argument (monotonic, in microseconds), chance likewise, so a
 * test runs an hour in a millisecond. Three limits hold at once: the level
 * (requests in flight), the rate (requests a second, where one is set) and a
 * hold (after a 429, nothing starts before Retry-After has passed).
 *
 * The level starts at the ceiling. A refusal for rate cuts it to 7/10, once
 * for all requests that were under way at the time; each full round of good
 * answers raises it by one.
 */
#ifndef RUNNER_PACE_H
#define RUNNER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_NEVER UINT64_MAX

struct pace {
    uint32_t level_max; /* ceiling of requests in flight */
    double level;       /* 1..level_max */
    double rate;        /* requests a second; 0: no limit */
    double tokens;      /* requests that the rate allows now */
    uint64_t tokens_us; /* when tokens was right */
    uint64_t hold_us;   /* nothing starts before */
    uint64_t cut_us;    /* when the level was last cut */
    uint32_t refusals;  /* 429s since the last good answer */
    uint32_t in_flight;
};

void pace_init(struct pace *pace, uint32_t level_max, double rate,
               uint64_t now_us);

/* Whether one more request may start now. */
bool pace_may_send(struct pace *pace, uint64_t now_us);

/* A request started (pace_may_send was true). */
void pace_sent(struct pace *pace);

/* A request ended with an answer that is no refusal for rate. */
void pace_good(struct pace *pace);

/* A request ended without an answer, or with a server's error. */
void pace_failed(struct pace *pace);

/*
 * A request that started at sent_us was refused for rate. retry_after_ms is
 * what the answer asked for, or -1: then 1 s doubling to 60 s.
 */
void pace_refused(struct pace *pace, uint64_t now_us, uint64_t sent_us,
                  int64_t retry_after_ms);

/*
 * The earliest time at which pace_may_send can become true by time alone;
 * now_us where it is true already, PACE_NEVER where only an answer helps.
 */
uint64_t pace_next_us(struct pace *pace, uint64_t now_us);

/*
 * How long the nth retry (from 1) of one request waits: 0.5 s doubling to
 * 60 s, of which `chance` (0 to below 1) takes up to half away, so that jobs
 * that failed together do not come back together.
 */
uint64_t pace_backoff_us(uint32_t n, double chance);

/*
 * The next number in [0, 1) of a small generator whose memory is *state: for
 * jitter, which needs no secrecy, only spread.
 */
double pace_chance(uint64_t *state);

#endif
