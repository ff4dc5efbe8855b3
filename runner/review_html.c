/*
 * The review as a page of its own.
 */
#include "review_html.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "text.h"
#include "version.h"

#define OUT_MAX ((size_t)64 << 20)

/* 'sha256-…' of what an element holds: the policy allows just that. */
static void put_hash(struct buf *out, const char *content)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned char text[4 * (SHA256_DIGEST_LENGTH / 3 + 1) + 1];

    SHA256((const unsigned char *)content, strlen(content), digest);
    EVP_EncodeBlock(text, digest, sizeof digest);
    buf_addf(out, "'sha256-%s'", (const char *)text);
}

static void put_jobs(struct buf *out, uint64_t jobs)
{
    char text[TEXT_HUMAN_MAX];

    buf_addf(out, "%s %s", text_count(jobs, text), jobs == 1 ? "job" : "jobs");
}

static void put_head(const struct review_print *print, struct buf *out)
{
    buf_add_str(out, "<!doctype html>\n<html lang=\"en\"><head><meta "
                     "charset=\"utf-8\">\n<meta http-equiv=\""
                     "Content-Security-Policy\" content=\"default-src 'none'; "
                     "img-src data:; "
                     "style-src ");
    put_hash(out, review_html_style);
    buf_add_str(out, "; script-src ");
    put_hash(out, review_html_script);
    buf_add_str(out,
                "; base-uri 'none'; form-action 'none'\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, "
                "initial-scale=1\">\n<meta name=\"color-scheme\" "
                "content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">"
                "\n<title>Cost of ");
    if (print->review->ledger_count == 1)
        review_html_text(out, print->review->ledgers[0].path);
    else
        buf_addf(out, "%zu ledgers", print->review->ledger_count);
    buf_add_str(out, "</title>\n<style>");
    buf_add_str(out, review_html_style);
    buf_add_str(out, "</style></head>\n<body><main>\n");
}

static void put_title(const struct review_print *print, struct buf *out)
{
    const struct review *review = print->review;
    char first[REVIEW_TIME_TEXT], last[REVIEW_TIME_TEXT];
    bool several = review_days(review, first, last);

    buf_add_str(out, "<h1>What ");
    put_jobs(out, review->total.jobs);
    buf_add_str(out, " cost</h1><p class=\"sub\">");
    if (review->ledger_count == 1)
        review_html_text(out, review->ledgers[0].path);
    else
        buf_addf(out, "%zu ledgers", review->ledger_count);
    if (first[0]) {
        buf_addf(out, ", posted %s%s%s (", first, several ? " to " : "",
                 several ? last : "");
        review_html_text(out, print->time->zone);
        buf_add_char(out, ')');
    }
    if (print->opt->where) {
        buf_add_str(out, "; only where <code>");
        review_html_text(out, print->opt->where);
        buf_add_str(out, "</code>");
    }
    buf_add_str(out, "</p>\n");
}

/* --- the numbers ---------------------------------------------------------- */

struct card {
    const char *id, *title, *note;
    int64_t nano;
    uint64_t jobs;
};

static void put_card(const struct card *card, uint64_t of, unsigned places,
                     struct buf *out)
{
    char count[TEXT_HUMAN_MAX], all[TEXT_HUMAN_MAX];

    buf_addf(
        out, "<div class=\"card%s\"><dt>%s</dt><dd class=\"big\" id=\"%s\">",
        strcmp(card->id, "cost") == 0 ? " lead" : "", card->title, card->id);
    review_html_money(out, card->nano, places, card->jobs > 0);
    buf_addf(out, "</dd><dd class=\"small\">%s", text_count(card->jobs, count));
    if (of > 0 && card->jobs != of)
        buf_addf(out, " of %s", text_count(of, all));
    buf_addf(out, " %s; %s</dd></div>\n",
             (of > 0 && card->jobs != of ? of : card->jobs) == 1 ? "job"
                                                                 : "jobs",
             card->note);
}

static void put_cards(const struct review_sum *sum, struct buf *out)
{
    uint64_t failed = sum->outcomes[OUTCOME_FAILED];
    uint64_t doubt =
        sum->outcomes[OUTCOME_OPEN] + sum->outcomes[OUTCOME_UNKNOWN];
    const struct card cards[] = {
        {"cost", "Cost", "final where known, else charged", sum->cost_nano,
         sum->cost_jobs},
        {"charged", "Charged", "held or charged so far", sum->charged_nano,
         sum->charged_jobs},
        {"final", "Final", "by how long they ran", sum->final_nano,
         sum->final_jobs},
        {"refunded", "Refunded", "charged less final", sum->refund_nano,
         sum->final_jobs},
        {"max", "Max", "what they could cost at most", sum->max_nano,
         sum->max_jobs},
        {"extensions", "Extensions", "part of charged", sum->extension_nano,
         sum->extensions},
        {"failed", "Failed jobs", "part of the cost", sum->failed_nano, failed},
        {"unknown", "Unknown", "may exist; at most, not in the cost",
         sum->doubt_nano, doubt},
    };

    buf_add_str(out, "<dl class=\"cards\">\n");
    for (size_t i = 0; i < sizeof cards / sizeof cards[0]; i++)
        if (i < 5 || cards[i].jobs > 0)
            put_card(&cards[i], i < 4 ? sum->posted : 0,
                     review_shown_places(review_places(cards[i].nano),
                                         cards[i].nano),
                     out);
    buf_add_str(out, "</dl>\n");
}

static void put_hints(const struct review_print *print, struct buf *out)
{
    const struct review_sum *sum = &print->review->total;
    char count[TEXT_HUMAN_MAX], all[TEXT_HUMAN_MAX];

    if (sum->final_jobs < sum->posted)
        buf_addf(out,
                 "<p class=\"hint\">%s of %s jobs have a final cost; <code>"
                 "nosbatch status</code> asks for the others.</p>\n",
                 text_count(sum->final_jobs, count),
                 text_count(sum->posted, all));
    if (review_never_submitted(sum) > 0) {
        buf_add_str(out, "<p class=\"hint\">");
        put_jobs(out, review_never_submitted(sum));
        buf_add_str(out, " never submitted, and not priced.</p>\n");
    }
}

static void put_foot(const struct review_print *print, struct buf *out)
{
    char at[LEDGER_TIME_LEN];

    ledger_time_format(print->now_ms, at);
    buf_addf(out,
             "<footer><p>US dollars, summed exactly in nano-dollars; amounts "
             "are shown to four places, five below a dollar. p50 and p95: the "
             "cost that 50 and 95 of 100 "
             "jobs do not exceed.</p><p>nosbatch %s, %.10s %.5s UTC</p>"
             "</footer>\n</main><script>",
             NOSBATCH_VERSION, at, at + 11);
    buf_add_str(out, review_html_script);
    buf_add_str(out, "</script></body></html>\n");
}

static int put_page(const struct review_print *print, struct buf *out,
                    struct err *err)
{
    put_head(print, out);
    put_title(print, out);
    put_cards(&print->review->total, out);
    put_hints(print, out);
    if (review_html_groups(print, out, err) < 0 ||
        (print->was && review_html_changes(print, out, err) < 0) ||
        review_html_times(print, out, err) < 0)
        return err->code;
    if (print->review->total.jobs > 0)
        review_html_states(&print->review->total, out);
    if (print->review->dearest_count > 0)
        review_html_dearest(print, out);
    review_html_ledgers(print, out);
    put_foot(print, out);
    return review_print_flush(print, out, err);
}

int review_print_html(const struct review_print *print, struct err *err)
{
    struct buf out;

    buf_init(&out, OUT_MAX);
    int rc = put_page(print, &out, err);
    buf_release(&out);
    return rc;
}
