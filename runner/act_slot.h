/*
 * act_slot: extensions and stops in flight, and the engine's view of them.
 * Shared by act_source.c, act_journal.c, act_wire.c and act_rounds.c.
 */
#ifndef RUNNER_ACT_SLOT_H
#define RUNNER_ACT_SLOT_H

#include "act.h"

/* One request in flight. */
struct act_slot {
    struct ledger_reader post;   /* of the job's post, that intent borrows */
    struct ledger_reader sent;   /* of its actions, likewise */
    struct buf body;             /* a fresh request's */
    struct ledger_intent intent; /* op, address and seconds included */
    uint8_t address[BASE58_ADDRESS_LEN];
    char idem[KEY_UUID_MAX];
    uint32_t number;         /* of the next key of this op and address */
    bool intended;           /* an intent of this slot's is in the ledger */
    bool was_unknown;        /* the ledger says so already */
    uint64_t reserved_bytes; /* of the disk, for its outcome */
    uint64_t started_us;     /* its first request; 0: none yet */
    struct http_call *call;  /* owned */
};

/* The engine's view; arg of each is the act. */
int act_next(void *arg, uint32_t slot, struct engine_task *task,
             struct err *err);
int act_record(void *arg, uint32_t slot, const struct engine_event *event,
               struct err *err);
int act_commit(void *arg, struct err *err);
void act_orphan(void *arg, uint32_t slot, const struct answer *answer);
void act_engine_ops(struct act *act, struct engine_ops *ops);

/* Hands ended requests to the engine. */
void act_deliver(struct act *act);

/* Room on the disk for a slot's intent and for all outcomes in flight. */
int act_reserve_disk(struct act *act, struct act_slot *s, struct err *err);

#endif
