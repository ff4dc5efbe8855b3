/*
 * Rows into sums: which group each is in, what it adds, percentiles, hours,
 * and the dearest jobs.
 */
#include "review_group.h"

#include <stdlib.h>
#include <string.h>

#include "review_stats.h"

#define NONE UINT32_MAX

static int too_large(struct err *err)
{
    return err_set(err, ERR_LIMIT,
                   "the costs are too large to add: over $9223372036");
}

/* --- sums ----------------------------------------------------------------- */

static int64_t cost_of(const struct ledger_brief_row *row)
{
    if (row->state != LEDGER_POSTED)
        return LEDGER_UNPRICED;
    return row->final_nano >= 0 ? row->final_nano : row->charged_nano;
}

/* Adds an amount that is known to a sum, and counts it. */
static bool add_known(int64_t *sum, uint64_t *count, int64_t nano)
{
    if (nano < 0)
        return true;
    ++*count;
    return money_add(sum, nano);
}

static bool add_posted(struct review_sum *sum,
                       const struct ledger_brief_row *row)
{
    int64_t cost = cost_of(row);
    uint64_t ignored = 0;

    sum->posted++;
    if (!add_known(&sum->charged_nano, &sum->charged_jobs, row->charged_nano) ||
        !add_known(&sum->final_nano, &sum->final_jobs, row->final_nano) ||
        !add_known(&sum->cost_nano, &sum->cost_jobs, cost))
        return false;
    if (row->final_nano >= 0 && row->charged_nano >= 0 &&
        !money_add(&sum->refund_nano, row->charged_nano - row->final_nano))
        return false;
    return row->outcome != OUTCOME_FAILED ||
           add_known(&sum->failed_nano, &ignored, cost);
}

static bool add_row(struct review_sum *sum, const struct ledger_brief_row *row,
                    int64_t max_nano)
{
    bool doubt =
        row->outcome == OUTCOME_OPEN || row->outcome == OUTCOME_UNKNOWN;
    uint64_t ignored = 0;

    sum->jobs++;
    sum->outcomes[row->outcome]++;
    if (row->state == LEDGER_POSTED || doubt)
        if (!add_known(&sum->max_nano, &sum->max_jobs, max_nano))
            return false;
    if (doubt && !add_known(&sum->doubt_nano, &ignored, max_nano))
        return false;
    return row->state != LEDGER_POSTED || add_posted(sum, row);
}

/* --- hours ---------------------------------------------------------------- */

static int add_moment(struct review_summing *summing, struct review_hour hour,
                      int64_t cost, struct err *err)
{
    struct review *review = summing->review;
    void *moments = review->moments;
    uint32_t at;

    if (review_intern_number(&summing->hours, &hour, sizeof hour, &at, err) < 0)
        return err->code;
    if (at == review->moment_count) {
        if (!ledger_brief_grow(&moments, at, &summing->moment_cap,
                               sizeof *review->moments))
            return err_set(err, ERR_MEMORY, "out of memory for hours");
        review->moments = moments;
        review->moments[at] = (struct review_moment){.hour = hour};
        review->moment_count++;
    }
    review->moments[at].jobs++;
    if (cost >= 0 && !money_add(&review->moments[at].cost_nano, cost))
        return too_large(err);
    return 0;
}

static int compare_moments(const void *a, const void *b)
{
    const struct review_hour *x = &((const struct review_moment *)a)->hour;
    const struct review_hour *y = &((const struct review_moment *)b)->hour;
    int64_t left = (int64_t)x->hour * 60 - x->offset_min;
    int64_t right = (int64_t)y->hour * 60 - y->offset_min;

    return (left > right) - (left < right);
}

/* --- the dearest ---------------------------------------------------------- */

/* Of jobs that cost the same the first ones stay. */
static void offer_dearest(struct review *review, uint32_t row,
                          const struct ledger_brief_row *from)
{
    int64_t cost = cost_of(from);
    size_t at = review->dearest_count;

    if (cost <= 0 ||
        (at == REVIEW_DEAREST && cost <= review->dearest[at - 1].cost_nano))
        return;
    if (at < REVIEW_DEAREST)
        review->dearest_count++;
    else
        at--;
    for (; at > 0 && review->dearest[at - 1].cost_nano < cost; at--)
        review->dearest[at] = review->dearest[at - 1];
    review->dearest[at] =
        (struct review_job){.row = row,
                            .outcome = from->outcome,
                            .charged_nano = from->charged_nano,
                            .final_nano = from->final_nano,
                            .cost_nano = cost};
}

static const char *keep(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

static int name_dearest(void *arg, uint32_t number,
                        const struct ledger_row *row, struct err *err)
{
    struct review_summing *summing = arg;
    struct review *review = summing->review;
    struct arena *arena = &review->arena;
    uint8_t address[BASE58_ADDRESS_LEN];

    for (size_t i = 0; i < review->dearest_count; i++) {
        struct review_job *job = &review->dearest[i];
        if (job->row != number)
            continue;
        const char *market = row->market;
        if (market && base58_address(market, strlen(market), address))
            market = markets_label(summing->options->markets, address, market);
        job->name = keep(arena, row->name.bytes);
        job->id = keep(arena, row->id);
        job->market = keep(arena, market);
        job->address = keep(arena, row->address);
        job->max_nano = row->max_nano;
    }
    return arena_error(arena, "the dearest jobs", err);
}

/* --- all rows ------------------------------------------------------------- */

static int sum_row(struct review_summing *summing, uint32_t number,
                   const struct ledger_brief_row *row, struct err *err)
{
    struct review *review = summing->review;
    struct review_cell cell = review_cells_get(summing->cells, row->cell);
    uint32_t group;

    if (review_group_of(summing, row, &group, err) < 0)
        return err->code;
    if (!add_row(&review->groups[group].sum, row, cell.max_nano) ||
        !add_row(&review->total, row, cell.max_nano))
        return too_large(err);
    if (row->state != LEDGER_POSTED)
        return 0;
    offer_dearest(review, number, row);
    return add_moment(summing, cell.hour, cost_of(row), err);
}

static int sum_rows(struct review_summing *summing, struct err *err)
{
    struct ledger_brief *brief = summing->brief;
    struct ledger_brief_row row;

    for (uint32_t i = 0; i < brief->count; i++) {
        ledger_brief_get(brief, i, &row);
        if (!row.out && sum_row(summing, i, &row, err) < 0)
            return err->code;
    }
    return 0;
}

static int sum_extensions(struct review_summing *summing, struct err *err)
{
    struct review *review = summing->review;
    struct ledger_brief_row row;
    uint32_t group;

    for (size_t i = 0; i < summing->brief->extension_count; i++) {
        const struct ledger_brief_extension *one =
            &summing->brief->extensions[i];
        ledger_brief_get(summing->brief, one->row, &row);
        if (row.out)
            continue;
        if (review_group_of(summing, &row, &group, err) < 0)
            return err->code;
        struct review_sum *sum = &review->groups[group].sum;
        if (!add_known(&sum->extension_nano, &sum->extensions, one->nano) ||
            !add_known(&review->total.extension_nano, &review->total.extensions,
                       one->nano))
            return too_large(err);
    }
    return 0;
}

static void measure(struct review_sum *sum, int64_t *costs)
{
    size_t count = (size_t)sum->cost_jobs;

    if (count == 0)
        return;
    sum->mean_nano = review_stats_mean(sum->cost_nano, count);
    sum->p50_nano =
        review_stats_rank(costs, count, review_stats_percentile(count, 50));
    sum->p95_nano =
        review_stats_rank(costs, count, review_stats_percentile(count, 95));
    sum->largest_nano = review_stats_rank(costs, count, count - 1);
}

/* The costs of each group side by side in the ids' memory, then ranked. */
static int measure_all(struct review_summing *summing, struct err *err)
{
    struct review *review = summing->review;
    struct ledger_brief *brief = summing->brief;
    int64_t *costs = ledger_brief_scratch(brief);
    size_t *next = calloc(review->group_count + 1, sizeof *next);
    struct ledger_brief_row row;
    size_t at = 0;
    uint32_t group = 0;

    if (!next)
        return err_set(err, ERR_MEMORY, "out of memory for groups");
    for (size_t i = 0; i < review->group_count; i++) {
        next[i] = at;
        at += review->groups[i].sum.cost_jobs;
    }
    for (uint32_t i = 0; i < brief->count; i++) {
        ledger_brief_get(brief, i, &row);
        if (row.out || cost_of(&row) < 0)
            continue;
        (void)review_group_of(summing, &row, &group, err);
        costs[next[group]++] = cost_of(&row);
    }
    for (size_t i = 0; i < review->group_count; i++) {
        struct review_sum *sum = &review->groups[i].sum;
        measure(sum, costs + (next[i] - sum->cost_jobs));
    }
    measure(&review->total, costs);
    free(next);
    return 0;
}

/* --- order ---------------------------------------------------------------- */

static int compare_groups(const void *a, const void *b)
{
    const struct review_group *x = a;
    const struct review_group *y = b;

    if (x->sum.cost_nano != y->sum.cost_nano)
        return x->sum.cost_nano < y->sum.cost_nano ? 1 : -1;
    if (x->sum.jobs != y->sum.jobs)
        return x->sum.jobs < y->sum.jobs ? 1 : -1;
    return strcmp(x->parts[0], y->parts[0]);
}

/* By time first where that is what the first name says. */
static int compare_times(const void *a, const void *b)
{
    const struct review_group *x = a;
    const struct review_group *y = b;
    int first = strcmp(x->parts[0], y->parts[0]);

    if (first == 0)
        return compare_groups(a, b);
    int64_t left = (int64_t)x->hour.hour * 60 - x->hour.offset_min;
    int64_t right = (int64_t)y->hour.hour * 60 - y->hour.offset_min;
    return left != right ? (left > right) - (left < right) : first;
}

static void put_in_order(struct review_summing *summing)
{
    struct review *review = summing->review;
    bool time = review_by_is_time(summing->options->by->items[0].kind);

    if (review->group_count > 1)
        qsort(review->groups, review->group_count, sizeof *review->groups,
              time ? compare_times : compare_groups);
    if (review->moment_count > 1)
        qsort(review->moments, review->moment_count, sizeof *review->moments,
              compare_moments);
}

int review_sum_all(struct review *review, struct ledger_brief *brief,
                   const struct review_cells *cells,
                   const struct review_options *options, struct err *err)
{
    struct review_summing summing = {
        .review = review, .brief = brief, .cells = cells, .options = options};
    uint32_t rows[REVIEW_DEAREST];

    int rc = review_group_begin(&summing, err);
    if (rc == 0)
        rc = sum_rows(&summing, err);
    if (rc == 0)
        rc = sum_extensions(&summing, err);
    for (size_t i = 0; i < review->dearest_count; i++)
        rows[i] = review->dearest[i].row;
    if (rc == 0)
        rc = ledger_brief_some(brief, rows, review->dearest_count, name_dearest,
                               &summing, err);
    if (rc == 0)
        rc = measure_all(&summing, err);
    if (rc == 0)
        put_in_order(&summing);
    review_group_end(&summing);
    return rc;
}
