/*
 * opt_table: the commands and options of the program, once.
 */
#ifndef RUNNER_OPT_TABLE_H
#define RUNNER_OPT_TABLE_H

#include "opt.h"

struct opt_command_row {
    const char *name;
    const char *arguments; /* "MANIFEST", "LEDGER…", or "" */
    unsigned args_min, args_max;
    const char *help; /* one line for the list of commands */
    const char *more; /* a paragraph for the command's own help, or "" */
    bool network;     /* talks to the service */
    bool later;       /* not in this version: hidden, refused */
};

enum opt_kind {
    OPT_KIND_FLAG,     /* no value: bool */
    OPT_KIND_TEXT,     /* const char * */
    OPT_KIND_LIST,     /* struct opt_list */
    OPT_KIND_INTEGER,  /* int64_t, min..max */
    OPT_KIND_DURATION, /* int64_t in ms: "90" and "90s", "30m", "2h", "500ms" */
    OPT_KIND_MONEY,    /* int64_t in nano-dollars: "12.5", "$12.5" */
    OPT_KIND_SHARE,    /* struct opt_share: "20", "2.5%" */
    OPT_KIND_SHARD,    /* struct opt_shard: "0/8", "auto/8" */
    OPT_KIND_CHOICE,   /* int64_t: index into choices */
    OPT_KIND_ONLY      /* bool: its value can only be the one of choices */
};

struct opt_option_row {
    const char *name;    /* long, without dashes */
    char short_name;     /* or 0 */
    const char *arg;     /* the value's name in the help; NULL for a flag */
    const char *choices; /* "a|b|c" for CHOICE and ONLY, else NULL */
    enum opt_kind kind;
    bool later;       /* not in this version: hidden, refused */
    size_t offset;    /* of its field in struct opt */
    int64_t min, max; /* of INTEGER; ms of DURATION */
    int64_t fallback; /* where not given; of INTEGER, DURATION, MONEY, CHOICE */
    uint32_t commands; /* bit 1 << enum opt_command for each it goes with */
    const char *help;  /* one sentence, no final stop */
};

extern const struct opt_command_row opt_commands[OPT_COMMANDS];
extern const struct opt_option_row opt_options[];
extern const size_t opt_option_count;

/* The option of a long name, or of a short one; NULL where there is none. */
const struct opt_option_row *opt_option_find(const char *name, size_t len);
const struct opt_option_row *opt_option_short(char name);

/* Whether an option goes with a command. */
bool opt_option_fits(const struct opt_option_row *option,
                     enum opt_command command);

/* Choice i of "a|b|c": its length and, in *text, where it begins; 0: none. */
size_t opt_choice(const char *choices, unsigned i, const char **text);

/* Whether a command takes choice i of an option; html is for review only. */
bool opt_choice_fits(const struct opt_option_row *option, unsigned i,
                     enum opt_command command);

/* Reads an option's value into its field. ERR_USAGE. */
int opt_value(struct opt *opt, const struct opt_option_row *option,
              const char *value, struct err *err);

#endif
