#include "set.h"

#include "digits.h"
#include "params.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 80 /* bytes of a value that a message quotes */

/* JSON of a value: quoting makes at most six bytes of one. */
#define JSON_MAX (6 * SET_TEXT_MAX)

void set_init(struct set *set)
{
    buf_init(&set->name, PARAMS_NAME_MAX);
    buf_init(&set->text, JSON_MAX);
    json_init(&set->doc);
}

void set_release(struct set *set)
{
    buf_release(&set->name);
    buf_release(&set->text);
    json_release(&set->doc);
}

static int shown(size_t len)
{
    return len > SHOWN_MAX ? SHOWN_MAX : (int)len;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_space((*text)[*len - 1]))
        --*len;
    while (*len > 0 && is_space(**text)) {
        ++*text;
        --*len;
    }
}

static bool is_number(const char *text, size_t len)
{
    struct digits digits;

    return digits_scan(&digits, text, len);
}

static bool is_word(const char *text, size_t len)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
            return true;
    return false;
}

/* The JSON reader has the last word on what a double can hold. */
static int check_number(const char *text, size_t len, struct err *err)
{
    struct json doc;
    int rc;

    json_init(&doc);
    rc = json_parse(&doc, text, len, err);
    err->line = 0;
    err->column = 0;
    json_release(&doc);
    return rc;
}

int set_cell(const char *text, size_t len, struct buf *out, struct err *err)
{
    const char *bare = text;
    size_t bare_len = len;

    trim(&bare, &bare_len);
    if (is_number(bare, bare_len)) {
        int rc = check_number(bare, bare_len, err);
        if (rc == 0)
            buf_add(out, bare, bare_len);
        return rc;
    }
    if (is_word(bare, bare_len)) {
        buf_add(out, bare, bare_len);
        return 0;
    }
    if (!json_utf8_valid(text, len))
        return err_set(err, ERR_DATA, "expected UTF-8, found other bytes");
    json_quote(out, text, len);
    return 0;
}

/* One integer of `a..b`: its end, or text itself where there is none. */
static const char *skip_integer(const char *text, const char *end)
{
    const char *at = text + (text < end && *text == '-');
    const char *digits = at;

    while (at < end && is_digit(*at))
        at++;
    return at > digits ? at : text;
}

struct span {
    const char *from, *to;
    size_t from_len, to_len;
};

/* Whether text is integers as in `1..5`, leading zeros allowed here. */
static bool split_span(const char *text, size_t len, struct span *span)
{
    const char *end = text + len;
    const char *at = skip_integer(text, end);

    if (at == text || end - at < 3 || memcmp(at, "..", 2) != 0)
        return false;
    span->from = text;
    span->from_len = (size_t)(at - text);
    span->to = at + 2;
    span->to_len = (size_t)(end - span->to);
    return skip_integer(span->to, end) == end;
}

/* Of two integers in JSON's spelling, whether a is above b. */
static bool above(const struct span *span)
{
    bool a_minus = span->from[0] == '-';
    bool b_minus = span->to[0] == '-';
    bool longer = span->from_len > span->to_len;
    bool shorter = span->from_len < span->to_len;
    int order = longer ? 1 : shorter ? -1 : 0;

    if (a_minus != b_minus)
        return b_minus;
    if (order == 0)
        order = memcmp(span->from, span->to, span->from_len);
    return a_minus ? order < 0 : order > 0;
}

static int add_span(const struct span *span, struct buf *out, struct err *err)
{
    if (!is_number(span->from, span->from_len) ||
        !is_number(span->to, span->to_len))
        return err_set(err, ERR_USAGE,
                       "expected integers without leading zeros, found "
                       "%.*s..%.*s; zeros come from a format as in "
                       "\"${{ seed:03d }}\"",
                       shown(span->from_len), span->from, shown(span->to_len),
                       span->to);
    buf_add_str(out, "{\"range\":[");
    buf_add(out, span->from, span->from_len);
    buf_add_char(out, ',');
    buf_add(out, span->to, span->to_len);
    buf_add_str(out, above(span) ? ",-1]}" : "]}");
    return 0;
}

/* A quoted cell whose quote is at text; *at goes behind it. */
static int read_quoted(const char *text, const char *end, const char **at,
                       struct buf *cell, struct err *err)
{
    const char *start = text++;

    for (;;) {
        const char *quote = memchr(text, '"', (size_t)(end - text));
        if (!quote)
            return err_set(err, ERR_USAGE, "a quote is not closed: %.*s",
                           shown((size_t)(end - start)), start);
        buf_add(cell, text, (size_t)(quote - text));
        text = quote + 1;
        if (text == end || *text != '"')
            break;
        buf_add_char(cell, '"');
        text++;
    }
    if (text < end && *text != ',')
        return err_set(err, ERR_USAGE,
                       "expected a comma behind the closing quote, found "
                       "\"%.*s\"",
                       shown((size_t)(end - text)), text);
    *at = text;
    return 0;
}

/* One cell from *at, which goes to the comma or the end behind it. */
static int read_cell(const char **at, const char *end, struct buf *cell,
                     struct err *err)
{
    const char *text = *at;
    struct span span;

    buf_clear(cell);
    if (text < end && *text == '"')
        return read_quoted(text, end, at, cell, err);
    const char *comma = memchr(text, ',', (size_t)(end - text));
    size_t len = (size_t)((comma ? comma : end) - text);
    *at = text + len;
    buf_add(cell, text, len);
    trim(&text, &len);
    if (split_span(text, len, &span))
        return err_set(err, ERR_USAGE,
                       "%.*s stands among other values: list them all, or "
                       "quote it (\"%.*s\") if it is meant as text",
                       shown(len), text, shown(len), text);
    return 0;
}

/* Cells between commas: one is a constant, several are a list. */
static int read_cells(const char *text, size_t len, struct buf *out,
                      struct err *err)
{
    const char *end = text + len;
    const char *at = text;
    size_t count = 0;
    struct buf cell;
    int rc = 0;

    buf_init(&cell, SET_TEXT_MAX);
    buf_add_char(out, '[');
    for (;;) {
        if ((rc = read_cell(&at, end, &cell, err)) < 0 ||
            (rc = buf_error(&cell, "a cell", err)) < 0 ||
            (rc = set_cell(buf_str(&cell), cell.len, out, err)) < 0)
            break;
        count++;
        if (at == end)
            break;
        buf_add_char(out, ',');
        at++;
    }
    buf_add_char(out, ']');
    if (rc == 0 && count == 1 && !out->failed) {
        memmove(out->data, out->data + 1, out->len - 2);
        buf_truncate(out, out->len - 2);
    }
    buf_release(&cell);
    return rc;
}

/* The value as JSON, in set->text. */
static int read_value(struct set *set, const char *text, size_t len,
                      struct err *err)
{
    const char *bare = text;
    size_t bare_len = len;
    struct span span;
    int rc = json_parse(&set->doc, text, len, err);

    if (rc == 0)
        buf_add(&set->text, text, len);
    if (rc == 0 || rc == ERR_MEMORY)
        return rc;
    trim(&bare, &bare_len);
    if (bare_len > 0 && (*bare == '[' || *bare == '{'))
        return err_prefix(err,
                          "starts like JSON but is none (text that "
                          "starts so is written in quotes), at column "
                          "%llu: ",
                          (unsigned long long)err->column);
    if (split_span(bare, bare_len, &span))
        return add_span(&span, &set->text, err);
    return read_cells(text, len, &set->text, err);
}

static int bad_name(const char *argument, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "--set: expected NAME=VALUE with a name of letters, digits "
                   "and \"_\" (no digit first, at most %d), found \"%.*s\"",
                   PARAMS_NAME_MAX, shown(strlen(argument)), argument);
}

static int read_name(struct set *set, const char *argument, size_t len,
                     struct err *err)
{
    if (params_name_reserved(argument, len))
        return err_set(err, ERR_USAGE,
                       "--set %.*s: the name is reserved, as every job has a "
                       "field of that name; choose another",
                       shown(len), argument);
    if (!params_name_valid(argument, len))
        return bad_name(argument, err);
    buf_add(&set->name, argument, len);
    return buf_error(&set->name, "a parameter's name", err);
}

/* What is wrong with the value, in terms of the option. */
static int refuse(const struct set *set, struct err *err)
{
    err_prefix(err, "--set %s: ", buf_str(&set->name));
    err->line = 0;
    err->column = 0;
    if (err->code != ERR_MEMORY)
        err->code = ERR_USAGE;
    return err->code;
}

int set_parse(struct set *set, const char *argument, struct err *err)
{
    const char *equals = strchr(argument, '=');
    size_t len = strlen(argument);
    int rc;

    buf_clear(&set->name);
    buf_clear(&set->text);
    if (len > SET_TEXT_MAX)
        return err_set(err, ERR_USAGE, "--set: over %zu bytes", SET_TEXT_MAX);
    if (!equals)
        return bad_name(argument, err);
    size_t name_len = (size_t)(equals - argument);
    if ((rc = read_name(set, argument, name_len, err)) < 0)
        return rc;
    if (read_value(set, equals + 1, len - name_len - 1, err) < 0 ||
        buf_error(&set->text, "the value", err) < 0 ||
        json_parse(&set->doc, buf_str(&set->text), set->text.len, err) < 0)
        return refuse(set, err);
    return 0;
}
