/*
 * complete: the shells' completion scripts, from the option table.
 *
 * A script knows commands, options and their choices; files it looks for
 * when it is used, and markets it asks `nosbatch completion markets` for,
 * which prints the slugs of the last fetched list without any network.
 * Commands and options that are not in this version are not in a script.
 */
#ifndef RUNNER_COMPLETE_H
#define RUNNER_COMPLETE_H

#include <stdio.h>

#include "opt_table.h"

/* What may stand where the table names a value; told by that name. */
enum complete_kind {
    COMPLETE_NOTHING, /* only the user knows */
    COMPLETE_CHOICE,  /* one of "a|b|c" */
    COMPLETE_FILE,
    COMPLETE_MANIFEST, /* *.json, *.jsonl, *.gz but no ledger */
    COMPLETE_LEDGER,   /* *.jsonl */
    COMPLETE_MARKET    /* a slug */
};

/* Of an option's value; of a command's arguments. */
enum complete_kind complete_option(const struct opt_option_row *option);
enum complete_kind complete_arguments(const struct opt_command_row *command);

/* Whether the option is in this version, and goes with the command. */
bool complete_fits(const struct opt_option_row *option,
                   enum opt_command command);

/*
 * Writes "a b c" of an option's choices "a|b|c", those only that the command
 * takes.
 */
void complete_choices(const struct opt_option_row *option,
                      enum opt_command command, FILE *out);

/* The scripts. The caller checks the stream for errors. */
void complete_bash(FILE *out);
void complete_zsh(FILE *out);
void complete_fish(FILE *out);

#endif
