/* When a wait is over, how it ends, and how gently it looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runner/wait_tally.h"

#define NOW_MS ((int64_t)1700000000 * 1000)
#define SECOND 1000000ULL
#define JOBS   16

static struct watched jobs[JOBS];

/* A posted job in this state, asked about just now. */
static struct watched *job(struct watch *watch, int state, const char *status)
{
    struct watched *added = &jobs[watch->count++];

    *added = (struct watched){
        .newest = true,
        .picked = true,
        .state = LEDGER_POSTED,
        .has_address = true,
        .at_ms = NOW_MS - 60000,
        .job_state = state,
        .final_nano = -1,
    };
    strcpy(added->job_status, status);
    return added;
}

static struct wait_tally tally_of(const struct watch *watch)
{
    struct wait_tally tally;

    wait_tally_count(&tally, watch, NOW_MS);
    return tally;
}

static void expect_text(const struct wait_tally *tally, const char *text)
{
    struct buf out;

    buf_init(&out, 4096);
    wait_tally_describe(tally, &out);
    assert_string_equal(buf_str(&out), text);
    buf_release(&out);
}

static void each_job_counts_once(void **state)
{
    struct watch watch = {.jobs = jobs};
    struct wait_tally tally;

    (void)state;
    job(&watch, 0, "");
    job(&watch, 1, "");
    job(&watch, -1, "");
    job(&watch, 2, "");
    job(&watch, 2, "success")->final_nano = 5;
    job(&watch, 2, "failed")->final_nano = 7;
    job(&watch, 2, "stopped");
    job(&watch, 3, "");
    job(&watch, 2, "what");
    job(&watch, -1, "")->state = LEDGER_UNKNOWN;
    job(&watch, -1, "")->state = LEDGER_MISMATCH;
    job(&watch, -1, "")->state = LEDGER_OPEN;
    job(&watch, -1, "")->state = LEDGER_REJECTED;
    job(&watch, -1, "")->state = LEDGER_LOST;
    /* An older generation, and one that --where leaves out. */
    job(&watch, 2, "failed")->newest = false;
    job(&watch, 2, "failed")->picked = false;
    tally = tally_of(&watch);
    assert_int_equal(tally.total, 14);
    assert_int_equal(tally.waiting, 4);
    assert_int_equal(tally.final_nano, 12);
    assert_int_equal(wait_tally_ended(&tally), 5);
    expect_text(&tally, "5/14 ended: 1 success, 2 failed, 2 stopped; 1 "
                        "running, 1 queued, 2 to come, 2 unknown, 1 open, 2 "
                        "not posted");
}

static void what_stays_out_too_long_is_unclear(void **state)
{
    struct watch watch = {.jobs = jobs};
    struct wait_tally tally;

    (void)state;
    /* Ended just now, and long ago, without a status. */
    job(&watch, 2, "")->end_s = NOW_MS / 1000 - 60;
    job(&watch, 2, "")->end_s = (NOW_MS - WAIT_LAG_MS) / 1000 - 1;
    /* By a clock that is ahead of ours. */
    job(&watch, 2, "")->end_s = NOW_MS / 1000 + 9999;
    /* Not known to the service, posted just now, and long ago. */
    job(&watch, -1, "")->missing = true;
    struct watched *old = job(&watch, 1, "");
    old->missing = true;
    old->at_ms = NOW_MS - WAIT_LAG_MS - 1;
    /* Running for long is nothing strange. */
    job(&watch, 1, "")->at_ms = 0;
    tally = tally_of(&watch);
    assert_int_equal(tally.waiting, 4);
    assert_int_equal(tally.unclear, 2);
    assert_int_equal(wait_tally_status(&tally, false), 2);
}

static void the_status_says_how_it_ended(void **state)
{
    static const struct {
        struct wait_tally tally;
        bool met;
        int status;
    } each[] = {
        {{.total = 2, .succeeded = 2}, false, 0},
        {{.total = 0}, false, 0},
        {{.succeeded = 1, .failed = 1}, false, 1},
        {{.succeeded = 1, .stopped = 1}, false, 1},
        {{.succeeded = 1, .unposted = 1}, false, 1},
        {{.failed = 1, .unknown = 1}, false, 2},
        {{.succeeded = 1, .open = 1}, false, 2},
        {{.succeeded = 1, .unclear = 1}, false, 2},
        {{.succeeded = 1, .waiting = 5, .unknown = 1}, true, 0},
        {{.failed = 1, .waiting = 5, .unposted = 1}, true, 1},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++)
        if (wait_tally_status(&each[i].tally, each[i].met) != each[i].status)
            fail_msg("%u", i);
}

static void until_is_any_or_a_number_of_failures(void **state)
{
    static const char *const bad[] = {
        "",          "all",       "failed", "failed=",   "failed=0",
        "failed=-1", "failed=1x", "any ",   "failed= 1", "failed=9999999999"};
    struct wait_tally tally = {.failed = 1, .stopped = 1};
    struct wait_tally none = {.waiting = 1};
    struct wait_until until;
    struct err err;

    (void)state;
    assert_int_equal(wait_until_parse(&until, NULL, &err), 0);
    assert_false(wait_tally_met(&tally, &until));
    assert_int_equal(wait_until_parse(&until, "any", &err), 0);
    assert_true(wait_tally_met(&tally, &until));
    assert_false(wait_tally_met(&none, &until));
    assert_int_equal(wait_until_parse(&until, "failed=2", &err), 0);
    assert_true(wait_tally_met(&tally, &until));
    assert_int_equal(wait_until_parse(&until, "failed=3", &err), 0);
    assert_false(wait_tally_met(&tally, &until));
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(wait_until_parse(&until, bad[i], &err), ERR_USAGE);
        assert_non_null(strstr(err.message, "failed=N"));
    }
}

static void looks_are_rarer_the_more_jobs_and_the_longer(void **state)
{
    struct wait_tally tally = {.waiting = 3};

    (void)state;
    assert_true(wait_look_us(&tally, true, 0) == SECOND);
    assert_true(wait_look_us(&tally, true, 60 * SECOND) == 6 * SECOND);
    assert_true(wait_look_us(&tally, true, 86400 * SECOND) == 120 * SECOND);
    tally.waiting = 10000;
    assert_true(wait_look_us(&tally, true, 0) == 50 * SECOND);
    assert_true(wait_look_us(&tally, false, 0) == 120 * SECOND);
    tally.waiting = 101;
    assert_true(wait_look_us(&tally, true, 0) == SECOND);
    assert_true(wait_look_us(&tally, false, 0) == 5050000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_counts_once),
        cmocka_unit_test(what_stays_out_too_long_is_unclear),
        cmocka_unit_test(the_status_says_how_it_ended),
        cmocka_unit_test(until_is_any_or_a_number_of_failures),
        cmocka_unit_test(looks_are_rarer_the_more_jobs_and_the_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
