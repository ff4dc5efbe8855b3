#include "changes.h"

#include "orders.h"

bool changes_ended(const struct sandbox *sb, uint32_t job)
{
    return sb->jobs.items[job].state >= JOBS_COMPLETED;
}

uint32_t changes_find(struct sandbox *sb, struct call *call,
                      const uint8_t address[32])
{
    uint32_t job = jobs_find(&sb->jobs, address);

    /* Somebody else's job is none that this caller could change. */
    if (job == TABLE_NONE ||
        sb->jobs.items[job].account != call->access->account) {
        call_message(call, 404, "Job not found");
        return TABLE_NONE;
    }
    call->reply.job = job;
    return job;
}

bool changes_extend(struct sandbox *sb, struct call *call, uint32_t number,
                    int64_t seconds, int64_t cost_nano)
{
    struct job *job = &sb->jobs.items[number];

    if (!life_extend(&sb->life, number, seconds)) {
        accounts_settle(&sb->accounts.items[job->account], cost_nano, 0);
        call_no_memory(call);
        return false;
    }
    job->reserved_nano += cost_nano;
    job->extensions++;
    sb->counts.extensions++;
    return true;
}

void changes_stop(struct sandbox *sb, uint32_t job)
{
    life_stop(&sb->life, job, sb->now_ms);
    sb->counts.stops++;
}

int64_t changes_price(const struct sandbox *sb, uint32_t job, int64_t seconds)
{
    const struct market *market =
        &sb->markets.items[sb->jobs.items[job].market];

    return orders_price(sb, market, seconds);
}

uint64_t changes_number(struct sandbox *sb)
{
    /* Apart from those of posts, which are the jobs' serial numbers. */
    return ((uint64_t)1 << 63) + sb->change_count++;
}
