/*
 * http_call: one call as libcurl has it. For http's own files only.
 */
#ifndef RUNNER_HTTP_CALL_H
#define RUNNER_HTTP_CALL_H

#include <curl/curl.h>

#include "http.h"

struct http_call {
    struct http *http;
    CURL *easy;
    CURLU *url; /* owned; libcurl reads it for each request */
    struct curl_slist headers[HTTP_HEADERS_MAX]; /* nodes of our own */
    struct curl_slist expect;      /* the last one: sends no Expect header */
    char *lines[HTTP_HEADERS_MAX]; /* owned; NULL: left out */
    struct buf body;
    struct http_call *next; /* in the list of ended ones */
    uint64_t tag;
    CURLcode result;
    unsigned requests;   /* how often libcurl was about to send it */
    const struct os *os; /* whose clock until_us is of; NULL: no such limit */
    uint64_t until_us;
    bool under_way;  /* begun and not yet taken by http_next_done */
    bool started;    /* libcurl has it; else refused before that */
    bool whole_head; /* the newest status line's headers have ended */
    bool may_use_proxy;
    bool fresh;        /* as libcurl was told: a connection of its own */
    size_t head_bytes; /* of all headers, interim answers' included */
    bool oversized;
    char detail[CURL_ERROR_SIZE];
};

/*
 * What a Retry-After header asks for, in milliseconds from now_s (seconds
 * since 1970): a number of seconds, or an HTTP date (RFC 9110, 10.2.3), one
 * that has passed being 0. -1 where it is neither.
 */
int64_t http_retry_after_ms(const char *value, int64_t now_s);

/*
 * Whether nothing of a request left this machine: libcurl was never about to
 * send it (`requests`), and counted no byte of it, or only those of a proxy's
 * CONNECT, before whose end no transfer began (transfer_us 0).
 */
bool http_never_sent(unsigned requests, long request_bytes, bool may_use_proxy,
                     int64_t transfer_us);

#endif
