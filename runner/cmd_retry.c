/*
 * cmd_retry: jobs whose run failed are posted again, from the ledger alone.
 *
 * Order: the ledger, locked from here to the end; the jobs' states, asked and
 * recorded; which jobs; the question; what an earlier command left open, and
 * then the new generations; the summary.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "ending.h"
#include "retry.h"
#include "run_prepare.h"
#include "run_summary.h"
#include "say.h"
#include "signals.h"
#include "status.h"

#define ASKING_CALLS 8 /* requests for states in flight at most */

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

/* A ledger's keys mean something to the service that it belongs to only. */
static int check_service(const struct run *run, struct err *err)
{
    const struct ledger_identity *identity =
        &ledger_info(run->ledger)->identity;
    const char *generation = service_api_name(run->service.api);

    if (strcmp(identity->api_url, run->service.api_url) != 0)
        return err_set(err, ERR_DATA,
                       "%s belongs to the service %s, not to %s; set "
                       "NOSANA_API_URL or give --api-url",
                       run->opt->args[0], identity->api_url,
                       run->service.api_url);
    if (strcmp(identity->generation, generation) != 0)
        return err_set(err, ERR_DATA, "%s was made with --api %s, not %s",
                       run->opt->args[0], identity->generation, generation);
    return 0;
}

static int open_ledger(struct run *run, struct err *err)
{
    struct ledger_options options = {
        .os = run->os,
        .mode = LEDGER_WRITE,
        .path = run->opt->args[0],
        .watch = true,
        .warn = warn,
    };
    /* Or a name that was mistyped would leave a lock file behind. */
    int rc = access(options.path, F_OK) == 0
                 ? ledger_open(&run->ledger, &options, err)
                 : 1;

    if (rc == 1)
        return err_set(err, ERR_INPUT, "there is no ledger %s", options.path);
    if (rc == 0)
        rc = check_service(run, err);
    return rc == 0 ? run_check_ledger(run, err) : rc;
}

static int ask_states(struct run *run, struct err *err)
{
    struct run_states states;
    const struct run_states_options options = {
        .calls_max = ASKING_CALLS,
        .rate = run->opt->rate > 0 ? (double)run->opt->rate : 0,
    };
    int rc = run_states_init(&states, run, &options, err);

    if (rc == 0)
        rc = run_states_ask_all(&states, err);
    if (rc == 0 && states.missing > 0)
        say_warning("the service does not know %llu of the jobs",
                    (unsigned long long)states.missing);
    if (rc == 0 && states.unanswered > 0)
        say_warning("%llu of the jobs got no usable answer: %s",
                    (unsigned long long)states.unanswered,
                    poll_words(&states.poll));
    run_states_release(&states);
    return rc;
}

/* Everything up to the first spending: 1: go on; 0: nothing to do, or no. */
static int prepare(struct retry *retry, const struct app *app, struct err *err)
{
    struct run *run = retry->run;
    uint64_t replays = 0;
    int rc = run_open_service(run, err);

    if (rc == 0)
        rc = open_ledger(run, err);
    if (rc == 0)
        rc = run_fetch_markets(run, err);
    if (rc == 0)
        rc = ask_states(run, err);
    if (rc == 0)
        rc = retry_pick(retry, err);
    if (rc == 0)
        rc = run_count_replays(run, &replays, err);
    if (rc != 0)
        return rc;
    retry_explain(retry);
    if (run->pick_count == 0 && replays == 0)
        return 0;
    rc = run_ask(run, app, run->opt->args[0], replays, err);
    if (rc == 0)
        say_info(false, "nothing was sent");
    return rc;
}

static void release(struct retry *retry)
{
    struct run *run = retry->run;

    signals_release();
    engine_release(&run->engine);
    run_slots_release(run);
    http_release(&run->http);
    service_release(&run->service);
    retry_release(retry);
    ledger_close(run->ledger);
    ledger_reader_release(&run->reader);
    json_release(&run->scratch);
    input_release(&run->input);
}

/* For the summary: the ledger as typed, and the batch that it says. */
static void name_ledger(const struct run *run, struct ledger_path *path)
{
    const char *batch =
        run->ledger ? ledger_info(run->ledger)->identity.batch : NULL;

    snprintf(path->path, sizeof path->path, "%s", run->opt->args[0]);
    if (batch)
        snprintf(path->batch, sizeof path->batch, "%s", batch);
}

int cmd_retry(const struct opt *opt, struct app *app, struct err *err)
{
    struct run run = {.opt = opt,
                      .os = os_posix(),
                      .http.wake_fds = {-1, -1},
                      .command = "retry",
                      .again = true,
                      .fresh = retry_next};
    struct retry retry = {.run = &run};
    struct ledger_path path = {.path = ""};
    int status = STATUS_OK;

    run.slot_count = run_slots_wanted(opt);
    run.began_us = run.os->monotonic_us(run.os->context);
    run.random_state = run.began_us;
    json_init(&run.scratch);
    ledger_reader_init(&run.reader);
    int rc = input_init(&run.input, opt, err);
    if (rc == 0)
        rc = run_check_consent(opt, app, err);
    if (rc == 0)
        rc = ending_check(opt->metrics, err);
    if (rc == 0)
        rc = prepare(&retry, app, err);
    if (rc == 0 && run.ledger)
        status = run_status(&run);
    if (rc == 1) {
        rc = run_post(&run, err);
        if (rc == 0)
            status = run_finish(&run, opt->args[0]);
    }
    name_ledger(&run, &path);
    rc = run_end(&run, &path, rc, status, app->out, err);
    release(&retry);
    return rc;
}
