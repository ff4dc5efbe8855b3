/*
 * ledger_rows: the ledger folded into one row for each (key, gen), and the
 * check of a ledger from end to end.
 */
#ifndef QUEUE_LEDGER_ROWS_H
#define QUEUE_LEDGER_ROWS_H

#include "ledger_read.h"

/* One job. Texts that are absent are NULL; all live until the next row. */
struct ledger_row {
    uint32_t number; /* of the job in the ledger */
    bool latest;     /* of its generations */
    char key[KEY_TEXT_MAX];
    uint32_t gen;
    struct ledger_text name;
    const char *id;
    struct ledger_text params; /* JSON object */
    uint64_t repeat, draw;
    enum ledger_state state;
    const char *market;
    uint64_t timeout_s; /* extensions included */
    const char *node;
    const char *cid;
    const char *address, *run, *tx, *project, *reservation, *credits;
    int64_t charged_nano;    /* extensions included; UNPRICED: nothing yet */
    int64_t max_nano;        /* of the post; UNPRICED: unknown */
    int64_t final_nano;      /* UNPRICED: not known yet */
    const char *cost_source; /* "reply", "estimate", "settle", or NULL */
    uint32_t attempts;
    uint64_t elapsed_ms;
    int64_t at_ms;          /* of the record that gave it its state */
    int job_state;          /* 0 to 3 as in the API; -1: never asked */
    bool ended;             /* known to have ended, or stopped by us */
    const char *job_status; /* or NULL */
    int64_t listed_s, start_s, end_s;
    const char *result;
    const char *error; /* why, or the service's message */
    const char *code;
    int status; /* HTTP, of a reject or an unknown; 0: none */
};

/*
 * Calls row for each job in the order of first appearance, a job's
 * generations in ascending order. A result of row other than 0 ends it and
 * is returned. Memory: the index and one job's history.
 */
int ledger_rows(struct ledger *ledger,
                int (*row)(void *arg, const struct ledger_row *row,
                           struct err *err),
                void *arg, struct err *err);

/*
 * The same rows in any order: a folder is memory for one row at a time. It
 * borrows the ledger, and goes before it. ERR_MEMORY.
 */
struct ledger_folder;
int ledger_folder_open(struct ledger_folder **out, struct ledger *ledger,
                       struct err *err);
void ledger_folder_close(struct ledger_folder *folder); /* NULL is fine */

/*
 * The row of a job's generation: 1 with *row, valid until the next call; 0
 * where the ledger has no record of it; or negative. The job's number is
 * below ledger_jobs.
 */
int ledger_folder_row(struct ledger_folder *folder, uint32_t number,
                      uint32_t gen, const struct ledger_row **row,
                      struct err *err);

struct ledger_check_result {
    uint64_t records, jobs, bytes, torn_bytes;
    uint64_t problems; /* all of them; the first ones are in errs */
};

/*
 * Verifies a file from end to end without locking or writing: framing, CRC,
 * seq, dur, known types, every record's JSON and fields, each job's states
 * (a post without an intent, two posts of one (key, gen), an address under
 * two keys). Each problem is an ERR_DATA in errs whose message begins with
 * "byte OFFSET: ". Returns 0 where the file could be read, else negative.
 */
int ledger_check(const struct os *os, const char *path,
                 struct ledger_check_result *result, struct errs *errs,
                 struct err *err);

#endif
