/*
 * pace_world: a simulated service and its clients, in virtual time.
 *
 * Each client always has something to send and sends it as soon as its pace
 * allows. The service has a limiter (or a crowd limit, or none), workers (or
 * any number of them) and a latency with jitter; all of it is decided by one
 * seed. What was answered is counted in bins of virtual time.
 */
#ifndef TESTS_PACE_WORLD_H
#define TESTS_PACE_WORLD_H

#include "../../runner/pace.h"

#define PACE_WORLD_CLIENTS 2
#define PACE_WORLD_BINS    4000
#define PACE_WORLD_WINDOW  32768

enum limiter {
    LIMITER_NONE,
    LIMITER_BUCKET,  /* rate a second, burst at once */
    LIMITER_FIXED,   /* rate × window in each window of the clock */
    LIMITER_SLIDING, /* rate × window in any window */
    LIMITER_QUEUE,   /* served at the rate; 429 behind burst that wait */
    LIMITER_CROWD    /* burst under way at once */
};

enum asks { /* of a 429 */
    ASKS_NOTHING,
    ASKS_SECONDS, /* Retry-After, whole seconds rounded up */
    ASKS_MILLI    /* as exact as can be: a date is not, a body may be */
};

struct pace_service {
    enum limiter limiter;
    double rate;
    double burst;
    double window_s;
    enum asks asks;
    double latency_ms; /* on average, of a good answer */
    double jitter;     /* 0.5: from half of it to one and a half */
    double refusal_ms; /* of a 429 */
    uint32_t workers;  /* 0: any number */
    double thrash;     /* with workers: slower by so much for each waiting */
    double later_s;    /* from then on the rate is another */
    double later_rate;
    double outage_s, outage_end_s; /* answers 503 in between */
};

struct pace_event;

struct pace_bin {
    unsigned good, refused, failed;
};

struct pace_client {
    struct pace pace;
    uint64_t wake_us; /* of the wake that is planned; 0: none */
    uint64_t asked_until_us;
    struct pace_bin bins[PACE_WORLD_BINS];
    unsigned too_early; /* requests before Retry-After had passed */
    uint32_t in_flight_most;
};

struct pace_world {
    struct pace_service service;
    uint64_t random;
    uint64_t now_us;
    uint64_t bin_us;
    uint32_t client_count;
    double start_s[PACE_WORLD_CLIENTS];
    struct pace_client clients[PACE_WORLD_CLIENTS];

    /* The service's memory. */
    double tokens;
    uint64_t tokens_us, window, window_count;
    uint64_t past_us[PACE_WORLD_WINDOW];
    uint64_t past_next;
    uint64_t queue_free_us;
    uint32_t under_way;
    uint32_t busy;
    uint32_t line_head, line_count;
    struct pace_event *line; /* owned: what waits for a worker */

    struct pace_event *heap; /* owned */
    uint32_t heap_count;
};

/* What a stretch of time was like, from one bin to another. */
struct pace_stretch {
    double rate;          /* good answers a second */
    double refused_share; /* of all requests */
    double least, most;   /* rate of a bin, over the average */
};

void pace_world_init(struct pace_world *world,
                     const struct pace_service *service, uint64_t seed,
                     double bin_s);
void pace_world_release(struct pace_world *world);

/* Adds a client that begins at start_s. rate 0: no ceiling. */
void pace_world_join(struct pace_world *world, double start_s,
                     uint32_t connections, double rate);

void pace_world_run(struct pace_world *world, double until_s);

struct pace_stretch pace_world_look(const struct pace_world *world,
                                    uint32_t client, double from_s,
                                    double to_s);

#endif
