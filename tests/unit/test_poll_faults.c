/* Asking for jobs' states: hours of a service's moods in no time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "poll_help.h"

static void faults_are_asked_again_later(void **state)
{
    struct asking *asking = asking_begin();
    uint64_t start_us = asking->now_us;

    (void)state;
    asking_answer(asking, "503 x", "<html>");
    asking->answers[asking->count++] =
        (struct raw_answer){.bytes = "", .end = RAW_RESET};
    asking_answer(asking, "200 OK", "[{\"address\":");
    asking_answer(asking, "200 OK", "[" OBJECT(JOB0, "1") "]");
    asking_open_all(asking, 1, true);
    asking_ask(asking, 0);
    asking_run(asking);
    asking_end(asking);
    assert_int_equal(asking->server.requests, 4);
    asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_RUNNING);
    assert_null(poll_trouble(&asking->poll));
    /* 0.5 s, 1 s, 2 s. */
    assert_true(asking->now_us - start_us == 7 * S_US / 2);
    asking_finish(asking);
}

static void a_refusal_for_rate_is_obeyed(void **state)
{
    struct asking *asking = asking_begin();
    uint64_t start_us = asking->now_us;

    (void)state;
    asking_answer_with(asking, "429 x", "Retry-After: 120\r\n", "{}");
    asking_answer(asking, "200 OK", "[" OBJECT(JOB0, "1") "]");
    asking_open_all(asking, 1, true);
    asking_ask(asking, 0);
    asking_run(asking);
    asking_end(asking);
    assert_int_equal(asking->server.requests, 2);
    asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_RUNNING);
    assert_true(asking->now_us - start_us == 120 * S_US);
    asking_finish(asking);
}

static void a_pause_past_all_patience_ends_it(void **state)
{
    struct asking *asking = asking_begin();

    (void)state;
    asking_answer_with(asking, "429 x", "Retry-After: 901\r\n", "{}");
    asking_open_all(asking, 1, true);
    asking_ask(asking, 0);
    asking_run(asking);
    assert_non_null(poll_failure(&asking->poll));
    assert_int_equal(poll_failure(&asking->poll)->code, ERR_SERVICE);
    asking_end(asking);
    assert_int_equal(asking->told[0].times, 0);
    asking_finish(asking);
}

static void a_service_that_stays_away_is_given_up(void **state)
{
    struct asking *asking = asking_begin();
    uint64_t start_us = asking->now_us;

    (void)state;
    asking_answer(asking, "502 x", "<html>");
    asking_open_all(asking, 2, true);
    for (unsigned i = 0; i < 150; i++)
        asking_ask(asking, i);
    asking_run(asking);
    assert_non_null(poll_failure(&asking->poll));
    assert_int_equal(poll_failure(&asking->poll)->code, ERR_SERVICE);
    assert_non_null(
        strstr(poll_failure(&asking->poll)->message, asking->server.url));
    assert_true(asking->now_us - start_us >= GIVE_UP_US);
    assert_true(asking->now_us - start_us < GIVE_UP_US + 61 * S_US);
    asking_end(asking);
    assert_int_equal(asking->told[0].times, 0);
    /* Politely: about one a minute and call. */
    assert_true(asking->server.requests < 60);
    asking_finish(asking);
}

static void a_sleep_of_this_machine_is_no_absence(void **state)
{
    struct asking *asking = asking_begin();
    uint64_t start_us = asking->now_us;

    (void)state;
    asking->sleep_us = 5 * GIVE_UP_US;
    asking_answer(asking, "502 x", "<html>");
    asking_open_all(asking, 1, true);
    asking_ask(asking, 0);
    asking_run(asking);
    assert_non_null(poll_failure(&asking->poll));
    assert_true(asking->now_us - start_us >= 6 * GIVE_UP_US);
    assert_true(asking->now_us - start_us < 6 * GIVE_UP_US + 61 * S_US);
    asking_end(asking);
    asking_finish(asking);
}

static void a_refused_key_ends_it_at_once(void **state)
{
    static const struct {
        const char *status, *body;
    } each[] = {
        {"401 x", "\"Unauthorized\""},
        {"403 x", "{\"message\":\"Insufficient scope. This endpoint "
                  "requires: jobs:read.\"}"},
    };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct asking *asking = asking_begin();
        asking_answer(asking, each[i].status, each[i].body);
        asking_open_all(asking, 1, true);
        asking_ask(asking, 0);
        asking_run(asking);
        assert_int_equal(poll_failure(&asking->poll)->code, ERR_ACCESS);
        assert_null(strstr(poll_failure(&asking->poll)->message, "nos_key"));
        asking_end(asking);
        assert_int_equal(asking->server.requests, 1);
        asking_finish(asking);
    }
}

static void a_group_that_is_refused_is_asked_one_by_one(void **state)
{
    struct asking *asking = asking_begin();

    (void)state;
    asking_answer(asking, "400 x", "{\"message\":\"$.addresses[1]\"}");
    asking_answer(asking, "200 OK", OBJECT(JOB0, "1"));
    asking_answer(asking, "400 x", "{\"message\":\"no address\"}");
    asking_answer(asking, "200 OK", "[]");
    asking_open_all(asking, 1, true);
    asking_ask(asking, 0);
    asking_ask(asking, 1);
    asking_run(asking);
    asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_RUNNING);
    asking_expect_told(asking, 1, POLL_NO_ANSWER, 0);
    assert_string_equal(poll_words(&asking->poll), "no address");
    /* Groups go on. */
    asking_ask(asking, 2);
    asking_run(asking);
    asking_expect_told(asking, 2, POLL_NOT_FOUND, 0);
    asking_end(asking);
    asking_expect(asking, 3, "POST /jobs/batch");
    asking_finish(asking);
}

/* One job whose answers break is no reason to learn nothing of the others. */
static void a_job_that_spoils_its_group_is_told_apart(void **state)
{
    struct asking *asking = asking_begin();

    (void)state;
    /* The group, then job 0 alone; in its place then job 1; then job 0. */
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < POLL_TRIES; k++)
            asking->answers[asking->count + k] = (struct raw_answer){
                .bytes = "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"};
        asking->count += POLL_TRIES;
    }
    asking_answer(asking, "200 OK", "{\"state\":1}");
    asking_answer(asking, "500 x", "");
    asking_open_all(asking, 1, true);
    asking_ask(asking, 0);
    asking_ask(asking, 1);
    asking_run(asking);
    asking_end(asking);
    asking_expect_told(asking, 0, POLL_NO_ANSWER, 0);
    asking_expect_told(asking, 1, POLL_FOUND, JOBINFO_RUNNING);
    assert_int_equal(asking->server.requests, 2 * POLL_TRIES + 2);
    asking_finish(asking);
}

static void an_object_that_cannot_be_read_is_asked_alone(void **state)
{
    struct asking *asking = asking_begin();

    (void)state;
    asking_answer(asking, "200 OK",
                  "[" OBJECT(JOB0, "1") "," OBJECT(JOB1, "9") ",7]");
    asking_answer(asking, "200 OK", OBJECT(JOB1, "0"));
    asking_open_all(asking, 1, true);
    asking_ask(asking, 0);
    asking_ask(asking, 1);
    asking_run(asking);
    asking_end(asking);
    assert_int_equal(asking->server.requests, 2);
    asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_RUNNING);
    asking_expect_told(asking, 1, POLL_FOUND, JOBINFO_QUEUED);
    asking_finish(asking);
}

static int setup(void **state)
{
    (void)state;
    setenv("NOSANA_API_KEY", "nos_key", 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_asked_again_later),
        cmocka_unit_test(a_refusal_for_rate_is_obeyed),
        cmocka_unit_test(a_pause_past_all_patience_ends_it),
        cmocka_unit_test(a_service_that_stays_away_is_given_up),
        cmocka_unit_test(a_sleep_of_this_machine_is_no_absence),
        cmocka_unit_test(a_refused_key_ends_it_at_once),
        cmocka_unit_test(a_group_that_is_refused_is_asked_one_by_one),
        cmocka_unit_test(a_job_that_spoils_its_group_is_told_apart),
        cmocka_unit_test(an_object_that_cannot_be_read_is_asked_alone),
    };

    /* The tests end; a hang is a failure. */
    alarm(300);
    return cmocka_run_group_tests(tests, setup, NULL);
}
