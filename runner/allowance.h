/*
 * allowance: in words, what a service was found to take.
 */
#ifndef RUNNER_ALLOWANCE_H
#define RUNNER_ALLOWANCE_H

#include "engine.h"

#define ALLOWANCE_MAX 80

/*
 * "the service takes about 58 requests/s", of whichever service takes least.
 * Returns out, or NULL where no limit of the rate was found.
 */
const char *allowance_words(const struct engine *engine,
                            char out[ALLOWANCE_MAX]);

#endif
