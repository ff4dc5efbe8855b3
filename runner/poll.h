/*
 * poll: asks the service for the states of jobs, without waiting.
 *
 * It lives in somebody's loop over runner/http.h beside other calls: the loop
 * hands it what http_next_done returns (poll_take), and lets it start
 * requests (poll_step). It only reads: nothing that it sends can spend.
 *
 * Addresses are asked for in groups of POLL_GROUP by POST /jobs/batch; where
 * the service has no such route (404, 405), or refuses a group (400, 422) or
 * answers it with what cannot be used, one by one by GET /jobs/{address}. A
 * job that has ended and whose group's answer had no result is asked for once
 * more by itself. 429 holds everything back (runner/pace.h), 5xx and network
 * faults are asked again with backoff, and without one good answer for
 * give_up_us all ends. Time is an argument, monotonic.
 *
 * Use, in a loop:
 *   while ((call = http_next_done(http, &reply)) != NULL)
 *       if (!poll_take(poll, call, &reply, now_us)) …another's…
 *   poll_step(poll, now_us, &next_us);
 *   if (poll_idle(poll)) …all that was added is answered…
 *   http_wait(http, now_us, next_us);
 */
#ifndef RUNNER_POLL_H
#define RUNNER_POLL_H

#include "../queue/os.h"
#include "jobinfo.h"
#include "pace.h"
#include "service.h"

#define POLL_GROUP     100 /* addresses in a group: the API's most */
#define POLL_CALLS_MAX 64
#define POLL_TRIES     4 /* of one request while others are answered */
#define POLL_BODY_MAX  ((size_t)8 << 20) /* a single reply has the job's log */

enum poll_outcome {
    POLL_FOUND,     /* info is what the service says */
    POLL_NOT_FOUND, /* the service does not know the address (404, or left
                       out of a group's answer): perhaps not yet */
    POLL_NO_ANSWER  /* no usable answer about this job, while others have one;
                       poll_words says why */
};

struct poll_options {
    const struct service *service; /* borrowed */
    struct http *http;             /* borrowed */
    uint32_t calls_max;            /* requests in flight, to POLL_CALLS_MAX */
    double rate;                   /* requests a second; 0: no limit */
    uint64_t give_up_us;           /* how long without a good answer */
    const struct os *os;           /* borrowed: this machine's sleep does not
                                      count in give_up_us; NULL: never sleeps */
    bool results;                  /* ask for results, as said above */
    void *arg;                     /* of the two functions */
    /*
     * Called once for each address added, from poll_take, in no special
     * order; info is NULL but with POLL_FOUND and gone afterwards. It may add
     * addresses.
     */
    void (*report)(void *arg, uint64_t tag, enum poll_outcome outcome,
                   const struct jobinfo *info);
    double (*chance)(void *arg); /* in [0, 1), for jitter; NULL: none */
};

/* One address to be asked for. */
struct poll_item {
    uint64_t tag;
    uint8_t address[BASE58_ADDRESS_LEN];
    uint32_t tries;        /* that failed; of a group, of its first item */
    uint64_t first_bad_us; /* likewise */
    struct jobinfo *known; /* owned: only its result is missing; or NULL */
};

/* A ring that grows. */
struct poll_queue {
    struct poll_item *items; /* owned */
    size_t cap, head, count;
};

struct poll_call;

struct poll {
    struct poll_options options;
    struct pace pace;
    struct poll_call *calls; /* owned */
    uint32_t call_count;
    struct poll_queue groups;  /* to be asked in groups, while that works */
    struct poll_queue singles; /* to be asked alone */
    uint32_t busy;             /* calls that are not free */
    bool no_groups;            /* the service has no batch route */
    uint64_t good_us;          /* last good answer */
    uint64_t bad_since_us;     /* first failure since then; 0: none */
    uint64_t bad_slept_us;     /* how long the machine had slept by then */
    uint64_t requests;         /* sent so far */
    struct json doc;
    char words[REPLY_DETAIL_MAX]; /* of the last failure */
    struct err failure;           /* code 0: none */
};

/* Allocates the calls. ERR_MEMORY. poll_release is due in any case. */
int poll_init(struct poll *poll, const struct poll_options *options,
              uint64_t now_us, struct err *err);

/* Gives everything back; what is under way is cut off. Before http_release. */
void poll_release(struct poll *poll);

/* Adds a job to be asked for; tag is the caller's. ERR_MEMORY. */
int poll_add(struct poll *poll, uint64_t tag,
             const uint8_t address[BASE58_ADDRESS_LEN], struct err *err);

/* Takes an answer: false where the call is not one of these. */
bool poll_take(struct poll *poll, struct http_call *call,
               const struct reply *reply, uint64_t now_us);

/*
 * Starts what may be started now. *next_us is lowered to when it wants to be
 * called again though no answer comes.
 */
void poll_step(struct poll *poll, uint64_t now_us, uint64_t *next_us);

/* Whether all that was added has been reported, or all has failed. */
bool poll_idle(const struct poll *poll);

/*
 * NULL, or why nothing more is asked: ERR_ACCESS (the key was refused),
 * ERR_SERVICE (away for give_up_us), ERR_MEMORY. What was not reported yet
 * stays unreported.
 */
const struct err *poll_failure(const struct poll *poll);

/* The last failure in words, while the service is in trouble; else NULL. */
const char *poll_trouble(const struct poll *poll);

/* Why the last POLL_NO_ANSWER. */
const char *poll_words(const struct poll *poll);

#endif
