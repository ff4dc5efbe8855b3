/*
 * complete_fish: one `complete` line for each option and argument.
 */
#include <string.h>

#include "complete.h"
#include "version.h"

static const char head[] =
    "\n"
    "# Whether the command typed is one of these.\n"
    "function __nosbatch_is\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -ge 2\n"
    "    and contains -- $words[2] $argv\n"
    "end\n"
    "\n"
    "function __nosbatch_no_command\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n"
    "\n"
    "function __nosbatch_markets\n"
    "    set -l words (commandline -opc)\n"
    "    $words[1] completion markets 2>/dev/null\n"
    "end\n"
    "\n"
    "function __nosbatch_ledgers\n"
    "    __fish_complete_suffix .jsonl\n"
    "end\n"
    "\n"
    "function __nosbatch_manifests\n"
    "    for suffix in .json .jsonl .gz\n"
    "        __fish_complete_suffix $suffix\n"
    "    end | string match -v -r '\\.ledger\\.jsonl'\n"
    "end\n"
    "\n"
    "complete -c nosbatch -f\n"
    "complete -c nosbatch -n __nosbatch_no_command -s h -l help -d 'list the "
    "commands'\n"
    "complete -c nosbatch -n __nosbatch_no_command -l version -d 'print the "
    "version'\n"
    "complete -c nosbatch -n 'not __nosbatch_no_command' -s h -l help -d "
    "'print help'\n";

/* In fish's single quotes, \' and \\ are the only escapes. */
static void print_quoted(const char *text, FILE *out)
{
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

static void print_kind(enum complete_kind kind, FILE *out)
{
    switch (kind) {
    case COMPLETE_FILE:
        fputs(" -F", out);
        break;
    case COMPLETE_MANIFEST:
        fputs(" -k -a '(__nosbatch_manifests)'", out);
        break;
    case COMPLETE_LEDGER:
        fputs(" -k -a '(__nosbatch_ledgers)'", out);
        break;
    case COMPLETE_MARKET:
        fputs(" -a '(__nosbatch_markets)'", out);
        break;
    case COMPLETE_NOTHING:
    case COMPLETE_CHOICE:
        break;
    }
}

/* One line for the commands first to last that the option goes with. */
static void print_option(const struct opt_option_row *option,
                         enum opt_command first, enum opt_command last,
                         FILE *out)
{
    fputs("complete -c nosbatch -n '__nosbatch_is", out);
    for (int i = (int)first; i <= (int)last; i++)
        if (complete_fits(option, (enum opt_command)i))
            fprintf(out, " %s", opt_commands[i].name);
    fprintf(out, "' -l %s", option->name);
    if (option->short_name)
        fprintf(out, " -s %c", option->short_name);
    if (option->arg)
        fputs(complete_option(option) == COMPLETE_FILE ? " -r" : " -x", out);
    if (option->choices) {
        fputs(" -a '", out);
        complete_choices(option, first, out);
        fputc('\'', out);
    } else {
        print_kind(complete_option(option), out);
    }
    fputs(" -d ", out);
    print_quoted(option->help, out);
    fputc('\n', out);
}

static void print_options(FILE *out)
{
    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option_row *option = &opt_options[i];
        if (option->later)
            continue;
        if (!option->choices) {
            print_option(option, (enum opt_command)0,
                         (enum opt_command)(OPT_COMMANDS - 1), out);
            continue;
        }
        for (int j = 0; j < OPT_COMMANDS; j++)
            if (complete_fits(option, (enum opt_command)j))
                print_option(option, (enum opt_command)j, (enum opt_command)j,
                             out);
    }
}

static void print_command(const struct opt_command_row *row, FILE *out)
{
    enum complete_kind kind = complete_arguments(row);

    fprintf(out, "\ncomplete -c nosbatch -n __nosbatch_no_command -a %s -d ",
            row->name);
    print_quoted(row->help, out);
    fputc('\n', out);
    if (kind == COMPLETE_NOTHING)
        return;
    fprintf(out, "complete -c nosbatch -n '__nosbatch_is %s'", row->name);
    if (kind == COMPLETE_CHOICE) {
        fputs(" -a '", out);
        for (const char *c = row->arguments; *c != '\0'; c++)
            fputc(*c == '|' ? ' ' : *c, out);
        fputc('\'', out);
    } else {
        print_kind(kind, out);
    }
    fputc('\n', out);
}

void complete_fish(FILE *out)
{
    fprintf(out,
            "# Completion of nosbatch %s, printed by: nosbatch completion "
            "fish\n"
            "# Keep it as ~/.config/fish/completions/nosbatch.fish\n",
            NOSBATCH_VERSION);
    fputs(head, out);
    for (int i = 0; i < OPT_COMMANDS; i++)
        if (!opt_commands[i].later)
            print_command(&opt_commands[i], out);
    fputc('\n', out);
    print_options(out);
}
