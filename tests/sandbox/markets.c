#include "markets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/json.h"
#include "../../templates/market_table.h"
#include "../../templates/money.h"

#define BODY_MAX        ((size_t)4 << 20)
#define FILE_MAX        ((size_t)4 << 20)
#define FEE_DEFAULT     "10"
#define MILLI_A_PERCENT 1000

/* One row as texts; sizes as in struct market. */
struct row {
    const char *address, *slug, *type;
    const char *reward; /* NULL: not priced */
    const char *fee;
};

static int price(struct market *market, const struct row *row, bool fee_free,
                 struct err *err)
{
    int64_t fee = 0;
    bool rounded;

    market->priced = row->reward != NULL;
    if (!market->priced)
        return 0;
    int rc = money_parse(row->reward, strlen(row->reward), &market->reward_nano,
                         &rounded, err);
    if (rc == 0 && !fee_free)
        rc = money_parse(row->fee, strlen(row->fee), &fee, &rounded, err);
    if (rc < 0)
        return rc;
    int64_t milli_percent = fee / (MONEY_NANO / MILLI_A_PERCENT);
    if (market->reward_nano < 0 || fee < 0 ||
        !money_hourly(market->reward_nano, milli_percent, &market->hourly_nano))
        return err_set(err, ERR_DATA, "no usable price");
    return 0;
}

static int add_row(struct markets *markets, const struct row *row,
                   bool fee_free, struct err *err)
{
    struct market *market = &markets->items[markets->count];

    memset(market, 0, sizeof *market);
    if (!base58_address(row->address, strlen(row->address), market->address))
        return err_set(err, ERR_DATA, "\"%s\" is no address", row->address);
    snprintf(market->address_text, sizeof market->address_text, "%s",
             row->address);
    snprintf(market->slug, sizeof market->slug, "%s", row->slug);
    snprintf(market->type, sizeof market->type, "%s", row->type);
    market->premium = strcmp(row->type, "PREMIUM") == 0;
    int rc = price(market, row, fee_free, err);
    if (rc == 0)
        markets->count++;
    return rc;
}

static void add_member(struct buf *body, const char *name, const char *text)
{
    buf_addf(body, ",\"%s\":", name);
    json_quote(body, text, strlen(text));
}

static void write_built_in(struct buf *body, const struct market_row *row)
{
    buf_add_str(body, "{\"address\":");
    json_quote(body, row->address, strlen(row->address));
    add_member(body, "slug", row->slug);
    add_member(body, "name", row->name);
    add_member(body, "type", row->type);
    buf_addf(body, ",\"usd_reward_per_hour\":%s,\"network_fee_percentage\":%s",
             row->usd_reward_per_hour ? row->usd_reward_per_hour : "null",
             row->network_fee_percentage);
    buf_add_str(body, ",\"gpu_types\":[");
    json_quote(body, row->name, strlen(row->name));
    buf_add_str(body, "]");
    if (row->lowest_vram_gb)
        buf_addf(body, ",\"lowest_vram\":%u", row->lowest_vram_gb);
    else
        buf_add_str(body, ",\"lowest_vram\":null");
    buf_add_char(body, '}');
}

static int load_built_in(struct markets *markets, bool fee_free,
                         struct err *err)
{
    for (size_t i = 0; i < market_table_count; i++) {
        const struct market_row *from = &market_table[i];
        struct row row = {from->address, from->slug, from->type,
                          from->usd_reward_per_hour,
                          from->network_fee_percentage};
        int rc = add_row(markets, &row, fee_free, err);
        if (rc < 0)
            return err_prefix(err, "built-in market %s: ", from->slug);
        buf_add_char(&markets->body, i == 0 ? '[' : ',');
        write_built_in(&markets->body, from);
    }
    buf_add_char(&markets->body, ']');
    return 0;
}

/* A string's or number's text, NULL where it is absent or null. */
static const char *member(const struct json *doc, uint32_t object,
                          const char *name, struct buf *out)
{
    uint32_t node = json_get(doc, object, name);

    buf_clear(out);
    if (node == 0 || doc->nodes[node].type == JSON_NULL)
        return NULL;
    if (doc->nodes[node].type == JSON_STRING)
        json_string(doc, node, out);
    else
        buf_add(out, doc->text + doc->nodes[node].start, doc->nodes[node].len);
    return buf_str(out);
}

static int load_object(struct markets *markets, const struct json *doc,
                       uint32_t node, bool fee_free, struct err *err)
{
    struct buf texts[5];
    int rc;

    if (doc->nodes[node].type != JSON_OBJECT)
        return json_err(doc, node, err, ERR_DATA, "a market is an object");
    for (size_t i = 0; i < 5; i++)
        buf_init(&texts[i], 4096);
    struct row row = {
        member(doc, node, "address", &texts[0]),
        member(doc, node, "slug", &texts[1]),
        member(doc, node, "type", &texts[2]),
        member(doc, node, "usd_reward_per_hour", &texts[3]),
        member(doc, node, "network_fee_percentage", &texts[4]),
    };
    row.fee = row.fee ? row.fee : FEE_DEFAULT;
    if (row.address && row.slug && row.type)
        rc = add_row(markets, &row, fee_free, err);
    else
        rc = json_err(doc, node, err, ERR_DATA,
                      "a market needs \"address\", \"slug\" and \"type\"");
    for (size_t i = 0; i < 5; i++)
        buf_release(&texts[i]);
    return rc;
}

static int load_document(struct markets *markets, const struct json *doc,
                         bool fee_free, struct err *err)
{
    if (doc->nodes[0].type != JSON_ARRAY || doc->nodes[0].size > MARKETS_MAX)
        return err_set(err, ERR_DATA, "expected a list of at most %d markets",
                       MARKETS_MAX);
    uint32_t at = json_first(0);
    for (uint32_t i = 0; i < doc->nodes[0].size; i++) {
        int rc = load_object(markets, doc, at, fee_free, err);
        if (rc < 0)
            return rc;
        at = json_next(doc, at);
    }
    json_write(doc, 0, &markets->body);
    return buf_error(&markets->body, "the list of markets", err);
}

static int read_file(const char *path, struct buf *out, struct err *err)
{
    FILE *file = fopen(path, "rb");
    char block[8192];
    size_t n;

    if (!file)
        return err_set(err, ERR_INPUT, "cannot open \"%s\"", path);
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(out, block, n);
    int failed = ferror(file);
    fclose(file);
    if (failed)
        return err_set(err, ERR_INPUT, "cannot read \"%s\"", path);
    return buf_error(out, "the list of markets", err);
}

static int load_file(struct markets *markets, const char *path, bool fee_free,
                     struct err *err)
{
    struct json doc;
    struct buf text;

    json_init(&doc);
    buf_init(&text, FILE_MAX);
    int rc = read_file(path, &text, err);
    if (rc == 0)
        rc = json_parse(&doc, buf_str(&text), text.len, err);
    if (rc == 0)
        rc = load_document(markets, &doc, fee_free, err);
    json_release(&doc);
    buf_release(&text);
    return rc < 0 ? err_prefix(err, "--markets %s: ", path) : 0;
}

int markets_init(struct markets *markets, const struct options *options,
                 struct err *err)
{
    markets->count = 0;
    buf_init(&markets->body, BODY_MAX);
    markets->items = calloc(MARKETS_MAX, sizeof *markets->items);
    if (!markets->items)
        return err_set(err, ERR_MEMORY, "out of memory for markets");
    if (options->markets_file)
        return load_file(markets, options->markets_file, options->no_fee, err);
    return load_built_in(markets, options->no_fee, err);
}

void markets_release(struct markets *markets)
{
    for (uint32_t i = 0; i < markets->count; i++)
        free(markets->items[i].waiting);
    free(markets->items);
    markets->items = NULL;
    markets->count = 0;
    buf_release(&markets->body);
}

void markets_reset(struct markets *markets)
{
    for (uint32_t i = 0; i < markets->count; i++) {
        struct market *market = &markets->items[i];
        market->queued = 0;
        market->running = 0;
        market->wait_count = 0;
    }
}

int markets_find(const struct markets *markets, const uint8_t address[32])
{
    for (uint32_t i = 0; i < markets->count; i++)
        if (memcmp(markets->items[i].address, address, 32) == 0)
            return (int)i;
    return -1;
}

static bool wider(struct market *market)
{
    uint32_t cap = market->wait_cap ? market->wait_cap * 2 : 64;
    uint32_t *ring = malloc((size_t)cap * sizeof *ring);

    if (!ring)
        return false;
    for (uint32_t i = 0; i < market->wait_count; i++)
        ring[i] =
            market->waiting[(market->wait_head + i) & (market->wait_cap - 1)];
    free(market->waiting);
    market->waiting = ring;
    market->wait_cap = cap;
    market->wait_head = 0;
    return true;
}

bool markets_wait(struct market *market, uint32_t job)
{
    if (market->wait_count == market->wait_cap && !wider(market))
        return false;
    uint32_t at = (market->wait_head + market->wait_count++);
    market->waiting[at & (market->wait_cap - 1)] = job;
    return true;
}

bool markets_next(struct market *market, uint32_t *job)
{
    if (market->wait_count == 0)
        return false;
    *job = market->waiting[market->wait_head];
    market->wait_head = (market->wait_head + 1) & (market->wait_cap - 1);
    market->wait_count--;
    return true;
}
