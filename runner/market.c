#include "market.h"

#include <stdlib.h>
#include <string.h>

#include "../queue/ledger_time.h"
#include "../templates/market_table.h"
#include "../templates/nearest.h"

void markets_init(struct markets *markets)
{
    *markets = (struct markets){.source = MARKET_SNAPSHOT};
}

void markets_release(struct markets *markets)
{
    free(markets->items);
    markets_init(markets);
}

static void copy(char *out, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (len >= size)
        len = size - 1;
    if (len > 0)
        memcpy(out, text, len);
    out[len] = '\0';
}

static enum market_type type_of(const char *name)
{
    if (strcmp(name, "PREMIUM") == 0)
        return MARKET_PREMIUM;
    return strcmp(name, "COMMUNITY") == 0 ? MARKET_COMMUNITY : MARKET_OTHER;
}

/* Percent, as "10" or "7.5", to thousandths, rounded up. */
static int64_t fee_of(const char *text, size_t len)
{
    struct err ignored;
    int64_t nano;

    if (len == 0 || money_parse(text, len, &nano, NULL, &ignored) != 0 ||
        nano < 0 || !money_ceil_milli(nano, &nano))
        return MARKET_FEE_MILLI;
    return nano / MONEY_MILLI;
}

static void set_price(struct market *market, const char *text, size_t len)
{
    struct err ignored;

    market->has_price =
        len > 0 &&
        money_parse(text, len, &market->reward_nano, NULL, &ignored) == 0 &&
        market->reward_nano >= 0 &&
        money_hourly(market->reward_nano, market->fee_milli,
                     &market->hourly_nano);
}

static bool set_address(struct market *market, const char *text)
{
    copy(market->address_text, sizeof market->address_text, text);
    return base58_address(text, strlen(text), market->address);
}

int markets_snapshot(struct markets *markets, struct err *err)
{
    markets_release(markets);
    markets->items = calloc(market_table_count, sizeof *markets->items);
    if (!markets->items)
        return err_set(err, ERR_MEMORY, "out of memory for markets");
    for (size_t i = 0; i < market_table_count; i++) {
        const struct market_row *row = &market_table[i];
        struct market *market = &markets->items[markets->count];
        const char *fee = row->network_fee_percentage;
        const char *price = row->usd_reward_per_hour;
        if (!set_address(market, row->address))
            continue;
        copy(market->slug, sizeof market->slug, row->slug);
        copy(market->name, sizeof market->name, row->name);
        copy(market->date, sizeof market->date, row->date_seen);
        market->type = type_of(row->type);
        market->type_assumed = row->type_assumed;
        market->lowest_vram_gb = row->lowest_vram_gb;
        market->fee_milli = fee_of(fee ? fee : "", fee ? strlen(fee) : 0);
        set_price(market, price ? price : "", price ? strlen(price) : 0);
        markets->count++;
    }
    return 0;
}

/*
 * A string member into out; "" where there is none or it does not fit. False
 * where memory ran out: a slug that is lost would be an unknown market.
 */
static bool text_member(const struct json *doc, uint32_t object,
                        const char *name, char *out, size_t size)
{
    uint32_t at = json_get(doc, object, name);
    struct buf text;

    out[0] = '\0';
    if (at != 0 && doc->nodes[at].type == JSON_ARRAY && doc->nodes[at].size > 0)
        at = json_first(at);
    if (at == 0 || doc->nodes[at].type != JSON_STRING)
        return true;
    buf_init(&text, size - 1);
    json_string(doc, at, &text);
    bool had_memory = text.failed != ERR_MEMORY;
    if (!text.failed)
        copy(out, size, buf_str(&text));
    buf_release(&text);
    return had_memory;
}

/* A number as written, or the text of a string that holds one. */
static const char *digits_member(const struct json *doc, uint32_t object,
                                 const char *name, size_t *len)
{
    uint32_t at = json_get(doc, object, name);

    *len = 0;
    if (at == 0 || (doc->nodes[at].type != JSON_NUMBER &&
                    doc->nodes[at].type != JSON_STRING))
        return "";
    *len = doc->nodes[at].len;
    return doc->text + doc->nodes[at].start;
}

/* Returns 1, or 0 for a row to be passed by, or ERR_MEMORY. */
static int read_row(struct market *market, const struct json *doc, uint32_t row)
{
    char text[MARKET_TEXT_MAX];
    const char *digits;
    size_t len;

    memset(market, 0, sizeof *market);
    if (doc->nodes[row].type != JSON_OBJECT)
        return 0;
    if (!text_member(doc, row, "address", text, sizeof text))
        return ERR_MEMORY;
    if (!set_address(market, text))
        return 0;
    if (!text_member(doc, row, "slug", market->slug, sizeof market->slug) ||
        !text_member(doc, row, "name", market->name, sizeof market->name) ||
        !text_member(doc, row, "gpu_types", market->gpu, sizeof market->gpu) ||
        !text_member(doc, row, "type", text, sizeof text))
        return ERR_MEMORY;
    market->type = type_of(text);
    digits = digits_member(doc, row, "network_fee_percentage", &len);
    market->fee_milli = fee_of(digits, len);
    digits = digits_member(doc, row, "usd_reward_per_hour", &len);
    set_price(market, digits, len);
    uint32_t vram = json_get(doc, row, "lowest_vram");
    if (vram == 0 || doc->nodes[vram].type != JSON_NUMBER ||
        !json_int(doc, vram, 0, 1 << 20, &market->lowest_vram_gb))
        market->lowest_vram_gb = 0;
    return 1;
}

/* Takes the rows of a list node; the document may hold more around it. */
static int read_rows(struct markets *markets, const struct json *doc,
                     uint32_t list, struct err *err)
{
    if (doc->nodes[list].type != JSON_ARRAY)
        return err_set(err, ERR_DATA, "markets: expected a list, found %s",
                       json_type_name(doc->nodes[list].type));
    uint32_t size = doc->nodes[list].size;
    if (size > MARKET_COUNT_MAX)
        return err_set(err, ERR_LIMIT, "markets: over %d rows",
                       MARKET_COUNT_MAX);
    struct market *items = calloc(size + 1, sizeof *items);
    size_t count = 0;
    uint32_t at = json_first(list);
    int taken = items ? 0 : ERR_MEMORY;
    for (uint32_t i = 0; taken >= 0 && i < size; i++, at = json_next(doc, at)) {
        taken = read_row(&items[count], doc, at);
        count += taken == 1;
    }
    if (taken < 0) {
        free(items);
        return err_set(err, ERR_MEMORY, "out of memory for markets");
    }
    markets_release(markets);
    markets->items = items;
    markets->count = count;
    return 0;
}

int markets_parse(struct markets *markets, const char *text, size_t len,
                  enum market_source source, int64_t at_ms, struct err *err)
{
    struct json doc;

    json_init(&doc);
    int rc = json_parse(&doc, text, len, err);
    if (rc != 0)
        err_prefix(err, "markets: ");
    else if (source == MARKET_CACHED)
        rc = read_rows(markets, &doc, json_get(&doc, 0, "markets"), err);
    else
        rc = read_rows(markets, &doc, 0, err);
    if (rc == 0) {
        markets->source = source;
        markets->at_ms = at_ms;
    }
    json_release(&doc);
    return rc;
}

const struct market *markets_by_slug(const struct markets *markets,
                                     const char *slug)
{
    for (size_t i = 0; slug[0] != '\0' && i < markets->count; i++)
        if (strcmp(markets->items[i].slug, slug) == 0)
            return &markets->items[i];
    return NULL;
}

const struct market *markets_by_address(const struct markets *markets,
                                        const uint8_t address[32])
{
    for (size_t i = 0; i < markets->count; i++)
        if (memcmp(markets->items[i].address, address, 32) == 0)
            return &markets->items[i];
    return NULL;
}

int markets_resolve(void *arg, const char *slug, uint8_t address[32],
                    struct err *err)
{
    const struct markets *markets = arg;
    const struct market *market = markets_by_slug(markets, slug);
    struct nearest search;
    char hint[128];

    if (market) {
        memcpy(address, market->address, sizeof market->address);
        return 0;
    }
    nearest_begin(&search, slug, strlen(slug));
    for (size_t i = 0; i < markets->count; i++)
        nearest_offer(&search, markets->items[i].slug);
    return err_set(err, ERR_DATA,
                   "no market is called \"%.64s\"%s; \"nosbatch markets\" "
                   "lists them",
                   slug, nearest_hint(&search, hint, sizeof hint));
}

const char *markets_label(const struct markets *markets,
                          const uint8_t address[32], const char *text)
{
    const struct market *market = markets_by_address(markets, address);

    return market && market->slug[0] != '\0' ? market->slug : text;
}

const char *market_type_name(enum market_type type)
{
    return type == MARKET_PREMIUM     ? "PREMIUM"
           : type == MARKET_COMMUNITY ? "COMMUNITY"
                                      : "OTHER";
}

static void describe_age(int64_t age_ms, struct buf *out)
{
    int64_t minutes = age_ms / 60000;

    if (minutes < 1)
        buf_add_str(out, "of less than a minute ago");
    else if (minutes < 120)
        buf_addf(out, "of %lld min ago", (long long)minutes);
    else if (minutes < 48 * 60)
        buf_addf(out, "of %lld h ago", (long long)(minutes / 60));
    else
        buf_addf(out, "of %lld days ago", (long long)(minutes / 60 / 24));
}

void markets_describe(const struct markets *markets, int64_t now_ms,
                      struct buf *out)
{
    const char *newest = "";

    switch (markets->source) {
    case MARKET_FETCHED:
        buf_add_str(out, "prices fetched now");
        return;
    case MARKET_CACHED:
        buf_add_str(out, "prices ");
        describe_age(now_ms > markets->at_ms ? now_ms - markets->at_ms : 0,
                     out);
        return;
    case MARKET_SNAPSHOT:
        for (size_t i = 0; i < markets->count; i++)
            if (strncmp(markets->items[i].date, "20", 2) == 0 &&
                strcmp(markets->items[i].date, newest) > 0)
                newest = markets->items[i].date;
        buf_addf(out, "built-in prices of %s", newest);
        return;
    }
}

const char *markets_source_name(const struct markets *markets)
{
    static const char *const names[] = {[MARKET_SNAPSHOT] = "built-in",
                                        [MARKET_CACHED] = "cache",
                                        [MARKET_FETCHED] = "fetched"};

    return names[markets->source];
}

void markets_price_at(const struct markets *markets,
                      const struct market *market, char out[MARKET_TEXT_MAX])
{
    if (markets->source != MARKET_SNAPSHOT) {
        ledger_time_format(markets->at_ms, out);
        out[LEDGER_TIME_LEN] = '\0';
    } else if (strncmp(market->date, "20", 2) == 0)
        memcpy(out, market->date, MARKET_TEXT_MAX);
    else
        out[0] = '\0';
}
