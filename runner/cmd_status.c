/*
 * cmd_status: what has become of the jobs of ledgers.
 *
 * Asks for those that are not known to have ended, records the answers,
 * settles unknown jobs where the account's listing makes the case clear, and
 * prints. What cannot be recorded, because a run holds the ledger, is shown
 * all the same.
 */
#include <string.h>

#include "cmd.h"
#include "doubt.h"
#include "say.h"
#include "signals.h"
#include "status.h"
#include "text.h"
#include "watch_ask.h"
#include "watch_print.h"

struct status_run {
    const struct opt *opt;
    const struct app *app;
    struct online online;
    struct watch watch;
    struct watch_ask ask;
};

static void say_held(const struct watch *watch)
{
    for (uint32_t i = 0; i < watch->ledger_count; i++)
        if (watch->ledgers[i].held)
            say_info(false,
                     "a run holds %s: what was learnt is shown, but not "
                     "recorded; ask again when the run has ended",
                     watch->ledgers[i].path);
}

static void say_unanswered(const struct watch_ask *ask)
{
    char count[TEXT_HUMAN_MAX];

    if (ask->missing > 0)
        say_warning("the service does not know %s of the jobs (yet); if that "
                    "lasts, is it the service that they were posted to?",
                    text_count(ask->missing, count));
    if (ask->no_answer > 0)
        say_warning("no usable answer about %s of the jobs: %s",
                    text_count(ask->no_answer, count), poll_words(&ask->poll));
}

static void say_open(const struct watch *watch)
{
    char count[TEXT_HUMAN_MAX];
    uint64_t open = 0;

    for (size_t i = 0; i < watch->count; i++)
        open += watch->jobs[i].picked && watch->jobs[i].newest &&
                watch->jobs[i].state == LEDGER_OPEN;
    if (open > 0)
        say_info(false,
                 "%s open: perhaps sent by a run that is under way or did not "
                 "end well; the same run again finds out",
                 text_count(open, count));
}

static int print(const struct status_run *run, struct err *err)
{
    return run->opt->verbose
               ? watch_print_jobs(&run->watch, run->opt, run->app, err)
               : watch_print_states(&run->watch, run->opt, run->app, err);
}

/* Whether jobs are left that may or may not exist. */
static bool has_doubtful(const struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->jobs[i].picked &&
            LEDGER_OPEN_OR_UNKNOWN >> watch->jobs[i].state & 1)
            return true;
    return false;
}

static int final_status(const struct status_run *run, int asked)
{
    int caught = signals_caught();
    int status = asked < 0 ? err_exit_status(asked) : STATUS_OK;

    if (run->ask.no_answer > 0)
        status = status_stronger(status, STATUS_SERVICE);
    if (has_doubtful(&run->watch))
        status = status_stronger(status, STATUS_UNKNOWN);
    return caught ? status_stronger(status, signals_status(caught)) : status;
}

/*
 * Unknown jobs, once the ledgers are as they are on the disk; and what their
 * listing has told beside.
 */
static int settle(struct status_run *run, struct err *err)
{
    if (!has_doubtful(&run->watch))
        return 0;
    int rc = watch_reload(&run->watch, err);
    if (rc == 0)
        rc = doubt_settle(&run->watch, &run->online, run->opt, err);
    return rc == 0 ? watch_record(&run->watch, err) : rc;
}

/* From the first request to the last line; *status is set where that is 0. */
static int ask_and_print(struct status_run *run, int *status, struct err *err)
{
    struct err trouble = ERR_INIT;
    int asked = watch_ask_round(&run->ask, NULL, NULL, 0, &trouble);

    if (asked == ERR_ACCESS || asked == ERR_MEMORY) {
        *err = trouble;
        return asked;
    }
    int recorded = watch_record(&run->watch, err);
    if (recorded == 0 && asked == 0 && signals_caught() == 0)
        recorded = settle(run, err);
    say_held(&run->watch);
    say_unanswered(&run->ask);
    say_open(&run->watch);
    if (asked < 0)
        say_error("%s", trouble.message);
    struct err print_err = ERR_INIT;
    int printed = print(run, recorded < 0 ? &print_err : err);
    if (recorded < 0 || printed < 0)
        return recorded < 0 ? recorded : printed;
    *status = final_status(run, asked);
    return 0;
}

static int check_options(const struct opt *opt, struct err *err)
{
    uint8_t bytes[BASE58_ADDRESS_LEN];

    if (!opt->project ||
        base58_address(opt->project, strlen(opt->project), bytes))
        return 0;
    return err_set(err, ERR_USAGE, "--project: \"%s\" is not an address",
                   opt->project);
}

int cmd_status(const struct opt *opt, struct app *app, struct err *err)
{
    struct status_run run = {.opt = opt, .app = app};
    int status = STATUS_OK;
    int rc = check_options(opt, err);

    run.online.http.wake_fds[0] = run.online.http.wake_fds[1] = -1;
    if (rc == 0)
        rc = online_open(&run.online, opt, err);
    if (rc == 0)
        rc = watch_open(&run.watch, opt, run.online.service.api_url, os_posix(),
                        err);
    if (rc == 0)
        rc = watch_ask_open(&run.ask, &run.watch, &run.online, opt, err);
    if (rc == 0) {
        signals_catch(run.online.http.wake_fds[1]);
        rc = ask_and_print(&run, &status, err);
        signals_release();
    }
    watch_ask_close(&run.ask);
    watch_release(&run.watch);
    online_close(&run.online);
    return rc < 0 ? rc : status;
}
