/*
 * nearest: the known name that a mistyped one probably meant.
 */
#ifndef TEMPLATES_NEAREST_H
#define TEMPLATES_NEAREST_H

#include <stddef.h>

#define NEAREST_NAME_MAX 64 /* longer names have no neighbour */

struct nearest {
    const char *typed;
    size_t typed_len;
    const char *best; /* NULL while nothing is near enough */
    unsigned distance;
};

/* Starts a search for typed, which is borrowed. */
void nearest_begin(struct nearest *search, const char *typed, size_t typed_len);

/*
 * Offers a known name (borrowed). Near enough: an edit distance (with
 * neighbouring letters swapped as one edit) of at most a third of the longer
 * name's length, at least 1; upper and lower case count as equal.
 */
void nearest_offer(struct nearest *search, const char *known);

/*
 * ' (did you mean "seed"?)' in out, or "" where nothing was near. Returns
 * out.
 */
const char *nearest_hint(const struct nearest *search, char *out, size_t size);

#endif
