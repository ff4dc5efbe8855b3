/* What the ledger has, marked as still in the manifest, or gone from it. */
#include "survey.h"

#include <stdlib.h>

int survey_make_bits(struct survey *survey, struct err *err)
{
    struct ledger *ledger = survey->options.ledger;

    survey->ledger_jobs = ledger ? ledger_jobs(ledger) : 0;
    survey->not_found = "the manifest has no such job any more";
    if (survey->ledger_jobs == 0)
        return 0;
    size_t bytes = survey->ledger_jobs / 8 + 1;
    survey->in_manifest = calloc(bytes, 1);
    survey->name_in_manifest = calloc(bytes, 1);
    if (survey->in_manifest && survey->name_in_manifest)
        return 0;
    return err_set(err, ERR_MEMORY, "out of memory for %u jobs",
                   survey->ledger_jobs);
}

static void set_bit(uint8_t *bits, uint32_t number)
{
    bits[number / 8] |= (uint8_t)(1U << number % 8);
}

static bool has_bit(const uint8_t *bits, uint32_t number)
{
    return (bits[number / 8] >> number % 8 & 1) != 0;
}

void survey_mark(struct survey *survey, const struct compare *compare)
{
    if (!survey->in_manifest)
        return;
    if (compare->known)
        set_bit(survey->in_manifest, compare->found.number);
    if (compare->known && compare->kind != COMPARE_SAME)
        set_bit(survey->name_in_manifest, compare->found.number);
    if (compare->elsewhere)
        return;
    if (compare->kind == COMPARE_CHANGED || compare->kind == COMPARE_TIMEOUT)
        set_bit(survey->name_in_manifest, compare->other.number);
}

bool survey_has_key(const struct survey *survey, uint32_t number)
{
    return number < survey->ledger_jobs && has_bit(survey->in_manifest, number);
}

/* What a selection left out is not gone. */
static bool knows_gone(const struct survey *survey)
{
    const struct select *select = survey->options.select;

    return survey->ledger_jobs > 0 && !(select && select_restricts(select));
}

/* By its key and its name alone. */
static bool is_left_out(const struct survey *survey, uint32_t number)
{
    return !has_bit(survey->in_manifest, number) &&
           !has_bit(survey->name_in_manifest, number);
}

#define LIVE (LEDGER_OPEN_OR_UNKNOWN | 1U << LEDGER_POSTED)

bool survey_is_gone(const struct survey *survey, uint32_t number)
{
    struct ledger_job job;

    if (!knows_gone(survey) || number >= survey->ledger_jobs)
        return false;
    ledger_job_at(survey->options.ledger, number, &job);
    return (LIVE >> job.state & 1) != 0 && is_left_out(survey, number);
}

uint64_t survey_gone(const struct survey *survey)
{
    struct ledger_job job;
    uint32_t cursor = 0;
    uint64_t gone = 0;

    if (!knows_gone(survey))
        return 0;
    while (ledger_next(survey->options.ledger, LIVE, &cursor, &job) &&
           job.number < survey->ledger_jobs)
        gone += is_left_out(survey, job.number);
    return gone;
}

void survey_set_key(struct survey *survey, uint32_t number)
{
    set_bit(survey->in_manifest, number);
}
