#include "shape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jsonpath.h"
#include "nearest.h"

#define QUOTE_CUT 60 /* bytes shown of a longer text */

const char *shape_quote_bytes(const char *bytes, size_t len,
                              char out[SHAPE_QUOTE_MAX])
{
    size_t keep = len;

    if (len >= SHAPE_QUOTE_MAX) {
        keep = QUOTE_CUT;
        while (keep > 0 && ((unsigned char)bytes[keep] & 0xc0) == 0x80)
            keep--;
    }
    memcpy(out, bytes, keep);
    out[keep] = '\0';
    if (keep < len)
        memcpy(out + keep, "…", sizeof "…");
    return out;
}

const char *shape_quote(const struct json *doc, uint32_t node,
                        char out[SHAPE_QUOTE_MAX])
{
    const struct json_node *string = &doc->nodes[node];

    return shape_quote_bytes(doc->text + string->start, string->len, out);
}

/* Fills err at node; an item that errs would only count stays empty. */
static void report(const struct shape_run *run, uint32_t node,
                   enum err_code code, const char *format, va_list args)
{
    struct err err = ERR_INIT;
    struct jsonpath path;
    struct buf text;
    bool warning = code == ERR_WARNING;

    err.code = code;
    if (errs_full(run->errs) || (warning && run->errs->count == ERRS_MAX)) {
        errs_add(run->errs, &err);
        return;
    }
    char message[ERR_MESSAGE_MAX];
    vsnprintf(message, sizeof message, format, args);
    buf_init(&text, (size_t)2 * JSONPATH_TEXT_MAX);
    jsonpath_find(run->doc, run->root, node, &path);
    jsonpath_write(run->doc, "$", &path, &text);
    json_err(run->doc, node, &err, code, "%s: %s", buf_str(&text), message);
    buf_release(&text);
    errs_add(run->errs, &err);
}

void shape_error(const struct shape_run *run, uint32_t node, const char *format,
                 ...)
{
    va_list args;

    va_start(args, format);
    report(run, node, ERR_DATA, format, args);
    va_end(args);
}

void shape_warning(const struct shape_run *run, uint32_t node,
                   const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report(run, node, ERR_WARNING, format, args);
    va_end(args);
}

void shape_expected(const struct shape_run *run, uint32_t node,
                    const char *expected)
{
    shape_error(run, node, "expected %s, found %s", expected,
                json_type_name(run->doc->nodes[node].type));
}

bool shape_is(const struct shape_run *run, uint32_t node, enum json_type type)
{
    if (run->doc->nodes[node].type == type)
        return true;
    shape_expected(run, node, json_type_name(type));
    return false;
}

static bool known(const struct shape_run *run, const struct shape_field *field)
{
    return !run->strict || field->rule <= SHAPE_REQUIRED;
}

/* The field that a key names, or shape->count. */
static uint32_t find_field(const struct json *doc, const struct shape *shape,
                           uint32_t key)
{
    const struct json_node *name = &doc->nodes[key];
    const char *text = doc->text + name->start;
    uint32_t i;

    for (i = 0; i < shape->count; i++) {
        const struct shape_field *field = &shape->fields[i];
        if (name->len == field->len && text[0] == field->name[0] &&
            memcmp(text, field->name, field->len) == 0)
            return i;
    }
    if (!memchr(text, '\\', name->len))
        return i;
    for (i = 0; i < shape->count; i++)
        if (json_equals(doc, key, shape->fields[i].name))
            break;
    return i;
}

static void unknown_key(const struct shape_run *run, uint32_t key,
                        const struct shape *shape)
{
    const struct json_node *name = &run->doc->nodes[key];
    char quoted[SHAPE_QUOTE_MAX];
    char hint[NEAREST_NAME_MAX + 32];
    struct nearest search;

    nearest_begin(&search, run->doc->text + name->start, name->len);
    for (uint32_t i = 0; i < shape->count && !errs_full(run->errs); i++)
        if (known(run, &shape->fields[i]))
            nearest_offer(&search, shape->fields[i].name);
    shape_error(run, key, "unknown key \"%s\"%s",
                shape_quote(run->doc, key, quoted),
                nearest_hint(&search, hint, sizeof hint));
}

static void duplicate_key(const struct shape_run *run, uint32_t key)
{
    char quoted[SHAPE_QUOTE_MAX];

    shape_error(run, key, "duplicate key \"%s\"",
                shape_quote(run->doc, key, quoted));
}

static void check_member(const struct shape_run *run, uint32_t key,
                         const struct shape_field *field)
{
    char quoted[SHAPE_QUOTE_MAX];

    if (!known(run, field)) {
        shape_error(run, key, "unknown key \"%s\": only %s validators know it",
                    shape_quote(run->doc, key, quoted),
                    field->rule == SHAPE_OLD ? "older" : "newer");
        return;
    }
    if (field->rule == SHAPE_OLD)
        shape_warning(run, key,
                      "\"%s\" is known to older validators only; newer hosts "
                      "and services may reject it",
                      field->name);
    field->check(run, key + 1);
}

void shape_object(const struct shape_run *run, uint32_t node,
                  const struct shape *shape)
{
    uint32_t seen = 0;
    uint32_t key = json_first(node);

    if (!shape_is(run, node, JSON_OBJECT))
        return;
    for (uint32_t i = 0; i < run->doc->nodes[node].size; i++) {
        uint32_t at = find_field(run->doc, shape, key);
        uint32_t bit = at < shape->count ? UINT32_C(1) << at : 0;
        if (bit == 0)
            unknown_key(run, key, shape);
        else if (seen & bit)
            duplicate_key(run, key);
        else
            check_member(run, key, &shape->fields[at]);
        seen |= bit;
        key = json_next(run->doc, key + 1);
    }
    for (uint32_t i = 0; i < shape->count; i++)
        if (shape->fields[i].rule == SHAPE_REQUIRED &&
            !(seen & UINT32_C(1) << i))
            shape_error(run, node, "missing \"%s\"", shape->fields[i].name);
}

static void refuse_duplicates(const struct shape_run *run, uint32_t object)
{
    struct err err = ERR_INIT;

    if (run->doc->nodes[object].size < 2)
        return;
    uint32_t key = json_duplicate(run->doc, object, &err);
    if (err.code < 0)
        errs_add(run->errs, &err);
    else if (key != 0)
        duplicate_key(run, key);
}

void shape_map(const struct shape_run *run, uint32_t node, shape_checker *check)
{
    uint32_t key = json_first(node);

    if (!shape_is(run, node, JSON_OBJECT))
        return;
    for (uint32_t i = 0; i < run->doc->nodes[node].size; i++) {
        check(run, key + 1);
        key = json_next(run->doc, key + 1);
    }
    refuse_duplicates(run, node);
}

void shape_list(const struct shape_run *run, uint32_t node,
                shape_checker *check)
{
    uint32_t at = json_first(node);

    if (!shape_is(run, node, JSON_ARRAY))
        return;
    for (uint32_t i = 0; i < run->doc->nodes[node].size; i++) {
        check(run, at);
        at = json_next(run->doc, at);
    }
}

void shape_string(const struct shape_run *run, uint32_t node)
{
    shape_is(run, node, JSON_STRING);
}

void shape_number(const struct shape_run *run, uint32_t node)
{
    shape_is(run, node, JSON_NUMBER);
}

void shape_bool(const struct shape_run *run, uint32_t node)
{
    enum json_type type = run->doc->nodes[node].type;

    if (type != JSON_TRUE && type != JSON_FALSE)
        shape_expected(run, node, "true or false");
}

void shape_string_list(const struct shape_run *run, uint32_t node)
{
    shape_list(run, node, shape_string);
}

void shape_strings(const struct shape_run *run, uint32_t node)
{
    enum json_type type = run->doc->nodes[node].type;

    if (type == JSON_ARRAY)
        shape_list(run, node, shape_string);
    else if (type != JSON_STRING)
        shape_expected(run, node, "a string or a list of strings");
}

void shape_string_map(const struct shape_run *run, uint32_t node)
{
    shape_map(run, node, shape_string);
}

/* Nodes lie in the order of the text, so no recursion is needed. */
void shape_any(const struct shape_run *run, uint32_t node)
{
    uint32_t end = json_next(run->doc, node);

    for (uint32_t at = node; at < end; at++)
        if (run->doc->nodes[at].type == JSON_OBJECT)
            refuse_duplicates(run, at);
}

/* "a", "b" or "c" */
static void list_names(const char *const *names, struct buf *out)
{
    for (size_t i = 0; names[i]; i++) {
        if (i > 0)
            buf_add_str(out, names[i + 1] ? ", " : " or ");
        buf_addf(out, "\"%s\"", names[i]);
    }
}

void shape_one_of(const struct shape_run *run, uint32_t node,
                  const char *const *names)
{
    const struct json_node *value = &run->doc->nodes[node];
    char quoted[SHAPE_QUOTE_MAX];
    char hint[NEAREST_NAME_MAX + 32];
    struct nearest search;
    struct buf list;

    if (value->type == JSON_STRING)
        for (size_t i = 0; names[i]; i++)
            if (json_equals(run->doc, node, names[i]))
                return;
    buf_init(&list, ERR_MESSAGE_MAX);
    list_names(names, &list);
    if (value->type != JSON_STRING) {
        shape_expected(run, node, buf_str(&list));
    } else {
        nearest_begin(&search, run->doc->text + value->start, value->len);
        for (size_t i = 0; names[i]; i++)
            nearest_offer(&search, names[i]);
        shape_error(run, node, "expected %s, found \"%s\"%s", buf_str(&list),
                    shape_quote(run->doc, node, quoted),
                    nearest_hint(&search, hint, sizeof hint));
    }
    buf_release(&list);
}
