/*
 * select: the points of a manifest that a command is about, one at a time.
 *
 * In this order: `where` of the entry, --where, --sample, --shard. A pass is:
 * select_begin, and for each entry select_entry, then select_next until 0.
 * The same manifest gives the same points in the same order in every pass.
 *
 * Order: that of the manifest; with --sample, entries in the manifest's order
 * and within an entry the order that the seed gives (templates/sample.h, the
 * label being the entry's id). So the sample of one entry comes in
 * permutation order.
 *
 * Which points a sample of N is: let the points that both expressions take be
 * numbered over the manifest. The first N of a random order of these numbers
 * (label "") say how many of the sample fall into each entry, and that many
 * of an entry's own random order are taken. With one entry nothing has to be
 * counted for that: its order is followed, passing by what an expression
 * refuses, until N are found. With several entries and an expression (or P%
 * and an expression) the points are counted first, up to SELECT_COUNT_MAX.
 * A larger sample with the same seed holds the smaller one.
 *
 * Memory: constant. A first pass over the manifest's entries (not their
 * points) is made where --where or --sample need to know them.
 */
#ifndef RUNNER_SELECT_H
#define RUNNER_SELECT_H

#include "../queue/manifest.h"
#include "../templates/sample.h"
#include "opt.h"

/* Points that are gone through to count them, in one pass. */
#define SELECT_COUNT_MAX 100000000

#define SELECT_LATER 2 /* of select_next: nothing found yet, go on */

/* What was left out of the current entry. */
struct select_left {
    uint64_t where;  /* by the entry's own */
    uint64_t option; /* by --where; both only of points that were looked at */
    uint64_t shard;
};

struct select {
    struct hasher hasher;
    struct arena arena; /* holds the expression */
    bool has_where;
    struct expr where; /* bound to the current entry */
    struct opt_share share;
    uint64_t seed;
    struct opt_shard shard;

    /* Known once the entries were looked through. */
    bool prepared;
    uint64_t entries;
    bool tested;         /* an expression speaks about points of the sample */
    uint64_t candidates; /* points that the expressions take; UINT64_MAX:
                            unknown, and there is one entry */
    uint64_t wanted;     /* how many of them the sample takes */
    struct sample turns; /* of the entries, where there are several */

    /* This pass. */
    uint64_t base;    /* index of the current entry's first point */
    uint64_t slots;   /* candidates of the entries before it */
    uint64_t chosen;  /* points that select_next gave */
    uint64_t refused; /* points of a sample's order that were passed by */

    /* The current entry. */
    struct entry *entry; /* borrowed */
    uint64_t size;       /* its points */
    uint64_t at;         /* the next position to look at */
    bool counting;       /* its candidates are being counted: */
    uint64_t found;      /* so many until now */
    uint64_t quota;      /* how many of it the sample takes */
    uint64_t taken;      /* how many it has */
    struct sample order; /* of its points */
    struct select_left left;
};

/*
 * Takes --where, --sample, --seed and --shard of opt. ERR_USAGE with the
 * column where the expression is wrong. select_release is due in any case.
 */
int select_init(struct select *select, const struct opt *opt, struct err *err);
void select_release(struct select *select);

/* Whether an option leaves out points that `where` of the entry would take. */
bool select_restricts(const struct select *select);

/*
 * Looks the entries through where --where or --sample need it, then rewinds
 * the manifest. Errors of the manifest go to errs, and nobody should go on
 * then; what is returned are the options' own: a name of --where that occurs
 * nowhere, ERR_LIMIT for what cannot be counted. Before the first pass; a
 * second call does nothing.
 */
int select_prepare(struct select *select, struct manifest *manifest,
                   struct errs *errs, struct err *err);

/* Starts a pass, and its next entry. */
void select_begin(struct select *select);
int select_entry(struct select *select, struct entry *entry, struct err *err);

/*
 * The next point of the entry that the expressions and the sample take, by
 * its index within the entry: 1; 0 where there is none left; SELECT_LATER
 * when about `most` points were looked at in vain; negative, err then having
 * the entry's place and the point.
 */
int select_next(struct select *select, uint64_t most, uint64_t *point,
                struct err *err);

/*
 * Renders the job of a point that select_next gave. 1, or 0 where it belongs
 * to another shard; negative. select_key leaves out what entry_key does.
 */
int select_key(struct select *select, uint64_t point, struct job *job,
               struct err *err);
int select_job(struct select *select, uint64_t point, struct job *job,
               struct err *err);

/* The job's index over the manifest, before any selection. */
uint64_t select_index(const struct select *select, uint64_t point);

/*
 * Whether the number of the entry's points that are selected is known without
 * going through them; *count is it, or else the most that it can be.
 */
bool select_count(const struct select *select, uint64_t *count);

/*
 * After a whole pass: ERR_USAGE (ERR_DATA where no option is to blame) where
 * it chose nothing. A shard without jobs is none of that, nor is a manifest
 * without entries.
 */
int select_check(const struct select *select, struct err *err);

#endif
