/*
 * server: the stand-in on the network, by libmicrohttpd.
 *
 * One thread: libmicrohttpd's epoll set is run from a loop of our own, so
 * that nothing needs a lock. A request whose answer leaves later is
 * suspended meanwhile. libmicrohttpd sends nothing malformed; faults that
 * need it write to the connection's socket past it, while the request is
 * suspended, and then let it close the connection. A reset is made by
 * dissolving the socket's association (connect to AF_UNSPEC), which on Linux
 * sends RST at once, before libmicrohttpd could send FIN.
 */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include <signal.h>

#include "sandbox.h"
#include "waits.h"

struct exchange;

struct server {
    struct sandbox *sb; /* borrowed */
    void *daemon;       /* struct MHD_Daemon, owned */
    char *tls_cert;     /* owned texts, NULL without TLS */
    char *tls_key;
    char *tls_priorities;
    int epoll_fd; /* libmicrohttpd's */
    int hang_fd;  /* epoll set of clients that may go away; owned */
    unsigned port;
    struct waits waits;      /* of struct exchange */
    struct exchange *unused; /* owned list */
};

/* Listens on 127.0.0.1. ERR_USAGE, ERR_INPUT, ERR_SERVICE, ERR_MEMORY. */
int server_start(struct server *server, struct sandbox *sb, struct err *err);

/*
 * Serves for at most max_ms, or until signals come in that mask lets pass.
 * watch_fd, unless -1: return also when it can be read, with true.
 */
bool server_turn(struct server *server, int64_t max_ms, const sigset_t *mask,
                 int watch_fd);

/* Closes all connections and gives everything back. */
void server_stop(struct server *server);

#endif
