#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 16384

struct arena_chunk {
    struct arena_chunk *next;
    size_t cap;  /* bytes of data */
    size_t used; /* of them */
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *arena, size_t max_bytes)
{
    arena->chunks = NULL;
    arena->used_bytes = 0;
    arena->max_bytes = max_bytes;
    arena->failed = 0;
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_release(struct arena *arena)
{
    free_chunks(arena->chunks);
    arena_init(arena, arena->max_bytes);
}

void arena_clear(struct arena *arena)
{
    struct arena_chunk *kept = arena->chunks;

    if (kept) {
        free_chunks(kept->next);
        kept->next = NULL;
        kept->used = 0;
        if (kept->cap > CHUNK_BYTES) {
            free(kept);
            kept = NULL;
        }
    }
    arena->chunks = kept;
    arena->used_bytes = 0;
    arena->failed = 0;
}

static void *fail(struct arena *arena, int code)
{
    arena->failed = code;
    return NULL;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);

    if (size > arena->max_bytes || arena->used_bytes > arena->max_bytes - size)
        return fail(arena, ERR_LIMIT);
    if (size > SIZE_MAX - sizeof(struct arena_chunk) - align)
        return fail(arena, ERR_LIMIT);
    size_t rounded = (size + align - 1) / align * align;
    struct arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->cap - chunk->used < rounded) {
        size_t cap = rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES;
        chunk = malloc(sizeof *chunk + cap);
        if (!chunk)
            return fail(arena, ERR_MEMORY);
        chunk->next = arena->chunks;
        chunk->cap = cap;
        chunk->used = 0;
        arena->chunks = chunk;
    }
    void *at = chunk->data + chunk->used;
    chunk->used += rounded;
    arena->used_bytes += size;
    memset(at, 0, rounded);
    return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return fail(arena, ERR_LIMIT);
    return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    if (len == SIZE_MAX)
        return fail(arena, ERR_LIMIT);
    char *copy = arena_alloc(arena, len + 1);
    if (copy && len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

int arena_error(const struct arena *arena, const char *what, struct err *err)
{
    if (arena->failed == 0)
        return 0;
    if (arena->failed == ERR_LIMIT)
        return err_set(err, ERR_LIMIT, "%s needs over %zu bytes", what,
                       arena->max_bytes);
    return err_set(err, ERR_MEMORY, "out of memory for %s", what);
}
