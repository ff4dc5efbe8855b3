/* Several calls at once: how they end, are lent and freed, and the waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "../../runner/http_pool.h"
#include "http_help.h"

static const struct raw_answer ok = {
    .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};

static void calls_end_on_their_own_and_keep_their_tags(void **state)
{
    enum {
        CALLS = 6
    };
    struct http_call *calls[CALLS];
    struct net net;
    struct err err;
    uint64_t tags = 0;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    for (unsigned i = 0; i < CALLS; i++) {
        calls[i] = http_call_new(&net.http, &err);
        assert_non_null(calls[i]);
        assert_int_equal(http_call_url(calls[i], net.server.url, "/y", &err),
                         0);
        http_call_set_tag(calls[i], (uint64_t)1 << i);
        if (i % 2 == 0)
            http_call_start(calls[i], "1", 1, false);
        else
            http_call_refuse(calls[i], "no");
    }
    assert_int_equal(net.http.in_flight, CALLS);
    for (unsigned i = 0; i < CALLS; i++) {
        struct http_call *call = net_wait(&net.http, &net.reply);
        tags += http_call_tag(call);
        assert_int_equal(net.reply.kind, (http_call_tag(call) & 0x15) != 0
                                             ? REPLY_WHOLE
                                             : REPLY_UNSENT);
    }
    assert_int_equal(tags, (1 << CALLS) - 1);
    assert_int_equal(net.http.in_flight, 0);
    assert_null(http_next_done(&net.http, &net.reply));
    for (unsigned i = 0; i < CALLS; i++)
        http_call_free(calls[i]);
    net_close(&net);
    assert_int_equal(net.server.requests, CALLS / 2);
    net_release(&net);
}

/* Whether under way, ended or taken: a freed call leaves nothing behind. */
static void a_call_may_be_freed_in_any_state(void **state)
{
    struct raw_answer silent = {.bytes = NULL};
    struct http_call *calls[3];
    struct net net;
    struct err err;

    (void)state;
    net_open(&net, &silent, 1, NULL);
    for (unsigned i = 0; i < 3; i++) {
        calls[i] = http_call_new(&net.http, &err);
        assert_non_null(calls[i]);
        http_call_refuse(calls[i], "no");
    }
    http_call_start(net.call, "1", 1, false);
    http_wait(&net.http, 0, 0);
    assert_int_equal(net.http.in_flight, 4);
    http_call_free(calls[2]);
    http_call_free(calls[0]);
    http_call_free(NULL);
    assert_int_equal(net.http.in_flight, 2);
    assert_ptr_equal(http_next_done(&net.http, &net.reply), calls[1]);
    http_call_refuse(calls[1], "again");
    assert_ptr_equal(http_next_done(&net.http, &net.reply), calls[1]);
    assert_string_equal(net.reply.detail, "again");
    assert_null(http_next_done(&net.http, &net.reply));
    http_call_free(calls[1]);
    assert_int_equal(net.http.in_flight, 1);
    net_close(&net);
    assert_int_equal(net.http.in_flight, 0);
    net_release(&net);
}

static void the_call_that_came_back_last_is_lent_next(void **state)
{
    struct http_call *calls[3];
    struct http_pool pool = {.calls = NULL};
    struct net net;
    struct err err;

    (void)state;
    http_pool_release(&pool);
    net_open(&net, &ok, 1, NULL);
    assert_int_equal(http_pool_init(&pool, &net.http, 3, &err), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(
            http_call_url(pool.calls[i], net.server.url, "/y", &err), 0);
        calls[i] = http_pool_take(&pool, 70 + i);
        assert_int_equal(http_call_tag(calls[i]), 70 + i);
        for (unsigned before = 0; before < i; before++)
            assert_ptr_not_equal(calls[before], calls[i]);
    }
    assert_int_equal(pool.idle_count, 0);
    http_pool_put(&pool, calls[0]);
    http_pool_put(&pool, calls[2]);
    assert_ptr_equal(http_pool_take(&pool, 80), calls[2]);
    http_call_start(calls[2], "1", 1, false);
    struct http_call *ended = net_wait(&net.http, &net.reply);
    assert_ptr_equal(ended, calls[2]);
    assert_int_equal(http_call_tag(ended), 80);
    http_pool_put(&pool, ended);
    assert_ptr_equal(http_pool_take(&pool, 81), calls[2]);
    assert_ptr_equal(http_pool_take(&pool, 82), calls[0]);
    /* Lent ones go, too. */
    http_call_start(calls[0], "1", 1, false);
    http_pool_release(&pool);
    assert_int_equal(net.http.in_flight, 0);
    net_close(&net);
    net_release(&net);
}

static int wake_fd;

static void on_alarm(int signal)
{
    (void)signal;
    http_wake(wake_fd);
}

/* In both, a wait that is not woken would run into the alarm: http_wait looks
 * up by itself only after a minute. */
#define WAKE_S 50

static void a_wake_ends_the_next_wait(void **state)
{
    struct net net;
    char byte;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    for (int i = 0; i < 100000; i++)
        http_wake(net.http.wake_fds[1]);
    unsigned left_s = alarm(WAKE_S);
    http_wait(&net.http, 0, UINT64_MAX);
    alarm(left_s);
    /* However many there were: one wait takes them all. */
    assert_int_equal(read(net.http.wake_fds[0], &byte, 1), -1);
    net_close(&net);
    net_release(&net);
}

static void a_wake_in_a_signal_handler_ends_a_wait(void **state)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct sigaction before;
    struct itimerspec soon = {.it_value = {.tv_nsec = 50000000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = SIGUSR1};
    struct net net;
    timer_t timer;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    wake_fd = net.http.wake_fds[1];
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
    unsigned left_s = alarm(WAKE_S);
    http_wait(&net.http, 0, UINT64_MAX);
    alarm(left_s);
    timer_delete(timer);
    sigaction(SIGUSR1, &before, NULL);
    net_close(&net);
    net_release(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_end_on_their_own_and_keep_their_tags),
        cmocka_unit_test(a_call_may_be_freed_in_any_state),
        cmocka_unit_test(the_call_that_came_back_last_is_lent_next),
        cmocka_unit_test(a_wake_ends_the_next_wait),
        cmocka_unit_test(a_wake_in_a_signal_handler_ends_a_wait),
    };

    /* The tests end; a hang is a failure. */
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
