#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../templates/buf.h"
#include "text.h"

#define SAY_MAX 32768 /* bytes of one line; each may take ten when visible */

/* One write a line, so that lines of several processes do not mix. */
static void put_line(const char *label, const char *text)
{
    static const char unsaid[] =
        "nosbatch: out of memory, also for a message\n";
    struct buf line;

    buf_init(&line, SAY_MAX);
    buf_add_str(&line, "nosbatch: ");
    buf_add_str(&line, label);
    text_visible(&line, text, strlen(text));
    buf_add_char(&line, '\n');
    const char *shown = line.failed ? unsaid : line.data;
    ssize_t ignored = write(STDERR_FILENO, shown, strlen(shown));
    (void)ignored;
    buf_release(&line);
}

static void put_format(const char *label, const char *format, va_list args)
{
    char text[2 * ERR_MESSAGE_MAX];

    vsnprintf(text, sizeof text, format, args);
    put_line(label, text);
}

void say_info(bool quiet, const char *format, ...)
{
    va_list args;

    if (quiet)
        return;
    va_start(args, format);
    put_format("", format, args);
    va_end(args);
}

void say_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_format("warning: ", format, args);
    va_end(args);
}

void say_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_format("", format, args);
    va_end(args);
}

void say_errs(const struct errs *errs)
{
    char text[2 * ERR_MESSAGE_MAX];
    unsigned kept_errors = 0;

    for (unsigned i = 0; i < errs->count; i++) {
        bool warning = errs->items[i].code == ERR_WARNING;
        err_format(&errs->items[i], text, sizeof text);
        put_line(warning ? "warning: " : "", text);
        kept_errors += warning ? 0 : 1;
    }
    if (errs->errors > kept_errors)
        say_error("and %u more errors", errs->errors - kept_errors);
}
