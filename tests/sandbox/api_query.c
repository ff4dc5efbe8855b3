#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "api.h"
#include "fields.h"

#define PAGE_DEFAULT 10
#define PAGE_MAX     50

static const struct field addresses_only[] = {{"addresses", FIELDS_LIST, true}};

void api_get(struct sandbox *sb, struct call *call)
{
    uint8_t address[32];

    if (!fields_tail(call, address))
        return;
    uint32_t job = jobs_find(&sb->jobs, address);
    if (job == TABLE_NONE) {
        call_message(call, 404, "Job not found");
        return;
    }
    call->reply.job = job;
    answers_job(sb, call_answer(call, 200), job, true);
}

void api_batch(struct sandbox *sb, struct call *call)
{
    struct field_value list;
    uint8_t address[32];

    if (!fields_body(sb, call) ||
        !fields_read(sb, call, 0, "$", addresses_only, 1, &list))
        return;
    struct buf *body = call_answer(call, 200);
    uint32_t at = json_first(list.node);
    buf_add_char(body, '[');
    for (uint32_t i = 0; i < sb->doc.nodes[list.node].size; i++) {
        const struct json_node *node = &sb->doc.nodes[at];
        if (node->type != JSON_STRING ||
            !base58_address(sb->doc.text + node->start, node->len, address)) {
            call_message(call, 400,
                         "$.addresses[%u]: expected a base58 address of 32 "
                         "bytes",
                         i);
            return;
        }
        /* An address without a job is left out. */
        uint32_t job = jobs_find(&sb->jobs, address);
        if (job != TABLE_NONE) {
            if (body->len > 1)
                buf_add_char(body, ',');
            answers_job(sb, body, job, false);
        }
        at = json_next(&sb->doc, at);
    }
    buf_add_char(body, ']');
}

/* What GET /jobs asks for; -1: anything. */
struct query {
    int account;
    int market;
    int state;
    int64_t limit, offset;
};

static bool read_count(struct call *call, const char *name, const char *text,
                       int64_t min, int64_t max, int64_t *out)
{
    char *end;

    if (!text)
        return true;
    long long n = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || n < min || n > max) {
        call_message(call, 400, "%s: expected %lld to %lld, found \"%s\"", name,
                     (long long)min, (long long)max, text);
        return false;
    }
    *out = n;
    return true;
}

static bool read_state(struct call *call, int *out)
{
    int64_t state = -1;

    *out = -1;
    for (int i = JOBS_QUEUED; call->state && i <= JOBS_STOPPED; i++)
        if (strcmp(call->state, jobs_state_name((enum jobs_state)i)) == 0)
            *out = i;
    if (*out >= 0)
        return true;
    if (!read_count(call, "state", call->state, 0, 3, &state))
        return false;
    *out = (int)state;
    return true;
}

/* An address nobody here knows is no error: nothing matches it. */
static bool read_query(struct sandbox *sb, struct call *call,
                       struct query *query)
{
    memset(query, 0, sizeof *query);
    query->limit = PAGE_DEFAULT;
    query->account = query->market = -1;
    if (call->poster) {
        query->account = accounts_by_project(&sb->accounts, call->poster);
        if (query->account < 0)
            query->account = ACCOUNTS_MAX;
    }
    if (call->market) {
        uint8_t address[32];
        if (!base58_address(call->market, strlen(call->market), address)) {
            call_message(call, 400, "market: expected an address, found \"%s\"",
                         call->market);
            return false;
        }
        query->market = markets_find(&sb->markets, address);
        if (query->market < 0)
            query->market = MARKETS_MAX;
    }
    return read_state(call, &query->state) &&
           read_count(call, "limit", call->limit, 1, PAGE_MAX, &query->limit) &&
           read_count(call, "offset", call->offset, 0, INT32_MAX,
                      &query->offset);
}

static bool matches(const struct query *query, const struct job *job)
{
    return (query->account < 0 || (uint32_t)query->account == job->account) &&
           (query->market < 0 || (uint32_t)query->market == job->market) &&
           (query->state < 0 || (unsigned)query->state == job->state);
}

struct found {
    int64_t start_s;
    uint32_t job;
};

/* By start, the latest first; those listed last first among equals. */
static int by_start(const void *left, const void *right)
{
    const struct found *a = left;
    const struct found *b = right;

    if (a->start_s != b->start_s)
        return a->start_s < b->start_s ? 1 : -1;
    return a->job < b->job ? 1 : -1;
}

static void answer_page(struct sandbox *sb, struct call *call,
                        const struct query *query, const struct found *found,
                        uint32_t count)
{
    struct buf *body = call_answer(call, 200);
    int64_t end = query->offset + query->limit;

    buf_add_str(body, "{\"jobs\":[");
    for (int64_t i = query->offset; i < end && i < count; i++) {
        if (i > query->offset)
            buf_add_char(body, ',');
        answers_job(sb, body, found[i].job, false);
    }
    buf_addf(body, "],\"totalJobs\":%u}", count);
}

static bool may_list(struct sandbox *sb, struct call *call)
{
    if (sb->options.no_list_limit)
        return true;
    int64_t wait_ms =
        limits_list(&sb->limits, call->access->account, sb->now_ms);
    if (wait_ms == 0)
        return true;
    struct buf *body = call_answer(call, 429);
    call_retry_after(call, clock_real_s(&sb->clock, wait_ms));
    buf_addf(body,
             "{\"error\":\"Rate limit exceeded\",\"message\":\"Too many "
             "requests\",\"retryAfter\":%s}",
             call->reply.retry_after);
    return false;
}

void api_list(struct sandbox *sb, struct call *call)
{
    struct query query;
    uint32_t count = 0;

    if (!may_list(sb, call) || !read_query(sb, call, &query))
        return;
    struct found *found = malloc(((size_t)sb->jobs.count + 1) * sizeof *found);
    if (!found) {
        call_no_memory(call);
        return;
    }
    for (uint32_t i = 0; i < sb->jobs.count; i++) {
        const struct job *job = &sb->jobs.items[i];
        if (matches(&query, job))
            found[count++] = (struct found){job->start_ms / 1000, i};
    }
    qsort(found, count, sizeof *found, by_start);
    answer_page(sb, call, &query, found, count);
    free(found);
}

void api_balance(struct sandbox *sb, struct call *call)
{
    const struct account *account = &sb->accounts.items[call->access->account];
    struct buf *body = call_answer(call, 200);

    buf_add_str(body, "{\"assignedCredits\":");
    answers_money(body, account->assigned_nano);
    buf_add_str(body, ",\"reservedCredits\":");
    answers_money(body, account->reserved_nano);
    buf_add_str(body, ",\"settledCredits\":");
    answers_money(body, account->settled_nano);
    buf_add_char(body, '}');
}

void api_markets(struct sandbox *sb, struct call *call)
{
    buf_add(call_answer(call, 200), buf_str(&sb->markets.body),
            sb->markets.body.len);
}
