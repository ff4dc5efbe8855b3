#include "opt.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../templates/nearest.h"
#include "opt_table.h"

#define LONG_BASE 256 /* getopt's val of option 0; above all characters */
#define ROWS_MAX  96  /* of opt_options, with --help and the end */

#define HELP_LETTER 'h' /* -h and --help are not in the table */

static void set_defaults(struct opt *opt)
{
    memset(opt, 0, sizeof *opt);
    opt->command = OPT_COMMANDS;
    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option_row *option = &opt_options[i];
        void *field = (char *)opt + option->offset;
        if (option->kind == OPT_KIND_INTEGER ||
            option->kind == OPT_KIND_DURATION ||
            option->kind == OPT_KIND_MONEY || option->kind == OPT_KIND_CHOICE)
            *(int64_t *)field = option->fallback;
    }
}

/* --- messages ------------------------------------------------------------ */

static int unknown_command(const char *word, struct err *err)
{
    struct nearest search;
    char hint[NEAREST_NAME_MAX + 32];

    nearest_begin(&search, word, strlen(word));
    for (int i = 0; i < OPT_COMMANDS; i++)
        if (!opt_commands[i].later)
            nearest_offer(&search, opt_commands[i].name);
    nearest_hint(&search, hint, sizeof hint);
    return err_set(err, ERR_USAGE,
                   "unknown command \"%s\"%s; nosbatch --help lists them", word,
                   hint);
}

/* The commands that an option goes with, as "run, plan". */
static void list_commands(const struct opt_option_row *option, char *out,
                          size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (int i = 0; i < OPT_COMMANDS && len < size; i++) {
        if (!opt_option_fits(option, (enum opt_command)i) ||
            opt_commands[i].later)
            continue;
        len += (size_t)snprintf(out + len, size - len, "%s%s",
                                len > 0 ? ", " : "", opt_commands[i].name);
    }
}

static int wrong_option(enum opt_command command, const char *name, size_t len,
                        struct err *err)
{
    const struct opt_option_row *option = opt_option_find(name, len);
    struct nearest search;
    char hint[NEAREST_NAME_MAX + 32];
    char commands[256];

    if (option && !option->later) {
        list_commands(option, commands, sizeof commands);
        return err_set(err, ERR_USAGE,
                       "--%s does not go with \"%s\" (it goes with %s)",
                       option->name, opt_command_name(command), commands);
    }
    nearest_begin(&search, name, len);
    for (size_t i = 0; i < opt_option_count; i++)
        if (opt_option_fits(&opt_options[i], command) && !opt_options[i].later)
            nearest_offer(&search, opt_options[i].name);
    hint[0] = '\0';
    if (search.best)
        snprintf(hint, sizeof hint, " (did you mean \"--%s\"?)", search.best);
    return err_set(err, ERR_USAGE,
                   "unknown option \"--%.*s\"%s; nosbatch %s --help lists them",
                   (int)len, name, hint, opt_command_name(command));
}

static int wrong_letter(enum opt_command command, int letter, struct err *err)
{
    const struct opt_option_row *option = opt_option_short((char)letter);

    if (option && !option->later)
        return wrong_option(command, option->name, strlen(option->name), err);
    return err_set(err, ERR_USAGE,
                   "unknown option \"-%c\"; nosbatch %s --help lists them",
                   letter, opt_command_name(command));
}

static int not_yet(const char *what, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s is not in this version", what);
}

/* --- parsing ------------------------------------------------------------- */

/* getopt's tables of the options that go with a command. */
struct tables {
    struct option longs[ROWS_MAX];
    char shorts[2 * ROWS_MAX];
};

static void make_tables(enum opt_command command, struct tables *tables)
{
    size_t n = 0, letters = 0;

    tables->shorts[letters++] = ':'; /* tell a missing value apart */
    tables->shorts[letters++] = HELP_LETTER;
    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option_row *option = &opt_options[i];
        if (!opt_option_fits(option, command))
            continue;
        tables->longs[n].name = option->name;
        tables->longs[n].has_arg =
            option->arg ? required_argument : no_argument;
        tables->longs[n].flag = NULL;
        tables->longs[n++].val = LONG_BASE + (int)i;
        if (option->short_name == 0)
            continue;
        tables->shorts[letters++] = option->short_name;
        if (option->arg)
            tables->shorts[letters++] = ':';
    }
    tables->shorts[letters] = '\0';
    tables->longs[n++] =
        (struct option){"help", no_argument, NULL, HELP_LETTER};
    tables->longs[n] = (struct option){NULL, 0, NULL, 0};
}

/* getopt returned '?' or ':' for word. */
static int complain(enum opt_command command, int found, const char *word,
                    struct err *err)
{
    const char *name = strncmp(word, "--", 2) == 0 ? word + 2 : NULL;
    size_t len = name ? strcspn(name, "=") : 0;

    if (found == ':')
        return err_set(err, ERR_USAGE, "%s needs a value", word);
    if (optopt >= LONG_BASE || (name && optopt != 0))
        return err_set(err, ERR_USAGE, "--%.*s takes no value", (int)len, name);
    if (name)
        return wrong_option(command, name, len, err);
    return wrong_letter(command, optopt, err);
}

static int take_option(struct opt *opt, int found, struct err *err)
{
    const struct opt_option_row *option = found >= LONG_BASE
                                              ? &opt_options[found - LONG_BASE]
                                              : opt_option_short((char)found);
    char name[64];

    snprintf(name, sizeof name, "--%s", option->name);
    if (option->later)
        return not_yet(name, err);
    return opt_value(opt, option, optarg ? optarg : "", err);
}

/* words[0] is the command; getopt reorders words, arguments last. */
static int parse_words(struct opt *opt, int count, char **words,
                       struct err *err)
{
    struct tables tables;
    int found, rc = 0;

    make_tables(opt->command, &tables);
    opterr = 0;
    optind = 0; /* glibc: start afresh */
    while (rc == 0 && (found = getopt_long(count, words, tables.shorts,
                                           tables.longs, NULL)) != -1) {
        if (found == HELP_LETTER) {
            opt->wish = OPT_WISH_HELP;
            return 0;
        }
        if (found == '?' || found == ':')
            rc = complain(opt->command, found, words[optind - 1], err);
        else
            rc = take_option(opt, found, err);
    }
    if (rc == 0) {
        opt->args = (const char **)words + optind;
        opt->arg_count = (unsigned)(count - optind);
    }
    return rc;
}

/* The part of --shard auto/N: what an array job's environment says. */
static int find_shard(struct opt_shard *shard, struct err *err)
{
    static const char *const names[] = {"SLURM_ARRAY_TASK_ID",
                                        "JOB_COMPLETION_INDEX"};
    const char *name = NULL;
    const char *value = NULL;
    uint64_t index = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && !value; i++) {
        name = names[i];
        value = getenv(name);
    }
    if (!value)
        return err_set(err, ERR_USAGE,
                       "--shard auto/%u: expected %s or %s in the environment, "
                       "found neither; in an array job one of them is set",
                       shard->count, names[0], names[1]);
    const char *at = value;
    for (; *at >= '0' && *at <= '9' && index < shard->count; at++)
        index = 10 * index + (uint64_t)(*at - '0');
    if (*value == '\0' || *at != '\0' || index >= shard->count)
        return err_set(err, ERR_USAGE,
                       "--shard auto/%u: expected %s from 0 to %u, found "
                       "\"%.40s\"",
                       shard->count, name, shard->count - 1, value);
    shard->index = (uint32_t)index;
    return 0;
}

static int check_shard(struct opt *opt, struct err *err)
{
    if (opt->shard.count > 0 && opt->command == OPT_RUN && !opt->batch)
        return err_set(err, ERR_USAGE,
                       "--shard needs --batch NAME: shards have a ledger "
                       "each, and only a common batch keeps a job from being "
                       "posted by two of them");
    return opt->shard.automatic ? find_shard(&opt->shard, err) : 0;
}

static int check_whole(struct opt *opt, struct err *err)
{
    const struct opt_command_row *row = &opt_commands[opt->command];

    if (opt->arg_count < row->args_min)
        return err_set(err, ERR_USAGE,
                       "expected nosbatch %s %s; nosbatch %s --help explains",
                       row->name, row->arguments, row->name);
    if (opt->arg_count > row->args_max)
        return err_set(err, ERR_USAGE,
                       "unexpected argument \"%s\" (%s takes %s%s)",
                       opt->args[row->args_max], row->name,
                       row->args_max == 0 ? "none" : "only ", row->arguments);
    if (opt->format == OPT_HTML && opt->command != OPT_REVIEW)
        return err_set(err, ERR_USAGE,
                       "--format: expected table|json|jsonl|csv, found "
                       "\"html\"");
    if (opt->quiet && opt->verbose)
        return err_set(err, ERR_USAGE, "-q and -v exclude each other");
    return check_shard(opt, err);
}

static int find_command(struct opt *opt, const char *word, struct err *err)
{
    for (int i = 0; i < OPT_COMMANDS; i++) {
        if (strcmp(opt_commands[i].name, word) != 0)
            continue;
        opt->command = (enum opt_command)i;
        return opt_commands[i].later ? not_yet(word, err) : 0;
    }
    if (word[0] == '-')
        return err_set(err, ERR_USAGE,
                       "expected a command before \"%s\"; nosbatch --help "
                       "lists them",
                       word);
    return unknown_command(word, err);
}

int opt_parse(struct opt *opt, int argc, char *const *argv, struct err *err)
{
    set_defaults(opt);
    if (argc < 2)
        return err_set(err, ERR_USAGE,
                       "expected a command; nosbatch --help lists them");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        opt->wish = OPT_WISH_HELP;
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        opt->wish = OPT_WISH_VERSION;
        return 0;
    }
    if (strcmp(argv[1], "--man") == 0) {
        opt->wish = OPT_WISH_MAN;
        return 0;
    }
    int rc = find_command(opt, argv[1], err);
    if (rc < 0)
        return rc;
    size_t count = (size_t)argc - 1;
    opt->words = malloc((count + 1) * sizeof *opt->words);
    if (!opt->words)
        return err_set(err, ERR_MEMORY, "out of memory");
    memcpy(opt->words, argv + 1, count * sizeof *opt->words);
    opt->words[count] = NULL;
    rc = parse_words(opt, (int)count, opt->words, err);
    if (rc < 0 || opt->wish != OPT_WISH_RUN)
        return rc;
    return check_whole(opt, err);
}

void opt_release(struct opt *opt)
{
    free(opt->words);
    opt->words = NULL;
    opt->args = NULL;
    opt->arg_count = 0;
}
