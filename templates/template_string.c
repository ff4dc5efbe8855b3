/* Strings with placeholders: their grammar, and the segments they become. */
#include "template_compiler.h"

#include "nearest.h"

#include <string.h>

#define OPEN      "${{"
#define OPEN_LEN  3
#define CLOSE_LEN 2

#define SHOWN_MAX 80 /* bytes of a bad placeholder that a message quotes */

/*
 * Text of a document may hold "${{" where it stands so or where a character
 * of it is written as an escape, which then starts with "\u".
 */
static bool may_hold(const char *text, size_t len)
{
    const char *end = text + len;
    const char *at = text;

    while ((at = memchr(at, '$', (size_t)(end - at))) != NULL) {
        if (end - at >= 2 && (at[1] == '{' || at[1] == '\\'))
            return true;
        at++;
    }
    at = text;
    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        if (end - at >= 2 && at[1] == 'u')
            return true;
        at += end - at >= 2 ? 2 : 1;
    }
    return false;
}

bool template_may_hold(const struct template_compiler *c, uint32_t node)
{
    const struct json_node *value = &c->doc->nodes[node];

    return may_hold(c->doc->text + value->start, value->len);
}

void template_decode(struct template_compiler *c, uint32_t string)
{
    buf_clear(&c->text);
    json_string(c->doc, string, &c->text);
    if (c->text.failed)
        c->failed = c->text.failed;
}

/* The first "${{" of text, or NULL. */
static const char *find_open(const char *text, size_t len)
{
    const char *end = text + len;

    while (end - text >= OPEN_LEN) {
        size_t starts = (size_t)(end - text) - OPEN_LEN + 1;
        const char *at = memchr(text, '$', starts);
        if (!at || memcmp(at, OPEN, OPEN_LEN) == 0)
            return at;
        text = at + 1;
    }
    return NULL;
}

/* The "}}" that ends a placeholder whose inside starts at text. */
static const char *find_close(const char *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++)
        if (text[i] == '}' && text[i + 1] == '}')
            return text + i;
    return NULL;
}

bool template_holds(struct template_compiler *c, uint32_t string)
{
    if (!template_may_hold(c, string))
        return false;
    template_decode(c, string);
    return find_open(buf_str(&c->text), c->text.len) != NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* The inside of a placeholder, split; all point into the text. */
struct placeholder {
    const char *name;
    size_t name_len;
    const char *format; /* NULL: none */
    size_t format_len;
};

static void split(const char *text, size_t len, struct placeholder *out)
{
    while (len > 0 && is_space(text[len - 1]))
        len--;
    while (len > 0 && is_space(*text)) {
        text++;
        len--;
    }
    const char *colon = memchr(text, ':', len);
    out->name = text;
    out->name_len = colon ? (size_t)(colon - text) : len;
    out->format = colon ? colon + 1 : NULL;
    out->format_len = colon ? len - out->name_len - 1 : 0;
    while (out->name_len > 0 && is_space(text[out->name_len - 1]))
        out->name_len--;
}

static const struct {
    const char *name;
    uint32_t ref;
} built_ins[] = {
    {"repeat", TEMPLATE_REF_REPEAT},
    {"draw", TEMPLATE_REF_DRAW},
    {"id", TEMPLATE_REF_ID},
    {"name", TEMPLATE_REF_NAME},
};

#define BUILT_INS (sizeof built_ins / sizeof built_ins[0])

static void unknown_name(struct template_compiler *c, size_t at,
                         const struct placeholder *found)
{
    const struct params *params = c->scope->params;
    /* Past the last message that is kept, looking for a neighbour is vain. */
    uint32_t known = errs_full(c->errs) ? 0 : params->count;
    int len = (int)found->name_len;
    struct nearest search;
    char hint[ERR_MESSAGE_MAX / 4];

    nearest_begin(&search, found->name, found->name_len);
    for (uint32_t i = 0; i < known; i++)
        nearest_offer(&search, params->items[i].name);
    for (size_t i = 0; i < BUILT_INS; i++)
        nearest_offer(&search, built_ins[i].name);
    if (search.best || params_name_reserved(found->name, found->name_len))
        template_problem(c, c->node, at, "unknown parameter \"%.*s\"%s", len,
                         found->name, nearest_hint(&search, hint, sizeof hint));
    else
        template_problem(c, c->node, at,
                         "unknown parameter \"%.*s\"; give it values in "
                         "`params`, or with --set %.*s=…",
                         len, found->name, len, found->name);
}

/* Whether it names a built-in, which is then noted. */
static bool resolve_built_in(struct template_compiler *c,
                             const struct placeholder *found,
                             struct template_segment *segment)
{
    for (size_t i = 0; i < BUILT_INS; i++) {
        const char *name = built_ins[i].name;
        if (strlen(name) != found->name_len ||
            memcmp(name, found->name, found->name_len) != 0)
            continue;
        segment->ref = built_ins[i].ref;
        segment->name = name;
        c->out->uses_name |= segment->ref == TEMPLATE_REF_NAME;
        c->out->uses_repeat |= segment->ref == TEMPLATE_REF_REPEAT;
        c->out->uses_draw |= segment->ref == TEMPLATE_REF_DRAW;
        return true;
    }
    return false;
}

/* Finds what a placeholder names; false where a problem was reported. */
static bool resolve(struct template_compiler *c, size_t at,
                    const struct placeholder *found,
                    struct template_segment *segment)
{
    const struct params *params = c->scope->params;

    if (resolve_built_in(c, found, segment)) {
        if (segment->ref != TEMPLATE_REF_NAME || c->scope->name_allowed)
            return true;
        template_problem(c, c->node, at,
                         "\"name\" cannot be used here: the job's name is "
                         "made from this");
        return false;
    }
    int64_t position = params_find(params, found->name, found->name_len);
    if (position < 0) {
        unknown_name(c, at, found);
        return false;
    }
    segment->ref = (uint32_t)position;
    segment->name = params->items[position].name;
    if (c->scope->used)
        c->scope->used[position] = true;
    return true;
}

static bool name_possible(const struct placeholder *found)
{
    return params_name_valid(found->name, found->name_len) ||
           params_name_reserved(found->name, found->name_len);
}

/*
 * Reads one placeholder whose inside is text; `at` is its offset in the
 * string. Returns false where a problem was reported.
 */
static bool read_placeholder(struct template_compiler *c, size_t at,
                             const char *text, size_t len,
                             struct template_segment *segment)
{
    struct placeholder found;
    struct err err = ERR_INIT;

    memset(segment, 0, sizeof *segment);
    split(text, len, &found);
    if (!name_possible(&found)) {
        template_problem(c, c->node, at,
                         "expected a parameter's name within \"${{ }}\", "
                         "found \"%.*s\" (a literal \"${{\" is written "
                         "\"$${{\")",
                         len > SHOWN_MAX ? SHOWN_MAX : (int)len, text);
        return false;
    }
    if (!resolve(c, at, &found, segment))
        return false;
    if (found.format && !template_format_parse(found.format, found.format_len,
                                               &segment->format, &err)) {
        template_problem(c, c->node, at, "%s", err.message);
        return false;
    }
    if (!c->path_text)
        c->path_text = template_path(c);
    segment->path = c->path_text;
    segment->at = template_offset(c, c->node, at);
    return true;
}

static void insert(struct template_compiler *c, enum template_kind kind,
                   const struct template_segment *placeholder)
{
    struct template_segment *segment;

    template_flush(c);
    segment = template_add(c, kind);
    if (!segment)
        return;
    *segment = *placeholder;
    segment->kind = kind;
    c->out->constant = false;
    if (kind == TEMPLATE_VALUE || c->place == TEMPLATE_ANY)
        c->out->free_text = false;
}

/* One "${{ … }}" at offset `at` of c->text; returns the offset behind it. */
static size_t compile_placeholder(struct template_compiler *c, size_t at)
{
    const char *inside = c->text.data + at + OPEN_LEN;
    size_t rest = c->text.len - at - OPEN_LEN;
    const char *close = find_close(inside, rest);
    struct template_segment segment;

    if (!close) {
        template_problem(c, c->node, at,
                         "\"${{\" without \"}}\" (a literal \"${{\" is "
                         "written \"$${{\")");
        return c->text.len;
    }
    size_t len = (size_t)(close - inside);
    if (read_placeholder(c, at, inside, len, &segment))
        insert(c, TEMPLATE_INSIDE, &segment);
    return at + OPEN_LEN + len + CLOSE_LEN;
}

/* The string in c->text, with its quotes, as literals and insertions. */
static void compile_text(struct template_compiler *c)
{
    size_t at = 0;

    buf_add_char(&c->literal, '"');
    while (at < c->text.len) {
        const char *text = c->text.data + at;
        const char *open = find_open(text, c->text.len - at);
        size_t run = open ? (size_t)(open - text) : c->text.len - at;
        bool protected = run > 0 && open && open[-1] == '$';
        json_escape(&c->literal, text, protected ? run - 1 : run);
        at += run;
        if (protected) {
            buf_add_str(&c->literal, OPEN);
            at += OPEN_LEN;
        } else if (open) {
            at = compile_placeholder(c, at);
        }
    }
    buf_add_char(&c->literal, '"');
}

/* Whether the string in c->text is one placeholder without a format. */
static bool lone(const struct template_compiler *c)
{
    const char *text = c->text.data;
    size_t len = c->text.len;

    if (memcmp(text, OPEN, OPEN_LEN) != 0)
        return false;
    const char *close = find_close(text + OPEN_LEN, len - OPEN_LEN);
    return close && close + CLOSE_LEN == text + len &&
           !memchr(text, ':', (size_t)(close - text));
}

static void begin(struct template_compiler *c, uint32_t string)
{
    c->node = string;
    c->place = TEMPLATE_ANY;
    c->path_text = NULL;
}

void template_compile_string(struct template_compiler *c, uint32_t string)
{
    struct template_segment segment;

    begin(c, string);
    if (c->scope->place)
        c->place = c->scope->place(c->doc, &c->path);
    if (!lone(c) || c->place == TEMPLATE_TEXT)
        compile_text(c);
    else if (read_placeholder(c, 0, c->text.data + OPEN_LEN,
                              c->text.len - OPEN_LEN - CLOSE_LEN, &segment))
        insert(c, TEMPLATE_VALUE, &segment);
}

void template_compile_key(struct template_compiler *c, uint32_t key)
{
    begin(c, key);
    template_decode(c, key);
    compile_text(c);
}
