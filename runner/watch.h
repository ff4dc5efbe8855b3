/*
 * watch: the jobs of ledgers, and what the service says of them.
 *
 * The ledgers are read without their lock; news is held in memory until
 * watch_record appends it, taking each ledger's lock for just as long. Where
 * a run holds a ledger nothing is recorded there, and the news stays news.
 */
#ifndef RUNNER_WATCH_H
#define RUNNER_WATCH_H

#include "../queue/ledger_rows.h"
#include "jobinfo.h"
#include "opt.h"
#include "row_where.h"

#define WATCH_DASHBOARD "https://dashboard.nosana.com/jobs/"
#define WATCH_WORD_MAX  JOBINFO_WORD_MAX

/* One generation of a job. */
struct watched {
    uint32_t ledger; /* index into the watch's ledgers */
    uint32_t number; /* of the job in that ledger */
    uint32_t gen;
    bool newest; /* of its job's generations */
    bool picked; /* meets --where */
    uint8_t key[KEY_LEN];
    enum ledger_state state;
    int64_t at_ms;                       /* of the record that gave it that */
    int64_t charged_nano;                /* LEDGER_UNPRICED: nothing yet */
    bool has_address;                    /* posted */
    uint8_t address[BASE58_ADDRESS_LEN]; /* where it has one */
    /* What the service said last, in this command or an earlier one. */
    int job_state; /* enum jobinfo_state; -1: never asked */
    char job_status[JOBINFO_WORD_MAX];
    int64_t listed_s, start_s, end_s;
    char result[JOBINFO_TEXT_MAX];
    int64_t final_nano; /* LEDGER_UNPRICED: unknown */
    bool missing;       /* when asked last, the service did not know it */
    bool news;          /* the ledger does not have this yet */
};

struct watch_ledger {
    const char *path;      /* borrowed */
    struct ledger *ledger; /* owned: as it was when it was read */
    bool held;             /* a run held it when news was to be recorded */
    char project[BASE58_ADDRESS_MAX]; /* whose jobs, by replies; "" unknown */
    bool projects_differ;             /* not all of them are one account's */
    bool has_teller;                  /* a job of that project is known: */
    uint32_t teller;                  /* its number */
};

struct watch {
    const struct os *os;
    struct watch_ledger *ledgers; /* owned */
    uint32_t ledger_count;
    uint32_t reading;     /* the ledger whose rows are being taken */
    struct watched *jobs; /* owned; by ledger, number, generation */
    size_t count, cap;
    struct markets markets;
    struct row_where where;
};

/*
 * Reads the ledgers named on the command line, and which of their jobs
 * --where picks. api_url is the service's that is about to be asked: a ledger
 * of another one is ERR_DATA, one that is named twice ERR_USAGE, one that is
 * missing ERR_INPUT. watch_release is due in any case.
 */
int watch_open(struct watch *watch, const struct opt *opt, const char *api_url,
               const struct os *os, struct err *err);
void watch_release(struct watch *watch);

/* Reads the ledgers again: what others added is there, news is kept. */
int watch_reload(struct watch *watch, struct err *err);

/* Whether it exists and may still change: to be asked for. */
bool watch_is_live(const struct watched *job);

/* Takes what the service says; news where it is more than was known. */
void watch_take(struct watched *job, const struct jobinfo *info);

/*
 * Appends all news to the ledgers and makes it durable. A ledger that a run
 * holds is passed by: held says so, and the news stays. ERR_IO and so on:
 * some ledgers may have their news already.
 */
int watch_record(struct watch *watch, struct err *err);

/* Opens a ledger for appending: 1 where a run holds it. */
int watch_open_to_append(const struct watch_ledger *ledger, const struct os *os,
                         struct ledger **out, struct err *err);

/*
 * A word for what has become of it: "queued", "running", "success",
 * "failed", "stopped", "completed" (its job status is not there yet), any
 * other job status; "posted" while nothing is known, "missing" where the
 * service does not know it; else as in `results`.
 */
const char *watch_word(const struct watched *job);

/* Has it ended well? Only for a job that exists. */
bool watch_succeeded(const struct watched *job);

#endif
