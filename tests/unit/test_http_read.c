/* What http reads of an answer: status, body, Retry-After. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../runner/http_call.h"
#include "http_help.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static void statuses_and_bodies_are_read(void **state)
{
    static const struct {
        const char *bytes;
        int status;
        const char *body;
    } each[] = {
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""},
        {"HTTP/1.0 201 Made\r\nContent-Length: 3\r\n\r\nabc", 201, "abc"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" OK,
         200, "{}"},
        {"HTTP/1.1 429\r\nContent-Length: 4\r\n\r\nslow", 429, "slow"},
        {"HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n"
         "0\r\nHTTP-Trailer: y\r\n\r\n",
         500, "x"},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2"
         "\r\n\r\n{}",
         200, "{}"},
        {"HTTP/1.1 304 Not Modified\r\n\r\n", 304, ""},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        struct raw_answer answer = {.bytes = each[i].bytes};
        struct net net;
        net_open(&net, &answer, 1, NULL);
        net_send(&net, "1", false);
        if (net.reply.kind != REPLY_WHOLE)
            fail_msg("%s: %s", each[i].bytes, net.reply.detail);
        assert_int_equal(net.reply.status, each[i].status);
        assert_string_equal(net.reply.body, each[i].body);
        assert_int_equal(net.reply.len, strlen(each[i].body));
        assert_int_equal(net.reply.retry_after_ms, -1);
        assert_true(net.reply.took_ms >= 0);
        net_close(&net);
        assert_int_equal(net.server.requests, 1);
        net_release(&net);
    }
}

static int64_t read_retry_after(const char *headers)
{
    struct raw_answer answer;
    struct net net;
    char text[512];

    snprintf(text, sizeof text, "HTTP/1.1 429 x\r\n%sContent-Length: 0\r\n\r\n",
             headers);
    answer = (struct raw_answer){.bytes = text};
    net_open(&net, &answer, 1, NULL);
    net_send(&net, "1", false);
    assert_int_equal(net.reply.kind, REPLY_WHOLE);
    int64_t ms = net.reply.retry_after_ms;
    net_close(&net);
    net_release(&net);
    return ms;
}

static void retry_after_is_read_where_it_is_one(void **state)
{
    static const struct {
        const char *headers;
        int64_t ms;
    } each[] = {
        {"", -1},
        {"Retry-After: 7\r\n", 7000},
        {"retry-after:   0  \r\n", 0},
        {"Retry-After: 0030\r\n", 30000},
        {"Retry-After: 2147483647\r\n", (int64_t)INT32_MAX * 1000},
        {"Retry-After: 99999999999999999999\r\n", (int64_t)INT32_MAX * 1000},
        {"Retry-After: 1\r\nRetry-After: 2\r\n", 1000},
        {"Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", 0},
        {"Retry-After: -5\r\n", -1},
        {"Retry-After: \r\n", -1},
        {"Retry-After: soon\r\n", -1},
        {"Retry-After: 5 minutes\r\n", -1},
        {"Retry-After: 1.5\r\n", -1},
        {"Retry-After: 1e3\r\n", -1},
        {"Retry-After: 0x10\r\n", -1},
        {"Retry-After: +5\r\n", -1},
        {"Retry-After: nan\r\n", -1},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        int64_t ms = read_retry_after(each[i].headers);
        if (ms != each[i].ms)
            fail_msg("%sexpected %lld, found %lld", each[i].headers,
                     (long long)each[i].ms, (long long)ms);
    }
}

static void retry_after_may_be_a_date(void **state)
{
    char text[80];
    struct tm utc;
    time_t then = time(NULL) + 3600;

    (void)state;
    assert_non_null(gmtime_r(&then, &utc));
    strftime(text, sizeof text, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n",
             &utc);
    assert_in_range(read_retry_after(text), 1000, 3600000);
    /* 1 January 2200: no more than fits. */
    assert_in_range(
        read_retry_after("Retry-After: Wed, 01 Jan 2200 00:00:00 GMT\r\n"),
        3600000, (int64_t)INT32_MAX * 1000);
}

/* Our clock may be wrong by years, or step between two answers. */
static void a_date_counts_from_the_answers_own(void **state)
{
    (void)state;
    assert_int_equal(
        read_retry_after("Date: Wed, 01 Jan 2200 00:00:00 GMT\r\n"
                         "Retry-After: Wed, 01 Jan 2200 00:01:30 GMT\r\n"),
        90000);
    assert_int_equal(
        read_retry_after("Retry-After: Sun, 01 Jan 2006 00:01:30 GMT\r\n"
                         "Date: Sun, 01 Jan 2006 00:00:00 GMT\r\n"),
        90000);
    assert_int_equal(
        read_retry_after("Retry-After: Sun, 01 Jan 2006 00:00:00 GMT\r\n"
                         "Date: Sun, 01 Jan 2006 00:01:30 GMT\r\n"),
        0);
}

/* What libcurl holds when the ledger fails does not leave any more. */
static void a_halted_call_is_unsent(void **state)
{
    struct raw_answer answers[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}};
    struct net net;

    (void)state;
    net_open(&net, answers, 1, NULL);
    net_send(&net, "{1}", false);
    assert_int_equal(net.reply.kind, REPLY_WHOLE);
    for (int fresh = 0; fresh < 2; fresh++) {
        http_call_start(net.call, "{2}", 3, fresh == 1);
        http_halt(&net.http);
        assert_ptr_equal(net_wait(&net.http, &net.reply), net.call);
        assert_int_equal(net.reply.kind, REPLY_UNSENT);
    }
    net_close(&net);
    assert_int_equal(net.server.requests, 1);
    net_release(&net);
}

static uint64_t five_us(void *context)
{
    (void)context;
    return 5;
}

/* The horizon may pass while a connection is made, or in a sleep. */
static void a_call_past_its_time_is_unsent(void **state)
{
    struct raw_answer answers[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}};
    struct os clock = *os_posix();
    struct net net;

    (void)state;
    clock.monotonic_us = five_us;
    net_open(&net, answers, 2, NULL);
    for (uint64_t until_us = 4; until_us <= 6; until_us++) {
        http_call_until(net.call, &clock, until_us);
        net_send(&net, "{1}", until_us == 4);
        assert_int_equal(net.reply.kind,
                         until_us == 6 ? REPLY_WHOLE : REPLY_UNSENT);
    }
    http_call_until(net.call, NULL, 0);
    net_send(&net, "{2}", false);
    assert_int_equal(net.reply.kind, REPLY_WHOLE);
    net_close(&net);
    assert_int_equal(net.server.requests, 2);
    net_release(&net);
}

/* What libcurl says of a call, and whether that proves anything. */
static void only_a_call_that_never_began_is_unsent(void **state)
{
    static const struct {
        unsigned requests;
        long bytes;
        bool may_use_proxy;
        int64_t transfer_us;
        bool unsent;
    } rows[] = {
        {0, 0, false, 0, true},   {0, 0, false, 9, true},
        {0, 0, true, 0, true},    {0, 90, true, 0, true}, /* a CONNECT */
        {0, 90, true, 9, false},  {0, 90, false, 0, false},
        {0, 90, false, 9, false}, {1, 0, false, 0, false},
        {1, 0, true, 0, false},   {2, 90, true, 0, false},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(http_never_sent(rows[i].requests, rows[i].bytes,
                                         rows[i].may_use_proxy,
                                         rows[i].transfer_us),
                         rows[i].unsent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_halted_call_is_unsent),
        cmocka_unit_test(a_call_past_its_time_is_unsent),
        cmocka_unit_test(only_a_call_that_never_began_is_unsent),
        cmocka_unit_test(statuses_and_bodies_are_read),
        cmocka_unit_test(retry_after_is_read_where_it_is_one),
        cmocka_unit_test(retry_after_may_be_a_date),
        cmocka_unit_test(a_date_counts_from_the_answers_own),
    };

    /* The tests end; a hang is a failure. */
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
