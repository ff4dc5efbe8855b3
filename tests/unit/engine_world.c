#include "engine_world.h"

#include <string.h>

#include "../../runner/status.h"

#define TURNS_MAX  1000000
#define SLOW_MS    (30 * 60 * 1000)
#define KNOWN_CIDS 3 /* one CID of so many is known to be pinned */

const struct engine_options world_usual = {
    .slot_count = WORLD_SLOTS,
    .give_up_us = 15 * WORLD_MINUTE_US,
    .retries = 8,
    .max_rejected = WORLD_JOBS_MAX,
};

void world_init(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    world->random = seed * 2654435761U + 1;
    world->now_us = WORLD_SECOND_US;
    world->credits = WORLD_JOBS_MAX;
    world->job_count = WORLD_JOBS;
    world->jobs_a_cid = 2;
    world->known_from = WORLD_JOBS_MAX;
    world->cap_nano = -1;
    world->fate = (struct world_fate){WORLD_NEVER, WORLD_NEVER, WORLD_NEVER,
                                      WORLD_NEVER, WORLD_NEVER};
}

uint32_t world_below(struct world *world, uint32_t n)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (uint32_t)(world->random >> 33) % n;
}

unsigned world_count(const struct world *world, enum world_state state)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < world->job_count; i++)
        n += world->durable[i].state == state;
    return n;
}

void world_say(struct answer *answer, enum answer_kind kind, int status,
               int64_t retry_after_ms)
{
    answer->kind = kind;
    answer->status = status;
    answer->retry_after_ms = retry_after_ms;
}

bool world_percent(struct world *world, int share)
{
    return (int)world_below(world, 100) < share;
}

void world_broken_rule(struct world *world, const char *rule)
{
    if (world->rules_broken++ == 0)
        world->rule = rule;
}

int64_t world_max_nano(uint32_t job)
{
    return MONEY_MILLI * (1 + job % 3);
}

uint32_t world_cid(const struct world *world, uint32_t job)
{
    return job / world->jobs_a_cid;
}

/* --- requests ------------------------------------------------------------ */

/* Neither the rate nor what a 429 asked for may be passed. */
static void expect_pace(struct world *world, bool post)
{
    double rate = world->engine.options.rate;
    double most = rate / 10 > 1 ? rate / 10 : 1;
    double elapsed_s = (double)(world->now_us - world->start_us) / 1e6;

    world->starts++;
    if (rate > 0 && world->starts > most + rate * elapsed_s + 0.001)
        world_broken_rule(world, "more requests than --rate allows");
    if (world->engine.in_flight > world->engine.options.flight_max)
        world_broken_rule(world, "more requests than may be in flight");
    if (world->now_us < world->hold_us[post])
        world_broken_rule(world, "a request before Retry-After had passed");
    if (world->engine.status == STATUS_INTERRUPTED)
        world_broken_rule(world, "a request was started after the stop");
}

static uint64_t latency_us(struct world *world)
{
    if (world_percent(world, world->slow))
        return 1000ULL * (1 + world_below(world, SLOW_MS));
    return 1000 + world_below(world, 200000);
}

static void put_request(struct world *world, uint32_t slot, bool post)
{
    struct world_request *request = &world->requests[slot * 2 + (post ? 1 : 0)];
    uint32_t job = world->slot_job[slot];

    if (world->requests[slot * 2].used || world->requests[slot * 2 + 1].used)
        world_broken_rule(world, "two requests under way for one slot");
    memset(request, 0, sizeof *request);
    request->used = true;
    request->post = post;
    request->slot = slot;
    request->job = job;
    request->epoch = world->memory[job].epoch;
    request->due_us = world->now_us + latency_us(world);
    request->answer.retry_after_ms = -1;
    expect_pace(world, post);
    if (post)
        service_post(world, job, request->epoch, &request->answer);
    else
        service_pin(world, job, &request->answer);
}

static void on_send_pin(void *arg, uint32_t slot)
{
    struct world *world = arg;

    if (world->dead)
        return;
    world->pins_sent++;
    put_request(world, slot, false);
}

static void on_send_post(void *arg, uint32_t slot)
{
    struct world *world = arg;
    uint32_t job = world->slot_job[slot];
    const struct world_entry *entry = &world->durable[job];

    if (world->dead)
        return;
    if (entry->epoch != world->memory[job].epoch ||
        (entry->state != WORLD_OPEN && entry->state != WORLD_UNKNOWN))
        world_broken_rule(world, "a post was sent before its intent was safe");
    if (!world->pinned[world_cid(world, job)])
        world_broken_rule(world, "a post was sent before its pin");
    if (world->replay_never && world->in_doubt[job])
        world_broken_rule(world, "a post in doubt was sent again");
    if (world->now_us >= entry->intent_us + ENGINE_HORIZON_US)
        world_broken_rule(world, "a post was sent past the horizon");
    world->posts_sent++;
    /* The kill is before or behind the send: half of them go out. */
    bool last = (int)world->sends++ == world->fate.kill_send;
    if (!last || world_percent(world, 50))
        put_request(world, slot, true);
    if (last)
        book_die(world);
}

/* --- the rest of the engine's world -------------------------------------- */

static bool wants_replay(const struct world *world, uint32_t job)
{
    enum world_state state = world->memory[job].state;

    if (world->replay_never)
        return false;
    return (state == WORLD_OPEN || state == WORLD_UNKNOWN) &&
           world->now_us - world->memory[job].intent_us < ENGINE_HORIZON_US;
}

static bool wants_post(const struct world *world, uint32_t job)
{
    enum world_state state = world->memory[job].state;

    return state == WORLD_NEW || state == WORLD_RELEASED ||
           state == WORLD_REJECTED;
}

static int on_next(void *arg, uint32_t slot, struct engine_task *task,
                   struct err *err)
{
    struct world *world = arg;

    (void)err;
    if (world_percent(world, 10))
        return ENGINE_NEXT_LATER;
    while (!world->dead) {
        if (world->next_job == world->job_count && !world->passing_replays)
            return 0;
        if (world->next_job == world->job_count) {
            world->passing_replays = false;
            world->next_job = 0;
            continue;
        }
        uint32_t job = world->next_job++;
        bool replay = world->passing_replays;
        if (replay ? !world->replays[job] : !wants_post(world, job))
            continue;
        if (world->live > 0 && world->taken - world->ended >= world->live) {
            world->next_job--;
            return ENGINE_NEXT_WAIT;
        }
        world->taken++;
        world->slot_job[slot] = job;
        *task = (struct engine_task){
            .pinned = replay || world->noted[world_cid(world, job)],
            .replay = replay,
            .epoch = world->memory[job].epoch,
            .expired = replay ? world->memory[job].expired : 0,
            .max_nano = world_max_nano(job),
            .horizon_us = world->memory[job].intent_us + ENGINE_HORIZON_US,
        };
        task->digest[0] = (uint8_t)world_cid(world, job);
        return 1;
    }
    return 0;
}

static void on_pinned(void *arg, uint32_t slot)
{
    struct world *world = arg;

    world->noted[world_cid(world, world->slot_job[slot])] = true;
}

static void on_orphan(void *arg, uint32_t slot, const struct answer *answer)
{
    struct world *world = arg;

    if (answer->kind == ANSWER_DONE)
        world->told[world->slot_job[slot]] = true;
}

static double on_chance(void *arg)
{
    return world_below(arg, 1000) / 1000.0;
}

static const struct engine_ops ops = {
    .next = on_next,
    .send_pin = on_send_pin,
    .send_post = on_send_post,
    .record = book_record,
    .pinned = on_pinned,
    .commit = book_commit,
    .orphan = on_orphan,
    .chance = on_chance,
};

/* --- an invocation ------------------------------------------------------- */

static void note_answer(struct world *world,
                        const struct world_request *request)
{
    const struct answer *answer = &request->answer;
    uint64_t asked_us = (uint64_t)answer->retry_after_ms * 1000;

    if (answer->kind == ANSWER_RATE && answer->retry_after_ms > 0 &&
        world->now_us + asked_us > world->hold_us[request->post])
        world->hold_us[request->post] = world->now_us + asked_us;
    if (!request->post)
        return;
    if (answer->kind == ANSWER_DONE)
        world->confirmed[request->job] = true;
    else if (answer->kind == ANSWER_AMBIGUOUS ||
             answer->kind == ANSWER_IN_PROGRESS ||
             answer->kind == ANSWER_EXPIRED)
        world->in_doubt[request->job] = true;
}

static void deliver(struct world *world)
{
    for (unsigned i = 0; i < WORLD_SLOTS * 2; i++) {
        struct world_request *request = &world->requests[i];
        if (!request->used || request->due_us > world->now_us)
            continue;
        request->used = false;
        note_answer(world, request);
        if (request->post)
            engine_post_answer(&world->engine, request->slot, &request->answer,
                               world->now_us);
        else
            engine_pin_answer(&world->engine, request->slot, &request->answer,
                              world->now_us);
    }
}

/* With a limit, one job after the other ends. */
static void end_jobs(struct world *world)
{
    if (world->live == 0 || world->now_us < world->end_us)
        return;
    if (world->ended < world->taken)
        world->ended++;
    world->end_us = world->now_us + world->live_us;
}

static uint64_t next_due(const struct world *world)
{
    uint64_t due_us = world->live > 0 && world->engine.source_waits
                          ? world->end_us
                          : PACE_NEVER;

    for (unsigned i = 0; i < WORLD_SLOTS * 2; i++)
        if (world->requests[i].used && world->requests[i].due_us < due_us)
            due_us = world->requests[i].due_us;
    return due_us;
}

static void forget_invocation(struct world *world)
{
    memcpy(world->memory, world->durable, sizeof world->memory);
    memset(world->requests, 0, sizeof world->requests);
    memset(world->unpinned, 0, sizeof world->unpinned);
    memset(world->confirmed, 0, sizeof world->confirmed);
    memset(world->told, 0, sizeof world->told);
    memset(world->in_doubt, 0, sizeof world->in_doubt);
    world->change_count = 0;
    world->next_job = 0;
    world->taken = world->ended = 0;
    world->passing_replays = true;
    world->dead = false;
    world->start_us = world->now_us;
    world->hold_us[0] = world->hold_us[1] = 0;
    world->sends = world->commits = world->intents = world->starts = 0;
}

/*
 * At the start of an invocation: open intents that may not be replayed become
 * unknown, as recovery does it. An intent implies that its CID is pinned.
 */
static void recover(struct world *world)
{
    forget_invocation(world);
    for (uint32_t i = 0; i < world->job_count; i++) {
        uint32_t cid = world_cid(world, i);
        bool known = cid % KNOWN_CIDS == 0 || cid >= world->known_from;
        if (world->memory[i].state != WORLD_NEW || known)
            world->noted[cid] = true;
        if (known)
            world->pinned[cid] = true;
        world->replays[i] = wants_replay(world, i);
        if (world->memory[i].state == WORLD_OPEN && !world->replays[i]) {
            struct world_entry entry = world->memory[i];
            entry.state = WORLD_UNKNOWN;
            book_change(world, i, entry);
        }
    }
    book_apply(world, world->change_count);
}

/* What holds after an invocation that was not killed. */
static void expect_end(struct world *world)
{
    bool in_peace = !world->engine.stopping;

    for (uint32_t i = 0; i < world->job_count; i++) {
        enum world_state state = world->durable[i].state;
        if (world->confirmed[i] && state != WORLD_POSTED && !world->told[i])
            world_broken_rule(world, "a job is neither recorded nor told");
        if (in_peace && !world->unpinned[i] &&
            (state == WORLD_OPEN || state == WORLD_NEW ||
             state == WORLD_RELEASED))
            world_broken_rule(world, "a run left a job over and did not say");
    }
}

static int turns(struct world *world)
{
    struct engine *engine = &world->engine;

    for (int turn = 0; turn < TURNS_MAX; turn++) {
        uint64_t next_us;
        world->turns = (unsigned)turn;
        if (turn == world->fate.kill_turn)
            book_die(world);
        if (world->dead)
            return -1;
        deliver(world);
        end_jobs(world);
        if (turn == world->fate.signal_turn)
            engine_stop(engine, STATUS_INTERRUPTED, "interrupted");
        engine_step(engine, world->now_us, &next_us);
        if (world->dead)
            return -1;
        if (engine_done(engine))
            return engine->status;
        uint64_t due_us = next_due(world);
        if (due_us < next_us)
            next_us = due_us;
        if (next_us == PACE_NEVER) {
            world_broken_rule(world, "the engine waits for nothing");
            return -2;
        }
        if (next_us > world->now_us)
            world->now_us = next_us;
    }
    world_broken_rule(world, "the engine does not end");
    return -2;
}

int world_run(struct world *world, const struct engine_options *options,
              struct engine_counts *counts)
{
    struct engine_ops mine = ops;
    struct budget budget;
    struct err err = ERR_INIT;
    int64_t reserved_nano;

    recover(world);
    mine.arg = world;
    int64_t charged_nano = book_sum_nano(world, &reserved_nano);
    budget_init(&budget, world->cap_nano, charged_nano, reserved_nano);
    if (engine_init(&world->engine, options, &mine, &budget, world->now_us,
                    &err) != 0)
        return -2;
    int status = turns(world);
    if (status >= 0)
        expect_end(world);
    *counts = world->engine.counts;
    engine_release(&world->engine);
    world->fate = (struct world_fate){WORLD_NEVER, WORLD_NEVER, WORLD_NEVER,
                                      WORLD_NEVER, WORLD_NEVER};
    return status;
}
