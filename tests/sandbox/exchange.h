/*
 * exchange: one request on its connection, from the first byte to the last.
 */
#ifndef SANDBOX_EXCHANGE_H
#define SANDBOX_EXCHANGE_H

#include <microhttpd.h>

#include "server.h"

struct exchange {
    struct call call;
    struct server *server;
    struct MHD_Connection *connection;
    int fd;        /* the connection's socket; libmicrohttpd's */
    bool answered; /* the work is done, the answer waits */
    bool counted;  /* as in flight */
    bool suspended;
    bool watched;          /* fd is in the server's hang set */
    bool over;             /* nothing more to come: close the connection */
    size_t raw_sent;       /* bytes of call.raw that have left */
    struct exchange *next; /* in the list of unused ones */
};

/* One for a request that begins; NULL: out of memory. */
struct exchange *exchange_take(struct server *server,
                               struct MHD_Connection *connection);

/* Back to the unused ones. */
void exchange_give(struct exchange *exchange);

/* Frees the unused ones. */
void exchange_free_all(struct server *server);

/* Suspends the request; its handler is called again after delay_us. */
enum MHD_Result exchange_sleep(struct exchange *exchange, int64_t delay_us);

/* Ends the sleep; takes it out of the waits unless it was taken already. */
void exchange_wake(struct exchange *exchange, bool in_waits);

/*
 * Sends the answer, or the next part of it. What libmicrohttpd's handler
 * returns: MHD_NO closes the connection.
 */
enum MHD_Result exchange_deliver(struct exchange *exchange);

#endif
