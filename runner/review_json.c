/*
 * The whole review as one JSON object.
 */
#include <string.h>

#include "review_print.h"
#include "text.h"

#define OUT_MAX   ((size_t)64 << 20)
#define FLUSH_LEN 65536

static void put_text(struct buf *out, const char *text)
{
    struct buf quoted;

    if (!text) {
        buf_add_str(out, "null");
        return;
    }
    buf_init(&quoted, OUT_MAX);
    json_quote(&quoted, text, strlen(text));
    text_json(out, buf_str(&quoted), quoted.len);
    if (quoted.failed)
        out->failed = quoted.failed;
    buf_release(&quoted);
}

static void put_money(struct buf *out, int64_t nano, bool known)
{
    char text[MONEY_TEXT_MAX];

    if (!known) {
        buf_add_str(out, "null");
        return;
    }
    money_format(nano, text);
    buf_addf(out, "\"%s\"", text);
}

static void put_cell(struct buf *out, const struct report_cell *cell)
{
    struct buf quoted;

    switch (cell->kind) {
    case REPORT_NONE:
        buf_add_str(out, "null");
        break;
    case REPORT_TEXT:
        buf_init(&quoted, OUT_MAX);
        json_quote(&quoted, cell->text, cell->len);
        text_json(out, buf_str(&quoted), quoted.len);
        buf_release(&quoted);
        break;
    case REPORT_JSON:
    case REPORT_NUMBER:
        text_json(out, cell->text, cell->len);
        break;
    case REPORT_INTEGER:
        buf_addf(out, "%lld", (long long)cell->number);
        break;
    case REPORT_MONEY:
        put_money(out, cell->number, true);
        break;
    }
}

/* An object of the row's cells from column `from` on. */
static void put_row(struct buf *out, const struct review_rows *rows,
                    size_t from)
{
    for (size_t i = from; i < rows->count; i++) {
        buf_add_char(out, i == from ? '{' : ',');
        put_text(out, rows->columns[i].name);
        buf_add_char(out, ':');
        put_cell(out, &rows->cells[i]);
    }
    buf_add_char(out, '}');
}

static void put_ledgers(struct buf *out, const struct review *review)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < review->ledger_count; i++) {
        const struct review_ledger *ledger = &review->ledgers[i];
        buf_add_str(out, i > 0 ? ",{\"path\":" : "{\"path\":");
        put_text(out, ledger->path);
        buf_add_str(out, ",\"id\":");
        put_text(out, ledger->id);
        buf_add_str(out, ",\"batch\":");
        put_text(out, ledger->batch);
        buf_addf(out,
                 ",\"records\":%llu,\"jobs\":%llu,\"counted_elsewhere\":%llu,"
                 "\"torn_bytes\":%llu}",
                 (unsigned long long)ledger->records,
                 (unsigned long long)ledger->jobs,
                 (unsigned long long)ledger->twice,
                 (unsigned long long)ledger->torn_bytes);
    }
    buf_add_char(out, ']');
}

/* The total: a group's columns, and what became of the jobs. */
static int put_total(struct buf *out, const struct review *review,
                     struct err *err)
{
    static const struct review_by nothing;
    const struct review_group group = {.sum = review->total};
    struct review_rows rows;

    review_rows_init(&rows);
    int rc = review_rows_columns(&rows, &nothing, false, err);
    if (rc == 0)
        rc = review_rows_group(&rows, &nothing, &group, err);
    if (rc == 0) {
        put_row(out, &rows, 0);
        buf_truncate(out, out->len - 1);
        buf_add_str(out, ",\"unknown_max_usd\":");
        put_money(out, review->total.doubt_nano, true);
        buf_add_str(out, ",\"states\":");
        for (int i = 0; i < OUTCOMES; i++)
            buf_addf(out, "%s\"%s\":%llu", i > 0 ? "," : "{",
                     ledger_outcome_name((enum ledger_outcome_kind)i),
                     (unsigned long long)review->total.outcomes[i]);
        buf_add_str(out, "}}");
    }
    review_rows_release(&rows);
    return rc;
}

/* The groups or the pairs as a list, written out as it grows. */
static int put_list(const struct review_print *print, struct buf *out,
                    bool pairs, struct err *err)
{
    size_t count = pairs ? print->pair_count : print->review->group_count;
    struct review_rows rows;

    review_rows_init(&rows);
    int rc = review_rows_columns(&rows, print->by, pairs, err);
    buf_add_char(out, '[');
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = pairs ? review_rows_pair(&rows, print->by, &print->pairs[i], err)
                   : review_rows_group(&rows, print->by,
                                       &print->review->groups[i], err);
        buf_add_str(out, i > 0 ? ",\n " : "\n ");
        put_row(out, &rows, 0);
        if (rc == 0 && out->len > FLUSH_LEN)
            rc = review_print_flush(print, out, err);
    }
    buf_add_str(out, count > 0 ? "\n]" : "]");
    review_rows_release(&rows);
    return rc;
}

static void put_moments(const struct review_print *print, struct buf *out)
{
    char text[REVIEW_TIME_TEXT];

    buf_add_char(out, '[');
    for (size_t i = 0; i < print->review->moment_count; i++) {
        const struct review_moment *moment = &print->review->moments[i];
        review_time_hour_text(print->time, moment->hour, text);
        buf_addf(out, "%s{\"hour\":\"%s\",\"posted\":%llu,\"cost_usd\":",
                 i > 0 ? ",\n " : "\n ", text,
                 (unsigned long long)moment->jobs);
        put_money(out, moment->cost_nano, true);
        buf_add_char(out, '}');
    }
    buf_add_str(out, print->review->moment_count > 0 ? "\n]" : "]");
}

static void put_dearest(const struct review *review, struct buf *out)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < review->dearest_count; i++) {
        const struct review_job *job = &review->dearest[i];
        buf_add_str(out, i > 0 ? ",\n {\"name\":" : "\n {\"name\":");
        put_text(out, job->name);
        buf_add_str(out, ",\"entry\":");
        put_text(out, job->id);
        buf_add_str(out, ",\"market\":");
        put_text(out, job->market);
        buf_addf(out, ",\"state\":\"%s\",\"address\":",
                 ledger_outcome_name(job->outcome));
        put_text(out, job->address);
        buf_add_str(out, ",\"cost_usd\":");
        put_money(out, job->cost_nano, true);
        buf_add_str(out, ",\"max_usd\":");
        put_money(out, job->max_nano, job->max_nano >= 0);
        buf_add_str(out, ",\"charged_usd\":");
        put_money(out, job->charged_nano, job->charged_nano >= 0);
        buf_add_str(out, ",\"final_usd\":");
        put_money(out, job->final_nano, job->final_nano >= 0);
        buf_add_char(out, '}');
    }
    buf_add_str(out, review->dearest_count > 0 ? "\n]" : "]");
}

static int put_compare(const struct review_print *print, struct buf *out,
                       struct err *err)
{
    buf_add_str(out, ",\n\"compare\":{\"ledgers\":");
    put_ledgers(out, print->was);
    buf_add_str(out, ",\n\"total\":");
    if (put_total(out, print->was, err) < 0)
        return err->code;
    buf_add_str(out, ",\n\"groups\":");
    if (put_list(print, out, true, err) < 0)
        return err->code;
    buf_add_char(out, '}');
    return 0;
}

static int put_all(const struct review_print *print, struct buf *out,
                   struct err *err)
{
    buf_add_str(out, "{\"ledgers\":");
    put_ledgers(out, print->review);
    buf_add_str(out, ",\n\"by\":");
    for (size_t i = 0; i < print->by->count; i++) {
        buf_add_char(out, i > 0 ? ',' : '[');
        put_text(out, print->by->items[i].name);
    }
    buf_add_str(out, "],\"time_zone\":");
    put_text(out, print->time->zone);
    buf_add_str(out, ",\"where\":");
    put_text(out, print->opt->where);
    buf_add_str(out, ",\n\"total\":");
    if (put_total(out, print->review, err) < 0)
        return err->code;
    buf_add_str(out, ",\n\"groups\":");
    if (put_list(print, out, false, err) < 0)
        return err->code;
    buf_add_str(out, ",\n\"over_time\":");
    put_moments(print, out);
    buf_add_str(out, ",\n\"dearest\":");
    put_dearest(print->review, out);
    if (print->was && put_compare(print, out, err) < 0)
        return err->code;
    buf_add_str(out, "}\n");
    return review_print_flush(print, out, err);
}

int review_print_json(const struct review_print *print, struct err *err)
{
    struct buf out;

    buf_init(&out, OUT_MAX);
    int rc = put_all(print, &out, err);
    buf_release(&out);
    return rc;
}
