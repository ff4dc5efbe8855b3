/*
 * engine_answer: what each answer does to its job (the table of ledger.md).
 */
#include <stdio.h>

#include "engine_slot.h"
#include "status.h"

#define MS_US          1000ULL
#define REFUSALS_USUAL 4 /* for rate, of one job in a row */

/* Every answer says whether the service is there; see ENGINE_OUTAGE_ROW. */
static void note_good(struct engine *engine, enum engine_party party,
                      const struct engine_slot *s, uint64_t now_us)
{
    engine->health[party] = (struct engine_health){.good_us = now_us};
    if (!engine_in_outage(engine)) {
        engine->probes = 0;
        engine->probe_us = 0;
    }
    pace_good(&engine->pace, engine_service(engine, party), &s->request,
              now_us);
}

static void note_bad(struct engine *engine, enum engine_party party,
                     const struct answer *answer, uint64_t now_us)
{
    if (engine->health[party].bad_since_us == 0)
        engine->health[party].bad_since_us = now_us;
    snprintf(engine->trouble, sizeof engine->trouble, "%.200s",
             answer->message);
}

/*
 * Each probe of an outage waits longer than the one before, whichever job it
 * is: else the jobs in their slots, or those that come after them, would use
 * up their attempts one after the other and become unknown.
 */
static void note_failed(struct engine *engine, enum engine_party party,
                        const struct answer *answer, uint64_t now_us)
{
    int64_t asked_ms = answer->retry_after_ms;

    note_bad(engine, party, answer, now_us);
    engine->health[party].failure_row++;
    if (asked_ms > ENGINE_RETRY_AFTER_MS)
        asked_ms = ENGINE_RETRY_AFTER_MS;
    pace_failed(&engine->pace, engine_service(engine, party), now_us, asked_ms);
    if (engine_in_outage(engine) && engine->in_flight == 0) {
        double chance = engine->ops.chance(engine->ops.arg);
        engine->probe_us = now_us + pace_backoff_us(++engine->probes, chance);
    }
}

static void note_rate(struct engine *engine, enum engine_party party,
                      const struct engine_slot *s, const struct answer *answer,
                      uint64_t now_us)
{
    note_bad(engine, party, answer, now_us);
    pace_refused(&engine->pace, engine_service(engine, party), &s->request,
                 now_us, answer->retry_after_ms);
    if (answer->retry_after_ms > ENGINE_RETRY_AFTER_MS)
        engine_stop(engine, 69,
                    "the service asks to wait %lld s before the next request",
                    (long long)(answer->retry_after_ms / 1000));
}

/* A mean that forgets: each answer counts for a sixteenth. */
static void note_time(struct engine *engine, uint64_t took_us)
{
    engine->answer_us += took_us / 16;
    engine->answer_us -= engine->answer_us / 16;
}

static void note_answer(struct engine *engine, enum engine_party party,
                        struct engine_slot *s, const struct answer *answer,
                        uint64_t now_us)
{
    engine->in_flight--;
    note_time(engine, now_us - s->request.sent_us);
    if (answer->kind != ANSWER_RATE)
        s->refusals = 0;
    if (answer->kind == ANSWER_RATE)
        note_rate(engine, party, s, answer, now_us);
    else if (answer->kind == ANSWER_UNSENT || answer->kind == ANSWER_AMBIGUOUS)
        note_failed(engine, party, answer, now_us);
    else
        note_good(engine, party, s, now_us);
}

/*
 * When the slot's next attempt is due: its backoff or Retry-After, but never
 * a wait so long that it would have ended the run.
 */
static uint64_t retry_us(struct engine *engine, struct engine_slot *s,
                         const struct answer *answer, uint64_t now_us)
{
    double chance = engine->ops.chance(engine->ops.arg);
    uint64_t wait_us = pace_backoff_us(++s->failures, chance);
    int64_t asked_ms = answer->retry_after_ms;

    if (asked_ms > ENGINE_RETRY_AFTER_MS)
        asked_ms = ENGINE_RETRY_AFTER_MS;
    if (asked_ms > 0 && (uint64_t)asked_ms * MS_US > wait_us)
        wait_us = (uint64_t)asked_ms * MS_US;
    return now_us + wait_us;
}

/*
 * Refused for rate: when it is sent again is the pace's to say, which knows
 * what was asked for. One that is refused time and again while others may be
 * taken waits by itself, ever longer.
 */
static bool waits_alone(struct engine *engine, struct engine_slot *s,
                        uint64_t now_us, uint64_t *until_us)
{
    double chance = engine->ops.chance(engine->ops.arg);

    if (++s->refusals <= REFUSALS_USUAL)
        return false;
    *until_us = now_us + pace_backoff_us(s->refusals - REFUSALS_USUAL, chance);
    return true;
}

static void post_rated(struct engine *engine, uint32_t slot, uint64_t now_us)
{
    uint64_t until_us;

    if (waits_alone(engine, &engine->slots[slot], now_us, &until_us))
        engine_wait(engine, slot, ENGINE_POST_WAIT, until_us);
    else
        engine_ready_post(engine, slot);
}

static void pin_rated(struct engine *engine, uint32_t slot, uint64_t now_us)
{
    uint64_t until_us;

    if (waits_alone(engine, &engine->slots[slot], now_us, &until_us))
        engine_wait(engine, slot, ENGINE_PIN_WAIT, until_us);
    else
        engine_ready_pin(engine, slot);
}

static void post_again(struct engine *engine, uint32_t slot,
                       const struct answer *answer, uint64_t now_us)
{
    struct engine_slot *s = &engine->slots[slot];

    engine_wait(engine, slot, ENGINE_POST_WAIT,
                retry_us(engine, s, answer, now_us));
}

static void post_ambiguous(struct engine *engine, uint32_t slot,
                           const struct answer *answer, uint64_t now_us)
{
    struct engine_slot *s = &engine->slots[slot];

    s->perhaps_sent = true;
    s->ambiguous++;
    if (engine->options.replay_never)
        engine_end_unknown(engine, slot, answer,
                           "no clear answer, and it may not be sent again");
    else if (s->ambiguous > engine->options.retries)
        engine_end_unknown(engine, slot, answer, "no clear answer");
    else
        post_again(engine, slot, answer, now_us);
}

static void post_in_progress(struct engine *engine, uint32_t slot,
                             const struct answer *answer, uint64_t now_us)
{
    struct engine_slot *s = &engine->slots[slot];

    s->perhaps_sent = true;
    if (s->first_bad_us == 0)
        s->first_bad_us = now_us;
    if (now_us - s->first_bad_us > engine->options.give_up_us)
        engine_end_unknown(engine, slot, answer,
                           "the service kept saying that it is in progress");
    else
        post_again(engine, slot, answer, now_us);
}

/* The prepared transaction is dead: a new epoch with an intent of its own. */
static void post_expired(struct engine *engine, uint32_t slot,
                         const struct answer *answer)
{
    struct engine_slot *s = &engine->slots[slot];

    if (s->epochs + 1 >= ENGINE_EPOCHS_MAX) {
        engine_end_unknown(engine, slot, answer,
                           "the prepared transaction kept expiring");
        return;
    }
    s->epochs++;
    s->epoch++;
    s->has_intent = false;
    s->perhaps_sent = false;
    s->ambiguous = 0;
    s->failures = 0;
    s->horizon_us = 0;
    engine_ready_post(engine, slot);
}

static void post_refused(struct engine *engine, uint32_t slot,
                         const struct answer *answer)
{
    if (engine->slots[slot].perhaps_sent)
        engine_end_unknown(engine, slot, answer,
                           "refused after an attempt without a clear answer");
    else
        engine_end_rejected(engine, slot, answer);
}

/*
 * Where nothing may be sent twice, an answer about a key that this post
 * perhaps did not even have proves nothing.
 */
static enum answer_kind meaning(const struct engine *engine,
                                const struct answer *answer)
{
    bool of_key =
        answer->kind == ANSWER_IN_PROGRESS || answer->kind == ANSWER_EXPIRED;

    return engine->options.replay_never && of_key ? ANSWER_AMBIGUOUS
                                                  : answer->kind;
}

void engine_post_answer(struct engine *engine, uint32_t slot,
                        const struct answer *answer, uint64_t now_us)
{
    struct engine_slot *s = &engine->slots[slot];
    enum answer_kind kind = meaning(engine, answer);

    note_answer(engine, ENGINE_JOBS, s, answer, now_us);
    /* What says nothing of the job does not end its row of in-progress. */
    if (kind != ANSWER_IN_PROGRESS && kind != ANSWER_RATE &&
        kind != ANSWER_UNSENT)
        s->first_bad_us = 0;
    switch (kind) {
    case ANSWER_DONE:
        engine_end_posted(engine, slot, answer);
        break;
    case ANSWER_RATE:
        post_rated(engine, slot, now_us);
        break;
    case ANSWER_UNSENT:
        post_again(engine, slot, answer, now_us);
        break;
    case ANSWER_AMBIGUOUS:
    case ANSWER_CONTRADICTS:
        post_ambiguous(engine, slot, answer, now_us);
        break;
    case ANSWER_IN_PROGRESS:
        post_in_progress(engine, slot, answer, now_us);
        break;
    case ANSWER_EXPIRED:
        post_expired(engine, slot, answer);
        break;
    case ANSWER_MISMATCH:
        engine_stop(engine, 70,
                    "the service says that an idempotency key of ours was "
                    "used with other bytes");
        engine_end_unknown(engine, slot, answer, "payload mismatch");
        break;
    case ANSWER_CREDITS:
        engine_stop(engine, 3, "%s", answer->message);
        engine_end_open(engine, slot, answer, "out of credits");
        break;
    case ANSWER_REFUSED:
        post_refused(engine, slot, answer);
        break;
    case ANSWER_DENIED:
        engine_stop(engine, 77, ANSWER_KEY_REFUSED, answer->message);
        engine_end_open(engine, slot, answer, "the API key was refused");
        break;
    }
}

/*
 * A pin is idempotent, so it is tried again as long as the service is away;
 * where other requests succeed meanwhile, this one is given up.
 */
static void pin_failed(struct engine *engine, uint32_t slot,
                       const struct answer *answer, uint64_t now_us)
{
    struct engine_slot *s = &engine->slots[slot];

    if (s->first_bad_us == 0)
        s->first_bad_us = now_us;
    if (s->failures >= engine->options.retries &&
        engine->health[ENGINE_PINNING].good_us > s->first_bad_us) {
        /* It is the definition's fault, not the service's. */
        engine->health[ENGINE_PINNING].failure_row = 0;
        engine->health[ENGINE_PINNING].bad_since_us = 0;
        engine_pin_given_up(engine, slot);
        engine_end_rejected(engine, slot, answer);
        return;
    }
    engine_wait(engine, slot, ENGINE_PIN_WAIT,
                retry_us(engine, s, answer, now_us));
}

static void pin_stops(struct engine *engine, uint32_t slot,
                      const struct answer *answer)
{
    engine_pin_given_up(engine, slot);
    engine_end_open(engine, slot, answer, "pinning stopped");
}

void engine_pin_answer(struct engine *engine, uint32_t slot,
                       const struct answer *answer, uint64_t now_us)
{
    struct engine_slot *s = &engine->slots[slot];

    note_answer(engine, ENGINE_PINNING, s, answer, now_us);
    switch (answer->kind) {
    case ANSWER_DONE:
        engine_to_post(engine, slot);
        break;
    case ANSWER_DENIED:
        engine_stop(engine, 77,
                    "the pinning service refuses the token of PINATA_JWT or "
                    "--pin-jwt-file: %s (a token is made at "
                    "https://app.pinata.cloud/developers/api-keys)",
                    answer->message);
        pin_stops(engine, slot, answer);
        break;
    case ANSWER_CREDITS:
        engine_stop(engine, 69, "the pinning service refuses: %s",
                    answer->message);
        pin_stops(engine, slot, answer);
        break;
    case ANSWER_CONTRADICTS:
        engine->status = status_stronger(engine->status, 65);
        engine_pin_given_up(engine, slot);
        engine_end_rejected(engine, slot, answer);
        break;
    case ANSWER_REFUSED:
        engine_pin_given_up(engine, slot);
        engine_end_rejected(engine, slot, answer);
        break;
    case ANSWER_RATE:
        pin_rated(engine, slot, now_us);
        break;
    case ANSWER_UNSENT:
    case ANSWER_AMBIGUOUS:
    case ANSWER_IN_PROGRESS:
    case ANSWER_EXPIRED:
    case ANSWER_MISMATCH:
        pin_failed(engine, slot, answer, now_us);
        break;
    }
}
