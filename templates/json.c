#include "json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_fault.h"
#include "json_grammar.h"
#include "json_text.h"
#include "number.h"

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#define JSMN_STRICT
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <jsmn.h>
#pragma GCC diagnostic pop

/* Tokens become nodes in their own places. */
_Static_assert(sizeof(jsmntok_t) == sizeof(struct json_node),
               "a jsmn token and a node take the same room");
_Static_assert(JSON_TEXT_MAX <= INT32_MAX, "jsmn's offsets are int");

#define FIRST_CAP 64

void json_init(struct json *doc)
{
    doc->text = "";
    doc->len = 0;
    doc->nodes = NULL;
    doc->count = 0;
    doc->cap = 0;
}

void json_release(struct json *doc)
{
    free(doc->nodes);
    json_init(doc);
}

/* Room for count nodes, whose contents are not kept. */
static int reserve(struct json *doc, uint32_t count, struct err *err)
{
    uint32_t cap = doc->cap ? doc->cap : FIRST_CAP;

    if (count <= doc->cap)
        return 0;
    while (cap < count)
        cap = cap > JSON_VALUES_MAX / 2 ? JSON_VALUES_MAX : cap * 2;
    free(doc->nodes);
    doc->cap = 0;
    doc->nodes = malloc((size_t)cap * sizeof *doc->nodes);
    if (!doc->nodes)
        return err_set_at(err, ERR_MEMORY, 1, 1,
                          "out of memory for a JSON text of %zu bytes",
                          doc->len);
    doc->cap = cap;
    return 0;
}

static enum json_type type_of(const char *text, const jsmntok_t *token)
{
    switch (token->type) {
    case JSMN_OBJECT:
        return JSON_OBJECT;
    case JSMN_ARRAY:
        return JSON_ARRAY;
    case JSMN_STRING:
        return JSON_STRING;
    default:
        break;
    }
    switch (text[token->start]) {
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

static struct json_node node_of(const char *text, const jsmntok_t *token,
                                uint32_t index)
{
    struct json_node node;

    node.type = type_of(text, token);
    node.start = (uint32_t)token->start;
    node.len = (uint32_t)(token->end - token->start);
    node.size = node.type >= JSON_ARRAY ? (uint32_t)token->size : 0;
    node.next = index + 1;
    return node;
}

/* Turns jsmn's tokens into nodes, in place, from the first to the last. */
static void tokens_to_nodes(struct json *doc)
{
    uint32_t open[JSON_DEPTH_MAX];
    uint32_t depth = 0;
    jsmntok_t token;

    for (uint32_t i = 0; i < doc->count; i++) {
        memcpy(&token, &doc->nodes[i], sizeof token);
        struct json_node node = node_of(doc->text, &token, i);
        while (depth > 0) {
            struct json_node *last = &doc->nodes[open[depth - 1]];
            if (node.start < last->start + last->len)
                break;
            last->next = i;
            depth--;
        }
        if (node.type >= JSON_ARRAY)
            open[depth++] = i;
        doc->nodes[i] = node;
    }
    while (depth > 0)
        doc->nodes[open[--depth]].next = doc->count;
}

static int read_tokens(struct json *doc, uint32_t count, struct err *err)
{
    jsmn_parser parser;

    jsmn_init(&parser);
    int n = jsmn_parse(&parser, doc->text, doc->len, (void *)doc->nodes, count);
    if (n < 0 || (uint32_t)n != count || parser.toknext != count)
        return err_set_at(err, ERR_INTERNAL, 1, 1,
                          "jsmn found %d values where the grammar has %u", n,
                          (unsigned)count);
    doc->count = count;
    tokens_to_nodes(doc);
    return 0;
}

/*
 * A single value that is neither a string nor a container: jsmn's strict mode
 * misses the comma behind it.
 */
static void read_scalar(struct json *doc, size_t start)
{
    size_t end = doc->len;

    while (end > start + 1 && strchr(" \t\r\n", doc->text[end - 1]))
        end--;
    jsmntok_t token = {JSMN_PRIMITIVE, (int)start, (int)end, 0, -1};
    doc->nodes[0] = node_of(doc->text, &token, 0);
    doc->count = 1;
}

int json_parse(struct json *doc, const char *text, size_t len, struct err *err)
{
    struct json_fault fault = {JSON_FAULT_VALUE, 0};
    uint32_t count = 0;
    size_t start = 0;

    doc->text = len > 0 ? text : "";
    doc->len = len;
    doc->count = 0;
    if (len > JSON_TEXT_MAX)
        return err_set_at(err, ERR_LIMIT, 1, 1,
                          "expected a JSON text of at most %zu bytes, found "
                          "%zu",
                          JSON_TEXT_MAX, len);
    if (!json_grammar_check(doc->text, len, &count, &start, &fault))
        return json_fault_err(&fault, doc->text, len, err);
    int result = reserve(doc, count, err);
    if (result < 0)
        return result;
    if (strchr("{[\"", doc->text[start]))
        return read_tokens(doc, count, err);
    read_scalar(doc, start);
    return 0;
}

void json_place(const char *text, size_t offset, uint64_t *line,
                uint64_t *column)
{
    const char *end = text + offset;
    const char *newline;

    *line = 1;
    while (text < end &&
           (newline = memchr(text, '\n', (size_t)(end - text))) != NULL) {
        ++*line;
        text = newline + 1;
    }
    *column = 1;
    for (; text < end; text++)
        *column += ((unsigned char)*text & 0xc0) != 0x80;
}

int json_err(const struct json *doc, uint32_t node, struct err *err,
             enum err_code code, const char *format, ...)
{
    char message[ERR_MESSAGE_MAX + 8]; /* err_set_at is to do the cutting */
    uint64_t line, column;
    va_list args;

    const struct json_node *at = &doc->nodes[node];
    size_t offset = at->start - (at->type == JSON_STRING ? 1 : 0);
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    json_place(doc->text, offset, &line, &column);
    return err_set_at(err, code, line, column, "%s", message);
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",        [JSON_FALSE] = "false",
        [JSON_TRUE] = "true",        [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string",  [JSON_ARRAY] = "a list",
        [JSON_OBJECT] = "an object",
    };

    return names[type];
}

uint32_t json_first(uint32_t node)
{
    return node + 1;
}

uint32_t json_next(const struct json *doc, uint32_t node)
{
    return doc->nodes[node].next;
}

bool json_equals(const struct json *doc, uint32_t string, const char *str)
{
    const struct json_node *node = &doc->nodes[string];

    return json_text_equals(doc->text + node->start, node->len, str);
}

uint32_t json_get(const struct json *doc, uint32_t object, const char *name)
{
    uint32_t found = 0;
    uint32_t key = json_first(object);

    for (uint32_t i = 0; i < doc->nodes[object].size; i++) {
        if (json_equals(doc, key, name))
            found = key + 1;
        key = json_next(doc, key + 1);
    }
    return found;
}

void json_string(const struct json *doc, uint32_t string, struct buf *out)
{
    const struct json_node *node = &doc->nodes[string];

    json_text_decode(doc->text + node->start, node->len, out);
}

bool json_int(const struct json *doc, uint32_t number, int64_t min, int64_t max,
              int64_t *out)
{
    const struct json_node *node = &doc->nodes[number];
    int64_t value;

    if (node->type != JSON_NUMBER ||
        !number_integer(doc->text + node->start, node->len, &value))
        return false;
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

double json_double(const struct json *doc, uint32_t number)
{
    const struct json_node *node = &doc->nodes[number];

    return number_parse(doc->text + node->start, node->len);
}
