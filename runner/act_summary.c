/*
 * act_summary: how an extension or a stop ended, for the ledger and for
 * people.
 */
#include <stdio.h>
#include <string.h>

#include "act.h"
#include "ledger_path.h"
#include "say.h"
#include "status.h"
#include "text.h"

#define COMMAND_MAX ((size_t)64 << 10)

/* Adds ", 3 refused" where the count is not 0. */
static void add_count(struct buf *out, uint64_t count, const char *what)
{
    char text[TEXT_HUMAN_MAX];

    if (count > 0)
        buf_addf(out, ", %s %s", text_count(count, text), what);
}

static void say_counts(struct act *act)
{
    struct run *run = act->run;
    const struct engine_counts *now = &act->counts;
    uint64_t took_us =
        run->os->monotonic_us(run->os->context) - run->progress.start_us;
    char text[TEXT_HUMAN_MAX];
    char time[ACT_TIME_MAX];
    char money[MONEY_TEXT_MAX];
    struct buf line;

    buf_init(&line, 8192);
    buf_addf(&line, "%s %s", text_count(now->posted - act->more.ended, text),
             act_past(act));
    if (act->op == LEDGER_EXTEND && act->replays.count == 0)
        buf_addf(&line, " by %s", act_time(act->seconds, time));
    add_count(&line, act->more.ended, "had ended already");
    add_count(&line, act->more.resumed, "extended before the interruption");
    add_count(&line, now->rejected, "refused");
    add_count(&line, now->unknown, "unknown");
    add_count(&line, now->left_open, "left open");
    add_count(&line, act->more.given_up + act->more.doubtful,
              "of an earlier command unknown");
    money_format_short(now->charged_nano, money);
    if (act->op == LEDGER_EXTEND)
        buf_addf(&line, "; %s charged", money);
    if (act->op == LEDGER_EXTEND && now->without_cost > 0)
        buf_addf(&line, " (%s by estimate)",
                 text_count(now->without_cost, text));
    buf_addf(&line, " in %s", text_duration(took_us / 1000, text));
    if (!act->single)
        buf_addf(&line, "; ledger %s", run->opt->args[0]);
    say_info(run->opt->quiet && act->status == 0, "%s", buf_str(&line));
    buf_release(&line);
}

/* Jobs that were to be done and have no outcome. */
static uint64_t left_over(const struct act *act)
{
    const struct engine_counts *now = &act->counts;
    uint64_t wanted = act->replays.count + act->fresh.count + act->single;
    uint64_t settled = now->posted + now->rejected + now->unknown;

    return act->why[0] != '\0' && wanted > settled ? wanted - settled : 0;
}

static int final_status(const struct act *act)
{
    int status = act->status;
    bool extends = act->op == LEDGER_EXTEND;

    if (act->counts.rejected > 0)
        status = status_stronger(status, STATUS_REJECTED);
    if (act->counts.unknown + act->counts.left_open > 0 ||
        (extends && act->more.given_up + act->more.doubtful > 0))
        status = status_stronger(status, STATUS_UNKNOWN);
    return status;
}

static void advise_unknown(const struct act *act)
{
    if (act->op == LEDGER_STOP)
        say_error("some jobs may or may not have been stopped: the same "
                  "command asks again");
    else if (act->counts.unknown > 0 && !act->run->replay_never && !act->single)
        say_error("some jobs may or may not have been extended: the same "
                  "command asks again within 12 hours, and extends no other "
                  "job a second time");
    else
        say_error("some jobs may or may not have been extended: look for them "
                  "in the dashboard; what is unknown stays reserved under "
                  "--max-cost, and the same command would extend again");
}

/* By its address alone: the next command has another key. */
static void advise_single(const struct act *act)
{
    if (act->counts.unknown + act->counts.left_open == 0)
        return;
    if (act->op == LEDGER_STOP)
        say_error("the job may or may not have been stopped: the same command "
                  "stops it once more, which does no harm");
    else
        say_error("the job may or may not have been extended: look at its "
                  "timeout in the dashboard before you type it again, since "
                  "without a ledger that would be another extension");
}

/* What the operator can do about the way it ended. */
static void say_advice(const struct act *act, int status)
{
    char text[TEXT_HUMAN_MAX];
    uint64_t left = left_over(act);

    if (act->why[0] != '\0')
        say_error("stopped: %s", act->why);
    if (act->single) {
        advise_single(act);
        return;
    }
    if (left > 0)
        say_error("%s %s left; %srun the same command again to go on: it "
                  "%s no job twice",
                  text_count(left, text), left == 1 ? "job is" : "jobs are",
                  status == STATUS_CREDITS ? "add credits, then " : "",
                  act_verb(act)[0] == 'e' ? "extends" : "stops");
    if (status == STATUS_UNKNOWN)
        advise_unknown(act);
    if (status == STATUS_REJECTED)
        say_error("the service refused some jobs; the same command would %s "
                  "the others again: pick with --where",
                  act_verb(act));
}

/* --- the run that keeps stopped points out ---------------------------------
 */

#define PLAIN                    \
    "abcdefghijklmnopqrstuvwxyz" \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
    "0123456789_./:,@%+-"

/* Adds a word's characters as they stand between single quotes. */
static void add_quoted(struct buf *out, const char *word)
{
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'')
            buf_add_str(out, "'\\''");
        else
            buf_add_char(out, *c);
    }
}

/* Adds a space and a word as a shell reads it. */
static void add_word(struct buf *out, const char *word)
{
    bool plain = word[0] != '\0' && word[strspn(word, PLAIN)] == '\0';

    buf_add_str(out, plain ? " " : " '");
    add_quoted(out, word);
    if (!plain)
        buf_add_char(out, '\'');
}

/* Whether the expression speaks of what only posted jobs have. */
static bool of_posted_only(const char *where)
{
    static const char *const names[] = {"state", "cost", "at",
                                        "age",   "gen",  "job_status"};
    struct arena arena;
    struct expr expr;
    struct err ignored;
    bool found = false;

    arena_init(&arena, (size_t)1 << 20);
    if (expr_compile(&expr, where, strlen(where), &arena, &ignored) == 0)
        for (uint32_t i = 0; i < expr.name_count; i++)
            for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
                found |= strcmp(expr.names[i].text, names[n]) == 0;
    arena_release(&arena);
    return found;
}

/* --ledger where it is not the one that the manifest and the batch name. */
static void add_ledger(struct buf *out, const struct act *act,
                       const char *manifest)
{
    const struct ledger_identity *identity =
        &ledger_info(act->run->ledger)->identity;
    struct opt opt = {.batch = identity->batch};
    struct ledger_path path;
    struct err ignored;

    if (identity->batch) {
        buf_add_str(out, " --batch");
        add_word(out, identity->batch);
    }
    if (identity->shard)
        buf_addf(out, " --shard %s", identity->shard);
    if (!identity->shard &&
        ledger_path_resolve(&path, &opt, manifest, 0, &ignored) == 0 &&
        strcmp(path.path, act->run->opt->args[0]) == 0)
        return;
    buf_add_str(out, " --ledger");
    add_word(out, act->run->opt->args[0]);
}

/* What was not posted yet would be, by the next run: how to keep it out. */
static void say_run_where(struct act *act)
{
    const char *where = act->run->opt->where;
    struct ledger_invoked invoked;
    struct err err;
    struct buf line;

    if (act->op != LEDGER_STOP || act->single || !where)
        return;
    if (of_posted_only(where)) {
        say_info(false, "a later \"nosbatch run\" may still post jobs like "
                        "these: the expression speaks of what only posted "
                        "jobs have, so it cannot keep them out");
        return;
    }
    int rc = ledger_find_invoked(act->run->ledger, "run", &act->run->reader,
                                 &invoked, &err);
    if (rc <= 0 || !invoked.manifest)
        return;
    buf_init(&line, COMMAND_MAX);
    buf_add_str(&line, "nosbatch run");
    add_word(&line, invoked.manifest);
    add_ledger(&line, act, invoked.manifest);
    buf_add_str(&line, " --where '!(");
    add_quoted(&line, where);
    buf_add_str(&line, ")'");
    if (!line.failed)
        say_info(false, "what is not posted yet is kept out by: %s",
                 buf_str(&line));
    buf_release(&line);
}

int act_finish(struct act *act)
{
    struct run *run = act->run;
    int status = final_status(act);
    struct ledger_close_record record = {
        .status = status,
        .why = act->why[0] ? act->why : "done",
        .posted = act->counts.posted,
        .rejected = act->counts.rejected,
        .unknown = act->counts.unknown,
        .pending = left_over(act),
        .charged_nano = act->counts.charged_nano,
    };
    struct err err = ERR_INIT;

    if (act->records && !run->engine.broken &&
        (ledger_add_close(run->ledger, &record, &err) != 0 ||
         ledger_commit(run->ledger, &err) != 0)) {
        say_error("%s", err.message);
        status = status_stronger(status, err_exit_status(err.code));
    }
    say_counts(act);
    say_advice(act, status);
    say_run_where(act);
    return status;
}
