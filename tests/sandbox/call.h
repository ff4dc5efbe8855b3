/*
 * call: one request as the API's code sees it, and the answer it builds.
 *
 * Knows nothing of HTTP's wire: the server fills a call, a handler answers
 * it, faults may spoil the answer, the server delivers it.
 */
#ifndef SANDBOX_CALL_H
#define SANDBOX_CALL_H

#include "../../templates/buf.h"
#include "accounts.h"

#define CALL_BODY_MAX    ((size_t)1 << 20)
#define CALL_HEADERS_MAX ((size_t)64 << 10) /* as recorded */
#define CALL_REPLY_MAX   ((size_t)2 << 30)

/* X(enum, name in faults and statistics). */
#define CALL_ROUTES(X)                    \
    X(ROUTE_PIN, "pin")                   \
    X(ROUTE_POST, "post")                 \
    X(ROUTE_POST_BATCH, "post-batch")     \
    X(ROUTE_EXTEND, "extend")             \
    X(ROUTE_EXTEND_BATCH, "extend-batch") \
    X(ROUTE_STOP, "stop")                 \
    X(ROUTE_STOP_BATCH, "stop-batch")     \
    X(ROUTE_GET, "get")                   \
    X(ROUTE_BATCH, "batch")               \
    X(ROUTE_LIST, "list")                 \
    X(ROUTE_BALANCE, "balance")           \
    X(ROUTE_MARKETS, "markets")           \
    X(ROUTE_OTHER, "other")               \
    X(ROUTE_CONTROL, "control")

enum call_route {
#define CALL_ROUTE_ENUM(name, text) name,
    CALL_ROUTES(CALL_ROUTE_ENUM)
#undef CALL_ROUTE_ENUM
    ROUTE_COUNT
};

struct call_reply {
    unsigned status;  /* 0 until answered */
    const char *type; /* content type; static */
    struct buf body;
    char retry_after[48]; /* header, "" for none */
    const char *location; /* header, NULL for none; borrowed */
    bool remembered;      /* an idempotency key's answer of before */
    uint32_t job;         /* the one answered about, or TABLE_NONE */
};

/* How the answer goes out. */
enum call_delivery {
    DELIVER_REPLY, /* by HTTP */
    DELIVER_CLOSE, /* the connection ends without a byte */
    DELIVER_RESET, /* likewise, by a reset */
    DELIVER_HANG,  /* nothing, until the client goes or hang_s passed */
    DELIVER_RAW    /* the bytes of raw, then the end */
};

struct call_raw {
    struct buf bytes;
    size_t chunk;        /* bytes sent at once */
    int64_t interval_us; /* between chunks */
    bool endless;        /* begin again at the end of the bytes */
    bool reset;          /* end by a reset */
};

struct call {
    /* The request; texts are borrowed from the server's until delivery. */
    enum call_route route;
    bool old;         /* of the older API generation */
    bool get;         /* GET, else POST */
    const char *path; /* the whole, for the log */
    const char *tail; /* what the route leaves open; NULL: nothing */
    const char *authorization, *content_type, *idempotency;
    const char *poster, *market, *state, *limit, *offset, *list; /* query */
    struct buf headers; /* JSON's members, with --record; else empty */
    struct buf body;
    bool too_large;
    bool reused;      /* not the first of its connection */
    int64_t delay_us; /* until the answer leaves */

    /* Found out on the way */
    const struct access *access; /* NULL: nobody known */
    uint32_t key;                /* of struct keys, or TABLE_NONE */

    /* The answer */
    struct call_reply reply;
    enum call_delivery delivery;
    int64_t hang_s;
    struct call_raw raw;
};

void call_init(struct call *call);
void call_release(struct call *call);

/* Makes it ready for another request, keeping the buffers' memory. */
void call_clear(struct call *call);

/* The name of a route. */
const char *call_route_name(enum call_route route);

/* The route of a name up to len bytes; ROUTE_COUNT: unknown. */
enum call_route call_route_find(const char *name, size_t len);

/*
 * Sets route, old and tail from the method (get) and path, the latter
 * without its query.
 */
void call_find_route(struct call *call);

/* An empty JSON answer with the status, whose body the caller adds. */
struct buf *call_answer(struct call *call, unsigned status);

/* The answer {"message":"…"}. */
void call_message(struct call *call, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The answer {"code":"…","message":"…"}. */
void call_code(struct call *call, unsigned status, const char *code,
               const char *message);

/* Adds the header Retry-After in seconds. */
void call_retry_after(struct call *call, int64_t seconds);

/* The answer for a lack of memory. */
void call_no_memory(struct call *call);

#endif
