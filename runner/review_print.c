#include "review_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NINE 9

size_t review_dollars(int64_t nano, unsigned places, char out[MONEY_TEXT_MAX])
{
    size_t len = money_format_short(nano, out);
    const char *dot = strchr(out, '.');
    size_t have = dot ? len - (size_t)(dot - out) - 1 : 0;

    for (; have < places && have < NINE; have++)
        out[len++] = '0';
    out[len] = '\0';
    return len;
}

unsigned review_places(int64_t nano)
{
    char text[MONEY_TEXT_MAX];
    size_t len = money_format_short(nano, text);
    const char *dot = strchr(text, '.');

    return dot ? (unsigned)(len - (size_t)(dot - text) - 1) : 2;
}

unsigned review_shown_places(unsigned needed, int64_t largest)
{
    unsigned most = largest >= MONEY_NANO         ? 4
                    : largest >= MONEY_NANO / 100 ? 5
                                                  : NINE;

    return needed < most ? needed : most;
}

int64_t review_rounded(int64_t nano, unsigned places)
{
    int64_t unit = 1;

    for (unsigned i = places; i < NINE; i++)
        unit *= 10;
    int64_t rest = nano % unit;
    int64_t down = nano - rest;
    if (rest > unit - rest || (rest == unit - rest && down / unit % 2 != 0))
        (void)money_add(&down, unit);
    return down;
}

bool review_days(const struct review *review, char first[REVIEW_TIME_TEXT],
                 char last[REVIEW_TIME_TEXT])
{
    first[0] = last[0] = '\0';
    if (review->moment_count == 0)
        return false;
    review_time_day_text(review->moments[0].hour, first);
    review_time_day_text(review->moments[review->moment_count - 1].hour, last);
    return strcmp(first, last) != 0;
}

int review_print_flush(const struct review_print *print, struct buf *out,
                       struct err *err)
{
    if (buf_error(out, "the review", err) < 0)
        return err->code;
    errno = 0;
    if (out->len > 0 &&
        fwrite(out->data, 1, out->len, print->app->out) != out->len)
        return err_set_errno(err, ERR_IO, errno, "cannot write the review");
    buf_clear(out);
    return 0;
}

/* The groups, or what changed, as jsonl or csv. */
static int print_rows(const struct review_print *print, struct err *err)
{
    struct report_options options = {.format =
                                         (enum opt_format)print->opt->format,
                                     .terminal = print->app->out_terminal};
    bool pairs = print->was != NULL;
    size_t count = pairs ? print->pair_count : print->review->group_count;
    struct review_rows rows;
    struct report report;

    review_rows_init(&rows);
    memset(&report, 0, sizeof report);
    int rc = review_rows_columns(&rows, print->by, pairs, err);
    if (rc == 0)
        rc = report_begin(&report, print->app->out, &options, rows.columns,
                          rows.count, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = pairs ? review_rows_pair(&rows, print->by, &print->pairs[i], err)
                   : review_rows_group(&rows, print->by,
                                       &print->review->groups[i], err);
        if (rc == 0)
            rc = report_row(&report, rows.cells, err);
    }
    if (rc == 0)
        rc = report_end(&report, err);
    report_release(&report);
    review_rows_release(&rows);
    return rc;
}

int review_print(const struct review_print *print, struct err *err)
{
    switch ((enum opt_format)print->opt->format) {
    case OPT_TABLE:
        return review_print_table(print, err);
    case OPT_JSON:
        return review_print_json(print, err);
    case OPT_HTML:
        return review_print_html(print, err);
    case OPT_JSONL:
    case OPT_CSV:
        break;
    }
    return print_rows(print, err);
}
