#include "sandbox.h"

#include <string.h>

#include "api.h"
#include "control.h"
#include "dice.h"
#include "spoil.h"

#define SCRATCH_MAX ((size_t)16 << 20)

int sandbox_init(struct sandbox *sb, const struct options *options,
                 struct err *err)
{
    memset(sb, 0, sizeof *sb);
    sb->options = *options;
    json_init(&sb->doc);
    buf_init(&sb->scratch, SCRATCH_MAX);
    pins_init(&sb->pins);
    jobs_init(&sb->jobs);
    keys_init(&sb->keys);
    life_init(&sb->life, &sb->options, &sb->jobs, &sb->markets, &sb->accounts);
    limits_init(&sb->limits);
    clock_start(&sb->clock, options->clock_speed);
    int rc = hasher_init(&sb->hasher, err);
    if (rc == 0)
        rc = accounts_init(&sb->accounts, options, &sb->hasher, err);
    if (rc == 0)
        rc = markets_init(&sb->markets, options, err);
    if (rc == 0)
        rc = faults_init(&sb->faults, (uint64_t)options->fault_seed,
                         options->tls_cert != NULL, err);
    if (rc == 0)
        rc = record_init(&sb->record, (uint32_t)options->record, err);
    for (unsigned i = 0; i < options->faults.count && rc == 0; i++)
        rc = faults_add(&sb->faults, options->faults.items[i], true, err);
    return rc;
}

void sandbox_release(struct sandbox *sb)
{
    record_release(&sb->record);
    faults_release(&sb->faults);
    markets_release(&sb->markets);
    hasher_release(&sb->hasher);
    life_release(&sb->life);
    keys_release(&sb->keys);
    jobs_release(&sb->jobs);
    pins_release(&sb->pins);
    buf_release(&sb->scratch);
    json_release(&sb->doc);
}

void sandbox_reset(struct sandbox *sb)
{
    struct sandbox_counts *counts = &sb->counts;
    uint64_t in_flight = counts->in_flight;

    pins_clear(&sb->pins);
    jobs_clear(&sb->jobs);
    keys_clear(&sb->keys);
    life_clear(&sb->life);
    markets_reset(&sb->markets);
    accounts_reset(&sb->accounts, &sb->options);
    faults_clear(&sb->faults, false);
    limits_init(&sb->limits);
    record_clear(&sb->record);
    memset(counts, 0, sizeof *counts);
    counts->in_flight = in_flight;
}

/* What each route needs, and who answers it. */
static const struct {
    unsigned scope; /* 0: anybody; ROUTE_PIN has tokens of its own */
    void (*answer)(struct sandbox *sb, struct call *call);
} handlers[ROUTE_COUNT] = {
    [ROUTE_PIN] = {0, api_pin},
    [ROUTE_POST] = {SCOPE_JOBS_WRITE, api_post},
    [ROUTE_POST_BATCH] = {SCOPE_JOBS_WRITE, api_post_batch},
    [ROUTE_EXTEND] = {SCOPE_JOBS_WRITE, api_extend},
    [ROUTE_EXTEND_BATCH] = {SCOPE_JOBS_WRITE, api_extend_batch},
    [ROUTE_STOP] = {SCOPE_JOBS_WRITE, api_stop},
    [ROUTE_STOP_BATCH] = {SCOPE_JOBS_WRITE, api_stop_batch},
    [ROUTE_GET] = {SCOPE_JOBS_READ, api_get},
    [ROUTE_BATCH] = {SCOPE_JOBS_READ, api_batch},
    [ROUTE_LIST] = {SCOPE_JOBS_READ, api_list},
    [ROUTE_BALANCE] = {SCOPE_CREDITS_READ, api_balance},
    [ROUTE_MARKETS] = {0, api_markets},
};

static bool token_known(const struct sandbox *sb, const char *authorization)
{
    static const char bearer[] = "Bearer ";
    const struct options_list *jwts = &sb->options.jwts;

    if (!authorization ||
        strncmp(authorization, bearer, sizeof bearer - 1) != 0)
        return false;
    authorization += sizeof bearer - 1;
    if (jwts->count == 0)
        return strcmp(authorization, OPTIONS_JWT) == 0;
    for (unsigned i = 0; i < jwts->count; i++)
        if (strcmp(authorization, jwts->items[i]) == 0)
            return true;
    return false;
}

/* false: answered 401 or 403. The list of markets is public. */
static bool may(const struct sandbox *sb, struct call *call)
{
    unsigned scope = handlers[call->route].scope;

    if (call->route == ROUTE_PIN) {
        if (token_known(sb, call->authorization))
            return true;
        buf_add_str(call_answer(call, 401),
                    "{\"error\":\"Invalid or expired credentials\"}");
        return false;
    }
    if (!call->access && (scope != 0 || call->authorization)) {
        buf_add_str(call_answer(call, 401), "\"Unauthorized\"");
        return false;
    }
    if (scope == 0 || (call->access->scopes & scope))
        return true;
    const char *name = accounts_scope_name((enum scope)scope);
    buf_addf(call_answer(call, 403),
             "{\"code\":\"INSUFFICIENT_SCOPE\",\"message\":\"Insufficient "
             "scope. This endpoint requires: %s.\"}",
             name);
    return false;
}

static bool rate_ok(struct sandbox *sb, struct call *call)
{
    if (limits_request(&sb->limits, sb->options.rate_limit, clock_mono_us()))
        return true;
    buf_add_str(call_answer(call, 429),
                "{\"error\":\"Rate limit exceeded\",\"message\":\"Too many "
                "requests\"}");
    if (sb->options.rate_silence_s > 0)
        call_retry_after(call, sb->options.rate_silence_s);
    return false;
}

static void work(struct sandbox *sb, struct call *call)
{
    if (!rate_ok(sb, call))
        return;
    if (call->too_large) {
        call_message(call, 413, "the body is over %zu bytes", CALL_BODY_MAX);
        return;
    }
    if (!handlers[call->route].answer) {
        call_message(call, 404, "Not found");
        return;
    }
    if (may(sb, call))
        handlers[call->route].answer(sb, call);
}

static int64_t draw_delay_us(const struct sandbox *sb)
{
    const struct options *options = &sb->options;
    int64_t delay_us = options->latency_us;
    uint64_t others = sb->counts.in_flight > 0 ? sb->counts.in_flight - 1 : 0;

    if (options->jitter_pct > 0) {
        double unit =
            dice_unit((uint64_t)options->seed, DICE_LATENCY, sb->answered);
        delay_us += (int64_t)((double)delay_us * (unit * 2 - 1) *
                              (double)options->jitter_pct / 100);
    }
    return delay_us + options->load_latency_us * (int64_t)others;
}

void sandbox_answer(struct sandbox *sb, struct call *call)
{
    sb->now_ms = clock_now_ms(&sb->clock);
    sb->counts.requests[call->route]++;
    sb->answered++;
    life_advance(&sb->life, sb->now_ms);
    if (call->route == ROUTE_CONTROL) {
        control_answer(sb, call);
        return;
    }
    call->access = accounts_find(&sb->accounts, call->authorization);
    call->delay_us = draw_delay_us(sb);
    const struct fault *fault = faults_pick(&sb->faults, call);
    if (fault && fault->action == FAULT_DELAY)
        call->delay_us += fault->number * 1000;
    if (!fault || fault->after || fault->action == FAULT_DELAY)
        work(sb, call);
    if (fault)
        spoil_answer(sb, call, fault);
    bool answered =
        call->delivery == DELIVER_REPLY || call->delivery == DELIVER_RAW;
    sb->counts.answers[answered ? call->reply.status / 100 % 6 : 0]++;
    record_add(&sb->record, call);
}
