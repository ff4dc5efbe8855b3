/*
 * market_table: a snapshot of the service's markets, for use offline.
 *
 * Facts as the service published them, each row with the day it was seen.
 * The stand-in service serves these rows; the planner falls back on them,
 * naming the date, where no fetched price is at hand.
 */
#ifndef TEMPLATES_MARKET_TABLE_H
#define TEMPLATES_MARKET_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct market_row {
    const char *address;                /* base58, 32 bytes */
    const char *slug;                   /* "nvidia-3060" */
    const char *name;                   /* as shown to people */
    const char *type;                   /* "PREMIUM", "COMMUNITY", "OTHER" */
    const char *usd_reward_per_hour;    /* decimal, or NULL: no price known */
    const char *network_fee_percentage; /* decimal */
    const char *date_seen;              /* "2026-08-21", "2026-07", or words */
    bool type_assumed;                  /* no source told the type */
    unsigned lowest_vram_gb; /* by the GPU's maker; 0 where unknown */
};

extern const struct market_row market_table[];
extern const size_t market_table_count;

/* The row of a slug or of an address, or NULL. */
const struct market_row *market_table_by_slug(const char *slug);
const struct market_row *market_table_by_address(const char *address);

#endif
