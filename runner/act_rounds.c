/*
 * act_rounds: the engine's two rounds: what was left open, then what is asked
 * for now. A job's new extension so never overtakes the one before it.
 */
#include <stdio.h>
#include <string.h>

#include "act_slot.h"
#include "allowance.h"
#include "signals.h"
#include "status.h"

static int init_engine(struct act *act, struct err *err)
{
    struct run *run = act->run;
    const struct opt *opt = run->opt;
    const struct ledger_totals *totals =
        act->records ? ledger_totals(run->ledger) : NULL;
    struct engine_options options = {
        .slot_count = run->slot_count,
        .rate = opt->rate > 0 ? (double)opt->rate : 0,
        .give_up_us = (uint64_t)opt->give_up_ms * 1000,
        .retries = (uint32_t)opt->retries,
        .replay_never = run->replay_never,
        .max_rejected = INT64_MAX,
    };
    struct engine_ops ops;
    struct budget budget;

    act_engine_ops(act, &ops);
    budget_init(&budget, opt->max_cost_nano, totals ? totals->charged_nano : 0,
                totals ? totals->reserved_nano : 0);
    run->slept_us = run->os->slept_us(run->os->context);
    return engine_init(&run->engine, &options, &ops, &budget,
                       run->os->monotonic_us(run->os->context), err);
}

static void show_progress(struct act *act, uint64_t now_us)
{
    struct run *run = act->run;
    const struct engine_counts *counts = &run->engine.counts;
    const struct act_list *list = act->replaying ? &act->replays : &act->fresh;
    char allowed[ALLOWANCE_MAX];
    struct progress_state state = {
        .total = act->single ? 1 : list->count,
        .done = counts->posted + counts->rejected + counts->unknown,
        .posted = counts->posted,
        .rejected = counts->rejected,
        .unknown = counts->unknown,
        .in_flight = run->engine.in_flight,
        .charged_nano = counts->charged_nano,
        .trouble = engine_in_outage(&run->engine) ? "the service is away"
                   : run->engine.stopping         ? "stopping"
                                                  : NULL,
        .allowed = allowance_words(&run->engine, allowed),
    };

    progress_show(&run->progress, &state, now_us);
}

/* The loop: answers, one turn of the engine, wait. */
static void loop(struct act *act)
{
    struct run *run = act->run;
    struct engine *engine = &run->engine;
    uint64_t next_us;

    while (!engine_done(engine)) {
        act_deliver(act);
        int caught = signals_caught();
        if (caught)
            engine_stop(engine, signals_status(caught), "%s",
                        signals_word(caught));
        uint64_t now_us = run_now_us(run);
        engine_step(engine, now_us, &next_us);
        show_progress(act, now_us);
        if (engine_done(engine))
            break;
        if (run->progress.mode != PROGRESS_NONE &&
            next_us > now_us + run->progress.every_us)
            next_us = now_us + run->progress.every_us;
        http_wait(&run->http, now_us, next_us);
    }
    progress_clear(&run->progress);
}

static void add_counts(struct engine_counts *sum,
                       const struct engine_counts *more)
{
    sum->posted += more->posted;
    sum->rejected += more->rejected;
    sum->unknown += more->unknown;
    sum->released += more->released;
    sum->left_open += more->left_open;
    sum->without_cost += more->without_cost;
    if (!money_add(&sum->charged_nano, more->charged_nano))
        sum->charged_nano = INT64_MAX;
}

/* 0; 1: it was stopped, and no further round begins; negative. */
static int round_of(struct act *act, bool replaying, struct err *err)
{
    struct engine *engine = &act->run->engine;
    const struct act_list *list = replaying ? &act->replays : &act->fresh;

    if (list->count == 0 && (replaying || !act->single))
        return 0;
    act->replaying = replaying;
    act->next = 0;
    if (init_engine(act, err) != 0)
        return err->code;
    loop(act);
    add_counts(&act->counts, &engine->counts);
    act->status = status_stronger(act->status, engine->status);
    snprintf(act->why, sizeof act->why, "%s", engine->why);
    bool stopped = engine->stopping || engine->status != 0;
    engine_release(engine);
    return stopped ? 1 : 0;
}

int act_rounds(struct act *act, struct err *err)
{
    struct run *run = act->run;

    signals_catch(run->http.wake_fds[1]);
    progress_init(&run->progress, run->opt->progress == OPT_ALWAYS,
                  run->opt->progress == OPT_NEVER, run->opt->quiet,
                  run->os->monotonic_us(run->os->context));
    int rc = round_of(act, true, err);
    if (rc == 0)
        rc = round_of(act, false, err);
    return rc < 0 ? rc : 0;
}
