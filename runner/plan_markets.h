/*
 * plan_markets: the part of a plan that is about markets: their jobs, and the
 * arithmetic of what these cost at most.
 *
 * max_usd is hours × node_usd_per_hour × fee_factor, each job's rounded up to
 * a nano-dollar.
 */
#ifndef RUNNER_PLAN_MARKETS_H
#define RUNNER_PLAN_MARKETS_H

#include "plan_print.h"

/* A sum that stopped at the largest amount is not the sum. */
bool plan_markets_known(int64_t nano);

/* Adds `,"name":"0.047960000"`, null where the sum is not known. */
void plan_markets_money(struct buf *out, const char *name, int64_t nano);

/* The rows by market, in the plan's format. ERR_IO, ERR_MEMORY. */
int plan_markets_report(struct plan_print *print, const struct survey *survey,
                        struct err *err);

/* One of them as an object of the plan's JSON. */
void plan_markets_json(struct buf *out, const struct survey_market *row,
                       const struct markets *markets, bool first);

/* Adds `,"markets":[…]` of an entry. */
void plan_markets_shares_json(struct buf *out,
                              const struct survey_entry *entry);

/*
 * Adds " (3 in nvidia-3060, 3 in nvidia-4090)" where an entry has jobs in
 * several markets.
 */
void plan_markets_shares(struct buf *out, const struct survey_entry *entry);

#endif
