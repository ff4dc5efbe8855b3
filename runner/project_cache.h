/*
 * project_cache: which project an API key's jobs are of, as a reply to a post
 * has told: for ledgers none of whose posts had a clear reply.
 *
 * File: of the kind "project", about the API's URL and the key's fingerprint
 * (cache_file.h). Contents: {"api_url":"…","account":"…","project":"…"}. A
 * file that is not of that form, or is about something else, is no cache.
 */
#ifndef RUNNER_PROJECT_CACHE_H
#define RUNNER_PROJECT_CACHE_H

#include "../templates/base58.h"

/*
 * Remembers it; a failure does not matter. account is the fingerprint in hex
 * (secret_fingerprint); a project that is no address is not kept.
 */
void project_cache_save(const char *api_url, const char *account,
                        const char *project);

/* False where it is not known. */
bool project_cache_load(const char *api_url, const char *account,
                        char project[BASE58_ADDRESS_MAX]);

#endif
