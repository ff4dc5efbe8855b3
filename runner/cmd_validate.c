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

#define POINTS_MAX 100000 /* rendered and checked of one entry */

struct tally {
    uint64_t jobs;
    uint64_t unchecked;
};

static void check_entry(struct entry *entry, struct job *job,
                        struct tally *tally, struct errs *errs)
{
    uint64_t points = entry_points(entry);
    uint64_t checked = points < POINTS_MAX ? points : POINTS_MAX;
    struct err fault = ERR_INIT;

    for (uint64_t i = 0; i < checked; i++) {
        if (entry_job(entry, i, job, &fault) != 0) {
            errs_add(errs, &fault);
            return;
        }
    }
    tally->jobs += points;
    tally->unchecked += points - checked;
}

static int check_file(struct input *input, const char *path,
                      struct tally *tally, struct errs *errs, struct err *err)
{
    struct entry *entry;
    struct job job;
    int rc = input_open(input, path, err);

    if (rc != 0)
        return rc;
    job_init(&job);
    while (!errs_full(errs) &&
           manifest_next(&input->manifest, &entry, errs) > 0)
        if (entry)
            check_entry(entry, &job, tally, errs);
    job_release(&job);
    return 0;
}

static void tell(struct app *app, const char *path, const struct tally *tally)
{
    char count[TEXT_HUMAN_MAX];
    struct buf shown;

    buf_init(&shown, 65536);
    text_visible(&shown, path, strlen(path));
    fprintf(app->out, "%s: valid, %s %s\n", buf_str(&shown),
            text_count(tally->jobs, count), tally->jobs == 1 ? "job" : "jobs");
    buf_release(&shown);
    if (tally->unchecked > 0)
        say_warning("%s: only the first %d jobs of an entry were checked", path,
                    POINTS_MAX);
}

/* Each file has its own errs; what it found is said before the next. */
static int one_file(const struct opt *opt, struct app *app, const char *path,
                    bool *invalid, struct err *err)
{
    struct tally tally = {0, 0};
    struct input input;
    struct errs errs;
    int rc = input_init(&input, opt, err);

    errs_init(&errs);
    if (rc == 0)
        rc = input_offline_markets(&input, endpoint_api_url(opt->api_url), err);
    if (rc == 0)
        rc = check_file(&input, path, &tally, &errs, err);
    say_errs(&errs);
    if (rc == 0 && errs.errors == 0)
        tell(app, path, &tally);
    *invalid = *invalid || errs.errors > 0;
    input_release(&input);
    return rc;
}

int cmd_validate(const struct opt *opt, struct app *app, struct err *err)
{
    bool invalid = false;

    for (unsigned i = 0; i < opt->arg_count; i++) {
        int rc = one_file(opt, app, opt->args[i], &invalid, err);
        if (rc != 0)
            return rc;
    }
    return invalid ? err_exit_status(ERR_DATA) : 0;
}
