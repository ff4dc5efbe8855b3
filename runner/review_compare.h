/*
 * review_compare: two reviews joined on what --by names.
 */
#ifndef RUNNER_REVIEW_COMPARE_H
#define RUNNER_REVIEW_COMPARE_H

#include "review.h"

enum review_change {
    REVIEW_DEARER,
    REVIEW_CHEAPER,
    REVIEW_SAME,
    REVIEW_NEW, /* not in the older ledgers */
    REVIEW_GONE /* only there */
};

struct review_pair {
    enum review_change change;
    const struct review_group *now, *was; /* borrowed; one may be NULL */
    int64_t change_nano;                  /* now's cost - was's */
};

/* The group whose parts the pair is about: now's, else was's. */
const struct review_group *review_pair_group(const struct review_pair *pair);

/*
 * One pair for each group of either, what grew most first; both reviews are
 * of the same --by and outlive *pairs, which the caller frees. ERR_MEMORY, or
 * ERR_LIMIT where a difference overflows.
 */
int review_compare(const struct review *now, const struct review *was,
                   const struct review_by *by, struct review_pair **pairs,
                   size_t *count, struct err *err);

/* "dearer", … */
const char *review_change_name(enum review_change change);

#endif
