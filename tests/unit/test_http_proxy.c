/* A proxy is taken only where it was asked for, and only for https. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_help.h"

#define KEY "Bearer canary-of-a-key"

static const char *const proxy_names[] = {"http_proxy",  "HTTP_PROXY",
                                          "https_proxy", "HTTPS_PROXY",
                                          "all_proxy",   "ALL_PROXY"};
#define PROXY_NAMES (sizeof proxy_names / sizeof proxy_names[0])

static void set_proxy(const char *url)
{
    for (unsigned i = 0; i < PROXY_NAMES; i++)
        if (url)
            setenv(proxy_names[i], url, 1);
        else
            unsetenv(proxy_names[i]);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
}

static const struct raw_answer ok = {
    .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};

/* The key would be the proxy's to read. */
static void plain_requests_take_no_proxy(void **state)
{
    struct http_options options = net_options();
    struct raw_server proxy;

    (void)state;
    raw_server_start(&proxy, &ok, 1);
    set_proxy(proxy.url);
    for (int asked = 0; asked < 2; asked++) {
        struct net net;
        options.proxy_env = asked == 1;
        net_open(&net, &ok, 1, &options);
        net_send(&net, "1", false);
        assert_int_equal(net.reply.kind, REPLY_WHOLE);
        net_close(&net);
        assert_int_equal(net.server.requests, 1);
        net_release(&net);
    }
    set_proxy(NULL);
    raw_server_stop(&proxy);
    assert_int_equal(proxy.connections, 0);
    raw_server_release(&proxy);
}

/* One https request through a proxy that answers so; what became of it. */
static void ask(const struct raw_answer *answer, bool asked, unsigned hits)
{
    struct http_options options = net_options();
    struct raw_server proxy;
    struct net net;
    struct err err;
    unsigned port;
    int fd = raw_refused_port(&port);
    char url[64];

    raw_server_start(&proxy, answer, 1);
    set_proxy(proxy.url);
    options.proxy_env = asked;
    net_open(&net, &ok, 1, &options);
    snprintf(url, sizeof url, "https://127.0.0.1:%u", port);
    assert_int_equal(http_call_url(net.call, url, "/jobs", &err), 0);
    assert_int_equal(http_call_header(net.call, 0, "Authorization", KEY, &err),
                     0);
    net_send(&net, "{\"job\":1}", false);
    assert_int_equal(net.reply.kind, REPLY_UNSENT);
    assert_int_equal(net.reply.status, 0);
    assert_int_equal(net.reply.len, 0);
    set_proxy(NULL);
    net_close(&net);
    net_release(&net);
    raw_server_stop(&proxy);
    assert_int_equal(proxy.connections, hits);
    for (unsigned i = 0; i < proxy.requests && i < RAW_SEEN_MAX; i++) {
        assert_non_null(strstr(buf_str(&proxy.seen[i]), "CONNECT 127.0.0.1:"));
        assert_null(strstr(buf_str(&proxy.seen[i]), "canary"));
        assert_null(strstr(buf_str(&proxy.seen[i]), "job"));
    }
    raw_server_release(&proxy);
    close(fd);
}

static void what_the_proxy_refuses_is_unsent(void **state)
{
    static const struct raw_answer each[] = {
        {.bytes = "HTTP/1.1 407 Who are you\r\nContent-Length: 2\r\n"
                  "Retry-After: 9\r\n\r\n{}"},
        {.bytes = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"},
        {.end = RAW_CLOSE},
        {.end = RAW_RESET, .when = RAW_ON_BYTE},
        {.bytes = "HTTP/1.1 200 Fine\r\n\r\n", .end = RAW_CLOSE},
        {.bytes = "HTTP/1.1 200 Fine\r\n\r\nHTTP/1.1 200 OK\r\n"
                  "Content-Length: 2\r\n\r\n{}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++)
        ask(&each[i], true, 1);
}

static void without_being_asked_for_it_is_left_alone(void **state)
{
    (void)state;
    ask(&ok, false, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_requests_take_no_proxy),
        cmocka_unit_test(what_the_proxy_refuses_is_unsent),
        cmocka_unit_test(without_being_asked_for_it_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
