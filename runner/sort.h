/*
 * sort: --sort: rows in the order of one column's cells.
 *
 * Numbers and money first, by value; then texts, by their bytes (the first
 * SORT_TEXT_MAX decide); lists and objects as texts; rows without a value
 * last, in both directions. Equal ones keep the order of their refs, so these
 * have to rise from call to call.
 *
 * Memory: SORT_ITEM_BYTES and the text of each row, up to SORT_ROWS_MAX rows
 * and SORT_TEXTS_MAX bytes of text.
 */
#ifndef RUNNER_SORT_H
#define RUNNER_SORT_H

#include "../templates/arena.h"
#include "report.h"

#define SORT_ITEM_BYTES 32
#define SORT_TEXT_MAX   1024
#define SORT_ROWS_MAX   ((size_t)1 << 25)
#define SORT_TEXTS_MAX  ((size_t)1 << 30)

struct sort_item;

struct sort {
    bool given; /* there is a --sort */
    bool descending;
    const char *column; /* borrowed: its name, without the minus */
    struct sort_item *items;
    size_t count, cap;
    struct arena texts;
};

/* Takes --sort, NULL where it was not given. sort_release is due. */
void sort_init(struct sort *sort, const char *option);
void sort_release(struct sort *sort);

/*
 * Adds a row, which the caller finds again by ref. The cell's text is copied.
 * ERR_LIMIT (the message says what to do instead), ERR_MEMORY.
 */
int sort_add(struct sort *sort, uint64_t ref, const struct report_cell *cell,
             struct err *err);

/* When all are there: puts them in order; then the ith row's ref. */
void sort_finish(struct sort *sort);
uint64_t sort_ref(const struct sort *sort, size_t i);

#endif
