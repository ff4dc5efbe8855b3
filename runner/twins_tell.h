/*
 * twins_tell: what is said of points that are one job, or share a name.
 */
#ifndef RUNNER_TWINS_TELL_H
#define RUNNER_TWINS_TELL_H

#include "../templates/entry.h"

/* A point that a message is about. */
struct twins_shown {
    uint64_t number; /* among those compared; the caller's */
    bool found;
    uint64_t key; /* its hash */
    char name[ENTRY_NAME_MAX + 1];
    char id[ENTRY_ID_MAX + 1];
    char point[ERR_MESSAGE_MAX / 4]; /* " (at lr=0.1)", or "" */
    struct err place;                /* of the entry */
    struct entry_spot name_spot;     /* of its name; line 0: it has none */
    bool default_name;
};

/* Remembers the job that the entry has just rendered. */
void twins_shown_take(struct twins_shown *shown, const struct entry *entry,
                      const struct job *job, uint64_t key);

/* An error: the name of a belongs to another job, b. */
void twins_tell_name(const struct twins_shown *a, const struct twins_shown *b,
                     struct errs *errs);

/* A warning: b is the same job as a, which comes first. */
void twins_tell_same(const struct twins_shown *a, const struct twins_shown *b,
                     struct errs *errs);

#endif
