/*
 * engine_world: a simulated service, ledger and clock around the engine.
 *
 * Everything is decided by one seed. A history is a number of invocations of
 * the engine over the same jobs; each may be interrupted by a signal, or
 * killed: between turns, between two sends, or in a commit, of whose records
 * a random prefix then reaches the disk. The service (engine_service.c)
 * honours idempotency keys for as long as the horizon, not longer, and is the
 * judge: it counts the jobs that it made for each key. The first rule that
 * the engine breaks is kept in world.rule.
 */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include "../../runner/engine.h"

#define WORLD_JOBS      12 /* usually */
#define WORLD_JOBS_MAX  200
#define WORLD_SLOTS     5
#define WORLD_EPOCHS    64
#define WORLD_NEVER     (-1) /* for the moments of a kill or a fault */
#define WORLD_SECOND_US 1000000ULL
#define WORLD_MINUTE_US (60 * WORLD_SECOND_US)
#define WORLD_HOUR_US   (60 * WORLD_MINUTE_US)

enum world_state {
    WORLD_NEW,
    WORLD_OPEN,
    WORLD_POSTED,
    WORLD_RELEASED,
    WORLD_REJECTED,
    WORLD_UNKNOWN,
    WORLD_MISMATCH
};

/* What the simulated ledger says of a job. */
struct world_entry {
    enum world_state state;
    uint32_t epoch;
    uint32_t expired;   /* epochs before it, since it was last closed */
    uint64_t intent_us; /* when that epoch's intent was written */
    int64_t charged_nano;
};

/* One change of the ledger, on its way to the disk. */
struct world_change {
    uint32_t job;
    struct world_entry entry;
};

/* The service's memory of one (job, epoch), which stands for a key. */
struct world_key {
    bool made;        /* the job exists */
    bool expired;     /* its transaction is dead: it will never be made */
    uint64_t made_us; /* the key is forgotten a horizon later */
};

struct world_request {
    bool used, post;
    uint32_t slot, job, epoch;
    uint64_t due_us;
    struct answer answer; /* decided when the request was sent */
};

/* What is to go wrong in an invocation; WORLD_NEVER: not that. */
struct world_fate {
    int kill_turn, kill_send, kill_commit; /* the process ends there */
    int signal_turn;                       /* stops it in order */
    int bad_intent;                        /* this one cannot be recorded */
};

struct world {
    uint64_t random;
    uint64_t now_us;

    /* The service and the way to it. */
    int trouble;     /* of posts: 0 to 100 percent */
    int pin_trouble; /* of pins */
    int slow;        /* percent of answers that take up to half an hour */
    bool forgetful;  /* it honours no key: must not go unnoticed */
    bool dear;       /* some jobs cost more than their worst case */
    int credits;     /* jobs that can still be paid for */
    bool refused[WORLD_JOBS_MAX]; /* the service never takes these */
    struct world_key keys[WORLD_JOBS_MAX][WORLD_EPOCHS];
    unsigned made[WORLD_JOBS_MAX];  /* jobs that exist for each key */
    int64_t spent_nano;             /* what they cost */
    bool pinned[WORLD_JOBS_MAX];    /* by CID */
    unsigned pins_sent, posts_sent; /* in all */
    struct world_request requests[WORLD_SLOTS * 2];
    /* Takes an answer out of the dice's hands where it returns true. */
    bool (*meddle)(struct world *world, bool post, uint32_t job,
                   struct answer *answer);

    /* The ledger and the jobs. */
    uint32_t job_count;
    uint32_t jobs_a_cid;
    uint32_t known_from; /* CIDs from here on are known to be pinned */
    uint32_t live;       /* jobs that may be unfinished at once; 0: any */
    uint64_t live_us;    /* one of them ends so long after another */
    bool replay_never;
    int64_t cap_nano; /* -1: none */
    struct world_entry durable[WORLD_JOBS_MAX];
    struct world_entry memory[WORLD_JOBS_MAX];
    struct world_change changes[4096];
    unsigned change_count;
    bool disk_fails; /* commits fail */
    struct world_fate fate;

    /* This invocation. */
    struct engine engine;
    bool dead;
    uint64_t start_us;
    uint64_t hold_us[2]; /* a 429 of pins, posts asked for silence till then */
    unsigned sends, commits, intents;
    unsigned starts; /* requests */
    uint32_t slot_job[WORLD_SLOTS];
    uint32_t next_job;              /* of the source's pass */
    uint32_t taken, ended;          /* jobs that the source gave, that ended */
    uint64_t end_us;                /* when the next of them ends */
    unsigned turns;                 /* of the engine */
    bool replays[WORLD_JOBS_MAX];   /* decided when it began */
    bool passing_replays;           /* the source gives open ones first */
    bool noted[WORLD_JOBS_MAX];     /* CIDs that are known to be pinned */
    bool unpinned[WORLD_JOBS_MAX];  /* jobs given up for their pins */
    bool in_doubt[WORLD_JOBS_MAX];  /* some answer left that open */
    bool confirmed[WORLD_JOBS_MAX]; /* an answer said that it exists */
    bool told[WORLD_JOBS_MAX];      /* the operator was told of that */

    unsigned rules_broken;
    const char *rule; /* the first of them */
};

void world_init(struct world *world, uint64_t seed);

/* As a run has them if nobody says otherwise, but for its few slots. */
extern const struct engine_options world_usual;

/* How many jobs the durable ledger has in a state. */
unsigned world_count(const struct world *world, enum world_state state);

/* Fills in an answer of `meddle`. */
void world_say(struct answer *answer, enum answer_kind kind, int status,
               int64_t retry_after_ms);

/* A number below n. */
uint32_t world_below(struct world *world, uint32_t n);
bool world_percent(struct world *world, int share);

void world_broken_rule(struct world *world, const char *rule);

/*
 * Runs one invocation; world->fate is used up. Returns the status that the
 * engine ended with, or -1 where it was killed, or -2 where it did not end
 * within a million turns.
 */
int world_run(struct world *world, const struct engine_options *options,
              struct engine_counts *counts);

/* The job's worst cost, and which CID it has. */
int64_t world_max_nano(uint32_t job);
uint32_t world_cid(const struct world *world, uint32_t job);

/* --- engine_book.c ------------------------------------------------------- */

/* The engine's operations; arg is the world. */
int book_commit(void *arg, struct err *err);
int book_record(void *arg, uint32_t slot, const struct engine_event *event,
                struct err *err);

/* The process ends here; what the engine does from now on has no effect. */
void book_die(struct world *world);

/* A job's new record, in memory; the first `count` of these reach the disk. */
void book_change(struct world *world, uint32_t job, struct world_entry entry);
void book_apply(struct world *world, unsigned count);

/* What is charged, and what is reserved for doubtful jobs. */
int64_t book_sum_nano(const struct world *world, int64_t *reserved_nano);

/* --- engine_service.c ---------------------------------------------------- */

/* What the service does with a request, and how it will be answered. */
void service_pin(struct world *world, uint32_t job, struct answer *answer);
void service_post(struct world *world, uint32_t job, uint32_t epoch,
                  struct answer *answer);

#endif
