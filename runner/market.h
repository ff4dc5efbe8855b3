/*
 * market: what GPUs cost, and which address a slug means.
 *
 * A list of markets comes from one of three places, the freshest at hand:
 * fetched now, the cache of an earlier fetch, or the snapshot built into the
 * program. Nothing here touches the network.
 */
#ifndef RUNNER_MARKET_H
#define RUNNER_MARKET_H

#include "../templates/base58.h"
#include "../templates/buf.h"
#include "../templates/json.h"
#include "../templates/money.h"

#define MARKET_TEXT_MAX  65 /* of a slug, a name, a GPU's name */
#define MARKET_COUNT_MAX 4096
#define MARKET_FEE_MILLI 10000 /* 10 %, where a market names no fee */

enum market_type {
    MARKET_PREMIUM,
    MARKET_COMMUNITY,
    MARKET_OTHER
};

struct market {
    uint8_t address[BASE58_ADDRESS_LEN];
    char address_text[BASE58_ADDRESS_MAX];
    char slug[MARKET_TEXT_MAX];
    char name[MARKET_TEXT_MAX];
    char gpu[MARKET_TEXT_MAX];  /* first of gpu_types; "" unknown */
    char date[MARKET_TEXT_MAX]; /* the snapshot's row was seen; else "" */
    enum market_type type;
    bool type_assumed;
    bool has_price;
    int64_t reward_nano;    /* a node's hourly reward; where has_price */
    int64_t hourly_nano;    /* the client's price an hour; where has_price */
    int64_t fee_milli;      /* thousandths of a percent */
    int64_t lowest_vram_gb; /* 0 where unknown */
};

enum market_source {
    MARKET_SNAPSHOT,
    MARKET_CACHED,
    MARKET_FETCHED
};

struct markets {
    struct market *items; /* owned, in the source's order */
    size_t count;
    enum market_source source;
    int64_t at_ms; /* real time of the fetch; 0 for the snapshot */
};

void markets_init(struct markets *markets);
void markets_release(struct markets *markets);

/* Fills in the snapshot built into the program. ERR_MEMORY. */
int markets_snapshot(struct markets *markets, struct err *err);

/*
 * Fills in a reply of GET /markets/ (fetched at at_ms). A row without an
 * address is passed by; a price may be a number, a string or null.
 * ERR_DATA where it is no list of objects; after a failure the markets are
 * those that were there before.
 */
int markets_parse(struct markets *markets, const char *text, size_t len,
                  enum market_source source, int64_t at_ms, struct err *err);

/*
 * The cache: one file an API in the XDG cache folder. Saving is atomic;
 * failures are not worth stopping for, so the caller may ignore err. Loading
 * returns 1, or 0 where there is no usable cache of that API.
 */
int markets_save(const char *text, size_t len, const char *api_url,
                 int64_t at_ms, struct err *err);
int markets_load(struct markets *markets, const char *api_url, struct err *err);

/* The cache's file name for an API; false where there is no home for it. */
bool markets_cache_path(const char *api_url, char *out, size_t size);

const struct market *markets_by_slug(const struct markets *markets,
                                     const char *slug);
const struct market *markets_by_address(const struct markets *markets,
                                        const uint8_t address[32]);

/*
 * entry_context's market_address; arg is a struct markets. The message names
 * the nearest slug.
 */
int markets_resolve(void *arg, const char *slug, uint8_t address[32],
                    struct err *err);

/* The slug of an address, or the address itself: what people read. */
const char *markets_label(const struct markets *markets,
                          const uint8_t address[32], const char *text);

/* "PREMIUM", "COMMUNITY", "OTHER". */
const char *market_type_name(enum market_type type);

/* Where its prices are from: "built-in", "cache", "fetched". */
const char *markets_source_name(const struct markets *markets);

/*
 * Since when a market's price is known: the day of a built-in one, else the
 * time of the fetch; "" where it is unknown.
 */
void markets_price_at(const struct markets *markets,
                      const struct market *market, char out[MARKET_TEXT_MAX]);

/* "prices fetched now", "prices of 3 h ago", "built-in prices of 2026-08". */
void markets_describe(const struct markets *markets, int64_t now_ms,
                      struct buf *out);

#endif
