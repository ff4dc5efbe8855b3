#include "points.h"

#define LOOKED_AT_A_TURN 65536

struct walk {
    points_function *on_job;
    void *arg;
    struct select *select;
    struct job job;
    struct errs *errs;
};

/* The entry's next selected point as a job: 1, 0 at its end, negative. */
static int next_job(struct walk *walk, uint64_t *index, struct err *err)
{
    uint64_t point;
    int rc = SELECT_LATER;

    while (rc == SELECT_LATER) {
        rc = select_next(walk->select, LOOKED_AT_A_TURN, &point, err);
        if (rc != 1)
            continue;
        rc = select_job(walk->select, point, &walk->job, err);
        if (rc == 1)
            *index = select_index(walk->select, point);
        else if (rc == 0)
            rc = SELECT_LATER;
    }
    return rc;
}

static int one_entry(struct walk *walk, struct entry *entry, struct err *err)
{
    struct err fault = ERR_INIT;
    uint64_t index = 0;
    int rc = select_entry(walk->select, entry, &fault);

    while (rc == 0 && walk->errs->errors == 0) {
        rc = next_job(walk, &index, &fault);
        if (rc == 0)
            return 0;
        if (rc == 1) {
            rc = walk->on_job(walk->arg, &walk->job, index, err);
            if (rc != 0)
                return rc;
        }
    }
    if (rc < 0)
        errs_add(walk->errs, &fault);
    return 0;
}

int points_each(struct input *input, const char *path, points_function *on_job,
                void *arg, struct errs *errs, struct err *err)
{
    struct walk walk = {
        .on_job = on_job, .arg = arg, .select = &input->select, .errs = errs};
    struct entry *entry;
    int rc = input_open(input, path, err);

    if (rc == 0)
        rc = select_prepare(walk.select, &input->manifest, errs, err);
    if (rc != 0)
        return rc;
    job_init(&walk.job);
    select_begin(walk.select);
    while (rc == 0 && !errs_full(errs)) {
        if (manifest_next(&input->manifest, &entry, errs) <= 0)
            break;
        if (entry)
            rc = one_entry(&walk, entry, err);
    }
    job_release(&walk.job);
    if (rc == 0)
        rc = errs_result(errs, err);
    if (rc == 0)
        rc = select_check(walk.select, err);
    return rc;
}
