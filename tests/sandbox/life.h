/*
 * life: how jobs pass from queued to running to ended, as time goes by.
 *
 * A simulation by events: a job is ready for a node some time after it was
 * listed, takes the first node of its market that is free, and ends after
 * its run time or its timeout. Nothing happens between requests: each
 * request first brings the world to the present.
 */
#ifndef SANDBOX_LIFE_H
#define SANDBOX_LIFE_H

#include "accounts.h"
#include "jobs.h"
#include "markets.h"
#include "options.h"

struct life_event {
    int64_t at_ms;
    uint32_t job;
};

struct life {
    const struct options *options; /* borrowed, as all here */
    struct jobs *jobs;
    struct markets *markets;
    struct accounts *accounts;
    struct life_event *heap; /* owned; the earliest first */
    uint32_t count, cap;
};

void life_init(struct life *life, const struct options *options,
               struct jobs *jobs, struct markets *markets,
               struct accounts *accounts);
void life_release(struct life *life);
void life_clear(struct life *life);

/*
 * A job of jobs begins: its market, account, timeout_s, cost_nano and
 * reserved_nano are set. false: out of memory, and the job must not be kept.
 */
bool life_begin(struct life *life, uint32_t job, int64_t now_ms);

/* Brings all jobs to the present. */
void life_advance(struct life *life, int64_t now_ms);

/* A queued or running job is stopped; what it did not use is refunded. */
void life_stop(struct life *life, uint32_t job, int64_t now_ms);

/* A queued or running job gets more time; false: out of memory. */
bool life_extend(struct life *life, uint32_t job, int64_t seconds);

/* A running or queued job ends now as told. */
void life_finish(struct life *life, uint32_t job, bool failed, int64_t now_ms);

/* What a started job has cost from its start to its end or timeout. */
int64_t life_cost(const struct life *life, const struct job *job);

#endif
