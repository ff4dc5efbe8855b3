/*
 * watch_ask: asks the service for the jobs of a watch.
 */
#ifndef RUNNER_WATCH_ASK_H
#define RUNNER_WATCH_ASK_H

#include "online.h"
#include "poll.h"
#include "watch.h"

#define WATCH_ASK_CALLS                                  \
    16 /* requests in flight, where --connections allows \
        */

struct watch_ask {
    struct watch *watch;   /* borrowed */
    struct online *online; /* borrowed */
    struct poll poll;
    const struct os *os;
    uint64_t random;   /* of jitter */
    uint64_t asked;    /* jobs, in the last round */
    uint64_t answered; /* of them, so far */
    uint64_t missing;  /* not known to the service */
    uint64_t no_answer;
    uint64_t ended; /* that were live before */
};

/* watch_ask_close is due in any case, before online_close. */
int watch_ask_open(struct watch_ask *ask, struct watch *watch,
                   struct online *online, const struct opt *opt,
                   struct err *err);
void watch_ask_close(struct watch_ask *ask);

/*
 * Asks for all jobs that are picked and live, and takes the answers. tick,
 * which may be NULL, is called at each turn, and at least every tick_us where
 * that is not 0. Ends early, with 0, on a signal (signals_caught). ERR_ACCESS,
 * ERR_SERVICE: some jobs may have been answered.
 */
int watch_ask_round(struct watch_ask *ask,
                    void (*tick)(void *arg, uint64_t now_us), void *arg,
                    uint64_t tick_us, struct err *err);

#endif
