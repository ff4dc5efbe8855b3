/* The engine's commits: which records they wait for, and which wait for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../runner/engine.h"

#define START_US  1000000000ULL
#define SLOTS_MAX 256

/* A world whose jobs are pinned already, and only counted. */
struct counted {
    unsigned jobs; /* that may be taken now */
    unsigned records, commits, pins, posts;
    uint8_t number; /* of the last job */
    uint32_t slot;  /* of the last post */
    bool pinned;
    /* Only where time goes on by itself: */
    uint64_t now_us, took_us;
    uint64_t due_us[SLOTS_MAX]; /* the answer to each slot's post; 0: none */
    struct engine engine;
};

static int next_job(void *arg, uint32_t slot, struct engine_task *task,
                    struct err *err)
{
    struct counted *world = arg;

    (void)slot, (void)err;
    if (world->jobs == 0)
        return ENGINE_NEXT_WAIT;
    world->jobs--;
    *task = (struct engine_task){.pinned = world->pinned};
    task->digest[0] = ++world->number;
    return 1;
}

static void count_pin(void *arg, uint32_t slot)
{
    struct counted *world = arg;

    (void)slot;
    world->pins++;
}

static void count_post(void *arg, uint32_t slot)
{
    struct counted *world = arg;

    world->slot = slot;
    world->due_us[slot] = world->now_us + world->took_us;
    world->posts++;
}

static int count_record(void *arg, uint32_t slot,
                        const struct engine_event *event, struct err *err)
{
    struct counted *world = arg;

    (void)slot, (void)event, (void)err;
    world->records++;
    return 0;
}

static int count_commit(void *arg, struct err *err)
{
    struct counted *world = arg;

    (void)err;
    world->commits++;
    return 0;
}

static void ignore_slot(void *arg, uint32_t slot)
{
    (void)arg, (void)slot;
}

static double no_chance(void *arg)
{
    (void)arg;
    return 0;
}

static void begin_at(struct counted *world, uint32_t flight, uint32_t slots,
                     double rate)
{
    const struct engine_options options = {
        .slot_count = slots,
        .flight_max = flight,
        .rate = rate,
        .give_up_us = 900000000,
        .retries = 8,
        .max_rejected = -1,
    };
    const struct engine_ops ops = {
        .arg = world,
        .next = next_job,
        .send_pin = count_pin,
        .send_post = count_post,
        .record = count_record,
        .pinned = ignore_slot,
        .commit = count_commit,
        .chance = no_chance,
    };
    struct budget budget;
    struct err err;

    memset(world, 0, sizeof *world);
    world->pinned = true;
    budget_init(&budget, -1, 0, 0);
    assert_int_equal(
        engine_init(&world->engine, &options, &ops, &budget, START_US, &err),
        0);
}

static void begin(struct counted *world, uint32_t flight, uint32_t slots)
{
    begin_at(world, flight, slots, 0);
}

static uint64_t step(struct counted *world, uint64_t after_us)
{
    uint64_t next_us;

    engine_step(&world->engine, START_US + after_us, &next_us);
    return next_us;
}

static void answer_post_of(struct counted *world, uint32_t slot,
                           uint64_t after_us)
{
    struct answer answer = {.kind = ANSWER_DONE, .address = "x"};

    engine_post_answer(&world->engine, slot, &answer, START_US + after_us);
}

static void the_first_intent_waits_for_nothing(void **state)
{
    struct counted world;

    (void)state;
    begin(&world, 8, 8);
    world.jobs = 1;
    step(&world, 0);
    assert_int_equal(world.commits, 1);
    assert_int_equal(world.posts, 1);
    engine_release(&world.engine);
}

static void an_intent_waits_for_others_while_answers_are_to_come(void **state)
{
    struct counted world;

    (void)state;
    begin(&world, 8, 8);
    world.jobs = 1;
    step(&world, 0);
    world.jobs = 1;
    uint64_t due_us = step(&world, 1000);
    assert_int_equal(world.records, 2);
    assert_int_equal(world.commits, 1);
    assert_int_equal(world.posts, 1);
    assert_int_equal(due_us, START_US + 1000 + ENGINE_GROUP_MIN_US);
    world.jobs = 1;
    assert_int_equal(step(&world, 1100), due_us);
    step(&world, 1000 + ENGINE_GROUP_MIN_US);
    assert_int_equal(world.records, 3);
    assert_int_equal(world.commits, 2);
    assert_int_equal(world.posts, 3);
    engine_release(&world.engine);
}

static void the_last_outcome_waits_for_nothing(void **state)
{
    struct counted world;

    (void)state;
    begin(&world, 8, 8);
    world.jobs = 2;
    step(&world, 0);
    answer_post_of(&world, 0, 50000);
    step(&world, 50000);
    assert_int_equal(world.commits, 1);
    assert_int_equal(world.engine.counts.posted, 0);
    answer_post_of(&world, 1, 50001);
    step(&world, 50001);
    assert_int_equal(world.commits, 2);
    assert_int_equal(world.engine.counts.posted, 2);
    engine_release(&world.engine);
}

/*
 * How long a record waits in a world of so many slots, 8 in flight, where
 * answers take took_us: another job is in flight meanwhile.
 */
static uint64_t wait_where_answers_take(uint32_t slots, uint64_t took_us)
{
    struct counted world;

    begin(&world, 8, slots);
    for (unsigned i = 0; i < 64; i++) {
        world.jobs = 1;
        step(&world, i * 1000000ULL);
        answer_post_of(&world, world.slot, i * 1000000ULL + took_us);
        step(&world, i * 1000000ULL + took_us);
    }
    world.jobs = 1;
    step(&world, 64000000);
    world.jobs = 1;
    uint64_t due_us = step(&world, 64000001);
    engine_release(&world.engine);
    return due_us - START_US - 64000001;
}

/* Slow answers: the wait grows with them, to its bound. */
static void records_wait_no_longer_than_the_bound(void **state)
{
    (void)state;
    assert_int_equal(wait_where_answers_take(8, 1000), ENGINE_GROUP_MIN_US);
    assert_int_equal(wait_where_answers_take(8, 900000), ENGINE_GROUP_MAX_US);
}

static void with_spare_slots_they_wait_twice_as_long(void **state)
{
    (void)state;
    assert_int_equal(wait_where_answers_take(24, 1000),
                     2 * ENGINE_GROUP_MIN_US);
    assert_in_range(wait_where_answers_take(24, 50000), 18000, 20000);
    assert_int_equal(wait_where_answers_take(24, 900000),
                     2 * ENGINE_GROUP_MAX_US);
}

/* Others are sent meanwhile, but never more than may be in flight. */
static void what_waits_keeps_no_room_while_there_are_slots(void **state)
{
    struct counted world;

    (void)state;
    begin(&world, 4, 8);
    world.jobs = 3;
    step(&world, 0);
    assert_int_equal(world.posts, 3);
    world.jobs = 1;
    step(&world, 1);
    assert_int_equal(world.records, 4);
    assert_int_equal(world.commits, 1);
    world.pinned = false;
    world.jobs = 2;
    step(&world, 2);
    assert_int_equal(world.pins, 1);
    assert_int_equal(world.engine.in_flight, 4);
    step(&world, 2 + ENGINE_GROUP_MIN_US);
    assert_int_equal(world.commits, 1);
    step(&world, 2 + 2 * ENGINE_GROUP_MIN_US);
    assert_int_equal(world.commits, 2);
    assert_int_equal(world.posts, 3);
    answer_post_of(&world, 0, 100000);
    step(&world, 100000);
    assert_int_equal(world.posts, 4);
    engine_release(&world.engine);
}

/* Three of four spare slots: the next answer's job should find one. */
static void intents_wait_no_longer_than_there_are_slots(void **state)
{
    struct counted world;

    (void)state;
    begin(&world, 4, 8);
    world.jobs = 1;
    step(&world, 0);
    assert_int_equal(world.commits, 1);
    world.jobs = 2;
    step(&world, 1);
    assert_int_equal(world.commits, 1);
    world.jobs = 1;
    step(&world, 2);
    assert_int_equal(world.commits, 2);
    assert_int_equal(world.posts, 4);
    engine_release(&world.engine);
}

/* Under a rate, few intents wait; the next ones wait for their commit. */
static void a_full_batch_waits_for_nothing(void **state)
{
    struct counted world;

    (void)state;
    begin(&world, 8, 24);
    /* Two of them in 10 ms; that the pace keeps to it is not in question. */
    world.engine.options.rate = 200;
    world.jobs = 1;
    step(&world, 0);
    assert_int_equal(world.commits, 1);
    world.jobs = 1;
    assert_int_equal(step(&world, 1), START_US + 1 + 2 * ENGINE_GROUP_MIN_US);
    assert_int_equal(world.commits, 1);
    world.jobs = 3;
    assert_int_equal(step(&world, 2), START_US + 2);
    assert_int_equal(world.commits, 2);
    assert_int_equal(world.posts, 3);
    step(&world, 2);
    assert_int_equal(world.commits, 3);
    assert_int_equal(world.posts, 5);
    engine_release(&world.engine);
}

/* The answers that are due; when the next one is, or PACE_NEVER. */
static uint64_t deliver(struct counted *world)
{
    uint64_t next_us = PACE_NEVER;

    for (uint32_t i = 0; i < SLOTS_MAX; i++) {
        if (world->due_us[i] == 0)
            continue;
        if (world->due_us[i] <= world->now_us) {
            world->due_us[i] = 0;
            answer_post_of(world, i, world->now_us);
        } else if (world->due_us[i] < next_us) {
            next_us = world->due_us[i];
        }
    }
    return next_us;
}

/* Posts in 20 s of such a rate where 64 may be in flight. */
static unsigned posts_at(double rate, uint64_t took_us)
{
    struct counted world;
    unsigned turns = 0;

    begin_at(&world, 64, SLOTS_MAX, rate);
    world.took_us = took_us;
    while (world.now_us < 20000000 && turns++ < 1000000) {
        world.jobs = 1000;
        deliver(&world);
        uint64_t turn_us = step(&world, world.now_us) - START_US;
        uint64_t answer_us = deliver(&world);
        world.now_us = turn_us < answer_us ? turn_us : answer_us;
    }
    engine_release(&world.engine);
    return world.posts;
}

/* Whatever waits for a commit: the rate is what was asked for, or what 64
   requests in flight allow. */
static void a_rate_is_reached_however_long_answers_take(void **state)
{
    static const double rates[] = {1, 10, 30, 100, 200, 1000};
    static const uint64_t took_us[] = {1000, 5000, 50000, 200000, 1000000};

    (void)state;
    for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        for (unsigned k = 0; k < sizeof took_us / sizeof took_us[0]; k++) {
            double most = 64e6 / (double)took_us[k];
            double wanted = 20 * (rates[i] < most ? rates[i] : most);
            unsigned posts = posts_at(rates[i], took_us[k]);
            if (posts < 0.98 * wanted || posts > wanted + 1)
                fail_msg("%u posts at %g a second, answers after %llu us",
                         posts, rates[i], (unsigned long long)took_us[k]);
        }
    }
}

/* An intent that was not sent would be lost: it has its room at once. */
static void where_none_may_be_sent_twice_room_is_kept(void **state)
{
    struct counted world;

    (void)state;
    begin(&world, 4, 5);
    world.engine.options.replay_never = true;
    world.jobs = 3;
    step(&world, 0);
    world.jobs = 1;
    step(&world, 1);
    world.pinned = false;
    world.jobs = 2;
    step(&world, 2);
    assert_int_equal(world.pins, 0);
    step(&world, 2 + ENGINE_GROUP_MIN_US);
    assert_int_equal(world.posts, 4);
    engine_release(&world.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_intent_waits_for_nothing),
        cmocka_unit_test(an_intent_waits_for_others_while_answers_are_to_come),
        cmocka_unit_test(the_last_outcome_waits_for_nothing),
        cmocka_unit_test(records_wait_no_longer_than_the_bound),
        cmocka_unit_test(with_spare_slots_they_wait_twice_as_long),
        cmocka_unit_test(what_waits_keeps_no_room_while_there_are_slots),
        cmocka_unit_test(intents_wait_no_longer_than_there_are_slots),
        cmocka_unit_test(a_full_batch_waits_for_nothing),
        cmocka_unit_test(a_rate_is_reached_however_long_answers_take),
        cmocka_unit_test(where_none_may_be_sent_twice_room_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
