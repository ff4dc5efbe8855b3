/*
 * opindex: the operations of a job definition by their ids.
 *
 * Sorted once, so that a definition with a million operations is looked
 * through in n log n time; one with few needs no memory.
 */
#ifndef TEMPLATES_OPINDEX_H
#define TEMPLATES_OPINDEX_H

#include "json.h"

#define OPINDEX_FEW 16

struct opindex_entry {
    const char *id;   /* as written, borrowed from the document's text */
    uint32_t id_len;  /* bytes */
    uint32_t id_node; /* in the document */
    uint32_t op;      /* node of the operation */
};

struct opindex {
    struct opindex_entry few[OPINDEX_FEW];
    struct opindex_entry *entries; /* by id, then by place; few, or owned */
    uint32_t count;
};

/*
 * Takes every object in the list at node ops whose id is a string. Returns 0
 * or ERR_MEMORY; must be released in either case.
 */
int opindex_init(struct opindex *index, const struct json *doc, uint32_t ops,
                 struct err *err);
void opindex_release(struct opindex *index);

/* The operation with an id, as a raw JSON string; NULL where there is none. */
const struct opindex_entry *opindex_find(const struct opindex *index,
                                         const char *raw, size_t len);

/* Whether entries[i] repeats the id of an entry that stands before it. */
bool opindex_repeats(const struct opindex *index, uint32_t i);

#endif
