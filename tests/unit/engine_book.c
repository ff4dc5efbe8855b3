/*
 * engine_book: the simulated ledger of engine_world.h: what is recorded, what
 * of it is durable, and which records may follow which.
 */
#include "engine_world.h"

static bool holds_money(enum world_state state)
{
    return state == WORLD_OPEN || state == WORLD_UNKNOWN ||
           state == WORLD_MISMATCH;
}

int64_t book_sum_nano(const struct world *world, int64_t *reserved_nano)
{
    int64_t charged_nano = 0;

    *reserved_nano = 0;
    for (uint32_t i = 0; i < world->job_count; i++) {
        charged_nano += world->memory[i].charged_nano;
        if (holds_money(world->memory[i].state))
            *reserved_nano += world_max_nano(i);
    }
    return charged_nano;
}

static void expect_cap(struct world *world)
{
    int64_t reserved_nano;
    int64_t charged_nano = book_sum_nano(world, &reserved_nano);

    if (world->cap_nano < 0)
        return;
    if (charged_nano + reserved_nano > world->cap_nano ||
        world->spent_nano > world->cap_nano)
        world_broken_rule(world, "the cap was passed");
}

void book_change(struct world *world, uint32_t job, struct world_entry entry)
{
    world->memory[job] = entry;
    world->changes[world->change_count++] =
        (struct world_change){.job = job, .entry = entry};
}

void book_apply(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        world->durable[world->changes[i].job] = world->changes[i].entry;
    world->change_count = 0;
}

void book_die(struct world *world)
{
    world->dead = true;
    if (world->change_count > 0)
        book_apply(world, world_below(world, world->change_count + 1));
}

/* What a failed commit may have lost is told by who commits. */
static int fail_commit(struct world *world, struct err *err)
{
    for (unsigned i = 0; i < world->change_count; i++)
        if (world->changes[i].entry.state == WORLD_POSTED)
            world->told[world->changes[i].job] = true;
    book_apply(world, world_below(world, world->change_count + 1));
    return err_set(err, ERR_IO, "the disk is gone");
}

int book_commit(void *arg, struct err *err)
{
    struct world *world = arg;

    if (world->dead)
        return 0;
    if ((int)world->commits++ == world->fate.kill_commit) {
        book_die(world);
        return 0;
    }
    if (world->disk_fails)
        return fail_commit(world, err);
    book_apply(world, world->change_count);
    return 0;
}

static int record_intent(struct world *world, uint32_t job,
                         const struct engine_event *event, struct err *err)
{
    struct world_entry entry = world->memory[job];
    bool next_epoch = event->epoch == entry.epoch + 1;

    if (entry.state == WORLD_POSTED || entry.state == WORLD_MISMATCH ||
        (holds_money(entry.state) && !next_epoch) ||
        (!holds_money(entry.state) && event->epoch != entry.epoch))
        world_broken_rule(world, "an intent where none may be");
    if (event->epoch >= WORLD_EPOCHS)
        world_broken_rule(world, "epochs without end");
    if ((int)world->intents++ == world->fate.bad_intent)
        return err_set(err, ERR_LIMIT, "the record is too long");
    entry.expired = holds_money(entry.state) ? entry.expired + 1 : 0;
    if (entry.expired >= ENGINE_EPOCHS_MAX)
        world_broken_rule(world, "a fourth epoch");
    entry.state = WORLD_OPEN;
    entry.epoch = event->epoch % WORLD_EPOCHS;
    entry.intent_us = world->now_us;
    book_change(world, job, entry);
    expect_cap(world);
    return 0;
}

static void record_outcome(struct world *world, uint32_t job,
                           const struct engine_event *event)
{
    struct world_entry entry = world->memory[job];
    bool mismatch = event->answer && event->answer->kind == ANSWER_MISMATCH;

    entry.state = event->record == ENGINE_POST      ? WORLD_POSTED
                  : event->record == ENGINE_RELEASE ? WORLD_RELEASED
                  : event->record == ENGINE_REJECT  ? WORLD_REJECTED
                  : mismatch                        ? WORLD_MISMATCH
                                                    : WORLD_UNKNOWN;
    if (entry.state == WORLD_POSTED)
        entry.charged_nano = event->answer && event->answer->has_cost
                                 ? event->answer->cost_nano
                                 : world_max_nano(job);
    /* A refused pin rejects a job that never had an intent. */
    if (entry.state == WORLD_REJECTED &&
        world->memory[job].state != WORLD_OPEN) {
        world->unpinned[job] = true;
        return;
    }
    if (!holds_money(world->memory[job].state))
        world_broken_rule(world, "an outcome without an intent");
    if ((entry.state == WORLD_RELEASED || entry.state == WORLD_REJECTED) &&
        world->made[job] > 0)
        world_broken_rule(world, "a job that exists was given up");
    book_change(world, job, entry);
}

int book_record(void *arg, uint32_t slot, const struct engine_event *event,
                struct err *err)
{
    struct world *world = arg;

    if (world->dead)
        return 0;
    if (event->record == ENGINE_INTENT)
        return record_intent(world, world->slot_job[slot], event, err);
    record_outcome(world, world->slot_job[slot], event);
    return 0;
}
