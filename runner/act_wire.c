/*
 * act_wire: the engine's extensions and stops over HTTP, and the answers back
 * to it.
 */
#include "act_slot.h"

static void send_change(void *arg, uint32_t slot)
{
    struct act *act = arg;
    struct run *run = act->run;
    struct act_slot *s = &act->slots[slot];
    struct err err = ERR_INIT;

    if (s->started_us == 0)
        s->started_us = run->os->monotonic_us(run->os->context);
    if (service_set_idem(&run->service, s->call, s->idem, &err) != 0) {
        /* Without its key it must not go out. */
        engine_stop(&run->engine, err_exit_status(err.code), "%s", err.message);
        http_call_refuse(s->call, err.message);
        return;
    }
    http_call_until(s->call, run->os, run->engine.slots[slot].horizon_us);
    http_call_start(s->call, s->intent.body.bytes, s->intent.body.len,
                    run->replay_never);
}

void act_deliver(struct act *act)
{
    struct run *run = act->run;
    struct http_call *call;
    struct answer answer;
    struct reply reply;

    while ((call = http_next_done(&run->http, &reply)) != NULL) {
        uint32_t slot = (uint32_t)http_call_tag(call);
        uint64_t now_us = run_now_us(run);
        answer_change(&answer, &reply, act->slots[slot].intent.address,
                      &run->scratch);
        /* What a stop costs is known: nothing. */
        if (act->op == LEDGER_STOP && answer.kind == ANSWER_DONE)
            answer.has_cost = true;
        engine_post_answer(&run->engine, slot, &answer, now_us);
    }
}

/* These two are never called: every task says that it is pinned. */
static void send_pin(void *arg, uint32_t slot)
{
    (void)arg;
    (void)slot;
}

static void pinned(void *arg, uint32_t slot)
{
    (void)arg;
    (void)slot;
}

static double chance(void *arg)
{
    struct act *act = arg;

    return run_chance(act->run);
}

void act_engine_ops(struct act *act, struct engine_ops *ops)
{
    *ops = (struct engine_ops){
        .arg = act,
        .next = act_next,
        .send_pin = send_pin,
        .send_post = send_change,
        .record = act_record,
        .pinned = pinned,
        .commit = act_commit,
        .orphan = act_orphan,
        .chance = chance,
    };
}
