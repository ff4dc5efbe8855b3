/*
 * review_intern: byte strings as numbers from 0, in the order of appearance.
 */
#ifndef RUNNER_REVIEW_INTERN_H
#define RUNNER_REVIEW_INTERN_H

#include "../queue/ledger_hash.h"
#include "../templates/buf.h"

struct review_intern {
    struct ledger_seed seed;
    struct buf bytes;
    size_t *ends; /* owned: where each string ends in bytes */
    uint32_t count, cap;
    uint32_t *slots; /* owned: number + 1; 0 where empty */
    uint32_t slot_cap;
};

/* seed: secret, so that nobody makes strings collide on purpose. */
void review_intern_init(struct review_intern *intern, struct ledger_seed seed);
void review_intern_release(struct review_intern *intern);

/* The string's number; it is added where it is new. ERR_MEMORY, ERR_LIMIT. */
int review_intern_number(struct review_intern *intern, const void *bytes,
                         size_t len, uint32_t *number, struct err *err);

/* The string of a number, valid until the next is added. */
const char *review_intern_bytes(const struct review_intern *intern,
                                uint32_t number, size_t *len);

#endif
