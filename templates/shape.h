/*
 * shape: checks JSON values against tables of what an object may hold.
 *
 * A checker looks at one node, whose problems it reports to the run's errs;
 * it returns nothing, so that one pass finds them all. Every message starts
 * with the value's path from the run's root: "$.ops[0].id: expected …".
 * Nothing is allocated unless there is a problem to report, or an object of
 * many members that no table describes.
 */
#ifndef TEMPLATES_SHAPE_H
#define TEMPLATES_SHAPE_H

#include "json.h"

/* One check of one document. */
struct shape_run {
    const struct json *doc;
    uint32_t root; /* the node that paths call "$" */
    bool strict;   /* refuse SHAPE_OLD and SHAPE_NEWEST fields */
    struct errs *errs;
};

typedef void shape_checker(const struct shape_run *run, uint32_t node);

enum shape_rule {
    SHAPE_OPTIONAL,
    SHAPE_REQUIRED,
    SHAPE_OLD,   /* only older validators know it: a warning, strict: unknown */
    SHAPE_NEWEST /* only newer ones know it: optional, strict: unknown */
};

struct shape_field {
    const char *name;
    uint32_t len; /* of name */
    enum shape_rule rule;
    shape_checker *check; /* of the value */
};

#define SHAPE_FIELD(name, rule, check)      \
    {                                       \
        name, sizeof(name) - 1, rule, check \
    }

#define SHAPE_FIELDS_MAX 32

struct shape {
    uint32_t count; /* of fields, at most SHAPE_FIELDS_MAX */
    const struct shape_field *fields;
};

#define SHAPE_OF(fields)                           \
    {                                              \
        sizeof(fields) / sizeof(fields)[0], fields \
    }

/*
 * Checks that node is an object with the fields of shape: all required ones,
 * each once, no other. Values are given to their fields' checkers.
 */
void shape_object(const struct shape_run *run, uint32_t node,
                  const struct shape *shape);

/* An object with any keys, each once; check looks at the values. */
void shape_map(const struct shape_run *run, uint32_t node,
               shape_checker *check);

/* A list; check looks at its elements. */
void shape_list(const struct shape_run *run, uint32_t node,
                shape_checker *check);

shape_checker shape_string;
shape_checker shape_number;
shape_checker shape_bool;
shape_checker shape_strings;     /* a string or a list of them */
shape_checker shape_string_list; /* a list of strings */
shape_checker shape_string_map;  /* an object whose values are strings */
shape_checker shape_any;         /* only duplicate keys are refused */

/* One of the strings in names, which NULL ends. */
void shape_one_of(const struct shape_run *run, uint32_t node,
                  const char *const *names);

/* Whether node is of the type; says "expected …, found …" if it is not. */
bool shape_is(const struct shape_run *run, uint32_t node, enum json_type type);

/* "expected `expected`, found …" with the type that node has. */
void shape_expected(const struct shape_run *run, uint32_t node,
                    const char *expected);

/* An error (ERR_DATA) or a warning at node, its path in front. */
void shape_error(const struct shape_run *run, uint32_t node, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));
void shape_warning(const struct shape_run *run, uint32_t node,
                   const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * A string node's text as written, for a message: at most SHAPE_QUOTE_MAX - 1
 * bytes in out, cut at a character's end and marked with "…". Returns out.
 */
#define SHAPE_QUOTE_MAX 68
const char *shape_quote(const struct json *doc, uint32_t node,
                        char out[SHAPE_QUOTE_MAX]);

/* The same for bytes from anywhere. */
const char *shape_quote_bytes(const char *bytes, size_t len,
                              char out[SHAPE_QUOTE_MAX]);

#endif
