/*
 * The pace against simulated services, in virtual time: whatever limits them,
 * their level is found, and hardly anything is refused from then on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "pace_world.h"

#define SEEDS 4

static struct pace_world world;

/* One client alone; what it reached from settled_s on. */
struct row {
    const char *name;
    struct pace_service service;
    uint32_t connections;
    double settled_s;
    double span_s;
    double bin_s;    /* over so long it may not swing by more than a fifth */
    double capacity; /* a second */
};

static void expect_steady(const struct row *row, uint64_t seed)
{
    const struct pace_client *client = &world.clients[0];
    struct pace_stretch found = pace_world_look(&world, 0, row->settled_s,
                                                row->settled_s + row->span_s);
    double share = found.rate / row->capacity;

    if (share < 0.9 || share > 1.1 || found.refused_share >= 0.01 ||
        found.least < 0.8 || found.most > 1.2 || client->too_early > 0 ||
        client->in_flight_most > row->connections)
        fail_msg("%s, seed %u: %.3f of the capacity, %.2f %% refused, from "
                 "%.2f to %.2f of the average, %u before Retry-After, %u in "
                 "flight",
                 row->name, (unsigned)seed, share, 100 * found.refused_share,
                 found.least, found.most, client->too_early,
                 client->in_flight_most);
}

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            pace_world_init(&world, &rows[i].service, seed, rows[i].bin_s);
            pace_world_join(&world, 0, rows[i].connections, 0);
            pace_world_run(&world, rows[i].settled_s + rows[i].span_s);
            pace_world_release(&world);
            expect_steady(&rows[i], seed);
        }
}

#define BUCKET(rate_, burst_) \
    .limiter = LIMITER_BUCKET, .rate = rate_, .burst = burst_
#define FIXED(rate_, window_) \
    .limiter = LIMITER_FIXED, .rate = rate_, .window_s = window_
#define SLIDING(rate_, window_) \
    .limiter = LIMITER_SLIDING, .rate = rate_, .window_s = window_
#define QUEUE(rate_, burst_) \
    .limiter = LIMITER_QUEUE, .rate = rate_, .burst = burst_
#define AWAY(ms, jitter_) \
    .latency_ms = ms, .jitter = jitter_, .refusal_ms = (ms) / 5.0

/* Ten seconds, or a hundred requests where that is longer. */
static void limits_are_found_in_ten_seconds(void **state)
{
    static const struct row rows[] = {
        {"1/s, no burst", {BUCKET(1, 1), AWAY(50, 0.5)}, 64, 100, 600, 20, 1},
        {"3/s, no burst", {BUCKET(3, 1), AWAY(5, 0)}, 64, 35, 280, 7, 3},
        {"10/s, no burst", {BUCKET(10, 1), AWAY(50, 0)}, 64, 10, 200, 5, 10},
        {"60/s, bursts", {BUCKET(60, 6), AWAY(50, 0.5)}, 64, 10, 100, 1, 60},
        {"60/s, far", {BUCKET(60, 6), AWAY(200, 0.5)}, 64, 10, 100, 1, 60},
        {"200/s, near", {BUCKET(200, 20), AWAY(0.3, 0)}, 64, 10, 60, 1, 200},
        {"200/s, any", {BUCKET(200, 200), AWAY(50, 0.5)}, 64, 10, 90, 1, 200},
        {"60/s, deep", {BUCKET(60, 600), AWAY(50, 0)}, 64, 10, 90, 1, 60},
        {"1000/s, far",
         {BUCKET(1000, 100), AWAY(200, 0.5)},
         1024,
         10,
         60,
         1,
         1000},
        {"5000/s", {BUCKET(5000, 500), AWAY(5, 0.5)}, 64, 10, 30, 1, 5000},
        {"20000/s",
         {BUCKET(20000, 2000), AWAY(5, 0.5)},
         1024,
         10,
         20,
         1,
         20000},
        {"200/s, queued", {QUEUE(200, 40), AWAY(50, 0.5)}, 64, 10, 90, 1, 200},
        {"60 in a second", {FIXED(60, 1), AWAY(5, 0.5)}, 64, 10, 90, 1, 60},
        {"200 in a second", {FIXED(200, 1), AWAY(50, 0.5)}, 64, 10, 90, 1, 200},
        {"200 in any second",
         {SLIDING(200, 1), AWAY(50, 0.5)},
         64,
         10,
         90,
         1,
         200},
        {"1000 in any second",
         {SLIDING(1000, 1), AWAY(50, 0)},
         1024,
         20,
         90,
         1,
         1000},
    };

    (void)state;
    run_rows(rows, sizeof rows / sizeof rows[0]);
}

/*
 * Each refusal costs a second of silence at least: half a minute to find the
 * level, and less than a tenth is lost from then on.
 */
static void limits_are_found_between_silences(void **state)
{
    static const struct row rows[] = {
        {"10/s",
         {BUCKET(10, 10), .asks = ASKS_SECONDS, AWAY(50, 0.5)},
         64,
         30,
         200,
         10,
         10},
        {"60/s, bursts",
         {BUCKET(60, 6), .asks = ASKS_SECONDS, AWAY(50, 0.5)},
         64,
         30,
         200,
         10,
         60},
        {"200/s, any",
         {BUCKET(200, 200), .asks = ASKS_SECONDS, AWAY(50, 0.5)},
         64,
         30,
         100,
         10,
         200},
        {"2000/s",
         {BUCKET(2000, 200), .asks = ASKS_SECONDS, AWAY(0.3, 0)},
         64,
         30,
         60,
         10,
         2000},
        {"200 in a second",
         {FIXED(200, 1), .asks = ASKS_SECONDS, AWAY(50, 0.5)},
         64,
         30,
         100,
         10,
         200},
        {"200/s, to the millisecond",
         {BUCKET(200, 200), .asks = ASKS_MILLI, AWAY(50, 0.5)},
         64,
         10,
         90,
         1,
         200},
        {"200 in any second, to the millisecond",
         {SLIDING(200, 1), .asks = ASKS_MILLI, AWAY(50, 0.5)},
         64,
         10,
         90,
         1,
         200},
    };

    (void)state;
    run_rows(rows, sizeof rows / sizeof rows[0]);
}

/* Of a window of a minute nothing can be known before the second of them. */
static void a_limit_of_a_minute_is_found_in_a_few(void **state)
{
    static const struct row rows[] = {
        {"600 a minute, asked",
         {FIXED(10, 60), .asks = ASKS_SECONDS, AWAY(50, 0.5)},
         64,
         600,
         900,
         60,
         10},
        {"600 in any minute, asked",
         {SLIDING(10, 60), .asks = ASKS_SECONDS, AWAY(50, 0.5)},
         64,
         600,
         900,
         60,
         10},
    };

    (void)state;
    run_rows(rows, sizeof rows / sizeof rows[0]);
}

/* A service that only becomes slower is used fully, and no more is sent. */
static void a_service_that_gets_slower_is_used_fully(void **state)
{
    static const struct row rows[] = {
        {"8 workers", {AWAY(50, 0.5), .workers = 8}, 64, 10, 60, 1, 160},
        {"1 worker", {AWAY(20, 0.5), .workers = 1}, 64, 10, 60, 1, 50},
        {"pure latency", {AWAY(50, 0.5)}, 64, 10, 60, 1, 1280},
        {"pure latency, many", {AWAY(200, 0.5)}, 1024, 10, 60, 1, 5120},
    };

    (void)state;
    run_rows(rows, sizeof rows / sizeof rows[0]);
}

/*
 * Ten at once, 50 ms each: all of them where the answers are regular. Where
 * they are not, they come back in another order than the service sees, and
 * the level stays where refusals are rare.
 */
static void a_limit_of_requests_in_flight_is_found(void **state)
{
    static const struct row even = {
        "10 at once", {.limiter = LIMITER_CROWD, .burst = 10, AWAY(50, 0)},
        64,           20,
        90,           1,
        200};
    static const struct pace_service uneven = {
        .limiter = LIMITER_CROWD, .burst = 10, AWAY(50, 0.5)};

    (void)state;
    run_rows(&even, 1);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        pace_world_init(&world, &uneven, seed, 1);
        pace_world_join(&world, 0, 64, 0);
        pace_world_run(&world, 120);
        pace_world_release(&world);
        struct pace_stretch found = pace_world_look(&world, 0, 20, 120);
        assert_true(found.rate > 0.6 * 200 && found.refused_share < 0.01);
    }
}

static void a_limit_that_changes_is_followed(void **state)
{
    static const struct row rows[] = {
        {"from 200 to 50/s",
         {BUCKET(200, 20), .later_s = 60, .later_rate = 50, AWAY(50, 0.5)},
         64,
         80,
         60,
         1,
         50},
        {"from 50 to 200/s",
         {BUCKET(50, 20), .later_s = 60, .later_rate = 200, AWAY(50, 0.5)},
         64,
         160,
         60,
         1,
         200},
        {"from none to 100/s",
         {BUCKET(1e9, 10), .later_s = 60, .later_rate = 100, AWAY(50, 0.5)},
         64,
         75,
         60,
         1,
         100},
    };

    (void)state;
    run_rows(rows, sizeof rows / sizeof rows[0]);
}

static void the_ceilings_hold_below_the_limit(void **state)
{
    static const struct pace_service service = {BUCKET(200, 20), AWAY(50, 0.5)};

    (void)state;
    pace_world_init(&world, &service, 1, 1);
    pace_world_join(&world, 0, 64, 100);
    pace_world_run(&world, 60);
    pace_world_release(&world);
    struct pace_stretch found = pace_world_look(&world, 0, 1, 60);
    assert_true(found.rate > 99 && found.rate < 101);
    assert_true(found.refused_share == 0 && found.most < 1.11);
    pace_world_init(&world, &service, 1, 1);
    pace_world_join(&world, 0, 5, 0);
    pace_world_run(&world, 60);
    pace_world_release(&world);
    assert_int_equal(world.clients[0].in_flight_most, 5);
    found = pace_world_look(&world, 0, 1, 60);
    assert_true(found.rate > 95 && found.refused_share == 0);
}

/* The second comes when the first has settled; both want all they can get. */
static void two_clients_share_a_limit(void **state)
{
    static const struct pace_service service = {BUCKET(200, 20), AWAY(50, 0.5)};

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        pace_world_init(&world, &service, seed, 1);
        pace_world_join(&world, 0, 64, 0);
        pace_world_join(&world, 30, 64, 0);
        pace_world_run(&world, 900);
        pace_world_release(&world);
        struct pace_stretch a = pace_world_look(&world, 0, 300, 900);
        struct pace_stretch b = pace_world_look(&world, 1, 300, 900);
        if (a.rate + b.rate < 180 || a.rate < 50 || b.rate < 50 ||
            a.refused_share > 0.01 || b.refused_share > 0.01)
            fail_msg("seed %u: %.1f and %.1f a second, %.2f and %.2f %% "
                     "refused",
                     (unsigned)seed, a.rate, b.rate, 100 * a.refused_share,
                     100 * b.refused_share);
    }
}

/* It comes back to what it had, both alike, and does not storm the service. */
static void after_an_outage_all_come_back(void **state)
{
    static const struct pace_service service = {
        BUCKET(200, 20), AWAY(50, 0.5), .outage_s = 200, .outage_end_s = 260};

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        pace_world_init(&world, &service, seed, 1);
        pace_world_join(&world, 0, 64, 0);
        pace_world_join(&world, 0, 64, 0);
        pace_world_run(&world, 400);
        pace_world_release(&world);
        struct pace_stretch a = pace_world_look(&world, 0, 270, 400);
        struct pace_stretch b = pace_world_look(&world, 1, 270, 400);
        struct pace_stretch first = pace_world_look(&world, 0, 260, 262);
        if (a.rate + b.rate < 180 || a.rate < 50 || b.rate < 50 ||
            a.refused_share > 0.01 || b.refused_share > 0.01 ||
            first.refused_share > 0.1)
            fail_msg("seed %u: %.1f and %.1f a second, %.2f and %.2f %% "
                     "refused, at first %.2f %%",
                     (unsigned)seed, a.rate, b.rate, 100 * a.refused_share,
                     100 * b.refused_share, 100 * first.refused_share);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_found_in_ten_seconds),
        cmocka_unit_test(limits_are_found_between_silences),
        cmocka_unit_test(a_limit_of_a_minute_is_found_in_a_few),
        cmocka_unit_test(a_service_that_gets_slower_is_used_fully),
        cmocka_unit_test(a_limit_of_requests_in_flight_is_found),
        cmocka_unit_test(a_limit_that_changes_is_followed),
        cmocka_unit_test(the_ceilings_hold_below_the_limit),
        cmocka_unit_test(two_clients_share_a_limit),
        cmocka_unit_test(after_an_outage_all_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
