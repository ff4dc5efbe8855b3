/*
 * cmd_run: pin, post, record; and again, to resume.
 *
 * Order: what can be refused without the network; markets; the survey; the
 * question; the ledger, locked from here to the end; what an earlier run
 * left; the engine; the summary.
 */
#include "cmd.h"
#include "ending.h"
#include "ledger_path.h"
#include "live.h"
#include "occasion.h"
#include "replace.h"
#include "run.h"
#include "run_prepare.h"
#include "run_summary.h"
#include "say.h"
#include "signals.h"
#include "status.h"
#include "version.h"

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
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

    return rc == 0 && mode == LEDGER_WRITE ? run_check_ledger(run, err) : rc;
}

/*
 * A ledger that exists is locked before it is compared with the manifest; one
 * that does not is made only after the question, so that a "no" leaves
 * nothing behind.
 */
static int open_existing(struct run *run, const struct ledger_path *path,
                         struct err *err)
{
    /* Before the question, not after it. */
    int rc = ledger_path_check(path->path, err);

    if (rc == 0)
        rc = open_ledger(run, path, LEDGER_READ, err);
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

/* Everything up to the first spending: 1: go on; 0: *status says why not. */
static int prepare(struct run *run, const struct app *app,
                   const struct ledger_path *path, int *status, struct err *err)
{
    uint64_t replays = 0;
    int rc = run_open_service(run, err);

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
        rc = run_check_expect(run, path, err);
    if (rc == 0)
        rc = run_check_rules(run, err);
    if (rc == 0)
        rc = run_count_replays(run, &replays, err);
    if (rc != 0)
        return rc;
    if (run->wanted.fresh == 0 && replays == 0)
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
    signals_release();
    if (run->replace)
        replace_release(run->replace);
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
    struct run run = {.opt = opt,
                      .os = os_posix(),
                      .http.wake_fds = {-1, -1},
                      .command = "run",
                      .pins = !opt->pin_none,
                      .fresh = run_manifest_next};
    struct live live = {.run = NULL};
    struct replace replace = {.stopped = 0};
    int status = 0;

    run.replace = opt->changed == OPT_REPLACE ? &replace : NULL;
    run.slot_count = run_slots_wanted(opt);
    run.began_us = run.os->monotonic_us(run.os->context);
    run.random_state = run.began_us;
    json_init(&run.scratch);
    ledger_reader_init(&run.reader);
    run.reading = (struct run_reader){.manifest = &run.input.manifest,
                                      .select = &run.input.select};
    int rc = input_init(&run.input, opt, err);
    if (rc == 0 && opt->expect)
        rc = plan_digest_check(opt->expect, err);
    if (rc == 0)
        rc = run_check_consent(opt, app, err);
    if (rc == 0)
        rc = ending_check(opt->metrics, err);
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
            rc = manifest_rewind(&run.input.manifest, err);
        if (rc == 0 && opt->live > 0)
            rc = live_init(&live, &run, err);
        if (rc == 0)
            rc = run_post(&run, err);
        if (rc == 0)
            status = run_finish(&run, path.path);
    }
    live_release(&live);
    rc = run_end(&run, &path, rc, status, app->out, err);
    release(&run);
    return rc;
}
