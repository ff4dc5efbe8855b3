/*
 * run_slots: the slots of a run with their calls, and which job comes into
 * one next: first those that an earlier run left open, then the source's.
 */
#include <stdlib.h>

#include "live.h"
#include "run.h"

int run_slots_init(struct run *run, struct err *err)
{
    run->slots = calloc(run->slot_count, sizeof *run->slots);
    if (!run->slots)
        return err_set(err, ERR_MEMORY, "out of memory for %u slots",
                       run->slot_count);
    for (uint32_t i = 0; i < run->slot_count; i++) {
        struct run_slot *s = &run->slots[i];
        int rc = 0;
        job_init(&s->job);
        ledger_reader_init(&s->reader);
        buf_init(&s->body, 4096);
        s->post = http_call_new(&run->http, err);
        if (!s->post)
            return err->code;
        http_call_set_tag(s->post, 2 * (uint64_t)i + 1);
        rc = service_set_post(&run->service, s->post, err);
        if (rc == 0 && run->pins) {
            s->pin = http_call_new(&run->http, err);
            if (!s->pin)
                return err->code;
            http_call_set_tag(s->pin, 2 * (uint64_t)i);
            rc = service_set_pin(&run->service, s->pin, err);
        }
        if (rc != 0)
            return rc;
    }
    return 0;
}

void run_slots_release(struct run *run)
{
    for (uint32_t i = 0; run->slots && i < run->slot_count; i++) {
        struct run_slot *s = &run->slots[i];
        http_call_free(s->pin);
        http_call_free(s->post);
        job_release(&s->job);
        ledger_reader_release(&s->reader);
        buf_release(&s->body);
    }
    free(run->slots);
    free(run->replays);
    free(run->picks);
    run->slots = NULL;
    run->replays = NULL;
    run->picks = NULL;
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
    if (run->replay_next == run->replay_count)
        return run->fresh(run, slot, task, err);
    int rc =
        run_load_replay(run, slot, run->replays[run->replay_next++], task, err);
    if (rc == 1 && run->live)
        live_enter(run->live, s);
    return rc;
}
