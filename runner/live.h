/*
 * live: `run --live N`: in each market at most N jobs of the ledger that have
 * not ended, new ones being posted as jobs end.
 *
 * Order: each market has a reader of its own over the manifest, which takes
 * only this market's points, in the manifest's order. So a market that is full
 * holds no other one up, nothing is held back in a slot, and each reader goes
 * over the manifest once, whatever waits for what. A full market's reader
 * looks one point ahead: where there is none, nothing is waited for. Memory: a
 * reader a market, and 8 bytes for each job that has not ended.
 *
 * A job counts from the moment when it gets a slot until the service says
 * that it has ended, or has said three times that it does not know it. A job
 * of unknown outcome does not count: nobody could say when it ends.
 *
 * Polling: only while a full market has points left; only its jobs, the oldest
 * LIVE_ROUND_MAX first, in groups of 100. A round begins no sooner than
 * interval_us after the last one: that time grows and shrinks so that about a
 * quarter of N ends in it, between LIVE_INTERVAL_MIN_US and _MAX_US.
 */
#ifndef RUNNER_LIVE_H
#define RUNNER_LIVE_H

#include "run_states.h"

#define LIVE_ROUND_MAX       1000
#define LIVE_INTERVAL_MIN_US 500000ULL
#define LIVE_INTERVAL_MAX_US 60000000ULL
#define LIVE_MISSES_MAX      3 /* answers that say "no such job" */

struct live_market {
    uint8_t address[BASE58_ADDRESS_LEN];
    struct run_reader reader;
    struct manifest manifest; /* the reader's own */
    struct select select;     /* likewise */
    bool opened, ended;       /* the reader is */
    uint32_t in_slots;        /* its jobs that are being posted */
    uint32_t unfinished;      /* posted, and not known to have ended */
};

/* A job that has not ended. */
struct live_job {
    uint32_t number; /* in the ledger */
    uint16_t market; /* index into live's */
    uint8_t misses;
    bool ended; /* to be forgotten when the round is over */
};

struct live {
    struct run *run; /* borrowed */
    uint32_t limit;  /* N */
    struct live_market *markets;
    uint32_t market_count;
    uint32_t turn;         /* the market that is asked next */
    struct live_job *jobs; /* owned; the oldest first */
    uint32_t job_count, job_cap;
    struct run_states states;
    bool asking;                    /* a round is under way: */
    uint32_t round[LIVE_ROUND_MAX]; /* indexes of the jobs asked for, */
    uint32_t round_count;
    uint32_t round_ended; /* and how many of them had ended */
    uint64_t interval_us, next_us;
    struct err err; /* of the ledger or of memory; code 0: none */
    char words[160];
};

/*
 * After the survey, with the ledger open: readers for the survey's markets,
 * and which of the ledger's jobs have not ended as far as it says. Becomes
 * run->live and run->fresh. live_release is due in any case, before the run's
 * own parts go.
 */
int live_init(struct live *live, struct run *run, struct err *err);
void live_release(struct live *live);

/* A slot's job is one that an earlier run left. */
void live_enter(struct live *live, struct run_slot *slot);

/*
 * The slot's job has left it: posted says that it exists, and is in the
 * ledger.
 */
void live_leave(struct live *live, struct run_slot *slot, bool posted);

/* Takes an answer about states: false where the call is another's. */
bool live_take(struct live *live, struct http_call *call,
               const struct reply *reply, uint64_t now_us);

/*
 * After each turn of the engine: asks for states where it is time. *next_us is
 * lowered to when it wants to be called again. Stops the engine where the
 * service cannot be asked any more.
 */
void live_step(struct live *live, uint64_t now_us, uint64_t *next_us);

/* "waiting: 300 jobs of nvidia-3060 have not ended"; NULL where none waits. */
const char *live_waits(struct live *live);

/* Whether a market has points left, and no room for them. */
bool live_is_waiting(const struct live *live, const struct live_market *market);

/* For run_states.told. */
void live_told(void *arg, uint32_t number, enum poll_outcome outcome,
               bool ended);

/* How long to wait after a round in which `ended` of the jobs had ended. */
uint64_t live_interval_us(uint64_t last_us, uint32_t limit, uint32_t ended);

#endif
