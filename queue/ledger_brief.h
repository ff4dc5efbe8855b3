/*
 * ledger_brief: what a review needs of each job, of many ledgers at once.
 *
 * Ledgers are read one after another, each in one pass (gzip or not), and
 * folded into rows of 34 bytes a job, in the order of first appearance: a job
 * is one (key, gen) of one ledger. With the table that finds them that is at
 * most 40 bytes a job. The fold is that of ledger_rows. Names, parameters and
 * so on are not kept: `identify` sees them once and puts the job into a cell,
 * a number that means something to the caller alone.
 *
 * A job's id is a keyed 64-bit hash of scope, key and generation: that two
 * of 10^7 jobs get the same by chance happens about once in 4 * 10^5 reviews,
 * and nobody can make it happen.
 */
#ifndef QUEUE_LEDGER_BRIEF_H
#define QUEUE_LEDGER_BRIEF_H

#include "ledger_hash.h"
#include "ledger_rows.h"

#define LEDGER_BRIEF_JOBS_MAX (((uint32_t)1 << 26) - 2)

/* What became of a job. */
enum ledger_outcome_kind {
    OUTCOME_OPEN,   /* perhaps posted, not known yet */
    OUTCOME_POSTED, /* and the service was not asked since */
    OUTCOME_QUEUED,
    OUTCOME_RUNNING,
    OUTCOME_COMPLETED, /* how well is not known */
    OUTCOME_SUCCESS,
    OUTCOME_FAILED, /* completed, and neither success nor stopped */
    OUTCOME_STOPPED,
    OUTCOME_UNKNOWN,
    OUTCOME_REJECTED,
    OUTCOME_PENDING, /* released: not sent, or refused for now */
    OUTCOME_LOST,
    OUTCOMES
};

struct ledger_brief_row {
    enum ledger_state state;
    enum ledger_outcome_kind outcome;
    uint32_t cell;
    int64_t charged_nano, final_nano; /* LEDGER_UNPRICED: not known */
    bool out; /* left out, or another row of the same job stands for it */
};

/* What an intent says; JSON strings as they stand between their quotes. */
struct ledger_brief_identity {
    struct ledger_text id, params, market; /* bytes NULL: absent */
    int64_t max_nano;
};

/* The caller's cells. Each returns 0 with *cell, or a negative code. */
struct ledger_brief_cells {
    void *arg;
    /* The cell of a job that was about to be posted at at_ms. */
    int (*identify)(void *arg, const struct ledger_brief_identity *identity,
                    int64_t at_ms, uint32_t *cell, struct err *err);
    /* Its cell now that what became of it is of at_ms: *cell is the old one. */
    int (*move)(void *arg, int64_t at_ms, uint32_t *cell, struct err *err);
};

struct ledger_brief_source {
    char *path;          /* owned */
    char *id, *batch;    /* owned; batch NULL: none */
    uint32_t first, end; /* its rows */
    uint64_t records;
    uint64_t torn_bytes; /* at its end, of a plain file: not counted */
    uint64_t twice;      /* of its jobs: another ledger stands for them */
};

struct ledger_brief_extension {
    uint32_t row;
    int64_t nano; /* charged for it */
};

struct ledger_brief_pair;

struct ledger_brief {
    const struct os *os;
    struct ledger_brief_cells cells;
    struct ledger_seed seed;
    bool keep_times;     /* set it before reading: at_ms is kept */
    bool keep_addresses; /* likewise: of several ledgers */
    bool want_params;    /* identify needs id, params and market */
    struct ledger_brief_source *sources; /* owned */
    size_t source_count;
    struct ledger_brief_extension *extensions; /* owned */
    size_t extension_count, extension_cap;
    struct ledger_brief_pair *pairs; /* owned: rows with one id */
    size_t pair_count, pair_cap;
    /* The rows, an array for each part. */
    uint32_t count, cap;
    uint32_t current; /* first row of the ledger being read */
    uint64_t *ids;
    int64_t *charged, *final;
    uint32_t *row_cells;
    uint32_t *offset_low; /* of the record that has name and address */
    uint8_t *offset_high;
    uint8_t *bits; /* state, outcome, out */
    int64_t *at_ms;
    uint64_t *addresses;
    /* Finding them: number << 6 | tag, UINT32_MAX where empty. */
    uint32_t *slots;
    uint32_t slot_cap, slot_used;
};

/* ERR_INTERNAL where there are no random bytes. release is due in any case. */
int ledger_brief_init(struct ledger_brief *brief, const struct os *os,
                      const struct ledger_brief_cells *cells, struct err *err);
void ledger_brief_release(struct ledger_brief *brief);

/*
 * Reads one more ledger. ERR_INPUT where it is not there, what ledger_open
 * says of one that is wrong, ERR_LIMIT (jobs, costs), ERR_MEMORY, or what a
 * function of cells returned.
 */
int ledger_brief_read(struct ledger_brief *brief, const char *path,
                      struct err *err);

/*
 * Behind each ledger, and ledger_brief_again where it is wanted: leaves out
 * the rows whose job (scope, key, generation) another ledger has, too; the one
 * that knows more stays.
 */
void ledger_brief_settle(struct ledger_brief *brief);

/*
 * All ledgers are read: does the same for jobs of one address (with
 * keep_addresses), and gives the table's memory back.
 */
int ledger_brief_merge(struct ledger_brief *brief, struct err *err);

void ledger_brief_get(const struct ledger_brief *brief, uint32_t row,
                      struct ledger_brief_row *out);

/* Has the row not count. */
void ledger_brief_leave_out(struct ledger_brief *brief, uint32_t row);

/*
 * The ids' memory, 8 bytes a row, for what comes behind the merge and the
 * last ledger_brief_settle.
 */
int64_t *ledger_brief_scratch(struct ledger_brief *brief);

/*
 * A second pass over the ledger that was read last, before it is settled:
 * on_row for each of its rows, which has name, id, params, repeat, draw,
 * market, max, address, state, charged, final, at (with keep_times).
 */
int ledger_brief_again(struct ledger_brief *brief,
                       int (*on_row)(void *arg, uint32_t number,
                                     const struct ledger_row *row,
                                     struct err *err),
                       void *arg, struct err *err);

/*
 * Some rows of any ledger, as ledger_brief_again has them, at any time, in no
 * special order. Of a plain file only their records are read.
 */
int ledger_brief_some(struct ledger_brief *brief, const uint32_t *rows,
                      size_t count,
                      int (*on_row)(void *arg, uint32_t number,
                                    const struct ledger_row *row,
                                    struct err *err),
                      void *arg, struct err *err);

/* "success", "queued", …: the words of `--by state`. */
const char *ledger_outcome_name(enum ledger_outcome_kind outcome);

/*
 * Makes room for one more element behind count of them in an owned array.
 * False where memory runs out; the array is then as before.
 */
bool ledger_brief_grow(void **array, size_t count, size_t *cap, size_t size);

#endif
