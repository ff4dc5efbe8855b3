/* What is read from an answer: costs, Retry-After, the service's words. */
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
#define CODE(c)  "{\"code\":\"" c "\",\"message\":\"m\"}"
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

/* --- costs ---------------------------------------------------------------- */

static void costs_come_from_their_own_digits(void **state)
{
    static const struct {
        const char *json;
        int64_t nano; /* -1: none */
        const char *raw;
    } each[] = {
        {"0.048", 48000000, ""},
        {"\"0.048\"", 48000000, ""},
        {"0", 0, ""},
        {"-0", 0, ""},
        {"4.8e-2", 48000000, ""},
        {"0.000000001", 1, ""},
        {"0.0000000014", 1, "0.0000000014"},
        {"0.0000000015", 2, "0.0000000015"},
        {"0.0000000025", 2, "0.0000000025"},
        {"0.0479999999999", 48000000, "0.0479999999999"},
        {"\"0.12345678949\"", 123456789, "0.12345678949"},
        {"9223372036.854775807", INT64_MAX, ""},
        {"9223372036.854775808", -1, ""},
        {"1e99", -1, ""},
        {"-0.01", -1, ""},
        {"-0.0000000001", 0, "-0.0000000001"},
        {"\"nan\"", -1, ""},
        {"\"inf\"", -1, ""},
        {"\"0x1\"", -1, ""},
        {"\"\"", -1, ""},
        {"\" 1\"", -1, ""},
        {"\"1\\u0000\"", -1, ""},
        {"\"$1\"", -1, ""},
        {"null", -1, ""},
        {"true", -1, ""},
        {"[0.048]", -1, ""},
        {"{}", -1, ""},
    };
    char body[400];

    (void)state;
    for (unsigned i = 0; i < 2 * COUNT(each); i++) {
        const char *json = each[i / 2].json;
        snprintf(body, sizeof body,
                 i % 2 ? "{\"job\":\"" JOB "\",\"credits\":{\"costUSD\":%s}}"
                       : "{\"jobAddress\":\"" JOB "\",\"costUSD\":%s}",
                 json);
        struct answer answer = post(200, body);
        assert_int_equal(answer.kind, ANSWER_DONE);
        if (answer.has_cost != (each[i / 2].nano >= 0))
            fail_msg("%s: cost %lld", json, (long long)answer.cost_nano);
        assert_int_equal(answer.cost_nano,
                         answer.has_cost ? each[i / 2].nano : 0);
        assert_string_equal(answer.cost_raw, each[i / 2].raw);
    }
}

/* A cut number would be another number. */
static void a_cost_of_too_many_digits_is_none(void **state)
{
    char body[400];

    (void)state;
    for (int zeros = 100; zeros < 160; zeros++) {
        snprintf(body, sizeof body,
                 "{\"job\":\"" JOB "\",\"credits\":{\"costUSD\":0.%0*d"
                 "e%d}}",
                 zeros, 1, zeros);
        struct answer answer = post(200, body);
        assert_int_equal(answer.kind, ANSWER_DONE);
        if (answer.has_cost)
            assert_int_equal(answer.cost_nano, 1000000000);
        if (zeros > 127)
            assert_false(answer.has_cost);
    }
}

/* --- Retry-After ---------------------------------------------------------- */

static void the_longer_retry_after_counts(void **state)
{
    static const struct {
        const char *json;
        int64_t header_ms, ms;
    } each[] = {
        {"5", -1, 5000},         {"5", 7000, 7000},
        {"5", 3000, 5000},       {"0", -1, 0},
        {"0.25", -1, 250},       {"-1", -1, -1},
        {"-1", 3000, 3000},      {"\"5\"", -1, -1},
        {"null", 2000, 2000},    {"86401", -1, 86400000},
        {"1e300", -1, 86400000}, {"[5]", -1, -1},
    };
    char body[100];

    (void)state;
    for (unsigned i = 0; i < COUNT(each); i++) {
        struct answer answer;
        snprintf(body, sizeof body, "{\"retryAfter\":%s}", each[i].json);
        struct reply reply = whole(429, body);
        reply.retry_after_ms = each[i].header_ms;
        answer_post(&answer, &reply, &scratch);
        assert_int_equal(answer.kind, ANSWER_RATE);
        assert_int_equal(answer.retry_after_ms, each[i].ms);
        answer_pin(&answer, &reply, CID, &scratch);
        assert_int_equal(answer.retry_after_ms, each[i].ms);
    }
    /* Only an object's own member. */
    assert_int_equal(post(429, "[{\"retryAfter\":5}]").retry_after_ms, -1);
    assert_int_equal(post(429, "{\"a\":{\"retryAfter\":5}}").retry_after_ms,
                     -1);
}

/* --- texts ---------------------------------------------------------------- */

static void the_services_words_are_kept(void **state)
{
    static const struct {
        const char *body, *message;
    } each[] = {
        {"{\"message\":\"no \\u00e9 \\\"x\\\"\"}", "no \xc3\xa9 \"x\""},
        {"{\"error\":\"e\",\"message\":\"m\"}", "m"},
        {"{\"error\":\"e\"}", "e"},
        {"{\"error\":\"e\",\"message\":null}", "e"},
        {"{\"message\":\"a\\u0000b\",\"error\":\"e\"}", "e"},
        {"{\"error\":404}", "404"},
        {"\"Unauthorized\"", "Unauthorized"},
        {"\"a \\\"b\\\"\"", "a \"b\""},
        {"\"a\\u0000b\"", "HTTP 400 without a message"},
        {"{}", "HTTP 400 without a message"},
        {"[\"x\"]", "HTTP 400 without a message"},
        {"", "HTTP 400 without a body"},
        {"<html>", "HTTP 400 with a body that is no JSON"},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(each); i++) {
        assert_string_equal(post(400, each[i].body).message, each[i].message);
        assert_string_equal(pin(400, each[i].body).message, each[i].message);
    }
    assert_string_equal(post(409, CODE("C")).code, "C");
    assert_string_equal(post(409, "{\"code\":17}").code, "17");
}

/* Cut at 512 bytes, never within a character. */
static void long_texts_are_cut_at_a_characters_end(void **state)
{
    char body[2000];
    char hash[600];

    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        struct buf text;
        buf_init(&text, sizeof body - 1);
        buf_add_str(&text, "{\"message\":\"");
        for (int i = 0; i < shift; i++)
            buf_add_char(&text, 'a');
        for (int i = 0; i < 200; i++)
            buf_add_str(&text, "\xf0\x9f\x98\x80");
        buf_add_str(&text, "\"}");
        struct answer answer = post(400, buf_str(&text));
        size_t len = strlen(answer.message);
        assert_in_range(len, 509, 512);
        assert_true(json_utf8_valid(answer.message, len));
        buf_release(&text);
    }
    memset(hash, 0, sizeof hash);
    for (size_t i = 0; i < 500; i += 3)
        memcpy(hash + i, "\xe2\x82\xac", 3);
    snprintf(body, sizeof body, "{\"IpfsHash\":\"%s\"}", hash);
    struct answer answer = pin(200, body);
    assert_int_equal(answer.kind, ANSWER_CONTRADICTS);
    assert_true(json_utf8_valid(answer.message, strlen(answer.message)));
}

/* What the transport or an earlier reply left is not taken for this one's. */
static void only_this_reply_is_read(void **state)
{
    (void)state;
    assert_string_equal(post(400, "[7,8]").message,
                        "HTTP 400 without a message");
    assert_string_equal(post(400, "\"words\"").message, "words");
    assert_string_equal(post(400, "7").message, "HTTP 400 without a message");
    assert_int_equal(pin(200, "{\"IpfsHash\":\"" CID "\"}").kind, ANSWER_DONE);
    struct answer answer = pin(200, "");
    assert_int_equal(answer.kind, ANSWER_AMBIGUOUS);
    assert_string_equal(answer.message, "HTTP 200 without an IpfsHash");
    /* Where it is no good answer, its code and time to wait are told. */
    answer = pin(200, "{\"code\":\"C\",\"retryAfter\":7}");
    assert_string_equal(answer.code, "C");
    assert_int_equal(answer.retry_after_ms, 7000);
    answer = post(200, "{\"code\":\"C\",\"retryAfter\":7}");
    assert_string_equal(answer.code, "C");
    assert_int_equal(answer.retry_after_ms, 7000);
    answer = post(300, "{\"message\":\"m\",\"code\":\"C\"}");
    assert_string_equal(answer.message, "m");
    assert_string_equal(answer.code, "C");
    answer = post(199, "{\"message\":\"m\"}");
    assert_string_equal(answer.message, "m");
    assert_int_equal(pin(200, "\"" CID "\"").kind, ANSWER_AMBIGUOUS);
    /* Credits that are no object say nothing; the older place is read. */
    answer = post(200, "{\"job\":\"" JOB "\",\"credits\":\"x\","
                       "\"costUSD\":0.5}");
    assert_true(answer.has_cost);
    assert_int_equal(answer.cost_nano, 500000000);
}

static void near_words_are_other_words(void **state)
{
    (void)state;
    assert_int_equal(
        post(403, "{\"message\":\"Insufficient scope. Ask\"}").kind,
        ANSWER_DENIED);
    assert_int_equal(post(403, "{\"message\":\"Insufficient scopy\"}").kind,
                     ANSWER_REFUSED);
    assert_int_equal(post(429, "{\"retryAfter\":-0.0001}").retry_after_ms, -1);
    assert_int_equal(post(429, "{\"retryAfter\":0.0001}").retry_after_ms, 0);
}

/* Of a pin that is nowhere: where there is room for all of it. */
static void a_hint_is_whole_or_absent(void **state)
{
    static const char hint[] = "; is PINATA_API_URL (or --pin-url) right?";
    const size_t room = sizeof((struct answer *)0)->message - sizeof hint;
    char body[700] = "{\"message\":\"";
    size_t head = strlen(body);

    (void)state;
    assert_string_equal(pin(404, "{\"message\":\"m\"}").message,
                        "m; is PINATA_API_URL (or --pin-url) right?");
    assert_string_equal(pin(405, "{\"message\":\"m\"}").message, "m");
    for (size_t len = room - 2; len < room + 3; len++) {
        memset(body + head, 'm', len);
        strcpy(body + head + len, "\"}");
        struct answer answer = pin(404, body);
        assert_int_equal(strlen(answer.message),
                         len + (len <= room ? strlen(hint) : 0));
    }
}

/* Over what a transport lets through: still no harm. */
static void a_huge_text_is_no_text(void **state)
{
    enum {
        HUGE_LEN = (1 << 20) + 2
    };
    struct reply reply = whole(400, "");
    struct answer answer;
    char *body = malloc(HUGE_LEN);

    (void)state;
    assert_non_null(body);
    memset(body, 'x', HUGE_LEN);
    reply.body = body;
    reply.len = HUGE_LEN;
    answer_post(&answer, &reply, &scratch);
    assert_string_equal(answer.message, "HTTP 400 with a body that is no JSON");
    body[0] = '"';
    body[HUGE_LEN - 1] = '"';
    answer_post(&answer, &reply, &scratch);
    assert_int_equal(strlen(answer.message), 512);
    reply.len = 0;
    free(body);
    body = malloc(HUGE_LEN + 1);
    assert_non_null(body);
    memset(body, 'x', HUGE_LEN + 1);
    body[0] = '"';
    body[HUGE_LEN] = '"';
    reply.body = body;
    reply.len = HUGE_LEN + 1;
    answer_post(&answer, &reply, &scratch);
    assert_string_equal(answer.message, "HTTP 400 without a message");
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_come_from_their_own_digits),
        cmocka_unit_test(a_cost_of_too_many_digits_is_none),
        cmocka_unit_test(the_longer_retry_after_counts),
        cmocka_unit_test(the_services_words_are_kept),
        cmocka_unit_test(long_texts_are_cut_at_a_characters_end),
        cmocka_unit_test(only_this_reply_is_read),
        cmocka_unit_test(near_words_are_other_words),
        cmocka_unit_test(a_hint_is_whole_or_absent),
        cmocka_unit_test(a_huge_text_is_no_text),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
