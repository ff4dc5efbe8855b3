/*
 * Random histories of the engine in a simulated world: none of troubles,
 * waits, signals and kills makes a second job, loses one, or passes the cap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine_world.h"

#define HISTORIES_DEFAULT 20000
/* How a failure is seen again: of two, each of the tests plays the first. */
#define AGAIN                                     \
    "again: ENGINE_SEED=%llu ENGINE_HISTORIES=2 " \
    "build/unit/test_engine_history"

/* What was played, for the last word. */
static struct {
    uint64_t histories, invocations, kills, posts;
} played;

static void expect_rules(const struct world *world, uint64_t seed)
{
    if (world->rules_broken > 0)
        fail_msg("seed %llu: %s; " AGAIN, (unsigned long long)seed, world->rule,
                 (unsigned long long)seed);
}

static void draw_options(struct world *world, struct engine_options *options)
{
    static const double rates[] = {0, 0, 0.5, 5, 50};
    static const uint32_t retries[] = {0, 1, 8, 8};
    static const uint64_t give_ups[] = {WORLD_MINUTE_US, 15 * WORLD_MINUTE_US,
                                        15 * WORLD_MINUTE_US,
                                        24 * WORLD_HOUR_US};

    *options = world_usual;
    options->replay_never = world->replay_never;
    options->slot_count = 1 + world_below(world, WORLD_SLOTS);
    options->flight_max = 1 + world_below(world, options->slot_count);
    options->rate = rates[world_below(world, 5)];
    options->retries = retries[world_below(world, 4)];
    options->give_up_us = give_ups[world_below(world, 4)];
    if (world_percent(world, 20))
        options->max_rejected = (int64_t)world_below(world, 4) - 1;
}

static int moment(struct world *world, int percent, uint32_t most)
{
    return world_percent(world, percent) ? (int)world_below(world, most)
                                         : WORLD_NEVER;
}

/* The weather of one invocation, and how it ends. */
static void draw_trouble(struct world *world)
{
    world->trouble = (int)world_below(world, 101);
    world->pin_trouble = (int)world_below(world, 101);
    world->slow = world_percent(world, 20) ? (int)world_below(world, 30) : 0;
    world->credits = (int)world_below(world, 2 * WORLD_JOBS);
    world->dear = world->cap_nano < 0 && world_percent(world, 10);
    world->disk_fails = world_percent(world, 3);
    world->fate = (struct world_fate){
        .kill_turn = moment(world, 30, 60),
        .kill_send = moment(world, 20, 15),
        .kill_commit = moment(world, 20, 15),
        .signal_turn = moment(world, 20, 60),
        .bad_intent = moment(world, 5, 12),
    };
}

/* Mostly soon, now and then about when the horizon is reached. */
static void pass_time(struct world *world)
{
    uint64_t seconds = world_percent(world, 10)
                           ? 10 * 3600 + world_below(world, 4 * 3600)
                           : world_below(world, 3600);

    world->now_us += seconds * WORLD_SECOND_US;
}

/* After a benign invocation: nothing is lost, and what can be is posted. */
static void expect_all_posted(const struct world *world, uint64_t seed)
{
    for (uint32_t i = 0; i < world->job_count; i++) {
        const struct world_entry *last = &world->durable[i];
        bool too_old = world->now_us - last->intent_us >= ENGINE_HORIZON_US;
        bool expired = last->expired + 1 == ENGINE_EPOCHS_MAX;
        bool excused = last->state == WORLD_MISMATCH ||
                       (last->state == WORLD_UNKNOWN &&
                        (too_old || expired || world->replay_never));
        if (last->state != WORLD_POSTED && !excused)
            fail_msg("seed %llu: job %u was lost (state %d); " AGAIN,
                     (unsigned long long)seed, i, (int)last->state,
                     (unsigned long long)seed);
    }
}

static void invoke(struct world *world, const struct engine_options *options,
                   uint64_t seed)
{
    struct engine_counts counts;

    played.invocations++;
    played.kills += world_run(world, options, &counts) == -1;
    expect_rules(world, seed);
}

/*
 * One history: several invocations, most of them ended early, against a
 * service in trouble; then a benign one.
 */
static void one_history(uint64_t seed, bool replay_never)
{
    static struct world world;
    struct engine_options options;

    world_init(&world, seed);
    world.replay_never = replay_never;
    world.forgetful = getenv("ENGINE_FORGETFUL") != NULL;
    world.jobs_a_cid = 1 + world_below(&world, 6);
    if (world_percent(&world, 40))
        world.cap_nano =
            (int64_t)world_below(&world, 2 * WORLD_JOBS) * MONEY_MILLI;
    for (unsigned n = 1 + world_below(&world, 6); n > 0; n--) {
        draw_options(&world, &options);
        draw_trouble(&world);
        invoke(&world, &options, seed);
        pass_time(&world);
    }
    options = world_usual;
    options.replay_never = replay_never;
    world.trouble = world.pin_trouble = world.slow = 0;
    world.dear = world.disk_fails = false;
    world.credits = WORLD_JOBS;
    world.cap_nano = -1;
    invoke(&world, &options, seed);
    expect_all_posted(&world, seed);
    played.histories++;
    played.posts += world.posts_sent;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : otherwise;
}

/*
 * $ENGINE_HISTORIES of them, from the seed $ENGINE_SEED on. With
 * $ENGINE_FORGETFUL the service remembers no key, and they must fail.
 */
static void each_history(uint64_t count, bool replay_never)
{
    uint64_t first = number_of("ENGINE_SEED", 1);

    for (uint64_t i = 0; i < count; i++)
        one_history(first + i, replay_never);
}

static void no_history_makes_two_jobs_or_loses_one(void **state)
{
    (void)state;
    each_history(number_of("ENGINE_HISTORIES", HISTORIES_DEFAULT), false);
}

static void without_idempotency_there_is_at_most_one(void **state)
{
    (void)state;
    each_history(number_of("ENGINE_HISTORIES", HISTORIES_DEFAULT) / 2, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_history_makes_two_jobs_or_loses_one),
        cmocka_unit_test(without_idempotency_there_is_at_most_one),
    };

    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("%llu histories, %llu invocations, %llu kills, %llu posts\n",
                  (unsigned long long)played.histories,
                  (unsigned long long)played.invocations,
                  (unsigned long long)played.kills,
                  (unsigned long long)played.posts);
    return rc;
}
