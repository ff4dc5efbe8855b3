/*
 * doubt_record: verdicts into the ledgers.
 */
#include <stdlib.h>
#include <string.h>

#include "doubt.h"

/* Whether a verdict is to be recorded: of a group with a picked job. */
static bool is_due(const struct doubt *doubt, const struct match_intent *intent)
{
    if (intent->verdict == MATCH_UNCLEAR || intent->open)
        return false;
    for (size_t i = 0; i < doubt->intent_count; i++)
        if (doubt->watch->jobs[doubt->intents[i].tag].picked &&
            !doubt->intents[i].open &&
            doubt->intents[i].account == intent->account &&
            memcmp(doubt->intents[i].market, intent->market,
                   sizeof intent->market) == 0)
            return true;
    return false;
}

/* All ledgers, locked and as they were when they were read, or none. */
static int open_all(struct doubt *doubt, struct ledger **ledgers,
                    struct err *err)
{
    const struct watch *watch = doubt->watch;

    for (uint32_t i = 0; i < watch->ledger_count; i++) {
        struct watch_ledger *at = &watch->ledgers[i];
        int rc = watch_open_to_append(at, watch->os, &ledgers[i], err);
        if (rc < 0)
            return rc;
        if (rc == 1) {
            at->held = doubt->held = true;
            return 0;
        }
        if (ledger_info(ledgers[i])->bytes != ledger_info(at->ledger)->bytes)
            doubt->changed = true;
    }
    return 0;
}

static int record_one(struct doubt *doubt, const struct match_intent *intent,
                      struct ledger *ledger, struct err *err)
{
    struct watched *job = &doubt->watch->jobs[intent->tag];
    bool posted = intent->verdict == MATCH_POSTED;
    struct ledger_sent sent;
    struct ledger_job at;

    ledger_job_at(ledger, job->number, &at);
    int rc = ledger_read_intent(ledger, &at, &doubt->reader, &sent, err);
    if (rc < 0)
        return rc;
    struct ledger_settlement record = {
        .gen = at.gen,
        .epoch = at.epoch,
        .idem = sent.intent.idem,
        .name = sent.intent.name,
        .address = posted ? doubt->infos[intent->candidates[0]].address : NULL,
        .max_nano = sent.intent.max_nano,
        .who = "nosbatch status",
        .how = posted ? "the account's listing has a job for each such "
                        "unknown one"
                      : "the account's listing, which goes back that far, has "
                        "no such job",
    };
    memcpy(record.key, job->key, sizeof record.key);
    rc = ledger_add_settle(ledger, &record, err);
    if (rc == 0 && posted)
        job->charged_nano = sent.intent.max_nano;
    return rc;
}

/* What is durable now, in the watch. */
static void apply(struct doubt *doubt, const struct match_intent *intent)
{
    struct watched *job = &doubt->watch->jobs[intent->tag];

    if (intent->verdict == MATCH_LOST) {
        job->state = LEDGER_LOST;
        doubt->lost++;
        return;
    }
    const struct jobinfo *info = &doubt->infos[intent->candidates[0]];
    job->state = LEDGER_POSTED;
    job->has_address = true;
    memcpy(job->address, info->bytes, sizeof job->address);
    watch_take(job, info);
    doubt->posted++;
}

static int record_all(struct doubt *doubt, struct ledger **ledgers,
                      struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < doubt->intent_count; i++) {
        const struct match_intent *intent = &doubt->intents[i];
        const struct watched *job = &doubt->watch->jobs[intent->tag];
        if (is_due(doubt, intent))
            rc = record_one(doubt, intent, ledgers[job->ledger], err);
    }
    for (uint32_t i = 0; rc == 0 && i < doubt->watch->ledger_count; i++)
        rc = ledger_commit(ledgers[i], err);
    for (size_t i = 0; rc == 0 && i < doubt->intent_count; i++)
        if (is_due(doubt, &doubt->intents[i]))
            apply(doubt, &doubt->intents[i]);
    return rc;
}

int doubt_record(struct doubt *doubt, struct err *err)
{
    struct ledger **ledgers =
        calloc(doubt->watch->ledger_count, sizeof *ledgers);

    if (!ledgers)
        return err_set(err, ERR_MEMORY, "out of memory for ledgers");
    int rc = open_all(doubt, ledgers, err);
    if (rc == 0 && !doubt->held && !doubt->changed)
        rc = record_all(doubt, ledgers, err);
    for (uint32_t i = 0; i < doubt->watch->ledger_count; i++)
        ledger_close(ledgers[i]);
    free(ledgers);
    return rc;
}
