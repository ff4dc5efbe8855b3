/*
 * cmd_validate: definitions and manifests against the published schema.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "endpoint.h"
#include "input.h"
#include "say.h"
#include "text.h"
#include "twins.h"

#define POINTS_MAX 100000 /* rendered and checked of one entry */

struct tally {
    uint64_t jobs;
    uint64_t twins; /* of them, those that are an earlier one's job */
    uint64_t unchecked;
};

/* The points that the entry's `where` takes, up to POINTS_MAX looked at. */
static void check_entry(struct select *select, struct entry *entry,
                        struct job *job, struct tally *tally, struct errs *errs)
{
    struct err fault = ERR_INIT;
    uint64_t point;
    uint64_t checked = 0;
    int rc = select_entry(select, entry, &fault);

    while (rc == 0 && checked < POINTS_MAX) {
        rc = select_next(select, POINTS_MAX, &point, &fault);
        if (rc != 1)
            break;
        checked++;
        rc = point == entry->checked ? 0 : entry_job(entry, point, job, &fault);
    }
    if (rc < 0) {
        errs_add(errs, &fault);
        return;
    }
    uint64_t unchecked = entry_points(entry) - select->at;
    tally->jobs += checked + unchecked;
    tally->unchecked += unchecked;
}

/* After a look at all points: those that are one job, or have one name. */
static int compare_points(struct input *input, struct tally *tally,
                          struct errs *errs, struct err *err)
{
    struct twins twins;

    twins_init(&twins);
    int rc = twins_find(&twins, &input->manifest, &input->select, errs, err);
    tally->twins += twins.records.same_pairs.count;
    twins_release(&twins);
    return rc;
}

static int check_file(struct input *input, const char *path,
                      struct tally *tally, struct errs *errs, struct err *err)
{
    struct entry *entry;
    struct job job;
    int rc = input_open(input, path, err);

    if (rc != 0)
        return rc;
    rc = compare_points(input, tally, errs, err);
    if (rc != 0 || errs->errors > 0)
        return rc;
    job_init(&job);
    select_begin(&input->select);
    while (!errs_full(errs) &&
           manifest_next(&input->manifest, &entry, errs) > 0)
        if (entry)
            check_entry(&input->select, entry, &job, tally, errs);
    job_release(&job);
    if (errs->errors > 0 || tally->unchecked > 0)
        return 0;
    return select_check(&input->select, err);
}

static void tell(struct app *app, const char *path, const struct tally *tally)
{
    uint64_t jobs = tally->jobs - tally->twins;
    char count[TEXT_HUMAN_MAX];
    struct buf shown;

    buf_init(&shown, 65536);
    text_visible(&shown, path, strlen(path));
    fprintf(app->out, "%s: valid, %s job%s",
            shown.failed ? "a file" : buf_str(&shown), text_count(jobs, count),
            jobs == 1 ? "" : "s");
    if (tally->twins > 0)
        fprintf(app->out, " of %s points", text_count(tally->jobs, count));
    fputc('\n', app->out);
    buf_release(&shown);
    if (tally->unchecked > 0)
        say_warning("%s: only the first %d jobs of an entry were checked", path,
                    POINTS_MAX);
}

/* Wrong data ends with 65; what kept us from looking weighs more: 66 to 74. */
static int weigh(const struct errs *errs, int status)
{
    for (unsigned i = 0; i < errs->count; i++) {
        int other = err_exit_status(errs->items[i].code);
        status = other > status ? other : status;
    }
    return status;
}

/* Each file has its own errs; what it found is said before the next. */
static int one_file(const struct opt *opt, struct app *app, const char *path,
                    int *status, struct err *err)
{
    struct tally tally = {0, 0, 0};
    struct input input;
    struct errs errs;
    int rc = input_init(&input, opt, err);

    input.options.no_digest = true;
    errs_init(&errs);
    if (rc == 0)
        rc = input_offline_markets(&input, endpoint_api_url(opt->api_url), err);
    if (rc == 0)
        rc = check_file(&input, path, &tally, &errs, err);
    say_errs(&errs);
    if (rc == 0 && errs.errors == 0)
        tell(app, path, &tally);
    *status = weigh(&errs, *status);
    input_release(&input);
    return rc;
}

int cmd_validate(const struct opt *opt, struct app *app, struct err *err)
{
    int status = 0;

    for (unsigned i = 0; i < opt->arg_count; i++) {
        int rc = one_file(opt, app, opt->args[i], &status, err);
        if (rc != 0)
            return rc;
    }
    return status;
}
