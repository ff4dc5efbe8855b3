/*
 * ending: how a command ended, for machines: --format and --metrics.
 *
 * --format json (or jsonl) prints one object on one line, csv a header and a
 * row; table, the default, prints nothing: people read the summary on
 * standard error. Members: command, status, why, manifest, ledger, batch (the
 * last three null where unknown), total, the counts under their names, the cost
 * under its name as dollars of nine places, seconds, reasons (a list of
 * {"count":N,"reason":"…"} of rejections).
 *
 * --metrics FILE is Prometheus' text format, version 0.0.4, replaced whole:
 * nosbatch_jobs by outcome, nosbatch_cost_dollars, nosbatch_duration_seconds,
 * nosbatch_exit_status, nosbatch_end_timestamp_seconds and
 * nosbatch_last_success_timestamp_seconds, each with the labels command and
 * input (the last part of the argument's path). Where this end is no success,
 * the last one is taken over from the file that is replaced; 0: none is known.
 */
#ifndef RUNNER_ENDING_H
#define RUNNER_ENDING_H

#include <stdio.h>

#include "../templates/buf.h"
#include "opt.h"

#define ENDING_COUNTS_MAX 12

struct ending_count {
    const char *name; /* of JSON's member and the label outcome */
    uint64_t value;
};

/* Texts are borrowed, NULL where there is none. */
struct ending {
    const char *command;
    const char *input; /* the argument as typed */
    int status;        /* exit status */
    const char *why;   /* "done", or what stopped it */
    const char *manifest, *ledger, *batch;
    uint64_t total; /* jobs that it was about */
    struct ending_count counts[ENDING_COUNTS_MAX];
    size_t count;
    const char *cost_name; /* "charged_usd", "final_usd" */
    int64_t cost_nano;
    const char *reasons; /* JSON */
    uint64_t took_ms;
    int64_t at_ms; /* real time */
};

/* Adds a count; beyond ENDING_COUNTS_MAX it is left out. */
void ending_add(struct ending *ending, const char *name, uint64_t value);

/*
 * Whether --metrics (path; NULL: not given) can be written at the end:
 * ERR_CREATE where its folder is not writable, or what is there is no regular
 * file, /dev/null for one, and must not be replaced. To be asked before
 * anything is spent; ending_write_metrics asks again.
 */
int ending_check(const char *path, struct err *err);

/* Adds the text of --metrics to out. success_s: the last success, or 0. */
void ending_metrics(const struct ending *ending, int64_t success_s,
                    struct buf *out);

/*
 * Replaces the file at path with that text; readable by all, since it is
 * another user's program that collects it. ERR_CREATE, ERR_IO, ERR_MEMORY.
 */
int ending_write_metrics(const struct ending *ending, const char *path,
                         struct err *err);

/*
 * Prints to out and replaces the file, as the options ask. A file that cannot
 * be written is a warning: it does not hide how the command ended. Where
 * another run holds the ledger (75), the file is that one's and left alone.
 * ERR_IO where out cannot be written.
 */
int ending_tell(const struct ending *ending, const struct opt *opt, FILE *out,
                struct err *err);

#endif
