/*
 * budget: the cost cap over a whole ledger.
 *
 * What counts against the cap: charged costs, and the worst case of every
 * open or unknown intent, each rounded up to $0.001. Refunds are not counted
 * back. A reservation is either in flight (its answer will free or charge
 * it) or stuck (unknown, or left open): only the first kind is waited for.
 */
#ifndef RUNNER_BUDGET_H
#define RUNNER_BUDGET_H

#include "../templates/money.h"

struct budget {
    bool capped;
    int64_t cap_nano;
    int64_t charged_nano; /* replies' costs */
    int64_t flight_nano;  /* reservations whose answer is awaited */
    int64_t stuck_nano;   /* reservations of unknown or abandoned intents */
};

enum budget_verdict {
    BUDGET_OK,   /* reserved */
    BUDGET_WAIT, /* would fit if what is in flight came back free */
    BUDGET_OVER  /* does not fit, and waiting cannot help */
};

/* cap_nano below 0: no cap. stuck_nano: the ledger's open and unknown ones. */
void budget_init(struct budget *budget, int64_t cap_nano, int64_t charged_nano,
                 int64_t stuck_nano);

/* What a worst case of max_nano counts: rounded up to $0.001, saturating. */
int64_t budget_weight(int64_t max_nano);

/* Reserves for a request that is about to be sent. */
enum budget_verdict budget_reserve(struct budget *budget, int64_t max_nano);

/* A stuck reservation is tried again: its answer is awaited from here. */
void budget_revive(struct budget *budget, int64_t max_nano);

/* The reservation in flight ended: nothing was spent. */
void budget_free(struct budget *budget, int64_t max_nano);

/* … the job exists and cost this. Returns whether it was within max_nano. */
bool budget_charge(struct budget *budget, int64_t max_nano, int64_t cost_nano);

/* … nobody knows, or it stays open for the next run. */
void budget_stick(struct budget *budget, int64_t max_nano);

/* Charged and reserved together, saturating. */
int64_t budget_used(const struct budget *budget);

#endif
