/*
 * ledger_path: which file a run's ledger is, and what its batch is called.
 *
 * "sweep.ledger.jsonl" for sweep.jsonl.gz, "NAME.ledger.jsonl" beside the
 * manifest with --batch NAME, "….3-of-8.ledger.jsonl" for a shard, or
 * --ledger FILE. strftime(3) conversions in --batch and --ledger are
 * expanded, in UTC.
 */
#ifndef RUNNER_LEDGER_PATH_H
#define RUNNER_LEDGER_PATH_H

#include "opt.h"

#define LEDGER_PATH_MAX  4096
#define LEDGER_BATCH_MAX 200 /* bytes of a batch's resolved name */
#define LEDGER_SHARD_MAX 24

struct ledger_path {
    char path[LEDGER_PATH_MAX];
    char batch[LEDGER_BATCH_MAX + 1]; /* "" without --batch */
    char shard[LEDGER_SHARD_MAX];     /* "3/8"; "" without */
};

/*
 * Works them out for the manifest at `manifest` ("-": standard input, which
 * needs --ledger or --batch). now_ms is the real time. ERR_USAGE where the
 * options do not go together.
 */
int ledger_path_resolve(struct ledger_path *out, const struct opt *opt,
                        const char *manifest, int64_t now_ms, struct err *err);

/*
 * ERR_CREATE where a symbolic link stands there: one that leads nowhere would
 * look like no ledger, and be refused only when it is to be created.
 */
int ledger_path_check(const char *path, struct err *err);

#endif
