/*
 * ledger_records: adding records to a ledger.
 *
 * Each ledger_add_* formats one record into memory and updates the index and
 * the totals at once; nothing is on disk before ledger_commit returns 0.
 * Each returns 0, ERR_LIMIT or ERR_MEMORY (nothing was added), ERR_INTERNAL
 * where the record contradicts the ledger (nothing was added, with one
 * exception at ledger_add_post), or ERR_IO after a failed commit.
 *
 * All pointers are borrowed for the call. Texts from a server are escaped
 * and cut at LEDGER_TEXT_MAX bytes at a character's end; a NULL text is
 * written as null. The ledger itself adds seq, at, open, boot_ms, dur, crc.
 */
#ifndef QUEUE_LEDGER_RECORDS_H
#define QUEUE_LEDGER_RECORDS_H

#include "ledger.h"

#define LEDGER_TEXT_MAX 512

enum ledger_op {
    LEDGER_POST,
    LEDGER_EXTEND,
    LEDGER_STOP
};

/* Bytes with a length: UTF-8 that may hold U+0000. bytes NULL: absent. */
struct ledger_text {
    const char *bytes;
    size_t len;
};

struct ledger_open_record {
    const char *command;        /* "run", "retry", … */
    const char *manifest;       /* its path; NULL: none */
    const uint8_t *digest;      /* 32 bytes: SHA-256 of it; NULL: none */
    const uint8_t *account;     /* 8 bytes of SHA-256 of the key; or NULL */
    struct ledger_text options; /* a JSON object, or absent */
};

/* Once for each invocation, before anything else is added. */
int ledger_add_open(struct ledger *ledger,
                    const struct ledger_open_record *record, struct err *err);

/*
 * A manifest's entry: `text` is its JSON as one line or many (white space
 * is left out). Adds nothing where the ledger has the same id and text.
 */
int ledger_add_entry(struct ledger *ledger, const char *id, const char *text,
                     size_t len, struct err *err);

struct ledger_intent {
    enum ledger_op op;
    uint8_t key[KEY_LEN];
    uint32_t gen, epoch;
    const char *idem;          /* UUID; NULL under --replay never */
    struct ledger_text name;   /* of the job */
    const char *id;            /* of the entry */
    struct ledger_text params; /* a JSON object, no line breaks */
    uint64_t repeat;
    const char *cid;
    const char *market; /* address */
    uint64_t timeout_s;
    const char *node; /* or NULL */
    uint64_t draw;
    struct ledger_text body; /* verbatim: what is sent */
    int64_t max_nano;        /* worst case; LEDGER_UNPRICED */
    const char *address;     /* extend, stop: of the job; else NULL */
    uint64_t seconds;        /* extend: by how much */
    const char *replaces;    /* key of the job that this replaces, or NULL */
};

/*
 * Before a request's first byte leaves. A post is allowed for a new key,
 * after release, reject and LEDGER_LOST with the same gen and epoch, after
 * LEDGER_LOST_MISMATCH and while LEDGER_OPEN with epoch + 1, and after
 * LEDGER_POSTED with gen + 1 and epoch 0; everything else is ERR_INTERNAL.
 * An extend or stop is allowed for a posted job.
 */
int ledger_add_intent(struct ledger *ledger, const struct ledger_intent *record,
                      struct err *err);

struct ledger_post {
    struct ledger_intent intent; /* all but body is written again */
    const char *address;
    const char *run, *tx; /* or NULL */
    int64_t cost_nano;    /* as charged; ignored with estimate */
    bool estimate;        /* the reply had no cost: max is charged */
    const char *cost_raw; /* the reply's digits where rounded, or NULL */
    const char *credits;  /* creditsUsed's digits, or NULL */
    const char *reservation, *project; /* or NULL */
    uint32_t attempts;
    uint64_t elapsed_ms; /* from the first attempt's start */
};

/*
 * The job is known to exist. Always recorded, whatever the state: where the
 * address is another key's, or this (key, gen) has another address already,
 * the record is added and ERR_INTERNAL returned, upon which the run stops.
 */
int ledger_add_post(struct ledger *ledger, const struct ledger_post *record,
                    struct err *err);

/* How an intent ended without a job, or without knowing. */
struct ledger_outcome {
    enum ledger_op op;
    uint8_t key[KEY_LEN];
    uint32_t gen, epoch;
    const char *idem; /* as in the intent */
    struct ledger_text name;
    const char *address; /* extend, stop */
    int64_t max_nano;    /* the intent's: what is reserved */
    const char *why;     /* in words of ours */
    int status;          /* last HTTP status; 0: none */
    const char *code;    /* the service's code, or NULL */
    const char *message; /* the service's text, or NULL */
    bool mismatch;       /* unknown: by a payload mismatch */
};

/* Proved unsent or definitely refused: pending again. State: OPEN. */
int ledger_add_release(struct ledger *ledger,
                       const struct ledger_outcome *record, struct err *err);
/* Refused for good, never ambiguous. State: OPEN. */
int ledger_add_reject(struct ledger *ledger,
                      const struct ledger_outcome *record, struct err *err);
/* May or may not exist. State: OPEN. */
int ledger_add_unknown(struct ledger *ledger,
                       const struct ledger_outcome *record, struct err *err);

/* An extension or a stop that was answered. */
struct ledger_action {
    enum ledger_op op; /* LEDGER_EXTEND, LEDGER_STOP */
    uint8_t key[KEY_LEN];
    uint32_t gen;
    const char *idem; /* the intent's */
    struct ledger_text name;
    const char *address;
    uint64_t seconds;
    const char *tx;       /* or NULL */
    bool ended;           /* it had ended: nothing was done or charged */
    int64_t max_nano;     /* the intent's */
    int64_t cost_nano;    /* 0 where nothing was charged */
    bool estimate;        /* no cost in the reply: max_nano is charged */
    const char *cost_raw; /* as in a post */
    uint32_t attempts;
    uint64_t elapsed_ms;
};

int ledger_add_action(struct ledger *ledger, const struct ledger_action *record,
                      struct err *err);

/* What the service said of a job. */
struct ledger_report {
    uint8_t key[KEY_LEN];
    uint32_t gen;
    const char *address;
    int state;              /* 0 queued, 1 running, 2 completed, 3 stopped */
    const char *job_status; /* or NULL */
    int64_t listed_s, start_s, end_s; /* 0: unknown */
    const char *result;               /* ipfsResult, or NULL */
    int64_t final_nano;               /* LEDGER_UNPRICED: unknown */
};

int ledger_add_state(struct ledger *ledger, const struct ledger_report *record,
                     struct err *err);

/* Somebody's word on an unknown or open job. */
struct ledger_settlement {
    uint8_t key[KEY_LEN];
    uint32_t gen, epoch;
    const char *idem;
    struct ledger_text name;
    const char *address; /* the job's; NULL: there is none (lost) */
    int64_t max_nano;    /* the intent's: charged with an address */
    const char *who;     /* a user's name; "nosbatch status" */
    const char *how;     /* in words */
};

/*
 * State: OPEN, UNKNOWN or MISMATCH. An address that another key has already
 * is ERR_INTERNAL, and nothing is added.
 */
int ledger_add_settle(struct ledger *ledger,
                      const struct ledger_settlement *record, struct err *err);

/* Counts of this invocation. Last in it. */
struct ledger_close_record {
    int status; /* exit status */
    const char *why;
    uint64_t posted, rejected, unknown, pending;
    int64_t charged_nano; /* in this invocation */
};

int ledger_add_close(struct ledger *ledger,
                     const struct ledger_close_record *record, struct err *err);

#endif
