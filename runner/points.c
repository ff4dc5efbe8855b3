#include "points.h"

struct walk {
    points_function *on_job;
    void *arg;
    struct job job;
    uint64_t base; /* index of the entry's first job */
    struct errs *errs;
};

static uint64_t index_of(const struct walk *walk, const struct entry *entry,
                         uint64_t i)
{
    return entry->given_index >= 0 ? (uint64_t)entry->given_index
                                   : walk->base + i;
}

static int one_entry(struct walk *walk, struct entry *entry, struct err *err)
{
    uint64_t points = entry_points(entry);

    for (uint64_t i = 0; i < points && walk->errs->errors == 0; i++) {
        struct err fault = ERR_INIT;
        if (entry_job(entry, i, &walk->job, &fault) != 0) {
            errs_add(walk->errs, &fault);
            break;
        }
        int rc =
            walk->on_job(walk->arg, &walk->job, index_of(walk, entry, i), err);
        if (rc != 0)
            return rc;
    }
    walk->base += points;
    return 0;
}

int points_each(struct input *input, const char *path, points_function *on_job,
                void *arg, struct errs *errs, struct err *err)
{
    struct walk walk = {.on_job = on_job, .arg = arg, .errs = errs};
    struct entry *entry;
    int rc = input_open(input, path, err);

    if (rc != 0)
        return rc;
    job_init(&walk.job);
    while (rc == 0 && !errs_full(errs)) {
        if (manifest_next(&input->manifest, &entry, errs) <= 0)
            break;
        if (entry)
            rc = one_entry(&walk, entry, err);
    }
    job_release(&walk.job);
    if (rc == 0)
        rc = errs_result(errs, err);
    return rc;
}
