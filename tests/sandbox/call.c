#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/json.h"
#include "table.h"

static const char *const names[ROUTE_COUNT] = {
#define CALL_ROUTE_NAME(name, text) text,
    CALL_ROUTES(CALL_ROUTE_NAME)
#undef CALL_ROUTE_NAME
};

void call_init(struct call *call)
{
    memset(call, 0, sizeof *call);
    buf_init(&call->headers, CALL_HEADERS_MAX);
    buf_init(&call->body, CALL_BODY_MAX);
    buf_init(&call->reply.body, CALL_REPLY_MAX);
    buf_init(&call->raw.bytes, CALL_REPLY_MAX);
}

void call_release(struct call *call)
{
    buf_release(&call->headers);
    buf_release(&call->body);
    buf_release(&call->reply.body);
    buf_release(&call->raw.bytes);
}

void call_clear(struct call *call)
{
    struct buf headers = call->headers;
    struct buf body = call->body;
    struct buf reply = call->reply.body;
    struct buf raw = call->raw.bytes;

    memset(call, 0, sizeof *call);
    call->headers = headers;
    call->body = body;
    call->reply.body = reply;
    call->raw.bytes = raw;
    buf_clear(&call->headers);
    buf_clear(&call->body);
    buf_clear(&call->reply.body);
    buf_clear(&call->raw.bytes);
    call->key = TABLE_NONE;
    call->reply.job = TABLE_NONE;
}

const char *call_route_name(enum call_route route)
{
    return names[route];
}

enum call_route call_route_find(const char *name, size_t len)
{
    unsigned i = 0;

    while (i < ROUTE_COUNT &&
           (strlen(names[i]) != len || memcmp(names[i], name, len) != 0))
        i++;
    return (enum call_route)i;
}

/* Paths under a base; "*" stands for one segment, which becomes the tail. */
static const struct {
    bool get;
    const char *path;
    enum call_route route;
    bool old;
} paths[] = {
    {false, "/pinning/pinJSONToIPFS", ROUTE_PIN, false},
    {false, "/api/jobs/list", ROUTE_POST, false},
    {false, "/api/jobs/list/batch", ROUTE_POST_BATCH, false},
    {false, "/api/jobs/extend/batch", ROUTE_EXTEND_BATCH, false},
    {false, "/api/jobs/stop/batch", ROUTE_STOP_BATCH, false},
    {false, "/api/jobs/batch", ROUTE_BATCH, false},
    {false, "/api/jobs/create-with-credits", ROUTE_POST, true},
    {false, "/api/jobs/extend-with-credits", ROUTE_EXTEND, true},
    {false, "/api/jobs/stop-with-credits", ROUTE_STOP, true},
    {false, "/api/jobs/*/extend", ROUTE_EXTEND, false},
    {false, "/api/jobs/*/stop", ROUTE_STOP, false},
    {true, "/api/jobs", ROUTE_LIST, false},
    {true, "/api/jobs/*", ROUTE_GET, false},
    {true, "/api/credits/balance", ROUTE_BALANCE, false},
    {true, "/api/markets", ROUTE_MARKETS, false},
};

/* Whether path is of the pattern, but for a "/" at its end. */
static bool path_matches(const char *path, const char *pattern,
                         const char **tail)
{
    *tail = NULL;
    while (*pattern != '\0') {
        if (*pattern == '*') {
            size_t len = strcspn(path, "/");
            if (len == 0)
                return false;
            *tail = path;
            path += len;
            pattern++;
        } else if (*path++ != *pattern++) {
            return false;
        }
    }
    return path[0] == '\0' || (path[0] == '/' && path[1] == '\0');
}

void call_find_route(struct call *call)
{
    static const char control[] = "/_sandbox/";

    call->route = ROUTE_OTHER;
    if (strncmp(call->path, control, sizeof control - 1) == 0) {
        call->route = ROUTE_CONTROL;
        call->tail = call->path + sizeof control - 1;
        return;
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (paths[i].get != call->get ||
            !path_matches(call->path, paths[i].path, &call->tail))
            continue;
        call->route = paths[i].route;
        call->old = paths[i].old;
        return;
    }
}

struct buf *call_answer(struct call *call, unsigned status)
{
    call->reply.status = status;
    call->reply.type = "application/json";
    buf_clear(&call->reply.body);
    return &call->reply.body;
}

void call_message(struct call *call, unsigned status, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct buf *body = call_answer(call, status);
    buf_add_str(body, "{\"message\":");
    json_quote(body, text, strlen(text));
    buf_add_char(body, '}');
}

void call_code(struct call *call, unsigned status, const char *code,
               const char *message)
{
    struct buf *body = call_answer(call, status);

    buf_addf(body, "{\"code\":\"%s\",\"message\":", code);
    json_quote(body, message, strlen(message));
    buf_add_char(body, '}');
}

void call_retry_after(struct call *call, int64_t seconds)
{
    snprintf(call->reply.retry_after, sizeof call->reply.retry_after, "%lld",
             (long long)seconds);
}

void call_no_memory(struct call *call)
{
    call_message(call, 500, "the stand-in service is out of memory");
}
