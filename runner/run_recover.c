/*
 * run_recover: what an earlier run left open or unknown.
 *
 * An intent without an outcome was perhaps sent. It may be sent again, with
 * the same key and bytes, only where the service will surely recognise it
 * (ledger.h, "replay"); everything else is for `status` and `settle`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "run.h"

/* NULL where the intent may be sent again, else why not. */
static const char *no_replay(struct run *run, const struct ledger_job *job,
                             const struct ledger_sent *sent)
{
    if (job->state == LEDGER_MISMATCH)
        return "payload mismatch";
    if (run->replay_never || !sent->intent.idem)
        return "without idempotency it may not be sent again";
    const char *why = replay_refused(run->os, sent, run->account_bytes);
    if (why)
        return why;
    if (!run->again && !survey_has_key(&run->survey, job->number))
        return run->survey.not_found;
    return NULL;
}

static int record_unknown(struct run *run, const struct ledger_job *job,
                          const struct ledger_sent *sent, const char *why,
                          struct err *err)
{
    const struct ledger_intent *intent = &sent->intent;
    struct ledger_outcome outcome = {
        .op = LEDGER_POST,
        .gen = job->gen,
        .epoch = job->epoch,
        .idem = intent->idem,
        .name = intent->name,
        .max_nano = intent->max_nano,
        .why = why,
    };

    memcpy(outcome.key, intent->key, sizeof outcome.key);
    return ledger_add_unknown(run->ledger, &outcome, err);
}

/* What has no price cannot be held against --max-cost. */
static int check_priced(const struct run *run, const struct ledger_sent *sent,
                        struct err *err)
{
    if (run->opt->max_cost_nano < 0 || sent->intent.max_nano >= 0)
        return 0;
    return err_set(err, ERR_DATA,
                   "job \"%.*s\" of an earlier run is still open and has no "
                   "known price, so that --max-cost cannot be kept; finish it "
                   "without --max-cost, or settle it (\"nosbatch settle\")",
                   (int)sent->intent.name.len, sent->intent.name.bytes);
}

/*
 * 1: to be replayed; 0: not; negative. Without record nothing is written, and
 * what must not be replayed under this run's options is an error.
 */
static int judge(struct run *run, const struct ledger_job *job, bool record,
                 struct err *err)
{
    struct ledger_sent sent;
    int rc = ledger_read_intent(run->ledger, job, &run->reader, &sent, err);

    if (rc < 0)
        return rc;
    const char *why = no_replay(run, job, &sent);
    if (!why)
        return record || check_priced(run, &sent, err) == 0 ? 1 : err->code;
    if (!record || job->state != LEDGER_OPEN)
        return 0;
    run->given_up++;
    return record_unknown(run, job, &sent, why, err);
}

int run_count_replays(struct run *run, uint64_t *count, struct err *err)
{
    struct ledger_job job;
    uint32_t cursor = 0;

    *count = 0;
    while (run->ledger &&
           ledger_next(run->ledger, LEDGER_OPEN_OR_UNKNOWN, &cursor, &job)) {
        int rc = judge(run, &job, false, err);
        if (rc < 0)
            return rc;
        *count += (uint64_t)rc;
    }
    return 0;
}

int run_recover(struct run *run, struct err *err)
{
    const struct ledger_totals *totals = ledger_totals(run->ledger);
    size_t most = totals->jobs[LEDGER_OPEN] + totals->jobs[LEDGER_UNKNOWN] +
                  totals->jobs[LEDGER_MISMATCH];
    struct ledger_job job;
    uint32_t cursor = 0;

    if (most == 0)
        return 0;
    run->replays = calloc(most, sizeof *run->replays);
    if (!run->replays)
        return err_set(err, ERR_MEMORY, "out of memory for %zu open intents",
                       most);
    while (ledger_next(run->ledger, LEDGER_OPEN_OR_UNKNOWN, &cursor, &job)) {
        int rc = judge(run, &job, true, err);
        if (rc < 0)
            return rc;
        if (rc == 1)
            run->replays[run->replay_count++] = job.number;
    }
    return ledger_commit(run->ledger, err);
}

int run_load_replay(struct run *run, uint32_t slot, uint32_t number,
                    struct engine_task *task, struct err *err)
{
    struct run_slot *s = &run->slots[slot];
    struct ledger_job job;
    struct ledger_sent sent;

    ledger_job_at(run->ledger, number, &job);
    int rc = ledger_read_intent(run->ledger, &job, &s->reader, &sent, err);
    if (rc < 0)
        return rc;
    s->busy = true;
    s->replayed = true;
    s->was_unknown = job.state == LEDGER_UNKNOWN;
    s->intent = sent.intent;
    snprintf(s->idem, sizeof s->idem, "%s", sent.intent.idem);
    *task = (struct engine_task){
        .pinned = true,
        .replay = true,
        .epoch = job.epoch,
        .expired = sent.epochs - 1, /* the intent itself is one */
        .max_nano = sent.intent.max_nano < 0 ? 0 : sent.intent.max_nano,
        .horizon_us = replay_horizon_us(run->os, &sent),
    };
    cid_parse(sent.intent.cid, strlen(sent.intent.cid), task->digest);
    rc = run_reserve_disk(run, s, err);
    return rc < 0 ? rc : 1;
}
