#include "jobs.h"

#include <stdlib.h>
#include <string.h>

void jobs_init(struct jobs *jobs)
{
    memset(jobs, 0, sizeof *jobs);
    table_init(&jobs->by_address);
}

void jobs_release(struct jobs *jobs)
{
    free(jobs->items);
    table_release(&jobs->by_address);
    jobs_init(jobs);
}

void jobs_clear(struct jobs *jobs)
{
    jobs->count = 0;
    table_clear(&jobs->by_address);
}

uint32_t jobs_add(struct jobs *jobs, uint64_t seed, struct hasher *hasher)
{
    struct job *items =
        table_room(jobs->items, &jobs->cap, jobs->count, sizeof *items);

    if (!items)
        return TABLE_NONE;
    jobs->items = items;
    struct job *job = &items[jobs->count];
    memset(job, 0, sizeof *job);
    job->serial = jobs->next_serial;
    job->key = TABLE_NONE;
    hasher_begin(hasher);
    hasher_add(hasher, "sandbox job", 11);
    hasher_add_u64(hasher, seed);
    hasher_add_u64(hasher, job->serial);
    hasher_end(hasher, job->address);
    if (!table_add(&jobs->by_address, table_digest(job->address), jobs->count))
        return TABLE_NONE;
    jobs->next_serial++;
    return jobs->count++;
}

uint32_t jobs_find(const struct jobs *jobs, const uint8_t address[32])
{
    uint64_t hash = table_digest(address);
    uint32_t walk;

    for (uint32_t i = table_first(&jobs->by_address, hash, &walk);
         i != TABLE_NONE; i = table_next(&jobs->by_address, hash, &walk))
        if (memcmp(jobs->items[i].address, address, 32) == 0)
            return i;
    return TABLE_NONE;
}

const char *jobs_state_name(enum jobs_state state)
{
    static const char *const names[] = {"QUEUED", "RUNNING", "COMPLETED",
                                        "STOPPED"};

    return names[state];
}
