/*
 * How often `run --live` asks which jobs have ended.
 */
#include "../../runner/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND 1000000ULL

static void it_stays_between_its_bounds(void **state)
{
    uint64_t interval = LIVE_INTERVAL_MIN_US;

    (void)state;
    for (int i = 0; i < 100; i++)
        interval = live_interval_us(interval, 300, 300);
    assert_int_equal(interval, LIVE_INTERVAL_MIN_US);
    for (int i = 0; i < 100; i++)
        interval = live_interval_us(interval, 300, 0);
    assert_int_equal(interval, LIVE_INTERVAL_MAX_US);
}

static void it_falls_and_rises_by_steps(void **state)
{
    (void)state;
    assert_int_equal(live_interval_us(8 * SECOND, 300, 300), 2 * SECOND);
    assert_int_equal(live_interval_us(8 * SECOND, 300, 1), 16 * SECOND);
    assert_int_equal(live_interval_us(8 * SECOND, 300, 0), 12 * SECOND);
    assert_int_equal(live_interval_us(8 * SECOND, 1, 1), 8 * SECOND);
}

/* Jobs that end evenly: about a quarter of N each time. */
static void it_comes_to_rest_where_a_quarter_ends(void **state)
{
    const double per_second[] = {3, 10, 50};
    uint64_t interval = LIVE_INTERVAL_MIN_US;

    (void)state;
    for (size_t row = 0; row < sizeof per_second / sizeof *per_second; row++) {
        uint32_t ended = 0;
        for (int i = 0; i < 30; i++) {
            ended = (uint32_t)(per_second[row] * (double)interval / SECOND);
            interval = live_interval_us(interval, 300, ended);
        }
        assert_in_range(ended, 60, 90);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_stays_between_its_bounds),
        cmocka_unit_test(it_falls_and_rises_by_steps),
        cmocka_unit_test(it_comes_to_rest_where_a_quarter_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
