#include "plan_digest.h"

#include <stdio.h>
#include <string.h>

#include "survey.h"

#define TAG       "nbe1"
#define TAG_LEN   4
#define KEY_TEXT  (KEY_TEXT_MAX - 1)
#define PART_TEXT 4 /* two bytes: one change in 65,536 cannot be named */

enum part {
    PART_MANIFEST,
    PART_SELECTION,
    PART_PRICES,
    PART_LEDGER,
    PARTS
};

static void begin(struct hasher *hasher, char letter)
{
    hasher_begin(hasher);
    hasher_add(hasher, TAG, TAG_LEN);
    hasher_add(hasher, &letter, 1);
}

/* NULL is not the empty string. */
static void add_text(struct hasher *hasher, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    hasher_add_u32(hasher, text ? (uint32_t)len : UINT32_MAX);
    hasher_add(hasher, text ? text : "", len);
}

int plan_digest_init(struct plan_digest *digest, struct err *err)
{
    int rc = hasher_init(&digest->entries, err);

    if (rc == 0)
        rc = hasher_init(&digest->points, err);
    if (rc != 0)
        return rc;
    hasher_begin(&digest->entries);
    hasher_begin(&digest->points);
    return 0;
}

void plan_digest_release(struct plan_digest *digest)
{
    hasher_release(&digest->entries);
    hasher_release(&digest->points);
}

void plan_digest_entry(struct plan_digest *digest, const char *id)
{
    add_text(&digest->entries, id);
}

void plan_digest_point(struct plan_digest *digest, const uint8_t key[KEY_LEN],
                       unsigned state)
{
    hasher_add(&digest->points, key, KEY_LEN);
    hasher_add_u32(&digest->points, state);
}

/* --- the parts ----------------------------------------------------------- */

static void hash_manifest(const struct plan_digest_facts *facts,
                          uint8_t out[CID_DIGEST_LEN])
{
    struct hasher *hasher = &facts->survey->digest.entries;
    uint8_t ids[CID_DIGEST_LEN];

    hasher_end(hasher, ids);
    begin(hasher, 'm');
    hasher_add(hasher, manifest_digest(facts->manifest), CID_DIGEST_LEN);
    hasher_add(hasher, ids, sizeof ids);
    hasher_end(hasher, out);
}

static void hash_selection(struct hasher *hasher, const struct opt *opt,
                           uint8_t out[CID_DIGEST_LEN])
{
    begin(hasher, 's');
    hasher_add_u64(hasher, opt->set.count);
    for (unsigned i = 0; i < opt->set.count; i++)
        add_text(hasher, opt->set.items[i]);
    add_text(hasher, opt->market);
    add_text(hasher, opt->timeout);
    add_text(hasher, opt->where);
    hasher_add_u64(hasher, (uint64_t)opt->sample.kind);
    hasher_add_u64(hasher, opt->sample.value);
    hasher_add_u64(hasher, (uint64_t)opt->seed);
    hasher_add_u64(hasher, opt->shard.index);
    hasher_add_u64(hasher, opt->shard.count);
    hasher_add_u64(hasher, (uint64_t)opt->changed);
    hasher_end(hasher, out);
}

/* Markets come in the order of their jobs, so their hashes are combined. */
static void hash_prices(struct hasher *hasher, const struct survey *survey,
                        uint8_t out[CID_DIGEST_LEN])
{
    uint8_t row[CID_DIGEST_LEN];

    memset(out, 0, CID_DIGEST_LEN);
    for (size_t i = 0; i < survey->market_count; i++) {
        const struct survey_market *market = &survey->markets[i];
        bool priced = market->priced && market->market;
        begin(hasher, 'p');
        hasher_add(hasher, market->address, sizeof market->address);
        hasher_add_u64(hasher, priced);
        hasher_add_u64(hasher,
                       priced ? (uint64_t)market->market->hourly_nano : 0);
        hasher_end(hasher, row);
        for (size_t j = 0; j < CID_DIGEST_LEN; j++)
            out[j] ^= row[j];
    }
}

static void hash_ledger(const struct plan_digest_facts *facts,
                        uint8_t out[CID_DIGEST_LEN])
{
    const struct ledger_path *path = facts->path;
    const char *slash = strrchr(path->path, '/');
    struct hasher *hasher = &facts->survey->digest.points;
    uint8_t points[CID_DIGEST_LEN];

    hasher_end(hasher, points);
    begin(hasher, 'l');
    add_text(hasher, facts->ledger ? ledger_info(facts->ledger)->id : NULL);
    add_text(hasher, slash ? slash + 1 : path->path);
    add_text(hasher, path->batch);
    if (facts->ledger) {
        const struct ledger_totals *totals = ledger_totals(facts->ledger);
        hasher_add_u64(hasher, (uint64_t)totals->charged_nano);
        hasher_add_u64(hasher, (uint64_t)totals->reserved_nano);
    }
    hasher_add(hasher, points, sizeof points);
    hasher_add_u64(hasher, survey_gone(facts->survey));
    hasher_end(hasher, out);
}

void plan_digest_finish(const struct plan_digest_facts *facts,
                        char text[PLAN_DIGEST_MAX])
{
    struct hasher *hasher = &facts->survey->digest.entries;
    uint8_t parts[PARTS][CID_DIGEST_LEN];
    uint8_t whole[CID_DIGEST_LEN];

    hash_manifest(facts, parts[PART_MANIFEST]);
    hash_selection(hasher, facts->opt, parts[PART_SELECTION]);
    hash_prices(hasher, facts->survey, parts[PART_PRICES]);
    hash_ledger(facts, parts[PART_LEDGER]);
    hasher_begin(hasher);
    hasher_add(hasher, TAG, TAG_LEN);
    hasher_add(hasher, parts, sizeof parts);
    hasher_end(hasher, whole);
    key_format(whole, text);
    text[KEY_TEXT] = '-';
    for (int i = 0; i < PARTS; i++)
        snprintf(text + KEY_TEXT + 1 + PART_TEXT * i, PART_TEXT + 1, "%02x%02x",
                 parts[i][0], parts[i][1]);
}

/* --- --expect ------------------------------------------------------------ */

int plan_digest_check(const char *text, struct err *err)
{
    const size_t len = PLAN_DIGEST_MAX - 1;
    uint8_t whole[KEY_LEN];

    if (strlen(text) == len && text[KEY_TEXT] == '-' &&
        key_parse(text, KEY_TEXT, whole) &&
        strspn(text + KEY_TEXT + 1, "0123456789abcdef") == len - KEY_TEXT - 1)
        return 0;
    return err_set(err, ERR_USAGE,
                   "--expect: expected a digest of %zu characters as "
                   "\"nosbatch plan\" prints it, found \"%.80s\"",
                   len, text);
}

static bool differs(const char *a, const char *b, enum part part)
{
    size_t at = KEY_TEXT + 1 + PART_TEXT * (size_t)part;

    return memcmp(a + at, b + at, PART_TEXT) != 0;
}

/*
 * What differs. States of points and markets follow from the manifest and
 * the selection: where one of these differs, the rest tells nothing.
 */
static const char *name_difference(const char *a, const char *b)
{
    bool manifest = differs(a, b, PART_MANIFEST);
    bool selection = differs(a, b, PART_SELECTION);
    bool prices = differs(a, b, PART_PRICES);
    bool ledger = differs(a, b, PART_LEDGER);

    if (manifest && selection)
        return "the manifest and the selection (--set, --market, --timeout, "
               "--where, --sample, --seed, --shard, --changed) are";
    if (manifest)
        return "the manifest is";
    if (selection)
        return "the selection (--set, --market, --timeout, --where, "
               "--sample, --seed, --shard, --changed) is";
    if (prices && ledger)
        return "the prices and the ledger are";
    if (prices)
        return "the prices are";
    return ledger ? "the ledger is" : "something is";
}

int plan_digest_compare(const char *expected, const char *found,
                        struct err *err)
{
    if (strcmp(expected, found) == 0)
        return 0;
    return err_set(err, ERR_DATA,
                   "--expect: %s not what the plan with this digest showed; "
                   "nothing was sent: look at \"nosbatch plan\" with the same "
                   "options again, and give the digest that it prints now",
                   name_difference(expected, found));
}
