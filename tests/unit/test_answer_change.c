/* What the replies to extensions and stops mean, in both generations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/answer.h"

#define JOB   "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define OTHER "EUBQAPsLy8LFnFubUjdCvRwdxeoKoomu1vFAY3qgkGH4"

static struct answer change(int status, const char *body)
{
    struct reply reply = {.kind = REPLY_WHOLE,
                          .status = status,
                          .body = body,
                          .len = strlen(body),
                          .retry_after_ms = -1};
    struct answer answer;
    struct json scratch;

    json_init(&scratch);
    memset(&answer, 0x5a, sizeof answer);
    answer_change(&answer, &reply, JOB, &scratch);
    json_release(&scratch);
    return answer;
}

struct row {
    int status;
    const char *body;
    enum answer_kind kind;
    bool ended;
    bool has_cost;
    int64_t cost_nano;
};

static const struct row rows[] = {
    /* extend, current generation */
    {200,
     "{\"tx\":\"T\",\"job\":\"" JOB "\",\"credits\":{\"costUSD\":0.02398,"
     "\"creditsUsed\":23.98,\"reservationId\":\"r\"}}",
     ANSWER_DONE, false, true, 23980000},
    {200, "{\"tx\":null,\"job\":\"" JOB "\"}", ANSWER_DONE, true, true, 0},
    {200, "{\"tx\":null,\"job\":\"" JOB "\",\"credits\":null}", ANSWER_DONE,
     true, true, 0},
    /* Charged, whatever else it says. */
    {200, "{\"tx\":null,\"job\":\"" JOB "\",\"credits\":{\"costUSD\":1}}",
     ANSWER_DONE, false, true, 1000000000},
    {200, "{\"tx\":\"T\",\"job\":\"" JOB "\"}", ANSWER_DONE, false, false, 0},
    {200, "{\"job\":\"" JOB "\"}", ANSWER_DONE, false, false, 0},
    /* older generation */
    {200,
     "{\"jobAddress\":\"" JOB "\",\"costUSD\":\"0.5\",\"creditsUsed\":500,"
     "\"reservationId\":\"r\",\"extensionSeconds\":1800}",
     ANSWER_DONE, false, true, 500000000},
    /* stop */
    {200, "{\"tx\":\"T\",\"job\":\"" JOB "\",\"delisted\":true}", ANSWER_DONE,
     false, false, 0},
    {200, "{\"tx\":null,\"job\":\"" JOB "\",\"delisted\":false}", ANSWER_DONE,
     true, true, 0},
    {200,
     "{\"success\":true,\"message\":\"m\",\"jobAddress\":\"" JOB
     "\",\"transactionId\":\"T\",\"delisted\":false}",
     ANSWER_DONE, false, false, 0},
    {200,
     "{\"success\":true,\"message\":\"m\",\"jobAddress\":\"" JOB
     "\",\"transactionId\":null,\"delisted\":false}",
     ANSWER_DONE, true, true, 0},
    {200, "{\"success\":false,\"message\":\"no\",\"jobAddress\":\"" JOB "\"}",
     ANSWER_REFUSED, false, false, 0},
    /* No answer about this job is no answer. */
    {200, "{\"tx\":\"T\",\"job\":\"" OTHER "\"}", ANSWER_AMBIGUOUS, false,
     false, 0},
    {200, "{\"tx\":\"T\"}", ANSWER_AMBIGUOUS, false, false, 0},
    {200, "{\"tx\":\"T\",\"job\":\"x\"}", ANSWER_AMBIGUOUS, false, false, 0},
    {200, "[]", ANSWER_AMBIGUOUS, false, false, 0},
    {200, "", ANSWER_AMBIGUOUS, false, false, 0},
    {204, "", ANSWER_AMBIGUOUS, false, false, 0},
    /* Refusals are those of a post. */
    {302, "", ANSWER_AMBIGUOUS, false, false, 0},
    {400, "{\"message\":\"m\"}", ANSWER_REFUSED, false, false, 0},
    {401, "\"Unauthorized\"", ANSWER_DENIED, false, false, 0},
    {402, "{\"message\":\"m\"}", ANSWER_CREDITS, false, false, 0},
    {404, "{\"message\":\"m\"}", ANSWER_REFUSED, false, false, 0},
    {409, "{\"code\":\"IDEMPOTENCY_KEY_IN_PROGRESS\"}", ANSWER_IN_PROGRESS,
     false, false, 0},
    {409, "{\"code\":\"IDEMPOTENCY_KEY_EXPIRED\"}", ANSWER_EXPIRED, false,
     false, 0},
    {409, "{\"code\":\"IDEMPOTENCY_KEY_PAYLOAD_MISMATCH\"}", ANSWER_MISMATCH,
     false, false, 0},
    {429, "", ANSWER_RATE, false, false, 0},
    {503, "<html>", ANSWER_AMBIGUOUS, false, false, 0},
};

static void each_reply_means_what_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct answer answer = change(rows[i].status, rows[i].body);
        if (answer.kind != rows[i].kind || answer.ended != rows[i].ended ||
            answer.has_cost != rows[i].has_cost ||
            answer.cost_nano != rows[i].cost_nano)
            fail_msg("%d %s: %s, ended %d, cost %d %lld", rows[i].status,
                     rows[i].body, answer_kind_text(answer.kind), answer.ended,
                     answer.has_cost, (long long)answer.cost_nano);
    }
}

static void what_is_recorded_is_read(void **state)
{
    (void)state;
    struct answer answer =
        change(200, "{\"tx\":\"Tx\",\"job\":\"" JOB
                    "\",\"credits\":{\"costUSD\":0.1234567891,"
                    "\"reservationId\":\"res\"}}");
    assert_string_equal(answer.tx, "Tx");
    assert_string_equal(answer.address, JOB);
    assert_string_equal(answer.reservation, "res");
    assert_string_equal(answer.cost_raw, "0.1234567891");
    assert_string_equal(answer.message, "");
    answer =
        change(200, "{\"jobAddress\":\"" JOB "\",\"transactionId\":\"U\"}");
    assert_string_equal(answer.tx, "U");
    answer = change(200, "{\"job\":\"" OTHER "\"}");
    assert_non_null(strstr(answer.message, OTHER));
}

static void a_lost_reply_is_ambiguous_and_an_unsent_one_is_not(void **state)
{
    struct reply reply = {.kind = REPLY_LOST, .detail = "reset"};
    struct answer answer;
    struct json scratch;

    (void)state;
    json_init(&scratch);
    answer_change(&answer, &reply, JOB, &scratch);
    assert_int_equal(answer.kind, ANSWER_AMBIGUOUS);
    reply.kind = REPLY_UNSENT;
    answer_change(&answer, &reply, JOB, &scratch);
    assert_int_equal(answer.kind, ANSWER_UNSENT);
    json_release(&scratch);
}

/* A 200 that says no is told in the service's own words. */
static void a_change_that_failed_is_told_in_words(void **state)
{
    struct answer answer = change(
        200, "{\"success\":false,\"message\":\"The job is over\",\"code\":"
             "\"JOB_OVER\",\"jobAddress\":\"" JOB "\",\"retryAfter\":2}");

    (void)state;
    assert_int_equal(answer.kind, ANSWER_REFUSED);
    assert_string_equal(answer.message, "The job is over");
    assert_string_equal(answer.code, "JOB_OVER");
    assert_int_equal(answer.retry_after_ms, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_that_failed_is_told_in_words),
        cmocka_unit_test(each_reply_means_what_the_table_says),
        cmocka_unit_test(what_is_recorded_is_read),
        cmocka_unit_test(a_lost_reply_is_ambiguous_and_an_unsent_one_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
