#include "points.h"

/* In points that an expression refused; a job of another shard costs more. */
#define LOOKED_AT_A_TURN 16384
#define IN_VAIN_TO_PAUSE 65536
#define RENDERED         16

struct walk {
    points_function *on_job;
    void *arg;
    struct select *select;
    struct job job;
    uint64_t in_vain; /* work since the last job or pause */
    struct errs *errs;
};

/*
 * Goes on to the entry's next selected point: 1 with a job, 0 at the end,
 * SELECT_LATER where there is none yet, negative.
 */
static int next_job(struct walk *walk, uint64_t *index, struct err *err)
{
    uint64_t point;
    int rc = select_next(walk->select, LOOKED_AT_A_TURN, &point, err);

    if (rc == SELECT_LATER)
        walk->in_vain += LOOKED_AT_A_TURN;
    if (rc != 1)
        return rc;
    rc = select_job(walk->select, point, &walk->job, err);
    *index = select_index(walk->select, point);
    walk->in_vain += rc == 0 ? RENDERED : 0;
    return rc == 0 ? SELECT_LATER : rc;
}

static int one_entry(struct walk *walk, struct entry *entry, struct err *err)
{
    struct err fault = ERR_INIT;
    uint64_t index = 0;
    int rc = select_entry(walk->select, entry, &fault);

    while (rc == 0 && walk->errs->errors == 0) {
        rc = next_job(walk, &index, &fault);
        if (rc <= 0)
            break;
        bool found = rc == 1;
        rc = 0;
        if (found || walk->in_vain >= IN_VAIN_TO_PAUSE) {
            rc = walk->on_job(walk->arg, found ? &walk->job : NULL, index, err);
            walk->in_vain = 0;
        }
        if (rc != 0)
            return rc;
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
