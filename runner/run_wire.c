/*
 * run_wire: the engine's requests over HTTP, and the answers back to it.
 */
#include "live.h"
#include "run.h"

#define SLEEP_MIN_US 1000000 /* less is no sleep worth a word */

double run_chance(void *arg)
{
    struct run *run = arg;

    return pace_chance(&run->random_state);
}

/* A call's tag: its slot, and in the last bit whether it is a post. */
static uint64_t pin_tag(uint32_t slot)
{
    return 2 * (uint64_t)slot;
}

static uint64_t post_tag(uint32_t slot)
{
    return pin_tag(slot) + 1;
}

void run_send_pin(void *arg, uint32_t slot)
{
    struct run *run = arg;
    const struct run_slot *s = &run->slots[slot];
    struct http_call *call = http_pool_take(&run->pin_calls, pin_tag(slot));

    http_call_start(call, buf_str(&s->job.definition), s->job.definition.len,
                    false);
}

void run_send_post(void *arg, uint32_t slot)
{
    struct run *run = arg;
    struct run_slot *s = &run->slots[slot];
    struct http_call *call = http_pool_take(&run->post_calls, post_tag(slot));
    struct err err = ERR_INIT;

    if (s->started_us == 0)
        s->started_us = run->os->monotonic_us(run->os->context);
    if (service_set_idem(&run->service, call, s->idem, &err) != 0) {
        /* Without its key the post must not go out. */
        engine_stop(&run->engine, err_exit_status(err.code), "%s", err.message);
        http_call_refuse(call, err.message);
        return;
    }
    http_call_until(call, run->os, run->engine.slots[slot].horizon_us);
    http_call_start(call, s->intent.body.bytes, s->intent.body.len,
                    run->replay_never);
}

uint64_t run_now_us(struct run *run)
{
    const struct os *os = run->os;
    uint64_t slept_us = os->slept_us(os->context);
    uint64_t now_us = os->monotonic_us(os->context);
    uint64_t after_us = os->slept_us(os->context);

    /* Both have to be from the same side of a sleep. */
    while (after_us > slept_us + SLEEP_MIN_US) {
        slept_us = after_us;
        now_us = os->monotonic_us(os->context);
        after_us = os->slept_us(os->context);
    }
    if (slept_us > run->slept_us + SLEEP_MIN_US) {
        engine_slept(&run->engine, slept_us - run->slept_us, now_us);
        run->slept_us = slept_us;
    }
    return now_us;
}

void run_deliver(struct run *run)
{
    const uint64_t now_us = run_now_us(run);
    struct http_call *call;
    struct answer answer;
    struct reply reply;

    while ((call = http_next_done(&run->http, &reply)) != NULL) {
        uint64_t tag = http_call_tag(call);
        uint32_t slot = (uint32_t)(tag / 2);
        if (run->live && live_take(run->live, call, &reply, now_us))
            continue;
        if (tag == post_tag(slot)) {
            answer_post(&answer, &reply, &run->scratch);
            http_pool_put(&run->post_calls, call);
            engine_post_answer(&run->engine, slot, &answer, now_us);
        } else {
            answer_pin(&answer, &reply, run->slots[slot].job.cid,
                       &run->scratch);
            http_pool_put(&run->pin_calls, call);
            engine_pin_answer(&run->engine, slot, &answer, now_us);
        }
    }
}

void run_engine_ops(struct run *run, struct engine_ops *ops)
{
    *ops = (struct engine_ops){
        .arg = run,
        .next = run_next,
        .send_pin = run_send_pin,
        .send_post = run_send_post,
        .record = run_record,
        .pinned = run_pinned,
        .commit = run_commit,
        .orphan = run_orphan,
        .chance = run_chance,
    };
}
