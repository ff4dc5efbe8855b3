/*
 * The engine in a simulated world: what each answer does, and that no
 * history of troubles and kills makes a second job or loses one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine_world.h"

#define HISTORIES_DEFAULT 20000

static const struct engine_options usual = {
    .slot_count = WORLD_SLOTS,
    .give_up_us = 15ULL * 60 * 1000000,
    .retries = 8,
    .max_rejected = WORLD_JOBS,
};

static void expect_rules(const struct world *world, uint64_t seed)
{
    if (world->faults_found > 0)
        fail_msg("seed %llu: %s", (unsigned long long)seed, world->rule);
}

static unsigned count_state(const struct world *world, enum world_state state)
{
    unsigned n = 0;

    for (unsigned i = 0; i < WORLD_JOBS; i++)
        n += world->durable[i].state == state;
    return n;
}

static void a_benign_service_gets_every_job_once(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 1);
    assert_int_equal(world_run(&world, &usual, -1, -1, &counts), 0);
    expect_rules(&world, 1);
    assert_int_equal(counts.posted, WORLD_JOBS);
    assert_int_equal(count_state(&world, WORLD_POSTED), WORLD_JOBS);
    assert_int_equal(counts.charged_nano, WORLD_JOBS * 1000000);
    assert_int_equal(world_run(&world, &usual, -1, -1, &counts), 0);
    assert_int_equal(counts.posted, 0);
}

static void credits_that_run_out_stop_the_run_in_order(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 2);
    world.credits = 5;
    assert_int_equal(world_run(&world, &usual, -1, -1, &counts), 3);
    expect_rules(&world, 2);
    assert_int_equal(counts.posted, 5);
    assert_int_equal(count_state(&world, WORLD_OPEN), 0);
    world.credits = WORLD_JOBS;
    assert_int_equal(world_run(&world, &usual, -1, -1, &counts), 0);
    assert_int_equal(counts.posted, WORLD_JOBS - 5);
}

static void refused_jobs_are_rejected_and_tried_again(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 3);
    world.refused[4] = true;
    assert_int_equal(world_run(&world, &usual, -1, -1, &counts), 0);
    assert_int_equal(counts.rejected, 1);
    assert_int_equal(world.durable[4].state, WORLD_REJECTED);
    world.refused[4] = false;
    assert_int_equal(world_run(&world, &usual, -1, -1, &counts), 0);
    assert_int_equal(counts.posted, 1);
    expect_rules(&world, 3);
}

static void the_cap_is_never_passed(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    for (int64_t cap = 0; cap <= WORLD_JOBS; cap++) {
        world_init(&world, 4);
        int status = world_run(&world, &usual, cap * 1000000, -1, &counts);
        assert_int_equal(status, cap == WORLD_JOBS ? 0 : 4);
        assert_int_equal(counts.posted, cap);
        expect_rules(&world, 4);
    }
}

static void the_first_ten_rejections_end_the_run(void **state)
{
    struct engine_options options = usual;
    struct engine_counts counts;
    struct world world;

    (void)state;
    options.max_rejected = -1;
    world_init(&world, 5);
    for (unsigned i = 0; i < WORLD_JOBS; i++)
        world.refused[i] = true;
    assert_int_equal(world_run(&world, &options, -1, -1, &counts), 4);
    assert_in_range(counts.rejected, 10, WORLD_JOBS);
}

static void a_dead_disk_sends_nothing(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 6);
    world.disk_fails = true;
    assert_int_equal(world_run(&world, &usual, -1, -1, &counts), 74);
    expect_rules(&world, 6);
    assert_int_equal(counts.posted, 0);
    for (unsigned i = 0; i < WORLD_JOBS; i++)
        assert_int_equal(world.made[i], 0);
}

/* A service that only ever fails is given up after --give-up. */
static void an_outage_ends_in_69(void **state)
{
    struct engine_counts counts;
    struct world world;
    uint64_t start_us;

    (void)state;
    world_init(&world, 7);
    world.trouble = 100;
    /* Nothing but trouble for all: refuse what `disturb` would serve. */
    world.credits = 0;
    start_us = world.now_us;
    int status = world_run(&world, &usual, -1, -1, &counts);
    assert_true(status == 69 || status == 3 || status == 77 || status == 4);
    assert_true(world.now_us - start_us < 2 * usual.give_up_us);
    expect_rules(&world, 7);
}

/* What exists, and what may, never costs more than the cap. */
static void expect_cap(const struct world *world, int64_t cap_nano,
                       uint64_t seed)
{
    int64_t jobs = 0;
    int64_t made = 0;

    for (unsigned i = 0; i < WORLD_JOBS; i++) {
        enum world_state state = world->durable[i].state;
        jobs += state == WORLD_POSTED || state == WORLD_OPEN ||
                state == WORLD_UNKNOWN;
        made += world->made[i];
    }
    if (cap_nano >= 0 &&
        (jobs > cap_nano / 1000000 || made > cap_nano / 1000000))
        fail_msg("seed %llu: the cap was passed", (unsigned long long)seed);
}

static bool percent_of_histories(uint64_t seed, unsigned percent)
{
    return seed % 100 < percent;
}

/*
 * One history: several invocations, most of them killed, against a service
 * in trouble; then a benign one. Afterwards every job that exists is in the
 * ledger, and every job that may exist is posted.
 */
static void one_history(uint64_t seed, bool replay_never)
{
    struct engine_options options = usual;
    struct engine_counts counts;
    struct world world;

    world_init(&world, seed);
    options.replay_never = replay_never;
    world.replay_never = replay_never;
    unsigned invocations = 1 + world_below(&world, 6);
    int64_t cap_nano = percent_of_histories(seed, 40)
                           ? (int64_t)world_below(&world, WORLD_JOBS) * 1000000
                           : -1;
    for (unsigned i = 0; i < invocations; i++) {
        world.trouble = (int)world_below(&world, 101);
        world.credits = (int)world_below(&world, 2 * WORLD_JOBS);
        int kill =
            world_below(&world, 3) > 0 ? (int)world_below(&world, 60) : -1;
        world_run(&world, &options, cap_nano, kill, &counts);
        expect_rules(&world, seed);
        expect_cap(&world, cap_nano, seed);
        world.now_us += (uint64_t)world_below(&world, 3600) * 1000000;
    }
    world.trouble = 0;
    world.credits = WORLD_JOBS;
    world_run(&world, &options, -1, -1, &counts);
    expect_rules(&world, seed);
    for (unsigned i = 0; i < WORLD_JOBS; i++) {
        enum world_state last = world.durable[i].state;
        bool known = last == WORLD_POSTED || last == WORLD_UNKNOWN;
        if (world.made[i] > 0 && !known)
            fail_msg("seed %llu: job %u exists and is not in the ledger",
                     (unsigned long long)seed, i);
        if (!replay_never && last != WORLD_POSTED && last != WORLD_UNKNOWN)
            fail_msg("seed %llu: job %u was lost (state %d)",
                     (unsigned long long)seed, i, (int)last);
    }
}

static uint64_t histories(void)
{
    const char *text = getenv("ENGINE_HISTORIES");

    return text ? strtoull(text, NULL, 10) : HISTORIES_DEFAULT;
}

static void no_history_makes_two_jobs_or_loses_one(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= histories(); seed++)
        one_history(seed, false);
}

static void without_idempotency_there_is_at_most_one(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= histories() / 2; seed++)
        one_history(seed, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_benign_service_gets_every_job_once),
        cmocka_unit_test(credits_that_run_out_stop_the_run_in_order),
        cmocka_unit_test(refused_jobs_are_rejected_and_tried_again),
        cmocka_unit_test(the_cap_is_never_passed),
        cmocka_unit_test(the_first_ten_rejections_end_the_run),
        cmocka_unit_test(a_dead_disk_sends_nothing),
        cmocka_unit_test(an_outage_ends_in_69),
        cmocka_unit_test(no_history_makes_two_jobs_or_loses_one),
        cmocka_unit_test(without_idempotency_there_is_at_most_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
