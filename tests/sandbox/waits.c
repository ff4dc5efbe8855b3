#include "waits.h"

#include <stddef.h>
#include <stdlib.h>

#include "table.h"

void waits_init(struct waits *waits)
{
    waits->heap = NULL;
    waits->count = waits->cap = 0;
}

void waits_release(struct waits *waits)
{
    free(waits->heap);
    waits_init(waits);
}

static void rise(struct waits *waits, uint32_t at, struct wait wait)
{
    while (at > 0 && wait.due_us < waits->heap[(at - 1) / 2].due_us) {
        waits->heap[at] = waits->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    waits->heap[at] = wait;
}

/* Puts wait where at is free, below or above. */
static void settle(struct waits *waits, uint32_t at, struct wait wait)
{
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child >= waits->count)
            break;
        if (child + 1 < waits->count &&
            waits->heap[child + 1].due_us < waits->heap[child].due_us)
            child++;
        if (waits->heap[child].due_us >= wait.due_us)
            break;
        waits->heap[at] = waits->heap[child];
        at = child;
    }
    rise(waits, at, wait);
}

bool waits_add(struct waits *waits, int64_t due_us, void *what)
{
    struct wait *heap =
        table_room(waits->heap, &waits->cap, waits->count, sizeof *heap);

    if (!heap)
        return false;
    waits->heap = heap;
    rise(waits, waits->count++, (struct wait){due_us, what});
    return true;
}

int64_t waits_first(const struct waits *waits)
{
    return waits->count > 0 ? waits->heap[0].due_us : INT64_MAX;
}

static void take_at(struct waits *waits, uint32_t at)
{
    struct wait last = waits->heap[--waits->count];

    if (at < waits->count)
        settle(waits, at, last);
}

void *waits_take(struct waits *waits, int64_t now_us)
{
    if (waits->count == 0 || waits->heap[0].due_us > now_us)
        return NULL;
    void *what = waits->heap[0].what;
    take_at(waits, 0);
    return what;
}

void waits_remove(struct waits *waits, const void *what)
{
    for (uint32_t i = 0; i < waits->count; i++) {
        if (waits->heap[i].what != what)
            continue;
        take_at(waits, i);
        return;
    }
}
