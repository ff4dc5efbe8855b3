/*
 * The page's two charts, drawn in integers.
 */
#include <stdlib.h>
#include <string.h>

#include "review_html.h"
#include "text.h"

#define WIDTH    960
#define HEIGHT   220
#define LEFT     8
#define TOP      34
#define BOTTOM   190
#define BINS_MAX 96
#define DAY_H    24
#define WEEK_H   ((int64_t)7 * 24)

/* --- what became of the jobs ---------------------------------------------- */

/* In the order of the bar, each with its colour's class. */
static const struct {
    enum ledger_outcome_kind outcome;
    const char *tone;
} order[] = {
    {OUTCOME_SUCCESS, "ok"},    {OUTCOME_COMPLETED, "ok pale"},
    {OUTCOME_RUNNING, "run"},   {OUTCOME_QUEUED, "run pale"},
    {OUTCOME_POSTED, "wait"},   {OUTCOME_STOPPED, "wait pale"},
    {OUTCOME_FAILED, "bad"},    {OUTCOME_OPEN, "odd pale"},
    {OUTCOME_UNKNOWN, "odd"},   {OUTCOME_REJECTED, "bad pale"},
    {OUTCOME_PENDING, "track"}, {OUTCOME_LOST, "track"},
};
#define ORDER (sizeof order / sizeof order[0])

void review_html_states(const struct review_sum *sum, struct buf *out)
{
    char text[TEXT_HUMAN_MAX];
    int64_t before = 0;

    buf_add_str(out, "<section id=\"states\"><h2>What became of the jobs</h2>"
                     "<svg class=\"states\" viewBox=\"0 0 10000 10\" "
                     "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                     "<rect class=\"track\" width=\"10000\" height=\"10\"/>");
    for (size_t i = 0; i < ORDER; i++) {
        int64_t count = (int64_t)sum->outcomes[order[i].outcome];
        uint64_t from = review_html_share(before, (int64_t)sum->jobs, 10000);
        before += count;
        uint64_t to = review_html_share(before, (int64_t)sum->jobs, 10000);
        if (count > 0)
            buf_addf(out,
                     "<rect class=\"%s\" x=\"%llu\" width=\"%llu\" "
                     "height=\"10\"/>",
                     order[i].tone, (unsigned long long)from,
                     (unsigned long long)(to > from ? to - from : 1));
    }
    buf_add_str(out, "</svg><ul class=\"legend\">");
    for (size_t i = 0; i < ORDER; i++)
        if (sum->outcomes[order[i].outcome] > 0)
            buf_addf(out,
                     "<li><svg viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect "
                     "class=\"%s\" width=\"1\" height=\"1\"/></svg>%s %s</li>",
                     order[i].tone,
                     text_count(sum->outcomes[order[i].outcome], text),
                     ledger_outcome_name(order[i].outcome));
    buf_add_str(out, "</ul></section>\n");
}

/* --- over time ------------------------------------------------------------ */

struct bins {
    int64_t hours; /* that one bin holds: 1, 24, 168… */
    int64_t first; /* the first one's number */
    size_t count;
    int64_t cost[BINS_MAX];
    uint64_t jobs[BINS_MAX];
    int64_t most;
};

/* 1970-01-01 was a Thursday: weeks begin on Monday. */
static int64_t bin_of(int64_t hour, int64_t hours)
{
    return hours >= WEEK_H ? (hour + (int64_t)3 * DAY_H) / hours : hour / hours;
}

static int64_t hour_of(int64_t bin, int64_t hours)
{
    return hours >= WEEK_H ? bin * hours - (int64_t)3 * DAY_H : bin * hours;
}

static void choose_bins(const struct review *review, struct bins *bins)
{
    int64_t first = review->moments[0].hour.hour, last = first;

    /* Of hours with the same name at the end of summer time, too. */
    for (size_t i = 0; i < review->moment_count; i++) {
        int64_t hour = review->moments[i].hour.hour;
        first = hour < first ? hour : first;
        last = hour > last ? hour : last;
    }
    bins->hours = last - first < BINS_MAX / 2 ? 1 : DAY_H;
    if ((last - first) / DAY_H + 2 > BINS_MAX)
        bins->hours = WEEK_H;
    while (bin_of(last, bins->hours) - bin_of(first, bins->hours) >= BINS_MAX)
        bins->hours *= 4;
    bins->first = bin_of(first, bins->hours);
    bins->count = (size_t)(bin_of(last, bins->hours) - bins->first) + 1;
}

static int fill_bins(const struct review *review, struct bins *bins,
                     struct err *err)
{
    choose_bins(review, bins);
    for (size_t i = 0; i < review->moment_count; i++) {
        const struct review_moment *moment = &review->moments[i];
        size_t at =
            (size_t)(bin_of(moment->hour.hour, bins->hours) - bins->first);
        if (!money_add(&bins->cost[at], moment->cost_nano))
            return err_set(err, ERR_LIMIT, "the costs are too large to add");
        bins->jobs[at] += moment->jobs;
        if (bins->cost[at] > bins->most)
            bins->most = bins->cost[at];
    }
    return 0;
}

/* "2026-11-23 10:00", "2026-11-23"; short: "10:00", "11-23". */
static void label(const struct bins *bins, size_t at, bool brief,
                  char out[REVIEW_TIME_TEXT])
{
    int64_t hour = hour_of(bins->first + (int64_t)at, bins->hours);
    struct review_hour when = {(int32_t)hour, 0};
    char day[REVIEW_TIME_TEXT];

    review_time_day_text(when, day);
    if (bins->hours == 1)
        snprintf(out, REVIEW_TIME_TEXT, "%.10s%s%02d:00", brief ? "" : day,
                 brief ? "" : " ", (int)((hour % DAY_H + DAY_H) % DAY_H));
    else
        snprintf(out, REVIEW_TIME_TEXT, "%.10s", day);
}

static void put_bin(const struct bins *bins, size_t at, struct buf *out)
{
    char money[MONEY_TEXT_MAX], count[TEXT_HUMAN_MAX], text[REVIEW_TIME_TEXT];
    size_t step = (WIDTH - 2 * LEFT) * 16 / bins->count; /* sixteenths */
    size_t x = LEFT * 16 + step * at;
    size_t wide = step > 64 ? step - 32 : step > 32 ? step - 16 : step;
    uint64_t high = review_html_share(bins->cost[at], bins->most, BOTTOM - TOP);

    wide = wide > 60 * 16 ? 60 * 16 : wide;
    x += (step - wide) / 2;
    if (high == 0 && bins->cost[at] > 0)
        high = 1;
    money_format_short(bins->cost[at], money);
    label(bins, at, false, text);
    buf_addf(out,
             "<rect class=\"fill\" x=\"%zu.%04zu\" y=\"%llu\" "
             "width=\"%zu.%04zu\" height=\"%llu\"><title>%s: %s, %s %s"
             "</title></rect>",
             x / 16, x % 16 * 625, (unsigned long long)(BOTTOM - high),
             wide / 16, wide % 16 * 625, (unsigned long long)high, text, money,
             text_count(bins->jobs[at], count),
             bins->jobs[at] == 1 ? "job" : "jobs");
}

/* Labels below: the first, the last, and some between. */
static void put_labels(const struct bins *bins, struct buf *out)
{
    char text[REVIEW_TIME_TEXT];
    size_t every = bins->count / 7 + 1;
    size_t step = (WIDTH - 2 * LEFT) * 16 / (bins->count > 0 ? bins->count : 1);

    for (size_t i = 0, n = 0; i < bins->count; i += every, n++) {
        size_t x = (LEFT * 16 + step * i + step / 2) / 16;
        label(bins, i, i > 0, text);
        /* What would stick out at an end is anchored there. */
        const char *anchor = x < 60           ? "start"
                             : x > WIDTH - 60 ? "end"
                                              : "middle";
        x = x < 60 ? LEFT : x > WIDTH - 60 ? WIDTH - LEFT : x;
        buf_addf(out, "<text x=\"%zu\" y=\"%d\" text-anchor=\"%s\"%s>%s</text>",
                 x, BOTTOM + 22, anchor, n % 2 ? " class=\"alt\"" : "", text);
    }
}

static void put_chart(const struct bins *bins, struct buf *out)
{
    char money[MONEY_TEXT_MAX];

    review_dollars(review_rounded(bins->most, 4), 2, money);
    buf_addf(out,
             "<svg class=\"times\" viewBox=\"0 0 %d %d\" role=\"img\" "
             "aria-label=\"Cost over time\"><text x=\"%d\" y=\"22\">%s</text>"
             "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>"
             "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>",
             WIDTH, HEIGHT, LEFT, money, LEFT, WIDTH - LEFT, TOP - 4, TOP - 4,
             LEFT, WIDTH - LEFT, BOTTOM, BOTTOM);
    for (size_t i = 0; i < bins->count; i++)
        if (bins->jobs[i] > 0)
            put_bin(bins, i, out);
    put_labels(bins, out);
    buf_add_str(out, "</svg>");
}

int review_html_times(const struct review_print *print, struct buf *out,
                      struct err *err)
{
    struct bins *bins;

    if (print->review->moment_count == 0)
        return 0;
    bins = calloc(1, sizeof *bins);
    if (!bins)
        return err_set(err, ERR_MEMORY, "out of memory for a chart");
    int rc = fill_bins(print->review, bins, err);
    if (rc == 0) {
        buf_addf(out,
                 "<section id=\"times\"><h2>Cost by the %s of posting</h2>",
                 bins->hours == 1        ? "hour"
                 : bins->hours == DAY_H  ? "day"
                 : bins->hours == WEEK_H ? "week"
                                         : "weeks");
        put_chart(bins, out);
        buf_add_str(out, "</section>\n");
    }
    free(bins);
    return rc;
}
