/*
 * points: the selected jobs of a manifest, one after another, for offline
 * commands.
 */
#ifndef RUNNER_POINTS_H
#define RUNNER_POINTS_H

#include "input.h"

/*
 * Called with each job and its index over the manifest; and with a NULL job
 * now and then while nothing is found, so that what was printed may be seen.
 * 0: go on; positive: enough; negative: an error.
 */
typedef int points_function(void *arg, const struct job *job, uint64_t index,
                            struct err *err);

/*
 * Opens input's manifest at path and calls on_job for each job that its
 * selection takes, lazily. Nothing left is an error. An entry or a point at
 * fault goes to errs; other entries are still gone through while errs has
 * room, but no job is passed on after an error. Returns 0, or the first
 * negative code (which errs then holds too), or on_job's.
 */
int points_each(struct input *input, const char *path, points_function *on_job,
                void *arg, struct errs *errs, struct err *err);

#endif
