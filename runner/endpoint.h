/*
 * endpoint: where the two services are. No network code, so that offline
 * commands can name the API whose prices they have cached.
 */
#ifndef RUNNER_ENDPOINT_H
#define RUNNER_ENDPOINT_H

#include <stdint.h>

#define ENDPOINT_API_URL "https://dashboard.k8s.prd.nos.ci/api"
#define ENDPOINT_PIN_URL "https://api.pinata.cloud"

/*
 * The URL in force: given (an option's, or NULL), else the environment's
 * NOSANA_API_URL or PINATA_API_URL where it is not empty, else the published
 * one. Borrowed, and not checked: see http_base_check.
 */
const char *endpoint_api_url(const char *given);
const char *endpoint_pin_url(const char *given);

/* "jobs" or "with-credits" of an enum opt_api, as --api and ledgers say. */
const char *endpoint_generation(int64_t api);

#endif
