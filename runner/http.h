/*
 * http: requests in flight through libcurl's multi interface. The one place
 * that knows libcurl.
 *
 * A call is one request that can be made again and again: its easy handle,
 * headers and body buffer live as long as it does. Rules kept here (each of
 * them measured against libcurl 7.88.1):
 * - a request that libcurl would silently send a second time, because a
 *   reused connection died, is aborted instead (PREREQFUNCTION);
 * - REPLY_UNSENT only where that callback never let a request pass and no
 *   request byte was counted;
 * - no redirects, no proxy unless asked for, no netrc, no cookies, no
 *   compressed replies, HTTP/1.1, TLS verified, plain http only to loopback;
 * - REPLY_WHOLE only with a final status, all headers, and a body that ended
 *   where it was announced to end;
 * - a reply's body is bounded at HTTP_BODY_MAX (or http_call_body_max), its
 *   headers at HTTP_HEAD_MAX; a larger one is REPLY_LOST.
 */
#ifndef RUNNER_HTTP_H
#define RUNNER_HTTP_H

#include <stdbool.h>

#include "../queue/os.h"
#include "../templates/buf.h"
#include "reply.h"

#define HTTP_BODY_MAX    ((size_t)1 << 20)
#define HTTP_HEAD_MAX    ((size_t)256 << 10) /* of all headers together */
#define HTTP_CONNECT_MS  30000L
#define HTTP_HEADERS_MAX 6
#define HTTP_HEADER_MAX  4352 /* bytes of one header line */

struct http_call;
struct http_loop;

struct http_options {
    uint32_t connections_max; /* kept open between requests, to each of two
                                 services */
    long timeout_ms;          /* of a whole request */
    const char *ca_file;      /* borrowed, or NULL: the system's */
    bool proxy_env;           /* obey the proxy variables, for https only */
};

struct http {
    void *multi;            /* CURLM, owned */
    struct http_loop *loop; /* owned */
    struct http_options options;
    struct http_call *done;      /* ended, not yet taken, oldest first */
    struct http_call *done_last; /* of them; where there are any */
    uint32_t in_flight;
    bool halted;     /* no request begins any more */
    int wake_fds[2]; /* a byte in the pipe ends http_wait */
};

/* ERR_MEMORY, ERR_INTERNAL. curl_global_init happens once a process. */
int http_init(struct http *http, const struct http_options *options,
              struct err *err);
void http_release(struct http *http);

/*
 * A service's base URL, checked: https, or http to a loopback address; no
 * user, query or fragment. ERR_USAGE with a message that names `what`.
 */
int http_base_check(const char *url, const char *what, struct err *err);

/* Whether two base URLs lead to the same host and port, as written. */
bool http_same_host(const char *a, const char *b);

/*
 * Makes a call that has its own handle. Freed by http_call_free, before its
 * http and in any state.
 */
struct http_call *http_call_new(struct http *http, struct err *err);
void http_call_free(struct http_call *call);

/* A number for the caller's use, kept with the call. */
void http_call_set_tag(struct http_call *call, uint64_t tag);
uint64_t http_call_tag(const struct http_call *call);

/* The URL: base (without its final slashes) followed by path. Copied. */
int http_call_url(struct http_call *call, const char *base, const char *path,
                  struct err *err);

/*
 * Sets header number i (below HTTP_HEADERS_MAX) to "name: value", or leaves
 * it out where value is NULL. CR, LF and other control characters in value
 * are ERR_USAGE. The line is wiped when it is replaced or freed.
 */
int http_call_header(struct http_call *call, unsigned i, const char *name,
                     const char *value, struct err *err);

/* Lets the call's replies have up to bytes of body, not HTTP_BODY_MAX. */
void http_call_body_max(struct http_call *call, size_t bytes);

/*
 * From now on the call's requests begin before until_us on os' monotonic
 * clock, or end with REPLY_UNSENT: between http_call_start and the first byte
 * there is a connection to be made, and perhaps a sleep of the machine. os is
 * borrowed; NULL lifts the limit.
 */
void http_call_until(struct http_call *call, const struct os *os,
                     uint64_t until_us);

/*
 * Starts the request: POST with body where body is not NULL, else GET. body
 * is borrowed until the call has ended. With fresh, on a connection of its
 * own that is closed afterwards. A call that is under way may not be started.
 * A request that cannot even be started ends at once with REPLY_UNSENT.
 */
void http_call_start(struct http_call *call, const char *body, size_t len,
                     bool fresh);

/*
 * From here on no request begins: a call that libcurl holds already, but of
 * which no byte has left, ends with REPLY_UNSENT. Those on their way go on.
 */
void http_halt(struct http *http);

/* Ends the call at once with REPLY_UNSENT and that detail; sends nothing. */
void http_call_refuse(struct http_call *call, const char *detail);

/*
 * Waits until something happened, at most until_us on the monotonic clock
 * (UINT64_MAX: without end), and lets libcurl work.
 */
void http_wait(struct http *http, uint64_t now_us, uint64_t until_us);

/* Ends a http_wait under way or the next one. Safe in a signal handler. */
void http_wake(int wake_fd);

/*
 * The next call that has ended, or NULL; *reply then describes how, its body
 * valid until the call is started again.
 */
struct http_call *http_next_done(struct http *http, struct reply *reply);

#endif
