/*
 * The review as a person reads it: the costs, what they came from, the
 * groups, the dearest jobs, and what is still open.
 */
#include <stdlib.h>
#include <string.h>

#include "review_grid.h"
#include "text.h"

#define OUT_MAX     ((size_t)16 << 20)
#define GROUPS_MAX  40 /* shown */
#define LABEL_WIDTH 15
#define WIDE        100 /* columns of a terminal */

/* A money column: all its amounts get the places that one of them needs. */
static unsigned needed(unsigned places, int64_t nano)
{
    unsigned need = review_places(nano);

    return need > places ? need : places;
}

static void put_spaces(struct buf *out, size_t count)
{
    while (count-- > 0)
        buf_add_char(out, ' ');
}

static void put_right(struct buf *out, size_t width, const char *text)
{
    size_t len = strlen(text);

    put_spaces(out, width > len ? width - len : 0);
    buf_add_str(out, text);
}

/* --- the costs ------------------------------------------------------------ */

struct line {
    const char *label;
    uint64_t count;
    int64_t nano; /* LEDGER_UNPRICED: no amount */
    const char *note;
};

#define LINES_MAX 10

struct lines {
    struct line items[LINES_MAX];
    size_t count;
};

static void add_line(struct lines *lines, const char *label, uint64_t count,
                     int64_t nano, const char *note)
{
    lines->items[lines->count++] = (struct line){label, count, nano, note};
}

static struct lines cost_lines(const struct review_sum *sum)
{
    struct lines lines = {.count = 0};
    uint64_t failed = sum->outcomes[OUTCOME_FAILED];
    uint64_t doubt =
        sum->outcomes[OUTCOME_OPEN] + sum->outcomes[OUTCOME_UNKNOWN];

    add_line(&lines, "max", sum->max_jobs, sum->max_nano,
             "what they could cost at most");
    add_line(&lines, "charged", sum->charged_jobs, sum->charged_nano,
             "held or charged so far");
    if (sum->extensions > 0)
        add_line(&lines, "  extensions", sum->extensions, sum->extension_nano,
                 "of that, for more time");
    add_line(&lines, "final", sum->final_jobs,
             sum->final_jobs > 0 ? sum->final_nano : LEDGER_UNPRICED,
             "by how long they ran");
    if (sum->final_jobs > 0)
        add_line(&lines, "refunded", sum->final_jobs, sum->refund_nano,
                 "charged less final");
    add_line(&lines, "cost", sum->cost_jobs, sum->cost_nano,
             "final where known, else charged");
    if (failed > 0)
        add_line(&lines, "  failed", failed, sum->failed_nano,
                 "of that, for jobs that failed");
    if (doubt > 0)
        add_line(&lines, "unknown", doubt, sum->doubt_nano,
                 "may exist; at most, not in the cost");
    if (review_never_submitted(sum) > 0)
        add_line(&lines, "never submitted", review_never_submitted(sum),
                 LEDGER_UNPRICED, "not priced");
    return lines;
}

static void put_lines(struct buf *out, const struct lines *lines)
{
    unsigned places = 2;
    size_t width = 0, count_width = 4;
    char text[MONEY_TEXT_MAX], count[TEXT_HUMAN_MAX];

    for (size_t i = 0; i < lines->count; i++)
        if (lines->items[i].nano != LEDGER_UNPRICED)
            places = needed(places, lines->items[i].nano);
    for (size_t i = 0; i < lines->count; i++) {
        size_t len = 0;
        if (lines->items[i].nano != LEDGER_UNPRICED)
            len = review_dollars(lines->items[i].nano, places, text);
        width = len > width ? len : width;
        len = strlen(text_count(lines->items[i].count, count));
        count_width = len > count_width ? len : count_width;
    }
    put_spaces(out, LABEL_WIDTH + 2);
    put_right(out, count_width, "jobs");
    buf_add_char(out, '\n');
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->items[i];
        buf_add_str(out, line->label);
        put_spaces(out, LABEL_WIDTH + 2 - strlen(line->label));
        put_right(out, count_width, text_count(line->count, count));
        review_dollars(line->nano, places, text);
        put_right(out, width + 2, line->nano == LEDGER_UNPRICED ? "-" : text);
        buf_addf(out, "  %s\n", line->note);
    }
}

static void put_jobs(struct buf *out, uint64_t jobs)
{
    char count[TEXT_HUMAN_MAX];

    buf_addf(out, "%s %s", text_count(jobs, count), jobs == 1 ? "job" : "jobs");
}

static void put_visible(struct buf *out, const char *text)
{
    text_visible(out, text, strlen(text));
}

/* "150 jobs of sweep.ledger.jsonl, posted 2026-11-20 to 2026-11-23 (UTC)" */
static void put_title(const struct review_print *print, struct buf *out)
{
    const struct review *review = print->review;
    char first[REVIEW_TIME_TEXT], last[REVIEW_TIME_TEXT];
    bool several = review_days(review, first, last);

    put_jobs(out, review->total.jobs);
    buf_add_str(out, " of ");
    if (review->ledger_count == 1)
        put_visible(out, review->ledgers[0].path);
    else
        buf_addf(out, "%zu ledgers", review->ledger_count);
    if (first[0])
        buf_addf(out, ", posted %s%s%s (%s)", first, several ? " to " : "",
                 several ? last : "", print->time->zone);
    buf_add_char(out, '\n');
    if (print->opt->where) {
        buf_add_str(out, "only those where ");
        put_visible(out, print->opt->where);
        buf_add_char(out, '\n');
    }
    buf_add_char(out, '\n');
}

/* --- the tables ----------------------------------------------------------- */

/* On a narrow terminal some columns would break the lines. */
static bool is_wide(const struct review_print *print)
{
    return print->app->out_width == 0 || print->app->out_width >= WIDE;
}

static int print_groups(const struct review_print *print, struct err *err)
{
    const struct review *review = print->review;
    size_t count = review->group_count;
    bool failed = review->total.outcomes[OUTCOME_FAILED] > 0;
    struct review_grid grid;

    count = count < GROUPS_MAX ? count : GROUPS_MAX;
    review_grid_init(&grid);
    for (size_t i = 0; i < print->by->count; i++)
        review_grid_column(&grid, print->by->items[i].name, false);
    review_grid_column(&grid, "jobs", true);
    review_grid_column(&grid, "cost", true);
    review_grid_column(&grid, "mean", true);
    review_grid_column(&grid, "p50", true);
    review_grid_column(&grid, "p95", true);
    review_grid_column(&grid, "largest", true);
    if (failed)
        review_grid_column(&grid, "failed", true);
    for (size_t i = 0; i < count; i++) {
        const struct review_sum *sum = &review->groups[i].sum;
        for (size_t p = 0; p < print->by->count; p++)
            review_grid_part(&grid, review->groups[i].parts[p]);
        review_grid_count(&grid, sum->jobs, true);
        review_grid_money(&grid, sum->cost_nano, sum->cost_jobs > 0);
        review_grid_money(&grid, sum->mean_nano, sum->cost_jobs > 0);
        review_grid_money(&grid, sum->p50_nano, sum->cost_jobs > 0);
        review_grid_money(&grid, sum->p95_nano, sum->cost_jobs > 0);
        review_grid_money(&grid, sum->largest_nano, sum->cost_jobs > 0);
        if (failed)
            review_grid_failed(&grid, sum->outcomes[OUTCOME_FAILED],
                               sum->failed_nano, review->total.failed_nano);
    }
    int rc = review_grid_print(&grid, print, err);
    review_grid_release(&grid);
    return rc;
}

static int print_dearest(const struct review_print *print, struct err *err)
{
    const struct review *review = print->review;
    bool wide = is_wide(print);
    struct review_grid grid;

    review_grid_init(&grid);
    review_grid_column(&grid, "dearest jobs", false);
    review_grid_column(&grid, "state", false);
    review_grid_column(&grid, "market", false);
    review_grid_column(&grid, "charged", true);
    review_grid_column(&grid, "cost", true);
    if (wide)
        review_grid_column(&grid, "address", false);
    for (size_t i = 0; i < review->dearest_count; i++) {
        const struct review_job *job = &review->dearest[i];
        review_grid_text(&grid, job->name);
        review_grid_text(&grid, ledger_outcome_name(job->outcome));
        review_grid_text(&grid, job->market);
        review_grid_money(&grid, job->charged_nano, job->charged_nano >= 0);
        review_grid_money(&grid, job->cost_nano, true);
        if (wide)
            review_grid_text(&grid, job->address);
    }
    int rc = review_grid_print(&grid, print, err);
    review_grid_release(&grid);
    return rc;
}

static int print_changes(const struct review_print *print, struct err *err)
{
    size_t count =
        print->pair_count < GROUPS_MAX ? print->pair_count : GROUPS_MAX;
    static const struct review_sum nothing;
    bool means = is_wide(print);
    struct review_grid grid;

    review_grid_init(&grid);
    for (size_t i = 0; i < print->by->count; i++)
        review_grid_column(&grid, print->by->items[i].name, false);
    review_grid_column(&grid, "what", false);
    review_grid_column(&grid, "change", true);
    review_grid_column(&grid, "was", true);
    review_grid_column(&grid, "cost", true);
    review_grid_column(&grid, "jobs", true);
    if (means) {
        review_grid_column(&grid, "mean was", true);
        review_grid_column(&grid, "mean", true);
    }
    for (size_t i = 0; i < count; i++) {
        const struct review_pair *pair = &print->pairs[i];
        const struct review_group *group = review_pair_group(pair);
        const struct review_sum *now = pair->now ? &pair->now->sum : &nothing;
        const struct review_sum *was = pair->was ? &pair->was->sum : &nothing;
        for (size_t p = 0; p < print->by->count; p++)
            review_grid_part(&grid, group->parts[p]);
        review_grid_text(&grid, review_change_name(pair->change));
        review_grid_money(&grid, pair->change_nano, true);
        review_grid_money(&grid, was->cost_nano, was->cost_jobs > 0);
        review_grid_money(&grid, now->cost_nano, now->cost_jobs > 0);
        review_grid_counts(&grid, was->jobs, pair->was != NULL, now->jobs,
                           pair->now != NULL);
        if (means) {
            review_grid_money(&grid, was->mean_nano, was->cost_jobs > 0);
            review_grid_money(&grid, now->mean_nano, now->cost_jobs > 0);
        }
    }
    int rc = review_grid_print(&grid, print, err);
    review_grid_release(&grid);
    return rc;
}

/* "and 12 more (--format csv has them all)" */
static void put_more(struct buf *out, size_t count)
{
    char text[TEXT_HUMAN_MAX];

    if (count > GROUPS_MAX)
        buf_addf(out, "and %s more (--format csv has them all)\n",
                 text_count(count - GROUPS_MAX, text));
}

/* "since old.jsonl: $4.10 more ($12.00, was $7.90)" */
static void put_change(const struct review_print *print, struct buf *out)
{
    int64_t now = print->review->total.cost_nano;
    int64_t was = print->was->total.cost_nano;
    char text[3][MONEY_TEXT_MAX];

    money_format_short(now < was ? was - now : now - was, text[0]);
    money_format_short(now, text[1]);
    money_format_short(was, text[2]);
    buf_add_str(out, "\nsince ");
    if (print->was->ledger_count == 1)
        put_visible(out, print->was->ledgers[0].path);
    else
        buf_addf(out, "%zu ledgers", print->was->ledger_count);
    if (now == was)
        buf_addf(out, ": the same, %s\n", text[1]);
    else
        buf_addf(out, ": %s %s (%s, was %s)\n", text[0],
                 now < was ? "less" : "more", text[1], text[2]);
}

/* What is still open, and the next command to type. */
static void put_notes(const struct review_print *print, struct buf *out)
{
    const struct review *review = print->review;
    const struct review_sum *total = &review->total;
    char count[2][TEXT_HUMAN_MAX];

    if (total->final_jobs < total->posted) {
        buf_addf(out, "\n%s of %s jobs have a final cost; run `nosbatch status",
                 text_count(total->final_jobs, count[0]),
                 text_count(total->posted, count[1]));
        for (size_t i = 0; i < review->ledger_count && i < 3; i++) {
            buf_add_char(out, ' ');
            put_visible(out, review->ledgers[i].path);
        }
        buf_add_str(out, review->ledger_count > 3 ? " …`\n" : "`\n");
    }
    for (size_t i = 0; i < review->ledger_count; i++) {
        if (review->ledgers[i].twice == 0)
            continue;
        put_visible(out, review->ledgers[i].path);
        buf_addf(out,
                 ": %s of its jobs are in another ledger, too, and "
                 "counted there\n",
                 text_count(review->ledgers[i].twice, count[0]));
    }
}

static int print_all(const struct review_print *print, struct buf *out,
                     struct err *err)
{
    const struct review *review = print->review;
    struct lines lines = cost_lines(&review->total);

    put_title(print, out);
    put_lines(out, &lines);
    buf_add_char(out, '\n');
    if (review_print_flush(print, out, err) < 0)
        return err->code;
    if (review->group_count > 0 && print_groups(print, err) < 0)
        return err->code;
    put_more(out, review->group_count);
    if (print->was) {
        put_change(print, out);
        if (review_print_flush(print, out, err) < 0 ||
            print_changes(print, err) < 0)
            return err->code;
        put_more(out, print->pair_count);
    }
    buf_add_str(out, review->dearest_count > 0 ? "\n" : "");
    if (review_print_flush(print, out, err) < 0 ||
        (review->dearest_count > 0 && print_dearest(print, err) < 0))
        return err->code;
    put_notes(print, out);
    return review_print_flush(print, out, err);
}

int review_print_table(const struct review_print *print, struct err *err)
{
    struct buf out;

    buf_init(&out, OUT_MAX);
    int rc = print_all(print, &out, err);
    buf_release(&out);
    return rc;
}
