#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int code;
    int status;
    const char *name;
    const char *text;
} codes[] = {
#define ERR_ROW(name, value, status, text) {name, status, #name, text},
    ERR_CODES(ERR_ROW)
#undef ERR_ROW
};

/* Cuts at a character's end when snprintf had to cut. */
static void trim_partial_utf8(char *text, size_t len)
{
    size_t i = len;

    while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
        i--;
    if (i == 0)
        return;
    unsigned char lead = (unsigned char)text[i - 1];
    size_t want = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead >= 0xc0 && len - (i - 1) < want)
        text[i - 1] = '\0';
}

static void format_cut(char *out, size_t size, const char *format, va_list args)
{
    int n = vsnprintf(out, size, format, args);

    if (n < 0)
        out[0] = '\0';
    else if ((size_t)n >= size)
        trim_partial_utf8(out, size - 1);
}

static void begin(struct err *err, enum err_code code)
{
    err->code = code;
    err->file = NULL;
    err->line = 0;
    err->column = 0;
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;

    begin(err, code);
    va_start(args, format);
    format_cut(err->message, sizeof err->message, format, args);
    va_end(args);
    return code;
}

int err_set_at(struct err *err, enum err_code code, uint64_t line,
               uint64_t column, const char *format, ...)
{
    va_list args;

    begin(err, code);
    err->line = line;
    err->column = column;
    va_start(args, format);
    format_cut(err->message, sizeof err->message, format, args);
    va_end(args);
    return code;
}

int err_set_errno(struct err *err, enum err_code code, int errnum,
                  const char *format, ...)
{
    char text[ERR_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    format_cut(text, sizeof text, format, args);
    va_end(args);
    return err_set(err, code, "%s: %s", text, strerror(errnum));
}

static void prefix_text(struct err *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_cut(err->message, sizeof err->message, format, args);
    va_end(args);
}

int err_prefix(struct err *err, const char *format, ...)
{
    char front[ERR_MESSAGE_MAX];
    char rest[ERR_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    format_cut(front, sizeof front, format, args);
    va_end(args);
    memcpy(rest, err->message, sizeof rest);
    prefix_text(err, "%s%s", front, rest);
    return err->code;
}

int err_exit_status(int code)
{
    if (code == 0)
        return 0;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return codes[i].status;
    return 70;
}

const char *err_name(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return codes[i].name;
    return code == 0 ? "OK" : "ERR_?";
}

const char *err_text(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return codes[i].text;
    return code == 0 ? "no error" : "unknown error";
}

void err_format(const struct err *err, char *out, size_t size)
{
    char place[64] = "";

    if (err->line > 0 && err->column > 0)
        snprintf(place, sizeof place,
                 "%llu:%llu: ", (unsigned long long)err->line,
                 (unsigned long long)err->column);
    else if (err->line > 0)
        snprintf(place, sizeof place, "%llu: ", (unsigned long long)err->line);
    const char *glue = !err->file ? "" : place[0] ? ":" : ": ";
    int n = snprintf(out, size, "%s%s%s%s", err->file ? err->file : "", glue,
                     place, err->message);
    if (n > 0 && size > 0 && (size_t)n >= size)
        trim_partial_utf8(out, size - 1);
}

void errs_init(struct errs *errs)
{
    errs->count = 0;
    errs->errors = 0;
    errs->warnings = 0;
}

/* Removes the newest warning, keeping the order; false where there is none. */
static bool drop_warning(struct errs *errs)
{
    for (unsigned i = errs->count; i-- > 0;) {
        if (errs->items[i].code != ERR_WARNING)
            continue;
        memmove(&errs->items[i], &errs->items[i + 1],
                (errs->count - i - 1) * sizeof errs->items[0]);
        errs->count--;
        return true;
    }
    return false;
}

void errs_add(struct errs *errs, const struct err *err)
{
    bool warning = err->code == ERR_WARNING;

    if (warning)
        errs->warnings++;
    else
        errs->errors++;
    if (errs->count == ERRS_MAX && (warning || !drop_warning(errs)))
        return;
    errs->items[errs->count++] = *err;
}

void errs_add_all(struct errs *errs, const struct errs *from)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < from->count; i++) {
        errs_add(errs, &from->items[i]);
        kept += from->items[i].code != ERR_WARNING;
    }
    errs->errors += from->errors - kept;
    errs->warnings += from->warnings - (from->count - kept);
}

bool errs_full(const struct errs *errs)
{
    return errs->errors >= ERRS_MAX;
}

int errs_result(const struct errs *errs, struct err *err)
{
    if (errs->errors == 0)
        return 0;
    for (unsigned i = 0; i < errs->count; i++) {
        if (errs->items[i].code != ERR_WARNING) {
            *err = errs->items[i];
            return err->code;
        }
    }
    return err_set(err, ERR_INTERNAL, "an error was counted but not kept");
}
