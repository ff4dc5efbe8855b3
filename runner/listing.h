/*
 * listing: the account's jobs, by GET /jobs.
 *
 * Facts of the published API: pages of at most 50, by timeStart descending;
 * queued jobs have none and sort last, so that each state is asked for by
 * itself; the call has limits of its own (listing_pace.h). States are asked
 * for in the order in which a job passes through them, so that one that moves
 * on meanwhile is seen twice rather than not at all; a list that becomes
 * shorter between two pages, or whose pages shift, is read again, since a job
 * may have slipped through.
 */
#ifndef RUNNER_LISTING_H
#define RUNNER_LISTING_H

#include "../queue/os.h"
#include "jobinfo.h"
#include "listing_pace.h"
#include "online.h"

#define LISTING_PAGE      50
#define LISTING_PAGES_MAX 20000 /* of one list: a million jobs */
#define LISTING_READS_MAX 4     /* of one list that becomes shorter */

struct listing {
    struct online *online; /* borrowed */
    const struct os *os;
    uint64_t give_up_us;
    bool quiet;
    struct listing_pace pace;
    struct http_call *call; /* owned */
    struct json doc;
    uint64_t random;
    uint64_t calls;
    uint64_t jobs; /* read, those read twice included */
    /* What became of it, beside errors: */
    bool no_route;    /* the service has no such call */
    bool unsteady;    /* a list would not hold still */
    bool interrupted; /* by a signal */
};

/* ERR_MEMORY. listing_close is due in any case, before online_close. */
int listing_open(struct listing *listing, struct online *online,
                 const struct os *os, uint64_t give_up_us, bool quiet,
                 struct err *err);
void listing_close(struct listing *listing);

/* Whether all that was asked for has been read in full. */
bool listing_is_whole(const struct listing *listing);

/*
 * Reads the jobs of the account with this project, of one market, in all
 * states, and calls on_job for each; a job may come more than once. Of
 * running and completed jobs, those that started before since_s may be left
 * out. Says how long it takes where that is long. 0 also where it ended early
 * (listing_is_whole). ERR_ACCESS, ERR_SERVICE, ERR_MEMORY, or what on_job
 * returned.
 */
int listing_read(struct listing *listing, const char *project,
                 const char *market, int64_t since_s,
                 int (*on_job)(void *arg, const struct jobinfo *info,
                               struct err *err),
                 void *arg, struct err *err);

#endif
