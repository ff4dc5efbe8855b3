/*
 * params_help: parameter spaces from an entry's JSON, for the tests of params.
 */
#ifndef TESTS_UNIT_PARAMS_HELP_H
#define TESTS_UNIT_PARAMS_HELP_H

#include "../../templates/params.h"

struct space {
    struct arena arena;
    struct params params;
    struct errs errs;
    struct json doc;
    struct hasher hasher;
};

/*
 * Builds the space of an object with `params`, and `zip`, `rows`, `draw`,
 * `repeat` where it has them; its id is "sweep", or what `id` says. Problems
 * are in errs. The text is borrowed until space_close.
 */
void space_open(struct space *space, const char *entry);

/* space_open with at most so much memory. */
void space_open_within(struct space *space, const char *entry,
                       size_t memory_max_bytes);
void space_close(struct space *space);

/*
 * Adds the points from the index first on: values as JSON with a space
 * between, "-" for one that is absent, then "@" and the draw, "#" and the
 * repeat, where there are several; "; " between points.
 */
void space_points(struct space *space, uint64_t first, uint64_t count,
                  struct buf *out);

/* The message of the error or warning number i, with its place. */
const char *space_message(const struct space *space, unsigned i);

/* An entry whose only problem is this one. */
struct complaint {
    const char *entry;
    const char *message; /* with its place */
    int code;
};

/* Fails unless each entry has exactly the problem that is expected. */
void space_expect_complaints(const struct complaint *cases, size_t count);

#endif
