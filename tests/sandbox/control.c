#include "control.h"

#include <string.h>

#include "../../templates/money.h"
#include "stats.h"

/* The object in the body; false: answered. */
static bool read_object(struct sandbox *sb, struct call *call)
{
    struct err err;

    if (json_parse(&sb->doc, buf_str(&call->body), call->body.len, &err) < 0 ||
        sb->doc.nodes[0].type != JSON_OBJECT) {
        call_message(call, 400, "expected a JSON object in the body");
        return false;
    }
    return true;
}

/* A member's text: of a string its value, of others as written; or NULL. */
static const char *member(struct sandbox *sb, const char *name)
{
    uint32_t node = json_get(&sb->doc, 0, name);

    buf_clear(&sb->scratch);
    if (node == 0)
        return NULL;
    if (sb->doc.nodes[node].type == JSON_STRING)
        json_string(&sb->doc, node, &sb->scratch);
    else
        buf_add(&sb->scratch, sb->doc.text + sb->doc.nodes[node].start,
                sb->doc.nodes[node].len);
    return buf_str(&sb->scratch);
}

static void answer_clock(struct sandbox *sb, struct call *call)
{
    buf_addf(call_answer(call, 200), "{\"now_ms\":%lld,\"speed\":%g}",
             (long long)clock_now_ms(&sb->clock), sb->clock.speed);
}

static void set_clock(struct sandbox *sb, struct call *call)
{
    uint32_t advance = json_get(&sb->doc, 0, "advance_s");
    uint32_t back = json_get(&sb->doc, 0, "back_s");
    uint32_t speed = json_get(&sb->doc, 0, "speed");
    int64_t seconds = 0;
    int64_t back_s = 0;
    double factor = sb->clock.speed;

    if (advance != 0 && !json_int(&sb->doc, advance, 0, INT32_MAX, &seconds)) {
        call_message(call, 400, "advance_s: expected a whole number");
        return;
    }
    /* What has happened stays in the past. */
    if (back != 0 && (sb->jobs.count > 0 ||
                      !json_int(&sb->doc, back, 0, INT32_MAX, &back_s))) {
        call_message(call, 400,
                     "back_s: expected a whole number, before the first job");
        return;
    }
    if (speed != 0 && sb->doc.nodes[speed].type == JSON_NUMBER)
        factor = json_double(&sb->doc, speed);
    if (!(factor >= 0.001 && factor <= 1e6)) {
        call_message(call, 400, "speed: expected 0.001 to 1000000");
        return;
    }
    clock_set_speed(&sb->clock, factor);
    clock_jump(&sb->clock, (seconds - back_s) * 1000);
    sb->now_ms = clock_now_ms(&sb->clock);
    life_advance(&sb->life, sb->now_ms);
    answer_clock(sb, call);
}

/* {"add":"1.50"} or {"assigned":"20"}, and "account" from 1. */
static void set_credits(struct sandbox *sb, struct call *call)
{
    int64_t number = 1;
    int64_t nano = 0;
    struct err err;
    uint32_t node = json_get(&sb->doc, 0, "account");

    if (node != 0 &&
        !json_int(&sb->doc, node, 1, sb->accounts.count, &number)) {
        call_message(call, 400, "account: there are 1 to %u",
                     sb->accounts.count);
        return;
    }
    struct account *account = &sb->accounts.items[number - 1];
    bool add = json_get(&sb->doc, 0, "add") != 0;
    const char *text = member(sb, add ? "add" : "assigned");
    bool rounded;
    if (!text || money_parse(text, strlen(text), &nano, &rounded, &err) < 0) {
        call_message(call, 400, "expected \"add\" or \"assigned\" in dollars");
        return;
    }
    int64_t assigned_nano = add ? account->assigned_nano : 0;
    if (!money_add(&assigned_nano, nano) || assigned_nano < 0) {
        call_message(call, 400, "credits would be out of range");
        return;
    }
    account->assigned_nano = assigned_nano;
    stats_credits(sb, call_answer(call, 200));
}

static bool add_fault(struct sandbox *sb, struct call *call, uint32_t node)
{
    struct err err;

    buf_clear(&sb->scratch);
    if (sb->doc.nodes[node].type == JSON_STRING)
        json_string(&sb->doc, node, &sb->scratch);
    if (faults_add(&sb->faults, buf_str(&sb->scratch), false, &err) == 0)
        return true;
    call_message(call, 400, "%s", err.message);
    return false;
}

/* {"clear":true,"seed":7,"add":["post:1:after:reset"]}, in that order. */
static void set_faults(struct sandbox *sb, struct call *call)
{
    uint32_t clear = json_get(&sb->doc, 0, "clear");
    uint32_t seed = json_get(&sb->doc, 0, "seed");
    uint32_t add = json_get(&sb->doc, 0, "add");
    int64_t number;

    if (clear != 0 && sb->doc.nodes[clear].type == JSON_TRUE)
        faults_clear(&sb->faults, true);
    if (seed != 0 && json_int(&sb->doc, seed, 0, INT64_MAX, &number))
        sb->faults.seed = (uint64_t)number;
    if (add != 0 && sb->doc.nodes[add].type != JSON_ARRAY) {
        if (!add_fault(sb, call, add))
            return;
    } else if (add != 0) {
        uint32_t at = json_first(add);
        for (uint32_t i = 0; i < sb->doc.nodes[add].size; i++) {
            if (!add_fault(sb, call, at))
                return;
            at = json_next(&sb->doc, at);
        }
    }
    stats_faults(sb, call_answer(call, 200));
}

/* {"latency":50,"ignore-keys":true}: options by name. */
static void set_options(struct sandbox *sb, struct call *call)
{
    uint32_t key = json_first(0);
    struct buf name;
    struct err err;
    int rc = 0;

    buf_init(&name, 256);
    for (uint32_t i = 0; i < sb->doc.nodes[0].size && rc == 0; i++) {
        buf_clear(&name);
        json_string(&sb->doc, key, &name);
        const char *value = member(sb, buf_str(&name));
        rc =
            options_set(&sb->options, buf_str(&name), value ? value : "", &err);
        key = json_next(&sb->doc, key + 1);
    }
    buf_release(&name);
    if (rc < 0)
        call_message(call, 400, "%s", err.message);
    else
        buf_add_str(call_answer(call, 200), "{\"ok\":true}");
}

/* {"address":"…","status":"success"|"failed"|"stopped"}: ends a job now. */
static void end_job(struct sandbox *sb, struct call *call)
{
    const char *text = member(sb, "address");
    uint8_t address[32];
    uint32_t job = TABLE_NONE;

    if (text && base58_address(text, strlen(text), address))
        job = jobs_find(&sb->jobs, address);
    if (job == TABLE_NONE || sb->jobs.items[job].state >= JOBS_COMPLETED) {
        call_message(call, 404, "no such job, or it has ended");
        return;
    }
    const char *status = member(sb, "status");
    if (status && strcmp(status, "stopped") == 0) {
        life_stop(&sb->life, job, sb->now_ms);
    } else if (status && (strcmp(status, "success") == 0 ||
                          strcmp(status, "failed") == 0)) {
        life_finish(&sb->life, job, status[0] == 'f', sb->now_ms);
    } else {
        call_message(call, 400, "status: success, failed or stopped");
        return;
    }
    buf_add_str(call_answer(call, 200), "{\"ok\":true}");
}

static void reset(struct sandbox *sb, struct call *call)
{
    sandbox_reset(sb);
    buf_add_str(call_answer(call, 200), "{\"ok\":true}");
}

static void get_stats(struct sandbox *sb, struct call *call)
{
    stats_write(sb, call_answer(call, 200), call->list != NULL);
}

static void get_jobs(struct sandbox *sb, struct call *call)
{
    stats_jobs(sb, call_answer(call, 200), call->offset, call->limit);
}

static void get_faults(struct sandbox *sb, struct call *call)
{
    stats_faults(sb, call_answer(call, 200));
}

static void get_requests(struct sandbox *sb, struct call *call)
{
    record_write(&sb->record, call_answer(call, 200));
}

static const struct {
    const char *name;
    bool get;
    bool body; /* needs an object */
    void (*answer)(struct sandbox *sb, struct call *call);
} calls[] = {
    {"stats", true, false, get_stats},
    {"jobs", true, false, get_jobs},
    {"faults", true, false, get_faults},
    {"requests", true, false, get_requests},
    {"clock", true, false, answer_clock},
    {"clock", false, true, set_clock},
    {"credits", false, true, set_credits},
    {"faults", false, true, set_faults},
    {"options", false, true, set_options},
    {"jobs", false, true, end_job},
    {"reset", false, false, reset},
};

void control_answer(struct sandbox *sb, struct call *call)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i].get != call->get || strcmp(calls[i].name, call->tail) != 0)
            continue;
        if (!calls[i].body || read_object(sb, call))
            calls[i].answer(sb, call);
        return;
    }
    call_message(
        call, 404,
        "no such control call: GET stats, jobs, faults, requests, clock; POST "
        "clock, credits, faults, options, jobs, reset");
}
