/*
 * orders: a job that somebody asks for, from the request to its creation.
 */
#ifndef SANDBOX_ORDERS_H
#define SANDBOX_ORDERS_H

#include "fields.h"

#define ORDERS_TIMEOUT_DEFAULT 3600

enum orders_form {
    ORDERS_SINGLE, /* POST /jobs/list: may name a "node" */
    ORDERS_BATCH,  /* an element of POST /jobs/list/batch */
    ORDERS_OLD     /* POST /jobs/create-with-credits: may name a "host" */
};

struct order {
    uint8_t cid[CID_DIGEST_LEN];
    uint8_t market_address[BASE58_ADDRESS_LEN];
    uint8_t node[BASE58_ADDRESS_LEN];
    bool has_node;
    int64_t timeout_s;
    /* Set by orders_check: */
    uint32_t market;
    uint32_t pin;
    int64_t cost_nano;
};

/* Reads one from an object of sb->doc; false: answered 400. */
bool orders_read(struct sandbox *sb, struct call *call, uint32_t node,
                 const char *path, enum orders_form form, struct order *order);

/*
 * The service's rules: known market, paid with credits, timeout, pinned
 * definition, room in the queue for `more` jobs beside this one. false:
 * answered.
 */
bool orders_check(struct sandbox *sb, struct call *call, struct order *order,
                  uint32_t more);

/* Reserves nano of the caller's credits; false: answered 402. */
bool orders_pay(struct sandbox *sb, struct call *call, int64_t nano);

/* The price of seconds in a market, rounded as the options say. */
int64_t orders_price(const struct sandbox *sb, const struct market *market,
                     int64_t seconds);

/*
 * Creates the job of an order that was checked and paid. Its number, or
 * TABLE_NONE: answered 500, the payment given back.
 */
uint32_t orders_create(struct sandbox *sb, struct call *call,
                       const struct order *order);

#endif
