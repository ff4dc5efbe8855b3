/*
 * doubt_gather: the intents in doubt, in the terms of match.h, and whose they
 * are.
 */
#include <string.h>

#include "doubt.h"
#include "replay.h"

/*
 * Whether the intent was sent with the key of the job that told the ledger's
 * project: with another one it may be another account's.
 */
static bool same_account(struct doubt *doubt, const struct watched *job,
                         const struct ledger_sent *sent)
{
    const struct watch_ledger *ledger = &doubt->watch->ledgers[job->ledger];
    struct ledger_sent told;
    struct ledger_job at;
    struct err ignored;

    if (!ledger->has_teller || !sent->has_account)
        return false;
    ledger_job_at(ledger->ledger, ledger->teller, &at);
    return ledger_read_intent(ledger->ledger, &at, &doubt->told, &told,
                              &ignored) == 0 &&
           told.has_account &&
           memcmp(told.account, sent->account, sizeof told.account) == 0;
}

/* Whose job it is: a project, or NULL where that is not known. */
static const char *project_of(struct doubt *doubt, const struct watched *job,
                              const struct ledger_sent *sent)
{
    const struct watch_ledger *ledger = &doubt->watch->ledgers[job->ledger];

    if (doubt->opt->project)
        return doubt->opt->project;
    if (ledger->projects_differ)
        return NULL;
    if (ledger->project[0] != '\0')
        return same_account(doubt, job, sent) ? ledger->project : NULL;
    bool ours = sent->has_account && memcmp(sent->account, doubt->account,
                                            sizeof sent->account) == 0;
    return ours && doubt->cached[0] != '\0' ? doubt->cached : NULL;
}

/* The number of a project; DOUBT_PROJECTS where there is no room. */
static uint32_t number_project(struct doubt *doubt, const char *project)
{
    uint32_t i;

    for (i = 0; i < doubt->project_count; i++)
        if (strcmp(doubt->projects[i], project) == 0)
            return i;
    if (i < DOUBT_PROJECTS) {
        memcpy(doubt->projects[i], project, strlen(project) + 1);
        doubt->project_count++;
    }
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
static bool describe(struct doubt *doubt, const struct watched *job,
                     const struct ledger_sent *sent, struct match_intent *out)
{
    const struct ledger_intent *intent = &sent->intent;

    out->timeout_s = intent->timeout_s;
    out->from_s = (sent->at_ms - DOUBT_BEFORE_MS) / 1000;
    out->until_s = until_ms(doubt, job, sent) / 1000;
    out->open = job->state == LEDGER_OPEN;
    out->may_be_lost = job->state == LEDGER_UNKNOWN && is_old(doubt, sent) &&
                       same_account(doubt, job, sent);
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

    ledger_job_at(ledger, job->number, &at);
    int rc = ledger_read_intent(ledger, &at, &doubt->reader, &sent, err);
    if (rc < 0)
        return rc;
    const char *project = project_of(doubt, job, &sent);
    intent.account = project ? number_project(doubt, project) : DOUBT_PROJECTS;
    if (intent.account == DOUBT_PROJECTS) {
        doubt->homeless += doubt_is_unknown(job) && job->picked;
        return 0;
    }
    if (!describe(doubt, job, &sent, &intent))
        return 0;
    struct match_intent *intents =
        doubt_grow(doubt->intents, doubt->intent_count, &doubt->intent_cap,
                   sizeof *intents);
    if (!intents)
        return doubt_no_memory(err);
    doubt->intents = intents;
    intents[doubt->intent_count++] = intent;
    return 0;
}

int doubt_gather(struct doubt *doubt, struct err *err)
{
    const struct watch *watch = doubt->watch;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < watch->count; i++)
        if (watch->jobs[i].newest && (doubt_is_unknown(&watch->jobs[i]) ||
                                      watch->jobs[i].state == LEDGER_OPEN))
            rc = gather_one(doubt, i, err);
    return rc;
}
