/*
 * http_help: one call to one raw_server, for the tests of http.
 */
#ifndef TESTS_UNIT_HTTP_HELP_H
#define TESTS_UNIT_HTTP_HELP_H

#include "../../runner/http.h"
#include "raw_server.h"

#define NET_LONG_MS  60000L /* a timeout that is not meant to be met */
#define NET_SHORT_MS 300L   /* one that is */

struct net {
    struct raw_server server;
    struct http http;
    struct http_call *call; /* to the server's "/x" */
    struct reply reply;     /* of the last request */
};

/* A server with these answers, and a client. */
void net_open(struct net *net, const struct raw_answer *answers, unsigned count,
              const struct http_options *options);

/* The options that are used where a test needs no others. */
struct http_options net_options(void);

/* Makes the request and waits for its end. body NULL: a GET. */
void net_send(struct net *net, const char *body, bool fresh);

/* Ends client and server; what the server counted may be read then. */
void net_close(struct net *net);
void net_release(struct net *net);

/* Waits until a call has ended, and returns it. */
struct http_call *net_wait(struct http *http, struct reply *reply);

#endif
