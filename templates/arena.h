/*
 * arena: memory that lives as long as one manifest entry and goes at once.
 *
 * Pointers stay valid until arena_clear or arena_release. A failed
 * allocation returns NULL and marks the arena, so that a caller may check
 * once; later small allocations may still succeed.
 */
#ifndef TEMPLATES_ARENA_H
#define TEMPLATES_ARENA_H

#include "err.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first; owned */
    size_t used_bytes;          /* handed out */
    size_t max_bytes;           /* used_bytes never passes it */
    int failed;                 /* 0, ERR_LIMIT or ERR_MEMORY */
};

/* An empty arena of at most max_bytes. Allocates nothing. */
void arena_init(struct arena *arena, size_t max_bytes);

/* Gives everything back; the arena is as after arena_init. */
void arena_release(struct arena *arena);

/* Forgets everything handed out, keeping at most one chunk for reuse. */
void arena_clear(struct arena *arena);

/*
 * size bytes, zeroed, aligned for any type; NULL on failure. A size of 0
 * gives a pointer that may not be dereferenced.
 */
void *arena_alloc(struct arena *arena, size_t size);

/* count elements of size bytes each; the product is checked. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy of len bytes with a NUL behind it; NULL on failure. */
char *arena_copy(struct arena *arena, const void *bytes, size_t len);

/* 0, or the failure's code with err filled; what names the arena in it. */
int arena_error(const struct arena *arena, const char *what, struct err *err);

#endif
