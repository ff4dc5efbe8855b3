/*
 * pace: when the next request may start, and how long a retry waits.
 *
 * Time is an argument (monotonic, in microseconds), chance likewise, so a
 * test runs an hour in a millisecond. Two ceilings hold for all requests
 * together: how many are in flight, and where one is set, the rate. Below
 * them each service has a level of its own (runner/level.h), so that a
 * refusal by one does not hold up the other.
 */
#ifndef RUNNER_PACE_H
#define RUNNER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "level.h"

#define PACE_NEVER        UINT64_MAX
#define PACE_SERVICES_MAX 2

struct pace {
    uint32_t in_flight_most;
    uint32_t in_flight;
    bool limited; /* by bucket */
    struct bucket bucket;
    struct level services[PACE_SERVICES_MAX];
};

/*
 * in_flight_most and rate are the ceilings; rate 0: no limit. Services are
 * numbered from 0.
 */
void pace_init(struct pace *pace, uint32_t in_flight_most, double rate,
               uint64_t now_us);

/* Whether one more request to the service may start now. */
bool pace_may_send(struct pace *pace, uint32_t service, uint64_t now_us);

/* A request started (pace_may_send was true); *request is filled in. */
void pace_sent(struct pace *pace, uint32_t service,
               struct level_request *request, uint64_t now_us);

/* A request ended with an answer that is no refusal for rate. */
void pace_good(struct pace *pace, uint32_t service,
               const struct level_request *request, uint64_t now_us);

/*
 * A request ended without an answer, or with a server's error, which may ask
 * for silence: retry_after_ms as below, -1 being none.
 */
void pace_failed(struct pace *pace, uint32_t service, uint64_t now_us,
                 int64_t retry_after_ms);

/*
 * A request was refused for rate. retry_after_ms is what the answer asked
 * for, or -1.
 */
void pace_refused(struct pace *pace, uint32_t service,
                  const struct level_request *request, uint64_t now_us,
                  int64_t retry_after_ms);

/* Requests that the service may have in flight just now. */
uint32_t pace_level(const struct pace *pace, uint32_t service);

/* Requests a second that go to it at most just now; 0: any number. */
double pace_rate(const struct pace *pace, uint32_t service);

/* Requests a second that the service is known to take; 0: any, so far. */
double pace_limit(const struct pace *pace, uint32_t service);

/*
 * The earliest time at which pace_may_send can become true by time alone;
 * now_us where it is true already, PACE_NEVER where only an answer helps.
 */
uint64_t pace_next_us(struct pace *pace, uint32_t service, uint64_t now_us);

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
