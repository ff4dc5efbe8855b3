#include "opt_man.h"

#include <stdbool.h>
#include <string.h>

#include "opt_table.h"
#include "version.h"

#define LINE_MAX_BYTES 76

/* --- text ---------------------------------------------------------------- */

/* The code point at *text, which moves behind it; text is UTF-8. */
static unsigned long next_char(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    unsigned more = at[0] >= 0xf0   ? 3
                    : at[0] >= 0xe0 ? 2
                    : at[0] >= 0xc0 ? 1
                                    : 0;
    unsigned long value = more > 0 ? at[0] & (0x3fu >> more) : at[0];

    for (unsigned i = 1; i <= more; i++)
        value = value << 6 | (at[i] & 0x3f);
    *text += more + 1;
    return value;
}

/* An ASCII character in roff's spelling; NULL: as it is. */
static const char *spelling(char c, bool option)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '\'':
        return "\\(aq";
    case '~':
        return "\\(ti";
    case '^':
        return "\\(ha";
    case '-':
        return option ? "\\-" : NULL; /* where no line is broken */
    default:
        return NULL;
    }
}

/* A word of len bytes, escaped, into out; returns what it takes there. */
static size_t put_word(const char *word, size_t len, bool *quoted, char *out,
                       size_t size)
{
    const char *end = word + len;
    bool option = strncmp(word + strspn(word, "(\""), "-", 1) == 0;
    size_t n = 0;

    while (word < end && n + 16 < size) {
        const char *at = word;
        unsigned long c = next_char(&word);
        const char *text = c < 0x80 ? spelling((char)c, option) : NULL;
        if (c == '`') {
            text = *quoted ? "\\(rq" : "\\(lq";
            *quoted = !*quoted;
        }
        if (c >= 0x80)
            n += (size_t)snprintf(out + n, size - n, "\\[u%04lX]", c);
        else if (text)
            n += (size_t)snprintf(out + n, size - n, "%s", text);
        else
            out[n++] = *at;
    }
    out[n] = '\0';
    return n;
}

/* Whether a word ends a sentence. */
static bool ends_sentence(const char *word, size_t len)
{
    return len > 1 && strchr(".?!", word[len - 1]) != NULL;
}

void opt_man_text(const char *text, FILE *out)
{
    char word[256];
    size_t column = 0;
    bool quoted = false;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        size_t width = put_word(text, len, &quoted, word, sizeof word);
        if (column > 0 && column + 1 + width > LINE_MAX_BYTES) {
            fputc('\n', out);
            column = 0;
        }
        if (column > 0)
            column += (size_t)fprintf(out, " ");
        else if (word[0] == '.' || word[0] == '\'')
            column += (size_t)fprintf(out, "\\&");
        column += (size_t)fprintf(out, "%s", word);
        if (ends_sentence(text, len)) {
            fputc('\n', out);
            column = 0;
        }
        text += len;
        text += *text == ' ';
    }
    if (column > 0)
        fputc('\n', out);
}

/* --- the table ----------------------------------------------------------- */

/* "LEDGER…" as macro arguments: "LEDGER ...". */
static void put_arguments(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (strncmp(text, "…", 3) == 0) {
            fputs(" ...", out);
            text += 2;
        } else if (*text == '|') {
            fputs(" | ", out);
        } else if (*text == '[') {
            fputs("Oo Ar ", out);
        } else if (*text == ']') {
            fputs(" Oc", out);
        } else {
            fputc(*text, out);
        }
    }
}

static void put_command(enum opt_command command, FILE *out)
{
    const struct opt_command_row *row = &opt_commands[command];
    char line[1024];
    size_t len = 0;

    fprintf(out, ".It Ic %s", row->name);
    if (row->arguments[0] != '\0') {
        fputs(row->arguments[0] == '[' ? " " : " Ar ", out);
        put_arguments(row->arguments, out);
    }
    fputc('\n', out);
    len =
        (size_t)snprintf(line, sizeof line, "%c%s%s.", row->help[0] - 'a' + 'A',
                         row->help + 1, row->network ? "" : " (offline)");
    if (row->more[0] != '\0')
        snprintf(line + len, sizeof line - len, " %s", row->more);
    opt_man_text(line, out);
    len = (size_t)snprintf(line, sizeof line, "Options:");
    for (size_t i = 0; i < opt_option_count && len < sizeof line; i++)
        if (!opt_options[i].later && opt_option_fits(&opt_options[i], command))
            len += (size_t)snprintf(line + len, sizeof line - len, "%s --%s",
                                    line[len - 1] == ':' ? "" : ",",
                                    opt_options[i].name);
    if (line[len - 1] != ':') {
        fputs(".Pp\n", out);
        snprintf(line + len, sizeof line - len, ".");
        opt_man_text(line, out);
    }
}

/* ".It Fl j , Fl \-live Ar N" */
static void put_option(const struct opt_option_row *option, FILE *out)
{
    char line[1024];
    const char *separator = "";

    fputs(".It ", out);
    if (option->short_name)
        fprintf(out, "Fl %c , ", option->short_name);
    fprintf(out, "Fl \\-%s", option->name);
    if (option->arg) {
        fputs(" Ar ", out);
        /* Two letters may be a macro's name; \& makes them a text. */
        fputs("\\&", out);
        for (const char *c = option->arg; *c != '\0';) {
            unsigned long at = next_char(&c);
            if (at < 0x80)
                fputc((int)at, out);
            else
                fprintf(out, "\\[u%04lX]", at);
        }
    }
    fputc('\n', out);
    size_t len = (size_t)snprintf(line, sizeof line, "%s. With ", option->help);
    if (line[0] >= 'a' && line[0] <= 'z')
        line[0] = (char)(line[0] - 'a' + 'A');
    for (int i = 0; i < OPT_COMMANDS && len < sizeof line; i++) {
        if (opt_commands[i].later ||
            !opt_option_fits(option, (enum opt_command)i))
            continue;
        len += (size_t)snprintf(line + len, sizeof line - len, "%s%s",
                                separator, opt_commands[i].name);
        separator = ", ";
    }
    if (len < sizeof line)
        snprintf(line + len, sizeof line - len, ".");
    opt_man_text(line, out);
}

void opt_man(FILE *out)
{
    fprintf(out,
            ".\\\" Printed by nosbatch --man, version %s: change that.\n"
            ".Dd %s\n",
            NOSBATCH_VERSION, NOSBATCH_DATE);
    fputs(opt_man_head, out);
    fputs(".Sh COMMANDS\n.Bl -tag -width Ds\n", out);
    for (int i = 0; i < OPT_COMMANDS; i++)
        if (!opt_commands[i].later)
            put_command((enum opt_command)i, out);
    fputs(".El\n.Sh OPTIONS\nBefore or after the arguments;\n.Fl \\-\nends "
          "them.\nOf one given twice the last counts, except for those that "
          "are\nrepeatable.\n.Bl -tag -width Ds\n",
          out);
    for (size_t i = 0; i < opt_option_count; i++)
        if (!opt_options[i].later)
            put_option(&opt_options[i], out);
    fputs(".It Fl h , Fl \\-help\n"
          "Print the help of the program or of a command.\n"
          ".It Fl \\-version\nPrint the version.\n.El\n",
          out);
    for (size_t i = 0; i < OPT_MAN_SECTIONS; i++) {
        if (i == OPT_MAN_SECTIONS - 1)
            opt_man_limits(out);
        fputs(opt_man_sections[i], out);
    }
}
