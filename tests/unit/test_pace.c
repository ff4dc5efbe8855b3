/* The gate of requests: ceilings, silences, two services, backoff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runner/pace.h"

#define S_US      1000000ULL
#define REQUESTS  128
#define NO_ANSWER (-1)

static struct level_request sent[REQUESTS];

/* Sends n requests, which are kept in `sent`. */
static void send_some(struct pace *pace, uint32_t service, uint64_t now_us,
                      unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        assert_true(pace_may_send(pace, service, now_us));
        pace_sent(pace, service, &sent[i], now_us);
    }
}

static void the_level_starts_at_its_ceiling(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 64, 0, S_US);
    assert_int_equal(pace_next_us(&pace, 0, S_US), S_US);
    send_some(&pace, 0, S_US, 64);
    assert_false(pace_may_send(&pace, 0, S_US));
    assert_true(pace_next_us(&pace, 0, S_US) == PACE_NEVER);
    pace_good(&pace, 0, &sent[0], S_US + 1);
    send_some(&pace, 0, S_US + 1, 1);
    assert_false(pace_may_send(&pace, 0, S_US + 1));
    pace_failed(&pace, 0, S_US + 1, NO_ANSWER);
    assert_int_equal(pace.in_flight, 63);
    assert_true(pace_limit(&pace, 0) == 0);
}

static void the_ceiling_is_of_both_services_together(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 10, 0, S_US);
    send_some(&pace, 0, S_US, 6);
    send_some(&pace, 1, S_US, 4);
    assert_false(pace_may_send(&pace, 0, S_US));
    assert_false(pace_may_send(&pace, 1, S_US));
}

static void a_refusal_by_one_service_leaves_the_other_alone(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 10, 0, S_US);
    send_some(&pace, 0, S_US, 1);
    pace_refused(&pace, 0, &sent[0], S_US + 1000, 30000);
    assert_false(pace_may_send(&pace, 0, S_US + 1000));
    assert_true(pace_may_send(&pace, 1, S_US + 1000));
    assert_true(pace_limit(&pace, 1) == 0);
}

static void retry_after_is_obeyed_and_the_longest_holds(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 8, 0, S_US);
    send_some(&pace, 0, S_US, 3);
    pace_refused(&pace, 0, &sent[0], S_US + 1000, 30000);
    assert_true(pace_next_us(&pace, 0, 2 * S_US) == 31 * S_US + 1000);
    pace_refused(&pace, 0, &sent[1], S_US + 1001, 1000);
    pace_refused(&pace, 0, &sent[2], 2 * S_US, 0);
    assert_false(pace_may_send(&pace, 0, 31 * S_US + 999));
    assert_true(pace_may_send(&pace, 0, 31 * S_US + 1000));
}

/* One request, not all that have piled up meanwhile. */
static void silence_is_not_followed_by_a_burst(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 64, 0, S_US);
    send_some(&pace, 0, S_US, 64);
    for (unsigned i = 0; i < 64; i++)
        pace_refused(&pace, 0, &sent[i], S_US + 1000, 30000);
    send_some(&pace, 0, 31 * S_US + 1000, 1);
    assert_false(pace_may_send(&pace, 0, 31 * S_US + 1000));
}

static void a_failure_may_ask_for_silence_too(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 8, 0, S_US);
    send_some(&pace, 0, S_US, 2);
    pace_failed(&pace, 0, S_US, 5000);
    pace_failed(&pace, 0, S_US, NO_ANSWER);
    assert_true(pace_next_us(&pace, 0, S_US) == 6 * S_US);
    assert_false(pace_may_send(&pace, 0, 6 * S_US - 1));
    assert_true(pace_may_send(&pace, 0, 6 * S_US));
}

/* An absurd Retry-After does not overflow: it means a day. */
static void an_absurd_wait_is_a_day(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 8, 0, S_US);
    send_some(&pace, 0, S_US, 1);
    pace_refused(&pace, 0, &sent[0], S_US, INT64_MAX);
    assert_true(pace_next_us(&pace, 0, S_US) == 86401 * S_US);
    assert_false(pace_may_send(&pace, 0, 86401 * S_US - 1));
}

/* Nothing is ever taken, nothing is asked for: to one request a minute. */
static void refusals_in_a_row_are_ever_rarer(void **state)
{
    struct pace pace;
    uint64_t now_us = S_US;
    unsigned count = 0;

    (void)state;
    pace_init(&pace, 64, 0, now_us);
    while (now_us < 3601 * S_US) {
        send_some(&pace, 0, now_us, 1);
        pace_refused(&pace, 0, &sent[0], now_us + 1000, NO_ANSWER);
        count++;
        uint64_t next_us = pace_next_us(&pace, 0, now_us + 1000);
        assert_true(next_us > now_us && next_us < now_us + 61 * S_US);
        now_us = next_us;
    }
    assert_in_range(count, 60, 90);
}

/* After an outage one request, then two, then four. */
static void after_an_outage_the_level_grows_from_one(void **state)
{
    struct pace pace;
    unsigned most = 1;

    (void)state;
    pace_init(&pace, 64, 0, S_US);
    send_some(&pace, 0, S_US, 64);
    for (unsigned i = 0; i < 64; i++)
        pace_failed(&pace, 0, 2 * S_US, NO_ANSWER);
    for (uint64_t now_us = 3 * S_US; most < 64; most *= 2, now_us += S_US) {
        send_some(&pace, 0, now_us, most);
        assert_false(pace_may_send(&pace, 0, now_us));
        for (unsigned i = 0; i < most; i++)
            pace_good(&pace, 0, &sent[i], now_us + 1000);
    }
    send_some(&pace, 0, 60 * S_US, 64);
}

static void failures_do_not_change_the_level(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 10, 0, 1);
    for (unsigned i = 0; i < 20; i++) {
        send_some(&pace, 0, 2, 10);
        for (unsigned k = 0; k < 9; k++)
            pace_failed(&pace, 0, 3, NO_ANSWER);
        pace_good(&pace, 0, &sent[0], 3);
    }
    send_some(&pace, 0, 4, 10);
}

/* What starts from one time to another, each as soon as it may. */
static unsigned starts_in(struct pace *pace, uint64_t from_us, uint64_t to_us,
                          uint64_t *last_us)
{
    uint64_t now_us = from_us;
    unsigned n = 0;

    for (;;) {
        uint64_t next_us = pace_next_us(pace, n % 2, now_us);
        assert_true(next_us >= now_us);
        if (next_us == now_us) {
            assert_true(pace_may_send(pace, n % 2, now_us));
            pace_sent(pace, n % 2, &sent[0], now_us);
            pace_good(pace, n % 2, &sent[0], now_us);
            n++;
            *last_us = now_us;
        } else {
            assert_false(pace_may_send(pace, n % 2, now_us));
            now_us = next_us;
            assert_true(now_us >= to_us || pace_may_send(pace, n % 2, now_us));
        }
        if (now_us >= to_us)
            return n;
    }
}

static void the_rate_ceiling_is_kept_over_an_hour(void **state)
{
    static const double rates[] = {0.5, 1, 7, 200, 3000};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct pace pace;
        uint64_t last_us;
        pace_init(&pace, 64, rates[i], S_US);
        unsigned n = starts_in(&pace, S_US, 3601 * S_US, &last_us);
        unsigned expected = (unsigned)(3600 * rates[i]);
        /* One at once, and no more than a tenth of a second's worth piles up.
         */
        assert_in_range(n, expected - expected / 500,
                        expected + 1 + (unsigned)(rates[i] / 10));
    }
}

static void an_idle_rate_piles_up_no_more_than_a_burst(void **state)
{
    struct pace pace;
    uint64_t now_us = 3600 * S_US;

    (void)state;
    pace_init(&pace, 64, 200, 1);
    send_some(&pace, 0, now_us, 20);
    assert_false(pace_may_send(&pace, 0, now_us));
    pace_init(&pace, 64, 2, 1);
    send_some(&pace, 1, now_us, 1);
    assert_false(pace_may_send(&pace, 0, now_us));
    assert_in_range(pace_next_us(&pace, 0, now_us), now_us + S_US / 2,
                    now_us + S_US / 2 + 1);
    /* A clock that steps back gives nothing. */
    assert_false(pace_may_send(&pace, 0, now_us - S_US));
    assert_false(pace_may_send(&pace, 0, now_us));
}

static void silence_and_the_ceiling_both_hold(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 64, 1, S_US);
    send_some(&pace, 0, S_US, 1);
    pace_refused(&pace, 0, &sent[0], S_US, 10000);
    assert_int_equal(pace_next_us(&pace, 0, S_US), 11 * S_US);
    pace_init(&pace, 64, 1, S_US);
    send_some(&pace, 0, S_US, 1);
    pace_refused(&pace, 0, &sent[0], S_US, 10);
    assert_true(pace_next_us(&pace, 0, S_US) >= 2 * S_US);
}

static void retries_wait_ever_longer_up_to_a_minute(void **state)
{
    static const uint64_t ms[] = {500,   1000,  2000,  4000, 8000,
                                  16000, 32000, 60000, 60000};

    (void)state;
    for (uint32_t n = 1; n <= sizeof ms / sizeof ms[0]; n++) {
        assert_int_equal(pace_backoff_us(n, 0), ms[n - 1] * 1000ULL);
        assert_in_range(pace_backoff_us(n, 0.999999), ms[n - 1] * 500ULL,
                        ms[n - 1] * 500ULL + 100);
        assert_int_equal(pace_backoff_us(n, 0.5), ms[n - 1] * 750ULL);
    }
    assert_int_equal(pace_backoff_us(0, 0), 500000);
    assert_int_equal(pace_backoff_us(UINT32_MAX, 0), 60 * S_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_level_starts_at_its_ceiling),
        cmocka_unit_test(the_ceiling_is_of_both_services_together),
        cmocka_unit_test(a_refusal_by_one_service_leaves_the_other_alone),
        cmocka_unit_test(retry_after_is_obeyed_and_the_longest_holds),
        cmocka_unit_test(silence_is_not_followed_by_a_burst),
        cmocka_unit_test(a_failure_may_ask_for_silence_too),
        cmocka_unit_test(an_absurd_wait_is_a_day),
        cmocka_unit_test(refusals_in_a_row_are_ever_rarer),
        cmocka_unit_test(after_an_outage_the_level_grows_from_one),
        cmocka_unit_test(failures_do_not_change_the_level),
        cmocka_unit_test(the_rate_ceiling_is_kept_over_an_hour),
        cmocka_unit_test(an_idle_rate_piles_up_no_more_than_a_burst),
        cmocka_unit_test(silence_and_the_ceiling_both_hold),
        cmocka_unit_test(retries_wait_ever_longer_up_to_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
