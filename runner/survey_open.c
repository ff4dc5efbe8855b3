/*
 * Recovery is not a matter of selection: a job that an earlier run left open
 * is finished if its point is in the manifest, selected or not.
 */
#include "survey.h"

#define LOOKED_AT_MAX    10000000 /* points rendered in the search */
#define LOOKED_AT_A_TURN 65536

struct search {
    struct survey *survey;
    struct select all;
    struct job job;
    uint64_t missing; /* open and unknown jobs that no point was yet */
    uint64_t looked_at;
    struct errs *errs;
};

static uint64_t count_missing(const struct survey *survey)
{
    struct ledger *ledger = survey->options.ledger;
    struct ledger_job job;
    uint64_t missing = 0;
    uint32_t cursor = 0;

    while (ledger_next(ledger, LEDGER_OPEN_OR_UNKNOWN, &cursor, &job))
        missing += !survey_has_key(survey, job.number);
    return missing;
}

static bool is_missing(const struct survey *survey,
                       const struct ledger_job *job)
{
    return (job->state == LEDGER_OPEN || job->state == LEDGER_UNKNOWN ||
            job->state == LEDGER_MISMATCH) &&
           !survey_has_key(survey, job->number);
}

static int look_at(struct search *search, struct err *err)
{
    struct survey *survey = search->survey;
    struct ledger_job found;

    search->looked_at++;
    if (!search->job.has_address)
        return 0;
    int rc =
        ledger_find_key(survey->options.ledger, search->job.key, &found, err);
    if (rc == 1 && is_missing(survey, &found)) {
        survey_set_key(survey, found.number);
        search->missing--;
    }
    return rc < 0 ? rc : 0;
}

/* A point at fault that is not selected is no fault of this run. */
static int one_entry(struct search *search, struct entry *entry,
                     struct err *err)
{
    struct err fault = ERR_INIT;
    uint64_t point;
    int rc = select_entry(&search->all, entry, &fault);

    while (rc >= 0 && search->missing > 0) {
        rc = select_next(&search->all, LOOKED_AT_A_TURN, &point, &fault);
        if (rc <= 0)
            return 0;
        if (rc == SELECT_LATER) {
            search->looked_at += LOOKED_AT_A_TURN;
        } else if (entry_job(entry, point, &search->job, &fault) == 0) {
            int looked = look_at(search, err);
            if (looked < 0)
                return looked;
        }
        if (search->looked_at >= LOOKED_AT_MAX)
            return 0;
    }
    return 0;
}

static void warn(struct search *search)
{
    struct err err = ERR_INIT;

    if (search->missing == 0 || search->looked_at < LOOKED_AT_MAX)
        return;
    search->survey->not_found = "not selected, and not found among the points "
                                "that were looked at";
    err_set(&err, ERR_WARNING,
            "%llu jobs that an earlier run left open were not found among the "
            "first %d points of the manifest; a run with the selection of "
            "that one finds them",
            (unsigned long long)search->missing, LOOKED_AT_MAX);
    errs_add(search->errs, &err);
}

static int each_entry(struct search *search, struct manifest *manifest,
                      struct err *err)
{
    struct entry *entry;
    struct errs ignored; /* the first pass told them */
    int rc = manifest_rewind(manifest, err);

    errs_init(&ignored);
    select_begin(&search->all);
    while (rc == 0 && search->missing > 0 &&
           search->looked_at < LOOKED_AT_MAX &&
           manifest_next(manifest, &entry, &ignored) > 0)
        if (entry)
            rc = one_entry(search, entry, err);
    if (rc == 0)
        rc = errs_result(&ignored, err);
    return rc;
}

int survey_find_open(struct survey *survey, struct manifest *manifest,
                     struct errs *errs, struct err *err)
{
    static const struct opt none;
    struct search search = {.survey = survey, .errs = errs};

    if (survey->ledger_jobs == 0 || !survey->options.select ||
        !select_restricts(survey->options.select))
        return 0;
    search.missing = count_missing(survey);
    if (search.missing == 0)
        return 0;
    job_init(&search.job);
    int rc = select_init(&search.all, &none, err);
    if (rc == 0)
        rc = each_entry(&search, manifest, err);
    if (rc == 0)
        warn(&search);
    select_release(&search.all);
    job_release(&search.job);
    return rc;
}
