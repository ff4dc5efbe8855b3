/*
 * engine_service: the simulated service of engine_world.h, and the network
 * that loses its answers.
 */
#include <stdio.h>

#include "engine_world.h"

#define HOUR_MS (3600LL * 1000)

static bool knows(const struct world *world, const struct world_key *key)
{
    return key->made && !world->forgetful &&
           world->now_us - key->made_us < ENGINE_HORIZON_US;
}

/* In a reply: the worst case, less, more, or nothing. */
static int64_t cost_nano(const struct world *world, uint32_t job)
{
    int64_t max_nano = world_max_nano(job);

    if (world->dear && job % 5 == 0)
        return 2 * max_nano;
    return job % 4 == 1 ? max_nano / 3 : max_nano;
}

static void make_job(struct world *world, uint32_t job, struct world_key *key)
{
    if (knows(world, key))
        return;
    key->made = true;
    key->made_us = world->now_us;
    world->credits--;
    world->spent_nano += cost_nano(world, job);
    if (++world->made[job] > 1)
        world_broken_rule(world, "two jobs for one key");
}

static void set_kind(struct answer *answer, enum answer_kind kind, int status)
{
    answer->kind = kind;
    answer->status = status;
    snprintf(answer->message, sizeof answer->message, "HTTP %d", status);
}

static void set_done(const struct world *world, uint32_t job, uint32_t epoch,
                     struct answer *answer)
{
    set_kind(answer, ANSWER_DONE, 200);
    answer->has_cost = job % 4 != 2;
    answer->cost_nano = answer->has_cost ? cost_nano(world, job) : 0;
    snprintf(answer->address, sizeof answer->address, "%u-%u", job, epoch);
}

/* What an undisturbed service answers to a post. */
static void serve(struct world *world, uint32_t job, uint32_t epoch,
                  struct answer *answer)
{
    struct world_key *key = &world->keys[job][epoch];

    if (key->expired) {
        set_kind(answer, ANSWER_EXPIRED, 409);
    } else if (world->refused[job] && !knows(world, key)) {
        set_kind(answer, ANSWER_REFUSED, 400);
    } else if (world->credits <= 0 && !knows(world, key)) {
        set_kind(answer, ANSWER_CREDITS, 402);
    } else {
        make_job(world, job, key);
        set_done(world, job, epoch, answer);
    }
}

/* None, soon, within five minutes, and hardly ever longer. */
static int64_t retry_after_ms(struct world *world)
{
    switch (world_below(world, 16)) {
    case 0:
        return ENGINE_RETRY_AFTER_MS + 1 + world_below(world, 1000000);
    case 1:
        return ENGINE_RETRY_AFTER_MS;
    case 2:
    case 3:
        return world_below(world, ENGINE_RETRY_AFTER_MS);
    case 4:
    case 5:
        return 0;
    case 6:
    case 7:
    case 8:
        return world_below(world, 3000);
    default:
        return -1;
    }
}

/* 5xx with the work done or not; now and then it asks for a day's patience. */
static void lose(struct world *world, uint32_t job, uint32_t epoch,
                 struct answer *answer)
{
    if (world_percent(world, 50))
        serve(world, job, epoch, answer);
    set_kind(answer, ANSWER_AMBIGUOUS, 503);
    answer->retry_after_ms =
        world_percent(world, 5) ? 24 * HOUR_MS : retry_after_ms(world);
}

/* One of many troubles; the work may be done before the answer is lost. */
static void disturb(struct world *world, uint32_t job, uint32_t epoch,
                    struct answer *answer)
{
    struct world_key *key = &world->keys[job][epoch];

    switch (world_below(world, 16)) {
    case 0:
    case 1:
        set_kind(answer, ANSWER_UNSENT, 0);
        break;
    case 2:
    case 3:
        set_kind(answer, ANSWER_RATE, 429);
        answer->retry_after_ms = retry_after_ms(world);
        break;
    case 4:
    case 5:
        if (world_percent(world, 50))
            serve(world, job, epoch, answer);
        set_kind(answer, ANSWER_IN_PROGRESS, 409);
        answer->retry_after_ms = retry_after_ms(world);
        break;
    case 6:
    case 7:
        key->expired = key->expired || !key->made;
        serve(world, job, epoch, answer);
        break;
    case 8:
        set_kind(answer, ANSWER_CREDITS, 402);
        break;
    case 9:
        if (world_percent(world, 10))
            set_kind(answer, ANSWER_DENIED, 401);
        else if (world_percent(world, 10))
            set_kind(answer, ANSWER_MISMATCH, 409);
        else
            lose(world, job, epoch, answer);
        break;
    case 10:
        set_kind(answer, ANSWER_REFUSED, 400);
        break;
    default:
        lose(world, job, epoch, answer);
        break;
    }
}

void service_post(struct world *world, uint32_t job, uint32_t epoch,
                  struct answer *answer)
{
    if (world->meddle && world->meddle(world, true, job, answer))
        return;
    if (world_percent(world, world->trouble))
        disturb(world, job, epoch, answer);
    else
        serve(world, job, epoch, answer);
}

static void disturb_pin(struct world *world, struct answer *answer)
{
    static const struct {
        enum answer_kind kind;
        int status;
    } troubles[] = {
        {ANSWER_AMBIGUOUS, 503}, {ANSWER_AMBIGUOUS, 0},
        {ANSWER_UNSENT, 0},      {ANSWER_RATE, 429},
        {ANSWER_REFUSED, 400},   {ANSWER_CONTRADICTS, 200},
    };
    uint32_t which = world_below(world, sizeof troubles / sizeof troubles[0]);

    set_kind(answer, troubles[which].kind, troubles[which].status);
    if (answer->kind == ANSWER_RATE)
        answer->retry_after_ms = retry_after_ms(world);
    if (world_percent(world, 2))
        set_kind(answer, ANSWER_DENIED, 401);
    else if (world_percent(world, 2))
        set_kind(answer, ANSWER_CREDITS, 402);
}

void service_pin(struct world *world, uint32_t job, struct answer *answer)
{
    if (world->meddle && world->meddle(world, false, job, answer))
        return;
    set_kind(answer, ANSWER_DONE, 200);
    if (world_percent(world, world->pin_trouble))
        disturb_pin(world, answer);
    if (answer->kind == ANSWER_DONE)
        world->pinned[world_cid(world, job)] = true;
}
