/*
 * engine_commit: when records become durable, and what may happen then.
 */
#include "engine_slot.h"

void engine_publish_counts(struct engine *engine)
{
    engine->counts = engine->pending;
}

/*
 * Those whose intents are durable now may be sent, before any that has none
 * yet: else intents would pile up where the rate is limited. After a failed
 * commit they never are.
 */
static void empty_batch(struct engine *engine)
{
    const uint32_t size = engine->options.slot_count;
    struct engine_queue *batch = &engine->batch;

    while (batch->count > 0) {
        uint32_t slot = batch->slots[(batch->head + --batch->count) % size];
        if (engine->broken)
            engine_free_slot(engine, slot);
        else
            engine_push_first(&engine->posts, size, slot);
    }
}

void engine_commit(struct engine *engine)
{
    struct err err = ERR_INIT;

    if (!engine->dirty || engine->broken)
        return;
    engine->commit_us = PACE_NEVER;
    if (engine->ops.commit(engine->ops.arg, &err) == 0) {
        engine->dirty = false;
        engine_publish_counts(engine);
    } else {
        engine->broken = true;
        engine_stop(engine, err_exit_status(err.code), "%s", err.message);
    }
    empty_batch(engine);
}

/* How long records may wait for others that are committed with them. */
static uint64_t group_us(const struct engine *engine)
{
    uint64_t us = engine->answer_us / 5;

    if (us < ENGINE_GROUP_MIN_US)
        us = ENGINE_GROUP_MIN_US;
    if (us > ENGINE_GROUP_MAX_US)
        us = ENGINE_GROUP_MAX_US;
    return engine_spare(engine) > 0 ? 2 * us : us;
}

bool engine_batch_full(const struct engine *engine)
{
    uint32_t count = engine->batch.count;
    double rate = engine->options.rate;
    double found =
        pace_rate(&engine->pace, engine_service(engine, ENGINE_JOBS));

    if (count == 0)
        return false;
    if (rate <= 0 || (found > 0 && found < rate))
        rate = found;
    return engine_in_outage(engine) || (rate > 0 && count >= rate / 100);
}

/* Whether so many intents wait that jobs might soon find no spare slot. */
static bool crowded(const struct engine *engine)
{
    uint64_t spare = engine_spare(engine);

    return spare > 0 && engine->batch.count > 0 &&
           (uint64_t)engine->batch.count * 4 >= spare * 3;
}

uint64_t engine_commit_at(struct engine *engine, uint64_t now_us)
{
    if (!engine->dirty || engine->broken)
        return PACE_NEVER;
    if (engine->commit_us == PACE_NEVER)
        engine->commit_us = now_us + group_us(engine);
    return engine->in_flight == 0 || crowded(engine) ||
                   engine_batch_full(engine)
               ? now_us
               : engine->commit_us;
}
