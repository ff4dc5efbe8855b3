/*
 * act_ask: what is about to be done, in words, and the question.
 */
#include <stdio.h>
#include <string.h>

#include "../queue/ledger_rows.h"
#include "../queue/ledger_time.h"
#include "act.h"
#include "run_prepare.h"
#include "say.h"
#include "text.h"

#define JOBS_SHOWN   10 /* of those that the question is about */
#define QUESTION_MAX ((size_t)1 << 16)

const char *act_verb(const struct act *act)
{
    return act->op == LEDGER_EXTEND ? "extend" : "stop";
}

const char *act_past(const struct act *act)
{
    return act->op == LEDGER_EXTEND ? "extended" : "stopped";
}

const char *act_time(uint64_t seconds, char out[ACT_TIME_MAX])
{
    const char *unit = seconds % 3600 == 0 ? "h"
                       : seconds % 60 == 0 ? "m"
                                           : "s";
    uint64_t size = *unit == 'h' ? 3600 : *unit == 'm' ? 60 : 1;

    snprintf(out, ACT_TIME_MAX, "%llu%s", (unsigned long long)(seconds / size),
             unit);
    return out;
}

int act_check_consent(const struct act *act, struct err *err)
{
    const struct opt *opt = act->run->opt;
    const struct app *app = act->app;

    if (opt->yes || (app->in_terminal && app->err_terminal))
        return 0;
    if (act->op == LEDGER_EXTEND)
        return run_check_consent(opt, app, err);
    return err_set(err, ERR_USAGE,
                   "there is no terminal to ask on before jobs are stopped: "
                   "give --yes");
}

/* --- the line ------------------------------------------------------------- */

static void add_balance(struct act *act, struct buf *out)
{
    char money[MONEY_TEXT_MAX];
    struct credits credits;
    struct err err;

    if (run_fetch_balance(act->run, &credits, &err) != 0) {
        buf_add_str(out, ", balance unknown");
        return;
    }
    money_format_short(credits.available_nano, money);
    buf_addf(out, ", balance %s", money);
    if (credits.available_nano < act_max_nano(act))
        buf_add_str(out, ", which may not be enough");
}

static uint64_t unpriced(const struct act *act)
{
    uint64_t count = act->single && act->single_max_nano < 0 ? 1 : 0;

    for (size_t i = 0; i < act->fresh.count; i++)
        count += act->fresh.items[i].max_nano < 0;
    return count;
}

/* "30m more each, at most $0.29, balance $20.00". */
static void add_cost(struct act *act, struct buf *out)
{
    char money[MONEY_TEXT_MAX];
    char time[ACT_TIME_MAX];
    char count[TEXT_HUMAN_MAX];
    uint64_t without = unpriced(act);

    money_format_short(act_max_nano(act), money);
    buf_addf(out, ", %s more%s, at most %s", act_time(act->seconds, time),
             act->fresh.count > 1 ? " each" : "", money);
    if (without > 0)
        buf_addf(out, ", %s of them without a price",
                 text_count(without, count));
    add_balance(act, out);
}

static void add_when(const struct act *act, struct buf *out)
{
    char at[LEDGER_TIME_LEN];
    char count[TEXT_HUMAN_MAX];

    if (act->resumes == 0 || act->more.resumed == 0)
        return;
    ledger_time_format(act->resumes_at_ms, at);
    buf_addf(out,
             ", %s extended already by the command that began at %.19sZ "
             "and is finished now",
             text_count(act->more.resumed, count), at);
}

static void describe(struct act *act, struct buf *out)
{
    char count[TEXT_HUMAN_MAX];
    size_t fresh = act->fresh.count;

    if (act->single)
        buf_addf(out, "job %s", act->run->opt->args[0]);
    else
        buf_addf(out, "ledger %s; %s %s", act->run->opt->args[0],
                 text_count(fresh, count), fresh == 1 ? "job" : "jobs");
    if (act->op == LEDGER_EXTEND && (fresh > 0 || act->single))
        add_cost(act, out);
    if (act->replays.count > 0)
        buf_addf(out, ", %s to be finished from an earlier command",
                 text_count(act->replays.count, count));
    if (act->given_up.count > 0 && act->op == LEDGER_EXTEND)
        buf_addf(out, ", %s of an earlier command of unknown outcome",
                 text_count(act->given_up.count, count));
    add_when(act, out);
}

/* --- the jobs ------------------------------------------------------------- */

static void show_job(const struct act *act, const struct ledger_row *row,
                     int64_t max_nano)
{
    char money[MONEY_TEXT_MAX] = "unknown";
    uint8_t address[BASE58_ADDRESS_LEN];
    const char *market = row->market ? row->market : "";
    struct buf line, shown;

    if (base58_address(market, strlen(market), address))
        market = markets_label(&act->run->input.markets, address, market);
    if (max_nano >= 0)
        money_format_short(max_nano, money);
    buf_init(&line, QUESTION_MAX);
    buf_init(&shown, 6 * QUESTION_MAX);
    buf_addf(&line, "  %.*s  %s  %s", (int)row->name.len,
             row->name.bytes ? row->name.bytes : "", market, row->address);
    if (act->op == LEDGER_EXTEND)
        buf_addf(&line, "  at most %s", money);
    text_visible(&shown, buf_str(&line), line.len);
    fprintf(stderr, "%s\n", buf_str(&shown));
    buf_release(&line);
    buf_release(&shown);
}

static int show_jobs(const struct act *act, struct err *err)
{
    const struct act_list *list = &act->fresh;
    struct ledger_folder *folder = NULL;
    const struct ledger_row *row;
    struct ledger_job job;
    char count[TEXT_HUMAN_MAX];
    int rc = list->count == 0
                 ? 0
                 : ledger_folder_open(&folder, act->run->ledger, err);

    for (size_t i = 0; rc == 0 && i < list->count && i < JOBS_SHOWN; i++) {
        ledger_job_at(act->run->ledger, list->items[i].number, &job);
        rc = ledger_folder_row(folder, job.number, job.gen, &row, err);
        if (rc > 0)
            show_job(act, row, list->items[i].max_nano);
        rc = rc < 0 ? rc : 0;
    }
    if (rc == 0 && list->count > JOBS_SHOWN)
        fprintf(stderr, "  … and %s more\n",
                text_count(list->count - JOBS_SHOWN, count));
    ledger_folder_close(folder);
    return rc;
}

int act_ask(struct act *act, struct err *err)
{
    const struct opt *opt = act->run->opt;
    bool asks = !opt->yes && (act->op == LEDGER_STOP || opt->max_cost_nano < 0);
    struct buf line, shown;
    int rc = asks ? show_jobs(act, err) : 0;

    buf_init(&line, QUESTION_MAX);
    buf_init(&shown, 6 * QUESTION_MAX);
    describe(act, &line);
    text_visible(&shown, buf_str(&line), line.len);
    if (rc == 0)
        rc = buf_error(&shown, "the question", err);
    if (rc == 0 && !asks) {
        say_info(opt->quiet, "%s", buf_str(&line));
        rc = 1;
    } else if (rc == 0) {
        fprintf(stderr, "%s: %s? [y/N] ", buf_str(&shown), act_verb(act));
        fflush(stderr);
        rc = run_said_yes() ? 1 : 0;
    }
    buf_release(&line);
    buf_release(&shown);
    return rc;
}
