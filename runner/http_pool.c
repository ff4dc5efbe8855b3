#include "http_pool.h"

#include <stdlib.h>

int http_pool_init(struct http_pool *pool, struct http *http, uint32_t count,
                   struct err *err)
{
    *pool = (struct http_pool){
        .calls = calloc(count, sizeof *pool->calls),
        .idle = calloc(count, sizeof *pool->idle),
    };
    if (!pool->calls || !pool->idle)
        return err_set(err, ERR_MEMORY, "out of memory for %u requests", count);
    for (; pool->count < count; pool->count++) {
        struct http_call *call = http_call_new(http, err);
        if (!call)
            return err->code;
        pool->calls[pool->count] = call;
        http_pool_put(pool, call);
    }
    return 0;
}

void http_pool_release(struct http_pool *pool)
{
    for (uint32_t i = 0; i < pool->count; i++)
        http_call_free(pool->calls[i]);
    free(pool->calls);
    free(pool->idle);
    *pool = (struct http_pool){.calls = NULL};
}

struct http_call *http_pool_take(struct http_pool *pool, uint64_t tag)
{
    struct http_call *call = pool->idle[--pool->idle_count];

    http_call_set_tag(call, tag);
    return call;
}

void http_pool_put(struct http_pool *pool, struct http_call *call)
{
    pool->idle[pool->idle_count++] = call;
}
