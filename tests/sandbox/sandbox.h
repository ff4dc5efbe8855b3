/*
 * sandbox: the whole stand-in service, but for the network.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "../../templates/json.h"
#include "clock.h"
#include "faults.h"
#include "keys.h"
#include "life.h"
#include "limits.h"
#include "pins.h"
#include "record.h"

/* Counts of requests; what else is counted stands with what it is about. */
struct sandbox_counts {
    uint64_t requests[ROUTE_COUNT];
    uint64_t answers[6];       /* by the status' first digit; 0: none */
    uint64_t repeats;          /* answered from an idempotency key's memory */
    uint64_t jobs_without_key; /* created without one */
    uint64_t extensions;       /* of live jobs */
    uint64_t stops;            /* likewise */
    uint64_t connections;
    uint64_t in_flight, max_in_flight;
};

struct sandbox {
    struct options options;
    struct clock clock;
    struct hasher hasher;
    struct json doc;    /* the request being answered */
    struct buf scratch; /* canonical text of what is pinned, and the like */
    struct accounts accounts;
    struct markets markets;
    struct pins pins;
    struct jobs jobs;
    struct keys keys;
    struct life life;
    struct faults faults;
    struct limits limits;
    struct record record;
    struct sandbox_counts counts;
    uint64_t answered;     /* requests since the start; dice are numbered so */
    uint64_t change_count; /* extensions and stops so far */
    int64_t now_ms; /* the service's time of the request being answered */
};

int sandbox_init(struct sandbox *sb, const struct options *options,
                 struct err *err);
void sandbox_release(struct sandbox *sb);

/* As freshly started, but for the clock and the jobs' serial numbers. */
void sandbox_reset(struct sandbox *sb);

/*
 * Answers a call: authentication, rate limits, faults, the work, latency.
 * Fills reply, delivery and delay_us. body is complete.
 */
void sandbox_answer(struct sandbox *sb, struct call *call);

#endif
