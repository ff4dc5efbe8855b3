/*
 * twins_records: which of many points have one key, or one name with
 * different keys, in memory that does not grow with their number but for a
 * bit a point.
 *
 * The points are kept as hashes, TWINS_HELD_MAX of them in memory; more are
 * written to an unnamed file in TMPDIR, and sorted in parts.
 */
#ifndef RUNNER_TWINS_RECORDS_H
#define RUNNER_TWINS_RECORDS_H

#include <stdio.h>

#include "../templates/err.h"

#define TWINS_SHOWN_MAX 4 /* pairs that are remembered */

#ifndef TWINS_HELD_MAX
#define TWINS_HELD_MAX ((size_t)1 << 20) /* points of 24 bytes in memory */
#endif

struct twins_record;

/* The first point that is concerned, and the other one; numbers from 0. */
struct twins_pair {
    uint64_t first, other;
};

/* How many points, and the lowest of them. */
struct twins_pairs {
    struct twins_pair pairs[TWINS_SHOWN_MAX];
    unsigned shown;
    uint64_t count;
};

struct twins_records {
    struct twins_record *held; /* owned */
    size_t held_count, held_cap;
    FILE *file;     /* owned; NULL: all are in memory */
    uint64_t count; /* of points, which are numbered in the order added */
    uint8_t *same;  /* owned: a bit for each point whose key another has */
    struct twins_pairs same_pairs, name_pairs;
};

/* Nothing is held yet; twins_records_release is due. */
void twins_records_init(struct twins_records *records);
void twins_records_release(struct twins_records *records);

/* Forgets all points. */
void twins_records_clear(struct twins_records *records);

/* The next point. ERR_MEMORY; ERR_CREATE, ERR_IO of the temporary file. */
int twins_records_add(struct twins_records *records, uint64_t key,
                      uint64_t name, struct err *err);

/*
 * After the last one: finds those whose key an earlier one has (`same`), and
 * those whose name an earlier one has with another key. Codes as above.
 */
int twins_records_finish(struct twins_records *records, struct err *err);

/* Whether a point's key was an earlier one's; of `count`, how many. */
bool twins_records_is_same(const struct twins_records *records,
                           uint64_t number);
uint64_t twins_records_count(const struct twins_records *records,
                             uint64_t number, uint64_t count);

#endif
