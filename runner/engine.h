/*
 * engine: the states of the jobs in flight, and the only scheduler.
 *
 * A fixed pool of slots, one job each. A job goes
 *   next -> pin -> intent (durable) -> post -> outcome (durable) -> free
 * and the answers to its posts move it as the table in ledger.md says. The
 * engine sees the service, the ledger and the jobs through struct engine_ops
 * and time as an argument, so that it runs against a simulated world.
 *
 * Invariants: send_post is called only after a commit that made the slot's
 * intent durable; for one slot at most one request is under way; a job with
 * an ambiguous attempt leaves its slot only by a post record, an unknown
 * record, or with its intent left open.
 *
 * Turn of the loop: the transport delivers answers (engine_pin_answer,
 * engine_post_answer), then engine_step records outcomes and new intents,
 * commits where that is due, and starts requests.
 *
 * A commit waits for company: a sync costs as much as some jobs do, and
 * nothing else is done meanwhile. Records wait for at most a fifth of the time
 * that answers take lately (within ENGINE_GROUP_MIN_US and _MAX_US), and not
 * at all where no request is in flight. Where there are more slots than
 * requests (up to ENGINE_SPARE to one), others are sent while intents wait:
 * then they wait twice as long, but not until those slots run out, nor where a
 * rate lets no more of them join.
 */
#ifndef RUNNER_ENGINE_H
#define RUNNER_ENGINE_H

#include "answer.h"
#include "budget.h"
#include "pace.h"

#define ENGINE_OUTAGE_ROW     32 /* failures in a row that make an outage */
#define ENGINE_EPOCHS_MAX     3
#define ENGINE_HORIZON_US     (12ULL * 3600 * 1000000)
#define ENGINE_RETRY_AFTER_MS (5 * 60 * 1000) /* longer ends the run */
#define ENGINE_FIRST_ANSWERS  10   /* all of them rejected: give up */
#define ENGINE_GROUP_MIN_US   8000 /* how long records wait for a commit */
#define ENGINE_GROUP_MAX_US   20000
#define ENGINE_SPARE          3 /* intents that may wait for each in flight */
#define ENGINE_NEXT_LATER     2
#define ENGINE_NEXT_WAIT      3

/* What `next` says of the job that it put into a slot. */
struct engine_task {
    uint8_t digest[CID_DIGEST_LEN]; /* its CID */
    bool pinned;                    /* that CID is known to be pinned */
    bool replay;         /* its intent is in the ledger; perhaps sent */
    uint32_t epoch;      /* of its idempotency key */
    uint32_t expired;    /* epochs of it that earlier runs saw expire */
    int64_t max_nano;    /* worst cost, 0 where it has no price */
    uint64_t horizon_us; /* no attempt starts later; with replay only */
};

enum engine_record {
    ENGINE_INTENT,
    ENGINE_POST,
    ENGINE_RELEASE,
    ENGINE_REJECT,
    ENGINE_UNKNOWN
};

/* What is recorded of a slot's job. */
struct engine_event {
    enum engine_record record;
    uint32_t epoch;
    uint32_t attempts;           /* posts sent in this run */
    const struct answer *answer; /* the last one; NULL for an intent */
    const char *why;             /* for release and unknown */
};

/* The world. arg is passed to each; slots are 0..slot_count - 1. */
struct engine_ops {
    void *arg;
    /*
     * Puts the next job into a slot: 1; 0 where none is left;
     * ENGINE_NEXT_LATER where it wants to be asked again in the next turn, so
     * that a long search lets answers through; ENGINE_NEXT_WAIT where none
     * may be started before something has happened outside (it is asked again
     * in each turn, which the caller sees to); negative on an error.
     */
    int (*next)(void *arg, uint32_t slot, struct engine_task *task,
                struct err *err);
    /* Starts a request; its answer comes through engine_…_answer. */
    void (*send_pin)(void *arg, uint32_t slot);
    void (*send_post)(void *arg, uint32_t slot);
    /*
     * Buffers a record: 0. 1: this intent may not be written (the callee has
     * stopped the engine). Negative: this one cannot be recorded, and the run
     * ends; those before it are committed all the same.
     */
    int (*record)(void *arg, uint32_t slot, const struct engine_event *event,
                  struct err *err);
    /* The slot's CID is pinned now. */
    void (*pinned)(void *arg, uint32_t slot);
    /* Makes all records durable. Negative: final; the callee has told the
       operator of the outcomes that may be lost. */
    int (*commit)(void *arg, struct err *err);
    /* An outcome that cannot be recorded any more: tell the operator. */
    void (*orphan)(void *arg, uint32_t slot, const struct answer *answer);
    /* A number in [0, 1) for jitter. */
    double (*chance)(void *arg);
};

struct engine_options {
    uint32_t slot_count;  /* jobs between "next" and their end at most */
    uint32_t flight_max;  /* requests in flight at most; 0: slot_count */
    double rate;          /* requests a second at most; 0: no limit */
    bool one_service;     /* pins and posts go to the same one */
    uint64_t give_up_us;  /* how long without a good answer */
    uint32_t retries;     /* attempts after the first ambiguous one */
    bool replay_never;    /* an ambiguous post is unknown at once */
    int64_t max_rejected; /* -1: only the rule of the first answers */
};

struct engine_counts { /* durable ones only */
    uint64_t posted;
    uint64_t rejected;
    uint64_t unknown;
    uint64_t released;
    uint64_t left_open;
    int64_t charged_nano;  /* sum of replies' costs in this run */
    uint64_t without_cost; /* posts whose reply had no cost */
};

enum engine_phase {
    ENGINE_FREE,
    ENGINE_PIN_READY,
    ENGINE_PIN_SHARED, /* another slot pins the same CID */
    ENGINE_PIN_SENT,
    ENGINE_PIN_WAIT,
    ENGINE_POST_READY, /* pinned; an intent is due before it is sent */
    ENGINE_POST_AGAIN, /* it has an intent, durable or in the batch */
    ENGINE_POST_SENT,
    ENGINE_POST_WAIT
};

struct engine_slot {
    enum engine_phase phase;
    struct engine_task task;
    uint32_t epoch;
    uint32_t epochs;       /* expired, in earlier runs too */
    uint32_t attempts;     /* posts sent */
    uint32_t failures;     /* pins or posts that failed, for the backoff */
    uint32_t ambiguous;    /* ambiguous answers to posts of this epoch */
    bool perhaps_sent;     /* some attempt may have made the job */
    bool reserved;         /* its worst cost is in the budget's flight */
    bool has_intent;       /* recorded for this epoch */
    uint32_t refusals;     /* 429s in a row */
    uint64_t wake_us;      /* of a WAIT phase */
    uint64_t horizon_us;   /* no post starts later; 0 until it has an intent */
    uint64_t first_bad_us; /* of a row of failed pins, or of in-progress */
    struct level_request request; /* the one under way */
};

/*
 * Whose answers: the two services fail apart from each other, and a good
 * answer of one says nothing about the other.
 */
enum engine_party {
    ENGINE_PINNING,
    ENGINE_JOBS,
    ENGINE_PARTIES
};

struct engine_health {
    uint32_t failure_row;  /* failures since the last good answer */
    uint64_t bad_since_us; /* first of them (or of 429s); 0: none */
    uint64_t good_us;      /* last good answer */
};

/* A ring of slot numbers; its size is the number of slots. */
struct engine_queue {
    uint32_t *slots;
    uint32_t head, count;
};

struct engine {
    struct engine_ops ops;
    struct engine_options options;
    struct pace pace;
    struct budget budget;
    struct engine_slot *slots;
    uint32_t *ring_memory;
    struct engine_queue free, pins, posts;
    struct engine_queue batch; /* with intents that are not durable yet */
    uint64_t *tags;            /* of each slot's CID, to find an equal one */
    uint32_t shared;           /* slots in ENGINE_PIN_SHARED */
    uint32_t in_flight;
    uint32_t waiting; /* slots in a WAIT phase */
    uint64_t wake_us; /* no waiting slot wakes earlier */
    bool pins_needed; /* by some job so far */
    bool source_ended;
    bool source_later;              /* `next` wants another turn */
    bool source_waits;              /* `next` has nothing at present */
    bool stopping;                  /* nothing new is sent */
    bool broken;                    /* nothing can be recorded any more */
    bool dirty;                     /* records wait for a commit */
    uint64_t commit_us;             /* when they have waited enough */
    uint64_t answer_us;             /* how long answers take lately */
    int status;                     /* strongest so far, of enum status */
    char trouble[REPLY_DETAIL_MAX]; /* the last failure's words */
    char why[ERR_MESSAGE_MAX];      /* why it stops, in words; "" */
    struct engine_health health[ENGINE_PARTIES];
    uint32_t probes;              /* of an outage that failed, in a row */
    uint64_t probe_us;            /* in an outage nothing is sent before */
    uint64_t answers;             /* final outcomes in this run */
    struct engine_counts counts;  /* durable */
    struct engine_counts pending; /* recorded, not yet committed */
};

/*
 * Allocates the slots. budget is copied. now_us is the monotonic clock's.
 * ERR_MEMORY on failure.
 */
int engine_init(struct engine *engine, const struct engine_options *options,
                const struct engine_ops *ops, const struct budget *budget,
                uint64_t now_us, struct err *err);
void engine_release(struct engine *engine);

/* The answers to a slot's request; each ends it. */
void engine_pin_answer(struct engine *engine, uint32_t slot,
                       const struct answer *answer, uint64_t now_us);
void engine_post_answer(struct engine *engine, uint32_t slot,
                        const struct answer *answer, uint64_t now_us);

/*
 * The machine slept for so long until now_us: that was no time without a good
 * answer, so that nothing is given up for it. Keys aged all the same.
 */
void engine_slept(struct engine *engine, uint64_t slept_us, uint64_t now_us);

/*
 * One turn: wakes, takes jobs, records, commits, sends. *next_us is when the
 * next turn is due though no answer comes (PACE_NEVER: none).
 */
void engine_step(struct engine *engine, uint64_t now_us, uint64_t *next_us);

/*
 * Nothing new is sent from here on; what is in flight may end. The strongest
 * status and its words are kept (status_stronger).
 */
void engine_stop(struct engine *engine, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The caller added a record of its own: it is committed with the others. */
void engine_recorded(struct engine *engine);

/* Whether every slot is free and nothing is to come. */
bool engine_done(const struct engine *engine);

/*
 * Requests a second that a party's service is known to take; 0: no limit has
 * been met.
 */
double engine_limit(const struct engine *engine, enum engine_party party);

/* Whether the service is thought to be down: one job probes. */
bool engine_in_outage(const struct engine *engine);

#endif
