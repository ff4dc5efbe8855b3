/*
 * act_stale: --manifest M --stale: jobs whose point changed in the manifest,
 * or is gone from it.
 *
 * The whole manifest is read, and every point's market has to be known: a
 * point that could not be keyed would make its job look gone. A job whose key
 * is still some point's is wanted under another name, and is not stale.
 */
#include <stdlib.h>
#include <string.h>

#include "act.h"

static void set_bit(uint8_t *bits, uint32_t number)
{
    bits[number / 8] |= (uint8_t)(1U << number % 8);
}

static int on_changed(void *arg, const struct job *job,
                      const struct compare *compare, struct err *err)
{
    struct act *act = arg;

    (void)job;
    (void)err;
    if (compare->kind == COMPARE_CHANGED && !compare->elsewhere)
        set_bit(act->stale, compare->other.number);
    return 0;
}

/* What the pass found: changed jobs less those still wanted, and gone ones. */
static void finish(struct act *act)
{
    const struct survey *survey = &act->run->survey;

    for (uint32_t i = 0; i < survey->ledger_jobs; i++) {
        if (survey_has_key(survey, i))
            act->stale[i / 8] &= (uint8_t) ~(1U << i % 8);
        else if (survey_is_gone(survey, i))
            set_bit(act->stale, i);
    }
}

static int read_manifest(struct act *act, struct err *err)
{
    struct run *run = act->run;
    struct survey_options options = {
        .ledger = run->ledger,
        .markets = &run->input.markets,
        .need_address = true,
        .on_changed = on_changed,
        .arg = act,
    };
    struct errs *errs = &act->app->errs; /* main prints them */
    int rc = input_open(&run->input, run->opt->manifest, err);
    if (rc == 0)
        rc =
            survey_run(&run->survey, &options, &run->input.manifest, errs, err);
    return rc ? rc : errs_result(errs, err);
}

int act_find_stale(struct act *act, struct err *err)
{
    if (!act->run->opt->stale)
        return 0;
    act->stale = calloc(ledger_jobs(act->run->ledger) / 8 + 1, 1);
    if (!act->stale)
        return err_set(err, ERR_MEMORY, "out of memory for %u jobs",
                       ledger_jobs(act->run->ledger));
    int rc = read_manifest(act, err);
    if (rc == 0)
        finish(act);
    return rc;
}
