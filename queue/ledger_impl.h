/*
 * ledger_impl: what the ledger's own files share. Internal to the ledger.
 */
#ifndef QUEUE_LEDGER_IMPL_H
#define QUEUE_LEDGER_IMPL_H

#include "ledger_format.h"
#include "ledger_index.h"
#include "ledger_marks.h"
#include "ledger_read.h"
#include "ledger_verdict.h"
#include "lock.h"

/* One invocation: where its `open` record stands, and how it ended. */
struct ledger_invocation {
    uint64_t seq;
    uint64_t offset;
    bool closed;
    int status; /* where closed */
};

/* An extend or a stop whose intent has no outcome, or an unknown one. */
struct ledger_pending_action {
    uint64_t hash; /* of op, key and idem */
    int64_t max_nano;
    bool unknown;
};

#define LEDGER_ACTIONS_MAX 65536
#define LEDGER_WHY_MAX     256

/*
 * Invariants: the file's first `durable` bytes are known to be on disk;
 * durable <= end; pending is what follows `end` once it is written; a record
 * at offset >= end is in pending.
 */
struct ledger {
    const struct os *os; /* borrowed */
    enum ledger_mode mode;
    bool watch;
    void (*warn)(void *arg, const char *text);
    void *warn_arg;
    struct lock lock;
    int fd;
    struct ledger_info info; /* its strings are in `strings` */
    struct arena strings;    /* of the first record */
    char *path;              /* owned */
    char close_why[LEDGER_WHY_MAX];
    char contradiction[ERR_MESSAGE_MAX];

    uint64_t seq;     /* of the newest record */
    uint64_t durable; /* see above */
    uint64_t end;
    struct buf pending;
    uint64_t room_end; /* the disk has room up to here */
    bool room_unknown; /* the file system cannot tell */
    struct err failed; /* code not 0: a commit has failed */
    uint64_t open_seq; /* this invocation's open record; 0: none yet */
    char boot_id[OS_BOOT_ID_MAX];

    struct ledger_index index;
    struct ledger_addresses addresses;
    struct ledger_cids cids;
    bool loading; /* names are not in the index's table yet, and… */
    struct ledger_cid_texts cid_texts; /* …CIDs wait here */
    struct ledger_hashes entries;
    struct ledger_totals totals;
    struct ledger_invocation *invocations; /* owned, ascending */
    size_t invocation_count, invocation_cap;
    struct ledger_pending_action *actions; /* owned */
    size_t action_count, action_cap;

    struct ledger_scanner scanner;
    struct buf fetched; /* the line of the last ledger_fetch */
};

/* --- ledger_fetch.c: one record by its offset --------------------------- */

/*
 * Reads the record at an offset; its text is valid until the next fetch or
 * add. ERR_DATA where no valid record begins there.
 */
int ledger_fetch(struct ledger *ledger, uint64_t offset,
                 struct ledger_line *line, struct err *err);

/*
 * The record before this one in its job's history: 1 with *line and *offset,
 * 0 where there is none, or negative.
 */
int ledger_fetch_prev(struct ledger *ledger, struct ledger_line *line,
                      uint64_t *offset, struct err *err);

/*
 * The number of the job with this key: 1, 0 or negative. With exact, any
 * candidate is confirmed by its record; without, only where its half of the
 * key is shared: for a key that is known to be there.
 */
int ledger_locate(struct ledger *ledger, const uint8_t key[KEY_LEN], bool exact,
                  uint32_t *number, struct err *err);

/*
 * Goes from the record at offset back to the job's newest one that has a name
 * and reads it: 1, 0 where there is none, or negative.
 */
int ledger_fetch_named(struct ledger *ledger, uint64_t offset,
                       struct ledger_line *line, struct err *err);

/* Hash of a name as it stands escaped in a record. */
uint32_t ledger_name_hash(const struct ledger *ledger,
                          struct ledger_text escaped);

/* --- ledger_apply.c: what a record changes ------------------------------ */

struct ledger_event {
    const struct ledger_line *line; /* borrowed */
    uint64_t offset;                /* of the record */
    enum ledger_op op;
    uint8_t key[KEY_LEN];
    uint64_t gen, epoch;
    int64_t max_nano, cost_nano;
    uint32_t name_hash;    /* of an intent of a post */
    uint64_t address_hash; /* of a post or a settlement, with watch */
    bool has_job;          /* number and entry are set */
    uint32_t number;       /* of the job in the index */
    struct ledger_entry entry;
    int64_t before_nano; /* an intent's: the maximum that it replaces */
    bool contradicts; /* ledger_judge said so, and it is there all the same */
};

/*
 * Reads from a record what decides, and has the processor fetch what
 * ledger_event_find will look at. ERR_DATA where a field is missing or wrong.
 */
int ledger_event_read(struct ledger *ledger, const struct ledger_line *line,
                      uint64_t offset, struct ledger_event *event,
                      struct err *err);

/* The first half of it, for who keeps no index: the fields up to cost_nano. */
int ledger_event_fields(struct ledger *ledger, const struct ledger_line *line,
                        uint64_t offset, struct ledger_event *event,
                        struct err *err);

/* Looks the event's job up. ERR_IO, ERR_DATA. */
int ledger_event_find(struct ledger *ledger, struct ledger_event *event,
                      struct err *err);

/* 0, or ERR_INTERNAL with the reason why the record contradicts the rest. */
int ledger_judge(const struct ledger *ledger, const struct ledger_event *event,
                 struct err *err);

/*
 * Lets the record take effect on the index and the totals. One that
 * contradicts changes no job's state, except that a post makes it posted:
 * what may exist is never posted again. ERR_LIMIT, ERR_MEMORY: nothing has
 * changed.
 */
int ledger_apply(struct ledger *ledger, struct ledger_event *event,
                 struct err *err);

/* ERR_LIMIT: over LEDGER_SAME_NAME_MAX jobs have this name. */
int ledger_crowded_name(struct ledger_text name, struct err *err);

/* Hash of an address's or an entry's text for ledger_marks. */
uint64_t ledger_text_hash(const struct ledger *ledger, struct ledger_text text);
uint64_t ledger_entry_hash(const struct ledger *ledger, struct ledger_text id,
                           struct ledger_text entry);

/* --- ledger_read.c: values of a line ------------------------------------ */

/* Reads the intent that stands at an offset; see ledger_read_intent. */
int ledger_read_sent(struct ledger *ledger, const struct ledger_line *line,
                     uint64_t offset, struct ledger_reader *reader,
                     struct ledger_sent *out, struct err *err);

/*
 * A field's string, unescaped and terminated, in the arena; .bytes is NULL
 * where it is absent or null. A JSON value of another type comes as text.
 * arena_error tells of failures.
 */
struct ledger_text ledger_copy(const struct ledger_line *line,
                               enum ledger_field field, struct arena *arena,
                               struct json *doc);

/* --- ledger_recover.c --------------------------------------------------- */

/*
 * Reads all records of the file's `size` bytes into the index. Sets end (of
 * the last good record), durable, info.torn_bytes. 1 where the file holds
 * nothing but the beginning of a first record, 0, or negative.
 */
int ledger_load(struct ledger *ledger, uint64_t size, struct err *err);

/* Cuts the torn tail off and makes all that was read durable. */
int ledger_repair(struct ledger *ledger, uint64_t size, struct err *err);

/* Takes id, batch and so on from the first record. */
int ledger_take_identity(struct ledger *ledger, const struct ledger_line *line,
                         struct err *err);

/* --- ledger_write.c: what all record writers share ---------------------- */

/*
 * Starts a record at offset *start of what is pending; ERR_IO or
 * ERR_INTERNAL where none may be added.
 */
int ledger_record_begin(struct ledger *ledger, enum ledger_type type,
                        size_t *start, struct err *err);

/* ledger_record_begin for a record of a job, with prev, op, key and gen. */
int ledger_record_begin_job(struct ledger *ledger, enum ledger_type type,
                            enum ledger_op op, const uint8_t key[KEY_LEN],
                            uint32_t gen, size_t *start, struct err *err);

/*
 * Ends the record that began at start and lets it take effect. With
 * `always` it is added even where it contradicts, and ERR_INTERNAL is
 * returned all the same; any other failure takes it back.
 */
int ledger_record_finish(struct ledger *ledger, size_t start, bool always,
                         struct err *err);

/* The first record, for a file that is new (ledger_occasion.c). */
int ledger_add_first(struct ledger *ledger,
                     const struct ledger_identity *identity, struct err *err);

/* --- ledger_address.c ---------------------------------------------------- */

/*
 * 0, or ERR_INTERNAL where the address is the job of another key, or of
 * another of its generations, already; other codes where that could not be
 * found out. Only with options.watch.
 */
int ledger_address_taken(struct ledger *ledger, const uint8_t key[KEY_LEN],
                         uint32_t gen, const char *address, struct err *err);

/* --- ledger_file.c ------------------------------------------------------ */

/*
 * Opens the file into ledger->fd and checks what it is. Sets *size, and
 * info.created where it was made. 0, 1 (not there, not to be made), negative.
 */
int ledger_file_open(struct ledger *ledger, bool create, uint64_t *size,
                     struct err *err);

/* --- ledger.c ------------------------------------------------------------ */

/* A ledger that has not opened anything yet; ledger_close gives it back. */
struct ledger *ledger_new(const struct ledger_options *options,
                          struct err *err);

/* Calls the warning function with a formatted text. */
void ledger_warn(const struct ledger *ledger, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
