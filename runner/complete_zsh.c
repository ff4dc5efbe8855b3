/*
 * complete_zsh: specifications for _arguments, one list a command.
 */
#include "complete.h"
#include "version.h"

static const char head[] =
    "\n"
    "_nosbatch_markets() {\n"
    "    local -a slugs\n"
    "    slugs=(${(f)\"$($_nosbatch_program completion markets "
    "2>/dev/null)\"})\n"
    "    compadd -- $slugs\n"
    "}\n"
    "\n"
    "_nosbatch_ledgers() { _files -g '*.jsonl(-.)' }\n"
    "\n"
    "_nosbatch_manifests() {\n"
    "    setopt localoptions extendedglob\n"
    "    _files -g '(*.json|*.jsonl|*.gz)~*.ledger.jsonl(-.)'\n"
    "}\n"
    "\n"
    "_nosbatch() {\n"
    "    local _nosbatch_program=$words[1]\n"
    "    local -a commands options\n"
    "    commands=(\n";

static const char middle[] =
    "    )\n"
    "    if (( CURRENT == 2 )); then\n"
    "        _describe -t commands command commands\n"
    "        _values -w option '--help[list the commands]' "
    "'--version[print the version]'\n"
    "        return\n"
    "    fi\n"
    "    case $words[2] in\n";

static const char tail[] =
    "    esac\n"
    "    shift words\n"
    "    (( CURRENT-- ))\n"
    "    _arguments -S : $options '(-h --help)'{-h,--help}'[print help]'\n"
    "}\n"
    "\n"
    "# Autoloaded from $fpath, or sourced.\n"
    "if [[ $funcstack[1] == _nosbatch ]]; then\n"
    "    _nosbatch \"$@\"\n"
    "else\n"
    "    compdef _nosbatch nosbatch\n"
    "fi\n";

/* Text inside a specification that stands between single quotes. */
static void print_escaped(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\''", out);
            continue;
        }
        if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void print_action(enum complete_kind kind, FILE *out)
{
    static const char *const actions[] = {
        [COMPLETE_NOTHING] = " ",
        [COMPLETE_CHOICE] = " ",
        [COMPLETE_FILE] = "_files",
        [COMPLETE_MANIFEST] = "_nosbatch_manifests",
        [COMPLETE_LEDGER] = "_nosbatch_ledgers",
        [COMPLETE_MARKET] = "_nosbatch_markets",
    };

    fputs(actions[kind], out);
}

/* '*--set=[help]:NAME=VALUE: ' or '(-q --quiet)'{-q,--quiet}'[help]' */
static void print_option(const struct opt_option_row *option,
                         enum opt_command command, FILE *out)
{
    const char *equals = option->arg ? "=" : "";
    const char *attached = option->arg ? "+" : "";

    fputs("            ", out);
    if (option->kind == OPT_KIND_LIST)
        fprintf(out, "'*--%s%s", option->name, equals);
    else if (option->short_name)
        fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'", option->short_name,
                option->name, option->short_name, attached, option->name,
                equals);
    else
        fprintf(out, "'--%s%s", option->name, equals);
    fputc('[', out);
    print_escaped(option->help, out);
    fputc(']', out);
    if (option->arg) {
        fputc(':', out);
        print_escaped(option->choices ? option->name : option->arg, out);
        fputc(':', out);
        if (option->choices) {
            fputc('(', out);
            complete_choices(option, command, out);
            fputc(')', out);
        } else {
            print_action(complete_option(option), out);
        }
    }
    fputs("'\n", out);
}

static void print_arguments(const struct opt_command_row *row, FILE *out)
{
    enum complete_kind kind = complete_arguments(row);

    if (row->args_max == 0)
        return;
    fprintf(out, "            '%s", row->args_max == 1 ? "1:" : "*:");
    if (kind == COMPLETE_CHOICE) {
        fputs("choice:(", out);
        for (const char *c = row->arguments; *c != '\0'; c++)
            fputc(*c == '|' ? ' ' : *c, out);
        fputs(")'\n", out);
        return;
    }
    print_escaped(row->arguments, out);
    fputc(':', out);
    print_action(kind, out);
    fputs("'\n", out);
}

void complete_zsh(FILE *out)
{
    fprintf(out,
            "#compdef nosbatch\n"
            "# Completion of nosbatch %s, printed by: nosbatch completion "
            "zsh\n"
            "# Keep it as _nosbatch in a folder of $fpath, or source it "
            "after compinit.\n",
            NOSBATCH_VERSION);
    fputs(head, out);
    for (int i = 0; i < OPT_COMMANDS; i++) {
        if (opt_commands[i].later)
            continue;
        fprintf(out, "        '%s:", opt_commands[i].name);
        print_escaped(opt_commands[i].help, out);
        fputs("'\n", out);
    }
    fputs(middle, out);
    for (int i = 0; i < OPT_COMMANDS; i++) {
        if (opt_commands[i].later)
            continue;
        fprintf(out, "    %s)\n        options=(\n", opt_commands[i].name);
        for (size_t j = 0; j < opt_option_count; j++)
            if (complete_fits(&opt_options[j], (enum opt_command)i))
                print_option(&opt_options[j], (enum opt_command)i, out);
        print_arguments(&opt_commands[i], out);
        fputs("        )\n        ;;\n", out);
    }
    fputs(tail, out);
}
