#include "engine_slot.h"

#include <string.h>

void engine_push(struct engine_queue *queue, uint32_t size, uint32_t slot)
{
    queue->slots[(queue->head + queue->count) % size] = slot;
    queue->count++;
}

void engine_push_first(struct engine_queue *queue, uint32_t size, uint32_t slot)
{
    queue->head = (queue->head + size - 1) % size;
    queue->slots[queue->head] = slot;
    queue->count++;
}

uint32_t engine_pop(struct engine_queue *queue, uint32_t size)
{
    uint32_t slot = queue->slots[queue->head];

    queue->head = (queue->head + 1) % size;
    queue->count--;
    return slot;
}

void engine_wait(struct engine *engine, uint32_t slot, enum engine_phase phase,
                 uint64_t wake_us)
{
    engine->slots[slot].phase = phase;
    engine->slots[slot].wake_us = wake_us;
    engine->waiting++;
    if (wake_us < engine->wake_us)
        engine->wake_us = wake_us;
}

void engine_ready_pin(struct engine *engine, uint32_t slot)
{
    engine->slots[slot].phase = ENGINE_PIN_READY;
    engine_push(&engine->pins, engine->options.slot_count, slot);
}

void engine_ready_post(struct engine *engine, uint32_t slot)
{
    struct engine_slot *s = &engine->slots[slot];

    s->phase = s->has_intent ? ENGINE_POST_AGAIN : ENGINE_POST_READY;
    engine_push(&engine->posts, engine->options.slot_count, slot);
}

bool engine_shares_cid(const struct engine *engine, uint32_t a, uint32_t b)
{
    return engine->tags[a] == engine->tags[b] &&
           memcmp(engine->slots[a].task.digest, engine->slots[b].task.digest,
                  CID_DIGEST_LEN) == 0;
}

void engine_to_post(struct engine *engine, uint32_t slot)
{
    engine->ops.pinned(engine->ops.arg, slot);
    engine->slots[slot].failures = 0;
    engine->slots[slot].first_bad_us = 0;
    engine_ready_post(engine, slot);
    for (uint32_t i = 0; engine->shared > 0 && i < engine->options.slot_count;
         i++)
        if (engine->slots[i].phase == ENGINE_PIN_SHARED &&
            engine_shares_cid(engine, i, slot)) {
            engine->shared--;
            engine_ready_post(engine, i);
        }
}

void engine_pin_given_up(struct engine *engine, uint32_t slot)
{
    for (uint32_t i = 0; engine->shared > 0 && i < engine->options.slot_count;
         i++) {
        if (i == slot || engine->slots[i].phase != ENGINE_PIN_SHARED ||
            !engine_shares_cid(engine, i, slot))
            continue;
        engine->shared--;
        engine_ready_pin(engine, i);
        return;
    }
}

void engine_free_slot(struct engine *engine, uint32_t slot)
{
    if (engine->slots[slot].phase == ENGINE_PIN_SHARED)
        engine->shared--;
    engine->slots[slot] = (struct engine_slot){.phase = ENGINE_FREE};
    engine_push(&engine->free, engine->options.slot_count, slot);
}

bool engine_record(struct engine *engine, uint32_t slot,
                   enum engine_record record, const struct answer *answer,
                   const char *why)
{
    const struct engine_slot *s = &engine->slots[slot];
    struct engine_event event = {
        .record = record,
        .epoch = s->epoch,
        .attempts = s->attempts,
        .answer = answer,
        .why = why,
    };
    struct err err = ERR_INIT;

    if (!engine->broken) {
        int rc = engine->ops.record(engine->ops.arg, slot, &event, &err);
        if (rc >= 0) {
            engine->dirty = engine->dirty || rc == 0;
            return rc == 0;
        }
        engine_stop(engine, err_exit_status(err.code), "%s", err.message);
    }
    if (answer)
        engine->ops.orphan(engine->ops.arg, slot, answer);
    return false;
}

/* Default rule, or --max-rejected: enough rejections end the run. */
static void check_rejections(struct engine *engine)
{
    uint64_t rejected = engine->pending.rejected;
    int64_t most = engine->options.max_rejected;

    if (most >= 0 && rejected > (uint64_t)most)
        engine_stop(engine, 4,
                    "%llu jobs were rejected, more than --max-rejected allows",
                    (unsigned long long)rejected);
    else if (most < 0 && engine->answers == ENGINE_FIRST_ANSWERS &&
             rejected == ENGINE_FIRST_ANSWERS)
        engine_stop(engine, 4,
                    "the first %d answers were all rejections "
                    "(--max-rejected changes this limit)",
                    ENGINE_FIRST_ANSWERS);
}

void engine_end_posted(struct engine *engine, uint32_t slot,
                       const struct answer *answer)
{
    const struct engine_slot *s = &engine->slots[slot];
    int64_t cost_nano = answer->has_cost ? answer->cost_nano : s->task.max_nano;

    engine->answers++;
    if (engine_record(engine, slot, ENGINE_POST, answer, NULL)) {
        engine->pending.posted++;
        money_add(&engine->pending.charged_nano, cost_nano);
        if (!answer->has_cost)
            engine->pending.without_cost++;
    }
    if (!budget_charge(&engine->budget, s->task.max_nano, cost_nano) &&
        engine->budget.capped)
        engine_stop(engine, 4,
                    "job %s cost more than its worst case; "
                    "--max-cost cannot hold with such prices",
                    answer->address);
    engine_free_slot(engine, slot);
}

void engine_end_rejected(struct engine *engine, uint32_t slot,
                         const struct answer *answer)
{
    const struct engine_slot *s = &engine->slots[slot];

    engine->answers++;
    if (engine_record(engine, slot, ENGINE_REJECT, answer, NULL))
        engine->pending.rejected++;
    if (s->reserved)
        budget_free(&engine->budget, s->task.max_nano);
    engine_free_slot(engine, slot);
    check_rejections(engine);
}

void engine_end_unknown(struct engine *engine, uint32_t slot,
                        const struct answer *answer, const char *why)
{
    const struct engine_slot *s = &engine->slots[slot];

    engine->answers++;
    if (engine_record(engine, slot, ENGINE_UNKNOWN, answer, why))
        engine->pending.unknown++;
    if (s->reserved)
        budget_stick(&engine->budget, s->task.max_nano);
    engine_free_slot(engine, slot);
}

void engine_end_open(struct engine *engine, uint32_t slot,
                     const struct answer *answer, const char *why)
{
    const struct engine_slot *s = &engine->slots[slot];

    /* After an expired epoch the ledger still has that epoch's intent open. */
    bool expired = !s->has_intent && s->epochs > 0;

    if (expired || (s->has_intent && s->perhaps_sent)) {
        engine->pending.left_open++;
        budget_stick(&engine->budget, s->task.max_nano);
    } else {
        if (s->has_intent &&
            engine_record(engine, slot, ENGINE_RELEASE, answer, why))
            engine->pending.released++;
        if (s->reserved)
            budget_free(&engine->budget, s->task.max_nano);
    }
    engine_free_slot(engine, slot);
}
