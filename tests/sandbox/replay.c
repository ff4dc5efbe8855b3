#include "replay.h"

#include <string.h>

#include "answers.h"

/* Of the route, the job addressed by the path, and the body's bytes. */
static uint64_t payload_of(const struct call *call)
{
    uint64_t seed = (uint64_t)call->route;

    if (call->tail)
        seed = table_hash(call->tail, strlen(call->tail), seed);
    return table_hash(buf_str(&call->body), call->body.len, seed);
}

static bool well_formed(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return len >= 1 && len <= KEYS_TEXT_MAX;
}

static void answer_again(struct sandbox *sb, struct call *call,
                         const struct key *key)
{
    struct buf *body = call_answer(call, 200);

    if (key->reply)
        buf_add_str(body, key->reply);
    else
        answers_post(sb, body, key->job, NULL);
    call->reply.job = key->job;
    call->reply.remembered = true;
    sb->counts.repeats++;
}

static bool judge(struct sandbox *sb, struct call *call, const struct key *key)
{
    struct keys_now now = {sb->now_ms, clock_mono_us()};

    switch (
        keys_judge(key, payload_of(call), &now, sb->options.key_memory_ms)) {
    case KEYS_NEW:
        return true;
    case KEYS_REPEAT:
        answer_again(sb, call, key);
        return false;
    case KEYS_BUSY:
        call_code(call, 409, "IDEMPOTENCY_KEY_IN_PROGRESS",
                  "A request with this Idempotency-Key is still in progress");
        call_retry_after(call, 1);
        return false;
    case KEYS_MISMATCH:
        call_code(call, 409, "IDEMPOTENCY_KEY_PAYLOAD_MISMATCH",
                  "This Idempotency-Key was used with a different payload");
        return false;
    case KEYS_EXPIRED:
        break;
    }
    call_code(call, 409, "IDEMPOTENCY_KEY_EXPIRED",
              "The transaction prepared for this Idempotency-Key has expired");
    return false;
}

bool replay_begin(struct sandbox *sb, struct call *call, bool required)
{
    if (!call->idempotency) {
        if (required)
            call_message(call, 400,
                         "the Idempotency-Key header is required here");
        return !required;
    }
    if (!well_formed(call->idempotency)) {
        call_message(call, 400,
                     "Idempotency-Key: expected 1 to %d visible "
                     "ASCII characters",
                     KEYS_TEXT_MAX);
        return false;
    }
    call->key = keys_touch(&sb->keys, call->access->account, call->idempotency);
    if (call->key == TABLE_NONE) {
        call_no_memory(call);
        return false;
    }
    sb->keys.items[call->key].request_count++;
    if (sb->options.ignore_keys)
        return true;
    return judge(sb, call, &sb->keys.items[call->key]);
}

void replay_end(struct sandbox *sb, struct call *call, uint32_t job)
{
    if (call->key == TABLE_NONE)
        return;
    int64_t now_us = clock_mono_us();
    struct keys_now now = {sb->now_ms, now_us};
    const char *text = job == TABLE_NONE ? buf_str(&call->reply.body) : NULL;
    if (!keys_answer(&sb->keys.items[call->key], payload_of(call), &now,
                     call->delay_us > 0 ? now_us + call->delay_us : 0, job,
                     text))
        call_no_memory(call);
}
