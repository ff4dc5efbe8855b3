/*
 * review_html: pieces of the page. For review_html*.c only.
 *
 * The page is one file: style and script are in it, the policy in its head
 * allows those two by their hashes and nothing else, no request is made.
 * Everything from a ledger goes through html_text.
 */
#ifndef RUNNER_REVIEW_HTML_H
#define RUNNER_REVIEW_HTML_H

#include "review_print.h"

extern const char review_html_style[];
extern const char review_html_script[];

/* Text made visible (text_visible) and escaped, also for attributes. */
void review_html_text(struct buf *out, const char *text);
/* A part of a group's key as people read it. */
void review_html_part(struct buf *out, struct json *doc, const char *part);

/*
 * "<data value="…">$1.20</data>", or a dash where it is not known. Shown
 * rounded to the places; the value is exact.
 */
void review_html_money(struct buf *out, int64_t nano, unsigned places,
                       bool known);

/* Table cells: `sort` is what the script sorts by. */
void review_html_head_cell(struct buf *out, const char *name, bool number);
void review_html_cell_text(struct buf *out, const char *text);
void review_html_cell_count(struct buf *out, uint64_t count, bool known);
void review_html_cell_money(struct buf *out, int64_t nano, unsigned places,
                            bool known);

/* nano as a share of most in units of 1/scale; 0 where either is not > 0. */
uint64_t review_html_share(int64_t nano, int64_t most, uint64_t scale);

/* A bar of a length out of `most`, `bad` of it in another colour. */
void review_html_bar(struct buf *out, int64_t nano, int64_t bad, int64_t most);

/* --- review_html_chart.c -------------------------------------------------- */

/* Cost over time: hours, days or weeks, whichever are not too many. */
int review_html_times(const struct review_print *print, struct buf *out,
                      struct err *err);
/* What became of the jobs, as one bar with a legend. */
void review_html_states(const struct review_sum *sum, struct buf *out);

/* --- review_html_tables.c ------------------------------------------------- */

#define REVIEW_HTML_ROWS_MAX 500 /* of a table */

int review_html_groups(const struct review_print *print, struct buf *out,
                       struct err *err);
int review_html_changes(const struct review_print *print, struct buf *out,
                        struct err *err);
void review_html_dearest(const struct review_print *print, struct buf *out);
void review_html_ledgers(const struct review_print *print, struct buf *out);

#endif
