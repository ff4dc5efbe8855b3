#include "engine_world.h"

#include <string.h>

#include "../../templates/money.h"

#define COST_NANO 1000000 /* of each job: $0.001 */
#define TURNS_MAX 1000000

void world_init(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    world->random = seed * 2654435761U + 1;
    world->now_us = 1000000;
    world->credits = WORLD_JOBS;
    for (unsigned i = 0; i < WORLD_SLOTS; i++)
        world->slot_job[i] = UINT32_MAX;
}

uint32_t world_below(struct world *world, uint32_t n)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (uint32_t)(world->random >> 33) % n;
}

static bool percent(struct world *world, int share)
{
    return (int)world_below(world, 100) < share;
}

static void broken_rule(struct world *world, const char *rule)
{
    if (world->faults_found++ == 0)
        world->rule = rule;
}

/* --- the service --------------------------------------------------------- */

static void make_job(struct world *world, uint32_t job, uint32_t epoch)
{
    struct world_key *key = &world->keys[job][epoch];

    if (key->made)
        return;
    key->made = true;
    world->credits--;
    if (++world->made[job] > 1)
        broken_rule(world, "two jobs for one key");
}

static void set_done(struct world *world, uint32_t job, uint32_t epoch,
                     struct answer *answer)
{
    (void)world;
    answer->kind = ANSWER_DONE;
    answer->status = 200;
    answer->has_cost = true;
    answer->cost_nano = COST_NANO;
    answer->address[0] = (char)('A' + job);
    answer->address[1] = (char)('a' + epoch % 26);
}

/* What an undisturbed service answers to a post. */
static void serve(struct world *world, uint32_t job, uint32_t epoch,
                  struct answer *answer)
{
    const struct world_key *key = &world->keys[job][epoch];

    if (key->expired) {
        answer->kind = ANSWER_EXPIRED;
        answer->status = 409;
    } else if (world->refused[job] && !key->made) {
        answer->kind = ANSWER_REFUSED;
        answer->status = 400;
    } else if (world->credits <= 0 && !key->made) {
        answer->kind = ANSWER_CREDITS;
        answer->status = 402;
    } else {
        make_job(world, job, epoch);
        set_done(world, job, epoch, answer);
    }
}

/* One of many troubles; the work may be done before the answer is lost. */
static void disturb(struct world *world, uint32_t job, uint32_t epoch,
                    struct answer *answer)
{
    struct world_key *key = &world->keys[job][epoch];

    switch (world_below(world, 9)) {
    case 0:
        answer->kind = ANSWER_UNSENT;
        break;
    case 1:
        serve(world, job, epoch, answer);
        answer->kind = ANSWER_AMBIGUOUS;
        break;
    case 2:
        answer->kind = ANSWER_AMBIGUOUS;
        answer->status = 503;
        break;
    case 3:
        answer->kind = ANSWER_RATE;
        answer->status = 429;
        answer->retry_after_ms = world_below(world, 3000);
        break;
    case 4:
        answer->kind = ANSWER_IN_PROGRESS;
        answer->status = 409;
        break;
    case 5:
        key->expired = key->expired || !key->made;
        serve(world, job, epoch, answer);
        break;
    case 6:
        answer->kind = ANSWER_CREDITS;
        answer->status = 402;
        break;
    case 7:
        answer->kind = percent(world, 20) ? ANSWER_DENIED : ANSWER_AMBIGUOUS;
        answer->status = 401;
        break;
    default:
        answer->kind = ANSWER_REFUSED;
        answer->status = 400;
        break;
    }
}

static void put_request(struct world *world, uint32_t slot, bool post)
{
    struct world_request *request = &world->requests[slot * 2 + (post ? 1 : 0)];
    uint32_t job = world->slot_job[slot];

    if (world->requests[slot * 2].used || world->requests[slot * 2 + 1].used)
        broken_rule(world, "two requests under way for one slot");
    memset(request, 0, sizeof *request);
    request->used = true;
    request->post = post;
    request->slot = slot;
    request->job = job;
    request->epoch = world->memory[job].epoch;
    request->due_us = world->now_us + 1000 + world_below(world, 200000);
    request->answer.retry_after_ms = -1;
    if (!post) {
        request->answer.kind =
            percent(world, world->trouble / 2) ? ANSWER_AMBIGUOUS : ANSWER_DONE;
    } else if (percent(world, world->trouble)) {
        disturb(world, job, request->epoch, &request->answer);
    } else {
        serve(world, job, request->epoch, &request->answer);
    }
}

/* --- the ledger ---------------------------------------------------------- */

static void change(struct world *world, uint32_t job, struct world_entry entry)
{
    world->memory[job] = entry;
    world->changes[world->change_count++] =
        (struct world_change){.job = job, .entry = entry};
}

static void apply(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        world->durable[world->changes[i].job] = world->changes[i].entry;
    world->change_count = 0;
}

static int on_commit(void *arg, struct err *err)
{
    struct world *world = arg;

    if (world->disk_fails)
        return err_set(err, ERR_IO, "the disk is gone");
    apply(world, world->change_count);
    return 0;
}

static int on_record(void *arg, uint32_t slot, const struct engine_event *event,
                     struct err *err)
{
    struct world *world = arg;
    uint32_t job = world->slot_job[slot];
    struct world_entry entry = world->memory[job];

    (void)err;
    switch (event->record) {
    case ENGINE_INTENT:
        if (entry.state == WORLD_POSTED ||
            ((entry.state == WORLD_OPEN || entry.state == WORLD_UNKNOWN) &&
             event->epoch != entry.epoch + 1))
            broken_rule(world, "an intent where none may be");
        entry.state = WORLD_OPEN;
        entry.epoch = event->epoch;
        entry.intent_us = world->now_us;
        break;
    case ENGINE_POST:
        entry.state = WORLD_POSTED;
        break;
    case ENGINE_RELEASE:
        entry.state = WORLD_RELEASED;
        break;
    case ENGINE_REJECT:
        entry.state = WORLD_REJECTED;
        break;
    case ENGINE_UNKNOWN:
        entry.state = WORLD_UNKNOWN;
        break;
    }
    /* A refused pin rejects a job that never had an intent. */
    if (event->record == ENGINE_REJECT &&
        world->memory[job].state != WORLD_OPEN)
        return 0;
    if ((entry.state == WORLD_RELEASED || entry.state == WORLD_REJECTED) &&
        world->made[job] > 0)
        broken_rule(world, "a job that exists was given up");
    change(world, job, entry);
    return 0;
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
    for (;;) {
        if (world->next_job == WORLD_JOBS && !world->passing_replays)
            return 0;
        if (world->next_job == WORLD_JOBS) {
            world->passing_replays = false;
            world->next_job = 0;
            continue;
        }
        uint32_t job = world->next_job++;
        bool replay = world->passing_replays;
        if (replay ? !wants_replay(world, job) : !wants_post(world, job))
            continue;
        world->slot_job[slot] = job;
        *task = (struct engine_task){
            .pinned = replay || job % 3 == 0,
            .replay = replay,
            .epoch = world->memory[job].epoch,
            .max_nano = COST_NANO,
            .horizon_us = world->memory[job].intent_us + ENGINE_HORIZON_US,
        };
        task->digest[0] = (uint8_t)(job / 2);
        return 1;
    }
}

static void on_send_pin(void *arg, uint32_t slot)
{
    put_request(arg, slot, false);
}

static void on_send_post(void *arg, uint32_t slot)
{
    struct world *world = arg;
    uint32_t job = world->slot_job[slot];

    if (world->durable[job].epoch != world->memory[job].epoch ||
        (world->durable[job].state != WORLD_OPEN &&
         world->durable[job].state != WORLD_UNKNOWN))
        broken_rule(world, "a post was sent before its intent was durable");
    put_request(world, slot, true);
}

static void on_pinned(void *arg, uint32_t slot)
{
    (void)arg, (void)slot;
}

static void on_orphan(void *arg, uint32_t slot, const struct answer *answer)
{
    struct world *world = arg;

    (void)slot, (void)answer;
    world->orphans++;
}

static double on_chance(void *arg)
{
    return world_below(arg, 1000) / 1000.0;
}

static const struct engine_ops ops = {
    .next = on_next,
    .send_pin = on_send_pin,
    .send_post = on_send_post,
    .record = on_record,
    .pinned = on_pinned,
    .commit = on_commit,
    .orphan = on_orphan,
    .chance = on_chance,
};

/* --- an invocation ------------------------------------------------------- */

static void deliver(struct world *world, struct engine *engine)
{
    for (unsigned i = 0; i < WORLD_SLOTS * 2; i++) {
        struct world_request *request = &world->requests[i];
        if (!request->used || request->due_us > world->now_us)
            continue;
        request->used = false;
        if (request->post)
            engine_post_answer(engine, request->slot, &request->answer,
                               world->now_us);
        else
            engine_pin_answer(engine, request->slot, &request->answer,
                              world->now_us);
    }
}

static uint64_t next_due(const struct world *world)
{
    uint64_t due_us = PACE_NEVER;

    for (unsigned i = 0; i < WORLD_SLOTS * 2; i++)
        if (world->requests[i].used && world->requests[i].due_us < due_us)
            due_us = world->requests[i].due_us;
    return due_us;
}

/*
 * At the start of an invocation: open intents that may not be replayed become
 * unknown, as recovery does it.
 */
static void recover(struct world *world)
{
    memcpy(world->memory, world->durable, sizeof world->memory);
    memset(world->requests, 0, sizeof world->requests);
    world->change_count = 0;
    world->next_job = 0;
    world->passing_replays = true;
    for (uint32_t i = 0; i < WORLD_JOBS; i++) {
        if (world->memory[i].state == WORLD_OPEN && !wants_replay(world, i)) {
            struct world_entry entry = world->memory[i];
            entry.state = WORLD_UNKNOWN;
            change(world, i, entry);
        }
    }
    apply(world, world->change_count);
}

static int64_t stuck_nano(const struct world *world, int64_t *charged_nano)
{
    int64_t stuck = 0;

    *charged_nano = 0;
    for (unsigned i = 0; i < WORLD_JOBS; i++) {
        enum world_state state = world->memory[i].state;
        stuck += state == WORLD_OPEN || state == WORLD_UNKNOWN ? COST_NANO : 0;
        *charged_nano += state == WORLD_POSTED ? COST_NANO : 0;
    }
    return stuck;
}

static int loop(struct world *world, struct engine *engine, int kill_after)
{
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        uint64_t next_us;
        if (turn == kill_after)
            return -1;
        deliver(world, engine);
        engine_step(engine, world->now_us, &next_us);
        if (engine_done(engine))
            return engine->status;
        uint64_t due_us = next_due(world);
        if (due_us < next_us)
            next_us = due_us;
        if (next_us == PACE_NEVER) {
            broken_rule(world, "the engine waits for nothing");
            return -2;
        }
        if (next_us > world->now_us)
            world->now_us = next_us;
    }
    broken_rule(world, "the engine does not end");
    return -2;
}

int world_run(struct world *world, const struct engine_options *options,
              int64_t cap_nano, int kill_after_turns,
              struct engine_counts *counts)
{
    struct engine_ops mine = ops;
    struct engine engine;
    struct budget budget;
    struct err err = ERR_INIT;
    int64_t charged_nano;

    recover(world);
    mine.arg = world;
    int64_t stuck = stuck_nano(world, &charged_nano);
    budget_init(&budget, cap_nano, charged_nano, stuck);
    if (engine_init(&engine, options, &mine, &budget, world->now_us, &err))
        return -2;
    int status = loop(world, &engine, kill_after_turns);
    *counts = engine.counts;
    engine_release(&engine);
    if (status == -1 && world->change_count > 0)
        apply(world, world_below(world, world->change_count + 1));
    return status;
}
