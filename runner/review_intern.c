#include "review_intern.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)4 << 30)
#define COUNT_MAX ((uint32_t)1 << 30)

void review_intern_init(struct review_intern *intern, struct ledger_seed seed)
{
    memset(intern, 0, sizeof *intern);
    intern->seed = seed;
    buf_init(&intern->bytes, BYTES_MAX);
}

void review_intern_release(struct review_intern *intern)
{
    buf_release(&intern->bytes);
    free(intern->ends);
    free(intern->slots);
    review_intern_init(intern, intern->seed);
}

const char *review_intern_bytes(const struct review_intern *intern,
                                uint32_t number, size_t *len)
{
    size_t start = number > 0 ? intern->ends[number - 1] : 0;

    *len = intern->ends[number] - start;
    return buf_str(&intern->bytes) + start;
}

/* The slot that holds the string, or the empty one where it belongs. */
static uint32_t seek(const struct review_intern *intern, const void *bytes,
                     size_t len)
{
    uint32_t mask = intern->slot_cap - 1;
    uint32_t at = (uint32_t)ledger_hash(&intern->seed, bytes, len) & mask;
    size_t found;

    for (; intern->slots[at] != 0; at = (at + 1) & mask) {
        const char *text =
            review_intern_bytes(intern, intern->slots[at] - 1, &found);
        if (found == len && memcmp(text, bytes, len) == 0)
            break;
    }
    return at;
}

static int grow(struct review_intern *intern, struct err *err)
{
    uint32_t cap = intern->cap > 0 ? intern->cap * 2 : 64;
    size_t len;

    if (intern->cap == COUNT_MAX)
        return err_set(err, ERR_LIMIT, "over %u groups", COUNT_MAX);
    size_t *ends = realloc(intern->ends, cap * sizeof *ends);
    if (ends)
        intern->ends = ends;
    uint32_t *slots = calloc((size_t)cap * 2, sizeof *slots);
    if (!ends || !slots) {
        free(slots);
        return err_set(err, ERR_MEMORY, "out of memory for groups");
    }
    free(intern->slots);
    intern->slots = slots;
    intern->slot_cap = cap * 2;
    intern->cap = cap;
    for (uint32_t i = 0; i < intern->count; i++) {
        const char *text = review_intern_bytes(intern, i, &len);
        intern->slots[seek(intern, text, len)] = i + 1;
    }
    return 0;
}

int review_intern_number(struct review_intern *intern, const void *bytes,
                         size_t len, uint32_t *number, struct err *err)
{
    if (intern->count == intern->cap && grow(intern, err) < 0)
        return err->code;
    uint32_t at = seek(intern, bytes, len);
    if (intern->slots[at] == 0) {
        buf_add(&intern->bytes, bytes, len);
        if (buf_error(&intern->bytes, "groups", err) < 0)
            return err->code;
        intern->ends[intern->count] = intern->bytes.len;
        intern->slots[at] = ++intern->count;
    }
    *number = intern->slots[at] - 1;
    return 0;
}
