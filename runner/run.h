/*
 * run: what the parts of `run` and `retry` share. Not for other commands.
 *
 * run_slots.c gives the engine its jobs, those of run_source.c (run) or
 * retry_source.c (retry); run_journal.c writes its records, run_wire.c sends
 * its requests, run_recover.c decides about what an earlier run left.
 * run_open.c and run_post.c are the beginning and the end of it all; cmd_run.c
 * and cmd_retry.c put them together.
 */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include "../queue/ledger_records.h"
#include "engine.h"
#include "http_pool.h"
#include "input.h"
#include "opt.h"
#include "progress.h"
#include "reasons.h"
#include "service.h"
#include "survey.h"

/* One job in flight. */
struct run_slot {
    bool busy;
    struct job job;              /* a fresh job's text */
    struct ledger_reader reader; /* a replayed one's */
    struct buf body;             /* a fresh job's */
    struct ledger_intent intent; /* points into the above and below */
    char idem[KEY_UUID_MAX];
    char id[ENTRY_ID_MAX + 1]; /* the entry itself is gone before its jobs */
    char market[BASE58_TEXT_MAX];
    char node[BASE58_TEXT_MAX];
    char replaces[KEY_TEXT_MAX]; /* key of the job that it replaces; "" none */
    bool replayed;               /* an earlier run's intent, sent again */
    bool was_unknown;            /* the ledger says so already */
    uint64_t reserved_bytes;     /* of the disk, for its outcome */
    uint64_t started_us;         /* its first post; 0: none yet */
    uint32_t live_market;        /* --live: its market's number + 1; 0: none */
};

/* To find a job in flight without a look at each: equal ones have these. */
struct run_tag {
    uint64_t key;
    uint64_t name;
};

/* A pass over the manifest's selected points. */
struct run_reader {
    struct manifest *manifest; /* borrowed */
    struct select *select;     /* likewise; prepared */
    const uint8_t *market;     /* only points of this one; NULL: all */
    struct entry *entry;       /* the current one */
    bool entry_recorded;
    bool held; /* a point of it was found, and is still to be taken */
    uint64_t held_point;
};

struct live;
struct replace;

/* What a command is about to do; known before the question. */
struct run_wanted {
    uint64_t total;    /* jobs that it is about */
    uint64_t settled;  /* those of them that need no post */
    uint64_t fresh;    /* those to be posted; open ones are counted apart */
    uint64_t unpriced; /* those of these without a price */
    int64_t max_nano;  /* the worst cost of the rest; saturating */
    char note[96];     /* what the question calls them: " whose run failed" */
};

struct run {
    const struct opt *opt;
    const struct os *os;
    const char *command; /* "run" or "retry" */
    bool pins;           /* definitions are pinned, not only posted */
    bool again;          /* retry: the ledger's jobs, not a manifest's */
    /* The source, asked when the replays are through; as `next` of engine. */
    int (*fresh)(struct run *run, uint32_t slot, struct engine_task *task,
                 struct err *err);
    struct run_wanted wanted;
    struct input input;
    struct service service;
    struct http http;
    struct ledger *ledger;
    struct seen seen;
    struct survey survey;
    struct engine engine;
    struct progress progress;
    struct http_pool pin_calls; /* none with --pin none */
    struct http_pool post_calls;
    struct run_slot *slots; /* owned */
    struct run_tag *tags;   /* owned; of each slot */
    uint32_t slot_count;
    uint64_t disk_bytes; /* reserved for outcomes in flight */
    struct json scratch; /* of replies */
    struct ledger_reader reader;
    uint64_t random_state; /* of jitter */
    uint64_t slept_us;     /* of the machine, as the engine knows */
    bool replay_never;     /* ambiguous posts are unknown at once */
    char account[SECRET_FINGERPRINT_MAX];
    uint8_t account_bytes[8];
    char project[ANSWER_WORD_MAX]; /* whose jobs, by a reply; "" none yet */
    /* the source's place */
    uint32_t *replays; /* owned: numbers of ledger jobs to replay */
    uint32_t replay_count, replay_next;
    uint32_t *picks; /* owned; retry: numbers of ledger jobs to post again */
    uint32_t pick_count, pick_cap, pick_next;
    struct run_reader reading;
    struct live *live;       /* borrowed; --live, or NULL */
    struct replace *replace; /* borrowed; --changed replace, or NULL */
    uint64_t duplicates;     /* points that are another point's job */
    uint64_t first_offset;   /* of the records of this run */
    uint32_t first_new;      /* ledger jobs from here on are this run's */
    unsigned rejections_told;
    struct reasons reasons; /* of this run's rejections */
    uint64_t began_us;      /* the command, not only its posting */
    uint64_t finished;      /* posts of intents that an earlier run left */
    uint64_t given_up;      /* open intents that recovery made unknown */
    uint64_t pin_failed;    /* jobs whose definition could not be pinned */
};

/* The engine's view of this run; arg of each is the run. */
void run_engine_ops(struct run *run, struct engine_ops *ops);

int run_next(void *arg, uint32_t slot, struct engine_task *task,
             struct err *err);
int run_record(void *arg, uint32_t slot, const struct engine_event *event,
               struct err *err);
void run_pinned(void *arg, uint32_t slot);
int run_commit(void *arg, struct err *err);
/* The outcome of an intent that made no post; borrows from all of them. */
void run_outcome(const struct ledger_intent *intent,
                 const struct engine_event *event, struct ledger_outcome *out);
void run_orphan(void *arg, uint32_t slot, const struct answer *answer);
void run_send_pin(void *arg, uint32_t slot);
void run_send_post(void *arg, uint32_t slot);
double run_chance(void *arg);

/* As `next` of engine: a reader's points that the ledger does not have. */
int run_reader_next(struct run *run, struct run_reader *reader, uint32_t slot,
                    struct engine_task *task, struct err *err);

/*
 * Whether it has another one: 1, 0, LATER, negative. The slot is one that is
 * free, and scratch; the point is held for run_reader_next.
 */
int run_reader_peek(struct run *run, struct run_reader *reader, uint32_t slot,
                    struct err *err);

/* The source of `run`: the manifest's points that the ledger does not have. */
int run_manifest_next(struct run *run, uint32_t slot, struct engine_task *task,
                      struct err *err);

/* The engine's time; it is told of a sleep that ended meanwhile. */
uint64_t run_now_us(struct run *run);

/*
 * How many jobs may be under way: as many more than requests in flight as may
 * wait for the commit of their intents.
 */
uint32_t run_slots_wanted(const struct opt *opt);

struct run_tag run_tag_of(const uint8_t key[KEY_LEN], const char *name,
                          size_t len);

/* Allocates the slots, and as many calls as requests may be in flight. */
int run_slots_init(struct run *run, struct err *err);
void run_slots_release(struct run *run);

/*
 * Goes through the ledger's open and unknown intents: lists those that may
 * be sent again, and records the open ones that may not as unknown.
 */
int run_recover(struct run *run, struct err *err);

/* How many of them would be sent again, without recording anything. */
int run_count_replays(struct run *run, uint64_t *count, struct err *err);

/* Room on the disk for a slot's intent and for all outcomes in flight. */
int run_reserve_disk(struct run *run, struct run_slot *s, struct err *err);

/* Likewise for a record of len bytes of text that belongs to no slot. */
int run_reserve_record(struct run *run, size_t len, struct err *err);

/* Reads a replayed job's intent into a slot, and the task for the engine. */
int run_load_replay(struct run *run, uint32_t slot, uint32_t number,
                    struct engine_task *task, struct err *err);

/* Hands ended requests to the engine. */
void run_deliver(struct run *run);

/* Keys, URLs, and the transport. run->opt and run->pins are set. */
int run_open_service(struct run *run, struct err *err);

/* ERR_DATA where the ledger contradicts itself: no ground to spend on. */
int run_check_ledger(struct run *run, struct err *err);

/* Adds the options that decide what is posted, as a JSON object. */
void run_add_options(struct buf *out, const struct run *run);

/* Records this invocation. */
int run_record_open(struct run *run, struct err *err);

/*
 * From a ledger that is open and locked to the end of posting: the record of
 * the invocation, what an earlier one left, the engine. Negative: it did not
 * begin. How it ended is in run->engine.
 */
int run_post(struct run *run, struct err *err);

#endif
