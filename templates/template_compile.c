/* From a JSON value to a template's segments. */
#include "template_compiler.h"

#include "json_order.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No more literal text than an entry may hold, numbers spelt at length. */
#define LITERAL_MAX ((size_t)512 << 20)

#define FIRST_SEGMENTS 16
#define SHOWN_MAX      80 /* bytes of a key that a message quotes */

size_t template_offset(const struct template_compiler *c, uint32_t node,
                       size_t at)
{
    const struct json_node *string = &c->doc->nodes[node];
    const char *raw = c->doc->text + string->start;

    /* With escapes the text's offsets are not the document's. */
    if (at != TEMPLATE_WHOLE && !memchr(raw, '\\', string->len))
        return string->start + at;
    return string->start - 1; /* its quote */
}

/* Line and column of a problem, and its path in front of its message. */
static void place_problem(const struct template_compiler *c, uint32_t node,
                          size_t at, struct err *err)
{
    struct jsonpath path;
    struct buf front;

    json_place(c->doc->text, template_offset(c, node, at), &err->line,
               &err->column);
    buf_init(&front, ERR_MESSAGE_MAX);
    jsonpath_find(c->doc, c->root, node, &path);
    jsonpath_write(c->doc, c->scope->path, &path, &front);
    err_prefix(err, "%s: ", buf_str(&front));
    buf_release(&front);
}

void template_problem(struct template_compiler *c, uint32_t node, size_t at,
                      const char *format, ...)
{
    char message[ERR_MESSAGE_MAX];
    struct err err = ERR_INIT;
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    err_set(&err, ERR_DATA, "%s", message);
    err.file = c->scope->file;
    /* Finding a place reads the document: not for what is only counted. */
    if (!errs_full(c->errs))
        place_problem(c, node, at, &err);
    errs_add(c->errs, &err);
}

struct template_segment *template_add(struct template_compiler *c,
                                      enum template_kind kind)
{
    if (c->count == c->cap) {
        uint32_t cap = c->cap ? c->cap * 2 : FIRST_SEGMENTS;
        struct template_segment *grown =
            cap > c->cap ? realloc(c->segments, cap * sizeof *grown) : NULL;
        if (!grown) {
            c->failed = ERR_MEMORY;
            return NULL;
        }
        c->segments = grown;
        c->cap = cap;
    }
    struct template_segment *segment = &c->segments[c->count++];
    memset(segment, 0, sizeof *segment);
    segment->kind = kind;
    return segment;
}

void template_flush(struct template_compiler *c)
{
    struct template_segment *segment;

    if (c->literal.failed)
        c->failed = c->literal.failed;
    if (c->literal.len == 0)
        return;
    segment = template_add(c, TEMPLATE_LITERAL);
    if (segment) {
        segment->len = c->literal.len;
        segment->bytes =
            arena_copy(c->scope->arena, c->literal.data, c->literal.len);
    }
    buf_clear(&c->literal);
}

const char *template_path(struct template_compiler *c)
{
    struct buf text;
    const char *copy;

    buf_init(&text, ERR_MESSAGE_MAX);
    jsonpath_write(c->doc, c->scope->path, &c->path, &text);
    copy = arena_copy(c->scope->arena, buf_str(&text), text.len);
    buf_release(&text);
    return copy ? copy : "";
}

static void compile_value(struct template_compiler *c, uint32_t node);

static void compile_array(struct template_compiler *c, uint32_t node)
{
    uint32_t at = json_first(node);

    buf_add_char(&c->literal, '[');
    for (uint32_t i = 0; i < c->doc->nodes[node].size; i++) {
        if (i > 0)
            buf_add_char(&c->literal, ',');
        jsonpath_enter(&c->path, 0, i);
        compile_value(c, at);
        jsonpath_leave(&c->path);
        at = json_next(c->doc, at);
    }
    buf_add_char(&c->literal, ']');
}

static void compile_member(struct template_compiler *c, uint32_t key,
                           uint32_t value)
{
    json_write(c->doc, key, &c->literal);
    buf_add_char(&c->literal, ':');
    jsonpath_enter(&c->path, key, 0);
    compile_value(c, value);
    jsonpath_leave(&c->path);
}

/* An object's members as JavaScript orders them. */
static void compile_members(struct template_compiler *c, uint32_t node)
{
    uint32_t count = 0;
    struct json_member *members = json_order_members(c->doc, node, &count);

    if (!members) {
        c->failed = ERR_MEMORY;
        return;
    }
    buf_add_char(&c->literal, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(&c->literal, ',');
        compile_member(c, members[i].key, members[i].value);
    }
    buf_add_char(&c->literal, '}');
    free(members);
}

/* One member of an object that the renderer orders, as a MEMBER segment. */
static void compile_open_member(struct template_compiler *c, uint32_t key)
{
    uint32_t member = c->count;

    template_add(c, TEMPLATE_MEMBER);
    jsonpath_enter(&c->path, key, 0);
    template_compile_key(c, key);
    template_flush(c);
    uint32_t key_end = c->count;
    compile_value(c, key + 1);
    jsonpath_leave(&c->path);
    template_flush(c);
    if (c->failed)
        return;
    c->segments[member].key_end = key_end;
    c->segments[member].end = c->count;
}

/* An object some of whose keys hold placeholders. */
static void compile_open_object(struct template_compiler *c, uint32_t node)
{
    uint32_t count = c->doc->nodes[node].size;
    uint32_t key = json_first(node);
    struct template_segment *segment;

    template_flush(c);
    uint32_t object = c->count;
    segment = template_add(c, TEMPLATE_OBJECT);
    if (!segment)
        return;
    segment->members = count;
    segment->path = template_path(c);
    segment->at = c->doc->nodes[node].start;
    for (uint32_t i = 0; i < count && !c->failed; i++) {
        compile_open_member(c, key);
        key = json_next(c->doc, key + 1);
    }
    c->segments[object].end = c->count;
}

static bool has_open_key(struct template_compiler *c, uint32_t node)
{
    uint32_t key = json_first(node);

    for (uint32_t i = 0; i < c->doc->nodes[node].size; i++) {
        if (template_holds(c, key))
            return true;
        key = json_next(c->doc, key + 1);
    }
    return false;
}

static void compile_object(struct template_compiler *c, uint32_t node)
{
    if (has_open_key(c, node))
        compile_open_object(c, node);
    else
        compile_members(c, node);
}

/* Recursion is bounded by the reader's JSON_DEPTH_MAX. */
static void compile_value(struct template_compiler *c, uint32_t node)
{
    enum json_type type = c->doc->nodes[node].type;

    if (c->failed)
        return;
    if (type < JSON_STRING || !template_may_hold(c, node))
        json_write(c->doc, node, &c->literal);
    else if (type == JSON_ARRAY)
        compile_array(c, node);
    else if (type == JSON_OBJECT)
        compile_object(c, node);
    else if (template_holds(c, node))
        template_compile_string(c, node);
    else
        json_write(c->doc, node, &c->literal);
}

static void check_duplicate(struct template_compiler *c, uint32_t object)
{
    struct err err;

    err.code = 0;
    uint32_t key = json_duplicate(c->doc, object, &err);
    if (err.code != 0)
        c->failed = err.code;
    if (key == 0)
        return;
    const struct json_node *name = &c->doc->nodes[key];
    int shown = name->len > SHOWN_MAX ? SHOWN_MAX : (int)name->len;
    template_problem(c, key, TEMPLATE_WHOLE,
                     "the key \"%.*s\" stands twice in one object", shown,
                     c->doc->text + name->start);
}

static void check_duplicates(struct template_compiler *c)
{
    uint32_t end = c->doc->nodes[c->root].next;

    for (uint32_t node = c->root; node < end; node++)
        if (c->doc->nodes[node].type == JSON_OBJECT)
            check_duplicate(c, node);
}

/* What ran out, if anything did. */
static void report_failure(struct template_compiler *c)
{
    struct err err = ERR_INIT;

    if (arena_error(c->scope->arena, "the entry", &err) == 0) {
        if (c->failed == ERR_LIMIT)
            err_set(&err, ERR_LIMIT, "%s: over %zu bytes of text",
                    c->scope->path, LITERAL_MAX);
        else
            err_set(&err, ERR_MEMORY, "%s: out of memory", c->scope->path);
    }
    err.file = c->scope->file;
    errs_add(c->errs, &err);
}

/* Moves the segments into the arena. */
static void finish(struct template_compiler *c)
{
    struct template_segment *kept;

    template_flush(c);
    kept = arena_array(c->scope->arena, c->count, sizeof *kept);
    if (kept && c->count > 0) {
        memcpy(kept, c->segments, c->count * sizeof *kept);
        c->out->segments = kept;
        c->out->count = c->count;
    }
    if (c->failed != 0 || c->scope->arena->failed != 0)
        report_failure(c);
}

void template_compile(struct template *out, const struct template_scope *scope,
                      const struct json *doc, uint32_t node, struct errs *errs)
{
    struct template_compiler c;

    memset(&c, 0, sizeof c);
    memset(out, 0, sizeof *out);
    out->constant = true;
    out->free_text = true;
    c.scope = scope;
    c.doc = doc;
    c.root = node;
    c.out = out;
    c.errs = errs;
    buf_init(&c.literal, LITERAL_MAX);
    buf_init(&c.text, JSON_TEXT_MAX);
    check_duplicates(&c);
    compile_value(&c, node);
    finish(&c);
    free(c.segments);
    buf_release(&c.literal);
    buf_release(&c.text);
}
