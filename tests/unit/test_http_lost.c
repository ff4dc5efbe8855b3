/* What http makes of a service that misbehaves: nothing is sent twice, and
 * no answer that is not whole is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http_help.h"

#define BODY "{\"job\":\"x\"}"
#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define GOOD HEAD "Content-Length: 11\r\n\r\n" BODY
#define CHUNKED                                         \
    HEAD "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"jo" \
         "\r\n7\r\nb\":\"x\"}\r\n0\r\n\r\n"

static void expect_lost(const struct net *net)
{
    assert_int_equal(net->reply.kind, REPLY_LOST);
    assert_true(net->reply.detail[0] != '\0');
}

static void expect_good(const struct net *net)
{
    assert_int_equal(net->reply.kind, REPLY_WHOLE);
    assert_int_equal(net->reply.status, 200);
    assert_int_equal(net->reply.len, strlen(BODY));
    assert_memory_equal(net->reply.body, BODY, strlen(BODY));
    assert_string_equal(net->reply.detail, "");
}

/* --- a connection that is used again and dies -------------------------- */

/* A first good request, then one that ends so; how often was it received? */
static void second_request(const struct raw_answer *second, bool body)
{
    struct raw_answer answers[] = {{.bytes = GOOD}, *second, {.bytes = GOOD}};
    struct net net;

    net_open(&net, answers, 3, NULL);
    net_send(&net, body ? "{1}" : NULL, false);
    expect_good(&net);
    net_send(&net, body ? "{2}" : NULL, false);
    expect_lost(&net);
    net_close(&net);
    unsigned all = net.server.requests;
    unsigned connections = net.server.connections;
    net_release(&net);
    assert_int_equal(all, second->when == RAW_ON_REQUEST ? 2 : 1);
    assert_in_range(connections, 1, 2);
}

static void work_done_and_closed_is_sent_once(void **state)
{
    (void)state;
    second_request(&(struct raw_answer){.end = RAW_CLOSE}, true);
    second_request(&(struct raw_answer){.end = RAW_CLOSE}, false);
}

static void work_done_and_reset_is_sent_once(void **state)
{
    (void)state;
    second_request(&(struct raw_answer){.end = RAW_RESET}, true);
}

static void work_done_and_half_an_answer_is_sent_once(void **state)
{
    (void)state;
    second_request(
        &(struct raw_answer){.bytes = "HTTP/1.1 2", .end = RAW_CLOSE}, true);
    second_request(
        &(struct raw_answer){.bytes = "HTTP/1.1 200 OK\r\n", .end = RAW_RESET},
        true);
}

static void a_reset_before_reading_is_not_sent_again(void **state)
{
    (void)state;
    second_request(&(struct raw_answer){.when = RAW_ON_BYTE, .end = RAW_RESET},
                   true);
}

static void the_same_on_a_new_connection(void **state)
{
    static const enum raw_end ends[] = {RAW_CLOSE, RAW_RESET};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct raw_answer answers[] = {{.end = ends[i]}, {.bytes = GOOD}};
        struct net net;
        net_open(&net, answers, 2, NULL);
        net_send(&net, "{1}", i == 1);
        expect_lost(&net);
        net_close(&net);
        assert_int_equal(net.server.requests, 1);
        assert_int_equal(net.server.connections, 1);
        net_release(&net);
    }
}

/* The service closed it while it was idle: the next request is good. */
static void a_connection_closed_while_idle_costs_nothing(void **state)
{
    struct raw_answer answers[] = {{.bytes = GOOD, .end = RAW_CLOSE},
                                   {.bytes = GOOD}};
    struct net net;

    (void)state;
    net_open(&net, answers, 2, NULL);
    net_send(&net, "{1}", false);
    expect_good(&net);
    net_send(&net, "{2}", false);
    /* Where its end had not come in yet, this is a lost request. */
    if (net.reply.kind == REPLY_WHOLE)
        expect_good(&net);
    else
        expect_lost(&net);
    unsigned whole = net.reply.kind == REPLY_WHOLE ? 2 : 1;
    net_close(&net);
    assert_int_equal(net.server.requests, whole);
    net_release(&net);
}

/* Many times over, each with a call that has lost one before. */
static void every_lost_request_is_received_once(void **state)
{
    const struct raw_answer good = {.bytes = GOOD};
    const struct raw_answer cut = {.end = RAW_CLOSE};
    struct raw_answer answers[40];
    struct net net;

    (void)state;
    for (unsigned i = 0; i < 40; i++)
        answers[i] = i % 2 == 0 ? good : cut;
    net_open(&net, answers, 40, NULL);
    for (unsigned i = 0; i < 40; i++) {
        net_send(&net, "{}", false);
        assert_int_equal(net.reply.kind, i % 2 == 0 ? REPLY_WHOLE : REPLY_LOST);
    }
    net_close(&net);
    assert_int_equal(net.server.requests, 40);
    net_release(&net);
}

/* --- what is proved unsent ---------------------------------------------- */

static void a_refused_connection_is_unsent(void **state)
{
    struct raw_answer answers[] = {
        {.bytes = "HTTP/1.1 503 Away\r\nRetry-After: 7\r\n"
                  "Content-Length: 2\r\n\r\n{}"}};
    struct net net;
    struct err err;
    char url[64];
    unsigned port;
    int fd = raw_refused_port(&port);

    (void)state;
    net_open(&net, answers, 1, NULL);
    net_send(&net, "{1}", false);
    assert_int_equal(net.reply.kind, REPLY_WHOLE);
    assert_int_equal(net.reply.status, 503);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
    assert_int_equal(http_call_url(net.call, url, "/x", &err), 0);
    net_send(&net, "{2}", false);
    /* Nothing of the call's earlier answer is left. */
    assert_int_equal(net.reply.kind, REPLY_UNSENT);
    assert_int_equal(net.reply.status, 0);
    assert_int_equal(net.reply.retry_after_ms, -1);
    assert_int_equal(net.reply.len, 0);
    assert_true(net.reply.detail[0] != '\0');
    net_close(&net);
    assert_int_equal(net.server.requests, 1);
    net_release(&net);
    close(fd);
}

static void a_refused_call_is_unsent_whatever_came_before(void **state)
{
    struct raw_answer answers[] = {
        {.bytes = "HTTP/1.1 503 Away\r\nRetry-After: 7\r\n"
                  "Content-Length: 2\r\n\r\n{}"}};
    struct net net;

    (void)state;
    net_open(&net, answers, 1, NULL);
    for (int i = 0; i < 2; i++) {
        http_call_refuse(net.call, "its key cannot be set");
        assert_ptr_equal(net_wait(&net.http, &net.reply), net.call);
        assert_int_equal(net.reply.kind, REPLY_UNSENT);
        assert_int_equal(net.reply.status, 0);
        assert_int_equal(net.reply.len, 0);
        assert_int_equal(net.reply.retry_after_ms, -1);
        assert_string_equal(net.reply.detail, "its key cannot be set");
        net_send(&net, "{1}", false);
        assert_int_equal(net.reply.status, 503);
        assert_int_equal(net.reply.retry_after_ms, 7000);
    }
    net_close(&net);
    assert_int_equal(net.server.requests, 2);
    net_release(&net);
}

/* https to a server that is none: the request never leaves. */
static void a_failed_tls_handshake_is_unsent(void **state)
{
    static const struct raw_answer each[] = {
        {.bytes = "SSH-2.0-what\r\n\r\n", .when = RAW_ON_ACCEPT},
        {.bytes = "HTTP/1.1 400 Bad Request\r\n\r\n",
         .end = RAW_CLOSE,
         .when = RAW_ON_ACCEPT},
        {.end = RAW_CLOSE, .when = RAW_ON_BYTE},
        {.end = RAW_RESET, .when = RAW_ON_BYTE},
        {.bytes = "\x16\x03\x01\x7f",
         .end = RAW_DRIBBLE,
         .when = RAW_ON_ACCEPT},
    };
    struct http_options options = net_options();

    (void)state;
    options.timeout_ms = NET_SHORT_MS * 3;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        struct net net;
        struct err err;
        char url[64];
        net_open(&net, &each[i], 1, &options);
        snprintf(url, sizeof url, "https://127.0.0.1:%u", net.server.port);
        assert_int_equal(http_call_url(net.call, url, "/x", &err), 0);
        net_send(&net, "{1}", false);
        assert_int_equal(net.reply.kind, REPLY_UNSENT);
        net_close(&net);
        assert_int_equal(net.server.requests, 0);
        net_release(&net);
    }
}

/* --- answers that are cut ------------------------------------------------ */

/*
 * An answer's first bytes, as many as there are, each time followed by the
 * connection's end. From `whole` bytes on it counts as whole.
 */
static void cut_everywhere(const char *reply, size_t whole)
{
    for (size_t len = 0; len <= strlen(reply); len++) {
        struct raw_answer answer = {
            .bytes = reply, .len = len, .end = RAW_CLOSE};
        struct net net;
        if (len == 0)
            answer.bytes = NULL;
        net_open(&net, &answer, 1, NULL);
        net_send(&net, "{1}", false);
        if (len >= whole)
            expect_good(&net);
        else if (net.reply.kind != REPLY_LOST)
            fail_msg("kind %d, status %d after %.*s", (int)net.reply.kind,
                     net.reply.status, (int)len, reply);
        net_close(&net);
        assert_int_equal(net.server.requests, 1);
        net_release(&net);
    }
}

static void an_answer_with_a_length_cut_anywhere_is_lost(void **state)
{
    (void)state;
    cut_everywhere(GOOD, strlen(GOOD));
}

static void a_chunked_answer_cut_anywhere_is_lost(void **state)
{
    (void)state;
    /* libcurl does without the very last byte, a line feed. */
    cut_everywhere(CHUNKED, strlen(CHUNKED) - 1);
}

static void an_answer_behind_100_cut_anywhere_is_lost(void **state)
{
    static const char reply[] = "HTTP/1.1 100 Continue\r\n\r\n" GOOD;

    (void)state;
    cut_everywhere(reply, strlen(reply));
}

/* A refusal is final only where all of it arrived. */
static void a_refusal_with_cut_headers_is_lost(void **state)
{
    static const char *const replies[] = {
        "HTTP/1.1 400 Bad Request\r\n",
        "HTTP/1.1 402 Payment Required\r\nContent-Type: text/html\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n",
        "HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r",
        "HTTP/1.1 401 No\r\nDate",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n",
    };

    (void)state;
    for (unsigned i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct raw_answer answer = {.bytes = replies[i], .end = RAW_CLOSE};
        struct net net;
        net_open(&net, &answer, 1, NULL);
        net_send(&net, "{1}", false);
        if (net.reply.kind != REPLY_LOST)
            fail_msg("kind %d after %s", (int)net.reply.kind, replies[i]);
        net_close(&net);
        net_release(&net);
    }
}

static void what_is_no_http_is_lost(void **state)
{
    static const char *const replies[] = {
        "{\"job\":\"x\"}\r\n\r\n",
        "220 mail.example ESMTP\r\n",
        "HTTP/3.7 200 OK\r\n\r\n{}",
        "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 099 No\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "ffffffffffffffffff\r\n{}"),
        "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
    };

    (void)state;
    for (unsigned i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct raw_answer answer = {.bytes = replies[i], .end = RAW_CLOSE};
        struct net net;
        net_open(&net, &answer, 1, NULL);
        net_send(&net, "{1}", false);
        if (net.reply.kind != REPLY_LOST)
            fail_msg("kind %d, status %d after %s", (int)net.reply.kind,
                     net.reply.status, replies[i]);
        net_close(&net);
        assert_int_equal(net.server.requests, 1);
        net_release(&net);
    }
}

/* --- answers without end -------------------------------------------------- */

static void endless(const struct raw_answer *answer, long timeout_ms,
                    const char *detail)
{
    struct http_options options = net_options();
    struct net net;

    options.timeout_ms = timeout_ms;
    net_open(&net, answer, 1, &options);
    net_send(&net, "{1}", false);
    expect_lost(&net);
    if (detail && !strstr(net.reply.detail, detail))
        fail_msg("expected %s, found %s", detail, net.reply.detail);
    assert_true(net.reply.len <= HTTP_BODY_MAX);
    net_close(&net);
    assert_int_equal(net.server.requests, 1);
    net_release(&net);
}

static void an_answer_that_does_not_end_in_time_is_lost(void **state)
{
    (void)state;
    endless(&(struct raw_answer){.bytes = NULL}, NET_SHORT_MS, NULL);
    endless(&(struct raw_answer){.bytes = GOOD, .len = sizeof GOOD - 2},
            NET_SHORT_MS, NULL);
    endless(&(struct raw_answer){.bytes = HEAD "X: ", .end = RAW_DRIBBLE},
            NET_SHORT_MS, NULL);
    endless(&(struct raw_answer){.bytes = HEAD "Content-Length: 999999\r\n\r\n",
                                 .end = RAW_DRIBBLE},
            NET_SHORT_MS, NULL);
}

static void an_answer_over_the_bound_is_lost(void **state)
{
    static const char detail[] = "over 1048576 bytes";

    (void)state;
    endless(
        &(struct raw_answer){.bytes = HEAD "Content-Length: 1048577\r\n\r\n",
                             .end = RAW_FLOOD,
                             .again = "{\"job\":\"x\"}"},
        NET_LONG_MS, detail);
    endless(
        &(struct raw_answer){.bytes = HEAD "Transfer-Encoding: chunked\r\n\r\n",
                             .end = RAW_FLOOD,
                             .again = "8\r\n        \r\n"},
        NET_LONG_MS, detail);
    endless(&(struct raw_answer){.bytes = HEAD "\r\n",
                                 .end = RAW_FLOOD,
                                 .again = "x"},
            NET_LONG_MS, detail);
}

static void headers_without_end_are_lost(void **state)
{
    (void)state;
    endless(&(struct raw_answer){.bytes = "HTTP/1.1 200 OK\r\n",
                                 .end = RAW_FLOOD,
                                 .again = "X-A: bcdefghijklmnopqrstuvwxyz\r\n"},
            NET_LONG_MS, "headers");
    endless(
        &(struct raw_answer){.bytes = NULL,
                             .end = RAW_FLOOD,
                             .again =
                                 "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"},
        NET_LONG_MS, "headers");
    endless(
        &(struct raw_answer){
            .bytes = HEAD "X: ", .end = RAW_FLOOD, .again = "y"},
        NET_LONG_MS, NULL);
}

/* A body of exactly the bound is whole. */
static void an_answer_at_the_bound_is_whole(void **state)
{
    struct raw_answer answer;
    struct net net;
    struct buf text;

    (void)state;
    buf_init(&text, HTTP_BODY_MAX + 200);
    buf_add_str(&text, HEAD "Content-Length: 1048576\r\n\r\n");
    char *room = buf_room(&text, HTTP_BODY_MAX);
    assert_non_null(room);
    memset(room, ' ', HTTP_BODY_MAX);
    buf_grown(&text, HTTP_BODY_MAX);
    answer = (struct raw_answer){.bytes = text.data, .len = text.len};
    net_open(&net, &answer, 1, NULL);
    net_send(&net, "{1}", false);
    assert_int_equal(net.reply.kind, REPLY_WHOLE);
    assert_int_equal(net.reply.len, HTTP_BODY_MAX);
    net_close(&net);
    net_release(&net);
    buf_release(&text);
}

/* An answer nobody asked for, right behind the first, is not the second's. */
static void a_second_answer_is_not_the_next_requests(void **state)
{
    struct raw_answer answers[] = {
        {.bytes = GOOD "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
        {.bytes = GOOD}};
    struct net net;

    (void)state;
    net_open(&net, answers, 2, NULL);
    for (int i = 0; i < 2; i++) {
        net_send(&net, "{}", false);
        expect_good(&net);
    }
    net_close(&net);
    assert_int_equal(net.server.requests, 2);
    net_release(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_done_and_closed_is_sent_once),
        cmocka_unit_test(work_done_and_reset_is_sent_once),
        cmocka_unit_test(work_done_and_half_an_answer_is_sent_once),
        cmocka_unit_test(a_reset_before_reading_is_not_sent_again),
        cmocka_unit_test(the_same_on_a_new_connection),
        cmocka_unit_test(a_connection_closed_while_idle_costs_nothing),
        cmocka_unit_test(every_lost_request_is_received_once),
        cmocka_unit_test(a_refused_connection_is_unsent),
        cmocka_unit_test(a_refused_call_is_unsent_whatever_came_before),
        cmocka_unit_test(a_failed_tls_handshake_is_unsent),
        cmocka_unit_test(an_answer_with_a_length_cut_anywhere_is_lost),
        cmocka_unit_test(a_chunked_answer_cut_anywhere_is_lost),
        cmocka_unit_test(an_answer_behind_100_cut_anywhere_is_lost),
        cmocka_unit_test(a_refusal_with_cut_headers_is_lost),
        cmocka_unit_test(what_is_no_http_is_lost),
        cmocka_unit_test(an_answer_that_does_not_end_in_time_is_lost),
        cmocka_unit_test(an_answer_over_the_bound_is_lost),
        cmocka_unit_test(headers_without_end_are_lost),
        cmocka_unit_test(an_answer_at_the_bound_is_whole),
        cmocka_unit_test(a_second_answer_is_not_the_next_requests),
    };

    /* The tests end; a hang is a failure. */
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
