/*
 * cmd_plan: how many jobs, at most how dear, and what the ledger has already.
 * Touches no network and writes nothing.
 */
#include <errno.h>
#include <string.h>

#include "changes.h"
#include "cmd.h"
#include "endpoint.h"
#include "input.h"
#include "ledger_path.h"
#include "market_rules.h"
#include "plan_print.h"
#include "say.h"
#include "survey.h"

#define CHANGED_SHOWN 5 /* changed points that are named */

struct plan {
    const struct opt *opt;
    struct app *app;
    struct input input;
    struct ledger *ledger; /* NULL: none yet */
    struct seen seen;
    struct ledger_path path;
    struct survey survey;
    struct ledger_reader reader;
    struct plan_print print;
};

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

/* A ledger that does not exist is fine: everything is new then. */
static int open_ledger(struct plan *plan, struct err *err)
{
    struct ledger_identity identity = {
        .batch = plan->path.batch[0] ? plan->path.batch : NULL,
        .shard = plan->path.shard[0] ? plan->path.shard : NULL,
        .api_url = endpoint_api_url(plan->opt->api_url),
        .generation = endpoint_generation(plan->opt->api),
    };
    struct ledger_options options = {
        .os = os_posix(),
        .mode = LEDGER_READ,
        .path = plan->path.path,
        .identity = &identity,
        .warn = warn,
    };
    int rc = ledger_open(&plan->ledger, &options, err);

    return rc < 0 ? rc : 0;
}

static int find_ledger(struct plan *plan, struct err *err)
{
    const struct os *os = os_posix();
    const char *manifest = plan->opt->args[0];

    /* A plan of standard input needs no ledger. */
    if (strcmp(manifest, "-") == 0 && !plan->opt->ledger && !plan->opt->batch)
        return 0;
    int rc = ledger_path_resolve(&plan->path, plan->opt, manifest,
                                 os->wall_ms(os->context), err);
    if (rc == 0)
        rc = ledger_path_check(plan->path.path, err);
    return rc ? rc : open_ledger(plan, err);
}

static int on_entry(void *arg, const struct survey_entry *entry,
                    struct err *err)
{
    struct plan *plan = arg;

    return plan_print_entry(&plan->print, entry, err);
}

/* Names the first few points that are not what the ledger has. */
static int on_changed(void *arg, const struct job *job,
                      const struct compare *compare, struct err *err)
{
    struct plan *plan = arg;
    const struct survey_counts *counts = &plan->survey.counts;

    if (counts->changed + counts->timeout > CHANGED_SHOWN)
        return 0;
    return changes_warn(plan->ledger, &plan->reader, job, compare,
                        &plan->input.markets, err);
}

static int survey(struct plan *plan, struct err *err)
{
    struct survey_options options = {
        .ledger = plan->ledger,
        .seen = &plan->seen,
        .markets = &plan->input.markets,
        .select = &plan->input.select,
        .replace = plan->opt->changed == OPT_REPLACE,
        .on_entry = on_entry,
        .on_changed = on_changed,
        .arg = plan,
    };
    int rc = survey_run(&plan->survey, &options, &plan->input.manifest,
                        &plan->app->errs, err);

    return rc ? rc : errs_result(&plan->app->errs, err);
}

/* 4 where the whole would pass --max-cost; the plan itself succeeded. */
static int judge_cap(const struct plan *plan)
{
    int64_t cap = plan->opt->max_cost_nano;
    int64_t used = plan->survey.max_nano;
    char money[MONEY_TEXT_MAX];
    char limit[MONEY_TEXT_MAX];

    if (plan->ledger) {
        const struct ledger_totals *totals = ledger_totals(plan->ledger);
        if (!money_add(&used, totals->charged_nano) ||
            !money_add(&used, totals->reserved_nano))
            used = INT64_MAX;
    }
    if (cap < 0 || used <= cap)
        return 0;
    money_format_short(used, money);
    money_format_short(cap, limit);
    say_error("up to %s, which is more than --max-cost %s", money, limit);
    return err_exit_status(ERR_CAP);
}

static int print_end(struct plan *plan, struct err *err)
{
    const struct plan_digest_facts facts = {
        .survey = &plan->survey,
        .manifest = &plan->input.manifest,
        .opt = plan->opt,
        .ledger = plan->ledger,
        .path = &plan->path,
    };

    plan_digest_finish(&facts, plan->print.digest);
    return plan_print_end(&plan->print, &plan->survey, plan->ledger,
                          plan->path.path, err);
}

int cmd_plan(const struct opt *opt, struct app *app, struct err *err)
{
    struct plan plan = {.opt = opt, .app = app};
    int rc = input_init(&plan.input, opt, err);

    ledger_reader_init(&plan.reader);
    plan_print_init(&plan.print, opt, app);
    if (rc == 0)
        rc = input_offline_markets(&plan.input, endpoint_api_url(opt->api_url),
                                   err);
    if (rc == 0)
        rc = find_ledger(&plan, err);
    if (rc == 0)
        rc = seen_open(&plan.seen, opt, os_posix(), err);
    if (rc == 0)
        rc = input_open(&plan.input, opt->args[0], err);
    if (rc == 0)
        rc = survey(&plan, err);
    if (rc == 0)
        rc = print_end(&plan, err);
    if (rc == 0)
        rc = market_rules_check(&plan.survey, opt, err);
    if (rc == 0)
        rc = judge_cap(&plan);
    ledger_reader_release(&plan.reader);
    plan_print_release(&plan.print);
    survey_release(&plan.survey);
    seen_release(&plan.seen);
    ledger_close(plan.ledger);
    input_release(&plan.input);
    return rc;
}
