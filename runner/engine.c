#include "engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_slot.h"
#include "status.h"

#define NEVER_SENT "none of its attempts left within the horizon"

static void queue_init(struct engine_queue *queue, uint32_t *memory)
{
    *queue = (struct engine_queue){.slots = memory};
}

int engine_init(struct engine *engine, const struct engine_options *options,
                const struct engine_ops *ops, const struct budget *budget,
                uint64_t now_us, struct err *err)
{
    uint32_t n = options->slot_count;

    *engine =
        (struct engine){.ops = *ops, .options = *options, .budget = *budget};
    engine->slots = calloc(n, sizeof *engine->slots);
    engine->ring_memory = calloc((size_t)n * 4, sizeof(uint32_t));
    engine->tags = calloc(n, sizeof *engine->tags);
    if (!engine->slots || !engine->ring_memory || !engine->tags) {
        engine_release(engine);
        return err_set(err, ERR_MEMORY, "out of memory for %u slots", n);
    }
    if (options->flight_max == 0)
        engine->options.flight_max = n;
    pace_init(&engine->pace, engine->options.flight_max, options->rate, now_us);
    engine->wake_us = PACE_NEVER;
    engine->commit_us = PACE_NEVER;
    queue_init(&engine->free, engine->ring_memory);
    queue_init(&engine->pins, engine->ring_memory + n);
    queue_init(&engine->posts, engine->ring_memory + 2 * (size_t)n);
    queue_init(&engine->batch, engine->ring_memory + 3 * (size_t)n);
    for (uint32_t i = 0; i < n; i++)
        engine_push(&engine->free, n, i);
    return 0;
}

void engine_release(struct engine *engine)
{
    free(engine->slots);
    free(engine->ring_memory);
    free(engine->tags);
    engine->slots = NULL;
    engine->tags = NULL;
    engine->ring_memory = NULL;
}

void engine_stop(struct engine *engine, int status, const char *format, ...)
{
    int strongest = status_stronger(engine->status, status);
    va_list args;

    engine->stopping = true;
    if (strongest == engine->status && engine->why[0] != '\0')
        return;
    engine->status = strongest;
    if (strongest != status)
        return;
    va_start(args, format);
    vsnprintf(engine->why, sizeof engine->why, format, args);
    va_end(args);
}

bool engine_in_outage(const struct engine *engine)
{
    return engine->health[ENGINE_PINNING].failure_row >= ENGINE_OUTAGE_ROW ||
           engine->health[ENGINE_JOBS].failure_row >= ENGINE_OUTAGE_ROW;
}

void engine_recorded(struct engine *engine)
{
    engine->dirty = true;
}

bool engine_done(const struct engine *engine)
{
    return (engine->stopping || engine->source_ended) &&
           engine->free.count == engine->options.slot_count &&
           (engine->broken || !engine->dirty);
}

uint32_t engine_service(const struct engine *engine, enum engine_party party)
{
    return engine->options.one_service ? 0 : (uint32_t)party;
}

double engine_limit(const struct engine *engine, enum engine_party party)
{
    return pace_limit(&engine->pace, engine_service(engine, party));
}

/* How many posts may be in flight just now. */
static uint32_t level_now(const struct engine *engine)
{
    return pace_level(&engine->pace, engine_service(engine, ENGINE_JOBS));
}

uint32_t engine_spare(const struct engine *engine)
{
    uint32_t most = engine->options.slot_count - engine->options.flight_max;
    uint32_t level = level_now(engine);

    if (engine->options.replay_never)
        return 0;
    return level < most / ENGINE_SPARE ? ENGINE_SPARE * level : most;
}

/* Whether one more request to a party may start in this turn. */
static bool may_send(struct engine *engine, enum engine_party party,
                     uint64_t now_us)
{
    if (engine->stopping || engine->broken)
        return false;
    if (engine_in_outage(engine) &&
        (engine->in_flight > 0 || now_us < engine->probe_us))
        return false;
    if (party == ENGINE_JOBS && engine->in_flight + engine->batch.count >=
                                    level_now(engine) + engine_spare(engine))
        return false;
    return pace_may_send(&engine->pace, engine_service(engine, party), now_us);
}

static void count_sent(struct engine *engine, enum engine_party party,
                       uint32_t slot, uint64_t now_us)
{
    pace_sent(&engine->pace, engine_service(engine, party),
              &engine->slots[slot].request, now_us);
    engine->in_flight++;
}

/* The waiting slots whose time has come are ready again. */
static void wake(struct engine *engine, uint64_t now_us)
{
    if (engine->waiting == 0 || now_us < engine->wake_us)
        return;
    engine->wake_us = PACE_NEVER;
    for (uint32_t i = 0; i < engine->options.slot_count; i++) {
        struct engine_slot *s = &engine->slots[i];
        if (s->phase != ENGINE_PIN_WAIT && s->phase != ENGINE_POST_WAIT)
            continue;
        if (s->wake_us > now_us) {
            if (s->wake_us < engine->wake_us)
                engine->wake_us = s->wake_us;
            continue;
        }
        engine->waiting--;
        if (s->phase == ENGINE_POST_WAIT) {
            engine_ready_post(engine, i);
        } else {
            engine_ready_pin(engine, i);
        }
    }
}

static bool being_pinned(const struct engine *engine, uint32_t slot)
{
    const uint64_t *tags = engine->tags;
    const uint64_t tag = tags[slot];
    const uint32_t count = engine->options.slot_count;

    for (uint32_t i = 0; i < count; i++) {
        if (tags[i] != tag || !engine_shares_cid(engine, i, slot))
            continue;
        enum engine_phase phase = engine->slots[i].phase;
        if (i != slot && (phase == ENGINE_PIN_READY ||
                          phase == ENGINE_PIN_SENT || phase == ENGINE_PIN_WAIT))
            return true;
    }
    return false;
}

/* Puts a job that `next` gave into its first phase. */
static void enter(struct engine *engine, uint32_t slot)
{
    struct engine_slot *s = &engine->slots[slot];

    memcpy(&engine->tags[slot], s->task.digest, sizeof engine->tags[slot]);
    s->epoch = s->task.epoch;
    s->epochs = s->task.expired;
    if (s->task.replay) {
        s->has_intent = true;
        s->perhaps_sent = true;
        s->reserved = true;
        s->horizon_us = s->task.horizon_us;
        budget_revive(&engine->budget, s->task.max_nano);
        engine_ready_post(engine, slot);
    } else if (s->task.pinned) {
        engine_ready_post(engine, slot);
    } else if (being_pinned(engine, slot)) {
        s->phase = ENGINE_PIN_SHARED;
        engine->shared++;
    } else {
        engine->pins_needed = true;
        engine_ready_pin(engine, slot);
    }
}

/* Stops for an error, which may have a place in a file. */
static void stop_with(struct engine *engine, const struct err *err)
{
    char text[ERR_MESSAGE_MAX];

    err_format(err, text, sizeof text);
    engine_stop(engine, err_exit_status(err->code), "%s", text);
}

/* Whether a request could start with another job: its pin, or its post. */
static bool may_start(struct engine *engine, uint64_t now_us)
{
    return may_send(engine, ENGINE_JOBS, now_us) ||
           (engine->pins_needed && may_send(engine, ENGINE_PINNING, now_us));
}

/* Whether one more job may be taken, as far as those at hand go. */
static bool has_room(const struct engine *engine)
{
    return engine->free.count > 0 &&
           engine->pins.count + engine->posts.count + engine->in_flight <
               engine->options.flight_max;
}

/*
 * Takes jobs while a slot is free and a request could start with it: nothing
 * is read ahead of that.
 */
static void fill(struct engine *engine, uint64_t now_us)
{
    struct err err = ERR_INIT;

    engine->source_later = false;
    engine->source_waits = false;
    if (engine_in_outage(engine) && engine->waiting > 0)
        return;
    while (!engine->source_ended && has_room(engine) &&
           may_start(engine, now_us)) {
        uint32_t slot = engine_pop(&engine->free, engine->options.slot_count);
        struct engine_slot *s = &engine->slots[slot];
        int rc = engine->ops.next(engine->ops.arg, slot, &s->task, &err);
        if (rc != 1) {
            engine_free_slot(engine, slot);
            engine->source_later = rc == ENGINE_NEXT_LATER;
            engine->source_waits = rc == ENGINE_NEXT_WAIT;
            engine->source_ended = rc <= 0;
            if (rc < 0)
                stop_with(engine, &err);
            return;
        }
        enter(engine, slot);
    }
}

/* Whether the budget lets the slot's job have an intent now. */
static bool reserve(struct engine *engine, struct engine_slot *s)
{
    if (s->reserved)
        return true;
    switch (budget_reserve(&engine->budget, s->task.max_nano)) {
    case BUDGET_OK:
        s->reserved = true;
        return true;
    case BUDGET_OVER:
        engine_stop(engine, 4, "the next job would pass --max-cost");
        return false;
    case BUDGET_WAIT:
        return false;
    }
    return false;
}

static void send_post(struct engine *engine, uint32_t slot, uint64_t now_us)
{
    struct engine_slot *s = &engine->slots[slot];

    count_sent(engine, ENGINE_JOBS, slot, now_us);
    s->phase = ENGINE_POST_SENT;
    s->attempts++;
    engine->ops.send_post(engine->ops.arg, slot);
}

/* A slot without an intent gets one, and is sent behind the commit. */
static void intend(struct engine *engine, uint32_t slot, uint64_t now_us)
{
    const uint32_t size = engine->options.slot_count;
    struct engine_slot *s = &engine->slots[slot];

    if (!reserve(engine, s) ||
        !engine_record(engine, slot, ENGINE_INTENT, NULL, NULL)) {
        engine_push(&engine->posts, size, slot);
        return;
    }
    s->has_intent = true;
    s->horizon_us = now_us + ENGINE_HORIZON_US;
    s->phase = ENGINE_POST_AGAIN;
    engine_push(&engine->batch, size, slot);
}

/*
 * Sends the slot at the head of the queue, or moves it into the batch. One
 * that the budget holds back goes to the queue's end, since it may be a slot
 * behind it whose answer frees the money.
 */
static void post_one(struct engine *engine, uint64_t now_us)
{
    uint32_t slot = engine_pop(&engine->posts, engine->options.slot_count);
    struct engine_slot *s = &engine->slots[slot];

    /* Of a key that never left there is no doubt: the job begins anew. */
    if (s->has_intent && !s->perhaps_sent && now_us >= s->horizon_us)
        s->has_intent =
            !engine_record(engine, slot, ENGINE_RELEASE, NULL, NEVER_SENT);
    if (s->has_intent && now_us >= s->horizon_us)
        engine_end_unknown(engine, slot, NULL,
                           "older than the time that the service is trusted "
                           "to remember its key");
    else if (s->has_intent)
        send_post(engine, slot, now_us);
    else
        intend(engine, slot, now_us);
}

static void send_posts(struct engine *engine, uint64_t now_us)
{
    for (uint32_t n = engine->posts.count; n > 0; n--) {
        if (!may_send(engine, ENGINE_JOBS, now_us) || engine_batch_full(engine))
            return;
        post_one(engine, now_us);
    }
}

static void send_pins(struct engine *engine, uint64_t now_us)
{
    const uint32_t size = engine->options.slot_count;

    while (engine->pins.count > 0 && may_send(engine, ENGINE_PINNING, now_us)) {
        uint32_t slot = engine_pop(&engine->pins, size);
        engine->slots[slot].phase = ENGINE_PIN_SENT;
        count_sent(engine, ENGINE_PINNING, slot, now_us);
        engine->ops.send_pin(engine->ops.arg, slot);
    }
}

/* When stopping: every slot without a request under way is given back. */
static void give_back(struct engine *engine)
{
    engine->pins.count = 0;
    engine->posts.count = 0;
    engine->batch.count = 0;
    engine->waiting = 0;
    engine->wake_us = PACE_NEVER;
    for (uint32_t i = 0; i < engine->options.slot_count; i++) {
        enum engine_phase phase = engine->slots[i].phase;
        if (phase != ENGINE_FREE && phase != ENGINE_PIN_SENT &&
            phase != ENGINE_POST_SENT)
            engine_end_open(engine, i, NULL, "the run ended before it");
    }
}

/* When a service has been away for too long; PACE_NEVER: none is away. */
static uint64_t give_up_at(const struct engine *engine)
{
    uint64_t at = PACE_NEVER;

    for (int i = 0; i < ENGINE_PARTIES; i++) {
        uint64_t since_us = engine->health[i].bad_since_us;
        if (since_us != 0 && since_us + engine->options.give_up_us < at)
            at = since_us + engine->options.give_up_us;
    }
    return at;
}

/* A time that was noted is later, but never in the future. */
static void put_off(uint64_t *noted_us, uint64_t slept_us, uint64_t now_us)
{
    if (*noted_us == 0)
        return;
    *noted_us += slept_us;
    if (*noted_us > now_us)
        *noted_us = now_us;
}

void engine_slept(struct engine *engine, uint64_t slept_us, uint64_t now_us)
{
    for (int i = 0; i < ENGINE_PARTIES; i++)
        put_off(&engine->health[i].bad_since_us, slept_us, now_us);
    for (uint32_t i = 0; i < engine->options.slot_count; i++)
        put_off(&engine->slots[i].first_bad_us, slept_us, now_us);
}

static void check_give_up(struct engine *engine, uint64_t now_us)
{
    if (engine->stopping || now_us < give_up_at(engine))
        return;
    engine_stop(engine, STATUS_SERVICE,
                "no good answer for %llu s (--give-up); the last one: %s",
                (unsigned long long)(engine->options.give_up_us / 1000000),
                engine->trouble);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/*
 * When a party's next request may start. Where that is now, and yet nothing
 * was sent, only an answer will help, or where none is to come, another turn
 * (its jobs ended unsent).
 */
static uint64_t next_start(struct engine *engine, enum engine_party party,
                           uint64_t now_us)
{
    uint32_t service = engine_service(engine, party);
    uint64_t pace_us = pace_next_us(&engine->pace, service, now_us);

    if (engine_in_outage(engine) && engine->probe_us > pace_us)
        pace_us = engine->probe_us;
    return pace_us > now_us || engine->in_flight + engine->waiting == 0
               ? pace_us
               : PACE_NEVER;
}

static uint64_t next_turn(struct engine *engine, uint64_t now_us)
{
    uint64_t at = engine->waiting > 0 ? engine->wake_us : PACE_NEVER;
    bool more =
        !engine->source_ended && !engine->source_waits && has_room(engine);

    at = earlier(at, engine_commit_at(engine, now_us));
    if (engine->stopping)
        return at;
    if (engine->source_later)
        return now_us;
    at = earlier(at, give_up_at(engine));
    if (engine_in_outage(engine) && engine->in_flight > 0)
        return at;
    if (more || engine->posts.count > 0)
        at = earlier(at, next_start(engine, ENGINE_JOBS, now_us));
    if ((more && engine->pins_needed) || engine->pins.count > 0)
        at = earlier(at, next_start(engine, ENGINE_PINNING, now_us));
    return at;
}

void engine_step(struct engine *engine, uint64_t now_us, uint64_t *next_us)
{
    check_give_up(engine, now_us);
    if (!engine->stopping) {
        wake(engine, now_us);
        send_posts(engine, now_us);
        /* Before new jobs: under a rate, their posts would starve pins. */
        send_pins(engine, now_us);
        fill(engine, now_us);
        send_posts(engine, now_us);
        send_pins(engine, now_us);
    }
    if (engine_commit_at(engine, now_us) <= now_us) {
        engine_commit(engine);
        send_posts(engine, now_us);
    }
    if (engine->stopping) {
        give_back(engine);
        engine_commit(engine);
        if (!engine->dirty)
            engine_publish_counts(engine);
    }
    *next_us = next_turn(engine, now_us);
}
