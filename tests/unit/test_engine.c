/*
 * The engine in a simulated world: what each answer does, one thing at a
 * time. test_engine_history.c has random histories.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_world.h"

#define MILLI MONEY_MILLI

static void expect_rules(const struct world *world, uint64_t seed)
{
    if (world->rules_broken > 0)
        fail_msg("seed %llu: %s", (unsigned long long)seed, world->rule);
}

/* --- one thing at a time -------------------------------------------------- */

static void a_benign_service_gets_every_job_once(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 1);
    assert_int_equal(world_run(&world, &world_usual, &counts), 0);
    expect_rules(&world, 1);
    assert_int_equal(counts.posted, WORLD_JOBS);
    assert_int_equal(world_count(&world, WORLD_POSTED), WORLD_JOBS);
    assert_true(counts.charged_nano >= world.spent_nano);
    assert_int_equal(world_run(&world, &world_usual, &counts), 0);
    assert_int_equal(counts.posted, 0);
}

static void credits_that_run_out_stop_the_run_in_order(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 2);
    world.credits = 5;
    assert_int_equal(world_run(&world, &world_usual, &counts), 3);
    expect_rules(&world, 2);
    assert_int_equal(counts.posted, 5);
    assert_int_equal(world_count(&world, WORLD_OPEN), 0);
    world.credits = WORLD_JOBS;
    assert_int_equal(world_run(&world, &world_usual, &counts), 0);
    assert_int_equal(counts.posted, WORLD_JOBS - 5);
}

static void refused_jobs_are_rejected_and_tried_again(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 3);
    world.refused[4] = true;
    assert_int_equal(world_run(&world, &world_usual, &counts), 0);
    assert_int_equal(counts.rejected, 1);
    assert_int_equal(world.durable[4].state, WORLD_REJECTED);
    world.refused[4] = false;
    assert_int_equal(world_run(&world, &world_usual, &counts), 0);
    assert_int_equal(counts.posted, 1);
    expect_rules(&world, 3);
}

static void the_cap_is_never_passed(void **state)
{
    struct engine_counts counts;
    struct world world;
    int64_t all_nano = 0;

    (void)state;
    for (uint32_t i = 0; i < WORLD_JOBS; i++)
        all_nano += world_max_nano(i);
    for (int64_t cap_nano = 0; cap_nano <= all_nano; cap_nano += MILLI) {
        world_init(&world, 4);
        world.cap_nano = cap_nano;
        int status = world_run(&world, &world_usual, &counts);
        assert_true(status == 4 || counts.posted == WORLD_JOBS);
        expect_rules(&world, 4);
    }
    assert_int_equal(counts.posted, WORLD_JOBS);
}

static void the_first_ten_rejections_end_the_run(void **state)
{
    struct engine_options options = world_usual;
    struct engine_counts counts;
    struct world world;

    (void)state;
    options.max_rejected = -1;
    world_init(&world, 5);
    for (unsigned i = 0; i < WORLD_JOBS; i++)
        world.refused[i] = true;
    assert_int_equal(world_run(&world, &options, &counts), 4);
    assert_in_range(counts.rejected, 10, WORLD_JOBS);
}

static void a_dead_disk_sends_nothing(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 6);
    world.disk_fails = true;
    assert_int_equal(world_run(&world, &world_usual, &counts), 74);
    expect_rules(&world, 6);
    assert_int_equal(counts.posted, 0);
    assert_int_equal(world.posts_sent, 0);
}

static void what_a_signal_finds_in_flight_is_recorded(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    world_init(&world, 8);
    world.jobs_a_cid = WORLD_JOBS; /* known to be pinned */
    world.fate.signal_turn = 1;
    assert_int_equal(world_run(&world, &world_usual, &counts), 130);
    expect_rules(&world, 8);
    assert_int_equal(counts.posted, world.posts_sent);
    assert_true(counts.posted > 0 && counts.posted <= WORLD_SLOTS);
}

/* --- pins, records, the budget ---------------------------------------------
 */

static unsigned pins_refused;

static bool first_pins_fail(struct world *world, bool post, uint32_t job,
                            struct answer *answer)
{
    (void)job;
    if (post || world->pins_sent > pins_refused)
        return false;
    world_say(answer, ANSWER_CONTRADICTS, 200, -1);
    return true;
}

static void one_pin_serves_all_jobs_of_its_cid(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    for (pins_refused = 0; pins_refused < WORLD_JOBS; pins_refused++) {
        world_init(&world, 30);
        world.jobs_a_cid = WORLD_JOBS;
        world.meddle = first_pins_fail;
        /* Two CIDs, of which the second is not known to be pinned. */
        world.job_count = 2 * WORLD_JOBS;
        int status = world_run(&world, &world_usual, &counts);
        assert_int_equal(status, pins_refused > 0 ? 65 : 0);
        assert_int_equal(world.pins_sent, pins_refused + 1);
        assert_int_equal(counts.posted, 2 * WORLD_JOBS - pins_refused);
        expect_rules(&world, 30);
    }
}

static bool one_cid_cannot_be_pinned(struct world *world, bool post,
                                     uint32_t job, struct answer *answer)
{
    (void)world;
    if (post || job != 1)
        return false;
    world_say(answer, ANSWER_AMBIGUOUS, 500, -1);
    return true;
}

/* What is wrong with one definition does not end a run in which all is well
   half an hour later. */
static void a_pin_that_was_given_up_is_over(void **state)
{
    struct engine_options options = world_usual;
    struct engine_counts counts;
    struct world world;

    (void)state;
    options.rate = 0.1;
    world_init(&world, 33);
    world.job_count = WORLD_JOBS_MAX;
    world.jobs_a_cid = 1;
    world.known_from = 20;
    world.meddle = one_cid_cannot_be_pinned;
    assert_int_equal(world_run(&world, &options, &counts), 0);
    assert_int_equal(counts.rejected, 1);
    assert_int_equal(counts.posted, WORLD_JOBS_MAX - 1);
    expect_rules(&world, 33);
}

static void what_cannot_be_recorded_takes_nothing_with_it(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    for (int intent = 0; intent < WORLD_JOBS; intent++) {
        world_init(&world, 31);
        world.fate.bad_intent = intent;
        int status = world_run(&world, &world_usual, &counts);
        assert_int_equal(status, err_exit_status(ERR_LIMIT));
        assert_int_equal(counts.posted, world.posts_sent);
        expect_rules(&world, 31);
        assert_int_equal(world_run(&world, &world_usual, &counts), 0);
        assert_int_equal(world_count(&world, WORLD_POSTED), WORLD_JOBS);
    }
}

static bool posts_are_lost(struct world *world, bool post, uint32_t job,
                           struct answer *answer)
{
    (void)world, (void)job;
    if (post)
        world_say(answer, ANSWER_AMBIGUOUS, 503, -1);
    return post;
}

/* What a killed run left counts once: as a replay, or as what it became. */
static void replays_fit_into_a_cap_that_they_fill(void **state)
{
    struct engine_counts counts;
    struct world world;

    (void)state;
    for (int64_t cap_nano = 6 * MILLI; cap_nano <= 24 * MILLI;
         cap_nano += MILLI) {
        world_init(&world, 32);
        world.jobs_a_cid = WORLD_JOBS;
        world.cap_nano = cap_nano;
        world.fate.kill_turn = 1;
        assert_int_equal(world_run(&world, &world_usual, &counts), -1);
        unsigned left = world_count(&world, WORLD_OPEN);
        assert_true(left > 0);
        world.meddle = posts_are_lost;
        world.fate.signal_turn = 1;
        assert_int_equal(world_run(&world, &world_usual, &counts), 130);
        assert_true(world_count(&world, WORLD_OPEN) >= left);
        left = world_count(&world, WORLD_OPEN);
        world.meddle = NULL;
        int status = world_run(&world, &world_usual, &counts);
        assert_true(counts.posted >= left);
        assert_true(status == 4 || counts.posted == WORLD_JOBS);
        expect_rules(&world, 32);
    }
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
        cmocka_unit_test(what_a_signal_finds_in_flight_is_recorded),
        cmocka_unit_test(one_pin_serves_all_jobs_of_its_cid),
        cmocka_unit_test(a_pin_that_was_given_up_is_over),
        cmocka_unit_test(what_cannot_be_recorded_takes_nothing_with_it),
        cmocka_unit_test(replays_fit_into_a_cap_that_they_fill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
