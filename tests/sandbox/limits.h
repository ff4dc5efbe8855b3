/*
 * limits: how many requests the service takes.
 */
#ifndef SANDBOX_LIMITS_H
#define SANDBOX_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "accounts.h"

/* As published for GET /jobs. */
#define LIMITS_LIST_BURST    20
#define LIMITS_LIST_BURST_MS 30000
#define LIMITS_LIST_HOUR     500
#define LIMITS_LIST_HOUR_MS  3600000

struct limits {
    double tokens; /* requests that may come at once, at most a tenth of a
                      second's, at least one */
    int64_t filled_us;
    struct {
        int64_t at_ms[LIMITS_LIST_HOUR]; /* ring of the last calls' times */
        uint32_t next;                   /* calls so far, modulo the ring */
        uint32_t count;                  /* of at_ms that are set */
    } list[ACCOUNTS_MAX];
};

void limits_init(struct limits *limits);

/* Whether a request at the monotonic time may pass at rate a second. */
bool limits_request(struct limits *limits, int64_t rate, int64_t now_us);

/*
 * 0 where an account may list jobs now, which is then counted, else the
 * milliseconds until it may.
 */
int64_t limits_list(struct limits *limits, uint32_t account, int64_t now_ms);

#endif
