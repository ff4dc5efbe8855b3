/*
 * retry_pick: which jobs are posted again, what that costs, and what is said
 * of the others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../templates/sample.h"
#include "retry.h"
#include "say.h"
#include "text.h"

#define PICKS_FIRST 256

/* What became of a job's newest generation: its count in a tally. */
static uint64_t *fate(struct retry_tally *tally, const struct ledger_row *row)
{
    switch (row->state) {
    case LEDGER_OPEN:
    case LEDGER_UNKNOWN:
    case LEDGER_MISMATCH:
        return &tally->doubtful;
    case LEDGER_REJECTED:
    case LEDGER_RELEASED:
    case LEDGER_LOST:
    case LEDGER_LOST_MISMATCH:
        return row->gen > 0 ? &tally->unposted : &tally->never;
    case LEDGER_POSTED:
        break;
    }
    if (!run_states_ended(row))
        return &tally->live;
    if (row->job_state == JOBINFO_STOPPED)
        return &tally->stopped;
    if (!row->job_status)
        return &tally->unclear;
    if (jobinfo_succeeded(row->job_state, row->job_status))
        return &tally->succeeded;
    /* A word that is new to us is no reason to spend. */
    return strcmp(row->job_status, "failed") == 0 ? &tally->failed
                                                  : &tally->stopped;
}

static int add_pick(struct run *run, uint32_t number, struct err *err)
{
    if (run->pick_count == run->pick_cap) {
        uint32_t cap = run->pick_cap > 0 ? run->pick_cap * 2 : PICKS_FIRST;
        uint32_t *picks = realloc(run->picks, cap * sizeof *picks);
        if (!picks)
            return err_set(err, ERR_MEMORY, "out of memory for %u jobs", cap);
        run->picks = picks;
        run->pick_cap = cap;
    }
    run->picks[run->pick_count++] = number;
    return 0;
}

static int learn(void *arg, const struct ledger_row *row, struct err *err)
{
    struct retry *retry = arg;

    return row_where_learn(&retry->where, row, err);
}

static int judge(void *arg, const struct ledger_row *row, struct err *err)
{
    struct retry *retry = arg;
    struct retry_tally *picked = &retry->picked;

    if (!row->latest)
        return 0;
    ++*fate(&retry->all, row);
    uint64_t *place = fate(picked, row);
    bool wanted = place == &picked->failed || place == &picked->unposted;
    int rc = row_where_test(&retry->where, row, err);
    if (rc < 0)
        return rc;
    if (retry->where.given)
        wanted = rc == 1;
    if (!wanted)
        return 0;
    ++*place;
    bool can = place != &picked->live && place != &picked->never &&
               place != &picked->doubtful;
    return can ? add_pick(retry->run, row->number, err) : 0;
}

/* --sample: that many of the picks, in the order that the seed gives. */
static int take_sample(struct run *run, struct err *err)
{
    const struct opt_share *share = &run->opt->sample;
    uint64_t wanted = share->value;
    struct sample order;

    if (share->kind == OPT_SHARE_NONE || run->pick_count == 0)
        return 0;
    if (share->kind == OPT_SHARE_PERCENT)
        wanted = sample_share(run->pick_count, share->value);
    if (wanted > run->pick_count)
        wanted = run->pick_count;
    uint32_t *picks = calloc(wanted > 0 ? wanted : 1, sizeof *picks);
    if (!picks)
        return err_set(err, ERR_MEMORY, "out of memory for a sample");
    sample_init(&order, &run->input.hasher, (uint64_t)run->opt->seed, "",
                run->pick_count);
    for (uint64_t i = 0; i < wanted; i++)
        picks[i] = run->picks[sample_at(&order, i)];
    free(run->picks);
    run->picks = picks;
    run->pick_count = run->pick_cap = (uint32_t)wanted;
    return 0;
}

/* Adds up what the picks may cost. */
static int add_costs(struct run *run, struct err *err)
{
    struct ledger_sent sent;
    struct ledger_job job;

    for (uint32_t i = 0; i < run->pick_count; i++) {
        ledger_job_at(run->ledger, run->picks[i], &job);
        int rc =
            ledger_read_intent(run->ledger, &job, &run->reader, &sent, err);
        if (rc != 0)
            return rc;
        int64_t max_nano = retry_max_nano(run, &sent.intent);
        if (max_nano < 0)
            run->wanted.unpriced++;
        else if (!money_add(&run->wanted.max_nano, max_nano))
            run->wanted.max_nano = INT64_MAX;
        if (job.state == LEDGER_POSTED && job.gen >= LEDGER_GEN_MAX)
            return err_set(err, ERR_LIMIT,
                           "job \"%.*s\" was posted again %u times, which is "
                           "the most; leave it out with --where",
                           (int)sent.intent.name.len, sent.intent.name.bytes,
                           job.gen);
    }
    return 0;
}

static int check_prices(const struct run *run, struct err *err)
{
    if (run->wanted.unpriced == 0)
        return 0;
    if (run->opt->max_cost_nano >= 0)
        return err_set(err, ERR_DATA,
                       "%llu of the jobs are of markets without a known price, "
                       "so that --max-cost cannot be kept there; leave out "
                       "--max-cost, or these jobs with --where",
                       (unsigned long long)run->wanted.unpriced);
    if (run->opt->allow_unpriced)
        return 0;
    return err_set(err, ERR_DATA,
                   "%llu of the jobs are of markets without a known price, so "
                   "nobody can say what they may cost; give --allow-unpriced "
                   "to post them all the same",
                   (unsigned long long)run->wanted.unpriced);
}

/* What the question calls the picks. */
static void name_picks(const struct retry *retry, uint64_t before)
{
    struct run_wanted *wanted = &retry->run->wanted;
    const struct retry_tally *picked = &retry->picked;
    const char *what =
        retry->where.given ? " that --where picks" : " whose run failed";

    if (wanted->fresh < before)
        snprintf(wanted->note, sizeof wanted->note, " of %llu%s",
                 (unsigned long long)before, what);
    else if (retry->where.given && picked->succeeded > 0)
        snprintf(wanted->note, sizeof wanted->note,
                 " (%llu of which ended well)",
                 (unsigned long long)picked->succeeded);
    else
        snprintf(wanted->note, sizeof wanted->note, "%s", what);
}

int retry_pick(struct retry *retry, struct err *err)
{
    struct run *run = retry->run;
    int rc = row_where_init(&retry->where, run->opt->where, &run->input.markets,
                            run->os->wall_ms(run->os->context), err);

    if (rc == 0 && retry->where.given)
        rc = ledger_rows(run->ledger, learn, retry, err);
    if (rc == 0)
        rc = row_where_check(&retry->where, err);
    if (rc == 0)
        rc = ledger_rows(run->ledger, judge, retry, err);
    uint64_t before = run->pick_count;
    if (rc == 0)
        rc = take_sample(run, err);
    if (rc == 0)
        rc = add_costs(run, err);
    if (rc != 0)
        return rc;
    run->wanted.total = run->wanted.fresh = run->pick_count;
    name_picks(retry, before);
    return check_prices(run, err);
}

void retry_release(struct retry *retry)
{
    row_where_release(&retry->where);
}

/* --- what is said --------------------------------------------------------- */

static void add(struct buf *out, uint64_t count, const char *what)
{
    char text[TEXT_HUMAN_MAX];

    if (count > 0)
        buf_addf(out, "%s%s %s", out->len > 0 ? ", " : "",
                 text_count(count, text), what);
}

/* What stands in the way of jobs that --where takes. */
static void explain_where(const struct retry *retry)
{
    const struct retry_tally *picked = &retry->picked;

    if (picked->live > 0)
        say_info(false,
                 "%llu of the jobs that --where takes have not ended: "
                 "they are not posted again",
                 (unsigned long long)picked->live);
    if (picked->never > 0)
        say_info(false,
                 "%llu of the jobs that --where takes were never "
                 "posted: \"nosbatch run\" posts them",
                 (unsigned long long)picked->never);
    if (retry->run->pick_count == 0 && picked->live + picked->never == 0)
        say_info(false, "--where takes no job: nothing is posted again");
}

void retry_explain(const struct retry *retry)
{
    const struct retry_tally *all = &retry->all;
    bool quiet = retry->run->opt->quiet;
    struct buf line;

    if (retry->where.given) {
        explain_where(retry);
        return;
    }
    if (retry->run->pick_count > 0 || retry->run->opt->quiet)
        return;
    buf_init(&line, 1024);
    add(&line, all->succeeded, "ended well");
    add(&line, all->live, "not ended yet");
    add(&line, all->stopped, "stopped");
    add(&line, all->unclear, "ended, but the service does not say yet how");
    add(&line, all->doubtful, "open or unknown");
    add(&line, all->never, "never posted");
    say_info(quiet, "nothing failed, so nothing is posted again: %s",
             line.len > 0 ? buf_str(&line) : "the ledger has no jobs");
    buf_release(&line);
}
