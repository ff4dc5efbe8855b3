/* Which intents may be sent again: their age by two clocks, their account. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/engine.h"
#include "../../runner/replay.h"

#define HORIZON_MS ((int64_t)(ENGINE_HORIZON_US / 1000))

static const uint8_t account[8] = {1, 2, 3, 4, 5, 6, 7, 8};

/* Clocks that stand still. */
static int64_t wall_ms;
static uint64_t boot_ms, monotonic_us;

static int64_t get_wall_ms(void *context)
{
    (void)context;
    return wall_ms;
}

static uint64_t get_boot_ms(void *context)
{
    (void)context;
    return boot_ms;
}

static uint64_t get_monotonic_us(void *context)
{
    (void)context;
    return monotonic_us;
}

static const char *boot_id = "boot";

static void get_boot_id(void *context, char out[OS_BOOT_ID_MAX])
{
    (void)context;
    snprintf(out, OS_BOOT_ID_MAX, "%s", boot_id);
}

static const struct os os = {.wall_ms = get_wall_ms,
                             .boot_ms = get_boot_ms,
                             .monotonic_us = get_monotonic_us,
                             .boot_id = get_boot_id};

static int setup(void **state)
{
    (void)state;
    wall_ms = 1795000000000;
    boot_ms = 5000000;
    monotonic_us = 77;
    boot_id = "boot";
    return 0;
}

/* An intent of now, of this boot and account. */
static struct ledger_sent fresh(void)
{
    struct ledger_sent sent = {.at_ms = wall_ms,
                               .boot_ms = boot_ms,
                               .boot_id = "boot",
                               .has_account = true};

    memcpy(sent.account, account, sizeof account);
    return sent;
}

static void age_is_the_larger_of_two_clocks(void **state)
{
    (void)state;
    struct ledger_sent sent = fresh();
    assert_int_equal(replay_age_ms(&os, &sent), 0);
    wall_ms += 1000;
    assert_int_equal(replay_age_ms(&os, &sent), 1000);
    boot_ms += 3000;
    assert_int_equal(replay_age_ms(&os, &sent), 3000);
    wall_ms += 9000;
    assert_int_equal(replay_age_ms(&os, &sent), 10000);
    /* Of another boot: its clock says nothing. */
    boot_ms += 1000000;
    sent.boot_id[0] ^= 1;
    assert_int_equal(replay_age_ms(&os, &sent), 10000);
    /* Where boots have no names, two are never the same. */
    boot_id = "";
    sent.boot_id[0] = '\0';
    assert_int_equal(replay_age_ms(&os, &sent), 10000);
}

static void a_clock_that_went_back_is_past_the_horizon(void **state)
{
    (void)state;
    struct ledger_sent sent = fresh();
    wall_ms -= 1;
    assert_true(replay_age_ms(&os, &sent) == UINT64_MAX);
    assert_non_null(replay_refused(&os, &sent, account));
    wall_ms += 2;
    boot_ms -= 1;
    assert_true(replay_age_ms(&os, &sent) == UINT64_MAX);
}

static void the_horizon_is_twelve_hours(void **state)
{
    (void)state;
    struct ledger_sent sent = fresh();
    assert_true(replay_horizon_us(&os, &sent) ==
                monotonic_us + ENGINE_HORIZON_US);
    wall_ms += HORIZON_MS - 1;
    assert_null(replay_refused(&os, &sent, account));
    assert_true(replay_horizon_us(&os, &sent) - monotonic_us <= 1000);
    wall_ms += 1;
    assert_non_null(replay_refused(&os, &sent, account));
    assert_true(replay_horizon_us(&os, &sent) <= monotonic_us);
    wall_ms += HORIZON_MS;
    assert_true(replay_horizon_us(&os, &sent) == monotonic_us);
}

static void another_key_may_not(void **state)
{
    uint8_t other[8] = {1, 2, 3, 4, 5, 6, 7, 9};

    (void)state;
    struct ledger_sent sent = fresh();
    assert_null(replay_refused(&os, &sent, account));
    assert_non_null(replay_refused(&os, &sent, other));
    sent.has_account = false;
    assert_non_null(replay_refused(&os, &sent, account));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(age_is_the_larger_of_two_clocks, setup),
        cmocka_unit_test_setup(a_clock_that_went_back_is_past_the_horizon,
                               setup),
        cmocka_unit_test_setup(the_horizon_is_twelve_hours, setup),
        cmocka_unit_test_setup(another_key_may_not, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
