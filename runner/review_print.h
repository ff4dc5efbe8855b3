/*
 * review_print: a review as a table for people, as json, jsonl and csv, and
 * as a page of HTML.
 *
 * json is one object with everything. jsonl and csv are the groups, one row
 * each; with --compare the pairs.
 */
#ifndef RUNNER_REVIEW_PRINT_H
#define RUNNER_REVIEW_PRINT_H

#include "cmd.h"
#include "report.h"
#include "review_compare.h"

/* All that is printed. Borrowed. */
struct review_print {
    const struct opt *opt;
    const struct app *app;
    const struct review *review;
    const struct review *was; /* of --compare; NULL: none */
    const struct review_pair *pairs;
    size_t pair_count;
    const struct review_by *by;
    const struct review_time *time;
    int64_t now_ms; /* when it is made; SOURCE_DATE_EPOCH goes first */
};

/* In the format that was asked for. ERR_IO, ERR_MEMORY, ERR_LIMIT. */
int review_print(const struct review_print *print, struct err *err);

/* --- between its files ---------------------------------------------------- */

#define REVIEW_COLUMNS_MAX (REVIEW_BY_MAX + 24)

/* A table of one row a group (or a pair); names are in texts. */
struct review_rows {
    struct report_column columns[REVIEW_COLUMNS_MAX];
    size_t count;
    struct report_cell cells[REVIEW_COLUMNS_MAX];
    struct buf names, texts;
    struct json doc;
};

void review_rows_init(struct review_rows *rows);
void review_rows_release(struct review_rows *rows);

/* The columns of groups, or with pairs of what changed. */
int review_rows_columns(struct review_rows *rows, const struct review_by *by,
                        bool pairs, struct err *err);

/* Fills rows->cells; valid until the next call. */
int review_rows_group(struct review_rows *rows, const struct review_by *by,
                      const struct review_group *group, struct err *err);
int review_rows_pair(struct review_rows *rows, const struct review_by *by,
                     const struct review_pair *pair, struct err *err);

/* A part of a group's key as people read it: a string without its quotes. */
void review_part_text(struct json *doc, const char *part, struct buf *out);

int review_print_table(const struct review_print *print, struct err *err);
int review_print_json(const struct review_print *print, struct err *err);
int review_print_html(const struct review_print *print, struct err *err);

/* Writes out and empties it. ERR_IO, or the buffer's failure. */
int review_print_flush(const struct review_print *print, struct buf *out,
                       struct err *err);

/*
 * The first and the last day of posting, "" where there was none; true where
 * they differ.
 */
bool review_days(const struct review *review, char first[REVIEW_TIME_TEXT],
                 char last[REVIEW_TIME_TEXT]);

/* "$1.20" with at least `places` places (2 to 9), never rounded. */
size_t review_dollars(int64_t nano, unsigned places, char out[MONEY_TEXT_MAX]);

/* Places that an amount needs to be shown exactly, at least 2. */
unsigned review_places(int64_t nano);

/*
 * Places for a column of amounts of which one is the largest and one needs
 * so many: people are shown four, five below a dollar, all below a cent.
 */
unsigned review_shown_places(unsigned needed, int64_t largest);

/* The amount at so many places, rounded half to even: for people. */
int64_t review_rounded(int64_t nano, unsigned places);

#endif
