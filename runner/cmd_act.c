/*
 * cmd_act: `extend` and `stop`: of a ledger's live jobs, or of one job by its
 * address.
 *
 * Order: what can be refused without the network; the ledger, locked from
 * here to the end; markets and prices; which jobs; the question; what an
 * earlier invocation left, then the rest; the summary.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act.h"
#include "endpoint.h"
#include "jobinfo.h"
#include "run_prepare.h"
#include "say.h"
#include "signals.h"
#include "status.h"

#define REPLY_MAX ((size_t)1 << 20)

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

/* --- what the command line asks for --------------------------------------- */

/* A job's address stands for a ledger, unless there is a file of that name. */
static bool is_address(const char *text)
{
    uint8_t bytes[BASE58_ADDRESS_LEN];

    return base58_address(text, strlen(text), bytes) && access(text, F_OK) != 0;
}

static int check_time(struct act *act, struct err *err)
{
    int64_t ms = act->run->opt->time_ms;

    if (act->op != LEDGER_EXTEND)
        return 0;
    if (ms < 0)
        return err_set(err, ERR_USAGE,
                       "extend needs --time: how much more, such as 30m");
    if (ms % 1000 != 0)
        return err_set(err, ERR_USAGE,
                       "--time: the service counts whole seconds");
    act->seconds = (uint64_t)ms / 1000;
    return 0;
}

static int check_options(struct act *act, struct err *err)
{
    const struct opt *opt = act->run->opt;
    bool picks = opt->where || opt->sample.kind != OPT_SHARE_NONE ||
                 opt->stale || opt->manifest;

    if (check_time(act, err) != 0)
        return err->code;
    if (opt->stale != (opt->manifest != NULL))
        return err_set(err, ERR_USAGE,
                       "--stale and --manifest MANIFEST go together: jobs "
                       "whose point changed in it or is gone from it");
    if (!opt->manifest &&
        (opt->set.count > 0 || opt->market || opt->timeout || opt->id))
        return err_set(err, ERR_USAGE,
                       "--set, --market, --timeout and --id are about the "
                       "manifest of --manifest; %s takes the jobs of a ledger, "
                       "or those that --where picks",
                       act_verb(act));
    if (act->single && picks)
        return err_set(err, ERR_USAGE,
                       "%s is one job's address: --where, --sample and "
                       "--stale pick among the jobs of a ledger",
                       opt->args[0]);
    return act_check_consent(act, err);
}

/* --- the ledger ------------------------------------------------------------
 */

static int check_identity(const struct act *act, struct err *err)
{
    const struct ledger_info *info = ledger_info(act->run->ledger);
    const char *url = act->run->service.api_url;
    const char *generation = service_api_name(act->run->service.api);

    if (strcmp(info->identity.api_url, url) != 0)
        return err_set(err, ERR_DATA,
                       "the jobs of %s are at %s, and this command would ask "
                       "%s; see --api-url",
                       info->path, info->identity.api_url, url);
    if (strcmp(info->identity.generation, generation) != 0)
        return err_set(err, ERR_DATA,
                       "the jobs of %s were posted with --api %s, and this "
                       "command would use --api %s",
                       info->path, info->identity.generation, generation);
    return 0;
}

/* `stop` does not wait for a run that may be what is to be stopped. */
static int open_locked(struct act *act, struct ledger_options *options,
                       struct err *err)
{
    int rc = ledger_open(&act->run->ledger, options, err);

    if (rc != ERR_LOCKED || act->op != LEDGER_STOP) {
        act->records = rc == 0;
        return rc;
    }
    say_warning("%s to have stops recorded; now the jobs are stopped without "
                "a record",
                err->message);
    options->mode = LEDGER_READ;
    return ledger_open(&act->run->ledger, options, err);
}

static int open_ledger(struct act *act, struct err *err)
{
    struct ledger_options options = {
        .os = act->run->os,
        .mode = LEDGER_WRITE,
        .path = act->run->opt->args[0],
        .warn = warn,
    };

    if (act->single)
        return 0;
    /* Before its lock is made. */
    int rc =
        access(options.path, F_OK) == 0 ? open_locked(act, &options, err) : 1;
    if (rc == 1)
        rc = err_set(err, ERR_INPUT,
                     "there is no ledger %s, and it is no job's address",
                     options.path);
    if (rc == 0)
        rc = check_identity(act, err);
    return rc == 0 && act->records ? run_check_ledger(act->run, err) : rc;
}

/* --- one job ----------------------------------------------------------------
 */

/* 1: to be done; 0: it has ended, which was said; negative. */
static int read_single(struct act *act, const struct buf *text, struct err *err)
{
    const char *address = act->run->opt->args[0];
    uint8_t bytes[BASE58_ADDRESS_LEN];
    struct jobinfo info;

    (void)base58_address(address, strlen(address), bytes);
    int rc = json_parse(&act->run->scratch, buf_str(text), text->len, err);
    if (rc != ERR_MEMORY &&
        (rc != 0 || !jobinfo_read(&info, &act->run->scratch, 0, bytes)))
        rc = err_set(err, ERR_SERVICE, "the answer about job %s is no job",
                     address);
    if (rc != 0)
        return rc;
    if (jobinfo_ended(&info)) {
        say_info(false, "%s: it has ended already; nothing was charged",
                 address);
        return 0;
    }
    act->single_max_nano = act_job_max(act, info.market);
    rc = act_check_price(act, info.market, act->single_max_nano, err);
    return rc < 0 ? rc : 1;
}

/* What an extension of one job costs: its market is the service's word. */
static int ask_single(struct act *act, struct err *err)
{
    struct run *run = act->run;
    char path[64 + BASE58_ADDRESS_MAX];
    struct buf text;

    if (act->op == LEDGER_STOP)
        return 1;
    snprintf(path, sizeof path, "/jobs/%s", run->opt->args[0]);
    buf_init(&text, REPLY_MAX);
    int rc =
        service_fetch(&run->service, &run->http, path, "the job", &text, err);
    if (rc == 0)
        rc = read_single(act, &text, err);
    buf_release(&text);
    return rc;
}

/* --- all of it ---------------------------------------------------------------
 */

static int find_markets(struct act *act, struct err *err)
{
    struct run *run = act->run;

    if (act->op == LEDGER_EXTEND || run->opt->stale)
        return run_fetch_markets(run, err);
    return input_offline_markets(&run->input, run->service.api_url, err);
}

/* 1: something is to be done; 0: nothing, and *status is 0; negative. */
static int choose(struct act *act, struct err *err)
{
    int rc = find_markets(act, err);

    if (rc == 0 && act->single)
        return ask_single(act, err);
    if (rc == 0)
        rc = act_find_stale(act, err);
    if (rc == 0)
        rc = act_pick(act, err);
    if (rc != 0)
        return rc;
    if (act->fresh.count + act->replays.count > 0 || act->resumes != 0)
        return 1;
    say_info(act->run->opt->quiet, "%s has no live job%s",
             act->run->opt->args[0],
             act->run->opt->where || act->stale ? " that is picked" : "");
    return 0;
}

/* Whether there is something to be asked about. */
static bool does_something(const struct act *act)
{
    return act->single || act->fresh.count + act->replays.count > 0;
}

static int go(struct act *act, int *status, struct err *err)
{
    int rc = run_open_service(act->run, err);

    if (rc == 0)
        rc = open_ledger(act, err);
    if (rc == 0)
        rc = choose(act, err);
    if (rc <= 0)
        return rc;
    rc = does_something(act) ? act_ask(act, err) : 1;
    if (rc == 0)
        say_info(false, "nothing was sent");
    if (rc <= 0)
        return rc;
    rc = act_slots_init(act, err);
    if (rc == 0)
        rc = act_record_open(act, err);
    if (rc == 0)
        rc = act_rounds(act, err);
    if (rc == 0)
        *status = act_finish(act);
    return rc;
}

static void release(struct act *act)
{
    struct run *run = act->run;

    signals_release();
    engine_release(&run->engine);
    act_slots_release(act);
    http_release(&run->http);
    service_release(&run->service);
    survey_release(&run->survey);
    ledger_close(run->ledger);
    ledger_reader_release(&run->reader);
    json_release(&run->scratch);
    input_release(&run->input);
    free(act->replays.items);
    free(act->fresh.items);
    free(act->given_up.items);
    free(act->stale);
}

static int cmd_act(enum ledger_op op, const struct opt *opt, struct app *app,
                   struct err *err)
{
    struct opt input_opt = *opt;
    struct run run = {.opt = opt, .os = os_posix(), .http.wake_fds = {-1, -1}};
    struct act act = {
        .run = &run,
        .app = app,
        .op = op,
        .single = is_address(opt->args[0]),
    };
    int status = STATUS_OK;

    run.command = act_verb(&act);
    run.slot_count = act.single ? 1 : (uint32_t)opt->connections;
    run.random_state = run.os->monotonic_us(run.os->context);
    /* --where and --sample are about jobs of the ledger, not about points. */
    input_opt.where = NULL;
    input_opt.sample.kind = OPT_SHARE_NONE;
    json_init(&run.scratch);
    ledger_reader_init(&run.reader);
    int rc = input_init(&run.input, &input_opt, err);
    if (rc == 0)
        rc = check_options(&act, err);
    if (rc == 0)
        rc = go(&act, &status, err);
    release(&act);
    return rc < 0 ? rc : status;
}

int cmd_extend(const struct opt *opt, struct app *app, struct err *err)
{
    return cmd_act(LEDGER_EXTEND, opt, app, err);
}

int cmd_stop(const struct opt *opt, struct app *app, struct err *err)
{
    return cmd_act(LEDGER_STOP, opt, app, err);
}
