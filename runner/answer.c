#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "../templates/money.h"

#define RETRY_AFTER_MAX_S 86400.0 /* a body that asks for more means a day */
#define STRING_MAX        ((size_t)1 << 20) /* bytes decoded, as of a body */
#define HASH_SHOWN_MAX    101

/*
 * Copies at most size - 1 bytes, cut at a character's end. What may be too
 * long is a JSON string or number, whose characters json_parse has checked:
 * one begins within the last four bytes.
 */
static void keep(char *out, size_t size, const char *text, size_t len)
{
    if (len >= size) {
        len = size - 1;
        while (((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(out, text, len);
    out[len] = '\0';
}

/* A string or number as text; false, and out alone, where it is neither. */
static bool keep_value(char *out, size_t size, const struct json *doc,
                       uint32_t at)
{
    if (doc->nodes[at].type == JSON_STRING) {
        struct buf text;
        buf_init(&text, STRING_MAX);
        json_string(doc, at, &text);
        bool whole = !text.failed && !memchr(buf_str(&text), 0, text.len);
        if (whole)
            keep(out, size, buf_str(&text), text.len);
        buf_release(&text);
        return whole;
    }
    if (doc->nodes[at].type != JSON_NUMBER)
        return false;
    keep(out, size, doc->text + doc->nodes[at].start, doc->nodes[at].len);
    return true;
}

static bool keep_member(char *out, size_t size, const struct json *doc,
                        uint32_t object, const char *name)
{
    uint32_t at = json_get(doc, object, name);

    return at != 0 && keep_value(out, size, doc, at);
}

/* keep_member of a string alone: a number is no address and no hash. */
static bool keep_string(char *out, size_t size, const struct json *doc,
                        const char *name)
{
    uint32_t at = json_get(doc, 0, name);

    return at != 0 && doc->nodes[at].type == JSON_STRING &&
           keep_value(out, size, doc, at);
}

/* An object member, or 0. */
static uint32_t object_member(const struct json *doc, uint32_t object,
                              const char *name)
{
    uint32_t at = json_get(doc, object, name);

    return at != 0 && doc->nodes[at].type == JSON_OBJECT ? at : 0;
}

/* The body's retryAfter, in seconds, wherever it stands at the top. */
static void read_retry_after(struct answer *out, const struct json *doc)
{
    uint32_t at = json_get(doc, 0, "retryAfter");

    if (at == 0 || doc->nodes[at].type != JSON_NUMBER)
        return;
    double seconds = json_double(doc, at);
    if (!(seconds >= 0))
        return;
    if (seconds > RETRY_AFTER_MAX_S)
        seconds = RETRY_AFTER_MAX_S;
    int64_t ms = (int64_t)(seconds * 1000);
    if (ms > out->retry_after_ms)
        out->retry_after_ms = ms;
}

/*
 * What the server says in words: an object's message or error, a bare JSON
 * string, or that it is something else (HTML from a proxy).
 */
static void read_message(struct answer *out, const struct reply *reply,
                         const struct json *doc, bool is_json)
{
    if (is_json && doc->nodes[0].type == JSON_OBJECT) {
        if (keep_member(out->message, sizeof out->message, doc, 0, "message") ||
            keep_member(out->message, sizeof out->message, doc, 0, "error"))
            return;
    } else if (is_json && doc->nodes[0].type == JSON_STRING) {
        if (keep_value(out->message, sizeof out->message, doc, 0))
            return;
    }
    snprintf(out->message, sizeof out->message,
             reply->len == 0 ? "HTTP %d without a body"
             : is_json       ? "HTTP %d without a message"
                             : "HTTP %d with a body that is no JSON",
             reply->status);
}

/* What an answer that is no good one says of itself. */
static void read_failure(struct answer *out, const struct reply *reply,
                         const struct json *doc, bool is_json)
{
    read_message(out, reply, doc, is_json);
    if (!is_json || doc->nodes[0].type != JSON_OBJECT)
        return;
    keep_member(out->code, sizeof out->code, doc, 0, "code");
    read_retry_after(out, doc);
}

/* Common to all answers. Returns whether doc holds the body. */
static bool begin(struct answer *out, const struct reply *reply,
                  struct json *doc)
{
    struct err ignored;

    memset(out, 0, sizeof *out);
    out->status = reply->status;
    out->retry_after_ms = reply->retry_after_ms;
    out->took_ms = reply->took_ms;
    if (reply->kind != REPLY_WHOLE) {
        out->kind =
            reply->kind == REPLY_UNSENT ? ANSWER_UNSENT : ANSWER_AMBIGUOUS;
        keep(out->message, sizeof out->message, reply->detail,
             strlen(reply->detail));
        return false;
    }
    bool is_json = reply->len > 0 &&
                   json_parse(doc, reply->body, reply->len, &ignored) == 0;
    if (reply->status < 200 || reply->status > 299)
        read_failure(out, reply, doc, is_json);
    return is_json;
}

static enum answer_kind conflict_kind(const char *code)
{
    if (strcmp(code, "IDEMPOTENCY_KEY_IN_PROGRESS") == 0)
        return ANSWER_IN_PROGRESS;
    if (strcmp(code, "IDEMPOTENCY_KEY_EXPIRED") == 0)
        return ANSWER_EXPIRED;
    if (strcmp(code, "IDEMPOTENCY_KEY_PAYLOAD_MISMATCH") == 0)
        return ANSWER_MISMATCH;
    return ANSWER_AMBIGUOUS;
}

/* The published 403 names the scope in its text; newer ones have a code. */
static bool lacks_scope(const struct answer *answer)
{
    static const char text[] = "Insufficient scope";

    return strcmp(answer->code, "INSUFFICIENT_SCOPE") == 0 ||
           strncmp(answer->message, text, sizeof text - 1) == 0;
}

/* A status that is not 2xx. */
static enum answer_kind refusal_kind(const struct answer *answer)
{
    switch (answer->status) {
    case 400:
    case 404:
    case 422:
        return ANSWER_REFUSED;
    case 401:
        return ANSWER_DENIED;
    case 402:
        return ANSWER_CREDITS;
    case 403:
        return lacks_scope(answer) ? ANSWER_DENIED : ANSWER_REFUSED;
    case 409:
        return conflict_kind(answer->code);
    case 429:
        return ANSWER_RATE;
    default:
        return ANSWER_AMBIGUOUS;
    }
}

/* costUSD from its own digits, a number or a string of one; all of them. */
static void read_cost(struct answer *out, const struct json *doc,
                      uint32_t object)
{
    struct err ignored;
    char digits[ANSWER_WORD_MAX] = "";
    bool rounded = false;

    if (!keep_member(digits, sizeof digits, doc, object, "costUSD"))
        return;
    size_t len = strlen(digits);
    if (len == sizeof digits - 1 ||
        money_parse(digits, len, &out->cost_nano, &rounded, &ignored) != 0 ||
        out->cost_nano < 0) {
        out->cost_nano = 0;
        return;
    }
    out->has_cost = true;
    if (rounded)
        memcpy(out->cost_raw, digits, sizeof digits);
}

/* The job's address where it is one; both generations' names. */
static bool read_address(struct answer *out, const struct json *doc)
{
    char text[ANSWER_WORD_MAX] = "";
    uint8_t bytes[BASE58_ADDRESS_LEN];

    if (!keep_string(text, sizeof text, doc, "job") &&
        !keep_string(text, sizeof text, doc, "jobAddress"))
        return false;
    if (!base58_address(text, strlen(text), bytes))
        return false;
    keep(out->address, sizeof out->address, text, strlen(text));
    return true;
}

/*
 * Whether a whole 2xx reply names a job. Where not, out says what it is: a
 * refusal, or nothing that could be relied on.
 */
static bool names_job(struct answer *out, const struct reply *reply,
                      struct json *scratch)
{
    bool is_json = begin(out, reply, scratch);

    if (reply->kind != REPLY_WHOLE)
        return false;
    if (reply->status < 200 || reply->status > 299) {
        out->kind = refusal_kind(out);
        return false;
    }
    out->kind = ANSWER_AMBIGUOUS;
    if (is_json && scratch->nodes[0].type == JSON_OBJECT &&
        read_address(out, scratch))
        return true;
    read_failure(out, reply, scratch, is_json);
    snprintf(out->message, sizeof out->message,
             "HTTP %d without a job's address", reply->status);
    return false;
}

void answer_post(struct answer *out, const struct reply *reply,
                 struct json *scratch)
{
    if (!names_job(out, reply, scratch))
        return;
    out->kind = ANSWER_DONE;
    keep_member(out->run, sizeof out->run, scratch, 0, "run");
    keep_member(out->tx, sizeof out->tx, scratch, 0, "tx");
    /* The older generation has these at the top: 0 is the whole reply. */
    uint32_t credits = object_member(scratch, 0, "credits");
    read_cost(out, scratch, credits);
    keep_member(out->credits, sizeof out->credits, scratch, credits,
                "creditsUsed");
    keep_member(out->reservation, sizeof out->reservation, scratch, credits,
                "reservationId");
    keep_member(out->project, sizeof out->project, scratch, credits, "project");
}

/* Whether a member is there and null. */
static bool is_null(const struct json *doc, const char *name)
{
    uint32_t at = json_get(doc, 0, name);

    return at != 0 && doc->nodes[at].type == JSON_NULL;
}

/* What a 2xx about the right job says. */
static void read_change(struct answer *out, const struct reply *reply,
                        const struct json *doc)
{
    uint32_t credits = object_member(doc, 0, "credits");
    uint32_t success = json_get(doc, 0, "success");

    if (success != 0 && doc->nodes[success].type == JSON_FALSE) {
        out->kind = ANSWER_REFUSED;
        read_failure(out, reply, doc, true);
        return;
    }
    out->kind = ANSWER_DONE;
    if (!keep_member(out->tx, sizeof out->tx, doc, 0, "tx"))
        keep_member(out->tx, sizeof out->tx, doc, 0, "transactionId");
    read_cost(out, doc, credits);
    keep_member(out->reservation, sizeof out->reservation, doc, credits,
                "reservationId");
    out->ended =
        !out->has_cost && (is_null(doc, "tx") || is_null(doc, "transactionId"));
    /* Nothing was charged: that is known, not estimated. */
    out->has_cost = out->has_cost || out->ended;
}

void answer_change(struct answer *out, const struct reply *reply,
                   const char *address, struct json *scratch)
{
    if (!names_job(out, reply, scratch))
        return;
    if (strcmp(out->address, address) != 0)
        snprintf(out->message, sizeof out->message,
                 "HTTP %d about another job, %s", reply->status, out->address);
    else
        read_change(out, reply, scratch);
}

/* Behind the service's words, where there is room for all of it. */
static void add_hint(struct answer *out, const char *hint)
{
    size_t used = strlen(out->message);

    if (used + strlen(hint) < sizeof out->message)
        strcpy(out->message + used, hint);
}

void answer_pin(struct answer *out, const struct reply *reply, const char *cid,
                struct json *scratch)
{
    char hash[HASH_SHOWN_MAX] = "";
    bool is_json = begin(out, reply, scratch);

    if (reply->kind != REPLY_WHOLE)
        return;
    if (reply->status < 200 || reply->status > 299) {
        out->kind = reply->status == 403 ? ANSWER_CREDITS : refusal_kind(out);
        if (reply->status == 409)
            out->kind = ANSWER_AMBIGUOUS;
        if (reply->status == 404)
            add_hint(out, "; is PINATA_API_URL (or --pin-url) right?");
        return;
    }
    out->kind = ANSWER_AMBIGUOUS;
    if (!is_json || scratch->nodes[0].type != JSON_OBJECT ||
        !keep_string(hash, sizeof hash, scratch, "IpfsHash")) {
        read_failure(out, reply, scratch, is_json);
        snprintf(out->message, sizeof out->message,
                 "HTTP %d without an IpfsHash", reply->status);
        return;
    }
    if (strcmp(hash, cid) == 0) {
        out->kind = ANSWER_DONE;
        return;
    }
    out->kind = ANSWER_CONTRADICTS;
    snprintf(out->message, sizeof out->message, "pinned as %s, not as %s", hash,
             cid);
}

const char *answer_kind_text(enum answer_kind kind)
{
    switch (kind) {
    case ANSWER_DONE:
        return "done";
    case ANSWER_UNSENT:
        return "not sent";
    case ANSWER_AMBIGUOUS:
        return "no clear answer";
    case ANSWER_IN_PROGRESS:
        return "still in progress";
    case ANSWER_EXPIRED:
        return "prepared transaction expired";
    case ANSWER_MISMATCH:
        return "idempotency key was used with other bytes";
    case ANSWER_RATE:
        return "too many requests";
    case ANSWER_CREDITS:
        return "out of credits";
    case ANSWER_REFUSED:
        return "refused";
    case ANSWER_DENIED:
        return "key refused";
    case ANSWER_CONTRADICTS:
        return "another CID than ours";
    }
    return "?";
}
