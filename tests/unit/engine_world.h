/*
 * engine_world: a simulated service, ledger and clock around the engine.
 *
 * Everything is decided by one seed. A history is a number of invocations of
 * the engine over the same jobs; each may be killed at any turn, in which
 * case the records of its last commit may or may not have reached the disk
 * (a random prefix did) and its requests in flight may or may not arrive.
 * The service honours idempotency keys and is the judge: it counts the jobs
 * that it made for each key.
 */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include "../../runner/engine.h"

#define WORLD_JOBS  12
#define WORLD_SLOTS 5

enum world_state {
    WORLD_NEW,
    WORLD_OPEN,
    WORLD_POSTED,
    WORLD_RELEASED,
    WORLD_REJECTED,
    WORLD_UNKNOWN
};

/* What the simulated ledger says of a job. */
struct world_entry {
    enum world_state state;
    uint32_t epoch;
    uint64_t intent_us; /* when that epoch's intent was written */
};

/* One change of the ledger, on its way to the disk. */
struct world_change {
    uint32_t job;
    struct world_entry entry;
};

/* The service's memory of one (job, epoch), which stands for a key. */
struct world_key {
    bool made;    /* the job exists */
    bool expired; /* its transaction is dead: it will never be made */
};

struct world_request {
    bool used, post;
    uint32_t slot, job, epoch;
    uint64_t due_us;
    struct answer answer; /* decided when the request was sent */
};

struct world {
    uint64_t random;
    uint64_t now_us;
    int trouble; /* 0: a benign service; up to 100: percent of faults */
    bool replay_never;
    struct world_entry durable[WORLD_JOBS];
    struct world_entry memory[WORLD_JOBS];
    struct world_change changes[4096];
    unsigned change_count;
    struct world_key keys[WORLD_JOBS][64];
    unsigned made[WORLD_JOBS]; /* jobs that exist for each key */
    int credits;               /* jobs that can still be paid for */
    bool refused[WORLD_JOBS];  /* the service never takes these */
    struct world_request requests[WORLD_SLOTS * 2];
    uint32_t slot_job[WORLD_SLOTS];
    uint32_t next_job;     /* of the source's pass */
    bool passing_replays;  /* the source gives open ones first */
    bool disk_fails;       /* commits fail */
    unsigned orphans;      /* outcomes that could not be recorded */
    unsigned faults_found; /* rules broken: see world_rule */
    const char *rule;      /* the first of them */
};

void world_init(struct world *world, uint64_t seed);

/* A number below n. */
uint32_t world_below(struct world *world, uint32_t n);

/*
 * Runs one invocation. kill_after_turns < 0: to its end. Returns the status
 * that the engine ended with, or -1 where it was killed, or -2 where it did
 * not end within a million turns.
 */
int world_run(struct world *world, const struct engine_options *options,
              int64_t cap_nano, int kill_after_turns,
              struct engine_counts *counts);

#endif
