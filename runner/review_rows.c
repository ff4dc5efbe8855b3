/*
 * The review's rows: what stands in each column of a group or of a pair.
 */
#include "review_print.h"

#include <string.h>

#define TEXTS_MAX ((size_t)64 << 20)

static const char *const group_columns[] = {
    "jobs",       "posted",      "cost_usd",     "mean_usd",
    "p50_usd",    "p95_usd",     "largest_usd",  "max_usd",
    "max_jobs",   "charged_usd", "charged_jobs", "final_usd",
    "final_jobs", "refund_usd",  "extensions",   "extension_usd",
    "failed",     "failed_usd",  "unknown",      "never_submitted",
};
#define GROUP_COLUMNS (sizeof group_columns / sizeof group_columns[0])

static const char *const pair_columns[] = {
    "change", "change_usd", "cost_usd", "was_usd",
    "jobs",   "was_jobs",   "mean_usd", "was_mean_usd",
};
#define PAIR_COLUMNS (sizeof pair_columns / sizeof pair_columns[0])

void review_rows_init(struct review_rows *rows)
{
    memset(rows, 0, sizeof *rows);
    buf_init(&rows->names, TEXTS_MAX);
    buf_init(&rows->texts, TEXTS_MAX);
    json_init(&rows->doc);
}

void review_rows_release(struct review_rows *rows)
{
    buf_release(&rows->names);
    buf_release(&rows->texts);
    json_release(&rows->doc);
}

static bool is_taken(const char *name, const char *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(columns[i], name) == 0)
            return true;
    return false;
}

int review_rows_columns(struct review_rows *rows, const struct review_by *by,
                        bool pairs, struct err *err)
{
    const char *const *columns = pairs ? pair_columns : group_columns;
    size_t count = pairs ? PAIR_COLUMNS : GROUP_COLUMNS;
    size_t need = 0;

    for (size_t i = 0; i < by->count; i++)
        need += strlen(by->items[i].name) + sizeof "params.";
    if (!buf_room(&rows->names, need))
        return buf_error(&rows->names, "the review's columns", err);
    rows->count = 0;
    for (size_t i = 0; i < by->count; i++) {
        size_t start = rows->names.len;
        if (is_taken(by->items[i].name, columns, count))
            buf_add_str(&rows->names, "params.");
        buf_add(&rows->names, by->items[i].name, strlen(by->items[i].name) + 1);
        rows->columns[rows->count++].name = buf_str(&rows->names) + start;
    }
    for (size_t i = 0; i < count; i++)
        rows->columns[rows->count++] = (struct report_column){
            columns[i], strcmp(columns[i], "change") != 0};
    return buf_error(&rows->names, "the review's columns", err);
}

void review_part_text(struct json *doc, const char *part, struct buf *out)
{
    struct err ignored = ERR_INIT;
    int rc = json_parse(doc, part, strlen(part), &ignored);

    if (rc == ERR_MEMORY)
        out->failed = rc;
    if (rc < 0)
        buf_add_str(out, part);
    else if (doc->nodes[0].type == JSON_STRING)
        json_string(doc, 0, out);
    else
        buf_add_str(out, part);
}

/* The cells of a group's parts; their texts are in rows->texts. */
static int fill_parts(struct review_rows *rows, const struct review_by *by,
                      const struct review_group *group, struct err *err)
{
    size_t need = 0;

    buf_clear(&rows->texts);
    for (size_t i = 0; i < by->count; i++)
        need += strlen(group->parts[i]);
    /* Cells point into it: it must not move. */
    if (!buf_room(&rows->texts, need + 1))
        return buf_error(&rows->texts, "a group", err);
    for (size_t i = 0; i < by->count; i++) {
        const char *part = group->parts[i];
        size_t start = rows->texts.len;
        size_t len = strlen(part);
        if (strcmp(part, "null") == 0) {
            rows->cells[i] = report_none();
        } else if (part[0] == '"') {
            review_part_text(&rows->doc, part, &rows->texts);
            rows->cells[i] = report_bytes(buf_str(&rows->texts) + start,
                                          rows->texts.len - start);
        } else if (part[0] == '-' || (part[0] >= '0' && part[0] <= '9')) {
            rows->cells[i] = report_number(part, len);
        } else {
            rows->cells[i] = report_json(part, len);
        }
    }
    return buf_error(&rows->texts, "a group", err);
}

static struct report_cell count_cell(uint64_t count)
{
    return report_integer((int64_t)count);
}

/* An amount over count jobs; none where there is no such job. */
static struct report_cell money_cell(int64_t nano, uint64_t count)
{
    return count > 0 ? report_money(nano) : report_none();
}

int review_rows_group(struct review_rows *rows, const struct review_by *by,
                      const struct review_group *group, struct err *err)
{
    const struct review_sum *sum = &group->sum;
    const struct report_cell cells[GROUP_COLUMNS] = {
        count_cell(sum->jobs),
        count_cell(sum->posted),
        money_cell(sum->cost_nano, sum->cost_jobs),
        money_cell(sum->mean_nano, sum->cost_jobs),
        money_cell(sum->p50_nano, sum->cost_jobs),
        money_cell(sum->p95_nano, sum->cost_jobs),
        money_cell(sum->largest_nano, sum->cost_jobs),
        money_cell(sum->max_nano, sum->max_jobs),
        count_cell(sum->max_jobs),
        money_cell(sum->charged_nano, sum->charged_jobs),
        count_cell(sum->charged_jobs),
        money_cell(sum->final_nano, sum->final_jobs),
        count_cell(sum->final_jobs),
        money_cell(sum->refund_nano, sum->final_jobs),
        count_cell(sum->extensions),
        money_cell(sum->extension_nano, sum->extensions),
        count_cell(sum->outcomes[OUTCOME_FAILED]),
        money_cell(sum->failed_nano, sum->outcomes[OUTCOME_FAILED]),
        count_cell(sum->outcomes[OUTCOME_OPEN] +
                   sum->outcomes[OUTCOME_UNKNOWN]),
        count_cell(review_never_submitted(sum)),
    };

    memcpy(rows->cells + by->count, cells, sizeof cells);
    return fill_parts(rows, by, group, err);
}

int review_rows_pair(struct review_rows *rows, const struct review_by *by,
                     const struct review_pair *pair, struct err *err)
{
    static const struct review_sum nothing;
    const struct review_sum *now = pair->now ? &pair->now->sum : &nothing;
    const struct review_sum *was = pair->was ? &pair->was->sum : &nothing;
    const struct report_cell cells[PAIR_COLUMNS] = {
        report_text(review_change_name(pair->change)),
        report_money(pair->change_nano),
        money_cell(now->cost_nano, now->cost_jobs),
        money_cell(was->cost_nano, was->cost_jobs),
        pair->now ? count_cell(now->jobs) : report_none(),
        pair->was ? count_cell(was->jobs) : report_none(),
        money_cell(now->mean_nano, now->cost_jobs),
        money_cell(was->mean_nano, was->cost_jobs),
    };

    memcpy(rows->cells + by->count, cells, sizeof cells);
    return fill_parts(rows, by, review_pair_group(pair), err);
}
