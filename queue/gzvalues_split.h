/*
 * gzvalues_split: where a JSON value ends, by quotes and brackets only.
 *
 * Text is scanned in pieces of any size; nothing is kept of a piece but the
 * few fields below, so the result does not depend on how text is cut. What is
 * no JSON at all is still split somewhere, and json_parse refuses the piece:
 * a value that is split wrongly is never valid JSON. (A backslash escapes a
 * quote outside strings too, where no JSON has one.)
 */
#ifndef QUEUE_GZVALUES_SPLIT_H
#define QUEUE_GZVALUES_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a byte between two values is. */
enum gzvalues_byte {
    GZVALUES_SPACE,     /* JSON's white space */
    GZVALUES_PRIMITIVE, /* starts (or goes on with) a number, true, … */
    GZVALUES_QUOTE,     /* starts a string */
    GZVALUES_OPEN,      /* starts a list or an object */
    GZVALUES_CLOSE,     /* a stray bracket */
    GZVALUES_ALIEN      /* a control character, or not ASCII */
};

enum gzvalues_byte gzvalues_split_byte(char c);

struct gzvalues_split {
    enum gzvalues_byte kind; /* of the value's first byte */
    uint64_t depth;          /* brackets open */
    bool in_string;
    bool escaped; /* the next byte stands behind a backslash */
};

/*
 * Starts a value at its first byte, which is a PRIMITIVE, QUOTE or OPEN. The
 * scan goes on behind that byte.
 */
void gzvalues_split_begin(struct gzvalues_split *split, char first);

/*
 * Scans the next len bytes. Returns how many of them belong to the value and
 * sets *ended; where it has not ended these are all len. A primitive ends
 * before the first byte that is none (so at the end of the text it is the
 * caller who ends it).
 */
size_t gzvalues_split_scan(struct gzvalues_split *split, const char *text,
                           size_t len, bool *ended);

#endif
