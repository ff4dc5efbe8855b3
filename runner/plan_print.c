#include "plan_print.h"

#include <errno.h>
#include <string.h>

#include "../queue/os.h"
#include "plan_markets.h"
#include "report.h"
#include "text.h"

#define ENTRIES_SHOWN 20 /* of a table */
#define LINE_MAX      ((size_t)4 << 20)
#define JOBS_TEXT_MAX (TEXT_HUMAN_MAX + 8)

void plan_print_init(struct plan_print *print, const struct opt *opt,
                     struct app *app)
{
    *print = (struct plan_print){.opt = opt, .app = app};
    buf_init(&print->line, LINE_MAX);
}

void plan_print_release(struct plan_print *print)
{
    buf_release(&print->line);
}

static int put(struct plan_print *print, struct err *err)
{
    struct buf *line = &print->line;

    int rc = report_put_json(print->app->out, print->opt->format == OPT_JSON,
                             line, "the plan", err);
    buf_clear(line);
    return rc;
}

/* "at most $4.20", or "over $9223372036" for what no amount can hold. */
static void add_most(struct buf *out, int64_t nano)
{
    char money[MONEY_TEXT_MAX];

    if (plan_markets_known(nano)) {
        money_format_short(nano, money);
        buf_addf(out, "at most %s", money);
    } else {
        buf_addf(out, "over $%lld", (long long)(INT64_MAX / MONEY_NANO));
    }
}

static void add_counts(struct buf *out, const struct survey_counts *counts)
{
    buf_addf(
        out,
        "\"jobs\":%llu,\"new\":%llu,\"posted\":%llu,\"same\":%llu,"
        "\"pending\":%llu,\"changed\":%llu,\"timeout_changed\":%llu,"
        "\"duplicates\":%llu",
        (unsigned long long)counts->jobs, (unsigned long long)counts->new_jobs,
        (unsigned long long)counts->posted, (unsigned long long)counts->same,
        (unsigned long long)counts->pending,
        (unsigned long long)counts->changed,
        (unsigned long long)counts->timeout, (unsigned long long)counts->twins);
}

static int entry_json(struct plan_print *print,
                      const struct survey_entry *entry, struct err *err)
{
    struct buf *out = &print->line;
    struct buf arithmetic;

    buf_init(&arithmetic, 4096);
    entry_describe(entry->entry, &arithmetic);
    buf_add_str(out,
                print->entries == 0 ? "{\"entries\":[{\"id\":" : ",{\"id\":");
    json_quote(out, entry->entry->id, strlen(entry->entry->id));
    buf_add_str(out, ",\"arithmetic\":");
    json_quote(out, buf_str(&arithmetic), arithmetic.len);
    if (arithmetic.failed)
        out->failed = arithmetic.failed;
    buf_add_char(out, ',');
    buf_addf(out, "\"points\":%llu,\"at_most\":%s,",
             (unsigned long long)entry_points(entry->entry),
             entry->at_most ? "true" : "false");
    add_counts(out, &entry->counts);
    plan_markets_money(out, "max_usd", entry->max_nano);
    plan_markets_shares_json(out, entry);
    buf_add_char(out, '}');
    buf_release(&arithmetic);
    return put(print, err);
}

static void add_left(struct buf *out, uint64_t count, const char *how)
{
    if (count > 0)
        buf_addf(out, ", %llu %s", (unsigned long long)count, how);
}

/* Behind the arithmetic: what is left of it. */
static void add_selection(struct buf *out, const struct survey_entry *entry)
{
    size_t before = out->len;

    if (entry->at_most) {
        buf_add_str(out, ", too many to count what is left out: at most");
    } else if (entry->sampled) {
        buf_addf(out, ", %llu in the sample",
                 (unsigned long long)entry->sample);
    } else {
        add_left(out, entry->left.where, "left out by where");
        add_left(out, entry->left.option, "left out by --where");
    }
    if (!entry->at_most)
        add_left(out, entry->left.shard, "in other shards");
    add_left(out, entry->counts.twins, "the same as others");
    if (out->len > before)
        buf_addf(out, "%s%llu", entry->at_most ? " " : ": ",
                 (unsigned long long)entry->counts.jobs);
}

static int entry_text(struct plan_print *print,
                      const struct survey_entry *entry, struct err *err)
{
    struct buf *out = &print->line;

    if (print->entries >= ENTRIES_SHOWN) {
        print->jobs_not_shown += entry->counts.jobs;
        return 0;
    }
    buf_addf(out, "%s: ", entry->entry->id);
    entry_describe(entry->entry, out);
    add_selection(out, entry);
    buf_addf(out, entry->counts.jobs == 1 ? " job" : " jobs");
    if (entry->counts.new_jobs < entry->counts.jobs)
        buf_addf(out, ", %llu new", (unsigned long long)entry->counts.new_jobs);
    buf_add_str(out, ", ");
    add_most(out, entry->max_nano);
    plan_markets_shares(out, entry);
    buf_add_char(out, '\n');
    return put(print, err);
}

int plan_print_entry(struct plan_print *print, const struct survey_entry *entry,
                     struct err *err)
{
    int rc = 0;

    if (print->opt->format == OPT_JSON)
        rc = entry_json(print, entry, err);
    else if (print->opt->format == OPT_TABLE)
        rc = entry_text(print, entry, err);
    print->entries++;
    return rc;
}

/* "1 job", "1,200 jobs". Returns out. */
static const char *jobs_count(uint64_t jobs, char out[JOBS_TEXT_MAX])
{
    char count[TEXT_HUMAN_MAX];

    snprintf(out, JOBS_TEXT_MAX, "%s %s", text_count(jobs, count),
             jobs == 1 ? "job" : "jobs");
    return out;
}

/* "12 new, 3 already posted" with what is not nought. */
static void add_state(struct buf *out, const struct survey *survey)
{
    const struct survey_counts *counts = &survey->counts;
    const struct {
        uint64_t count;
        const char *what;
    } rows[] = {
        {counts->posted, "already posted"},
        {counts->same, "already posted under another name"},
        {counts->pending, "open or unknown"},
        {counts->changed, "changed since they were posted"},
        {counts->timeout, "changed in the timeout only"},
        {survey_gone(survey), "gone from the manifest"},
    };
    char text[TEXT_HUMAN_MAX];

    buf_addf(out, "%s new", text_count(counts->new_jobs, text));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].count > 0)
            buf_addf(out, ", %s %s", text_count(rows[i].count, text),
                     rows[i].what);
}

static void add_prices(struct buf *out, const struct survey *survey)
{
    const struct os *os = os_posix();

    markets_describe(survey->options.markets, os->wall_ms(os->context), out);
}

/* What the sum leaves out, and what run would say to it. */
static void add_notes(struct plan_print *print, const struct survey *survey)
{
    struct buf *out = &print->line;
    uint64_t unpriced = survey->unpriced;
    char count[JOBS_TEXT_MAX];

    if (survey->without_market > 0) {
        buf_addf(out,
                 "%s with no market: give --market SLUG (\"nosbatch markets\" "
                 "lists them), or the entry one\n",
                 jobs_count(survey->without_market, count));
        unpriced -= survey->without_market;
    }
    if (unpriced > 0)
        buf_addf(out, "%s without a known price, not counted%s\n",
                 jobs_count(unpriced, count),
                 print->opt->allow_unpriced
                     ? ""
                     : ": run posts such jobs with --allow-unpriced only");
}

/* Whether there may be fewer jobs than were counted. */
static bool is_at_most(const struct survey *survey)
{
    return survey->at_most || survey->twins.cut;
}

static int end_text(struct plan_print *print, const struct survey *survey,
                    const struct ledger *ledger, const char *ledger_path,
                    struct err *err)
{
    struct buf *out = &print->line;
    char count[TEXT_HUMAN_MAX];
    char jobs[JOBS_TEXT_MAX];

    if (print->jobs_not_shown > 0) {
        buf_addf(out, "and %s more entries",
                 text_count(print->entries - ENTRIES_SHOWN, count));
        buf_addf(out, " with %s (--format json has them all)\n",
                 jobs_count(print->jobs_not_shown, jobs));
    }
    buf_add_char(out, '\n');
    int rc = put(print, err);
    if (rc == 0)
        rc = plan_markets_report(print, survey, err);
    if (rc != 0)
        return rc;
    buf_addf(out, "\n%s%s", is_at_most(survey) ? "at most " : "",
             jobs_count(survey->counts.jobs, jobs));
    if (survey->counts.twins > 0)
        buf_addf(out, " of %s points",
                 text_count(survey->counts.jobs + survey->counts.twins, count));
    buf_add_str(out, ": ");
    add_state(out, survey);
    buf_add_str(out, "; ");
    add_most(out, survey->max_nano);
    buf_add_str(out, " (");
    add_prices(out, survey);
    buf_add_str(out, ", fee included)\n");
    add_notes(print, survey);
    if (ledger_path[0] != '\0') {
        buf_add_str(out, "ledger ");
        text_visible(out, ledger_path, strlen(ledger_path));
        buf_add_str(out, ledger ? "\n" : " (new)\n");
    }
    buf_addf(out, "digest %s\n", print->digest);
    return put(print, err);
}

static int end_json(struct plan_print *print, const struct survey *survey,
                    const char *ledger_path, struct err *err)
{
    struct buf *out = &print->line;
    struct buf prices;

    buf_init(&prices, 256);
    add_prices(&prices, survey);
    buf_add_str(out, print->entries == 0 ? "{\"entries\":[],\"markets\":["
                                         : "],\"markets\":[");
    for (size_t i = 0; i < survey->market_count; i++)
        plan_markets_json(out, &survey->markets[i], survey->options.markets,
                          i == 0);
    buf_add_str(out, "],");
    add_counts(out, &survey->counts);
    plan_markets_money(out, "max_usd", survey->max_nano);
    buf_addf(out,
             ",\"at_most\":%s,\"gone\":%llu,\"unpriced\":%llu,"
             "\"without_market\":%llu,\"prices\":",
             is_at_most(survey) ? "true" : "false",
             (unsigned long long)survey_gone(survey),
             (unsigned long long)survey->unpriced,
             (unsigned long long)survey->without_market);
    json_quote(out, buf_str(&prices), prices.len);
    if (prices.failed)
        out->failed = prices.failed;
    buf_add_str(out, ",\"ledger\":");
    json_quote(out, ledger_path, strlen(ledger_path));
    buf_addf(out, ",\"digest\":\"%s\"}\n", print->digest);
    buf_release(&prices);
    return put(print, err);
}

int plan_print_end(struct plan_print *print, const struct survey *survey,
                   const struct ledger *ledger, const char *ledger_path,
                   struct err *err)
{
    if (print->opt->format == OPT_JSON)
        return end_json(print, survey, ledger_path, err);
    if (print->opt->format == OPT_TABLE)
        return end_text(print, survey, ledger, ledger_path, err);
    return plan_markets_report(print, survey, err);
}
