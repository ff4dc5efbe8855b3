/*
 * faults: what is to go wrong, and for which request.
 *
 * A fault is written ROUTE:WHEN:STAGE:ACTION, such as post:3:after:reset;
 * help.c explains the language. For each request the first fault whose
 * conditions all hold is picked; every fault counts the requests of its
 * route from when it was added.
 */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "call.h"
#include "table.h"

#define FAULTS_MAX      256
#define FAULTS_SPEC_MAX 1024

/* X(enum, name, argument: 0 none, 1 may have one, 2 needs one, raw bytes). */
#define FAULTS_ACTIONS(X)                     \
    X(FAULT_RESET, "reset", 0, false)         \
    X(FAULT_CLOSE, "close", 0, false)         \
    X(FAULT_HANG, "hang", 1, false)           \
    X(FAULT_DELAY, "delay", 2, false)         \
    X(FAULT_CUT, "cut", 1, true)              \
    X(FAULT_CUT_AT, "cut-at", 2, true)        \
    X(FAULT_CUT_RESET, "cut-reset", 2, true)  \
    X(FAULT_SLOW, "slow", 1, true)            \
    X(FAULT_GARBAGE, "garbage", 0, true)      \
    X(FAULT_HEADERS, "headers", 1, true)      \
    X(FAULT_ENDLESS, "endless", 0, true)      \
    X(FAULT_TWICE, "twice", 0, true)          \
    X(FAULT_OVERSIZE, "oversize", 1, false)   \
    X(FAULT_EMPTY, "empty", 0, false)         \
    X(FAULT_HTML, "html", 0, false)           \
    X(FAULT_BAD_JSON, "bad-json", 0, false)   \
    X(FAULT_NO_JOB, "no-job", 0, false)       \
    X(FAULT_NO_COST, "no-cost", 0, false)     \
    X(FAULT_COST, "cost", 2, false)           \
    X(FAULT_BODY, "body", 2, false)           \
    X(FAULT_OLD_JOB, "old-job", 0, false)     \
    X(FAULT_WRONG_CID, "wrong-cid", 0, false) \
    X(FAULT_STATUS, "", 1, false)

enum faults_action {
#define FAULTS_ENUM(name, text, argument, raw) name,
    FAULTS_ACTIONS(FAULTS_ENUM)
#undef FAULTS_ENUM
};

struct fault {
    char spec[FAULTS_SPEC_MAX]; /* as written */
    bool given;                 /* on the command line: a reset keeps it */
    /* Which requests; all that are set must hold. */
    enum call_route route;     /* ROUTE_COUNT: any */
    uint64_t from, to;         /* by number, from 1; to 0: no condition */
    uint64_t every;            /* each nth; 0: no condition */
    double probability;        /* 1: no condition */
    uint64_t try_from, try_to; /* nth with its key; try_to 0: none */
    bool reused;               /* on a kept-alive connection only */
    uint64_t times;            /* at most; 0: no limit */
    /* What happens. */
    bool after; /* the work is done first */
    enum faults_action action;
    unsigned status;    /* of FAULT_STATUS */
    const char *detail; /* what follows "=", within spec; NULL: nothing */
    int64_t number;     /* detail as a number, -1 where it is none */
    /* Counts */
    uint64_t seen, hits;
};

struct faults {
    struct fault *items; /* owned; FAULTS_MAX of them */
    uint32_t count;
    uint64_t seed;
    bool no_raw;         /* https: bytes of ours cannot go out */
    struct table by_try; /* of struct faults_try */
    struct faults_try *tries;
    uint32_t tries_count, tries_cap;
};

struct faults_try {
    uint64_t hash;
    uint64_t count;
};

/* Allocates; ERR_MEMORY. no_raw: refuse actions that write raw bytes. */
int faults_init(struct faults *faults, uint64_t seed, bool no_raw,
                struct err *err);
void faults_release(struct faults *faults);

/* Adds one at the end; ERR_USAGE with what is wrong in it. */
int faults_add(struct faults *faults, const char *spec, bool given,
               struct err *err);

/* Removes those not given on the command line, or all; counts start anew. */
void faults_clear(struct faults *faults, bool all);

/*
 * Counts the request and returns the fault that it meets, or NULL. The nth
 * try is told by Idempotency-Key, or by the body where there is none.
 */
const struct fault *faults_pick(struct faults *faults, const struct call *call);

#endif
