#include "replace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../queue/ledger_rows.h"
#include "say.h"

#define BLOCKED_TOLD 5 /* points that are named */

void replace_release(struct replace *replace)
{
    ledger_folder_close(replace->folder);
    survey_release(&replace->whole);
    free(replace->old.items);
    *replace = (struct replace){.stopped = 0};
}

/* --- which jobs ------------------------------------------------------------
 */

int replace_note(struct run *run, const struct job *job,
                 const struct compare *compare, struct err *err)
{
    struct replace *replace = run->replace;
    struct ledger_job at;
    uint64_t cursor = 0;
    int rc;

    if (compare->elsewhere) {
        replace->elsewhere++;
        return 0;
    }
    while ((rc = ledger_find_name(run->ledger, buf_str(&job->name),
                                  job->name.len, &cursor, &at, err)) == 1) {
        const struct act_pick pick = {.number = at.number};
        if (at.state == LEDGER_POSTED &&
            act_list_add(&replace->old, &pick, err) != 0)
            return err->code;
    }
    return rc;
}

/* A selection leaves points out whose jobs are wanted all the same. */
static int survey_whole(struct run *run, struct err *err)
{
    struct replace *replace = run->replace;
    struct survey_options options = {
        .ledger = run->ledger,
        .markets = &run->input.markets,
        .need_address = true,
    };
    struct errs errs;

    if (!select_restricts(&run->input.select) || replace->old.count == 0)
        return 0;
    replace->restricted = true;
    errs_init(&errs);
    int rc = manifest_rewind(&run->input.manifest, err);
    if (rc == 0)
        rc = survey_run(&replace->whole, &options, &run->input.manifest, &errs,
                        err);
    return rc ? rc : errs_result(&errs, err);
}

static bool is_wanted(const struct run *run, uint32_t number)
{
    const struct replace *replace = run->replace;

    return survey_has_key(replace->restricted ? &replace->whole : &run->survey,
                          number);
}

/* The row of a job's newest generation: 1, 0, negative. */
static int read_row(struct run *run, uint32_t number,
                    const struct ledger_row **row, struct err *err)
{
    struct replace *replace = run->replace;
    struct ledger_job job;

    if (!replace->folder &&
        ledger_folder_open(&replace->folder, run->ledger, err) != 0)
        return err->code;
    ledger_job_at(run->ledger, number, &job);
    return ledger_folder_row(replace->folder, number, job.gen, row, err);
}

static int by_number(const void *a, const void *b)
{
    const struct act_pick *left = a;
    const struct act_pick *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

/* Keeps the jobs that are neither wanted nor known to have ended, once. */
static int keep_live(struct run *run, struct err *err)
{
    struct act_list *old = &run->replace->old;
    size_t kept = 0;

    if (old->count > 0)
        qsort(old->items, old->count, sizeof *old->items, by_number);
    for (size_t i = 0; i < old->count; i++) {
        const struct ledger_row *row = NULL;
        uint32_t number = old->items[i].number;
        if ((kept > 0 && old->items[kept - 1].number == number) ||
            is_wanted(run, number))
            continue;
        int rc = read_row(run, number, &row, err);
        if (rc < 0)
            return rc;
        if (row && !row->ended)
            old->items[kept++] = old->items[i];
    }
    old->count = kept;
    return 0;
}

/* What is stopped cannot be started again: all of it has to fit. */
static int check_cap(const struct run *run, struct err *err)
{
    const struct ledger_totals *totals = ledger_totals(run->ledger);
    int64_t cap_nano = run->opt->max_cost_nano;
    int64_t used_nano = run->wanted.max_nano;
    char used[MONEY_TEXT_MAX];

    if (cap_nano < 0 || run->replace->old.count == 0)
        return 0;
    /* Each may be rounded up. */
    if (run->wanted.fresh > INT64_MAX / MONEY_MILLI ||
        !money_add(&used_nano, (int64_t)run->wanted.fresh * MONEY_MILLI) ||
        !money_add(&used_nano, totals->charged_nano) ||
        !money_add(&used_nano, totals->reserved_nano))
        used_nano = INT64_MAX;
    if (used_nano <= cap_nano)
        return 0;
    money_format_short(used_nano, used);
    return err_set(err, ERR_CAP,
                   "up to %s with what the ledger has, which is more than "
                   "--max-cost: nothing was stopped, since what takes its "
                   "place might not be posted",
                   used);
}

int replace_check(struct run *run, struct err *err)
{
    if (run->replace->elsewhere > 0)
        return err_set(err, ERR_DATA,
                       "%llu of the points that changed were posted by a "
                       "ledger of --seen: --changed replace stops only what "
                       "this ledger posted; stop those with \"nosbatch stop\", "
                       "or leave out --seen",
                       (unsigned long long)run->replace->elsewhere);
    int rc = survey_whole(run, err);
    if (rc == 0)
        rc = keep_live(run, err);
    return rc == 0 && run->ledger ? check_cap(run, err) : rc;
}

uint64_t replace_count(const struct run *run)
{
    return run->replace ? run->replace->old.count : 0;
}

/* --- stopping them ----------------------------------------------------------
 */

static int sort_out(struct act *act, struct err *err)
{
    const struct act_list *old = &act->run->replace->old;
    struct ledger *ledger = act->run->ledger;
    struct ledger_actions actions;
    struct ledger_post post;
    struct ledger_reader reader;
    struct ledger_job job;
    int rc = 0;

    ledger_reader_init(&reader);
    for (size_t i = 0; rc >= 0 && i < old->count; i++) {
        ledger_job_at(ledger, old->items[i].number, &job);
        rc = ledger_read_post(ledger, &job, &act->run->reader, &post, err);
        if (rc != 1)
            continue;
        rc = ledger_read_actions(ledger, &job, LEDGER_STOP, post.address,
                                 &reader, &actions, err);
        bool open = actions.state == LEDGER_ACTION_OPEN ||
                    actions.state == LEDGER_ACTION_UNKNOWN;
        if (rc == 0)
            rc = act_list_add(open && !act_no_replay(act, &actions)
                                  ? &act->replays
                                  : &act->fresh,
                              &old->items[i], err);
    }
    ledger_reader_release(&reader);
    return rc < 0 ? rc : 0;
}

int replace_stop(struct run *run, struct err *err)
{
    struct act act = {.run = run, .op = LEDGER_STOP, .records = true};
    int rc;

    if (!run->replace || run->replace->old.count == 0)
        return 0;
    rc = sort_out(&act, err);
    if (rc == 0)
        rc = act_slots_init(&act, err);
    if (rc == 0)
        rc = act_rounds(&act, err);
    run->replace->stopped = act.counts.posted - act.more.ended;
    run->replace->status = act.status;
    snprintf(run->replace->why, sizeof run->replace->why, "%s", act.why);
    act_slots_release(&act);
    free(act.replays.items);
    free(act.fresh.items);
    return rc;
}

/* --- posting what takes their place -----------------------------------------
 */

static int block(struct run *run, const struct job *job, const char *why)
{
    if (run->replace->blocked++ < BLOCKED_TOLD)
        say_warning("%s: not replaced: %s", buf_str(&job->name), why);
    return 0;
}

/* Whether a job of the point's name stands in its way: 1: no; 0; negative. */
static int judge(struct run *run, const struct job *job,
                 const struct ledger_job *at, char key[KEY_TEXT_MAX],
                 struct err *err)
{
    const struct ledger_row *row = NULL;

    if (LEDGER_OPEN_OR_UNKNOWN >> at->state & 1)
        return block(run, job,
                     "its earlier job is of unknown outcome: settle that "
                     "first (\"nosbatch status\", \"nosbatch settle\")");
    if (at->state != LEDGER_POSTED)
        return 1;
    int rc = read_row(run, at->number, &row, err);
    if (rc < 0 || !row)
        return rc < 0 ? rc : 1;
    if (!row->ended && !is_wanted(run, at->number))
        return block(run, job, "its earlier job could not be stopped");
    memcpy(key, row->key, KEY_TEXT_MAX);
    return 1;
}

int replace_ready(struct run *run, const struct job *job,
                  char key[KEY_TEXT_MAX], struct err *err)
{
    struct ledger_job at;
    uint64_t cursor = 0;
    int ready = 1;
    int rc;

    key[0] = '\0';
    while ((rc = ledger_find_name(run->ledger, buf_str(&job->name),
                                  job->name.len, &cursor, &at, err)) == 1) {
        if (at.number >= run->first_new && at.state == LEDGER_POSTED)
            return err_set(err, ERR_DATA,
                           "two different jobs of the manifest are called "
                           "\"%s\"; give one of the entries another id or name",
                           buf_str(&job->name));
        ready = judge(run, job, &at, key, err);
        if (ready <= 0)
            return ready;
    }
    return rc < 0 ? rc : ready;
}
