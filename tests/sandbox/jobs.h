/*
 * jobs: every job that was created, found by its address.
 */
#ifndef SANDBOX_JOBS_H
#define SANDBOX_JOBS_H

#include "../../templates/base58.h"
#include "../../templates/cid.h"
#include "table.h"

enum jobs_state {
    JOBS_QUEUED,
    JOBS_RUNNING,
    JOBS_COMPLETED,
    JOBS_STOPPED
};

struct job {
    uint8_t address[BASE58_ADDRESS_LEN];
    uint8_t node[BASE58_ADDRESS_LEN]; /* asked for; valid if has_node */
    bool has_node;
    bool old;    /* posted through the older API generation */
    bool failed; /* how it ends, or ended */
    enum jobs_state state;
    uint64_t serial; /* from 0, never used twice */
    uint32_t pin;    /* of struct pins */
    uint32_t market; /* of struct markets */
    uint32_t account;
    uint32_t key; /* of struct keys, or TABLE_NONE */
    int64_t timeout_s;
    int64_t cost_nano;     /* charged for the post */
    int64_t reserved_nano; /* that and extensions; 0 once it ended */
    int64_t spent_nano;    /* once it ended */
    int64_t listed_ms;     /* all times are the service's */
    int64_t start_ms;      /* 0 until it runs */
    int64_t end_ms;        /* planned while it runs; 0 before */
    int64_t run_ms;        /* how long it would like to run */
    uint32_t extensions;   /* that were charged */
};

struct jobs {
    struct job *items; /* owned */
    uint32_t count, cap;
    struct table by_address;
    uint64_t next_serial;
};

void jobs_init(struct jobs *jobs);
void jobs_release(struct jobs *jobs);

/* Forgets all jobs; serial numbers go on. */
void jobs_clear(struct jobs *jobs);

/*
 * A new job, zeroed but for serial and address (SHA-256 of seed and serial);
 * its number, or TABLE_NONE: out of memory.
 */
uint32_t jobs_add(struct jobs *jobs, uint64_t seed, struct hasher *hasher);

/* The number of the job at an address; TABLE_NONE: there is none. */
uint32_t jobs_find(const struct jobs *jobs, const uint8_t address[32]);

/* "QUEUED" and so on. */
const char *jobs_state_name(enum jobs_state state);

#endif
