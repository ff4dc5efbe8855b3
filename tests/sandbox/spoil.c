#include "spoil.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answers.h"

#define HANG_DEFAULT_S     3600
#define SLOW_DEFAULT_MS    10
#define OVERSIZE_DEFAULT   ((int64_t)2 << 20)
#define OVERSIZE_MAX       ((int64_t)1 << 30)
#define FLOOD_DEFAULT      ((int64_t)1 << 20)
#define RAW_CHUNK          65536
#define RETRY_AFTER_HUGE_S 86400

/* The CID of {"a":1}, which nobody else pins. */
#define OTHER_CID "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH"

static int64_t or_default(const struct fault *fault, int64_t value)
{
    return fault->number >= 0 ? fault->number : value;
}

static void add_head(struct buf *out, const struct call_reply *reply)
{
    buf_addf(out,
             "HTTP/1.1 %u Spoilt\r\nContent-Type: %s\r\n"
             "Content-Length: %zu\r\n",
             reply->status, reply->type, reply->body.len);
    if (reply->retry_after[0] != '\0')
        buf_addf(out, "Retry-After: %s\r\n", reply->retry_after);
    buf_add_str(out, "\r\n");
}

static void send_raw(struct call *call)
{
    call->delivery = DELIVER_RAW;
    call->raw.chunk = RAW_CHUNK;
    call->raw.interval_us = 0;
    call->raw.endless = false;
    call->raw.reset = false;
}

/* The whole answer as bytes of ours. */
static struct buf *send_answer_raw(struct call *call)
{
    struct buf *bytes = &call->raw.bytes;

    send_raw(call);
    buf_clear(bytes);
    add_head(bytes, &call->reply);
    buf_add(bytes, buf_str(&call->reply.body), call->reply.body.len);
    return bytes;
}

static void cut(struct call *call, const struct fault *fault)
{
    struct buf *bytes = send_answer_raw(call);
    size_t body_len = call->reply.body.len;
    size_t keep = bytes->len - body_len;

    if (fault->action == FAULT_CUT)
        keep += fault->number >= 0 ? (size_t)fault->number : body_len / 2;
    else
        keep = (size_t)fault->number;
    buf_truncate(bytes, keep);
    call->raw.reset = fault->action == FAULT_CUT_RESET;
}

static void send_garbage(struct call *call)
{
    static const char garbage[] = "\x16\x03\x01\0\xff\xfe garbage \r\n\r\n\0";

    send_raw(call);
    buf_clear(&call->raw.bytes);
    buf_add(&call->raw.bytes, garbage, sizeof garbage);
}

static void flood_headers(struct call *call, int64_t size)
{
    struct buf *bytes = &call->raw.bytes;

    send_raw(call);
    buf_clear(bytes);
    buf_addf(bytes, "HTTP/1.1 %u Spoilt\r\n", call->reply.status);
    for (unsigned i = 0; bytes->len < (size_t)size; i++)
        buf_addf(bytes, "X-Flood-%u: %064u\r\n", i, i);
    buf_addf(bytes, "Content-Length: %zu\r\n\r\n", call->reply.body.len);
    buf_add(bytes, buf_str(&call->reply.body), call->reply.body.len);
}

static void send_endless(struct call *call)
{
    struct buf *bytes = &call->raw.bytes;

    send_raw(call);
    call->raw.endless = true;
    call->raw.interval_us = 1000;
    buf_clear(bytes);
    buf_add_str(bytes, "HTTP/1.1 200 Spoilt\r\nContent-Type: "
                       "application/json\r\n\r\n");
    while (bytes->len < RAW_CHUNK)
        buf_add_str(bytes, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[");
}

static void send_html(struct call *call, unsigned status)
{
    struct buf *body = call_answer(call, status);

    call->reply.type = "text/html";
    buf_addf(body,
             "<html>\r\n<head><title>%u</title></head>\r\n<body><center><h1>%u"
             "</h1></center><hr><center>nginx</center></body>\r\n</html>\r\n",
             status, status);
}

static void oversize(struct call *call, int64_t size)
{
    struct buf *body = call_answer(call, 200);

    if (size > OVERSIZE_MAX)
        size = OVERSIZE_MAX;
    buf_add_str(body, "{\"pad\":\"");
    while ((int64_t)body->len + 2 < size)
        buf_add_char(body, 'x');
    buf_add_str(body, "\"}");
}

static void halve(struct call *call)
{
    size_t len = call->reply.body.len;

    if (len < 4)
        buf_add_str(&call->reply.body, "{\"job\":");
    else
        buf_truncate(&call->reply.body, len / 2);
}

static void lie_about_post(struct sandbox *sb, struct call *call,
                           const struct fault *fault)
{
    struct answers_lie lie = {fault->action == FAULT_NO_COST,
                              fault->action == FAULT_COST ? fault->detail
                                                          : NULL};
    uint32_t job = fault->action == FAULT_OLD_JOB ? 0 : call->reply.job;

    if (job < sb->jobs.count)
        answers_post(sb, call_answer(call, 200), job, &lie);
}

/* "429", "429=5", "429=date:5", "429=body:5": how long to wait. */
static void refuse_for_rate(struct call *call, const char *detail)
{
    struct buf *body = call_answer(call, 429);
    const char *colon = detail ? strchr(detail, ':') : NULL;
    long long seconds = 0;

    buf_add_str(body,
                "{\"error\":\"Rate limit exceeded\",\"message\":\"Too many "
                "requests\"");
    if (detail)
        sscanf(colon ? colon + 1 : detail, "%lld", &seconds);
    if (seconds < 0 || seconds > RETRY_AFTER_HUGE_S * 365)
        seconds = RETRY_AFTER_HUGE_S;
    if (detail && strncmp(detail, "body:", 5) == 0) {
        buf_addf(body, ",\"retryAfter\":%lld", seconds);
    } else if (detail && strncmp(detail, "date:", 5) == 0) {
        time_t then = time(NULL) + (time_t)seconds;
        struct tm tm;
        gmtime_r(&then, &tm);
        strftime(call->reply.retry_after, sizeof call->reply.retry_after,
                 "%a, %d %b %Y %H:%M:%S GMT", &tm);
    } else if (detail) {
        snprintf(call->reply.retry_after, sizeof call->reply.retry_after, "%s",
                 detail);
    }
    buf_add_char(body, '}');
}

static void conflict(struct sandbox *sb, struct call *call, const char *detail)
{
    const char *kind = detail ? detail : "";

    if (strcmp(kind, "in-progress") == 0) {
        call_code(call, 409, "IDEMPOTENCY_KEY_IN_PROGRESS",
                  "A request with this Idempotency-Key is still in progress");
        call_retry_after(call, 1);
    } else if (strcmp(kind, "mismatch") == 0) {
        call_code(call, 409, "IDEMPOTENCY_KEY_PAYLOAD_MISMATCH",
                  "This Idempotency-Key was used with a different payload");
    } else if (strcmp(kind, "expired") == 0) {
        /* From now on the key is dead, unless it has made a job. */
        if (call->key == TABLE_NONE && call->access && call->idempotency)
            call->key =
                keys_touch(&sb->keys, call->access->account, call->idempotency);
        if (call->key != TABLE_NONE && sb->keys.items[call->key].job_count == 0)
            sb->keys.items[call->key].expired = true;
        call_code(call, 409, "IDEMPOTENCY_KEY_EXPIRED",
                  "The transaction prepared for this Idempotency-Key has "
                  "expired");
    } else {
        call_message(call, 409, "Conflict");
    }
}

static void send_status(struct sandbox *sb, struct call *call,
                        const struct fault *fault)
{
    const char *detail = fault->detail;

    switch (fault->status) {
    case 401:
        buf_add_str(call_answer(call, 401), "\"Unauthorized\"");
        return;
    case 402:
        call_message(call, 402,
                     "Insufficient credits. Available: $0.000, "
                     "Required: $1.047");
        return;
    case 403:
        if (detail && strcmp(detail, "scope") == 0)
            call_code(call, 403, "INSUFFICIENT_SCOPE",
                      "Insufficient scope. This endpoint requires: "
                      "jobs:write.");
        else
            call_message(call, 403, "Forbidden");
        return;
    case 409:
        conflict(sb, call, detail);
        return;
    case 429:
        refuse_for_rate(call, detail);
        return;
    case 502:
    case 503:
    case 504:
        send_html(call, fault->status);
        if (detail)
            snprintf(call->reply.retry_after, sizeof call->reply.retry_after,
                     "%s", detail);
        return;
    default:
        break;
    }
    call_message(call, fault->status, "fault %s", fault->spec);
    if (fault->status >= 300 && fault->status < 400)
        call->reply.location = detail ? detail : "/elsewhere";
}

/* Those that concern the bytes on the wire. */
static void spoil_bytes(struct call *call, const struct fault *fault)
{
    switch (fault->action) {
    case FAULT_CUT:
    case FAULT_CUT_AT:
    case FAULT_CUT_RESET:
        cut(call, fault);
        return;
    case FAULT_SLOW:
        send_answer_raw(call);
        call->raw.chunk = 1;
        call->raw.interval_us = or_default(fault, SLOW_DEFAULT_MS) * 1000;
        return;
    case FAULT_GARBAGE:
        send_garbage(call);
        return;
    case FAULT_HEADERS:
        flood_headers(call, or_default(fault, FLOOD_DEFAULT));
        return;
    case FAULT_ENDLESS:
        send_endless(call);
        return;
    case FAULT_TWICE:
        send_answer_raw(call);
        add_head(&call->raw.bytes, &call->reply);
        buf_add(&call->raw.bytes, buf_str(&call->reply.body),
                call->reply.body.len);
        return;
    default:
        return;
    }
}

/* Those that concern the body. */
static void spoil_body(struct sandbox *sb, struct call *call,
                       const struct fault *fault)
{
    switch (fault->action) {
    case FAULT_OVERSIZE:
        oversize(call, or_default(fault, OVERSIZE_DEFAULT));
        return;
    case FAULT_EMPTY:
        call_answer(call, 200);
        return;
    case FAULT_HTML:
        send_html(call, 200);
        return;
    case FAULT_BAD_JSON:
        halve(call);
        return;
    case FAULT_BODY:
        buf_add_str(call_answer(call, 200), fault->detail);
        return;
    case FAULT_NO_JOB:
        buf_add_str(call_answer(call, 200), "{\"ok\":true}");
        return;
    case FAULT_NO_COST:
    case FAULT_COST:
    case FAULT_OLD_JOB:
        lie_about_post(sb, call, fault);
        return;
    case FAULT_WRONG_CID:
        buf_add_str(call_answer(call, 200),
                    "{\"IpfsHash\":\"" OTHER_CID "\",\"PinSize\":7,"
                    "\"Timestamp\":\"2026-01-01T00:00:00.000Z\"}");
        return;
    default:
        spoil_bytes(call, fault);
        return;
    }
}

void spoil_answer(struct sandbox *sb, struct call *call,
                  const struct fault *fault)
{
    if (call->reply.status == 0 && fault->action != FAULT_STATUS)
        buf_add_str(call_answer(call, 200), "{}");
    switch (fault->action) {
    case FAULT_RESET:
        call->delivery = DELIVER_RESET;
        return;
    case FAULT_CLOSE:
        call->delivery = DELIVER_CLOSE;
        return;
    case FAULT_HANG:
        call->delivery = DELIVER_HANG;
        call->hang_s = or_default(fault, HANG_DEFAULT_S);
        return;
    case FAULT_DELAY:
        return; /* was added to the latency */
    case FAULT_STATUS:
        send_status(sb, call, fault);
        return;
    default:
        spoil_body(sb, call, fault);
        return;
    }
}
