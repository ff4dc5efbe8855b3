/*
 * complete_bash: works with and without the bash-completion package, and
 * with "=" in COMP_WORDBREAKS (bash's default) or not.
 */
#include "complete.h"
#include "version.h"

#define NEW_STYLE "~/.local/share/bash-completion/completions/nosbatch"

static const char helpers[] =
    "\n"
    "# Those of the words $1 that begin with what is typed.\n"
    "_nosbatch_words() {\n"
    "    local IFS=$' \\t\\n' word\n"
    "    while IFS= read -r word; do\n"
    "        COMPREPLY+=(\"$prefix$word\")\n"
    "    done < <(compgen -W \"$1\" -- \"$cur\")\n"
    "}\n"
    "\n"
    "# Folders, and the files whose names match $1 but not $2; where there is\n"
    "# nothing such, bash offers any file.\n"
    "_nosbatch_files() {\n"
    "    local file path typed=$cur\n"
    "    case $typed in\n"
    "    [\\\"\\']*) typed=${typed:1} ;;\n"
    "    *) typed=${typed//\\\\/} ;;\n"
    "    esac\n"
    "    compopt -o filenames -o default 2>/dev/null\n"
    "    while IFS= read -r file; do\n"
    "        path=$file\n"
    "        [[ $path == \\~/* ]] && path=$HOME/${path:2}\n"
    "        if [[ -d $path ]] ||\n"
    "            { [[ $file =~ $1 ]] && ! [[ $2 && $file =~ $2 ]]; }; then\n"
    "            COMPREPLY+=(\"$prefix$file\")\n"
    "        fi\n"
    "    done < <(compgen -f -- \"$typed\")\n"
    "}\n";

static const char head[] =
    "\n"
    "_nosbatch() {\n"
    "    local program=$1 cur=${COMP_WORDS[COMP_CWORD]} prefix='' before='' i\n"
    "    local command=${COMP_WORDS[1]} options='' only_arguments=''\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD < 2)); then\n"
    "        _nosbatch_words \"$(_nosbatch_commands)\"\n"
    "        return\n"
    "    fi\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        [[ ${COMP_WORDS[i]} == -- ]] && only_arguments=yes\n"
    "    done\n"
    "    before=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $before == = ]]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    elif [[ $cur == --*=* ]]; then\n"
    "        before=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}\n"
    "    fi\n"
    "    if [[ ! $only_arguments ]]; then\n"
    "        _nosbatch_value \"$command\" \"$before\" && return\n"
    "    fi\n"
    "    if [[ $cur == -* && ! $only_arguments ]]; then\n"
    "        _nosbatch_options \"$command\"\n"
    "    else\n"
    "        _nosbatch_arguments \"$command\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _nosbatch nosbatch\n";

static void print_kind(enum complete_kind kind, FILE *out)
{
    switch (kind) {
    case COMPLETE_FILE:
        fputs("_nosbatch_files ''", out);
        break;
    case COMPLETE_MANIFEST:
        fputs("_nosbatch_files '\\.(json|jsonl|gz)$' '\\.ledger\\.jsonl$'",
              out);
        break;
    case COMPLETE_LEDGER:
        fputs("_nosbatch_files '\\.jsonl$'", out);
        break;
    case COMPLETE_MARKET:
        fputs("_nosbatch_words \"$(\"$program\" completion markets "
              "2>/dev/null)\"",
              out);
        break;
    case COMPLETE_NOTHING:
    case COMPLETE_CHOICE:
        fputs(":", out);
        break;
    }
}

static void print_commands(FILE *out)
{
    fputs("\n_nosbatch_commands() {\n    echo '", out);
    for (int i = 0; i < OPT_COMMANDS; i++)
        if (!opt_commands[i].later)
            fprintf(out, "%s ", opt_commands[i].name);
    fputs("--help --version'\n}\n", out);
}

static void print_pattern(const struct opt_option_row *option,
                          const char *command, FILE *out)
{
    fprintf(out, "    %s:--%s", command, option->name);
    if (option->short_name)
        fprintf(out, " | %s:-%c", command, option->short_name);
    fputs(") ", out);
}

/* A choice that not every command takes is written out command by command. */
static void print_choices(const struct opt_option_row *option, FILE *out)
{
    for (int i = 0; i < OPT_COMMANDS; i++) {
        if (!complete_fits(option, (enum opt_command)i))
            continue;
        print_pattern(option, opt_commands[i].name, out);
        fputs("_nosbatch_words '", out);
        complete_choices(option, (enum opt_command)i, out);
        fputs("' ;;\n", out);
    }
}

static void print_values(FILE *out)
{
    fputs("\n# The value of option $2 of command $1; fails where it takes "
          "none.\n"
          "_nosbatch_value() {\n    case $1:$2 in\n",
          out);
    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option_row *option = &opt_options[i];
        if (option->later || !option->arg)
            continue;
        if (option->choices) {
            print_choices(option, out);
            continue;
        }
        print_pattern(option, "*", out);
        print_kind(complete_option(option), out);
        fputs(" ;;\n", out);
    }
    fputs("    *) return 1 ;;\n    esac\n    return 0\n}\n", out);
}

static void print_options(FILE *out)
{
    fputs("\n_nosbatch_options() {\n    case $1 in\n", out);
    for (int i = 0; i < OPT_COMMANDS; i++) {
        if (opt_commands[i].later)
            continue;
        fprintf(out, "    %s) options='", opt_commands[i].name);
        for (size_t j = 0; j < opt_option_count; j++)
            if (complete_fits(&opt_options[j], (enum opt_command)i))
                fprintf(out, "--%s ", opt_options[j].name);
        fputs("--help' ;;\n", out);
    }
    fputs("    esac\n    _nosbatch_words \"$options\"\n}\n", out);
}

static void print_arguments(FILE *out)
{
    fputs("\n_nosbatch_arguments() {\n    case $1 in\n", out);
    for (int i = 0; i < OPT_COMMANDS; i++) {
        const struct opt_command_row *row = &opt_commands[i];
        enum complete_kind kind = complete_arguments(row);
        if (row->later)
            continue;
        fprintf(out, "    %s) ", row->name);
        if (kind == COMPLETE_CHOICE) {
            fputs("_nosbatch_words '", out);
            for (const char *c = row->arguments; *c != '\0'; c++)
                fputc(*c == '|' ? ' ' : *c, out);
            fputc('\'', out);
        } else {
            print_kind(kind, out);
        }
        fputs(" ;;\n", out);
    }
    fputs("    esac\n}\n", out);
}

void complete_bash(FILE *out)
{
    fprintf(out,
            "# shellcheck shell=bash\n"
            "# Completion of nosbatch %s, printed by: nosbatch completion "
            "bash\n"
            "# Source it, or keep it as\n"
            "# " NEW_STYLE "\n",
            NOSBATCH_VERSION);
    fputs(helpers, out);
    print_commands(out);
    print_values(out);
    print_options(out);
    print_arguments(out);
    fputs(head, out);
}
