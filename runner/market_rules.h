/*
 * market_rules: markets that a plan or a run refuses before anything is sent.
 */
#ifndef RUNNER_MARKET_RULES_H
#define RUNNER_MARKET_RULES_H

#include "opt.h"
#include "survey.h"

/*
 * Credits pay for PREMIUM markets only (--any-market overrides), and a market
 * without a price cannot be planned for (--allow-unpriced). Only markets
 * that have new jobs count. A type that was only assumed, and a market that
 * the list does not have, are warnings. ERR_DATA.
 */
int market_rules_check(const struct survey *survey, const struct opt *opt,
                       struct err *err);

#endif
