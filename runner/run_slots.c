/*
 * run_slots: the slots of a run, the calls that are lent to them, and which
 * job comes into one next: first those that an earlier run left open, then
 * the source's.
 */
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "run.h"

#define FEW         16  /* requests in flight; a sync is rare with those */
#define WAITING_MAX 256 /* jobs whose intents wait for their commit */

uint32_t run_slots_wanted(const struct opt *opt)
{
    uint32_t flight = (uint32_t)opt->connections;

    if (flight < FEW)
        return flight + flight / 4;
    return flight + (flight < WAITING_MAX / ENGINE_SPARE ? ENGINE_SPARE * flight
                                                         : WAITING_MAX);
}

/* As many calls of a kind as may be in flight, each set up once. */
static int init_calls(struct run *run, struct http_pool *pool,
                      int (*set)(const struct service *service,
                                 struct http_call *call, struct err *err),
                      struct err *err)
{
    int rc =
        http_pool_init(pool, &run->http, (uint32_t)run->opt->connections, err);

    for (uint32_t i = 0; rc == 0 && i < pool->count; i++)
        rc = set(&run->service, pool->calls[i], err);
    return rc;
}

int run_slots_init(struct run *run, struct err *err)
{
    run->slots = calloc(run->slot_count, sizeof *run->slots);
    run->tags = calloc(run->slot_count, sizeof *run->tags);
    if (!run->slots || !run->tags)
        return err_set(err, ERR_MEMORY, "out of memory for %u slots",
                       run->slot_count);
    for (uint32_t i = 0; i < run->slot_count; i++) {
        struct run_slot *s = &run->slots[i];
        job_init(&s->job);
        ledger_reader_init(&s->reader);
        buf_init(&s->body, 4096);
    }
    int rc = init_calls(run, &run->post_calls, service_set_post, err);
    if (rc == 0 && run->pins)
        rc = init_calls(run, &run->pin_calls, service_set_pin, err);
    return rc;
}

void run_slots_release(struct run *run)
{
    for (uint32_t i = 0; run->slots && i < run->slot_count; i++) {
        struct run_slot *s = &run->slots[i];
        job_release(&s->job);
        ledger_reader_release(&s->reader);
        buf_release(&s->body);
    }
    http_pool_release(&run->pin_calls);
    http_pool_release(&run->post_calls);
    free(run->slots);
    free(run->tags);
    free(run->replays);
    free(run->picks);
    run->slots = NULL;
    run->tags = NULL;
    run->replays = NULL;
    run->picks = NULL;
}

struct run_tag run_tag_of(const uint8_t key[KEY_LEN], const char *name,
                          size_t len)
{
    struct run_tag tag = {.name = len};

    memcpy(&tag.key, key, sizeof tag.key);
    for (size_t i = 0; i < len; i++)
        tag.name = (tag.name ^ (unsigned char)name[i]) * 0x100000001b3ULL;
    return tag;
}

/* The job that comes next, from an earlier run or from the source. */
static int take_job(struct run *run, uint32_t slot, struct engine_task *task,
                    struct err *err)
{
    if (run->replay_next == run->replay_count)
        return run->fresh(run, slot, task, err);
    int rc =
        run_load_replay(run, slot, run->replays[run->replay_next++], task, err);
    if (rc == 1 && run->live)
        live_enter(run->live, &run->slots[slot]);
    return rc;
}

int run_next(void *arg, uint32_t slot, struct engine_task *task,
             struct err *err)
{
    struct run *run = arg;
    struct run_slot *s = &run->slots[slot];

    s->busy = false;
    s->was_unknown = false;
    s->replayed = false;
    s->started_us = 0;
    s->live_market = 0;
    run->disk_bytes -= s->reserved_bytes;
    s->reserved_bytes = 0;
    int rc = take_job(run, slot, task, err);
    if (rc == 1)
        run->tags[slot] =
            run_tag_of(s->intent.key, s->intent.name.bytes, s->intent.name.len);
    return rc;
}
