/*
 * reply: what came back for one HTTP request, as every reader of answers sees
 * it. It is filled by http.c, or by a simulated service in a test.
 */
#ifndef RUNNER_REPLY_H
#define RUNNER_REPLY_H

#include <stddef.h>
#include <stdint.h>

#define REPLY_DETAIL_MAX 256

enum reply_kind {
    REPLY_WHOLE,  /* a status line and a whole body */
    REPLY_UNSENT, /* proved: no byte of the request left */
    REPLY_LOST    /* sent, or perhaps sent, and no whole answer came */
};

struct reply {
    enum reply_kind kind;
    int status;             /* HTTP status; 0 where no status line came */
    const char *body;       /* borrowed from the transport; may hold NULs */
    size_t len;             /* of body, in bytes */
    int64_t retry_after_ms; /* the header's, -1 without a usable one */
    int64_t took_ms;        /* from start to end */
    char detail[REPLY_DETAIL_MAX]; /* why it is not REPLY_WHOLE, in words */
};

#endif
