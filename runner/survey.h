/*
 * survey: one pass over the whole manifest before anything is spent.
 *
 * Checks every entry, counts the selected jobs and their worst cost by
 * market, and sets them against the ledger. Where the ledger has no jobs and
 * an entry's cost is the same for all points, they are counted by arithmetic,
 * or, where an expression or a shard leaves some out, by going through them,
 * up to SELECT_COUNT_MAX in all: beyond, the counts are "at most". Else every
 * selected point is rendered. Points that are another point's job count once,
 * and different jobs of one name are an error: see twins.h. Memory: one row a
 * market, one bit a job of the ledger, and that of twins.
 */
#ifndef RUNNER_SURVEY_H
#define RUNNER_SURVEY_H

#include "../queue/manifest.h"
#include "compare.h"
#include "market.h"
#include "plan_digest.h"
#include "seen.h"
#include "select.h"
#include "twins.h"

struct survey_counts {
    uint64_t jobs; /* all of the below */
    uint64_t new_jobs;
    uint64_t posted;
    uint64_t same;
    uint64_t pending;
    uint64_t changed;
    uint64_t timeout; /* changed in the timeout only: kept */
    uint64_t twins;   /* besides: points that are an earlier point's job */
};

/* What one entry has in a market. */
struct survey_share {
    uint64_t jobs, new_jobs, new_seconds;
    int64_t max_nano;
};

/* Jobs of one market; of those that are new, the cost. */
struct survey_market {
    uint8_t address[BASE58_ADDRESS_LEN];
    const struct market *market; /* NULL: not in the list of markets */
    uint64_t jobs;
    uint64_t new_jobs;
    uint64_t new_seconds; /* sum of their timeouts */
    int64_t max_nano;     /* worst cost of the new ones that have a price */
    bool priced;
    struct survey_share entry; /* the part of the current entry */
};

/* One entry, as it is handed to the caller. Borrowed for the call. */
struct survey_entry {
    const struct entry *entry;
    const struct survey_market *markets; /* all so far; see their `entry` */
    size_t market_count;
    struct survey_counts counts;
    int64_t max_nano; /* of the new ones that have a price */
    bool at_most;     /* not all points were gone through: jobs may be fewer */
    bool sampled;     /* only `sample` of its points were looked for */
    uint64_t sample;
    struct select_left left; /* where not sampled, and not at_most */
};

struct survey_options {
    struct ledger *ledger;   /* NULL: none yet */
    const struct seen *seen; /* ledgers of --seen; NULL: none */
    const struct markets *markets;
    struct select *select; /* what counts; NULL: all points */
    /*
     * Also find out which open and unknown jobs of the ledger are in the
     * manifest though not selected (survey_has_key).
     */
    bool find_open;
    bool replace;      /* changed points are to be posted: they cost, too */
    bool need_address; /* a job without a market's address is an error */
    unsigned workers;  /* processes that go through an entry's points; 0: as
                          many as there are cores where the way is long */
    /* Called after each entry; may be NULL. Negative ends the survey. */
    int (*on_entry)(void *arg, const struct survey_entry *entry,
                    struct err *err);
    /* Called for each changed point; may be NULL. */
    int (*on_changed)(void *arg, const struct job *job,
                      const struct compare *compare, struct err *err);
    void *arg;
};

struct survey {
    struct survey_options options;
    struct survey_counts counts;
    uint64_t entries;
    struct survey_market *markets; /* owned, in order of appearance */
    size_t market_count;
    int64_t max_nano;        /* of the new jobs that have a price; saturating */
    uint64_t unpriced;       /* new jobs without a price */
    uint64_t without_market; /* those of them that name no market */
    uint64_t short_timeouts; /* new jobs below an hour */
    bool at_most;            /* an entry's counts are */
    uint64_t gone_through;   /* points that were only counted */
    struct plan_digest digest;
    struct twins twins;
    struct select all;         /* serves where options have no select */
    uint8_t *in_manifest;      /* owned: a bit for each job of the ledger whose
                                  key is a point's */
    uint8_t *name_in_manifest; /* likewise for its name */
    uint32_t ledger_jobs;
    const char *not_found; /* why a job of the ledger is none of the points */
};

/*
 * Reads the manifest to its end. Problems of the manifest go to errs (the
 * pass goes on while errs has room); the return value is 0 or a negative
 * code of something that ended it, or of a selection that leaves nothing.
 * survey_release is due in any case.
 */
int survey_run(struct survey *survey, const struct survey_options *options,
               struct manifest *manifest, struct errs *errs, struct err *err);
void survey_release(struct survey *survey);

/* Parts of survey_run; see survey_gone.c. */
int survey_make_bits(struct survey *survey, struct err *err);
void survey_mark(struct survey *survey, const struct compare *compare);

/* Whether job `number` of the ledger has its key in the manifest. */
bool survey_has_key(const struct survey *survey, uint32_t number);
void survey_set_key(struct survey *survey, uint32_t number);

/*
 * For options.find_open (survey_run calls it): where a selection left points
 * out and the ledger has open or unknown jobs that no selected point is,
 * looks for them among the points that were left out, in further passes. A
 * warning goes to errs where there are too many points to look at.
 */
int survey_find_open(struct survey *survey, struct manifest *manifest,
                     struct errs *errs, struct err *err);

/*
 * Jobs of the ledger, posted, open or unknown, whose key and name are no
 * point's any more. After a survey that reached the manifest's end.
 */
uint64_t survey_gone(const struct survey *survey);

/* Whether job `number` is one of them. */
bool survey_is_gone(const struct survey *survey, uint32_t number);

/* The worst cost of one job in nano-dollars, or -1 without a price. */
int64_t survey_job_max(const struct market *market, uint64_t timeout_s);

#endif
