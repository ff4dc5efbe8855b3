/*
 * wait_tally: how far the jobs that `wait` waits for have come, whether it is
 * over, and when to look again. Time is an argument.
 *
 * What counts are each job's newest generation, as far as --where picks it.
 */
#ifndef RUNNER_WAIT_TALLY_H
#define RUNNER_WAIT_TALLY_H

#include "../templates/buf.h"
#include "watch.h"

/*
 * A job whose status does not come, or that the service does not know, so
 * long after it ended or was posted, is not waited for any longer.
 */
#define WAIT_LAG_MS ((int64_t)15 * 60 * 1000)

#define WAIT_LOOK_LEAST_US 1000000ULL
#define WAIT_LOOK_MOST_US  (120 * 1000000ULL)

struct wait_tally {
    uint64_t total;
    uint64_t waiting;         /* for these */
    uint64_t queued, running; /* of them */
    uint64_t succeeded, failed, stopped;
    uint64_t unclear;  /* WAIT_LAG_MS have passed */
    uint64_t unknown;  /* may or may not exist */
    uint64_t open;     /* perhaps sent; a run is at it or will be */
    uint64_t unposted; /* rejected, pending, lost */
    int64_t final_nano;
};

/* --until. */
struct wait_until {
    bool any;
    uint64_t failed; /* 0: no such limit */
};

/* Reads it; NULL is neither. ERR_USAGE. */
int wait_until_parse(struct wait_until *until, const char *text,
                     struct err *err);

/* now_ms is the real time. */
void wait_tally_count(struct wait_tally *tally, const struct watch *watch,
                      int64_t now_ms);

/* Jobs that have ended for good. */
uint64_t wait_tally_ended(const struct wait_tally *tally);

/* Whether --until is met. */
bool wait_tally_met(const struct wait_tally *tally,
                    const struct wait_until *until);

/*
 * The status that a wait ends with: 0 where all succeeded, 1 where some did
 * not (or were not posted), 2 where some are unknown or unclear; where
 * --until was met, only those that have ended count.
 */
int wait_tally_status(const struct wait_tally *tally, bool met);

/*
 * How long until the next look: the longer, the more jobs there are (half a
 * second for each group, or 50 ms for each job where there are no groups), and
 * the longer nothing has changed (a tenth of quiet_us); within the two bounds
 * above.
 */
uint64_t wait_look_us(const struct wait_tally *tally, bool groups,
                      uint64_t quiet_us);

/* "7/10 ended: 6 success, 1 failed; 2 running, 1 queued". */
void wait_tally_describe(const struct wait_tally *tally, struct buf *out);

#endif
