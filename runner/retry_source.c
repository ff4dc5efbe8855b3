/*
 * retry_source: the picked jobs, one at a time, as slots come free.
 */
#include <stdio.h>
#include <string.h>

#include "retry.h"

int64_t retry_max_nano(const struct run *run,
                       const struct ledger_intent *intent)
{
    const struct market *market = NULL;
    uint8_t address[BASE58_ADDRESS_LEN];

    if (base58_address(intent->market, strlen(intent->market), address))
        market = markets_by_address(&run->input.markets, address);
    int64_t max_nano = survey_job_max(market, intent->timeout_s);
    return max_nano >= 0 ? max_nano : intent->max_nano;
}

/* The generation and epoch that follow the job's newest record. */
static int move_on(const struct ledger_job *job, struct ledger_intent *intent,
                   struct err *err)
{
    intent->gen = job->gen;
    intent->epoch = job->epoch;
    switch (job->state) {
    case LEDGER_POSTED:
        intent->gen++;
        intent->epoch = 0;
        return 0;
    case LEDGER_REJECTED:
    case LEDGER_RELEASED:
    case LEDGER_LOST:
        return 0;
    case LEDGER_LOST_MISMATCH:
        intent->epoch++;
        return 0;
    case LEDGER_OPEN:
    case LEDGER_UNKNOWN:
    case LEDGER_MISMATCH:
        break;
    }
    return err_set(err, ERR_INTERNAL, "a job in doubt was picked");
}

static int load(struct run *run, struct run_slot *s, uint32_t number,
                struct engine_task *task, struct err *err)
{
    struct ledger_sent sent;
    struct ledger_job job;

    ledger_job_at(run->ledger, number, &job);
    int rc = ledger_read_intent(run->ledger, &job, &s->reader, &sent, err);
    if (rc == 0)
        rc = move_on(&job, &sent.intent, err);
    if (rc != 0)
        return rc;
    s->busy = true;
    s->intent = sent.intent;
    s->intent.max_nano = retry_max_nano(run, &sent.intent);
    s->intent.replaces = NULL;
    *task = (struct engine_task){
        .pinned = true,
        .epoch = s->intent.epoch,
        .max_nano = s->intent.max_nano < 0 ? 0 : s->intent.max_nano,
    };
    if (cid_parse(sent.intent.cid, strlen(sent.intent.cid), task->digest))
        return 1;
    return err_set(err, ERR_DATA, "job \"%.*s\" has no CID in %s",
                   (int)sent.intent.name.len, sent.intent.name.bytes,
                   ledger_info(run->ledger)->path);
}

int retry_next(struct run *run, uint32_t slot, struct engine_task *task,
               struct err *err)
{
    if (run->pick_next == run->pick_count)
        return 0;
    return load(run, &run->slots[slot], run->picks[run->pick_next++], task,
                err);
}
