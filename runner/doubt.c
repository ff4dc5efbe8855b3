#include "doubt.h"

#include <stdlib.h>
#include <string.h>

#include "../queue/lock.h"
#include "replay.h"

#define FIRST 64

/* An array's room for one more; NULL where memory is out. */
static void *grow(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t more = *cap > 0 ? *cap * 2 : FIRST;
    void *bigger = realloc(items, more * size);
    if (bigger)
        *cap = more;
    return bigger;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory for unknown jobs");
}

static bool is_unknown(const struct watched *job)
{
    return job->state == LEDGER_UNKNOWN || job->state == LEDGER_MISMATCH;
}

/* --- what is in doubt ----------------------------------------------------- */

/* The number of an account; DOUBT_PROJECTS where there is no room or none. */
static uint32_t account_of(struct doubt *doubt, const struct watched *job)
{
    const struct watch_ledger *ledger = &doubt->watch->ledgers[job->ledger];
    const char *project = doubt->opt->project;
    uint32_t i;

    if (!project && ledger->projects_differ)
        return DOUBT_PROJECTS;
    if (!project)
        project = ledger->project;
    for (i = 0; i < doubt->project_count; i++)
        if (strcmp(doubt->projects[i], project) == 0)
            return i;
    if (project[0] == '\0' || i == DOUBT_PROJECTS)
        return DOUBT_PROJECTS;
    memcpy(doubt->projects[i], project, strlen(project) + 1);
    doubt->project_count++;
    return i;
}

/*
 * Until when it can have been listed: attempts end with the record that says
 * unknown, but a later invocation may have made more of them.
 */
static int64_t until_ms(const struct doubt *doubt, const struct watched *job,
                        const struct ledger_sent *sent)
{
    const struct ledger_info *info =
        ledger_info(doubt->watch->ledgers[job->ledger].ledger);
    bool later = info->opened_ms > job->at_ms || job->state == LEDGER_OPEN;
    int64_t last_ms = job->at_ms;

    if (later && sent->at_ms + DOUBT_LOST_MS > last_ms)
        last_ms = sent->at_ms + DOUBT_LOST_MS;
    return last_ms + DOUBT_AFTER_MS;
}

static bool is_old(const struct doubt *doubt, const struct ledger_sent *sent)
{
    uint64_t age_ms = replay_age_ms(doubt->watch->os, sent);

    return age_ms != UINT64_MAX && age_ms > (uint64_t)DOUBT_LOST_MS &&
           doubt->watch->os->wall_ms(doubt->watch->os->context) - sent->at_ms >
               DOUBT_LOST_MS;
}

/* The intent in match's terms; false where it cannot be read as one. */
static bool describe(const struct doubt *doubt, const struct watched *job,
                     const struct ledger_sent *sent, struct match_intent *out)
{
    const struct ledger_intent *intent = &sent->intent;

    out->timeout_s = intent->timeout_s;
    out->from_s = (sent->at_ms - DOUBT_BEFORE_MS) / 1000;
    out->until_s = until_ms(doubt, job, sent) / 1000;
    out->open = job->state == LEDGER_OPEN;
    out->may_be_lost = job->state == LEDGER_UNKNOWN && is_old(doubt, sent);
    out->has_node = intent->node != NULL;
    return intent->cid && intent->market &&
           cid_parse(intent->cid, strlen(intent->cid), out->cid) &&
           base58_address(intent->market, strlen(intent->market),
                          out->market) &&
           (!intent->node ||
            base58_address(intent->node, strlen(intent->node), out->node));
}

static int gather_one(struct doubt *doubt, size_t index, struct err *err)
{
    const struct watched *job = &doubt->watch->jobs[index];
    struct ledger *ledger = doubt->watch->ledgers[job->ledger].ledger;
    struct match_intent intent = {.tag = (uint32_t)index};
    struct ledger_sent sent;
    struct ledger_job at;

    intent.account = account_of(doubt, job);
    if (intent.account == DOUBT_PROJECTS) {
        doubt->homeless += is_unknown(job) && job->picked;
        return 0;
    }
    ledger_job_at(ledger, job->number, &at);
    int rc = ledger_read_intent(ledger, &at, &doubt->reader, &sent, err);
    if (rc < 0)
        return rc;
    if (!describe(doubt, job, &sent, &intent))
        return 0;
    struct match_intent *intents = grow(doubt->intents, doubt->intent_count,
                                        &doubt->intent_cap, sizeof *intents);
    if (!intents)
        return no_memory(err);
    doubt->intents = intents;
    intents[doubt->intent_count++] = intent;
    return 0;
}

static int gather(struct doubt *doubt, struct err *err)
{
    const struct watch *watch = doubt->watch;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < watch->count; i++)
        if (watch->jobs[i].newest && (is_unknown(&watch->jobs[i]) ||
                                      watch->jobs[i].state == LEDGER_OPEN))
            rc = gather_one(doubt, i, err);
    return rc;
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
        return no_memory(err);
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
        grow(doubt->infos, doubt->job_count, &cap, sizeof *infos);

    if (!infos)
        return no_memory(err);
    doubt->infos = infos;
    cap = doubt->job_cap;
    struct match_job *jobs =
        grow(doubt->jobs, doubt->job_count, &cap, sizeof *jobs);
    if (!jobs)
        return no_memory(err);
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
            is_unknown(&watch->jobs[i]))
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
    int rc = listing_open(&doubt.listing, online, watch->os,
                          (uint64_t)opt->give_up_ms * 1000, false, err);
    if (rc == 0)
        rc = gather(&doubt, err);
    if (rc == 0)
        rc = gather_claims(&doubt, err);
    if (rc == 0)
        rc = find_and_settle(&doubt, err);
    listing_close(&doubt.listing);
    ledger_reader_release(&doubt.reader);
    free(doubt.intents);
    free(doubt.claimed);
    free(doubt.infos);
    free(doubt.jobs);
    return rc;
}
