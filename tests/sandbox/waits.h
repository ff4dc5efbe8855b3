/*
 * waits: what has to go on at a certain time, the earliest first.
 */
#ifndef SANDBOX_WAITS_H
#define SANDBOX_WAITS_H

#include <stdbool.h>
#include <stdint.h>

struct wait {
    int64_t due_us; /* monotonic */
    void *what;     /* borrowed */
};

struct waits {
    struct wait *heap; /* owned */
    uint32_t count, cap;
};

void waits_init(struct waits *waits);
void waits_release(struct waits *waits);

/* false: out of memory. */
bool waits_add(struct waits *waits, int64_t due_us, void *what);

/* When the first is due; INT64_MAX where there is none. */
int64_t waits_first(const struct waits *waits);

/* Takes the first; NULL where none is due by now_us. */
void *waits_take(struct waits *waits, int64_t now_us);

/* Takes one of them out, in time that grows with their number. */
void waits_remove(struct waits *waits, const void *what);

#endif
