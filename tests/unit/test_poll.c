/* Asking for jobs' states in groups and one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "poll_help.h"

static void a_group_is_one_request(void **state)
{
    struct asking *asking = asking_begin();

    (void)state;
    asking_answer(asking, "200 OK",
                  "[" OBJECT(JOB1, "1") "," OBJECT(JOB0, "0") "]");
    asking_open_all(asking, 4, true);
    for (unsigned i = 0; i < 3; i++)
        asking_ask(asking, i);
    asking_run(asking);
    asking_end(asking);
    assert_int_equal(asking->server.requests, 1);
    asking_expect(asking, 0, "POST /jobs/batch HTTP/1.1\r\n");
    assert_non_null(strstr(buf_str(&asking->server.seen[0]),
                           "\r\n\r\n{\"addresses\":[\"" JOB0 "\",\"" JOB1
                           "\",\"p2Yicb86aZig616Eav2VWG9vuXR5mEqhtzshZYBxzsV"
                           "\"]}"));
    asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_QUEUED);
    asking_expect_told(asking, 1, POLL_FOUND, JOBINFO_RUNNING);
    asking_expect_told(asking, 2, POLL_NOT_FOUND, 0);
    asking_finish(asking);
}

static void groups_are_of_a_hundred(void **state)
{
    struct asking *asking = asking_begin();

    (void)state;
    asking_answer(asking, "200 OK", "{\"jobs\":[" OBJECT(JOB0, "1") "]}");
    asking_open_all(asking, 2, true);
    for (unsigned i = 0; i < 250; i++)
        asking_ask(asking, i);
    asking_run(asking);
    asking_end(asking);
    assert_int_equal(asking->server.requests, 3);
    /* Each tag is told, those of one address alike. */
    for (unsigned i = 0; i < 250; i++)
        asking_expect_told(asking, i,
                           i % JOBS == 0 ? POLL_FOUND : POLL_NOT_FOUND,
                           JOBINFO_RUNNING);
    asking_finish(asking);
}

static void without_a_batch_route_each_is_asked_alone(void **state)
{
    static const char *const statuses[] = {
        "404 Not Found", "405 Method Not Allowed", "501 Not Implemented"};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct asking *asking = asking_begin();
        asking_answer(asking, statuses[i], "{\"message\":\"no such route\"}");
        asking_answer(asking, "200 OK", OBJECT(JOB0, "1"));
        asking_answer(asking, "404 Not Found",
                      "{\"message\":\"Job not found\"}");
        asking_answer(asking, "200 OK", "{\"state\":3}");
        asking_open_all(asking, 1, true);
        for (unsigned k = 0; k < 2; k++)
            asking_ask(asking, k);
        asking_run(asking);
        asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_RUNNING);
        asking_expect_told(asking, 1, POLL_NOT_FOUND, 0);
        /* It is not tried again. */
        asking_ask(asking, 2);
        asking_run(asking);
        asking_expect_told(asking, 2, POLL_FOUND, JOBINFO_STOPPED);
        asking_end(asking);
        assert_int_equal(asking->server.requests, 4);
        asking_expect(asking, 1, "GET /jobs/" JOB0 " HTTP/1.1\r\n");
        assert_null(strstr(buf_str(&asking->server.seen[1]), "Content-Type"));
        asking_finish(asking);
    }
}

static void a_missing_result_is_asked_for_once(void **state)
{
    struct asking *asking = asking_begin();

    (void)state;
    asking_answer(
        asking, "200 OK",
        "[" DONE(JOB0, "null") "," DONE(JOB1, "\"" ASKING_CID "\"") "]");
    asking_answer(asking, "200 OK", DONE(JOB0, "\"" ASKING_CID "\""));
    asking_open_all(asking, 1, true);
    asking_ask(asking, 0);
    asking_ask(asking, 1);
    asking_run(asking);
    asking_end(asking);
    assert_int_equal(asking->server.requests, 2);
    asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_COMPLETED);
    assert_string_equal(asking->told[0].info.result, ASKING_CID);
    assert_string_equal(asking->told[1].info.result, ASKING_CID);
    asking_finish(asking);
}

static void a_result_that_cannot_be_had_holds_nothing_up(void **state)
{
    static const char *const statuses[] = {"200 OK", "404 x", "400 x", "500 x"};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct asking *asking = asking_begin();
        asking_answer(asking, "200 OK", "[" DONE(JOB0, "null") "]");
        asking_answer(asking, statuses[i], i == 0 ? DONE(JOB0, "null") : "");
        asking_open_all(asking, 1, true);
        asking_ask(asking, 0);
        asking_run(asking);
        asking_end(asking);
        asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_COMPLETED);
        assert_string_equal(asking->told[0].info.job_status, "success");
        assert_string_equal(asking->told[0].info.result, "");
        assert_null(poll_failure(&asking->poll));
        asking_finish(asking);
    }
}

static void results_are_not_asked_for_where_nobody_wants_them(void **state)
{
    struct asking *asking = asking_begin();

    (void)state;
    asking_answer(asking, "200 OK", "[" DONE(JOB0, "null") "]");
    asking_open_all(asking, 1, false);
    asking_ask(asking, 0);
    asking_run(asking);
    asking_end(asking);
    assert_int_equal(asking->server.requests, 1);
    asking_expect_told(asking, 0, POLL_FOUND, JOBINFO_COMPLETED);
    asking_finish(asking);
}

static void an_end_in_the_middle_leaks_nothing(void **state)
{
    struct asking *asking = asking_begin();
    uint64_t next_us = PACE_NEVER;

    (void)state;
    asking_answer(asking, "200 OK", "[" DONE(JOB0, "null") "]");
    asking->answers[asking->count++] =
        (struct raw_answer){.bytes = "", .end = RAW_KEEP};
    asking_open_all(asking, 1, true);
    for (unsigned i = 0; i < 250; i++)
        asking_ask(asking, i);
    poll_step(&asking->poll, asking->now_us, &next_us);
    assert_true(next_us == PACE_NEVER);
    assert_false(poll_idle(&asking->poll));
    asking_end(asking);
    asking_finish(asking);
}

static void anothers_call_is_left_alone(void **state)
{
    struct asking *asking = asking_begin();
    struct http_call *other;
    struct reply reply;
    struct err err;

    (void)state;
    asking_answer(asking, "200 OK", "[]");
    asking_open_all(asking, 1, true);
    other = http_call_new(&asking->http, &err);
    assert_int_equal(http_call_url(other, asking->server.url, "/x", &err), 0);
    http_call_start(other, NULL, 0, false);
    assert_ptr_equal(net_wait(&asking->http, &reply), other);
    assert_false(poll_take(&asking->poll, other, &reply, asking->now_us));
    http_call_free(other);
    asking_end(asking);
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
        cmocka_unit_test(a_group_is_one_request),
        cmocka_unit_test(groups_are_of_a_hundred),
        cmocka_unit_test(without_a_batch_route_each_is_asked_alone),
        cmocka_unit_test(a_missing_result_is_asked_for_once),
        cmocka_unit_test(a_result_that_cannot_be_had_holds_nothing_up),
        cmocka_unit_test(results_are_not_asked_for_where_nobody_wants_them),
        cmocka_unit_test(an_end_in_the_middle_leaks_nothing),
        cmocka_unit_test(anothers_call_is_left_alone),
    };

    /* The tests end; a hang is a failure. */
    alarm(300);
    return cmocka_run_group_tests(tests, setup, NULL);
}
