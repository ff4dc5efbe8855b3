/*
 * ledger: the append-only file of what was spent, and on what.
 *
 * Opening reads the whole file once into an index (at most 40 bytes a job,
 * ledger_index.h); records are added by the functions of ledger_records.h
 * and read back by those of ledger_read.h and ledger_rows.h. The file's
 * format is described at the head of ledger_format.c, recovery at the head
 * of ledger_recover.c.
 *
 * The order that keeps money safe:
 *   ledger_reserve   room for the intents and the outcomes in flight
 *   ledger_add_*     intents, into memory
 *   ledger_commit    one write, one fdatasync; 0 means durable
 *   …then the first byte of a request leaves.
 */
#ifndef QUEUE_LEDGER_H
#define QUEUE_LEDGER_H

#include "os.h"

#include "../templates/buf.h"
#include "../templates/cid.h"
#include "../templates/key.h"

#define LEDGER_VERSION   1
#define LEDGER_LINE_MAX  ((size_t)66 << 20) /* one record, newline included */
#define LEDGER_JOBS_MAX  ((uint32_t)1 << 26)
#define LEDGER_GEN_MAX   4095
#define LEDGER_EPOCH_MAX 255
#define LEDGER_UNPRICED  (-1) /* a cost in nano-dollars that is not known */

struct ledger;

/* Which batch and service a ledger belongs to. All borrowed by ledger_open. */
struct ledger_identity {
    const char *batch;      /* after strftime; NULL: none */
    const char *shard;      /* "3/8"; NULL: none */
    const char *api_url;    /* as used, without a final slash */
    const char *generation; /* "jobs" or "with-credits" */
    const char *program;    /* program version; only written, not compared */
};

enum ledger_mode {
    LEDGER_WRITE, /* locks, creates or recovers, may be appended to */
    LEDGER_READ   /* takes no lock and writes nothing */
};

struct ledger_options {
    const struct os *os;
    enum ledger_mode mode;
    const char *path;
    /*
     * WRITE: what the ledger must belong to; ERR_DATA where it differs. NULL
     * takes the file's own and never creates one (settle, retry, extend).
     * READ: compared where given.
     */
    const struct ledger_identity *identity;
    bool watch; /* remember addresses and CIDs: only who posts needs it */
    /* Told of what an operator should know (NFS, a torn tail); may be NULL.
       text is one line, without a full stop. */
    void (*warn)(void *arg, const char *text);
    void *warn_arg;
};

/*
 * Opens a ledger. WRITE: takes the lock (ERR_LOCKED), refuses symlinks, what
 * is no plain file, another owner, a file that group or others may write
 * (ERR_CREATE), creates it with mode 0600 where it is missing, and recovers:
 * cuts a torn tail off into "PATH.torn" and makes durable what it has read.
 * READ: ignores a torn tail. Both: ERR_DATA where bytes that were durable
 * are damaged (the message names the byte offset), where the file is no
 * ledger, of a newer version, or another batch's, shard's, API URL's or
 * generation's (the message says which).
 * Returns 0 with *out (owned by the caller: ledger_close), 1 where the file
 * does not exist and is not to be created (*out is NULL), or a negative code.
 */
int ledger_open(struct ledger **out, const struct ledger_options *options,
                struct err *err);

/*
 * Gives everything back and drops the lock. What was added since the last
 * commit is lost. NULL is fine.
 */
void ledger_close(struct ledger *ledger);

/* What is known of the file as a whole. Strings live as long as the ledger. */
struct ledger_info {
    const char *path;
    const char *id;    /* the ledger's UUID */
    const char *scope; /* "b:NAME" or "l:UUID": what idempotency keys hash */
    struct ledger_identity identity; /* program: that which created it */
    bool created;                    /* by this ledger_open */
    uint64_t torn_bytes;             /* WRITE: cut off; READ: ignored */
    uint64_t records;
    uint64_t bytes; /* of whole records, those not yet committed included */
    uint64_t contradictions;   /* see ledger_check */
    const char *contradiction; /* the first one's text, or NULL */
    /* The last invocation's end: */
    bool opened;           /* there is an `open` record of an earlier process */
    int64_t opened_ms;     /* when the last one was written; 0: none */
    bool closed;           /* and a `close` behind it */
    int close_status;      /* its exit status */
    const char *close_why; /* "" where not closed */
};

const struct ledger_info *ledger_info(const struct ledger *ledger);

/*
 * Makes sure that the disk has room for bytes more behind what is in the
 * file: the records to be added next, and the outcomes of all that is in
 * flight. Cheap where the room is there already. ERR_IO where the disk is
 * full: nothing new may be sent then, but the ledger goes on working in the
 * room that it has. Where the file system cannot do it: one warning, 0.
 */
int ledger_reserve(struct ledger *ledger, uint64_t bytes, struct err *err);

/*
 * Makes all that was added since the last commit durable: one write, one
 * fdatasync; nothing to do is 0. A failure is final: this and every later
 * commit and add returns ERR_IO, and nothing may be sent any more. What the
 * disk then holds of the added records is unknown; the next ledger_open
 * finds out.
 */
int ledger_commit(struct ledger *ledger, struct err *err);

/* Bytes that were added but not yet committed. */
size_t ledger_pending_bytes(const struct ledger *ledger);

/* Their text, whole lines; valid until the next add or commit. */
const char *ledger_pending(const struct ledger *ledger, size_t *len);

/* --- what the ledger says of a job ------------------------------------- */

/* The latest generation's state. Its numbers are internal. */
enum ledger_state {
    LEDGER_OPEN,         /* an intent without an outcome: perhaps sent */
    LEDGER_POSTED,       /* the job exists */
    LEDGER_REJECTED,     /* may be tried again with the same gen and epoch */
    LEDGER_RELEASED,     /* pending again: likewise */
    LEDGER_UNKNOWN,      /* may or may not exist */
    LEDGER_MISMATCH,     /* unknown after a payload mismatch: no replay */
    LEDGER_LOST,         /* settled as lost: next intent, same gen and epoch */
    LEDGER_LOST_MISMATCH /* likewise after a mismatch: epoch + 1 */
};
#define LEDGER_STATES 8

/* "open", "posted", …; unknown and lost of both kinds alike. */
const char *ledger_state_name(enum ledger_state state);

/* A job in the index. Valid until the next add. */
struct ledger_job {
    uint32_t number; /* from 0, in the order of first appearance */
    enum ledger_state state;
    uint32_t gen;
    uint32_t epoch;
    uint64_t offset; /* of its newest record, for ledger_read.h */
};

/*
 * The job with this key: 1 with *job, 0 where there is none, or negative
 * (ERR_IO, ERR_DATA: the index keeps 8 bytes of a key, so that a hit is
 * confirmed by reading the job's record).
 */
int ledger_find_key(struct ledger *ledger, const uint8_t key[KEY_LEN],
                    struct ledger_job *job, struct err *err);

/*
 * Jobs with this name, exactly compared, in no special order: *cursor is 0
 * at first. 1 with *job, 0 at the end, or negative.
 */
int ledger_find_name(struct ledger *ledger, const char *name, size_t len,
                     uint64_t *cursor, struct ledger_job *job, struct err *err);

/* The job of a number below ledger_jobs(). */
uint32_t ledger_jobs(const struct ledger *ledger);
void ledger_job_at(const struct ledger *ledger, uint32_t number,
                   struct ledger_job *job);

/*
 * The next job from *cursor (0 at first) whose state is in the set `states`
 * (bits 1 << state); false at the end. Adding while iterating is allowed.
 */
#define LEDGER_OPEN_OR_UNKNOWN \
    (1U << LEDGER_OPEN | 1U << LEDGER_UNKNOWN | 1U << LEDGER_MISMATCH)
bool ledger_next(const struct ledger *ledger, unsigned states, uint32_t *cursor,
                 struct ledger_job *job);

struct ledger_totals {
    uint64_t jobs[LEDGER_STATES]; /* by enum ledger_state */
    uint64_t posts;               /* jobs that exist, all generations */
    uint64_t open_actions; /* extend and stop intents without an outcome */
    int64_t charged_nano;  /* posts, extensions, settled as posted */
    int64_t reserved_nano; /* each open or unknown max, up to $0.001 each */
    uint64_t unpriced;     /* open, unknown or posted without a price */
    int64_t reserved_unknown_nano; /* the part of it that only settling
                                       frees: unknown and mismatch */
};

const struct ledger_totals *ledger_totals(const struct ledger *ledger);

/*
 * Whether an intent of this ledger implies that the CID is pinned. Never a
 * wrong yes (whole digests are compared). A wrong no is possible once more
 * than LEDGER_CIDS_MAX CIDs are known: it costs a second pin of the same
 * bytes, which changes nothing. Needs options.watch.
 */
#define LEDGER_CIDS_MAX 32768
bool ledger_cid_pinned(const struct ledger *ledger,
                       const uint8_t digest[CID_DIGEST_LEN]);

/* The caller pinned it itself; adding the intent says so, too. */
void ledger_cid_note(struct ledger *ledger,
                     const uint8_t digest[CID_DIGEST_LEN]);

#endif
