#include "literal.h"

#include <stdint.h>
#include <string.h>

#include "json_text.h"

static bool starts_with(const char *at, const char *end, const char *str)
{
    size_t len = strlen(str);

    return (size_t)(end - at) >= len && memcmp(at, str, len) == 0;
}

/* The units of UTF-16 that JavaScript's "." and [^%] count. */
static unsigned units(uint32_t c)
{
    return c >= 0x10000 ? 2 : 1;
}

static bool ends_line(uint32_t c)
{
    return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

static bool take(const char **at, const char *end, const char *str)
{
    const char *next = *at;

    for (; *str; str++)
        if (next == end || json_text_next(&next, end) != (unsigned char)*str)
            return false;
    *at = next;
    return true;
}

bool literal_whole(const char *raw, size_t len)
{
    const char *at = raw;
    const char *end = raw + len;
    unsigned inner = 0;
    uint32_t c = 0;

    if (!take(&at, end, "%%"))
        return false;
    if (!take(&at, end, "ops") && !take(&at, end, "global"))
        return false;
    if (at == end || ends_line(c = json_text_next(&at, end)))
        return false;
    inner = units(c) - 1;
    while (at < end && (c = json_text_next(&at, end)) != '%')
        inner += units(c);
    return inner > 0 && c == '%' && at < end &&
           json_text_next(&at, end) == '%' && at == end;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_path_char(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

static const char *next_dot(const char *at, const char *end)
{
    const char *dot = memchr(at, '.', (size_t)(end - at));

    return dot ? dot : end;
}

static void set(struct literal *out, enum literal_kind kind, const char *text,
                const char *end)
{
    out->kind = kind;
    out->text = text;
    out->len = (size_t)(end - text);
    out->path = NULL;
    out->path_len = 0;
}

/* The first grammar, at `at`: three parts. */
static bool three_parts(const char *at, const char *end, struct literal *out)
{
    bool ops = starts_with(at, end, "%%ops.");

    if (!ops && !starts_with(at, end, "%%global."))
        return false;
    const char *name = next_dot(at, end) + 1;
    const char *dot = next_dot(name, end);
    if (dot == name || dot == end)
        return false;
    const char *path = dot + 1;
    const char *stop = path;
    while (stop < end && is_path_char(*stop))
        stop++;
    if (stop == path || !starts_with(stop, end, "%%"))
        return false;
    set(out, ops ? LITERAL_OPS : LITERAL_GLOBAL, at, stop + 2);
    out->name = name;
    out->name_len = (size_t)(dot - name);
    out->path = path;
    out->path_len = (size_t)(stop - path);
    return true;
}

/* Where the first match of three parts within [at, end) starts, or end. */
static const char *next_three(const char *at, const char *end,
                              const char *text_end)
{
    struct literal other;

    for (; at < end; at++)
        if (*at == '%' && three_parts(at, text_end, &other))
            return at;
    return end;
}

/*
 * The second grammar, at `at`. It runs over what the first has left, and so
 * reaches up to the next match of that, whose value nobody knows yet.
 */
static bool two_parts(const char *at, const char *end, struct literal *out)
{
    if (!starts_with(at, end, "%%global.") &&
        !starts_with(at, end, "%%globals."))
        return false;
    const char *name = next_dot(at, end) + 1;
    const char *limit = next_three(name, next_dot(name, end), end);
    const char *last = limit - 2;
    while (last > name && !(last[0] == '%' && last[1] == '%'))
        last--;
    if (last <= name)
        return false;
    set(out, LITERAL_GLOBAL, at, last + 2);
    out->name = name;
    out->name_len = (size_t)(last - name);
    return true;
}

/* %%word.word%%: what someone may take for a literal. */
static bool look_alike(const char *at, const char *end, struct literal *out)
{
    const char *word = at + 2;
    const char *dot = word;
    struct literal real;

    while (dot < end && is_letter(*dot))
        dot++;
    if (dot == word || dot == end || *dot != '.')
        return false;
    const char *stop = dot + 1;
    while (stop < end && is_path_char(*stop))
        stop++;
    if (stop == dot + 1 || !starts_with(stop, end, "%%"))
        return false;
    for (const char *p = stop; p < stop + 2; p++)
        if (three_parts(p, end, &real) || two_parts(p, end, &real))
            return false; /* a host reads from there */
    set(out, LITERAL_TEXT, at, stop + 2);
    out->name = word;
    out->name_len = (size_t)(dot - word);
    out->path = dot + 1;
    out->path_len = (size_t)(stop - dot) - 1;
    return true;
}

bool literal_next(const char *text, size_t len, size_t *at,
                  struct literal *literal)
{
    const char *end = text + len;
    const char *p = text + *at;

    while (p < end && (p = memchr(p, '%', (size_t)(end - p))) != NULL) {
        if (starts_with(p, end, "%%") &&
            (three_parts(p, end, literal) || two_parts(p, end, literal) ||
             look_alike(p, end, literal))) {
            *at = (size_t)(literal->text - text) + literal->len;
            return true;
        }
        p++;
    }
    *at = len;
    return false;
}
