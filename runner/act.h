/*
 * act: what the parts of `extend` and `stop` share. Not for other commands.
 *
 * Both send one request a job, and both are driven by the engine, in two
 * rounds: first what an earlier invocation left open or unknown, with its
 * own key and bytes; then what is asked for now.
 *
 * act_pick.c finds out which jobs, act_resume.c whether an interrupted
 * extension is to be finished, act_ask.c shows them and asks; act_source.c
 * gives them to the engine, act_journal.c writes its records, act_wire.c sends
 * its requests, act_rounds.c is the loop; act_summary.c says how it ended;
 * cmd_act.c puts them together.
 *
 * Three ways of working:
 *   records   the ledger is locked and each request has its durable intent
 *   !records  the ledger is another run's (only `stop`): keys are still those
 *             of the ledger's count, nothing is recorded
 *   single    a job's address, no ledger: random keys that nobody replays
 */
#ifndef RUNNER_ACT_H
#define RUNNER_ACT_H

#include "../queue/ledger_actions.h"
#include "cmd.h"
#include "run.h"

/* A job that is to be extended or stopped. */
struct act_pick {
    uint32_t number;  /* in the ledger */
    bool done;        /* the interrupted command has extended it already */
    int64_t max_nano; /* what that costs at most; -1 unknown */
};

struct act_list {
    struct act_pick *items; /* owned */
    size_t count, cap;
};

struct act_slot; /* act_slot.h */

struct act_counts {
    uint64_t ended;    /* had ended before: nothing was done */
    uint64_t given_up; /* open ones that may not be sent again */
    uint64_t doubtful; /* unknown ones of the command that is resumed */
    uint64_t resumed;  /* jobs that the interrupted command has extended */
    unsigned told_ended, told_rejected;
};

struct act {
    struct run *run; /* borrowed: options, service, ledger, engine */
    struct app *app; /* NULL: nothing is asked */
    enum ledger_op op;
    uint64_t seconds; /* of an extension */
    bool single, records;
    struct act_slot *slots; /* owned, run.slot_count */

    struct act_list replays;  /* first round */
    struct act_list fresh;    /* second round */
    struct act_list given_up; /* open, and to be recorded as unknown */
    uint32_t next;            /* of the round's list */
    bool replaying;           /* the first round */
    uint64_t resumes;         /* seq of the interrupted invocation; 0: none */
    int64_t resumes_at_ms;    /* when it began */
    uint8_t *stale;           /* owned: a bit a job of the ledger; NULL: all */
    int64_t single_max_nano;

    struct engine_counts counts; /* of both rounds */
    struct act_counts more;
    int status;
    char why[ERR_MESSAGE_MAX]; /* why it stopped, in words; "" */
};

/* "extend", "stop"; "extended", "stopped". */
const char *act_verb(const struct act *act);
const char *act_past(const struct act *act);

/* "30m", "2h", "90s": as the option is written. Returns out. */
#define ACT_TIME_MAX 24
const char *act_time(uint64_t seconds, char out[ACT_TIME_MAX]);

/* --- act_pick.c ----------------------------------------------------------- */

/*
 * Goes through the ledger: what is to be replayed, what is picked, and what
 * it costs. Sends and records nothing. ERR_USAGE for --where, ERR_DATA for a
 * market without a price.
 */
int act_pick(struct act *act, struct err *err);

/* Worst cost of all that is picked; those without a price left out. */
int64_t act_max_nano(const struct act *act);

/* ERR_DATA where a market's price has to be known and is not. */
int act_check_price(const struct act *act, const char *market, int64_t max_nano,
                    struct err *err);

/* Worst cost of this extension in a market; 0 of a stop, -1 unknown. */
int64_t act_job_max(const struct act *act, const char *market);

int act_list_add(struct act_list *list, const struct act_pick *pick,
                 struct err *err);

/* --- act_stale.c ---------------------------------------------------------- */

/* --manifest M --stale: finds the changed and the gone jobs. */
int act_find_stale(struct act *act, struct err *err);

/* --- act_resume.c --------------------------------------------------------- */

/*
 * Whether the newest `extend` of the ledger, with these very options, was
 * interrupted: sets act->resumes. *finished says that it came to its end with
 * jobs of unknown outcome, so that only a replay is left to be done.
 */
int act_find_resume(struct act *act, bool *finished, struct err *err);

/* The record of this invocation, and of what it gives up. */
int act_record_open(struct act *act, struct err *err);

/* NULL where an open or unknown action may be sent again, else why not. */
const char *act_no_replay(const struct act *act,
                          const struct ledger_actions *actions);

/* --- act_ask.c ------------------------------------------------------------ */

/* ERR_USAGE where nobody can be asked and no option answers. */
int act_check_consent(const struct act *act, struct err *err);

/* Shows what is about to be done and asks. 1: go on; 0: no; negative. */
int act_ask(struct act *act, struct err *err);

/* --- act_source.c, act_rounds.c ------------------------------------------- */

int act_slots_init(struct act *act, struct err *err);
void act_slots_release(struct act *act);

/* Both rounds. How they ended is in act. */
int act_rounds(struct act *act, struct err *err);

/* --- act_summary.c -------------------------------------------------------- */

/* Records the end, says what happened, and returns the exit status. */
int act_finish(struct act *act);

#endif
