#include "run_summary.h"

#include <stdio.h>
#include <string.h>

#include "allowance.h"
#include "project_cache.h"
#include "replace.h"
#include "run_prepare.h"
#include "say.h"
#include "status.h"
#include "text.h"

#define RATE_LEAST_US 1000000 /* a run that is shorter has no rate */

/*
 * Rejections that still stand: of this run, or of jobs that it still wants; in
 * `retry`, of generations that it is about.
 */
static uint64_t standing_rejections(const struct run *run)
{
    struct ledger_job job;
    uint32_t cursor = 0;
    uint64_t count = 0;

    while (ledger_next(run->ledger, 1U << LEDGER_REJECTED, &cursor, &job))
        if (run->again ? job.gen > 0
                       : job.number >= run->first_new ||
                             survey_has_key(&run->survey, job.number))
            count++;
    return count;
}

static bool any_unknown(const struct run *run)
{
    const struct ledger_totals *totals = ledger_totals(run->ledger);

    return totals->jobs[LEDGER_UNKNOWN] + totals->jobs[LEDGER_MISMATCH] +
               totals->jobs[LEDGER_OPEN] >
           0;
}

int run_status(const struct run *run)
{
    int status = run->engine.status;

    if (standing_rejections(run) > 0 || run->pin_failed > 0)
        status = status_stronger(status, STATUS_REJECTED);
    if (any_unknown(run))
        status = status_stronger(status, STATUS_UNKNOWN);
    if (run->replace && run->replace->blocked > 0)
        status = status_stronger(status, STATUS_UNKNOWN);
    return status;
}

uint64_t run_left_over(const struct run *run)
{
    const struct engine_counts *now = &run->engine.counts;
    uint64_t wanted = run->wanted.fresh + run->replay_count;
    uint64_t settled = now->posted + now->rejected + now->unknown;

    return run->engine.stopping && wanted > settled ? wanted - settled : 0;
}

/* Adds ", 3 rejected" where the count is not 0. */
static void add_count(struct buf *out, uint64_t count, const char *what)
{
    char text[TEXT_HUMAN_MAX];

    if (count > 0)
        buf_addf(out, ", %s %s", text_count(count, text), what);
}

/* Not of a moment: it would say nothing. */
static void add_rate(struct buf *out, uint64_t posted, uint64_t took_us)
{
    double rate = (double)posted * 1e6 / (double)(took_us > 0 ? took_us : 1);

    if (posted > 1 && took_us >= RATE_LEAST_US)
        buf_addf(out, rate < 10 ? " (%.1f/s)" : " (%.0f/s)", rate);
}

/* A single rejection has been told already. */
static void say_reasons(const struct run *run)
{
    const struct reason *shown[REASONS_SHOWN];
    char count[TEXT_HUMAN_MAX];
    uint64_t rest;
    size_t len = reasons_commonest(&run->reasons, shown, &rest);

    if (run->engine.counts.rejected < 2)
        return;
    for (size_t i = 0; i < len; i++)
        say_error("rejected: %s × %s", text_count(shown[i]->count, count),
                  shown[i]->text);
    if (rest > 0)
        say_error("rejected: %s × other reasons", text_count(rest, count));
}

static void say_counts(struct run *run, const char *ledger_path)
{
    const struct survey_counts *counts = &run->survey.counts;
    const struct engine_counts *now = &run->engine.counts;
    uint64_t took_us =
        run->os->monotonic_us(run->os->context) - run->progress.start_us;
    char count[TEXT_HUMAN_MAX];
    char time[TEXT_HUMAN_MAX];
    char money[MONEY_TEXT_MAX];
    struct buf line;

    buf_init(&line, 4096);
    buf_addf(&line, "%s posted%s",
             text_count(now->posted - (run->again ? run->finished : 0), count),
             run->again ? " again" : "");
    if (run->again)
        add_count(&line, run->finished, "of an earlier run finished");
    add_count(&line, counts->posted + counts->same, "already posted");
    add_count(&line, run->duplicates, "the same as another");
    if (run->replace)
        add_count(&line, run->replace->stopped, "stopped before");
    add_count(&line, counts->timeout + (run->replace ? 0 : counts->changed),
              "kept as they were posted");
    add_count(&line, now->rejected, "rejected");
    add_count(&line, now->unknown, "unknown");
    add_count(&line, now->left_open, "left open");
    add_count(&line, run->given_up, "of an earlier run unknown");
    money_format_short(now->charged_nano, money);
    buf_addf(&line, "; %s charged", money);
    if (now->without_cost > 0)
        buf_addf(&line, " (%s by estimate)",
                 text_count(now->without_cost, count));
    buf_addf(&line, " in %s", text_duration(took_us / 1000, time));
    add_rate(&line, now->posted, took_us);
    buf_addf(&line, "; ledger %s", ledger_path);
    say_info(run->opt->quiet && run->engine.status == 0, "%s", buf_str(&line));
    buf_release(&line);
}

/* Only of a run that met the limit, which explains its time. */
static void say_allowance(const struct run *run)
{
    char text[ALLOWANCE_MAX];

    if (allowance_words(&run->engine, text))
        say_info(run->opt->quiet, "%s", text);
}

/* What the operator can do about the way it ended. */
static void say_advice(const struct run *run, int status,
                       const char *ledger_path)
{
    char count[TEXT_HUMAN_MAX];
    uint64_t left = run_left_over(run);

    if (run->engine.why[0] != '\0')
        say_error("stopped: %s", run->engine.why);
    if (status == STATUS_CREDITS)
        say_error(
            "%s %s left; add credits (https://dashboard.nosana.com), then "
            "run the same command again",
            text_count(left, count), left == 1 ? "job is" : "jobs are");
    else if (left > 0 && status == err_exit_status(ERR_DATA))
        say_error("%s %s left; when that is put right, run the same command "
                  "again to go on",
                  text_count(left, count), left == 1 ? "job is" : "jobs are");
    else if (left > 0)
        say_error("%s %s left; run the same command again to go on",
                  text_count(left, count), left == 1 ? "job is" : "jobs are");
    if (status == STATUS_UNKNOWN && !any_unknown(run))
        say_error("what was not replaced is tried again by the same command");
    else if (status == STATUS_UNKNOWN)
        say_error("some jobs may or may not exist: %s \"nosbatch status %s\" "
                  "looks for them",
                  !run->replay_never && run->engine.counts.unknown > 0
                      ? "the same command asks again within 12 hours;"
                      : "they are never posted again;",
                  ledger_path);
    if (status == STATUS_REJECTED && run->pin_failed > 0 &&
        run->pin_failed == run->engine.counts.rejected)
        say_error("the same command tries to pin them again");
    else if (status == STATUS_REJECTED)
        say_error("rejected jobs are tried again by the same command; "
                  "\"nosbatch results %s\" gives the reasons",
                  ledger_path);
    if (status == STATUS_OK)
        say_info(run->opt->quiet, "next: nosbatch results %s", ledger_path);
}

/* After a 402: the worst case of what is left, and what is missing for it. */
static void say_missing(struct run *run, int status)
{
    char left[MONEY_TEXT_MAX];
    char missing[MONEY_TEXT_MAX];
    int64_t left_nano = run->wanted.max_nano;
    struct credits credits;
    struct err err;

    if (status != STATUS_CREDITS ||
        !money_add(&left_nano, -run->engine.counts.charged_nano) ||
        left_nano <= 0)
        return;
    money_format_short(left_nano, left);
    if (run_fetch_balance(run, &credits, &err) != 0 ||
        credits.available_nano > left_nano) {
        say_error("what is left costs at most %s", left);
        return;
    }
    money_format_short(left_nano - credits.available_nano, missing);
    say_error("what is left costs at most %s, of which %s is missing", left,
              missing);
}

int run_finish(struct run *run, const char *ledger_path)
{
    const struct engine_counts *now = &run->engine.counts;
    int status = run_status(run);
    struct ledger_close_record record = {
        .status = status,
        .why = run->engine.why[0] ? run->engine.why : "done",
        .posted = now->posted,
        .rejected = now->rejected,
        .unknown = now->unknown,
        .pending = run_left_over(run),
        .charged_nano = now->charged_nano,
    };
    struct err err = ERR_INIT;

    if (!run->engine.broken &&
        (ledger_add_close(run->ledger, &record, &err) != 0 ||
         ledger_commit(run->ledger, &err) != 0)) {
        say_error("%s", err.message);
        status = status_stronger(status, err_exit_status(err.code));
    }
    project_cache_save(run->service.api_url, run->account, run->project);
    say_counts(run, ledger_path);
    say_allowance(run);
    say_reasons(run);
    say_advice(run, status, ledger_path);
    say_missing(run, status);
    return status;
}
