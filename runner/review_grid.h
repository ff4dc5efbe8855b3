/*
 * review_grid: a table for people, its amounts rounded to what a person reads
 * (review_shown_places) and aligned at their points.
 */
#ifndef RUNNER_REVIEW_GRID_H
#define RUNNER_REVIEW_GRID_H

#include "review_print.h"

#define REVIEW_GRID_COLUMNS (REVIEW_BY_MAX + 12)

/* Columns first, then cells row by row. A failure is kept to the end. */
struct review_grid {
    struct report_column columns[REVIEW_GRID_COLUMNS];
    size_t column_count;
    struct report_cell *cells; /* owned */
    size_t cell_count, cell_cap;
    struct arena arena; /* of the cells' texts */
    struct json doc;
    int failed;
};

void review_grid_init(struct review_grid *grid);
void review_grid_release(struct review_grid *grid);

void review_grid_column(struct review_grid *grid, const char *name, bool right);

/* The next cell. NULL, or known false, is none. */
void review_grid_text(struct review_grid *grid, const char *text);
void review_grid_part(struct review_grid *grid, const char *part);
void review_grid_count(struct review_grid *grid, uint64_t count, bool known);
void review_grid_money(struct review_grid *grid, int64_t nano, bool known);
/* "2 · $0.30"; amounts so are not aligned, but rounded like the others. */
void review_grid_failed(struct review_grid *grid, uint64_t count, int64_t nano,
                        int64_t largest);
/* "13 → 12", a dash for what is not there. */
void review_grid_counts(struct review_grid *grid, uint64_t was, bool has_was,
                        uint64_t now, bool has_now);

int review_grid_print(struct review_grid *grid,
                      const struct review_print *print, struct err *err);

#endif
