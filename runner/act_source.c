/*
 * act_source: the slots of extend and stop, and which request comes into one
 * next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act_slot.h"
#include "replay.h"

#define BODY_MAX 4096

static enum service_change change_of(const struct act *act)
{
    return act->op == LEDGER_EXTEND ? SERVICE_EXTEND : SERVICE_STOP;
}

int act_slots_init(struct act *act, struct err *err)
{
    act->slots = calloc(act->run->slot_count, sizeof *act->slots);
    if (!act->slots)
        return err_set(err, ERR_MEMORY, "out of memory for %u slots",
                       act->run->slot_count);
    for (uint32_t i = 0; i < act->run->slot_count; i++) {
        struct act_slot *s = &act->slots[i];
        ledger_reader_init(&s->post);
        ledger_reader_init(&s->sent);
        buf_init(&s->body, BODY_MAX);
        s->call = http_call_new(&act->run->http, err);
        if (!s->call)
            return err->code;
        http_call_set_tag(s->call, i);
    }
    return 0;
}

void act_slots_release(struct act *act)
{
    for (uint32_t i = 0; act->slots && i < act->run->slot_count; i++) {
        struct act_slot *s = &act->slots[i];
        http_call_free(s->call);
        ledger_reader_release(&s->post);
        ledger_reader_release(&s->sent);
        buf_release(&s->body);
    }
    free(act->slots);
    act->slots = NULL;
}

/* Where the request goes; for both a fresh one and a replay. */
static int set_address(struct act *act, struct act_slot *s, struct err *err)
{
    const char *address = s->intent.address;

    if (!address || !base58_address(address, strlen(address), s->address))
        return err_set(err, ERR_DATA,
                       "%s: job \"%.*s\" has no address that is one",
                       act->run->opt->args[0], (int)s->intent.name.len,
                       s->intent.name.bytes ? s->intent.name.bytes : "");
    return service_set_change(&act->run->service, s->call, change_of(act),
                              address, err);
}

static int fill_task(struct act *act, struct act_slot *s,
                     struct engine_task *task, struct err *err)
{
    int rc = set_address(act, s, err);

    *task = (struct engine_task){
        .pinned = true, /* nothing is pinned for these */
        .max_nano = s->intent.max_nano < 0 ? 0 : s->intent.max_nano,
    };
    return rc;
}

/* The job's post and what was done to it: 1, or negative. */
static int read_job(struct act *act, struct act_slot *s, uint32_t number,
                    struct ledger_post *post, struct ledger_actions *actions,
                    struct err *err)
{
    struct ledger *ledger = act->run->ledger;
    struct ledger_job job;

    ledger_job_at(ledger, number, &job);
    int rc = ledger_read_post(ledger, &job, &s->post, post, err);
    if (rc == 0)
        rc = err_set(err, ERR_DATA, "%s: a job has lost its post",
                     ledger_info(ledger)->path);
    if (rc > 0)
        rc = ledger_read_actions(ledger, &job, act->op, post->address, &s->sent,
                                 actions, err);
    return rc < 0 ? rc : 1;
}

/* An earlier request, with its own key, bytes and seconds. */
static int load_replay(struct act *act, struct act_slot *s, uint32_t number,
                       struct engine_task *task, struct err *err)
{
    struct ledger_actions actions = {.state = LEDGER_ACTION_NONE};
    struct ledger_post post;
    int rc = read_job(act, s, number, &post, &actions, err);

    if (rc < 0)
        return rc;
    s->intent = actions.sent.intent;
    s->number = actions.intents;
    s->intended = true;
    s->was_unknown = actions.state == LEDGER_ACTION_UNKNOWN;
    snprintf(s->idem, sizeof s->idem, "%s",
             s->intent.idem ? s->intent.idem : "");
    if (fill_task(act, s, task, err) != 0)
        return err->code;
    task->replay = true;
    task->epoch = s->intent.epoch;
    task->horizon_us = replay_horizon_us(act->run->os, &actions.sent);
    rc = act->records ? act_reserve_disk(act, s, err) : 0;
    return rc < 0 ? rc : 1;
}

static int fill_fresh(struct act *act, struct act_slot *s, const char *address,
                      int64_t max_nano, struct err *err)
{
    s->intent.op = act->op;
    s->intent.epoch = 0;
    s->intent.idem = NULL;
    s->intent.address = address;
    s->intent.seconds = act->seconds;
    s->intent.max_nano = max_nano;
    s->intent.replaces = NULL;
    buf_clear(&s->body);
    service_change_body(act->run->service.api, change_of(act), address,
                        act->seconds, &s->body);
    s->intent.body = (struct ledger_text){buf_str(&s->body), s->body.len};
    return buf_error(&s->body, "the body of a request", err);
}

/* 1; 0: an earlier one of this job has still no outcome; negative. */
static int load_fresh(struct act *act, struct act_slot *s,
                      const struct act_pick *pick, struct engine_task *task,
                      struct err *err)
{
    struct ledger_actions actions = {.state = LEDGER_ACTION_NONE};
    struct ledger_post post;
    int rc = read_job(act, s, pick->number, &post, &actions, err);

    if (rc < 0)
        return rc;
    bool pending = actions.state == LEDGER_ACTION_OPEN ||
                   actions.state == LEDGER_ACTION_UNKNOWN;
    if (pending && !act_no_replay(act, &actions))
        return 0;
    s->number = actions.intents;
    s->intent = post.intent;
    rc = fill_fresh(act, s, post.address, pick->max_nano, err);
    if (rc == 0)
        rc = fill_task(act, s, task, err);
    return rc < 0 ? rc : 1;
}

static int load_single(struct act *act, struct act_slot *s,
                       struct engine_task *task, struct err *err)
{
    const char *address = act->run->opt->args[0];

    s->intent = (struct ledger_intent){.name = {address, strlen(address)}};
    int rc = fill_fresh(act, s, address, act->single_max_nano, err);
    if (rc == 0)
        rc = fill_task(act, s, task, err);
    return rc < 0 ? rc : 1;
}

int act_next(void *arg, uint32_t slot, struct engine_task *task,
             struct err *err)
{
    struct act *act = arg;
    struct act_slot *s = &act->slots[slot];
    const struct act_list *list = act->replaying ? &act->replays : &act->fresh;

    act->run->disk_bytes -= s->reserved_bytes;
    s->reserved_bytes = 0;
    s->intended = false;
    s->was_unknown = false;
    s->started_us = 0;
    if (act->single)
        return act->replaying || act->next++ > 0
                   ? 0
                   : load_single(act, s, task, err);
    while (act->next < list->count) {
        const struct act_pick *pick = &list->items[act->next++];
        int rc = act->replaying ? load_replay(act, s, pick->number, task, err)
                                : load_fresh(act, s, pick, task, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}
