/* The pace of requests, hours of it in no time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runner/pace.h"

#define S_US 1000000ULL

static void send_some(struct pace *pace, uint64_t now_us, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        assert_true(pace_may_send(pace, now_us));
        pace_sent(pace);
    }
}

static void the_level_starts_at_its_ceiling(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 64, 0, S_US);
    assert_int_equal(pace_next_us(&pace, S_US), S_US);
    send_some(&pace, S_US, 64);
    assert_false(pace_may_send(&pace, S_US));
    assert_true(pace_next_us(&pace, S_US) == PACE_NEVER);
    pace_good(&pace);
    send_some(&pace, S_US, 1);
    assert_false(pace_may_send(&pace, S_US));
    pace_failed(&pace);
    send_some(&pace, S_US, 1);
    assert_int_equal(pace.in_flight, 64);
}

/* 64 refusals of one burst are one: 64 × 0.7 = 44, and one hold. */
static void a_burst_of_refusals_cuts_once(void **state)
{
    struct pace pace;
    uint64_t now_us = 10 * S_US;

    (void)state;
    pace_init(&pace, 64, 0, now_us);
    send_some(&pace, now_us, 64);
    for (unsigned i = 1; i <= 64; i++)
        pace_refused(&pace, now_us + i, now_us, -1);
    assert_int_equal((int)pace.level, 44);
    assert_int_equal(pace.in_flight, 0);
    assert_int_equal(pace.refusals, 1);
    assert_true(pace.hold_us == now_us + 64 + S_US);
    assert_false(pace_may_send(&pace, pace.hold_us - 1));
    assert_int_equal(pace_next_us(&pace, now_us), pace.hold_us);
    send_some(&pace, pace.hold_us, 44);
    assert_false(pace_may_send(&pace, pace.hold_us));
}

static void refusals_in_a_row_hold_ever_longer(void **state)
{
    static const unsigned seconds[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    struct pace pace;
    uint64_t now_us = S_US;

    (void)state;
    pace_init(&pace, 64, 0, now_us);
    for (unsigned i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        send_some(&pace, now_us, 1);
        pace_refused(&pace, now_us, now_us, -1);
        assert_true(pace.hold_us == now_us + seconds[i] * S_US);
        now_us = pace.hold_us;
    }
    /* A good answer ends the row. */
    send_some(&pace, now_us, 2);
    pace_good(&pace);
    pace_refused(&pace, now_us, now_us, -1);
    assert_true(pace.hold_us == now_us + S_US);
}

static void the_level_never_falls_below_one(void **state)
{
    struct pace pace;
    uint64_t now_us = S_US;

    (void)state;
    pace_init(&pace, 64, 0, now_us);
    for (unsigned i = 0; i < 100; i++) {
        send_some(&pace, now_us, 1);
        pace_refused(&pace, now_us, now_us, 0);
        now_us += S_US;
    }
    assert_true(pace.level >= 1 && pace.level < 1.1);
    send_some(&pace, now_us, 1);
    assert_false(pace_may_send(&pace, now_us));
}

/* A full round of good answers is one more, up to the ceiling. */
static void good_answers_raise_the_level(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 10, 0, 1);
    send_some(&pace, 1, 1);
    pace_refused(&pace, 1, 1, 0);
    assert_int_equal((int)pace.level, 7);
    for (unsigned round = 7; round < 10; round++) {
        unsigned n = 0;
        while ((unsigned)pace.level == round) {
            send_some(&pace, 2, 1);
            pace_good(&pace);
            n++;
        }
        assert_in_range(n, round, round + 1);
    }
    for (unsigned i = 0; i < 1000; i++)
        pace_good(&pace);
    assert_int_equal((int)pace.level, 10);
    assert_int_equal(pace.in_flight, 0);
}

static void a_failure_changes_no_level(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 10, 0, 1);
    send_some(&pace, 1, 10);
    for (unsigned i = 0; i < 10; i++)
        pace_failed(&pace);
    assert_true(pace.level == 10);
    assert_true(pace_may_send(&pace, 1));
}

static void retry_after_holds_everything(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 8, 0, S_US);
    send_some(&pace, S_US, 3);
    pace_refused(&pace, S_US, S_US, 30000);
    assert_true(pace.hold_us == 31 * S_US);
    /* A shorter one does not shorten it. */
    pace_refused(&pace, S_US + 1, S_US, 1000);
    assert_true(pace.hold_us == 31 * S_US);
    pace_refused(&pace, 2 * S_US, S_US, 0);
    assert_false(pace_may_send(&pace, 31 * S_US - 1));
    assert_true(pace_may_send(&pace, 31 * S_US));
}

static void the_longest_retry_after_is_a_day(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 8, 0, S_US);
    send_some(&pace, S_US, 1);
    pace_refused(&pace, S_US, S_US, INT64_MAX);
    assert_true(pace.hold_us == 86401 * S_US);
    assert_false(pace_may_send(&pace, 86401 * S_US - 1));
}

/* What starts in an hour, each as soon as pace_next_us says. */
static unsigned starts_in(struct pace *pace, uint64_t from_us, uint64_t to_us,
                          uint64_t *last_us)
{
    unsigned n = 0;

    for (uint64_t now_us = from_us; now_us < to_us;) {
        uint64_t next_us = pace_next_us(pace, now_us);
        assert_true(next_us >= now_us);
        if (next_us == now_us) {
            assert_true(pace_may_send(pace, now_us));
            pace_sent(pace);
            pace_good(pace);
            n++;
            *last_us = now_us;
        } else {
            assert_false(pace_may_send(pace, now_us));
            now_us = next_us;
            assert_true(now_us >= to_us || pace_may_send(pace, now_us));
        }
    }
    return n;
}

static void the_rate_holds_over_an_hour(void **state)
{
    static const unsigned rates[] = {1, 3, 7, 20, 100};

    (void)state;
    for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct pace pace;
        uint64_t last_us = 0;
        pace_init(&pace, 64, rates[i], S_US);
        unsigned n = starts_in(&pace, S_US, 3601 * S_US, &last_us);
        assert_in_range(n, rates[i] * 3600 - rates[i] / 2 - 1,
                        rates[i] * 3600 + 1);
        assert_true(last_us > 3599 * S_US);
    }
}

/* After an idle day at most a tenth of a second's worth starts at once. */
static void the_rate_saves_nothing_up(void **state)
{
    struct pace pace;
    uint64_t now_us = 86400 * S_US;

    (void)state;
    pace_init(&pace, 64, 200, 1);
    send_some(&pace, now_us, 20);
    assert_false(pace_may_send(&pace, now_us));
    pace_init(&pace, 64, 2, 1);
    send_some(&pace, now_us, 1);
    assert_false(pace_may_send(&pace, now_us));
    assert_in_range(pace_next_us(&pace, now_us), now_us + S_US / 2,
                    now_us + S_US / 2 + 2);
    /* A clock that stands still or goes back gives nothing. */
    assert_false(pace_may_send(&pace, now_us - S_US));
    assert_false(pace_may_send(&pace, now_us));
}

static void a_hold_and_the_rate_hold_together(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 64, 1, S_US);
    send_some(&pace, S_US, 1);
    pace_refused(&pace, S_US, S_US, 10000);
    assert_int_equal(pace_next_us(&pace, S_US), 11 * S_US);
    pace_init(&pace, 64, 1, S_US);
    send_some(&pace, S_US, 1);
    pace_refused(&pace, S_US, S_US, 10);
    assert_in_range(pace_next_us(&pace, S_US), 2 * S_US, 2 * S_US + 1);
}

static void backoff_doubles_to_a_minute(void **state)
{
    static const unsigned ms[] = {500,   1000,  2000,  4000, 8000,
                                  16000, 32000, 60000, 60000};

    (void)state;
    for (uint32_t n = 1; n <= sizeof ms / sizeof ms[0]; n++) {
        assert_int_equal(pace_backoff_us(n, 0), ms[n - 1] * 1000ULL);
        assert_in_range(pace_backoff_us(n, 0.999999), ms[n - 1] * 500ULL,
                        ms[n - 1] * 501ULL);
        assert_int_equal(pace_backoff_us(n, 0.5), ms[n - 1] * 750ULL);
    }
    assert_int_equal(pace_backoff_us(0, 0), 500000);
    assert_int_equal(pace_backoff_us(UINT32_MAX, 0), 60 * S_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_level_starts_at_its_ceiling),
        cmocka_unit_test(a_burst_of_refusals_cuts_once),
        cmocka_unit_test(refusals_in_a_row_hold_ever_longer),
        cmocka_unit_test(the_level_never_falls_below_one),
        cmocka_unit_test(good_answers_raise_the_level),
        cmocka_unit_test(a_failure_changes_no_level),
        cmocka_unit_test(retry_after_holds_everything),
        cmocka_unit_test(the_longest_retry_after_is_a_day),
        cmocka_unit_test(the_rate_holds_over_an_hour),
        cmocka_unit_test(the_rate_saves_nothing_up),
        cmocka_unit_test(a_hold_and_the_rate_hold_together),
        cmocka_unit_test(backoff_doubles_to_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
