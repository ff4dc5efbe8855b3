/*
 * run_states: the states of the ledger's own jobs, for commands that hold the
 * ledger's lock: asked through the run's transport, beside its other requests
 * or before them, and recorded where they say something new.
 *
 * A job is asked for by its newest generation's address. Nothing is recorded
 * of a job that is not posted.
 */
#ifndef RUNNER_RUN_STATES_H
#define RUNNER_RUN_STATES_H

#include "../queue/ledger_rows.h"
#include "poll.h"
#include "run.h"

struct run_states_options {
    uint32_t calls_max; /* requests in flight */
    double rate;        /* requests a second; 0: no limit */
    /*
     * Only that a job has ended is recorded, and not yet how: nothing is
     * asked for but the groups, and `status` will ask for it all.
     */
    bool brief;
    void *arg;
    /*
     * Called with each answer; ended says whether the job is known to run no
     * more. May be NULL.
     */
    void (*told)(void *arg, uint32_t number, enum poll_outcome outcome,
                 bool ended);
};

struct run_states {
    struct run *run; /* borrowed */
    struct run_states_options options;
    struct poll poll;
    bool polls; /* poll is initialised */
    struct ledger_folder *folder;
    uint64_t asked, found, missing, unanswered;
    bool full;      /* the disk has no room for what was found: told once */
    struct err err; /* of the first record that failed; code 0: none */
};

/*
 * run has its ledger (open for writing) and transport. run_states_release is
 * due in any case.
 */
int run_states_init(struct run_states *states, struct run *run,
                    const struct run_states_options *options, struct err *err);
void run_states_release(struct run_states *states);

/* Whether nothing more will be said of how the row's job ended. */
bool run_states_final(const struct ledger_row *row);

/* Whether the row's job is known to run no more. */
bool run_states_ended(const struct ledger_row *row);

/*
 * Asks for a job: 1; 0 where it is not posted. ERR_DATA, ERR_IO, ERR_MEMORY.
 */
int run_states_ask(struct run_states *states, uint32_t number, struct err *err);

/*
 * Asks for every posted job of which not all is known, and waits for the
 * answers. What was learnt is durable. ERR_ACCESS, ERR_SERVICE where the
 * service cannot be asked; codes of the ledger.
 */
int run_states_ask_all(struct run_states *states, struct err *err);

#endif
