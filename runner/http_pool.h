/*
 * http_pool: calls of one kind, lent for one request at a time.
 *
 * There are as many as requests of that kind are in flight at most, however
 * many jobs wait for something else. The one that came back last goes out
 * next: what libcurl keeps of a call is some kilobytes, and those of the last
 * one are still in the processor's cache.
 */
#ifndef RUNNER_HTTP_POOL_H
#define RUNNER_HTTP_POOL_H

#include "http.h"

struct http_pool {
    struct http_call **calls; /* owned, and so is each of them */
    struct http_call **idle;  /* owned; a stack of those not lent */
    uint32_t count, idle_count;
};

/*
 * Makes count calls of http, all idle; set up by the caller, who finds them
 * in pool->calls. ERR_MEMORY; released in any case.
 */
int http_pool_init(struct http_pool *pool, struct http *http, uint32_t count,
                   struct err *err);

/* Frees the calls, lent ones too. A zeroed pool may be released. */
void http_pool_release(struct http_pool *pool);

/* An idle call, lent to the caller, tagged; there is one by contract. */
struct http_call *http_pool_take(struct http_pool *pool, uint64_t tag);

/* Takes back one of its calls, which has ended, its reply read. */
void http_pool_put(struct http_pool *pool, struct http_call *call);

#endif
