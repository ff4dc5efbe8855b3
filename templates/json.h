/*
 * json: a strict reader of RFC 8259 text over jsmn, and JavaScript's writer.
 *
 * jsmn finds the tokens but does not validate, so json_parse first checks
 * the whole text against the grammar (no recursion), counting its values,
 * and then lets jsmn fill exactly that many tokens. Rejected beside all
 * that RFC 8259 forbids: bytes that are not UTF-8, lone surrogates, a NUL
 * byte, a byte order mark, numbers that a double cannot reach (1e400), depth
 * over JSON_DEPTH_MAX, more than JSON_VALUES_MAX values (keys counted),
 * numbers of more than JSON_NUMBER_MAX characters. Duplicate keys are accepted,
 * the last one wins.
 *
 * A document is an array of nodes in the order of the text; an object's
 * children alternate key, value. Nodes hold offsets into the text, which is
 * borrowed.
 */
#ifndef TEMPLATES_JSON_H
#define TEMPLATES_JSON_H

#include "buf.h"

#define JSON_DEPTH_MAX  64
#define JSON_TEXT_MAX   ((size_t)64 << 20)
#define JSON_VALUES_MAX ((uint32_t)16 << 20)
#define JSON_NUMBER_MAX 1100

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_node {
    enum json_type type;
    uint32_t start; /* offset of the value; of a string, behind its quote */
    uint32_t len;   /* bytes; of a string, between its quotes, as written */
    uint32_t size;  /* elements of an array, members of an object, else 0 */
    uint32_t next;  /* index of the node behind this one's subtree */
};

struct json {
    const char *text;        /* borrowed: what json_parse was given */
    size_t len;              /* its bytes */
    struct json_node *nodes; /* owned; nodes[0] is the top value */
    uint32_t count;          /* nodes in use */
    uint32_t cap;            /* nodes allocated, kept between parses */
};

/* An empty document that owns nothing yet. */
void json_init(struct json *doc);
void json_release(struct json *doc);

/*
 * Reads text as one JSON value with optional white space around it. text is
 * borrowed until the next parse or release. On failure err has line and
 * column (from 1, in characters) within text and a message that says what
 * was expected; doc then has no nodes (count 0) but can be used again.
 * Returns 0, ERR_DATA, ERR_LIMIT or ERR_MEMORY.
 */
int json_parse(struct json *doc, const char *text, size_t len, struct err *err);

/* Line and column, from 1, of an offset in a text; column in characters. */
void json_place(const char *text, size_t offset, uint64_t *line,
                uint64_t *column);

/* err_set_at for the place where a node starts in its document's text. */
int json_err(const struct json *doc, uint32_t node, struct err *err,
             enum err_code code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The type in words with its article: "a number", "an object", "null". */
const char *json_type_name(enum json_type type);

/*
 * Walking: children of an array or object node, in order:
 *   uint32_t at = json_first(node);
 *   for (uint32_t i = 0; i < doc->nodes[node].size; i++, at = json_next(...))
 * In an object `at` is a key; its value is at + 1; json_next of that value is
 * the next key.
 */
uint32_t json_first(uint32_t node);
uint32_t json_next(const struct json *doc, uint32_t node);

/* The value of the last member called name, or 0 where there is none. */
uint32_t json_get(const struct json *doc, uint32_t object, const char *name);

/* Whether a string node's value is the string str. */
bool json_equals(const struct json *doc, uint32_t string, const char *str);

/*
 * The first key node of an object whose name stands earlier in it already,
 * or 0. Takes n log n time. Sets err->code to 0, or, where memory runs out,
 * fills err and returns 0.
 */
uint32_t json_duplicate(const struct json *doc, uint32_t object,
                        struct err *err);

/* Adds a string node's value as UTF-8; it may hold U+0000. */
void json_string(const struct json *doc, uint32_t string, struct buf *out);

/*
 * A number node that is an integer within [min, max], however it is spelt
 * (1e3 is 1000). Returns false otherwise.
 */
bool json_int(const struct json *doc, uint32_t number, int64_t min, int64_t max,
              int64_t *out);

/* A number node's double, nearest to the digits. */
double json_double(const struct json *doc, uint32_t number);

/*
 * Adds the node as JSON.stringify(JSON.parse(text)) writes it: no spaces,
 * integer-like keys ("0" to "4294967294" without leading zeros) first in
 * ascending order, other keys in the order of their first occurrence, of
 * duplicates the last value, numbers as number_js writes them, strings as
 * json_quote writes them. No recursion; n log n time. Marks out where memory
 * runs out.
 */
void json_write(const struct json *doc, uint32_t node, struct buf *out);

/*
 * Adds a JSON string with its quotes: \" \\ \b \f \n \r \t, other bytes
 * below 0x20 as \u00xx, everything else raw. utf8 need not be terminated.
 */
void json_quote(struct buf *out, const char *utf8, size_t len);

/* json_quote without the quotes: what stands inside a longer string. */
void json_escape(struct buf *out, const char *utf8, size_t len);

/*
 * The value of an integer-like key, or -1: digits without a leading zero, at
 * most 4294967294 (ECMA-262, array index), which JavaScript orders first.
 */
int64_t json_index_key(const char *utf8, size_t len);

/* Whether bytes are UTF-8 without surrogates and overlong forms. */
bool json_utf8_valid(const char *bytes, size_t len);

#endif
