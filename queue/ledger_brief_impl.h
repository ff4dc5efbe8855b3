/*
 * ledger_brief_impl: the rows of a ledger_brief, and how they are found. For
 * ledger_brief*.c only.
 */
#ifndef QUEUE_LEDGER_BRIEF_IMPL_H
#define QUEUE_LEDGER_BRIEF_IMPL_H

#include "ledger_brief.h"
#include "ledger_pass.h"

#define LEDGER_BRIEF_NONE UINT32_MAX

struct ledger_brief_pair {
    uint32_t older, newer;
};

/* The parts of a row that its `bits` hold. */
struct ledger_brief_bits {
    enum ledger_state state;
    enum ledger_outcome_kind outcome;
    bool out;
};
struct ledger_brief_bits ledger_brief_bits(const struct ledger_brief *brief,
                                           uint32_t row);
void ledger_brief_set_bits(struct ledger_brief *brief, uint32_t row,
                           struct ledger_brief_bits bits);

uint64_t ledger_brief_offset(const struct ledger_brief *brief, uint32_t row);
void ledger_brief_set_offset(struct ledger_brief *brief, uint32_t row,
                             uint64_t offset);

/*
 * A job's id is what these two give, XORed: the record's key and generation,
 * and the ledger's scope. Both are keyed hashes.
 */
uint64_t ledger_brief_id(const struct ledger_brief *brief,
                         const struct ledger_event *event);
uint64_t ledger_brief_scope(const struct ledger_brief *brief,
                            const struct ledger *ledger);

/* The newest row with this id, or LEDGER_BRIEF_NONE. */
uint32_t ledger_brief_find(const struct ledger_brief *brief, uint64_t id);
void ledger_brief_prefetch(const struct ledger_brief *brief, uint64_t id);

/*
 * Adds an empty row, which is found by its id from now on; older, what
 * ledger_brief_find says of the id, is remembered as its pair. ERR_LIMIT,
 * ERR_MEMORY.
 */
int ledger_brief_add(struct ledger_brief *brief, uint64_t id, uint32_t older,
                     uint32_t *row, struct err *err);

#endif
