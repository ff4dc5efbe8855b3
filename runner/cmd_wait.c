/*
 * cmd_wait: until the jobs of a ledger have ended.
 *
 * Looks, records, and looks again later. All that it knows is in the ledger,
 * so that it can be ended and begun again at any time. The ledger is read
 * again whenever somebody else has added to it: a run may go on posting
 * meanwhile, and while one holds the ledger, it is not over.
 */
#include <string.h>
#include <sys/stat.h>

#include "../queue/lock.h"
#include "../templates/money.h"
#include "cmd.h"
#include "ending.h"
#include "progress.h"
#include "say.h"
#include "signals.h"
#include "status.h"
#include "text.h"
#include "wait_tally.h"
#include "watch_ask.h"

#define LOOK_SHOWN_US 3000000ULL /* a look that is nearer is not announced */

struct wait {
    const struct opt *opt;
    const struct os *os;
    struct online online;
    struct watch watch;
    struct watch_ask ask;
    struct wait_until until;
    struct wait_tally tally;
    struct progress progress;
    struct buf shown;    /* the last plain line */
    uint64_t changed_us; /* when something last changed */
    uint64_t look_us;    /* of the next look; 0 while looking */
    bool said_held;
    bool met; /* --until */
};

static uint64_t now_us(const struct wait *wait)
{
    return wait->os->monotonic_us(wait->os->context);
}

static void count(struct wait *wait)
{
    struct wait_tally before = wait->tally;

    wait_tally_count(&wait->tally, &wait->watch,
                     wait->os->wall_ms(wait->os->context));
    if (memcmp(&before, &wait->tally, sizeof before) != 0)
        wait->changed_us = now_us(wait);
}

/* --- what is shown -------------------------------------------------------- */

static void add_moment(const struct wait *wait, uint64_t at_us, struct buf *out)
{
    const char *trouble = poll_trouble(&wait->ask.poll);
    char text[TEXT_HUMAN_MAX];

    if (trouble)
        buf_addf(out, "; no answer: %s", trouble);
    else if (wait->look_us > at_us + LOOK_SHOWN_US)
        buf_addf(out, "; next look in %s",
                 text_duration((wait->look_us - at_us) / 1000000 * 1000, text));
}

/* Plain lines go to logs: there only what is new. */
static void show(void *arg, uint64_t at_us)
{
    struct wait *wait = arg;
    struct progress *progress = &wait->progress;
    struct buf text, safe;

    if (!progress_due(progress, at_us))
        return;
    buf_init(&text, 4096);
    buf_init(&safe, 8192);
    count(wait);
    wait_tally_describe(&wait->tally, &text);
    bool same = strcmp(buf_str(&wait->shown), buf_str(&text)) == 0;
    if (progress->mode == PROGRESS_LINE || wait->opt->progress == OPT_ALWAYS ||
        !same) {
        buf_clear(&wait->shown);
        buf_add_str(&wait->shown, buf_str(&text));
        if (progress->mode == PROGRESS_LINE)
            add_moment(wait, at_us, &text);
        text_visible(&safe, buf_str(&text), text.len);
        progress_put(progress, buf_str(&safe), at_us);
    }
    buf_release(&text);
    buf_release(&safe);
}

static uint64_t tick_us(const struct wait *wait)
{
    return wait->progress.mode == PROGRESS_NONE ? 0 : wait->progress.every_us;
}

static void say_held(struct wait *wait)
{
    if (!wait->watch.ledgers[0].held || wait->said_held)
        return;
    wait->said_held = true;
    progress_clear(&wait->progress);
    say_info(wait->opt->quiet,
             "a run holds %s: states are recorded when it has ended",
             wait->watch.ledgers[0].path);
}

/* --- one look ------------------------------------------------------------- */

/* Reads the ledger again where it has grown since. */
static int refresh(struct wait *wait, struct err *err)
{
    const struct watch_ledger *at = &wait->watch.ledgers[0];
    const struct ledger_info *info = ledger_info(at->ledger);
    struct stat st;

    if (stat(at->path, &st) == 0 &&
        (uint64_t)st.st_size == info->bytes + info->torn_bytes)
        return 0;
    return watch_reload(&wait->watch, err);
}

static int look(struct wait *wait, struct err *err)
{
    struct err trouble = ERR_INIT;

    wait->look_us = 0;
    int rc = refresh(wait, err);
    if (rc != 0)
        return rc;
    int asked =
        watch_ask_round(&wait->ask, show, wait, tick_us(wait), &trouble);
    rc = watch_record(&wait->watch, err);
    say_held(wait);
    count(wait);
    if (rc == 0 && asked < 0) {
        *err = trouble;
        rc = asked;
    }
    return rc;
}

/* Whether a run is at the ledger: it may still post. */
static bool is_held(const struct wait *wait)
{
    struct err ignored;
    struct lock lock;

    lock_init(&lock);
    int rc = lock_take(&lock, wait->os, wait->watch.ledgers[0].path, &ignored);
    lock_drop(&lock);
    return rc == ERR_LOCKED;
}

/* Until the next look, or a signal. */
static void rest(struct wait *wait)
{
    uint64_t at_us = now_us(wait);
    uint64_t us = wait_look_us(&wait->tally, !wait->ask.poll.no_groups,
                               at_us - wait->changed_us);

    us += (uint64_t)((double)us / 10 * pace_chance(&wait->ask.random));
    wait->look_us = at_us + us;
    while (at_us < wait->look_us && signals_caught() == 0) {
        uint64_t until_us = wait->look_us;
        show(wait, at_us);
        if (tick_us(wait) > 0 && until_us > at_us + tick_us(wait))
            until_us = at_us + tick_us(wait);
        http_wait(&wait->online.http, at_us, until_us);
        at_us = now_us(wait);
    }
}

static int loop(struct wait *wait, bool *met, struct err *err)
{
    for (;;) {
        int rc = look(wait, err);
        *met = wait_tally_met(&wait->tally, &wait->until);
        if (rc != 0 || *met || signals_caught() != 0)
            return rc;
        if (wait->tally.waiting == 0 && !is_held(wait)) {
            /* It may have ended between our look and now. */
            rc = refresh(wait, err);
            count(wait);
            if (rc != 0 || wait->tally.waiting == 0)
                return rc;
        }
        rest(wait);
        if (signals_caught() != 0)
            return 0;
    }
}

/* --- the end -------------------------------------------------------------- */

static void say_doubts(const struct wait *wait)
{
    const struct wait_tally *tally = &wait->tally;
    const char *path = wait->watch.ledgers[0].path;
    char text[TEXT_HUMAN_MAX];

    if (tally->unknown > 0)
        say_error("%s may or may not exist, and cannot be waited for: "
                  "nosbatch status %s",
                  text_count(tally->unknown, text), path);
    if (tally->open > 0)
        say_error("%s may have been sent by a run that did not end well: run "
                  "the same command again, it finds out",
                  text_count(tally->open, text));
    if (tally->unclear > 0)
        say_error("of %s the service does not say how they ended: nosbatch "
                  "status -v %s",
                  text_count(tally->unclear, text), path);
    if (tally->unposted > 0)
        say_info(wait->opt->quiet,
                 "%s not posted; the next run of their manifest posts them",
                 text_count(tally->unposted, text));
}

static void say_end(struct wait *wait, int status, bool met)
{
    const struct wait_tally *tally = &wait->tally;
    const char *path = wait->watch.ledgers[0].path;
    char money[MONEY_TEXT_MAX];
    struct buf line;

    progress_clear(&wait->progress);
    buf_init(&line, 4096);
    if (tally->total == 0)
        buf_add_str(&line, "there are no jobs to wait for");
    else
        wait_tally_describe(tally, &line);
    money_format_short(tally->final_nano, money);
    if (wait_tally_ended(tally) > 0)
        buf_addf(&line, "; they cost %s", money);
    say_info(wait->opt->quiet, "%s", buf_str(&line));
    buf_release(&line);
    if (signals_caught() != 0) {
        say_error("%s; the same command goes on waiting",
                  signals_word(signals_caught()));
        return;
    }
    if (!met)
        say_doubts(wait);
    if (status == STATUS_REJECTED && tally->failed > 0)
        say_info(wait->opt->quiet,
                 "next: nosbatch retry %s posts those that failed again", path);
    else if (status == STATUS_OK)
        say_info(wait->opt->quiet, "next: nosbatch results %s", path);
}

static int wait_for_all(struct wait *wait, int *status, struct err *err)
{
    bool met = false;

    signals_catch(wait->online.http.wake_fds[1]);
    progress_init(&wait->progress, wait->opt->progress == OPT_ALWAYS,
                  wait->opt->progress == OPT_NEVER, wait->opt->quiet,
                  now_us(wait));
    wait->changed_us = now_us(wait);
    int rc = loop(wait, &met, err);
    int caught = signals_caught();
    if (rc == 0) {
        *status = caught ? signals_status(caught)
                         : wait_tally_status(&wait->tally, met);
        wait->met = met;
        say_end(wait, *status, met);
    }
    progress_clear(&wait->progress);
    signals_release();
    return rc;
}

/* For --format and --metrics; run_summary.h says how. */
static int tell(const struct wait *wait, uint64_t began_us, int rc, int status,
                FILE *out, struct err *err)
{
    const struct wait_tally *tally = &wait->tally;
    char words[2 * ERR_MESSAGE_MAX];
    int caught = signals_caught();
    struct ending ending = {
        .command = "wait",
        .input = wait->opt->args[0],
        .status = rc < 0 ? err_exit_status(rc) : status,
        .why = caught      ? signals_word(caught)
               : wait->met ? "--until is met"
                           : "done",
        .ledger = wait->opt->args[0],
        .total = tally->total,
        .cost_name = "final_usd",
        .cost_nano = tally->final_nano,
        .took_ms = (now_us(wait) - began_us) / 1000,
        .at_ms = wait->os->wall_ms(wait->os->context),
    };
    struct err unsaid = ERR_INIT;

    if (rc < 0) {
        err_format(err, words, sizeof words);
        ending.why = words;
    }
    ending_add(&ending, "succeeded", tally->succeeded);
    ending_add(&ending, "failed", tally->failed);
    ending_add(&ending, "stopped", tally->stopped);
    ending_add(&ending, "running", tally->running);
    ending_add(&ending, "queued", tally->queued);
    ending_add(&ending, "unclear", tally->unclear);
    ending_add(&ending, "unknown", tally->unknown);
    ending_add(&ending, "open", tally->open);
    ending_add(&ending, "not_posted", tally->unposted);
    int told = ending_tell(&ending, wait->opt, out, &unsaid);
    if (rc >= 0 && told < 0) {
        *err = unsaid;
        return told;
    }
    return rc < 0 ? rc : status;
}

int cmd_wait(const struct opt *opt, struct app *app, struct err *err)
{
    struct wait wait = {.opt = opt, .os = os_posix()};
    uint64_t began_us = now_us(&wait);
    int status = STATUS_OK;

    buf_init(&wait.shown, 4096);
    int rc = wait_until_parse(&wait.until, opt->until, err);
    if (rc == 0)
        rc = ending_check(opt->metrics, err);
    if (rc == 0)
        rc = online_open(&wait.online, opt, err);
    else
        wait.online.http.wake_fds[0] = wait.online.http.wake_fds[1] = -1;
    if (rc == 0)
        rc = watch_open(&wait.watch, opt, wait.online.service.api_url, wait.os,
                        err);
    if (rc == 0)
        rc = watch_ask_open(&wait.ask, &wait.watch, &wait.online, opt, err);
    if (rc == 0)
        rc = wait_for_all(&wait, &status, err);
    rc = tell(&wait, began_us, rc, status, app->out, err);
    watch_ask_close(&wait.ask);
    watch_release(&wait.watch);
    online_close(&wait.online);
    buf_release(&wait.shown);
    return rc;
}
