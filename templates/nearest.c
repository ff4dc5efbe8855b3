#include "nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static unsigned min2(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned cell(const unsigned char *above, const unsigned char *row,
                     size_t i, bool same)
{
    unsigned edits = min2(above[i], row[i - 1]) + 1;

    return min2(edits, above[i - 1] + (same ? 0U : 1U));
}

/*
 * Optimal string alignment: insertions, deletions, replacements and swaps of
 * neighbours, no part being edited twice. Three rows of the table suffice.
 */
static unsigned distance(const char *a, size_t a_len, const char *b,
                         size_t b_len)
{
    unsigned char rows[3][NEAREST_NAME_MAX + 1];

    for (size_t i = 0; i <= a_len; i++)
        rows[0][i] = (unsigned char)i;
    for (size_t j = 1; j <= b_len; j++) {
        unsigned char *row = rows[j % 3];
        const unsigned char *above = rows[(j + 2) % 3];
        const unsigned char *higher = rows[(j + 1) % 3];

        row[0] = (unsigned char)j;
        for (size_t i = 1; i <= a_len; i++) {
            unsigned char x = lower(a[i - 1]);
            unsigned char y = lower(b[j - 1]);
            unsigned best = cell(above, row, i, x == y);
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
                best = min2(best, higher[i - 2] + 1U);
            row[i] = (unsigned char)best;
        }
    }
    return rows[b_len % 3][a_len];
}

void nearest_begin(struct nearest *search, const char *typed, size_t typed_len)
{
    search->typed = typed;
    search->typed_len = typed_len;
    search->best = NULL;
    search->distance = 0;
}

void nearest_offer(struct nearest *search, const char *known)
{
    size_t len = strlen(known);
    size_t longer = len > search->typed_len ? len : search->typed_len;
    size_t shorter = len + search->typed_len - longer;

    if (longer > NEAREST_NAME_MAX)
        return;
    unsigned limit = longer < 6 ? 1 : (unsigned)(longer / 3);
    if (longer - shorter > limit)
        return;
    unsigned edits = distance(search->typed, search->typed_len, known, len);
    if (edits > limit || (search->best && edits >= search->distance))
        return;
    search->best = known;
    search->distance = edits;
}

const char *nearest_hint(const struct nearest *search, char *out, size_t size)
{
    if (size == 0)
        return out;
    int len = -1;
    if (search->best)
        len = snprintf(out, size, " (did you mean \"%s\"?)", search->best);
    if (len < 0 || (size_t)len >= size)
        out[0] = '\0';
    return out;
}
