/*
 * level: what one service takes, found out while it is used.
 *
 * All that it tells are its answers: good ones, refusals for rate (429,
 * perhaps with Retry-After), failures. Time is an argument (monotonic, in
 * microseconds), nothing is left to chance, and every call is O(1).
 *
 * As long as nothing is refused, only the ceiling of requests in flight
 * holds. With the first refusal a rate is looked for (level_rate.c): requests
 * go out evenly, a little below what was last refused, then ever so slowly
 * above it, so that fewer than one in a hundred is refused. Where refusals
 * come only with more requests in flight than are ever taken, those are
 * limited in place of the rate (level_room.c). What Retry-After asks for is
 * kept in any case. After an outage the requests in flight grow from one.
 */
#ifndef RUNNER_LEVEL_H
#define RUNNER_LEVEL_H

#include "bucket.h"

/* What is remembered of a request under way; level_sent fills it in. */
struct level_request {
    uint64_t sent_us;
    uint64_t number; /* of all that this service got, from 1 */
    double rate;     /* at which requests went out then; 0: no limit */
    uint32_t beside; /* requests in flight, itself included */
};

/* The rate: none until the first refusal. */
struct level_rate {
    double rate; /* requests a second; 0: no limit is known */
    double top;  /* the least that was too much; 0: not known yet */
    struct bucket bucket;
    bool searching;   /* refused before much was taken: one by one */
    bool sure;        /* the top was met twice */
    uint32_t met;     /* how often a top was set */
    double period_us; /* from below the top back to it */
    double grown_us;  /* so far, silences left out */
    uint64_t raised_us;
    /* The last refusal at which it was known how much had been taken. */
    uint64_t anchor_us, anchor_number, anchor_refused;
};

/* The requests in flight. */
struct level_room {
    uint32_t most;      /* to the ceiling */
    bool narrow;        /* they are what the service limits */
    uint32_t step;      /* by which it is widened next */
    uint32_t goods;     /* good answers at the limit since it was set */
    uint32_t patience;  /* so many of them widen it */
    uint32_t beside[2]; /* most beside a good one: since the last refusal, and
                           before it */
    uint32_t row;       /* refusals in a row of more than were ever taken */
    uint32_t row_need;  /* so many are proof */
    uint32_t row_least; /* the least of them */
};

struct level {
    uint32_t ceiling; /* requests in flight at most, ever */
    uint32_t in_flight;
    uint64_t hold_us; /* nothing starts before */
    uint64_t sent, refused;
    uint64_t sent_us;     /* the last one */
    double wait_us;       /* for a good answer, of late */
    uint64_t cut_us;      /* refusals of what was sent before are one with it */
    uint64_t cut_refused; /* refused until then */
    double cut_size;      /* refusals that come together, on average */
    uint64_t mute_us; /* first refusal since the last good answer; 0: none */
    double quiet_us;  /* how long such a time was, of late */
    double asked_us;  /* the longest silence that was asked for */
    uint64_t mark_us[2], mark_sent[2]; /* how many were sent of late */
    struct level_rate rate;
    struct level_room room;
    uint32_t failed_row;
    uint32_t ramp; /* requests in flight at most, after an outage */
};

/* ceiling: requests in flight at most, at least 1. */
void level_init(struct level *level, uint32_t ceiling, uint64_t now_us);

/* Whether one more request may start now. */
bool level_may_send(struct level *level, uint64_t now_us);

/* Requests that may be in flight at most, just now. */
uint32_t level_in_flight_most(const struct level *level);

/* When that can become true by time alone; UINT64_MAX: not by time. */
uint64_t level_next_us(struct level *level, uint64_t now_us);

/* A request starts (level_may_send was true). */
void level_sent(struct level *level, struct level_request *request,
                uint64_t now_us);

/* The ends of a request: see pace.h. */
void level_good(struct level *level, const struct level_request *request,
                uint64_t now_us);
void level_failed(struct level *level);
void level_refused(struct level *level, const struct level_request *request,
                   uint64_t now_us, int64_t retry_after_ms);

/* Nothing starts for so long; negative: nothing was asked for. */
void level_hold(struct level *level, uint64_t now_us, int64_t wait_ms);

/* Requests a second that the service is thought to take; 0: no limit known. */
double level_limit(const struct level *level);

#endif
