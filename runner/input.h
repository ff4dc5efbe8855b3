/*
 * input: a manifest as the command line means it: the file, --set, --market,
 * --timeout, what is selected of it, and the markets that its slugs are
 * looked up in. No network.
 */
#ifndef RUNNER_INPUT_H
#define RUNNER_INPUT_H

#include "../queue/manifest.h"
#include "../templates/set.h"
#include "market.h"
#include "opt.h"
#include "select.h"

struct input {
    struct hasher hasher;
    struct markets markets;
    struct manifest_options options;
    struct manifest manifest;
    struct select select;         /* --where, --sample, --shard */
    struct set *sets;             /* owned: --set, as read */
    struct entry_set *entry_sets; /* owned: the same for entries */
    unsigned set_count;
};

/*
 * Reads --set and the other options of opt, which is borrowed. The markets
 * are empty and slugs unresolved until one of the markets functions is
 * called. input_release is due in any case.
 */
int input_init(struct input *input, const struct opt *opt, struct err *err);
void input_release(struct input *input);

/* Prices and slugs at hand: the cache of that API, else the snapshot. */
int input_offline_markets(struct input *input, const char *api_url,
                          struct err *err);

/* Opens the manifest at path ("-": standard input). */
int input_open(struct input *input, const char *path, struct err *err);

#endif
