/*
 * manifest_ids: which ids a manifest has had, and where.
 *
 * Open-addressing tables of 16 bytes an entry: 80 bits of the id's SHA-256
 * and its line, in the order of these bits, so that a search ends early and
 * growing goes through memory once. They are filled to seven eighths at most
 * and grow by a quarter, each for itself, so that hardly more than that is in
 * memory at any time. Two of a million different ids are taken for equal once
 * in 10^12 manifests, and then the manifest is refused, nothing worse.
 */
#ifndef QUEUE_MANIFEST_IDS_H
#define QUEUE_MANIFEST_IDS_H

#include "../templates/cid.h"

struct manifest_id;

#define MANIFEST_IDS_TABLES 64

struct manifest_ids {
    struct manifest_ids_table {
        struct manifest_id *slots; /* owned */
        size_t cap;                /* slots, a few spare ones left out */
        size_t count;              /* slots in use */
    } tables[MANIFEST_IDS_TABLES];
};

/* An empty set. Allocates nothing. */
void manifest_ids_init(struct manifest_ids *ids);
void manifest_ids_release(struct manifest_ids *ids);

/*
 * Adds an id that stands at line (from 1). Returns 0 where it is new, 1 with
 * *first_line where it was added before, ERR_MEMORY with err filled.
 */
int manifest_ids_add(struct manifest_ids *ids, struct hasher *hasher,
                     const char *id, uint64_t line, uint64_t *first_line,
                     struct err *err);

#endif
