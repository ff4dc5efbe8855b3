/*
 * raw_server: a TCP server on 127.0.0.1 that says what a test tells it to
 * say, byte for byte, and behaves as badly as it is told.
 *
 * It runs in a thread of its own. Exchanges are numbered from 0 over all
 * connections; exchange n does what answers[n] says, those past the last
 * what the last one says.
 */
#ifndef TESTS_UNIT_RAW_SERVER_H
#define TESTS_UNIT_RAW_SERVER_H

#include "../../templates/buf.h"

#include <pthread.h>

#define RAW_SEEN_MAX 8  /* exchanges whose bytes are kept */
#define RAW_OPEN_MAX 16 /* connections at one time */

enum raw_when {
    RAW_ON_REQUEST, /* a whole request was read: the work would be done */
    RAW_ON_BYTE,    /* something can be read; nothing is */
    RAW_ON_ACCEPT   /* before the client says anything */
};

enum raw_end {
    RAW_KEEP,    /* waits for the next request */
    RAW_CLOSE,   /* an orderly end */
    RAW_RESET,   /* a connection reset */
    RAW_DRIBBLE, /* one byte 'a' every few milliseconds, without end */
    RAW_FLOOD    /* `again` over and over, without end */
};

struct raw_answer {
    const char *bytes; /* borrowed */
    size_t len;        /* 0: strlen(bytes) */
    enum raw_when when;
    enum raw_end end;
    const char *again; /* RAW_FLOOD */
};

struct raw_open {
    int fd;
    struct buf in;                   /* of the request being read */
    const struct raw_answer *answer; /* of the exchange; NULL: idle */
    unsigned number;                 /* of the exchange */
    bool endless;                    /* dribbles or floods */
    bool deaf;                       /* has ended: what comes is dropped */
    size_t flooded;                  /* bytes of `again` sent so far */
};

/* The counts and bytes may be read after raw_server_stop only. */
struct raw_server {
    unsigned port;
    char url[48]; /* "http://127.0.0.1:PORT" */
    unsigned connections;
    unsigned requests;             /* whole ones */
    size_t bytes;                  /* that were read */
    struct buf seen[RAW_SEEN_MAX]; /* what exchange n received */

    /* private */
    const struct raw_answer *answers;
    unsigned answer_count, next;
    struct raw_open open[RAW_OPEN_MAX];
    unsigned open_count;
    int listener, stop_fds[2];
    bool stopping;
    pthread_t thread;
};

/* Listens and starts the thread. answers is borrowed until the stop. */
void raw_server_start(struct raw_server *server,
                      const struct raw_answer *answers, unsigned count);

/*
 * Waits until every client has gone and all that they sent is counted, then
 * ends the thread. The clients' connections must be closed already.
 */
void raw_server_stop(struct raw_server *server);

/* Frees what was seen. */
void raw_server_release(struct raw_server *server);

/*
 * A port at which connections are refused for as long as the returned file
 * descriptor stays open.
 */
int raw_refused_port(unsigned *port);

#endif
