#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include "answers.h"

static void add_count(struct buf *out, const char *name, uint64_t count)
{
    buf_addf(out, ",\"%s\":%llu", name, (unsigned long long)count);
}

static void write_requests(const struct sandbox *sb, struct buf *out)
{
    static const char *const classes[6] = {"none", "1xx", "2xx",
                                           "3xx",  "4xx", "5xx"};
    uint64_t total = 0;

    buf_add_str(out, "{\"requests\":{");
    for (unsigned i = 0; i < ROUTE_COUNT; i++) {
        buf_addf(out, "%s\"%s\":%llu", i > 0 ? "," : "",
                 call_route_name((enum call_route)i),
                 (unsigned long long)sb->counts.requests[i]);
        if (i != ROUTE_CONTROL)
            total += sb->counts.requests[i];
    }
    buf_add_str(out, "},\"answers\":{");
    for (unsigned i = 0; i < 6; i++)
        buf_addf(out, "%s\"%s\":%llu", i > 0 ? "," : "", classes[i],
                 (unsigned long long)sb->counts.answers[i]);
    buf_add_char(out, '}');
    add_count(out, "requests_total", total);
    add_count(out, "connections", sb->counts.connections);
    add_count(out, "in_flight", sb->counts.in_flight);
    add_count(out, "max_in_flight", sb->counts.max_in_flight);
    add_count(out, "repeats", sb->counts.repeats);
}

static void write_jobs(const struct sandbox *sb, struct buf *out)
{
    uint64_t by_state[4] = {0};

    for (uint32_t i = 0; i < sb->jobs.count; i++)
        by_state[sb->jobs.items[i].state]++;
    add_count(out, "jobs", sb->jobs.count);
    add_count(out, "jobs_without_key", sb->counts.jobs_without_key);
    add_count(out, "extensions", sb->counts.extensions);
    add_count(out, "stops", sb->counts.stops);
    buf_add_str(out, ",\"jobs_by_state\":{");
    for (unsigned i = 0; i < 4; i++)
        buf_addf(out, "%s\"%s\":%llu", i > 0 ? "," : "",
                 jobs_state_name((enum jobs_state)i),
                 (unsigned long long)by_state[i]);
    buf_add_char(out, '}');
}

static void write_keys(const struct sandbox *sb, struct buf *out)
{
    uint64_t max_jobs = 0, max_requests = 0, doubled = 0, with_jobs = 0;

    for (uint32_t i = 0; i < sb->keys.count; i++) {
        const struct key *key = &sb->keys.items[i];
        if (key->job_count > max_jobs)
            max_jobs = key->job_count;
        if (key->request_count > max_requests)
            max_requests = key->request_count;
        doubled += key->job_count > 1;
        with_jobs += key->job_count > 0;
    }
    add_count(out, "keys", sb->keys.count);
    add_count(out, "keys_with_jobs", with_jobs);
    add_count(out, "keys_with_more_jobs", doubled);
    add_count(out, "max_jobs_per_key", max_jobs);
    add_count(out, "max_requests_per_key", max_requests);
}

static void write_cids(const struct sandbox *sb, struct buf *out)
{
    uint64_t max_jobs = 0, max_pins = 0, pinned = 0, pins = 0;

    for (uint32_t i = 0; i < sb->pins.count; i++) {
        const struct pin *pin = &sb->pins.items[i];
        if (pin->job_count > max_jobs)
            max_jobs = pin->job_count;
        if (pin->pin_count > max_pins)
            max_pins = pin->pin_count;
        pinned += pin->pinned;
        pins += pin->pin_count;
    }
    add_count(out, "pins", pins);
    add_count(out, "cids_pinned", pinned);
    add_count(out, "max_jobs_per_cid", max_jobs);
    add_count(out, "max_pins_per_cid", max_pins);
}

static void list_keys(const struct sandbox *sb, struct buf *out,
                      const char *name, bool jobs)
{
    buf_addf(out, ",\"%s\":{", name);
    for (uint32_t i = 0; i < sb->keys.count; i++) {
        const struct key *key = &sb->keys.items[i];
        if (i > 0)
            buf_add_char(out, ',');
        json_quote(out, key->text, strlen(key->text));
        buf_addf(out, ":%u", jobs ? key->job_count : key->request_count);
    }
    buf_add_char(out, '}');
}

static void list_cids(const struct sandbox *sb, struct buf *out,
                      const char *name, bool jobs)
{
    char text[CID_TEXT_MAX];

    buf_addf(out, ",\"%s\":{", name);
    for (uint32_t i = 0; i < sb->pins.count; i++) {
        const struct pin *pin = &sb->pins.items[i];
        cid_format(pin->digest, text);
        buf_addf(out, "%s\"%s\":%u", i > 0 ? "," : "", text,
                 jobs ? pin->job_count : pin->pin_count);
    }
    buf_add_char(out, '}');
}

void stats_credits(const struct sandbox *sb, struct buf *out)
{
    buf_add_char(out, '[');
    for (uint32_t i = 0; i < sb->accounts.count; i++) {
        const struct account *account = &sb->accounts.items[i];
        buf_addf(out, "%s{\"account\":%u,\"project\":\"%s\",\"assigned\":",
                 i > 0 ? "," : "", i + 1, account->project);
        answers_money(out, account->assigned_nano);
        buf_add_str(out, ",\"reserved\":");
        answers_money(out, account->reserved_nano);
        buf_add_str(out, ",\"settled\":");
        answers_money(out, account->settled_nano);
        buf_add_str(out, ",\"available\":");
        answers_money(out, accounts_available(account));
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

void stats_faults(const struct sandbox *sb, struct buf *out)
{
    buf_add_char(out, '[');
    for (uint32_t i = 0; i < sb->faults.count; i++) {
        const struct fault *fault = &sb->faults.items[i];
        buf_add_str(out, i > 0 ? ",{\"fault\":" : "{\"fault\":");
        json_quote(out, fault->spec, strlen(fault->spec));
        add_count(out, "seen", fault->seen);
        add_count(out, "hits", fault->hits);
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

void stats_write(const struct sandbox *sb, struct buf *out, bool list)
{
    write_requests(sb, out);
    write_jobs(sb, out);
    write_keys(sb, out);
    write_cids(sb, out);
    if (list) {
        list_keys(sb, out, "jobs_per_key", true);
        list_keys(sb, out, "requests_per_key", false);
        list_cids(sb, out, "jobs_per_cid", true);
        list_cids(sb, out, "pins_per_cid", false);
    }
    buf_add_str(out, ",\"credits\":");
    stats_credits(sb, out);
    buf_add_str(out, ",\"faults\":");
    stats_faults(sb, out);
    buf_addf(out, ",\"now_ms\":%lld,\"seed\":%lld}", (long long)sb->now_ms,
             (long long)sb->options.seed);
}

static void write_job(const struct sandbox *sb, struct buf *out, uint32_t i)
{
    const struct job *job = &sb->jobs.items[i];
    const char *status = answers_job_status(sb, job);
    char cid[CID_TEXT_MAX];

    buf_add_str(out, "{\"address\":");
    answers_address(out, job->address);
    cid_format(sb->pins.items[job->pin].digest, cid);
    buf_addf(out, ",\"ipfsHash\":\"%s\",\"market\":\"%s\",\"timeout\":%lld",
             cid, sb->markets.items[job->market].address_text,
             (long long)job->timeout_s);
    buf_add_str(out, ",\"node\":");
    if (job->has_node)
        answers_address(out, job->node);
    else
        buf_add_str(out, "null");
    buf_add_str(out, ",\"key\":");
    if (job->key == TABLE_NONE) {
        buf_add_str(out, "null");
    } else {
        const char *text = sb->keys.items[job->key].text;
        json_quote(out, text, strlen(text));
    }
    buf_addf(out, ",\"account\":%u,\"state\":\"%s\",\"status\":%s%s%s",
             job->account + 1, jobs_state_name(job->state), status ? "\"" : "",
             status ? status : "null", status ? "\"" : "");
    buf_add_str(out, ",\"cost\":");
    answers_money(out, job->cost_nano);
    buf_add_str(out, ",\"spent\":");
    answers_money(out, job->spent_nano);
    buf_addf(out, ",\"extensions\":%u}", job->extensions);
}

void stats_jobs(const struct sandbox *sb, struct buf *out, const char *offset,
                const char *limit)
{
    uint64_t from = offset ? strtoull(offset, NULL, 10) : 0;
    uint64_t most = limit ? strtoull(limit, NULL, 10) : UINT32_MAX;

    buf_add_char(out, '[');
    for (uint64_t i = from; i < sb->jobs.count && i - from < most; i++) {
        if (i > from)
            buf_add_char(out, ',');
        write_job(sb, out, (uint32_t)i);
    }
    buf_add_char(out, ']');
}
