/* The table of answers, row by row: what a reply means for a job's money. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/answer.h"

#define JOB      "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define CID      "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH"
#define PLAIN    "{\"message\":\"m\"}"
#define CODE(c)  "{\"code\":\"" c "\",\"message\":\"m\"}"
#define KEY      "IDEMPOTENCY_KEY_"
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct json scratch;

static int setup(void **state)
{
    (void)state;
    json_init(&scratch);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_release(&scratch);
    return 0;
}

static struct reply whole(int status, const char *body)
{
    return (struct reply){.kind = REPLY_WHOLE,
                          .status = status,
                          .body = body,
                          .len = strlen(body),
                          .retry_after_ms = -1,
                          .took_ms = 5};
}

static struct answer post(int status, const char *body)
{
    struct reply reply = whole(status, body);
    struct answer answer;

    memset(&answer, 0x5a, sizeof answer);
    answer_post(&answer, &reply, &scratch);
    assert_int_equal(answer.status, status);
    assert_int_equal(answer.took_ms, 5);
    return answer;
}

static struct answer pin(int status, const char *body)
{
    struct reply reply = whole(status, body);
    struct answer answer;

    memset(&answer, 0x5a, sizeof answer);
    answer_pin(&answer, &reply, CID, &scratch);
    assert_int_equal(answer.status, status);
    return answer;
}

/* --- refusals ------------------------------------------------------------- */

struct row {
    int status;
    const char *body;
    enum answer_kind post, pin;
};

#define BOTH(kind) kind, kind

static const struct row refusals[] = {
    {400, PLAIN, BOTH(ANSWER_REFUSED)},
    {403, PLAIN, ANSWER_REFUSED, ANSWER_CREDITS},
    {404, PLAIN, BOTH(ANSWER_REFUSED)},
    {422, PLAIN, BOTH(ANSWER_REFUSED)},
    {402, PLAIN, BOTH(ANSWER_CREDITS)},
    {401, PLAIN, BOTH(ANSWER_DENIED)},
    {429, PLAIN, BOTH(ANSWER_RATE)},
    {403, CODE("INSUFFICIENT_SCOPE"), ANSWER_DENIED, ANSWER_CREDITS},
    {403, "{\"message\":\"Insufficient scope. This endpoint requires: x.\"}",
     ANSWER_DENIED, ANSWER_CREDITS},
    {403, "\"Insufficient scope\"", ANSWER_DENIED, ANSWER_CREDITS},
    {403, "{\"message\":\"No insufficient scope\"}", ANSWER_REFUSED,
     ANSWER_CREDITS},
    {403, CODE("INSUFFICIENT_SCOPES"), ANSWER_REFUSED, ANSWER_CREDITS},
    {409, PLAIN, BOTH(ANSWER_AMBIGUOUS)},
    {409, "", BOTH(ANSWER_AMBIGUOUS)},
    {409, CODE(KEY "IN_PROGRESS"), ANSWER_IN_PROGRESS, ANSWER_AMBIGUOUS},
    {409, CODE(KEY "EXPIRED"), ANSWER_EXPIRED, ANSWER_AMBIGUOUS},
    {409, CODE(KEY "PAYLOAD_MISMATCH"), ANSWER_MISMATCH, ANSWER_AMBIGUOUS},
    /* Near a code is not the code. */
    {409, CODE(KEY), BOTH(ANSWER_AMBIGUOUS)},
    {409, CODE(KEY "EXPIRE"), BOTH(ANSWER_AMBIGUOUS)},
    {409, CODE(KEY "EXPIRED "), BOTH(ANSWER_AMBIGUOUS)},
    {409, CODE(" " KEY "EXPIRED"), BOTH(ANSWER_AMBIGUOUS)},
    {409, CODE("idempotency_key_expired"), BOTH(ANSWER_AMBIGUOUS)},
    {409, CODE("KEY_EXPIRED"), BOTH(ANSWER_AMBIGUOUS)},
    {409, CODE(KEY "EXPIRED\\u0000"), BOTH(ANSWER_AMBIGUOUS)},
    {409, CODE("INSUFFICIENT_SCOPE"), BOTH(ANSWER_AMBIGUOUS)},
    {409, "{\"code\":[\"" KEY "EXPIRED\"]}", BOTH(ANSWER_AMBIGUOUS)},
    {409, "{\"error\":{\"code\":\"" KEY "EXPIRED\"}}", BOTH(ANSWER_AMBIGUOUS)},
    {409, "\"" KEY "EXPIRED\"", BOTH(ANSWER_AMBIGUOUS)},
    {409, "{\"message\":\"" KEY "EXPIRED\"}", BOTH(ANSWER_AMBIGUOUS)},
    {409, "{\"code\":\"" KEY "EXPIRED\"", BOTH(ANSWER_AMBIGUOUS)},
    /* The code is escaped: still that code. */
    {409, CODE("\\u0049DEMPOTENCY_KEY_EXPIRED"), ANSWER_EXPIRED,
     ANSWER_AMBIGUOUS},
    /* A code without its status says nothing. */
    {400, CODE(KEY "EXPIRED"), BOTH(ANSWER_REFUSED)},
    {500, CODE(KEY "EXPIRED"), BOTH(ANSWER_AMBIGUOUS)},
    {429, CODE(KEY "PAYLOAD_MISMATCH"), BOTH(ANSWER_RATE)},
    {402, CODE("INSUFFICIENT_SCOPE"), BOTH(ANSWER_CREDITS)},
};

static void refusals_mean_what_the_table_says(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(refusals); i++) {
        const struct row *row = &refusals[i];
        enum answer_kind kind = post(row->status, row->body).kind;
        if (kind != row->post)
            fail_msg("post: %d %s: %s", row->status, row->body,
                     answer_kind_text(kind));
        kind = pin(row->status, row->body).kind;
        if (kind != row->pin)
            fail_msg("pin: %d %s: %s", row->status, row->body,
                     answer_kind_text(kind));
    }
}

/* Every status with bodies of every shape: only the status decides. */
static void the_body_of_a_refusal_changes_nothing(void **state)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "null",
        "7",
        "\"Unauthorized\"",
        "{\"message\":7}",
        "<html><body>502 Bad Gateway</body></html>",
        "{\"message\":\"cut",
        "{\"job\":\"" JOB "\"}",
        "{\"IpfsHash\":\"" CID "\"}",
        "\xff\xfe"};

    (void)state;
    for (int status = 0; status < 1000; status++) {
        if (status >= 200 && status <= 299)
            continue;
        enum answer_kind kind = post(status, PLAIN).kind;
        enum answer_kind pinned = pin(status, PLAIN).kind;
        bool known =
            (status >= 400 && status <= 404) || status == 422 || status == 429;
        assert_int_equal(kind != ANSWER_AMBIGUOUS, known);
        assert_int_equal(pinned != ANSWER_AMBIGUOUS, known);
        for (unsigned i = 0; i < COUNT(bodies); i++) {
            struct answer answer = post(status, bodies[i]);
            assert_int_equal(answer.kind, kind);
            assert_string_equal(answer.address, "");
            assert_false(answer.has_cost);
            assert_int_equal(pin(status, bodies[i]).kind, pinned);
        }
    }
}

static void what_has_no_whole_answer_is_unsent_or_ambiguous(void **state)
{
    struct reply reply = whole(200, "{\"job\":\"" JOB "\"}");
    struct answer answer;

    (void)state;
    snprintf(reply.detail, sizeof reply.detail, "timed out");
    reply.retry_after_ms = 9000;
    for (int status = 0; status < 600; status += 100) {
        reply.status = status;
        reply.kind = REPLY_LOST;
        answer_post(&answer, &reply, &scratch);
        assert_int_equal(answer.kind, ANSWER_AMBIGUOUS);
        assert_string_equal(answer.message, "timed out");
        assert_string_equal(answer.address, "");
        assert_int_equal(answer.retry_after_ms, 9000);
        answer_pin(&answer, &reply, CID, &scratch);
        assert_int_equal(answer.kind, ANSWER_AMBIGUOUS);
        reply.kind = REPLY_UNSENT;
        answer_post(&answer, &reply, &scratch);
        assert_int_equal(answer.kind, ANSWER_UNSENT);
        answer_pin(&answer, &reply, CID, &scratch);
        assert_int_equal(answer.kind, ANSWER_UNSENT);
    }
}

/* --- jobs ----------------------------------------------------------------- */

static void a_job_of_the_current_generation_is_read(void **state)
{
    struct answer answer;

    (void)state;
    answer = post(200, "{\"tx\":\"t1\",\"job\":\"" JOB "\",\"run\":\"r1\","
                       "\"credits\":{\"costUSD\":0.048,\"creditsUsed\":48,"
                       "\"reservationId\":\"v1\",\"project\":\"p1\"}}");
    assert_int_equal(answer.kind, ANSWER_DONE);
    assert_string_equal(answer.address, JOB);
    assert_string_equal(answer.tx, "t1");
    assert_string_equal(answer.run, "r1");
    assert_true(answer.has_cost);
    assert_int_equal(answer.cost_nano, 48000000);
    assert_string_equal(answer.cost_raw, "");
    assert_string_equal(answer.credits, "48");
    assert_string_equal(answer.reservation, "v1");
    assert_string_equal(answer.project, "p1");
    assert_string_equal(answer.message, "");
    assert_string_equal(answer.code, "");
}

static void a_job_of_the_older_generation_is_read(void **state)
{
    struct answer answer;

    (void)state;
    answer = post(201, "{\"jobAddress\":\"" JOB "\",\"costUSD\":\"1.5\","
                       "\"creditsUsed\":\"1500\",\"reservationId\":77,"
                       "\"project\":\"p1\"}");
    assert_int_equal(answer.kind, ANSWER_DONE);
    assert_string_equal(answer.address, JOB);
    assert_string_equal(answer.tx, "");
    assert_string_equal(answer.run, "");
    assert_true(answer.has_cost);
    assert_int_equal(answer.cost_nano, 1500000000);
    assert_string_equal(answer.credits, "1500");
    assert_string_equal(answer.reservation, "77");
    assert_string_equal(answer.project, "p1");
}

/* The job exists: nothing else has to be there, or right. */
static void an_address_is_enough(void **state)
{
    static const char *const bodies[] = {
        "{\"job\":\"" JOB "\"}",
        " {\"job\" : \"" JOB "\"}\n",
        "{\"jobAddress\":\"" JOB "\"}",
        "{\"job\":null,\"jobAddress\":\"" JOB "\"}",
        "{\"job\":{},\"jobAddress\":\"" JOB "\"}",
        "{\"job\":\"" JOB "\",\"credits\":null,\"tx\":null,\"run\":[]}",
        "{\"job\":\"" JOB "\",\"credits\":[1],\"code\":\"" KEY "EXPIRED\"}",
        "{\"job\":\"" JOB "\",\"credits\":\"none\",\"message\":\"odd\"}",
        "{\"job\":\"" JOB "\",\"credits\":{}}",
        "{\"job\":\"first\",\"job\":\"" JOB "\"}",
    };

    (void)state;
    for (int status = 200; status < 300; status++) {
        for (unsigned i = 0; i < COUNT(bodies); i++) {
            struct answer answer = post(status, bodies[i]);
            if (answer.kind != ANSWER_DONE)
                fail_msg("%s", bodies[i]);
            assert_string_equal(answer.address, JOB);
            assert_string_equal(answer.message, "");
            assert_string_equal(answer.tx, "");
            assert_string_equal(answer.run, "");
            assert_false(answer.has_cost);
        }
    }
}

static void without_an_address_it_is_ambiguous(void **state)
{
    static const char *const bodies[] = {
        "", "{}", "[]", "null", "true", "\"" JOB "\"", "[\"" JOB "\"]",
        "<html>ok</html>", "{\"job\":\"" JOB "\"", "{\"job\":\"" JOB "\"}}",
        "{\"job\":\"" JOB "\",}", "{\"Job\":\"" JOB "\"}",
        "{\"data\":{\"job\":\"" JOB "\"}}", "{\"job\":[\"" JOB "\"]}",
        "{\"job\":{\"job\":\"" JOB "\"}}", "{\"job\":true}", "{\"job\":null}",
        "{\"job\":\"\"}", "{\"job\":\"" JOB " \"}",
        "{\"job\":\"" JOB "\\u0000\"}", "{\"job\":\"" JOB "q\"}",
        "{\"job\":\"7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBc\"}",
        "{\"job\":\"0AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq\"}",
        "{\"job\":\"" CID "\"}", "{\"job\":\"x\",\"jobAddress\":\"" JOB "\"}",
        "{\"job\":\"" JOB JOB JOB JOB "\"}",
        /* 43 digits that are 32 bytes in base58: a number is no address. */
        "{\"job\":6666666666666666666666666666666666666666666}",
        "{\"jobAddress\":7777777777777777777777777777777777777777777}",
        "{\"job\":\"\xff\"}"};

    (void)state;
    for (unsigned i = 0; i < COUNT(bodies); i++) {
        struct answer answer = post(200, bodies[i]);
        if (answer.kind != ANSWER_AMBIGUOUS)
            fail_msg("%s: %s", bodies[i], answer_kind_text(answer.kind));
        assert_string_equal(answer.address, "");
        assert_string_equal(answer.message, "HTTP 200 without a job's address");
        assert_false(answer.has_cost);
    }
}

/* Those 43 digits are an address where they are a string. */
static void digits_in_a_string_may_be_an_address(void **state)
{
    (void)state;
    assert_int_equal(
        post(200, "{\"job\":\"6666666666666666666666666666666666666666666\"}")
            .kind,
        ANSWER_DONE);
}

static void a_nul_byte_ends_no_body(void **state)
{
    static const char body[] = "{\"job\":\"" JOB "\"}\0{}";
    struct reply reply = whole(200, "");
    struct answer answer;

    (void)state;
    reply.body = body;
    reply.len = sizeof body - 1;
    answer_post(&answer, &reply, &scratch);
    assert_int_equal(answer.kind, ANSWER_AMBIGUOUS);
    reply.len = strlen(body);
    answer_post(&answer, &reply, &scratch);
    assert_int_equal(answer.kind, ANSWER_DONE);
}

/* Of a body cut anywhere nothing is believed. */
static void a_job_cut_anywhere_is_ambiguous(void **state)
{
    static const char body[] =
        "{\"job\":\"" JOB "\",\"credits\":{\"costUSD\":1}}";
    struct reply reply = whole(200, body);
    struct answer answer;

    (void)state;
    for (size_t len = 0; len < strlen(body); len++) {
        /* A copy, so that reading past its end is seen. */
        char *copy = malloc(len > 0 ? len : 1);
        assert_non_null(copy);
        memcpy(copy, body, len);
        reply.body = copy;
        reply.len = len;
        answer_post(&answer, &reply, &scratch);
        free(copy);
        assert_int_equal(answer.kind, ANSWER_AMBIGUOUS);
    }
}

/* --- pins ----------------------------------------------------------------- */

static void a_pin_is_good_with_our_hash_only(void **state)
{
    static const struct {
        const char *body;
        enum answer_kind kind;
    } each[] = {
        {"{\"IpfsHash\":\"" CID "\",\"PinSize\":7}", ANSWER_DONE},
        {"{\"IpfsHash\":\"" CID "\",\"isDuplicate\":true}", ANSWER_DONE},
        {"{\"IpfsHash\":\"QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH\"}",
         ANSWER_CONTRADICTS},
        {"{\"IpfsHash\":\"" CID "x\"}", ANSWER_CONTRADICTS},
        {"{\"IpfsHash\":\"\"}", ANSWER_CONTRADICTS},
        {"{\"IpfsHash\":\"" CID "\\u0000\"}", ANSWER_AMBIGUOUS},
        {"{\"IpfsHash\":null}", ANSWER_AMBIGUOUS},
        {"{\"IpfsHash\":7}", ANSWER_AMBIGUOUS},
        {"{\"ipfsHash\":\"" CID "\"}", ANSWER_AMBIGUOUS},
        {"\"" CID "\"", ANSWER_AMBIGUOUS},
        {"{\"IpfsHash\":\"" CID "\"", ANSWER_AMBIGUOUS},
        {"", ANSWER_AMBIGUOUS},
        {"<html>", ANSWER_AMBIGUOUS},
        {"{}", ANSWER_AMBIGUOUS},
    };

    (void)state;
    for (int status = 200; status < 300; status += 33) {
        for (unsigned i = 0; i < COUNT(each); i++) {
            struct answer answer = pin(status, each[i].body);
            if (answer.kind != each[i].kind)
                fail_msg("%s: %s", each[i].body, answer_kind_text(answer.kind));
            assert_int_equal(answer.message[0] == '\0',
                             answer.kind == ANSWER_DONE);
        }
    }
    /* Both hashes are named. */
    struct answer answer = pin(200, "{\"IpfsHash\":\"Qmother\"}");
    assert_string_equal(answer.message, "pinned as Qmother, not as " CID);
}

static void every_kind_has_words(void **state)
{
    (void)state;
    for (int kind = 0; kind <= ANSWER_CONTRADICTS; kind++) {
        const char *text = answer_kind_text((enum answer_kind)kind);
        assert_true(strlen(text) > 1);
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(text,
                                    answer_kind_text((enum answer_kind)other));
    }
    assert_string_equal(answer_kind_text((enum answer_kind)99), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_mean_what_the_table_says),
        cmocka_unit_test(the_body_of_a_refusal_changes_nothing),
        cmocka_unit_test(what_has_no_whole_answer_is_unsent_or_ambiguous),
        cmocka_unit_test(a_job_of_the_current_generation_is_read),
        cmocka_unit_test(a_job_of_the_older_generation_is_read),
        cmocka_unit_test(an_address_is_enough),
        cmocka_unit_test(without_an_address_it_is_ambiguous),
        cmocka_unit_test(digits_in_a_string_may_be_an_address),
        cmocka_unit_test(a_nul_byte_ends_no_body),
        cmocka_unit_test(a_job_cut_anywhere_is_ambiguous),
        cmocka_unit_test(a_pin_is_good_with_our_hash_only),
        cmocka_unit_test(every_kind_has_words),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
