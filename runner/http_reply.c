/*
 * http_reply: what became of a call: its answer, that it was lost, or the
 * proof that it was never sent.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http_call.h"

bool http_never_sent(unsigned requests, long request_bytes, bool may_use_proxy,
                     int64_t transfer_us)
{
    return requests == 0 &&
           (request_bytes == 0 || (may_use_proxy && transfer_us == 0));
}

static bool never_sent(struct http_call *call)
{
    long request_bytes = 0;
    curl_off_t transfer_us = 0;

    if (!call->started)
        return true;
    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &transfer_us);
    return http_never_sent(call->requests, request_bytes, call->may_use_proxy,
                           transfer_us);
}

/* What a person can look at, behind libcurl's words; "" where that says it. */
static const char *hint(CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "; is this machine online, and the URL right?";
    case CURLE_COULDNT_CONNECT:
        return "; is the service there, and the URL right?";
    case CURLE_SSL_CONNECT_ERROR:
        return "; does the service speak https at this URL?";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "; --cacert FILE names a private service's authority";
    case CURLE_SSL_CACERT_BADFILE:
        return "; --cacert wants a file of certificates (PEM)";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return "; is the URL right, and http or https?";
    default:
        return "";
    }
}

static void describe_failure(struct http_call *call, struct reply *reply)
{
    if (call->requests > 1)
        snprintf(reply->detail, sizeof reply->detail,
                 "the connection was lost before the answer");
    else if (call->oversized)
        snprintf(reply->detail, sizeof reply->detail,
                 "the answer is over %zu bytes", call->body.max);
    else if (call->head_bytes > HTTP_HEAD_MAX)
        snprintf(reply->detail, sizeof reply->detail,
                 "the answer's headers are over %zu bytes", HTTP_HEAD_MAX);
    else if (call->result == CURLE_OK)
        snprintf(reply->detail, sizeof reply->detail,
                 "the connection was closed within the answer's headers");
    else
        snprintf(reply->detail, sizeof reply->detail, "%.180s%s",
                 call->detail[0] ? call->detail
                                 : curl_easy_strerror(call->result),
                 hint(call->result));
}

int64_t http_retry_after_ms(const char *value, int64_t now_s)
{
    size_t digits = strspn(value, "0123456789");
    int64_t seconds = -1;

    if (digits > 0 && value[digits] == '\0') {
        seconds = digits > 9 ? INT_MAX : strtol(value, NULL, 10);
    } else if (digits == 0) {
        time_t date = curl_getdate(value, NULL);
        if (date == -1)
            return -1;
        seconds = (int64_t)date - now_s;
        seconds = seconds < 0 ? 0 : seconds > INT_MAX ? INT_MAX : seconds;
    }
    return seconds < 0 ? -1 : seconds * 1000;
}

/*
 * A date counts from the answer's own Date where it has one: the service's
 * clock and ours need not agree.
 */
static int64_t answered_s(CURL *easy)
{
    struct curl_header *header;
    time_t date = -1;

    if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &header) ==
        CURLHE_OK)
        date = curl_getdate(header->value, NULL);
    return (int64_t)(date == -1 ? time(NULL) : date);
}

static int64_t retry_after_ms(CURL *easy)
{
    struct curl_header *header;
    int64_t now_s = answered_s(easy);

    if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) !=
        CURLHE_OK)
        return -1;
    return http_retry_after_ms(header->value, now_s);
}

/* What libcurl knows of an answer, whole or not. */
static void read_reply(const struct http_call *call, struct reply *reply)
{
    curl_off_t took_us = 0;
    long status = 0;

    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(call->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    reply->status = (int)status;
    reply->took_ms = took_us / 1000;
    /* A good answer asks for no wait. */
    if (status < 200 || status > 299)
        reply->retry_after_ms = retry_after_ms(call->easy);
}

struct http_call *http_next_done(struct http *http, struct reply *reply)
{
    struct http_call *call = http->done;

    if (!call)
        return NULL;
    http->done = call->next;
    call->under_way = false;
    http->in_flight--;
    *reply = (struct reply){.retry_after_ms = -1};
    reply->body = buf_str(&call->body);
    reply->len = call->body.len;
    /* libcurl would still tell of the call's request before this one. */
    if (call->started)
        read_reply(call, reply);
    if (call->result == CURLE_OK && call->whole_head)
        return call;
    reply->kind = never_sent(call) ? REPLY_UNSENT : REPLY_LOST;
    describe_failure(call, reply);
    return call;
}
