#include "run_prepare.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "changes.h"
#include "market_rules.h"
#include "replace.h"
#include "say.h"
#include "text.h"

#define REPLY_MAX     ((size_t)1 << 20)
#define CHANGED_SHOWN 5 /* changed points that are named */

int run_check_consent(const struct opt *opt, const struct app *app,
                      struct err *err)
{
    if (opt->yes || opt->max_cost_nano >= 0 ||
        (app->in_terminal && app->err_terminal))
        return 0;
    return err_set(err, ERR_USAGE,
                   "there is no terminal to ask on before spending: give "
                   "--yes, or a limit with --max-cost USD");
}

/* A list that cannot be read, or has no market in it, is no list. */
static int read_markets(struct run *run, const struct buf *text, int64_t now_ms,
                        struct err *err)
{
    struct err fault;
    int rc = markets_parse(&run->input.markets, buf_str(text), text->len,
                           MARKET_FETCHED, now_ms, &fault);

    if (rc == ERR_MEMORY) {
        *err = fault;
        return rc;
    }
    if (rc == 0 && run->input.markets.count == 0)
        rc = err_set(&fault, ERR_SERVICE, "markets: the list has none");
    if (rc == 0)
        return 0;
    return err_set(err, ERR_SERVICE, "no usable answer from %s: %s",
                   run->service.api_url, fault.message);
}

int run_fetch_markets(struct run *run, struct err *err)
{
    int64_t now_ms = run->os->wall_ms(run->os->context);
    struct err ignored;
    struct buf text;

    buf_init(&text, REPLY_MAX);
    int rc = service_fetch(&run->service, &run->http, "/markets/", "markets",
                           &text, err);
    if (rc == 0)
        rc = read_markets(run, &text, now_ms, err);
    if (rc == 0) {
        /* A cache that cannot be written only makes plans older. */
        markets_save(buf_str(&text), text.len, run->service.api_url, now_ms,
                     &ignored);
    } else if (rc != ERR_ACCESS && rc != ERR_MEMORY &&
               run->opt->max_cost_nano < 0) {
        /* Slugs are not trusted to an old list: addresses only. */
        say_warning("%s; going on with older prices", err->message);
        run->input.options.market_address = NULL;
        rc = input_offline_markets(&run->input, run->service.api_url, err);
    }
    buf_release(&text);
    return rc;
}

/* Names the first few points that are not what the ledger has. */
static int on_changed(void *arg, const struct job *job,
                      const struct compare *compare, struct err *err)
{
    struct run *run = arg;
    bool timeout = compare->kind == COMPARE_TIMEOUT;
    uint64_t before =
        timeout ? run->survey.counts.timeout : run->survey.counts.changed;

    if (run->replace && !timeout && replace_note(run, job, compare, err) != 0)
        return err->code;
    if (before > CHANGED_SHOWN)
        return 0;
    if (!timeout)
        return changes_warn(run->ledger, &run->reader, job, compare,
                            &run->input.markets, err);
    say_warning("%s: only its timeout changed: the posted job is kept; "
                "\"nosbatch extend\" gives it more time",
                buf_str(&job->name));
    return 0;
}

static void take_counts(struct run *run)
{
    const struct survey *survey = &run->survey;
    const struct survey_counts *counts = &survey->counts;

    run->wanted = (struct run_wanted){
        .total = counts->jobs + counts->twins,
        .settled = counts->posted + counts->same + counts->timeout +
                   (run->replace ? 0 : counts->changed),
        .fresh = counts->new_jobs + (run->replace ? counts->changed : 0),
        .unpriced = survey->unpriced,
        .max_nano = survey->max_nano,
    };
}

int run_survey(struct run *run, struct err *err)
{
    struct survey_options options = {
        .ledger = run->ledger,
        .seen = &run->seen,
        .markets = &run->input.markets,
        .select = &run->input.select,
        .find_open = true,
        .replace = run->replace != NULL,
        .need_address = true,
        .on_changed = on_changed,
        .arg = run,
    };
    struct errs errs;

    errs_init(&errs);
    int rc =
        survey_run(&run->survey, &options, &run->input.manifest, &errs, err);
    say_errs(&errs);
    if (rc < 0)
        return rc;
    if (errs.errors == 0) {
        take_counts(run);
        return 0;
    }
    errs_result(&errs, err);
    return err_exit_status(err->code);
}

int run_check_expect(struct run *run, const struct ledger_path *path,
                     struct err *err)
{
    const struct plan_digest_facts facts = {
        .survey = &run->survey,
        .manifest = &run->input.manifest,
        .opt = run->opt,
        .ledger = run->ledger,
        .path = path,
    };
    char found[PLAN_DIGEST_MAX];

    if (!run->opt->expect)
        return 0;
    plan_digest_finish(&facts, found);
    return plan_digest_compare(run->opt->expect, found, err);
}

static int check_changed(struct run *run, struct err *err)
{
    uint64_t changed = run->survey.counts.changed;

    if (run->replace) {
        int rc = replace_check(run, err);
        uint64_t stopped = replace_count(run);
        if (rc == 0 && stopped > 0)
            snprintf(run->wanted.note, sizeof run->wanted.note,
                     " (%llu running one%s stopped first)",
                     (unsigned long long)stopped,
                     stopped == 1 ? " is" : "s are");
        return rc;
    }
    if (changed == 0 || run->opt->changed == OPT_KEEP)
        return 0;
    return err_set(err, ERR_DATA,
                   "%llu of the jobs changed since they were posted; nothing "
                   "was sent: undo the change, give the entry another id to "
                   "post them beside the old ones, leave them as they are with "
                   "--changed keep, or stop the old ones and post the new ones "
                   "with --changed replace",
                   (unsigned long long)changed);
}

/* Jobs that the ledger has already: the cap does not see what they cost. */
static void warn_unpriced(const struct run *run)
{
    uint64_t count = run->ledger ? ledger_totals(run->ledger)->unpriced : 0;

    if (count > 0 && run->opt->max_cost_nano >= 0)
        say_warning("%llu of the ledger's jobs have no known price and count "
                    "as nothing against --max-cost",
                    (unsigned long long)count);
}

int run_check_rules(struct run *run, struct err *err)
{
    const struct survey *survey = &run->survey;
    int rc = check_changed(run, err);

    if (rc == 0)
        rc = market_rules_check(survey, run->opt, err);
    if (rc == 0 && survey->short_timeouts > 0)
        say_warning("%llu %s a timeout under one hour, which the service "
                    "lately refuses for jobs paid with credits; a refusal "
                    "costs nothing, and \"timeout\": \"1h\" in the entry "
                    "avoids it",
                    (unsigned long long)survey->short_timeouts,
                    survey->short_timeouts == 1 ? "job has" : "jobs have");
    if (rc == 0)
        warn_unpriced(run);
    return rc;
}

int run_fetch_balance(struct run *run, struct credits *credits, struct err *err)
{
    struct buf text;

    buf_init(&text, REPLY_MAX);
    int rc = service_fetch(&run->service, &run->http, "/credits/balance",
                           "balance", &text, err);
    if (rc == 0)
        rc = credits_parse(credits, buf_str(&text), text.len, err);
    buf_release(&text);
    return rc;
}

/* The balance in words, or "balance unknown". */
static void add_balance(struct run *run, struct buf *out)
{
    char money[MONEY_TEXT_MAX];
    struct credits credits;
    struct err err;

    if (run_fetch_balance(run, &credits, &err) != 0) {
        buf_add_str(out, "balance unknown");
        return;
    }
    money_format_short(credits.available_nano, money);
    buf_addf(out, "balance %s", money);
    if (credits.available_nano < run->wanted.max_nano)
        buf_add_str(out, ", which may not be enough");
}

static void describe(struct run *run, uint64_t replays, struct buf *out)
{
    const struct run_wanted *wanted = &run->wanted;
    char money[MONEY_TEXT_MAX];
    char count[TEXT_HUMAN_MAX];

    money_format_short(wanted->max_nano, money);
    if (wanted->fresh > 0 || replays == 0)
        buf_addf(out, "%s %s%s, at most %s, ", text_count(wanted->fresh, count),
                 wanted->fresh == 1 ? "job" : "jobs", wanted->note, money);
    if (wanted->unpriced > 0)
        buf_addf(out, "%s of them without a price, ",
                 text_count(wanted->unpriced, count));
    if (replays > 0)
        buf_addf(out, "%s to be finished from an earlier run, ",
                 text_count(replays, count));
    add_balance(run, out);
}

bool run_said_yes(void)
{
    char answer[64];
    ssize_t n = read(STDIN_FILENO, answer, sizeof answer);

    return n > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

int run_ask(struct run *run, const struct app *app, const char *ledger_path,
            uint64_t replays, struct err *err)
{
    bool asks = !run->opt->yes && run->opt->max_cost_nano < 0;
    struct buf line, shown;
    int rc;

    (void)app;
    buf_init(&line, 8192);
    buf_init(&shown, 16384);
    buf_addf(&line, "ledger %s%s; ", ledger_path, run->ledger ? "" : " (new)");
    describe(run, replays, &line);
    text_visible(&shown, buf_str(&line), line.len);
    rc = buf_error(&shown, "the question", err);
    if (rc == 0 && !asks) {
        say_info(run->opt->quiet, "%s", buf_str(&line));
        rc = 1;
    } else if (rc == 0) {
        fprintf(stderr, "%s: post%s? [y/N] ", buf_str(&shown),
                run->again ? " again" : "");
        fflush(stderr);
        rc = run_said_yes() ? 1 : 0;
    }
    buf_release(&line);
    buf_release(&shown);
    return rc;
}
