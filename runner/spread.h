/*
 * spread: a long range of work, shared out over processes.
 *
 * The range is cut into spans; of n workers, worker w does spans w, w + n, ….
 * Workers are forks: each has all that there was when they began, as its own
 * copy, so that nothing is shared and nothing is locked. What a worker found
 * it tells in notes of one size. They are taken in the order of the range,
 * whatever the number of workers, so that who takes them cannot tell it from
 * the work of one.
 *
 * A worker that meets anything out of the ordinary just ends. Then the whole
 * ends early, and the caller goes on by itself from where its notes end: there
 * is one place for errors, and no worker says anything to people.
 *
 * Workers write nothing but their notes, and end with their caller, however
 * that ends. Memory: some KiB a worker, whatever the range.
 */
#ifndef RUNNER_SPREAD_H
#define RUNNER_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPREAD_WORKERS_MAX 16
#define SPREAD_SPAN        256 /* positions of a span */
#define SPREAD_NOTE_MAX    256 /* bytes of a note */

struct spread_worker;

struct spread_options {
    unsigned workers; /* at most SPREAD_WORKERS_MAX are begun */
    uint64_t from, to;
    size_t note_bytes; /* at most SPREAD_NOTE_MAX */
    /*
     * In a worker: goes through the span [from, to) and adds its notes.
     * false ends the worker; what it added until then is taken.
     */
    bool (*work)(void *arg, uint64_t from, uint64_t to,
                 struct spread_worker *worker);
    /* In the caller: one note, in the order of the range. Negative: stop. */
    int (*take)(void *arg, const void *note);
    void *arg; /* of both */
};

/* The cores that this process may use; at least 1. */
unsigned spread_cores(void);

/*
 * Does it. 0: all notes of the range were taken. 1: it ended early, all notes
 * up to some position having been taken (perhaps none: no process could be
 * begun). Negative: as take said. No worker is left in any case.
 */
int spread_run(const struct spread_options *options);

/* Adds a note, of the worker's own note_bytes. */
void spread_note(struct spread_worker *worker, const void *note);

#endif
