/*
 * --help, from the table.
 */
#include <string.h>

#include "opt_table.h"
#include "text.h"

#define WIDTH  79
#define INDENT 26 /* where the explanations begin */

/* Words of text, broken at WIDTH; the first line begins in column `at`. */
static void print_wrapped(const char *text, int at, int indent, FILE *out)
{
    while (*text) {
        size_t len = strcspn(text, " ");
        int width = (int)text_width(text, len);
        if (at > indent && at + 1 + width > WIDTH) {
            fputc('\n', out);
            at = 0;
        } else if (at > indent) {
            fputc(' ', out);
            at++;
        }
        if (at < indent)
            fprintf(out, "%*s", indent - at, "");
        at = (at < indent ? indent : at) + width;
        fwrite(text, 1, len, out);
        text += len;
        text += *text == ' ';
    }
    fputc('\n', out);
}

static void print_option(const struct opt_option_row *option, FILE *out)
{
    char left[80];

    if (option->short_name)
        snprintf(left, sizeof left, "  -%c, --%s", option->short_name,
                 option->name);
    else
        snprintf(left, sizeof left, "      --%s", option->name);
    if (option->arg) {
        size_t len = strlen(left);
        snprintf(left + len, sizeof left - len, " %s", option->arg);
    }
    int at = (int)text_width(left, strlen(left));
    fputs(left, out);
    if (at + 1 >= INDENT) {
        fputc('\n', out);
        at = 0;
    }
    print_wrapped(option->help, at, INDENT, out);
}

static void help_command(enum opt_command command, FILE *out)
{
    const struct opt_command_row *row = &opt_commands[command];

    fprintf(out, "Usage: nosbatch %s [OPTION…]%s%s\n\n", row->name,
            row->arguments[0] ? " " : "", row->arguments);
    fprintf(out, "%s: %s%s.\n", row->name, row->help,
            row->network ? "" : " (offline)");
    if (row->more[0])
        print_wrapped(row->more, 0, 0, out);
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < opt_option_count; i++)
        if (opt_option_fits(&opt_options[i], command) && !opt_options[i].later)
            print_option(&opt_options[i], out);
    fprintf(out, "  -h, --help              print this\n");
}

static void help_program(FILE *out)
{
    fputs("Usage: nosbatch COMMAND [OPTION…] [FILE]\n\n"
          "Runs sweeps of jobs on the Nosana GPU network: each job is posted\n"
          "once, whatever happens, and every cost is recorded.\n\n"
          "Commands:\n",
          out);
    for (int i = 0; i < OPT_COMMANDS; i++) {
        const struct opt_command_row *row = &opt_commands[i];
        if (row->later)
            continue;
        char left[64];
        snprintf(left, sizeof left, "  %s %s", row->name, row->arguments);
        fputs(left, out);
        print_wrapped(row->help, (int)text_width(left, strlen(left)), INDENT,
                      out);
    }
    fputs("\nMANIFEST is a manifest (JSON Lines, gzip or plain) or a job\n"
          "definition; - is standard input. nosbatch COMMAND --help lists a\n"
          "command's options, nosbatch --version prints the version.\n",
          out);
}

void opt_help(enum opt_command command, FILE *out)
{
    if (command < OPT_COMMANDS)
        help_command(command, out);
    else
        help_program(out);
}
