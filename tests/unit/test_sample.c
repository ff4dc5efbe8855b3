#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/sample.h"
#include "../../templates/shard.h"

static struct hasher hasher;

static int set_up(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    return hasher_init(&hasher, &err);
}

static int tear_down(void **state)
{
    (void)state;
    hasher_release(&hasher);
    return 0;
}

/* Computed by tests/sample.py. */
static void orders_are_those_of_another_program(void **state)
{
    static const struct {
        uint64_t seed;
        const char *label;
        uint64_t size, first, count;
        uint64_t indices[10];
    } rows[] = {
        {0, "sweep", 10, 0, 10, {6, 4, 8, 3, 2, 0, 9, 5, 1, 7}},
        {7,
         "e",
         UINT64_C(1000000000000000),
         0,
         5,
         {752523255821137, 153477155194701, 686791077864976, 848910356741531,
          285047956652641}},
        {UINT64_MAX,
         "ü",
         INT64_MAX,
         0,
         4,
         {9114435392582656871U, 7224648968908222849U, 3776935562722233828U,
          5933837369960434259U}},
        {1, "", 3, 0, 3, {0, 2, 1}},
        {2, "e", 2, 0, 2, {0, 1}},
        {3, "e", 1, 0, 1, {0}},
        {0, "lr-sweep", 72, 66, 6, {48, 16, 19, 60, 47, 42}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample sample;
        sample_init(&sample, &hasher, rows[i].seed, rows[i].label,
                    rows[i].size);
        for (uint64_t j = 0; j < rows[i].count; j++)
            assert_int_equal(sample_at(&sample, rows[i].first + j),
                             rows[i].indices[j]);
    }
}

/* Each index comes once, and its position is known. */
static void every_order_is_a_permutation(void **state)
{
    uint8_t seen[700];

    (void)state;
    for (uint64_t size = 1; size <= sizeof seen; size++) {
        struct sample sample;
        sample_init(&sample, &hasher, size * 31, "x", size);
        memset(seen, 0, sizeof seen);
        for (uint64_t i = 0; i < size; i++) {
            uint64_t index = sample_at(&sample, i);
            assert_true(index < size);
            assert_int_equal(seen[index], 0);
            seen[index] = 1;
            assert_int_equal(sample_position(&sample, index), i);
        }
    }
}

static void large_orders_have_an_inverse(void **state)
{
    static const uint64_t sizes[] = {
        UINT64_C(1000000000000000),  INT64_MAX,
        (UINT64_C(1) << 32) - 1,     UINT64_C(1) << 32,
        (UINT64_C(1) << 32) + 1,     (UINT64_C(1) << 62) + 1,
        UINT64_C(999999999999999989)};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sample sample;
        sample_init(&sample, &hasher, i, "big", sizes[i]);
        for (uint64_t j = 0; j < 500; j++) {
            uint64_t position = sizes[i] / 500 * j + j;
            uint64_t index = sample_at(&sample, position);
            assert_true(index < sizes[i]);
            assert_int_equal(sample_position(&sample, index), position);
        }
    }
}

static void seed_and_label_make_the_order(void **state)
{
    struct sample a, b, c, again;

    (void)state;
    sample_init(&a, &hasher, 1, "e", 1000000);
    sample_init(&b, &hasher, 2, "e", 1000000);
    sample_init(&c, &hasher, 1, "f", 1000000);
    sample_init(&again, &hasher, 1, "e", 1000000);
    unsigned same_b = 0, same_c = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(sample_at(&a, i), sample_at(&again, i));
        same_b += sample_at(&a, i) == sample_at(&b, i);
        same_c += sample_at(&a, i) == sample_at(&c, i);
    }
    assert_in_range(same_b, 0, 3);
    assert_in_range(same_c, 0, 3);
}

static void counts_are_those_of_counting(void **state)
{
    static const struct {
        uint64_t size, below, start, count;
    } rows[] = {{100, 10, 0, 100}, {100, 10, 20, 50},    {100, 50, 20, 10},
                {100, 0, 0, 100},  {100, 100, 7, 13},    {100, 200, 7, 13},
                {100, 99, 0, 1},   {100, 1, 0, 99},      {100, 30, 100, 0},
                {1, 1, 0, 1},      {1000, 500, 500, 500}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t expected = 0;
        struct sample sample;
        sample_init(&sample, &hasher, i, "c", rows[i].size);
        for (uint64_t j = 0; j < rows[i].below && j < rows[i].size; j++) {
            uint64_t index = sample_at(&sample, j);
            expected +=
                index >= rows[i].start && index < rows[i].start + rows[i].count;
        }
        assert_int_equal(
            sample_count(&sample, rows[i].below, rows[i].start, rows[i].count),
            expected);
    }
}

static void shares_are_rounded_down(void **state)
{
    static const struct {
        uint64_t count, thousandths, share;
    } rows[] = {{100, 1000, 1},
                {99, 1000, 0},
                {72, 10000, 7},
                {1000, 1, 0},
                {100000, 1, 1},
                {3, 100000, 3},
                {INT64_MAX, 100000, INT64_MAX},
                {INT64_MAX, 50000, INT64_MAX / 2},
                {INT64_MAX, 0, 0},
                {0, 100000, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(sample_share(rows[i].count, rows[i].thousandths),
                         rows[i].share);
}

/*
 * All orders of five come up about equally often: the seeds are fixed, so
 * this says the same every time. 200 is six deviations above the mean of a
 * chi-square of 119 degrees.
 */
static void small_orders_come_up_equally_often(void **state)
{
    enum {
        SEEDS = 12000,
        ORDERS = 120
    };
    unsigned seen[3125] = {0};
    double chi = 0;
    unsigned orders = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sample sample;
        unsigned code = 0;
        sample_init(&sample, &hasher, seed, "five", 5);
        for (uint64_t i = 0; i < 5; i++)
            code = code * 5 + (unsigned)sample_at(&sample, i);
        seen[code]++;
    }
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        double off = (double)seen[i] - (double)SEEDS / ORDERS;
        orders += seen[i] > 0;
        chi += seen[i] > 0 ? off * off / ((double)SEEDS / ORDERS) : 0;
    }
    assert_int_equal(orders, ORDERS);
    assert_true(chi < 200);
}

/* Of a large grid, the first positions fall evenly on its tenths. */
static void samples_are_spread_evenly(void **state)
{
    const uint64_t size = UINT64_C(1000000000000000);
    unsigned tenths[10] = {0};
    struct sample sample;

    (void)state;
    sample_init(&sample, &hasher, 4, "grid", size);
    for (uint64_t i = 0; i < 10000; i++)
        tenths[sample_at(&sample, i) / (size / 10)]++;
    for (size_t i = 0; i < 10; i++)
        assert_in_range(tenths[i], 850, 1150);
}

/* --- shards --------------------------------------------------------------- */

static void shards_are_of_the_first_eight_bytes(void **state)
{
    static const struct {
        uint8_t key[KEY_LEN];
        uint32_t count, shard;
    } rows[] = {
        {{0}, 1, 0},
        {{0}, 7, 0},
        {{0, 0, 0, 0, 0, 0, 0, 9, 255, 255}, 8, 1},
        {{0, 0, 0, 0, 0, 0, 1, 0}, 255, 1},
        {{0, 0, 0, 1}, UINT32_MAX, 1}, /* 2^32 mod (2^32 - 1) */
        {{255, 255, 255, 255, 255, 255, 255, 255}, 10, 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(shard_of(rows[i].key, rows[i].count), rows[i].shard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_those_of_another_program),
        cmocka_unit_test(every_order_is_a_permutation),
        cmocka_unit_test(large_orders_have_an_inverse),
        cmocka_unit_test(seed_and_label_make_the_order),
        cmocka_unit_test(counts_are_those_of_counting),
        cmocka_unit_test(shares_are_rounded_down),
        cmocka_unit_test(small_orders_come_up_equally_often),
        cmocka_unit_test(samples_are_spread_evenly),
        cmocka_unit_test(shards_are_of_the_first_eight_bytes),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
