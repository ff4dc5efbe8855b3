/*
 * run_post: from a ledger that is open and locked to the end of posting: the
 * engine, the loop around it, and what is shown meanwhile.
 */
#include "allowance.h"
#include "live.h"
#include "replace.h"
#include "run.h"
#include "signals.h"
#include "status.h"

/* --max-rejected as a number of jobs; -1: the default rule. */
static int64_t max_rejected(const struct run *run)
{
    const struct opt_share *share = &run->opt->max_rejected;

    if (share->kind == OPT_SHARE_NONE)
        return -1;
    if (share->kind == OPT_SHARE_COUNT)
        return share->value > INT64_MAX ? INT64_MAX : (int64_t)share->value;
    double jobs = (double)run->wanted.total * (double)share->value /
                  (100.0 * OPT_PERCENT);
    return jobs > 9e18 ? INT64_MAX : (int64_t)jobs;
}

static int init_engine(struct run *run, struct err *err)
{
    const struct ledger_totals *totals = ledger_totals(run->ledger);
    uint64_t now_us = run->os->monotonic_us(run->os->context);
    struct engine_options options = {
        .slot_count = run->slot_count,
        .flight_max = (uint32_t)run->opt->connections,
        .rate = run->opt->rate > 0 ? (double)run->opt->rate : 0,
        .one_service =
            http_same_host(run->service.api_url, run->service.pin_url),
        .give_up_us = (uint64_t)run->opt->give_up_ms * 1000,
        .retries = (uint32_t)run->opt->retries,
        .replay_never = run->replay_never,
        .max_rejected = max_rejected(run),
    };
    struct engine_ops ops;
    struct budget budget;

    run_engine_ops(run, &ops);
    budget_init(&budget, run->opt->max_cost_nano, totals->charged_nano,
                totals->reserved_nano);
    run->slept_us = run->os->slept_us(run->os->context);
    return engine_init(&run->engine, &options, &ops, &budget, now_us, err);
}

/* What stands in the way, in a few words, or NULL. */
static const char *trouble(struct run *run)
{
    if (engine_in_outage(&run->engine))
        return "the service is away";
    if (run->engine.stopping)
        return "stopping";
    return run->live && run->engine.source_waits ? live_waits(run->live) : NULL;
}

static void show_progress(struct run *run, uint64_t now_us)
{
    const struct engine_counts *counts = &run->engine.counts;
    char allowed[ALLOWANCE_MAX];
    struct progress_state state = {
        .total = run->wanted.total,
        .done = run->wanted.settled + run->duplicates + counts->posted +
                counts->rejected + counts->unknown,
        .posted = counts->posted,
        .rejected = counts->rejected,
        .unknown = counts->unknown,
        .in_flight = run->engine.in_flight,
        .charged_nano = counts->charged_nano,
        .trouble = trouble(run),
        .allowed = allowance_words(&run->engine, allowed),
    };

    progress_show(&run->progress, &state, now_us);
}

/* The loop: answers, one turn of the engine, wait. */
static void loop(struct run *run)
{
    uint64_t next_us;

    while (!engine_done(&run->engine)) {
        run_deliver(run);
        int caught = signals_caught();
        if (caught)
            engine_stop(&run->engine, signals_status(caught), "%s",
                        signals_word(caught));
        uint64_t now_us = run_now_us(run);
        engine_step(&run->engine, now_us, &next_us);
        if (run->live)
            live_step(run->live, now_us, &next_us);
        show_progress(run, now_us);
        if (engine_done(&run->engine))
            break;
        if (run->progress.mode != PROGRESS_NONE &&
            next_us > now_us + run->progress.every_us)
            next_us = now_us + run->progress.every_us;
        http_wait(&run->http, now_us, next_us);
    }
    progress_clear(&run->progress);
}

/* From a ledger that is open and locked to the end of posting. */
int run_post(struct run *run, struct err *err)
{
    int rc = run_record_open(run, err);

    run->first_new = ledger_jobs(run->ledger);
    if (rc == 0)
        rc = run_recover(run, err);
    if (rc == 0)
        rc = replace_stop(run, err);
    run->first_offset = ledger_info(run->ledger)->bytes;
    if (rc == 0)
        rc = init_engine(run, err);
    if (rc == 0)
        rc = run_slots_init(run, err);
    if (rc != 0)
        return rc;
    if (run->replace && run->replace->status != STATUS_OK)
        engine_stop(&run->engine, run->replace->status, "%s",
                    run->replace->why);
    signals_catch(run->http.wake_fds[1]);
    progress_init(&run->progress, run->opt->progress == OPT_ALWAYS,
                  run->opt->progress == OPT_NEVER, run->opt->quiet,
                  run->os->monotonic_us(run->os->context));
    loop(run);
    return 0;
}
