#include "http_help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../queue/os.h"

struct http_options net_options(void)
{
    return (struct http_options){.connections_max = 4,
                                 .timeout_ms = NET_LONG_MS};
}

void net_open(struct net *net, const struct raw_answer *answers, unsigned count,
              const struct http_options *options)
{
    struct http_options usual = net_options();
    struct err err = ERR_INIT;

    raw_server_start(&net->server, answers, count);
    if (http_init(&net->http, options ? options : &usual, &err) != 0)
        fail_msg("%s", err.message);
    net->call = http_call_new(&net->http, &err);
    assert_non_null(net->call);
    assert_int_equal(http_call_url(net->call, net->server.url, "/x", &err), 0);
}

struct http_call *net_wait(struct http *http, struct reply *reply)
{
    const struct os *os = os_posix();
    struct http_call *call;

    while ((call = http_next_done(http, reply)) == NULL)
        http_wait(http, os->monotonic_us(os->context), UINT64_MAX);
    return call;
}

void net_send(struct net *net, const char *body, bool fresh)
{
    http_call_start(net->call, body, body ? strlen(body) : 0, fresh);
    assert_ptr_equal(net_wait(&net->http, &net->reply), net->call);
}

void net_close(struct net *net)
{
    http_call_free(net->call);
    http_release(&net->http);
    raw_server_stop(&net->server);
}

void net_release(struct net *net)
{
    raw_server_release(&net->server);
}
