/* How a placeholder's value becomes text: printf's formats, json and sh. */
#include "template_impl.h"

#include "number.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 40 /* bytes of a value that a message quotes */

/* 309 digits before the point, the widest precision behind it, a sign. */
#define NUMBER_TEXT_MAX (400 + 2 * TEMPLATE_WIDTH_MAX)

/* A run of digits as a number; over TEMPLATE_WIDTH_MAX it stays there. */
static unsigned read_width(const char *text, size_t len, size_t *at)
{
    unsigned width = 0;

    while (*at < len && text[*at] >= '0' && text[*at] <= '9') {
        width = width * 10 + (unsigned)(text[*at] - '0');
        if (width > TEMPLATE_WIDTH_MAX)
            width = TEMPLATE_WIDTH_MAX + 1;
        (*at)++;
    }
    return width;
}

/* Adds the flags at *at to spec, each once; they go into a set of five. */
static void read_flags(const char *text, size_t len, size_t *at, char *spec)
{
    static const char flags[] = "-+ 0#";
    size_t used = strlen(spec);

    for (; *at < len && strchr(flags, text[*at]); (*at)++) {
        if (!strchr(spec, text[*at])) {
            spec[used++] = text[*at];
            spec[used] = '\0';
        }
    }
}

/* printf leaves "#" open for d, and the sign flags have no use for x. */
static bool conversion_valid(const char *spec, char conversion)
{
    if (!strchr("dxefg", conversion))
        return false;
    if (conversion == 'd')
        return !strchr(spec, '#');
    if (conversion == 'x')
        return !strchr(spec, '+') && !strchr(spec, ' ');
    return true;
}

static bool read_printf(const char *text, size_t len,
                        struct template_format *format)
{
    char *spec = format->spec;
    size_t at = 0;

    memcpy(spec, "%", 2);
    read_flags(text, len, &at, spec);
    size_t digits = at;
    unsigned width = read_width(text, len, &at);
    size_t used = strlen(spec);
    if (at > digits)
        used += (size_t)snprintf(spec + used, sizeof format->spec - used, "%u",
                                 width);
    unsigned precision = 0;
    if (at < len && text[at] == '.') {
        at++;
        precision = read_width(text, len, &at);
        used += (size_t)snprintf(spec + used, sizeof format->spec - used, ".%u",
                                 precision);
    }
    if (at + 1 != len || !conversion_valid(spec, text[at]))
        return false;
    if (width > TEMPLATE_WIDTH_MAX || precision > TEMPLATE_WIDTH_MAX)
        return false;
    bool integer = text[at] == 'd' || text[at] == 'x';
    snprintf(spec + used, sizeof format->spec - used, "%s%c",
             integer ? "ll" : "", text[at]);
    format->conversion = text[at];
    return true;
}

bool template_format_parse(const char *text, size_t len,
                           struct template_format *format, struct err *err)
{
    memset(format, 0, sizeof *format);
    if (len == 4 && memcmp(text, "json", 4) == 0) {
        format->conversion = 'j';
        return true;
    }
    if (len == 2 && memcmp(text, "sh", 2) == 0) {
        format->conversion = 's';
        return true;
    }
    if (len > 0 && !memchr(text, '\0', len) && read_printf(text, len, format))
        return true;
    err_set(err, ERR_DATA,
            "unknown format \"%.*s\": expected json, sh, or a number format "
            "as 03d, .3f, .1e, g or x (width and precision up to %d)",
            len > SHOWN_MAX ? SHOWN_MAX : (int)len, text, TEMPLATE_WIDTH_MAX);
    return false;
}

/* What the value is, for a message: its text where short, else its type. */
static void show(const struct template_operand *operand, char *out, size_t size)
{
    if (operand->len <= SHOWN_MAX && operand->raw)
        snprintf(out, size, "\"%.*s\"", (int)operand->len, operand->bytes);
    else if (operand->len <= SHOWN_MAX)
        snprintf(out, size, "%.*s", (int)operand->len, operand->bytes);
    else
        snprintf(out, size, "%s", json_type_name(operand->type));
}

static int refuse(const struct template_operand *operand, const char *format,
                  const char *expected, struct err *err)
{
    char found[2 * SHOWN_MAX];

    show(operand, found, sizeof found);
    return err_set(err, ERR_DATA, "format \"%s\" expected %s, found %s", format,
                   expected, found);
}

/* The format as the user wrote it, from its printf form. */
static void spec_name(const struct template_format *format, char *out)
{
    size_t used = 0;

    for (const char *at = format->spec + 1; *at; at++)
        if (*at != 'l')
            out[used++] = *at;
    out[used] = '\0';
}

/* Identities may not depend on the locale, which printf's point does. */
static size_t point_to_dot(char *text, size_t len)
{
    const char *point = localeconv()->decimal_point;
    size_t point_len = strlen(point);
    char *at =
        strcmp(point, ".") == 0 || point_len == 0 ? NULL : strstr(text, point);

    if (!at)
        return len;
    *at = '.';
    memmove(at + 1, at + point_len, len - (size_t)(at - text) - point_len + 1);
    return len - point_len + 1;
}

static int add_number(const struct template_format *format,
                      const struct template_operand *operand, struct buf *out,
                      struct err *err)
{
    char text[NUMBER_TEXT_MAX];
    char name[TEMPLATE_SPEC_MAX];
    int len;

    spec_name(format, name);
    if (operand->type != JSON_NUMBER)
        return refuse(operand, name, "a number", err);
    double value = number_parse(operand->bytes, operand->len);
    bool integer = format->conversion == 'd' || format->conversion == 'x';
    /* Within 2^63 the remainder is exact, and so is the conversion. */
    bool fits = value >= -0x1p63 && value < 0x1p63;
    if (integer && (!fits || (double)(long long)value < value ||
                    (double)(long long)value > value))
        return refuse(operand, name, "an integer of 64 bits", err);
    if (format->conversion == 'x' && value < 0)
        return refuse(operand, name, "an integer that is not negative", err);
    /* The spec is our own text: read_printf built it for this type. */
    if (integer)
        len = snprintf(text, sizeof text, format->spec, (long long)value);
    else
        len = snprintf(text, sizeof text, format->spec, value);
    if (len < 0 || (size_t)len >= sizeof text)
        return err_set(err, ERR_INTERNAL, "format \"%s\" failed", name);
    buf_add(out, text, point_to_dot(text, (size_t)len));
    return 0;
}

static bool shell_safe(const char *text, size_t len)
{
    static const char safe[] = "@%+=:,./-_";

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';
        if (!letter && !digit && (c == '\0' || !strchr(safe, c)))
            return false;
    }
    return len > 0;
}

/* Adds text as one word of a shell, JSON-escaped. */
static void add_quoted(const char *text, size_t len, struct buf *out)
{
    if (shell_safe(text, len)) {
        buf_add(out, text, len);
        return;
    }
    buf_add_char(out, '\'');
    while (len > 0) {
        const char *quote = memchr(text, '\'', len);
        size_t run = quote ? (size_t)(quote - text) : len;
        json_escape(out, text, run);
        if (quote) {
            json_escape(out, "'\"'\"'", 5);
            run++;
        }
        text += run;
        len -= run;
    }
    buf_add_char(out, '\'');
}

static int add_shell(const struct template_operand *operand, struct buf *out,
                     struct err *err)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, SIZE_MAX / 2);
    if (operand->type != JSON_STRING || operand->raw) {
        buf_add(&text, operand->bytes, operand->len);
    } else {
        buf_add(&text, operand->bytes + 1, operand->len - 2);
        if (!text.failed)
            text.len = template_unescape(text.data, text.len);
    }
    rc = buf_error(&text, "a value's text", err);
    if (rc == 0 && memchr(buf_str(&text), '\0', text.len))
        rc = err_set(err, ERR_DATA,
                     "format \"sh\": the value holds the character U+0000, "
                     "which no shell word can");
    if (rc == 0)
        add_quoted(buf_str(&text), text.len, out);
    buf_release(&text);
    return rc;
}

/* The value as JSON text, inside a string: so escaped once more. */
static int add_json(const struct template_operand *operand, struct buf *out,
                    struct err *err)
{
    struct buf text;
    int rc;

    if (!operand->raw) {
        json_escape(out, operand->bytes, operand->len);
        return 0;
    }
    buf_init(&text, SIZE_MAX / 2);
    json_quote(&text, operand->bytes, operand->len);
    rc = buf_error(&text, "a value's text", err);
    if (rc == 0)
        json_escape(out, text.data, text.len);
    buf_release(&text);
    return rc;
}

int template_format_add(const struct template_format *format,
                        const struct template_operand *operand, struct buf *out,
                        struct err *err)
{
    bool nested = operand->type == JSON_ARRAY || operand->type == JSON_OBJECT;

    if (format->conversion == 'j')
        return add_json(operand, out, err);
    if (format->conversion != 0 && format->conversion != 's')
        return add_number(format, operand, out, err);
    if (nested)
        return err_set(err, ERR_DATA,
                       "%s within text needs the format json (a \":json\" "
                       "behind the name)",
                       json_type_name(operand->type));
    if (format->conversion == 's')
        return add_shell(operand, out, err);
    if (operand->raw)
        json_escape(out, operand->bytes, operand->len);
    else if (operand->type == JSON_STRING)
        buf_add(out, operand->bytes + 1, operand->len - 2);
    else
        buf_add(out, operand->bytes, operand->len);
    return 0;
}
