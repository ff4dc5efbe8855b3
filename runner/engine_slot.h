/*
 * engine_slot: what the engine's files share: moving slots between
 * phases, and recording. Not for anyone else.
 */
#ifndef RUNNER_ENGINE_SLOT_H
#define RUNNER_ENGINE_SLOT_H

#include "engine.h"

void engine_push(struct engine_queue *queue, uint32_t size, uint32_t slot);
/* Puts it before all others. */
void engine_push_first(struct engine_queue *queue, uint32_t size,
                       uint32_t slot);
uint32_t engine_pop(struct engine_queue *queue, uint32_t size);

/* Whether both slots' jobs have the same definition. */
bool engine_shares_cid(const struct engine *engine, uint32_t a, uint32_t b);

/* The slot waits until wake_us, then is ready in the phase that fits. */
void engine_wait(struct engine *engine, uint32_t slot, enum engine_phase phase,
                 uint64_t wake_us);

/* The slot's CID is pinned: it, and those that share the CID, go on. */
void engine_to_post(struct engine *engine, uint32_t slot);

/* The slot's pin ended without success: one that shares the CID takes over. */
void engine_pin_given_up(struct engine *engine, uint32_t slot);

/* Which of the pace's services a party's requests go to. */
uint32_t engine_service(const struct engine *engine, enum engine_party party);

/* The slot's pin is ready to be sent. */
void engine_ready_pin(struct engine *engine, uint32_t slot);

/* The slot is ready to be posted: with its intent, or to have one written. */
void engine_ready_post(struct engine *engine, uint32_t slot);

/* The slot is free again. */
void engine_free_slot(struct engine *engine, uint32_t slot);

/* Buffers a record; a failure stops the run. Whether it is recorded. */
bool engine_record(struct engine *engine, uint32_t slot,
                   enum engine_record record, const struct answer *answer,
                   const char *why);

/*
 * How many intents may wait for their commit without room in flight being
 * kept for them. None where one that was not sent can never be.
 */
uint32_t engine_spare(const struct engine *engine);

/*
 * Whether no more intents may join those that wait: one that is written is soon
 * to be sent, so there are no more of them than the rate lets out in a
 * hundredth of a second, or than the one that probes an outage.
 */
bool engine_batch_full(const struct engine *engine);

/*
 * When the records that wait have waited enough for others: now where no
 * answers are to come, where no more intents may join them, or where the spare
 * slots are nearly used up. PACE_NEVER where none wait. The first call behind a
 * record says from when on it waits.
 */
uint64_t engine_commit_at(struct engine *engine, uint64_t now_us);

/*
 * Makes all records durable; the slots of the batch may be sent then. After a
 * failure they are free, and the engine is broken.
 */
void engine_commit(struct engine *engine);

/* What is recorded counts: after a commit, all of it is durable. */
void engine_publish_counts(struct engine *engine);

/* Ends of a job, each of which records and frees the slot. */
void engine_end_posted(struct engine *engine, uint32_t slot,
                       const struct answer *answer);
void engine_end_rejected(struct engine *engine, uint32_t slot,
                         const struct answer *answer);
void engine_end_unknown(struct engine *engine, uint32_t slot,
                        const struct answer *answer, const char *why);

/*
 * The job is given back: released where every attempt was proved unsent or
 * refused, else its intent stays open for the next run.
 */
void engine_end_open(struct engine *engine, uint32_t slot,
                     const struct answer *answer, const char *why);

#endif
