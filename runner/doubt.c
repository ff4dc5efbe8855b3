#include "doubt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../queue/lock.h"
#include "project_cache.h"

#define FIRST 64

void *doubt_grow(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t more = *cap > 0 ? *cap * 2 : FIRST;
    void *bigger = realloc(items, more * size);
    if (bigger)
        *cap = more;
    return bigger;
}

int doubt_no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory for unknown jobs");
}

bool doubt_is_unknown(const struct watched *job)
{
    return job->state == LEDGER_UNKNOWN || job->state == LEDGER_MISMATCH;
}

/* --- what ledgers claim --------------------------------------------------- */

static int by_address(const void *left, const void *right)
{
    return memcmp(left, right, BASE58_ADDRESS_LEN);
}

static int gather_claims(struct doubt *doubt, struct err *err)
{
    const struct watch *watch = doubt->watch;

    doubt->claimed = calloc(watch->count + 1, sizeof *doubt->claimed);
    if (!doubt->claimed)
        return doubt_no_memory(err);
    for (size_t i = 0; i < watch->count; i++)
        if (watch->jobs[i].has_address)
            memcpy(doubt->claimed[doubt->claimed_count++],
                   watch->jobs[i].address, BASE58_ADDRESS_LEN);
    qsort(doubt->claimed, doubt->claimed_count, sizeof *doubt->claimed,
          by_address);
    return 0;
}

/* --- what the account has ------------------------------------------------- */

static bool is_wanted(const struct doubt *doubt, const struct match_job *job)
{
    for (size_t i = 0; i < doubt->intent_count; i++)
        if (memcmp(doubt->intents[i].cid, job->cid, sizeof job->cid) == 0)
            return true;
    return false;
}

static int keep(struct doubt *doubt, const struct jobinfo *info,
                const struct match_job *job, struct err *err)
{
    size_t cap = doubt->job_cap;
    struct jobinfo *infos =
        doubt_grow(doubt->infos, doubt->job_count, &cap, sizeof *infos);

    if (!infos)
        return doubt_no_memory(err);
    doubt->infos = infos;
    cap = doubt->job_cap;
    struct match_job *jobs =
        doubt_grow(doubt->jobs, doubt->job_count, &cap, sizeof *jobs);
    if (!jobs)
        return doubt_no_memory(err);
    doubt->jobs = jobs;
    doubt->job_cap = cap;
    infos[doubt->job_count] = *info;
    jobs[doubt->job_count++] = *job;
    return 0;
}

/* A job may be listed twice, having moved on meanwhile: the newer one counts.
 */
static bool is_known(struct doubt *doubt, const struct jobinfo *info)
{
    for (size_t i = 0; i < doubt->job_count; i++)
        if (memcmp(doubt->infos[i].bytes, info->bytes, sizeof info->bytes) ==
            0) {
            doubt->infos[i] = *info;
            return true;
        }
    return false;
}

static int on_job(void *arg, const struct jobinfo *info, struct err *err)
{
    struct doubt *doubt = arg;
    struct match_job job = {.account = doubt->project,
                            .timeout_s = (uint64_t)info->timeout_s,
                            .listed_s = info->listed_s,
                            .has_node = info->node[0] != '\0'};

    if (info->project[0] != '\0' &&
        strcmp(info->project, doubt->projects[doubt->project]) != 0)
        return 0;
    if (bsearch(info->bytes, doubt->claimed, doubt->claimed_count,
                sizeof *doubt->claimed, by_address)) {
        int64_t *reach_s = &doubt->reach_s[doubt->project];
        if (info->listed_s > 0 && info->listed_s < *reach_s)
            *reach_s = info->listed_s;
        return 0;
    }
    if (info->project[0] == '\0' ||
        !cid_parse(info->cid, strlen(info->cid), job.cid) ||
        !base58_address(info->market, strlen(info->market), job.market)) {
        doubt->blind = true;
        return 0;
    }
    if (job.has_node)
        base58_address(info->node, strlen(info->node), job.node);
    if (!is_wanted(doubt, &job) || is_known(doubt, info))
        return 0;
    return keep(doubt, info, &job, err);
}

/* Whether an earlier intent's list is this one's as well. */
static bool was_listed(const struct doubt *doubt, size_t at)
{
    const struct match_intent *intents = doubt->intents;

    for (size_t i = 0; i < at; i++)
        if (!intents[i].open && doubt->watch->jobs[intents[i].tag].picked &&
            intents[i].account == intents[at].account &&
            memcmp(intents[i].market, intents[at].market,
                   sizeof intents[i].market) == 0)
            return true;
    return false;
}

/* The earliest start that matters in the list of this intent. */
static int64_t since_of(const struct doubt *doubt, size_t at)
{
    const struct match_intent *intents = doubt->intents;
    int64_t since_s = intents[at].from_s;

    for (size_t i = 0; i < doubt->intent_count; i++)
        if (memcmp(intents[i].market, intents[at].market,
                   sizeof intents[i].market) == 0 &&
            intents[i].from_s < since_s)
            since_s = intents[i].from_s;
    return since_s;
}

/* One list for each account and market of a picked unknown job. */
static int list_all(struct doubt *doubt, struct err *err)
{
    char market[BASE58_TEXT_MAX];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < doubt->intent_count; i++) {
        const struct match_intent *intent = &doubt->intents[i];
        if (intent->open || !doubt->watch->jobs[intent->tag].picked ||
            was_listed(doubt, i))
            continue;
        base58_encode(intent->market, sizeof intent->market, market);
        doubt->project = intent->account;
        rc = listing_read(&doubt->listing, doubt->projects[intent->account],
                          market, since_of(doubt, i), on_job, doubt, err);
    }
    return rc;
}

/* --- deciding ------------------------------------------------------------- */

/* Whether the listing shows that it reaches back to the intent. */
static void limit_losses(struct doubt *doubt)
{
    for (size_t i = 0; i < doubt->intent_count; i++) {
        struct match_intent *intent = &doubt->intents[i];
        int64_t at_s = intent->from_s + DOUBT_BEFORE_MS / 1000;
        if (doubt->reach_s[intent->account] > at_s + DOUBT_AFTER_MS / 1000)
            intent->may_be_lost = false;
    }
}

static int by_tag(const void *left, const void *right)
{
    const struct match_intent *a = left;
    const struct match_intent *b = right;

    return a->tag < b->tag ? -1 : a->tag > b->tag;
}

static int find_and_settle(struct doubt *doubt, struct err *err)
{
    int rc = list_all(doubt, err);

    if (rc != 0)
        return rc;
    limit_losses(doubt);
    rc = match_decide(doubt->intents, doubt->intent_count, doubt->jobs,
                      doubt->job_count, err);
    if (doubt->intent_count > 1)
        qsort(doubt->intents, doubt->intent_count, sizeof *doubt->intents,
              by_tag);
    if (rc == 0 && listing_is_whole(&doubt->listing) && !doubt->blind)
        rc = doubt_record(doubt, err);
    if (rc == 0)
        doubt_say(doubt);
    return rc;
}

static bool has_picked_unknown(const struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->jobs[i].picked && watch->jobs[i].newest &&
            doubt_is_unknown(&watch->jobs[i]))
            return true;
    return false;
}

/* Whether a run is at one of the ledgers. */
static bool any_is_held(struct doubt *doubt)
{
    const struct watch *watch = doubt->watch;
    struct err ignored;
    struct lock lock;

    lock_init(&lock);
    for (uint32_t i = 0; i < watch->ledger_count && !doubt->held; i++) {
        doubt->held = lock_take(&lock, watch->os, watch->ledgers[i].path,
                                &ignored) == ERR_LOCKED;
        lock_drop(&lock);
    }
    return doubt->held;
}

/* The key in use, and whose jobs an earlier reply said are its. */
static int know_account(struct doubt *doubt, struct err *err)
{
    const struct service *service = &doubt->online->service;
    char text[SECRET_FINGERPRINT_MAX];
    struct hasher hasher;
    int rc = hasher_init(&hasher, err);

    if (rc != 0)
        return rc;
    secret_fingerprint(&service->key, &hasher, text);
    hasher_release(&hasher);
    for (size_t i = 0; i < sizeof doubt->account; i++) {
        unsigned byte = 0;
        sscanf(text + 2 * i, "%2x", &byte);
        doubt->account[i] = (uint8_t)byte;
    }
    if (!project_cache_load(service->api_url, text, doubt->cached))
        doubt->cached[0] = '\0';
    return 0;
}

int doubt_settle(struct watch *watch, struct online *online,
                 const struct opt *opt, struct err *err)
{
    struct doubt doubt = {.watch = watch, .online = online, .opt = opt};

    if (!has_picked_unknown(watch))
        return 0;
    for (int i = 0; i < DOUBT_PROJECTS; i++)
        doubt.reach_s[i] = INT64_MAX;
    if (any_is_held(&doubt)) {
        doubt_say(&doubt);
        return 0;
    }
    ledger_reader_init(&doubt.reader);
    ledger_reader_init(&doubt.told);
    int rc = listing_open(&doubt.listing, online, watch->os,
                          (uint64_t)opt->give_up_ms * 1000, false, err);
    if (rc == 0)
        rc = know_account(&doubt, err);
    if (rc == 0)
        rc = doubt_gather(&doubt, err);
    if (rc == 0)
        rc = gather_claims(&doubt, err);
    if (rc == 0)
        rc = find_and_settle(&doubt, err);
    listing_close(&doubt.listing);
    ledger_reader_release(&doubt.reader);
    ledger_reader_release(&doubt.told);
    free(doubt.intents);
    free(doubt.claimed);
    free(doubt.infos);
    free(doubt.jobs);
    return rc;
}
