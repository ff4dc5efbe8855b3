/*
 * opt: the command line as typed fields.
 *
 * One table (opt_table.h) drives parsing, --help, the manual page (opt_man.h)
 * and the completions (complete.h). GNU style: --name=VALUE or --name VALUE,
 * options before or after arguments, "--" ends them, unambiguous beginnings of
 * long names do. Of an option given twice the last one counts, except for those
 * that are lists.
 */
#ifndef RUNNER_OPT_H
#define RUNNER_OPT_H

#include <stdio.h>

#include "../templates/err.h"

#define OPT_LIST_MAX 256 /* values of one list option */

enum opt_command {
    OPT_NEW,
    OPT_PLAN,
    OPT_EXPAND,
    OPT_VALIDATE,
    OPT_RUN,
    OPT_RETRY,
    OPT_STATUS,
    OPT_WAIT,
    OPT_EXTEND,
    OPT_STOP,
    OPT_SETTLE,
    OPT_RESULTS,
    OPT_REVIEW,
    OPT_BALANCE,
    OPT_MARKETS,
    OPT_COMPLETION,
    OPT_COMMANDS /* their number */
};

/* What the command line asks for. */
enum opt_wish {
    OPT_WISH_RUN,
    OPT_WISH_HELP,
    OPT_WISH_VERSION,
    OPT_WISH_MAN /* --man, which no help shows: the manual page's source */
};

/* Values of options that have a choice; in the order of the table's texts. */
enum opt_format {
    OPT_TABLE,
    OPT_JSON,
    OPT_JSONL,
    OPT_CSV,
    OPT_HTML
};
enum opt_changed {
    OPT_REFUSE,
    OPT_KEEP,
    OPT_REPLACE
};
enum opt_api {
    OPT_JOBS,
    OPT_WITH_CREDITS
};
enum opt_progress {
    OPT_AUTO,
    OPT_ALWAYS,
    OPT_NEVER
};

/* N or P%. */
enum opt_share_kind {
    OPT_SHARE_NONE,
    OPT_SHARE_COUNT,
    OPT_SHARE_PERCENT
};

#define OPT_PERCENT 1000 /* a share of 1 % */

struct opt_share {
    enum opt_share_kind kind;
    uint64_t value; /* the count, or thousandths of a percent */
};

/* I/N or auto/N. */
struct opt_shard {
    bool automatic; /* I is the environment's; opt_parse has read it */
    uint32_t index; /* from 0, below count */
    uint32_t count; /* 0: not given */
};

struct opt_list {
    const char *items[OPT_LIST_MAX]; /* borrowed from argv */
    unsigned count;
};

/*
 * Texts are borrowed from argv, NULL where not given. Names are the options'
 * own; units as always. An integer that was not given holds the default that
 * the table names, -1 where it names none.
 */
struct opt {
    enum opt_wish wish;
    enum opt_command command; /* OPT_COMMANDS: none was named */
    const char **args;        /* the arguments behind it, ends in NULL */
    unsigned arg_count;
    char **words; /* owned: argv's pointers, reordered; args is its end */

    /* manifests and selection */
    struct opt_list set;
    const char *market, *timeout, *rows, *id, *where;
    struct opt_share sample;
    int64_t seed;
    struct opt_shard shard;

    /* the ledger and what is asked of it */
    const char *ledger, *batch, *expect;
    struct opt_list seen;
    int64_t changed; /* enum opt_changed */
    bool yes, any_market, allow_unpriced, pin_none;

    /* limits */
    int64_t max_cost_nano; /* -1: none */
    struct opt_share max_rejected;
    int64_t live; /* -1: no limit */

    /* network */
    int64_t connections, rate; /* rate -1: no limit */
    int64_t give_up_ms, http_timeout_ms, retries;
    bool replay_never, proxy_env;
    int64_t api; /* enum opt_api */
    const char *api_url, *pin_url, *api_key_file, *pin_jwt_file, *cacert;

    /* later commands */
    const char *project, *manifest, *posted, *until, *by, *time_zone;
    struct opt_list compare;
    int64_t time_ms; /* of extend */
    bool stale, lost, schema_strict, check;

    /* what is printed */
    int64_t format;   /* enum opt_format */
    int64_t progress; /* enum opt_progress */
    bool quiet, verbose;
    const char *columns, *sort, *metrics;
};

/*
 * Reads a command line; argv is not changed and is borrowed. Returns 0, or
 * ERR_USAGE or ERR_MEMORY with err filled. opt_release is due in any case.
 */
int opt_parse(struct opt *opt, int argc, char *const *argv, struct err *err);
void opt_release(struct opt *opt);

/*
 * Prints the help of opt->command, or of the whole program for
 * OPT_COMMANDS. The caller checks the stream for errors.
 */
void opt_help(enum opt_command command, FILE *out);

/* The command's name, as typed. */
const char *opt_command_name(enum opt_command command);

#endif
