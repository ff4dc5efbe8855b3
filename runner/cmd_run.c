/*
 * cmd_run: pin, post, record; and again, to resume.
 *
 * Order: what can be refused without the network; markets; the survey; the
 * question; the ledger, locked from here to the end; what an earlier run
 * left; the engine; the summary.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "ledger_path.h"
#include "occasion.h"
#include "online.h"
#include "run.h"
#include "run_prepare.h"
#include "run_summary.h"
#include "say.h"
#include "status.h"
#include "version.h"

/* What the signal handlers see. */
static volatile sig_atomic_t caught_signal;
static volatile sig_atomic_t wake_fd = -1;

/* Once: an orderly end. Twice: at once; the ledger stays right. */
static void on_signal(int signal_number)
{
    int saved = errno;

    if (caught_signal)
        _exit(128 + signal_number);
    caught_signal = signal_number;
    http_wake(wake_fd);
    errno = saved;
}

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};

/* A signal that the caller has set to be ignored stays so (nohup). */
static void handle(int signal_number, void (*handler)(int))
{
    struct sigaction action;

    if (sigaction(signal_number, NULL, &action) != 0 ||
        action.sa_handler == SIG_IGN)
        return;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

static void catch_signals(const struct http *http)
{
    wake_fd = http->wake_fds[1];
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        handle(caught[i], on_signal);
}

/* The pipe is about to go: a signal from here on ends the program. */
static void release_signals(void)
{
    wake_fd = -1;
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        handle(caught[i], SIG_DFL);
}

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

/* What contradicts itself is no ground to spend on. */
static int check_ledger(struct run *run, struct err *err)
{
    const struct ledger_info *info = ledger_info(run->ledger);

    if (info->contradictions == 0)
        return 0;
    return err_set(err, ERR_DATA,
                   "%s contradicts itself: %s; \"nosbatch results --check\" "
                   "shows it all; to go on, begin another ledger with --ledger "
                   "NEW --seen %s",
                   info->path, info->contradiction ? info->contradiction : "",
                   info->path);
}

static int open_ledger(struct run *run, const struct ledger_path *path,
                       enum ledger_mode mode, struct err *err)
{
    struct ledger_identity identity = {
        .batch = path->batch[0] ? path->batch : NULL,
        .shard = path->shard[0] ? path->shard : NULL,
        .api_url = run->service.api_url,
        .generation = service_api_name(run->service.api),
        .program = NOSBATCH_VERSION,
    };
    struct ledger_options options = {
        .os = run->os,
        .mode = mode,
        .path = path->path,
        .identity = &identity,
        .watch = mode == LEDGER_WRITE,
        .warn = warn,
    };

    int rc = ledger_open(&run->ledger, &options, err);

    return rc == 0 && mode == LEDGER_WRITE ? check_ledger(run, err) : rc;
}

/*
 * A ledger that exists is locked before it is compared with the manifest; one
 * that does not is made only after the question, so that a "no" leaves
 * nothing behind.
 */
static int open_existing(struct run *run, const struct ledger_path *path,
                         struct err *err)
{
    int rc = open_ledger(run, path, LEDGER_READ, err);

    if (rc != 0) {
        run->ledger = NULL;
        return rc < 0 ? rc : 0;
    }
    ledger_close(run->ledger);
    run->ledger = NULL;
    return open_ledger(run, path, LEDGER_WRITE, err);
}

static int create_ledger(struct run *run, const struct ledger_path *path,
                         struct err *err)
{
    if (run->ledger)
        return 0;
    int rc = open_ledger(run, path, LEDGER_WRITE, err);
    if (rc != 0)
        return rc;
    if (ledger_jobs(run->ledger) > 0)
        return err_set(err, ERR_LOCKED,
                       "another run made %s meanwhile; look at it, and run "
                       "the same command again",
                       path->path);
    return 0;
}

static int record_open(struct run *run, struct err *err)
{
    struct ledger_open_record record = {
        .command = "run",
        .manifest = run->opt->args[0],
        .digest = manifest_digest(&run->input.manifest),
        .account = run->account_bytes,
    };
    struct buf options;

    buf_init(&options, 8192);
    buf_addf(&options, "{\"connections\":%lld,\"max_cost_usd\":",
             (long long)run->opt->connections);
    if (run->opt->max_cost_nano >= 0) {
        char money[MONEY_TEXT_MAX];
        money_format(run->opt->max_cost_nano, money);
        buf_addf(&options, "\"%s\"", money);
    } else {
        buf_add_str(&options, "null");
    }
    buf_addf(&options, ",\"replay\":%s,\"pin\":%s}",
             run->replay_never ? "\"never\"" : "\"auto\"",
             run->opt->pin_none ? "\"none\"" : "\"pinata\"");
    record.options = (struct ledger_text){buf_str(&options), options.len};
    int rc = buf_error(&options, "the options' record", err);
    if (rc == 0)
        rc = ledger_add_open(run->ledger, &record, err);
    if (rc == 0)
        rc = ledger_commit(run->ledger, err);
    buf_release(&options);
    return rc;
}

/* --max-rejected as a number of jobs; -1: the default rule. */
static int64_t max_rejected(const struct run *run)
{
    const struct opt_share *share = &run->opt->max_rejected;

    if (share->kind == OPT_SHARE_NONE)
        return -1;
    if (share->kind == OPT_SHARE_COUNT)
        return share->value > INT64_MAX ? INT64_MAX : (int64_t)share->value;
    double jobs = (double)run->survey.counts.jobs * (double)share->value /
                  (100.0 * OPT_PERCENT);
    return jobs > 9e18 ? INT64_MAX : (int64_t)jobs;
}

static int init_engine(struct run *run, struct err *err)
{
    const struct ledger_totals *totals = ledger_totals(run->ledger);
    uint64_t now_us = run->os->monotonic_us(run->os->context);
    struct engine_options options = {
        .slot_count = run->slot_count,
        .rate = run->opt->rate > 0 ? (double)run->opt->rate : 0,
        .give_up_us = (uint64_t)run->opt->give_up_ms * 1000,
        .retries = (uint32_t)run->opt->retries,
        .replay_never = run->replay_never,
        .max_rejected = max_rejected(run),
    };
    struct engine_ops ops;
    struct budget budget;

    run_engine_ops(run, &ops);
    budget_init(&budget, run->opt->max_cost_nano, totals->charged_nano,
                totals->reserved_nano);
    return engine_init(&run->engine, &options, &ops, &budget, now_us, err);
}

static void show_progress(struct run *run, uint64_t now_us)
{
    const struct engine_counts *counts = &run->engine.counts;
    struct progress_state state = {
        .total = run->survey.counts.jobs,
        .done = run_settled_before(run) + counts->posted + counts->rejected +
                counts->unknown,
        .posted = counts->posted,
        .rejected = counts->rejected,
        .unknown = counts->unknown,
        .in_flight = run->engine.in_flight,
        .charged_nano = counts->charged_nano,
        .trouble = engine_in_outage(&run->engine) ? "the service is away"
                   : run->engine.stopping         ? "stopping"
                                                  : NULL,
    };

    progress_show(&run->progress, &state, now_us);
}

/* The loop: answers, one turn of the engine, wait. */
static void loop(struct run *run)
{
    const struct os *os = run->os;
    uint64_t next_us;

    while (!engine_done(&run->engine)) {
        run_deliver(run);
        if (caught_signal)
            engine_stop(&run->engine,
                        caught_signal == SIGINT ? STATUS_INTERRUPTED
                                                : STATUS_TERMINATED,
                        caught_signal == SIGINT ? "interrupted" : "terminated");
        uint64_t now_us = os->monotonic_us(os->context);
        engine_step(&run->engine, now_us, &next_us);
        show_progress(run, now_us);
        if (engine_done(&run->engine))
            break;
        if (run->progress.mode != PROGRESS_NONE &&
            next_us > now_us + run->progress.every_us)
            next_us = now_us + run->progress.every_us;
        http_wait(&run->http, now_us, next_us);
    }
    progress_clear(&run->progress);
}

/* From a ledger that is open and locked to the end of posting. */
static int post_all(struct run *run, struct err *err)
{
    int rc = record_open(run, err);

    run->first_new = ledger_jobs(run->ledger);
    if (rc == 0)
        rc = run_recover(run, err);
    run->first_offset = ledger_info(run->ledger)->bytes;
    if (rc == 0)
        rc = manifest_rewind(&run->input.manifest, err);
    if (rc == 0)
        rc = init_engine(run, err);
    if (rc == 0)
        rc = run_slots_init(run, err);
    if (rc != 0)
        return rc;
    catch_signals(&run->http);
    progress_init(&run->progress, run->opt->progress == OPT_ALWAYS,
                  run->opt->progress == OPT_NEVER, run->opt->quiet,
                  run->os->monotonic_us(run->os->context));
    loop(run);
    return 0;
}

static int prepare_service(struct run *run, struct err *err)
{
    const struct opt *opt = run->opt;
    struct service_options service = {
        .api =
            opt->api == OPT_WITH_CREDITS ? SERVICE_WITH_CREDITS : SERVICE_JOBS,
        .api_url = opt->api_url,
        .pin_url = opt->pin_url,
        .key_file = opt->api_key_file,
        .jwt_file = opt->pin_jwt_file,
        .pins = !opt->pin_none,
        .authenticated = true,
    };
    struct http_options http;
    int rc = service_open(&run->service, &service, err);

    online_http_options(opt, &http);
    if (rc == 0)
        rc = http_init(&run->http, &http, err);
    if (rc != 0)
        return rc;
    run->replay_never =
        opt->replay_never || run->service.api == SERVICE_WITH_CREDITS;
    if (run->replay_never)
        say_info(opt->quiet, "without idempotency keys each job is posted at "
                             "most once; one without a clear answer stays "
                             "unknown and is not sent again");
    secret_fingerprint(&run->service.key, &run->input.hasher, run->account);
    for (size_t i = 0; i < sizeof run->account_bytes; i++) {
        unsigned byte = 0;
        sscanf(run->account + 2 * i, "%2x", &byte);
        run->account_bytes[i] = (uint8_t)byte;
    }
    return 0;
}

/* Everything up to the first spending: 1: go on; 0: *status says why not. */
static int prepare(struct run *run, const struct app *app,
                   const struct ledger_path *path, int *status, struct err *err)
{
    uint64_t replays = 0;
    int rc = prepare_service(run, err);

    if (rc == 0)
        rc = run_fetch_markets(run, err);
    if (rc == 0)
        rc = input_open(&run->input, run->opt->args[0], err);
    if (rc == 0)
        rc = open_existing(run, path, err);
    if (rc == 0)
        rc = run_survey(run, err);
    if (rc > 0) {
        *status = rc;
        return 0;
    }
    if (rc == 0)
        rc = run_check_rules(run, err);
    if (rc == 0)
        rc = run_count_replays(run, &replays, err);
    if (rc != 0)
        return rc;
    if (run->survey.counts.new_jobs == 0 && replays == 0)
        return 1;
    rc = run_ask(run, app, path->path, replays, err);
    if (rc != 0)
        return rc;
    say_info(false, "nothing was sent");
    *status = STATUS_OK;
    return 0;
}

static void release(struct run *run)
{
    release_signals();
    engine_release(&run->engine);
    run_slots_release(run);
    http_release(&run->http);
    service_release(&run->service);
    survey_release(&run->survey);
    seen_release(&run->seen);
    ledger_close(run->ledger);
    ledger_reader_release(&run->reader);
    json_release(&run->scratch);
    input_release(&run->input);
}

int cmd_run(const struct opt *opt, struct app *app, struct err *err)
{
    struct ledger_path path = {.path = ""};
    struct run run = {.opt = opt, .os = os_posix(), .http.wake_fds = {-1, -1}};
    int status = 0;

    run.slot_count = (uint32_t)opt->connections;
    run.random_state = run.os->monotonic_us(run.os->context);
    json_init(&run.scratch);
    ledger_reader_init(&run.reader);
    int rc = input_init(&run.input, opt, err);
    if (rc == 0)
        rc = run_check_consent(opt, app, err);
    if (rc == 0)
        rc = ledger_path_resolve(&path, opt, opt->args[0],
                                 run.os->wall_ms(run.os->context), err);
    if (rc == 0)
        rc = seen_open(&run.seen, opt, run.os, err);
    if (rc == 0)
        rc = occasion_check(opt, &path, opt->args[0], run.os, err);
    if (rc == 0)
        rc = prepare(&run, app, &path, &status, err);
    if (rc == 1) {
        rc = create_ledger(&run, &path, err);
        if (rc == 0)
            rc = post_all(&run, err);
        if (rc == 0)
            status = run_finish(&run, path.path);
    }
    release(&run);
    return rc < 0 ? rc : status;
}
