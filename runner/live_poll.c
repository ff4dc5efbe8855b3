/*
 * live_poll: asking which of the unfinished jobs have ended.
 */
#include "live.h"

#include "status.h"

/* --- answers -------------------------------------------------------------- */

/* The job's place among those that the round asks for. */
static struct live_job *asked_job(struct live *live, uint32_t number)
{
    for (uint32_t i = 0; i < live->round_count; i++) {
        struct live_job *job = &live->jobs[live->round[i]];
        if (job->number == number)
            return job;
    }
    return NULL;
}

void live_told(void *arg, uint32_t number, enum poll_outcome outcome,
               bool ended)
{
    struct live *live = arg;
    struct live_job *job = asked_job(live, number);

    if (!job || job->ended || outcome == POLL_NO_ANSWER ||
        (outcome == POLL_FOUND && !ended))
        return;
    if (outcome == POLL_NOT_FOUND && ++job->misses < LIVE_MISSES_MAX)
        return;
    job->ended = true;
    live->markets[job->market].unfinished--;
    live->round_ended++;
}

bool live_take(struct live *live, struct http_call *call,
               const struct reply *reply, uint64_t now_us)
{
    struct run *run = live->run;

    if (!poll_take(&live->states.poll, call, reply, now_us))
        return false;
    if (ledger_pending_bytes(run->ledger) > 0)
        engine_recorded(&run->engine);
    return true;
}

/* --- rounds --------------------------------------------------------------- */

uint64_t live_interval_us(uint64_t last_us, uint32_t limit, uint32_t ended)
{
    uint64_t want = limit < 4 ? 1 : limit / 4;
    uint64_t next_us = last_us + last_us / 2;

    if (ended > 0)
        next_us = last_us * want / ended;
    if (next_us < last_us / 4)
        next_us = last_us / 4;
    if (next_us > last_us * 2)
        next_us = last_us * 2;
    if (next_us < LIVE_INTERVAL_MIN_US)
        return LIVE_INTERVAL_MIN_US;
    return next_us > LIVE_INTERVAL_MAX_US ? LIVE_INTERVAL_MAX_US : next_us;
}

static bool is_wanted(const struct live *live, const struct live_job *job)
{
    return live_is_waiting(live, &live->markets[job->market]);
}

static int begin_round(struct live *live, struct err *err)
{
    live->round_count = 0;
    live->round_ended = 0;
    for (uint32_t i = 0;
         i < live->job_count && live->round_count < LIVE_ROUND_MAX; i++) {
        if (!is_wanted(live, &live->jobs[i]))
            continue;
        live->round[live->round_count++] = i;
        int rc = run_states_ask(&live->states, live->jobs[i].number, err);
        if (rc < 0)
            return rc;
    }
    live->asking = live->round_count > 0;
    return 0;
}

static void end_round(struct live *live, uint64_t now_us)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < live->job_count; i++)
        if (!live->jobs[i].ended)
            live->jobs[kept++] = live->jobs[i];
    live->job_count = kept;
    live->asking = false;
    live->interval_us =
        live_interval_us(live->interval_us, live->limit, live->round_ended);
    live->next_us = now_us + live->interval_us;
}

static bool any_waiting(const struct live *live)
{
    for (uint32_t i = 0; i < live->market_count; i++)
        if (live_is_waiting(live, &live->markets[i]))
            return true;
    return false;
}

/* What ends the run: a ledger that fails, or a service that is away. */
static bool has_failed(struct live *live)
{
    const struct err *failure = poll_failure(&live->states.poll);

    if (live->states.err.code != 0)
        failure = &live->states.err;
    if (live->err.code != 0)
        failure = &live->err;
    if (failure)
        engine_stop(&live->run->engine, err_exit_status(failure->code),
                    "--live: %s", failure->message);
    return failure != NULL;
}

void live_step(struct live *live, uint64_t now_us, uint64_t *next_us)
{
    if (live->run->engine.stopping || has_failed(live))
        return;
    if (live->asking && poll_idle(&live->states.poll))
        end_round(live, now_us);
    if (!live->asking && !any_waiting(live))
        return;
    if (!live->asking && now_us >= live->next_us &&
        begin_round(live, &live->err) != 0) {
        (void)has_failed(live);
        return;
    }
    if (live->asking)
        poll_step(&live->states.poll, now_us, next_us);
    else if (live->next_us < *next_us && live->next_us > now_us)
        *next_us = live->next_us;
}
