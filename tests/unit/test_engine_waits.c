/*
 * The engine in a simulated world: answers that come again and again, and
 * waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_world.h"

static void expect_rules(const struct world *world, uint64_t seed)
{
    if (world->rules_broken > 0)
        fail_msg("seed %llu: %s", (unsigned long long)seed, world->rule);
}

static bool posts_are_lost(struct world *world, bool post, uint32_t job,
                           struct answer *answer)
{
    (void)world, (void)job;
    if (post)
        world_say(answer, ANSWER_AMBIGUOUS, 503, -1);
    return post;
}

/*
 * A service that is away gets a few probes, not all jobs one by one: neither
 * where each may be sent once only, nor where pins go on being good.
 */
static void an_outage_leaves_most_jobs_alone(void **state)
{
    static const struct {
        uint32_t slots, retries;
        bool replay_never;
    } rows[] = {{WORLD_SLOTS, 8, true},
                {WORLD_SLOTS, 0, false},
                {WORLD_SLOTS, 8, false},
                {2, 8, false},
                {1, 1, false}};
    struct engine_options options = world_usual;
    struct engine_counts counts;
    struct world world;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        options.slot_count = rows[i].slots;
        options.retries = rows[i].retries;
        options.replay_never = rows[i].replay_never;
        world_init(&world, 10 + i);
        world.job_count = WORLD_JOBS_MAX;
        world.jobs_a_cid = 1;
        world.replay_never = rows[i].replay_never;
        world.meddle = posts_are_lost;
        assert_int_equal(world_run(&world, &options, &counts), 69);
        expect_rules(&world, 10 + i);
        assert_in_range(counts.unknown, 0, 80);
    }
}

static bool all_is_unsent(struct world *world, bool post, uint32_t job,
                          struct answer *answer)
{
    (void)world, (void)post, (void)job;
    world_say(answer, ANSWER_UNSENT, 0, -1);
    return true;
}

static void an_outage_ends_in_69(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 7);
    world.meddle = all_is_unsent;
    uint64_t start_us = world.now_us;
    assert_int_equal(world_run(&world, &world_usual, &counts), 69);
    assert_in_range(world.now_us - start_us, world_usual.give_up_us,
                    world_usual.give_up_us + WORLD_MINUTE_US);
    assert_int_equal(world_count(&world, WORLD_OPEN), 0);
    expect_rules(&world, 7);
}

/* The machine sleeps at the fifth request. */
static bool sleeps_in_an_outage(struct world *world, bool post, uint32_t job,
                                struct answer *answer)
{
    const uint64_t sleep_us = 13 * WORLD_HOUR_US;

    if (world->starts == 5) {
        world->now_us += sleep_us;
        engine_slept(&world->engine, sleep_us, world->now_us);
    }
    return all_is_unsent(world, post, job, answer);
}

static void a_sleep_is_no_time_without_an_answer(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 7);
    world.meddle = sleeps_in_an_outage;
    uint64_t start_us = world.now_us + 13 * WORLD_HOUR_US;
    assert_int_equal(world_run(&world, &world_usual, &counts), 69);
    assert_in_range(world.now_us - start_us, world_usual.give_up_us,
                    world_usual.give_up_us + WORLD_MINUTE_US);
    expect_rules(&world, 7);
}

/* In progress and too many requests, by turns, for ever. */
static bool never_gets_on(struct world *world, bool post, uint32_t job,
                          struct answer *answer)
{
    (void)job;
    if (!post)
        return false;
    if (world_percent(world, 50))
        world_say(answer, ANSWER_IN_PROGRESS, 409, 1000);
    else
        world_say(answer, ANSWER_RATE, 429, 1000);
    return true;
}

static void a_key_in_progress_for_ever_is_given_up(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 20);
    world.job_count = WORLD_SLOTS;
    world.meddle = never_gets_on;
    uint64_t start_us = world.now_us;
    assert_int_equal(world_run(&world, &world_usual, &counts), 0);
    assert_int_equal(counts.unknown, WORLD_SLOTS);
    assert_in_range(world.now_us - start_us, 0, 2 * world_usual.give_up_us);
    expect_rules(&world, 20);
}

static bool always_in_progress(struct world *world, bool post, uint32_t job,
                               struct answer *answer)
{
    (void)world, (void)job;
    if (post)
        world_say(answer, ANSWER_IN_PROGRESS, 409, ENGINE_RETRY_AFTER_MS);
    return post;
}

static void no_wait_leads_past_the_horizon(void **state)
{
    struct engine_options options = world_usual;
    struct engine_counts counts;
    struct world world;

    (void)state;
    options.give_up_us = 24 * WORLD_HOUR_US;
    world_init(&world, 21);
    world.job_count = WORLD_SLOTS;
    world.meddle = always_in_progress;
    uint64_t start_us = world.now_us;
    assert_int_equal(world_run(&world, &options, &counts), 0);
    assert_int_equal(counts.unknown, WORLD_SLOTS);
    assert_in_range(world.now_us - start_us, ENGINE_HORIZON_US,
                    ENGINE_HORIZON_US + 10 * WORLD_MINUTE_US);
    expect_rules(&world, 21);
}

/* Replays that grow too old while they wait for the only slot. */
static void what_ends_unsent_is_followed_by_the_next(void **state)
{
    struct engine_options options = world_usual;
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 24);
    world.jobs_a_cid = WORLD_JOBS;
    world.fate.kill_turn = 1;
    assert_int_equal(world_run(&world, &world_usual, &counts), -1);
    unsigned left = world_count(&world, WORLD_OPEN);
    options.slot_count = 1;
    world.now_us = world.durable[0].intent_us + ENGINE_HORIZON_US - 1000;
    world.meddle = posts_are_lost;
    options.retries = 0;
    assert_int_equal(world_run(&world, &options, &counts), 0);
    assert_true(counts.unknown >= left);
    expect_rules(&world, 24);
}

static bool once_busy;
static int64_t busy_ms;

static bool is_busy_once(struct world *world, bool post, uint32_t job,
                         struct answer *answer)
{
    (void)world, (void)job;
    if (!post || !once_busy)
        return false;
    once_busy = false;
    world_say(answer, ANSWER_RATE, 429, busy_ms);
    return true;
}

static void five_minutes_are_waited_for_and_no_more(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    for (int more = 0; more < 2; more++) {
        once_busy = true;
        busy_ms = ENGINE_RETRY_AFTER_MS + more;
        world_init(&world, 22);
        world.meddle = is_busy_once;
        int status = world_run(&world, &world_usual, &counts);
        assert_int_equal(status, more ? 69 : 0);
        assert_int_equal(world_count(&world, WORLD_OPEN), 0);
        /* With it go the intents that waited beside it, none of them sent. */
        unsigned released = world_count(&world, WORLD_RELEASED);
        assert_true(more ? released >= 1 : released == 0);
        expect_rules(&world, 22);
    }
}

static bool always_expired(struct world *world, bool post, uint32_t job,
                           struct answer *answer)
{
    (void)world, (void)job;
    if (post)
        world_say(answer, ANSWER_EXPIRED, 409, -1);
    return post;
}

static void three_epochs_and_no_more(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 23);
    for (unsigned run = 1; run <= 4; run++) {
        world.meddle = always_expired;
        world.posts_sent = 0;
        assert_int_equal(world_run(&world, &world_usual, &counts), 0);
        /* A later run asks once more, and begins no epoch of its own. */
        assert_int_equal(world.posts_sent, (run == 1 ? 3 : 1) * WORLD_JOBS);
        assert_int_equal(world_count(&world, WORLD_UNKNOWN), WORLD_JOBS);
        assert_int_equal(world.durable[0].epoch, 2);
    }
    world.meddle = NULL;
    assert_int_equal(world_run(&world, &world_usual, &counts), 0);
    assert_int_equal(world_count(&world, WORLD_POSTED), WORLD_JOBS);
    expect_rules(&world, 23);
}

/*
 * A source that gives no more than three jobs before some have ended, one in
 * ten minutes: the engine neither ends nor turns in vain meanwhile.
 */
static void a_source_that_waits_is_waited_for(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 25);
    world.live = 3;
    world.live_us = 10 * WORLD_MINUTE_US;
    uint64_t start_us = world.now_us;
    assert_int_equal(world_run(&world, &world_usual, &counts), 0);
    assert_int_equal(world_count(&world, WORLD_POSTED), WORLD_JOBS);
    assert_true(world.now_us - start_us >=
                (WORLD_JOBS - 4) * 10 * WORLD_MINUTE_US);
    assert_in_range(world.turns, WORLD_JOBS, 40 * WORLD_JOBS);
    expect_rules(&world, 25);
}

static void a_waiting_run_ends_at_once(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    for (int turn = 1; turn < 30; turn++) {
        world_init(&world, 26);
        world.live = 1;
        world.live_us = WORLD_HOUR_US;
        world.fate.signal_turn = turn;
        uint64_t start_us = world.now_us;
        int status = world_run(&world, &world_usual, &counts);
        assert_int_equal(status, 130);
        assert_true(world.now_us - start_us < 30 * WORLD_HOUR_US);
        assert_int_equal(world_count(&world, WORLD_OPEN), 0);
        expect_rules(&world, 26);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outage_leaves_most_jobs_alone),
        cmocka_unit_test(an_outage_ends_in_69),
        cmocka_unit_test(a_sleep_is_no_time_without_an_answer),
        cmocka_unit_test(a_key_in_progress_for_ever_is_given_up),
        cmocka_unit_test(no_wait_leads_past_the_horizon),
        cmocka_unit_test(what_ends_unsent_is_followed_by_the_next),
        cmocka_unit_test(five_minutes_are_waited_for_and_no_more),
        cmocka_unit_test(three_epochs_and_no_more),
        cmocka_unit_test(a_source_that_waits_is_waited_for),
        cmocka_unit_test(a_waiting_run_ends_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
