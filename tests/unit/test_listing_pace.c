/* The listing call's limits: 20 in 30 s, 500 in an hour, an hour at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runner/listing_pace.h"

#define S_US    1000000ULL
#define START   (1000 * S_US)
#define CALLS   1300
#define BURST_S 30
#define HOUR_S  3600

static void the_first_twenty_need_not_wait(void **state)
{
    struct listing_pace pace;

    (void)state;
    memset(&pace, 0, sizeof pace);
    for (int i = 0; i < LISTING_BURST; i++) {
        assert_true(listing_pace_next_us(&pace, START) == START);
        listing_pace_note(&pace, START);
    }
    assert_true(listing_pace_next_us(&pace, START) == START + LISTING_BURST_US);
    assert_true(listing_pace_next_us(&pace, START + 60 * S_US) ==
                START + 60 * S_US);
}

/* As fast as it allows: no window of the service ever has more than it takes.
 */
static void no_window_has_too_many(void **state)
{
    static uint64_t at_us[CALLS];
    struct listing_pace pace;
    uint64_t now_us = START;

    (void)state;
    memset(&pace, 0, sizeof pace);
    for (int i = 0; i < CALLS; i++) {
        now_us = listing_pace_next_us(&pace, now_us);
        at_us[i] = now_us;
        now_us += 3000; /* the answer */
        listing_pace_note(&pace, now_us);
    }
    for (int i = LISTING_BURST; i < CALLS; i++)
        assert_true(at_us[i] - at_us[i - LISTING_BURST] > BURST_S * S_US);
    for (int i = LISTING_HOUR; i < CALLS; i++)
        assert_true(at_us[i] - at_us[i - LISTING_HOUR] > HOUR_S * S_US);
    /* And it is not much slower than it must be. */
    assert_true(at_us[CALLS - 1] - START < 3 * LISTING_HOUR_US);
}

static void how_long_it_takes_is_known_beforehand(void **state)
{
    struct listing_pace pace;

    (void)state;
    memset(&pace, 0, sizeof pace);
    assert_true(listing_pace_for_us(&pace, 0, START) == 0);
    assert_true(listing_pace_for_us(&pace, 20, START) == 0);
    assert_true(listing_pace_for_us(&pace, 21, START) == LISTING_BURST_US);
    assert_true(listing_pace_for_us(&pace, 60, START) == 2 * LISTING_BURST_US);
    for (int i = 0; i < 15; i++)
        listing_pace_note(&pace, START);
    assert_true(listing_pace_for_us(&pace, 5, START) == 0);
    assert_true(listing_pace_for_us(&pace, 6, START) == LISTING_BURST_US);
    assert_true(listing_pace_for_us(&pace, 10005, START) >=
                20 * LISTING_HOUR_US);
    assert_true(listing_pace_for_us(&pace, 10005, START) <
                21 * LISTING_HOUR_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_twenty_need_not_wait),
        cmocka_unit_test(no_window_has_too_many),
        cmocka_unit_test(how_long_it_takes_is_known_beforehand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
