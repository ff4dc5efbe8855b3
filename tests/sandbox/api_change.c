#include "answers.h"
#include "api.h"
#include "changes.h"
#include "orders.h"
#include "replay.h"

static const struct field seconds_only[] = {{"seconds", FIELDS_SECONDS, true}};

static const struct field old_extend[] = {
    {"jobAddress", FIELDS_ADDRESS, true},
    {"extensionSeconds", FIELDS_SECONDS, true},
};

static const struct field old_stop[] = {{"jobAddress", FIELDS_ADDRESS, true}};

static void answer_extended(struct sandbox *sb, struct call *call, uint32_t job,
                            int64_t seconds, int64_t cost_nano)
{
    struct buf *body = call_answer(call, 200);
    uint64_t number = changes_number(sb);

    if (call->old) {
        buf_add_str(body, "{\"jobAddress\":");
        answers_address(body, sb->jobs.items[job].address);
        buf_add_char(body, ',');
        answers_charge(sb, body, cost_nano, number, NULL);
        buf_addf(body, ",\"extensionSeconds\":%lld}", (long long)seconds);
        return;
    }
    buf_add_str(body, "{\"tx\":");
    answers_tx(sb, body, number);
    buf_add_str(body, ",\"job\":");
    answers_address(body, sb->jobs.items[job].address);
    buf_add_str(body, ",\"credits\":{");
    answers_charge(sb, body, cost_nano, number, NULL);
    buf_add_str(body, "}}");
}

/* Nothing is charged for a job that has ended. */
static void answer_no_extension(struct sandbox *sb, struct call *call,
                                uint32_t job)
{
    if (call->old) {
        call_message(call, 400, "The job has already ended");
        return;
    }
    struct buf *body = call_answer(call, 200);
    buf_add_str(body, "{\"tx\":null,\"job\":");
    answers_address(body, sb->jobs.items[job].address);
    buf_add_char(body, '}');
}

static void extend(struct sandbox *sb, struct call *call,
                   const uint8_t address[32], int64_t seconds)
{
    if (!call->old && !replay_begin(sb, call, false))
        return;
    uint32_t job = changes_find(sb, call, address);
    if (job == TABLE_NONE)
        return;
    if (changes_ended(sb, job)) {
        answer_no_extension(sb, call, job);
    } else {
        int64_t cost_nano = changes_price(sb, job, seconds);
        if (!orders_pay(sb, call, cost_nano) ||
            !changes_extend(sb, call, job, seconds, cost_nano))
            return;
        answer_extended(sb, call, job, seconds, cost_nano);
    }
    replay_end(sb, call, TABLE_NONE);
}

void api_extend(struct sandbox *sb, struct call *call)
{
    struct field_value values[2];
    uint8_t address[32];

    if (!fields_body(sb, call))
        return;
    if (call->old) {
        if (fields_read(sb, call, 0, "$", old_extend, 2, values))
            extend(sb, call, values[0].bytes, values[1].number);
        return;
    }
    if (fields_tail(call, address) &&
        fields_read(sb, call, 0, "$", seconds_only, 1, values))
        extend(sb, call, address, values[0].number);
}

static void answer_stopped(struct sandbox *sb, struct call *call, uint32_t job,
                           bool was_ended, bool delisted)
{
    struct buf *body = call_answer(call, 200);

    if (call->old)
        buf_addf(body, "{\"success\":true,\"message\":\"%s\",\"jobAddress\":",
                 was_ended  ? "Job has already ended"
                 : delisted ? "Job delisted"
                            : "Job stopped");
    else
        buf_add_str(body, "{\"job\":");
    answers_address(body, sb->jobs.items[job].address);
    buf_add_str(body, call->old ? ",\"transactionId\":" : ",\"tx\":");
    if (was_ended)
        buf_add_str(body, "null");
    else
        answers_tx(sb, body, changes_number(sb));
    buf_addf(body, ",\"delisted\":%s}", delisted ? "true" : "false");
}

static void stop(struct sandbox *sb, struct call *call,
                 const uint8_t address[32])
{
    if (!call->old && !replay_begin(sb, call, false))
        return;
    uint32_t job = changes_find(sb, call, address);
    if (job == TABLE_NONE)
        return;
    bool ended = changes_ended(sb, job);
    bool delisted = sb->jobs.items[job].state == JOBS_QUEUED;
    if (!ended)
        changes_stop(sb, job);
    answer_stopped(sb, call, job, ended, delisted);
    replay_end(sb, call, TABLE_NONE);
}

void api_stop(struct sandbox *sb, struct call *call)
{
    struct field_value value;
    uint8_t address[32];

    if (call->old) {
        if (fields_body(sb, call) &&
            fields_read(sb, call, 0, "$", old_stop, 1, &value))
            stop(sb, call, value.bytes);
        return;
    }
    if (call->body.len > 0) {
        call_message(call, 400, "no body is expected here");
        return;
    }
    if (fields_tail(call, address))
        stop(sb, call, address);
}
