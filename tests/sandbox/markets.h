/*
 * markets: the list of markets served, with prices and queues.
 */
#ifndef SANDBOX_MARKETS_H
#define SANDBOX_MARKETS_H

#include "../../templates/base58.h"
#include "../../templates/buf.h"
#include "options.h"

#define MARKETS_MAX 1024

struct market {
    uint8_t address[BASE58_ADDRESS_LEN];
    char address_text[BASE58_ADDRESS_MAX];
    char slug[64];
    char type[16];
    bool premium;
    bool priced;         /* false: usd_reward_per_hour is null */
    int64_t reward_nano; /* an hour, to the node; 0 where not priced */
    int64_t hourly_nano; /* an hour, to the client; 0 where not priced */
    uint32_t queued;     /* jobs in state QUEUED */
    uint32_t running;    /* jobs in state RUNNING */
    uint32_t *waiting;   /* owned ring: jobs ready for a node, in order */
    uint32_t wait_head, wait_count, wait_cap;
};

struct markets {
    struct market *items; /* owned */
    uint32_t count;
    struct buf body; /* the reply to GET /markets/ */
};

/*
 * The built-in rows, or those of options' file: a JSON list of objects with
 * address, slug, type, usd_reward_per_hour (number, string or null) and
 * network_fee_percentage (optional: 10). Rows of a file are served with all
 * their members.
 */
int markets_init(struct markets *markets, const struct options *options,
                 struct err *err);
void markets_release(struct markets *markets);

/* Empties all queues. */
void markets_reset(struct markets *markets);

/* The index of a market by its address; -1: unknown. */
int markets_find(const struct markets *markets, const uint8_t address[32]);

/* Adds a job that is ready for a node; false: out of memory. */
bool markets_wait(struct market *market, uint32_t job);

/* Takes the first such job; false where there is none. */
bool markets_next(struct market *market, uint32_t *job);

#endif
