/*
 * The page's tables.
 */
#include <string.h>

#include "review_html.h"
#include "text.h"

#define FLUSH_LEN 65536

static void open_table(struct buf *out)
{
    buf_add_str(out, "<div class=\"wide\"><table><thead><tr>");
}

static void close_table(struct buf *out)
{
    buf_add_str(out, "</tbody></table></div>");
}

static void put_more(struct buf *out, size_t count)
{
    char text[TEXT_HUMAN_MAX];

    if (count > REVIEW_HTML_ROWS_MAX)
        buf_addf(out,
                 "<p class=\"note\">and %s more: <code>--format csv</code> has "
                 "them all</p>",
                 text_count(count - REVIEW_HTML_ROWS_MAX, text));
}

static void put_heads(const struct review_by *by, struct buf *out)
{
    for (size_t i = 0; i < by->count; i++)
        review_html_head_cell(out, by->items[i].name, false);
}

static void put_parts(const struct review_by *by, struct json *doc,
                      const struct review_group *group, struct buf *out)
{
    for (size_t i = 0; i < by->count; i++) {
        buf_add_str(out, "<td class=\"name\">");
        review_html_part(out, doc, group->parts[i]);
        buf_add_str(out, "</td>");
    }
}

/* What a money column has: the places that it needs, and the largest. */
struct column {
    unsigned places;
    int64_t largest;
};

static void learn(struct column *column, int64_t nano)
{
    unsigned need = review_places(nano);
    int64_t size = nano < 0 ? -nano : nano;

    column->places = need > column->places ? need : column->places;
    column->largest = size > column->largest ? size : column->largest;
}

static unsigned places_of(const struct column *column)
{
    return review_shown_places(column->places > 2 ? column->places : 2,
                               column->largest);
}

struct places {
    unsigned cost, mean, p50, p95, largest, failed;
};

static struct places group_places(const struct review *review, size_t count)
{
    struct column cost = {0}, mean = {0}, p50 = {0}, p95 = {0}, top = {0};
    struct column failed = {0};

    for (size_t i = 0; i < count; i++) {
        const struct review_sum *sum = &review->groups[i].sum;
        if (sum->cost_jobs == 0)
            continue;
        learn(&cost, sum->cost_nano);
        learn(&mean, sum->mean_nano);
        learn(&p50, sum->p50_nano);
        learn(&p95, sum->p95_nano);
        learn(&top, sum->largest_nano);
        learn(&failed, sum->failed_nano);
    }
    return (struct places){places_of(&cost), places_of(&mean),
                           places_of(&p50),  places_of(&p95),
                           places_of(&top),  places_of(&failed)};
}

static void put_group(const struct review_sum *sum, int64_t most,
                      const struct places *places, bool failed, struct buf *out)
{
    bool known = sum->cost_jobs > 0;
    uint64_t bad = sum->outcomes[OUTCOME_FAILED];

    review_html_cell_money(out, sum->cost_nano, places->cost, known);
    buf_truncate(out, out->len - strlen("</td>"));
    review_html_bar(out, sum->cost_nano, sum->failed_nano, most);
    buf_add_str(out, "</td>");
    review_html_cell_count(out, sum->jobs, true);
    review_html_cell_money(out, sum->mean_nano, places->mean, known);
    review_html_cell_money(out, sum->p50_nano, places->p50, known);
    review_html_cell_money(out, sum->p95_nano, places->p95, known);
    review_html_cell_money(out, sum->largest_nano, places->largest, known);
    if (failed) {
        review_html_cell_count(out, bad, true);
        review_html_cell_money(out, sum->failed_nano, places->failed, bad > 0);
    }
}

static int64_t dearest_group(const struct review *review)
{
    int64_t most = 0;

    for (size_t i = 0; i < review->group_count; i++)
        if (review->groups[i].sum.cost_nano > most)
            most = review->groups[i].sum.cost_nano;
    return most;
}

static void put_group_heads(const struct review_print *print, bool failed,
                            struct buf *out)
{
    static const char *const names[] = {"cost",   "jobs",       "mean",
                                        "p50",    "p95",        "largest",
                                        "failed", "failed cost"};

    open_table(out);
    put_heads(print->by, out);
    for (size_t i = 0; i < (failed ? 8 : 6); i++)
        review_html_head_cell(out, names[i], true);
    buf_add_str(out, "</tr></thead><tbody>");
}

int review_html_groups(const struct review_print *print, struct buf *out,
                       struct err *err)
{
    const struct review *review = print->review;
    size_t count = review->group_count < REVIEW_HTML_ROWS_MAX
                       ? review->group_count
                       : REVIEW_HTML_ROWS_MAX;
    bool failed = review->total.outcomes[OUTCOME_FAILED] > 0;
    struct places places = group_places(review, count);
    int64_t most = dearest_group(review);
    struct json doc;
    int rc = 0;

    json_init(&doc);
    buf_add_str(out, "<section class=\"long\" id=\"groups\"><h2>Cost by ");
    for (size_t i = 0; i < print->by->count; i++) {
        buf_add_str(out, i > 0 ? ", " : "");
        review_html_text(out, print->by->items[i].name);
    }
    buf_add_str(out, "</h2>");
    put_group_heads(print, failed, out);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        buf_add_str(out, "\n<tr>");
        put_parts(print->by, &doc, &review->groups[i], out);
        put_group(&review->groups[i].sum, most, &places, failed, out);
        buf_add_str(out, "</tr>");
        if (out->len > FLUSH_LEN)
            rc = review_print_flush(print, out, err);
    }
    close_table(out);
    put_more(out, review->group_count);
    buf_add_str(out, "</section>\n");
    json_release(&doc);
    return rc;
}

/* --- what changed --------------------------------------------------------- */

static void put_change(const struct review_pair *pair, unsigned places,
                       unsigned mean, struct buf *out)
{
    static const struct review_sum nothing;
    const struct review_sum *now = pair->now ? &pair->now->sum : &nothing;
    const struct review_sum *was = pair->was ? &pair->was->sum : &nothing;
    const char *tone = pair->change_nano > 0   ? " more"
                       : pair->change_nano < 0 ? " less"
                                               : "";

    review_html_cell_text(out, review_change_name(pair->change));
    buf_addf(out, "<td class=\"n%s\" data-sort=\"%lld\">", tone,
             (long long)pair->change_nano);
    review_html_money(out, pair->change_nano, places, true);
    buf_add_str(out, "</td>");
    review_html_cell_money(out, was->cost_nano, places, was->cost_jobs > 0);
    review_html_cell_money(out, now->cost_nano, places, now->cost_jobs > 0);
    review_html_cell_count(out, was->jobs, pair->was != NULL);
    review_html_cell_count(out, now->jobs, pair->now != NULL);
    review_html_cell_money(out, was->mean_nano, mean, was->cost_jobs > 0);
    review_html_cell_money(out, now->mean_nano, mean, now->cost_jobs > 0);
}

static void put_change_heads(const struct review_print *print, struct buf *out)
{
    static const char *const names[] = {"by",        "cost was", "cost is",
                                        "jobs were", "jobs are", "mean was",
                                        "mean is"};

    buf_add_str(out, "<section class=\"long\" id=\"changes\"><h2>Since ");
    if (print->was->ledger_count == 1)
        review_html_text(out, print->was->ledgers[0].path);
    else
        buf_addf(out, "%zu ledgers", print->was->ledger_count);
    buf_add_str(out, "</h2><p class=\"sub\">Cost then: ");
    review_html_money(out, print->was->total.cost_nano, 4, true);
    buf_add_str(out, ", now: ");
    review_html_money(out, print->review->total.cost_nano, 4, true);
    buf_add_str(out, "</p>");
    open_table(out);
    put_heads(print->by, out);
    review_html_head_cell(out, "change", false);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        review_html_head_cell(out, names[i], true);
    buf_add_str(out, "</tr></thead><tbody>");
}

int review_html_changes(const struct review_print *print, struct buf *out,
                        struct err *err)
{
    size_t count = print->pair_count < REVIEW_HTML_ROWS_MAX
                       ? print->pair_count
                       : REVIEW_HTML_ROWS_MAX;
    struct column cost = {0}, mean = {0};
    struct json doc;
    int rc = 0;

    for (size_t i = 0; i < count; i++) {
        const struct review_pair *pair = &print->pairs[i];
        learn(&cost, pair->change_nano);
        if (pair->now)
            learn(&mean, pair->now->sum.mean_nano);
        if (pair->was)
            learn(&mean, pair->was->sum.mean_nano);
    }
    json_init(&doc);
    put_change_heads(print, out);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct review_pair *pair = &print->pairs[i];
        buf_add_str(out, "\n<tr>");
        put_parts(print->by, &doc, review_pair_group(pair), out);
        put_change(pair, places_of(&cost), places_of(&mean), out);
        buf_add_str(out, "</tr>");
        if (out->len > FLUSH_LEN)
            rc = review_print_flush(print, out, err);
    }
    close_table(out);
    put_more(out, print->pair_count);
    buf_add_str(out, "</section>\n");
    json_release(&doc);
    return rc;
}

/* --- jobs and ledgers ----------------------------------------------------- */

void review_html_dearest(const struct review_print *print, struct buf *out)
{
    const struct review *review = print->review;
    struct column charged = {0}, cost = {0};

    for (size_t i = 0; i < review->dearest_count; i++) {
        if (review->dearest[i].charged_nano >= 0)
            learn(&charged, review->dearest[i].charged_nano);
        learn(&cost, review->dearest[i].cost_nano);
    }
    buf_add_str(out, "<section id=\"dearest\"><h2>Dearest jobs</h2>");
    open_table(out);
    review_html_head_cell(out, "job", false);
    review_html_head_cell(out, "cost", true);
    review_html_head_cell(out, "charged", true);
    review_html_head_cell(out, "state", false);
    review_html_head_cell(out, "market", false);
    review_html_head_cell(out, "address", false);
    buf_add_str(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < review->dearest_count; i++) {
        const struct review_job *job = &review->dearest[i];
        buf_add_str(out, "\n<tr><td class=\"name job\">");
        review_html_text(out, job->name ? job->name : "–");
        buf_add_str(out, "</td>");
        review_html_cell_money(out, job->cost_nano, places_of(&cost), true);
        review_html_cell_money(out, job->charged_nano, places_of(&charged),
                               job->charged_nano >= 0);
        review_html_cell_text(out, ledger_outcome_name(job->outcome));
        review_html_cell_text(out, job->market);
        buf_add_str(out, "<td class=\"long\">");
        review_html_text(out, job->address ? job->address : "–");
        buf_add_str(out, "</td></tr>");
    }
    close_table(out);
    buf_add_str(out, "</section>\n");
}

void review_html_ledgers(const struct review_print *print, struct buf *out)
{
    const struct review *review = print->review;

    buf_add_str(out, "<section id=\"ledgers\"><h2>Ledgers</h2>");
    open_table(out);
    review_html_head_cell(out, "ledger", false);
    review_html_head_cell(out, "batch", false);
    review_html_head_cell(out, "records", true);
    review_html_head_cell(out, "jobs", true);
    review_html_head_cell(out, "counted elsewhere", true);
    review_html_head_cell(out, "id", false);
    buf_add_str(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < review->ledger_count; i++) {
        const struct review_ledger *ledger = &review->ledgers[i];
        buf_add_str(out, "\n<tr><td class=\"name job\">");
        review_html_text(out, ledger->path);
        buf_add_str(out, "</td>");
        review_html_cell_text(out, ledger->batch);
        review_html_cell_count(out, ledger->records, true);
        review_html_cell_count(out, ledger->jobs, true);
        review_html_cell_count(out, ledger->twice, true);
        buf_add_str(out, "<td class=\"long\">");
        review_html_text(out, ledger->id);
        buf_add_str(out, "</td></tr>");
    }
    close_table(out);
    buf_add_str(out, "</section>\n");
}
