/*
 * doubt: unknown jobs settled by the account's own listing, where the case is
 * clear.
 *
 * What is clear says match.h. Beyond that, nothing is settled
 * - while a run holds any of the ledgers named, or where one of them has
 *   changed since it was read: its jobs may be those that seem unclaimed;
 * - where the listing was not read in full, or does not say whose and what a
 *   job is.
 * A job counts as lost only where its first attempt is over DOUBT_LOST_MS
 * old by both clocks (an idempotency key is trusted for 12 hours, and nothing
 * is sent again after that), it is no payload mismatch, it was sent with the
 * same key as a job that the ledger knows, and the listing shows a job of
 * these ledgers that was listed at that time or before: then it reaches back
 * far enough, and it is the right account's.
 */
#ifndef RUNNER_DOUBT_H
#define RUNNER_DOUBT_H

#include "listing.h"
#include "match.h"
#include "watch.h"

#define DOUBT_LOST_MS   ((int64_t)13 * 3600 * 1000)
#define DOUBT_BEFORE_MS ((int64_t)10 * 60 * 1000) /* the clocks may differ */
#define DOUBT_AFTER_MS  ((int64_t)15 * 60 * 1000) /* and it may come late */
#define DOUBT_PROJECTS  16                        /* accounts at one time */

struct doubt {
    struct watch *watch;   /* borrowed */
    struct online *online; /* borrowed */
    const struct opt *opt; /* borrowed */
    struct listing listing;
    struct ledger_reader reader, told;
    uint8_t account[8];              /* of the key in use */
    char cached[BASE58_ADDRESS_MAX]; /* that key's project; "" unknown */
    struct match_intent *intents;    /* owned; tag is a watched job's index */
    size_t intent_count, intent_cap;
    uint8_t (*claimed)[BASE58_ADDRESS_LEN]; /* owned, sorted */
    size_t claimed_count;
    struct jobinfo *infos;  /* owned: unclaimed jobs with a CID in doubt */
    struct match_job *jobs; /* owned: the same for match */
    size_t job_count, job_cap;
    char projects[DOUBT_PROJECTS][BASE58_ADDRESS_MAX];
    uint32_t project_count;
    int64_t reach_s[DOUBT_PROJECTS]; /* when the oldest claimed job that an
                                        account's lists have was listed */
    uint32_t project;                /* whose list is being read */
    bool blind;        /* some job seen may be any: nothing is settled */
    bool held;         /* likewise: a run holds a ledger */
    bool changed;      /* likewise: a ledger has changed */
    uint64_t homeless; /* unknown jobs of no known account */
    uint64_t posted, lost;
};

/*
 * Settles what is clear among the picked unknown jobs, and says what it did
 * and what is left for the operator, with the commands to type. The watch
 * must be as the ledgers are on the disk (watch_reload). Settled jobs are
 * changed in the watch; what the listing says of them is news there. Negative
 * on an error that ends the command.
 */
int doubt_settle(struct watch *watch, struct online *online,
                 const struct opt *opt, struct err *err);

/* --- doubt.c -------------------------------------------------------------- */

/* Whether it may or may not exist, and trying has ended. */
bool doubt_is_unknown(const struct watched *job);

/* An array's room for one more; NULL where memory is out. */
void *doubt_grow(void *items, size_t count, size_t *cap, size_t size);

int doubt_no_memory(struct err *err);

/* --- doubt_gather.c ------------------------------------------------------- */

/* Fills intents, projects and homeless. */
int doubt_gather(struct doubt *doubt, struct err *err);

/* --- doubt_say.c ---------------------------------------------------------- */

/* What was settled, what is not, and why. */
void doubt_say(const struct doubt *doubt);

/* --- doubt_record.c ------------------------------------------------------- */

/*
 * Records the verdicts under the locks of all ledgers. 0 also where nothing
 * may be recorded (held, changed).
 */
int doubt_record(struct doubt *doubt, struct err *err);

#endif
