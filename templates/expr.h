/*
 * expr: the expressions of `where` and `--where`, with SQL's three values.
 *
 *   or         = and { "||" and }
 *   and        = not { "&&" not }
 *   not        = { "!" } ( "(" or ")" | test )
 *   test       = operand [ comparison operand
 *                        | "in" "[" [ literal { "," literal } ] "]"
 *                        | "like" string ]
 *   comparison = "==" | "!=" | "<" | "<=" | ">" | ">="
 *   operand    = name | literal
 *   literal    = number | string | "true" | "false" | "null"
 *
 * A number is JSON's. A string is JSON's, or stands in single quotes, where
 * no character is special. "!" negates the whole test behind it. An operand
 * alone must be true or false. In a pattern of `like`, "*" is any number of
 * characters and "?" is one; nothing else is special.
 *
 * Values: numbers compare as doubles, strings by code points; true and false
 * know == and != only; null equals null and nothing else, and has no order.
 * Other comparisons of different types, and of lists and objects, are errors
 * that name both sides. A name that is absent makes its test unknown: "!"
 * keeps that, && is false where the other side is false, || true where the
 * other side is true. && and || go from left to right and stop when the
 * result is certain, so that the left side can guard the right one.
 *
 * Compiled once into a small program; evaluated without allocating, in time
 * linear in the program and the values (of a pattern, times its length,
 * which is bounded). No recursion in evaluation, bounded in compilation.
 */
#ifndef TEMPLATES_EXPR_H
#define TEMPLATES_EXPR_H

#include "arena.h"
#include "nearest.h"

#define EXPR_TEXT_MAX  65536 /* bytes of an expression */
#define EXPR_DEPTH_MAX 64    /* parentheses within one another */
#define EXPR_LIKE_MAX  1000  /* characters of a pattern */
#define EXPR_NAMES_MAX 1000  /* different names of one expression */

enum expr_type {
    EXPR_ABSENT, /* there is no such value here */
    EXPR_NULL,
    EXPR_BOOL,
    EXPR_NUMBER,
    EXPR_STRING,
    EXPR_LIST,
    EXPR_OBJECT
};

/* UTF-8, or what stands between the quotes of a JSON string. */
struct expr_text {
    const char *bytes; /* borrowed; NULL: none */
    size_t len;
    bool escaped; /* it is JSON's, and may hold its escapes */
};

struct expr_value {
    enum expr_type type;
    bool truth;             /* of BOOL */
    double number;          /* of NUMBER */
    struct expr_text text;  /* of STRING */
    struct expr_text alias; /* of STRING: another spelling, or no bytes; ==,
                               != , in and like hold where either does */
};

enum expr_truth {
    EXPR_FALSE,
    EXPR_UNKNOWN,
    EXPR_TRUE
};

/* A name that the expression mentions, once each. */
struct expr_name {
    const char *text; /* NUL-terminated, in the arena */
    uint32_t offset;  /* where it first stands */
    int64_t binding;  /* the caller's: what it stands for; 0 at first */
};

struct expr_op;
struct expr_term;

struct expr {
    const char *text; /* in the arena */
    size_t len;
    struct expr_name *names;
    uint32_t name_count;
    struct expr_op *ops;
    uint32_t op_count;
    struct expr_term *terms;
    uint32_t term_count;
};

/*
 * Compiles text (borrowed for the call) into memory of the arena. On failure
 * err has the column (in characters, from 1) within text as its column and a
 * message without a place. ERR_DATA, ERR_LIMIT, ERR_MEMORY.
 */
int expr_compile(struct expr *expr, const char *text, size_t len,
                 struct arena *arena, struct err *err);

/*
 * Says what a name is at the place where the expression is evaluated; value
 * is zeroed before. Returns 0, or a negative code with err filled.
 */
typedef int expr_lookup(void *arg, const struct expr_name *name,
                        struct expr_value *value, struct err *err);

/*
 * Evaluates. 0, or ERR_DATA for a comparison of different types, with err's
 * column as above, or what lookup returned.
 */
int expr_eval(const struct expr *expr, expr_lookup *lookup, void *arg,
              enum expr_truth *truth, struct err *err);

/*
 * Fills a value from one value's JSON text, as json_write gives it. It
 * points into json.
 */
void expr_value_json(struct expr_value *value, const char *json, size_t len);

/* Fills a STRING from UTF-8. NULL: absent. */
void expr_value_text(struct expr_value *value, const char *utf8, size_t len);

void expr_value_number(struct expr_value *value, double number);

/* The column, in characters from 1, of a byte of the expression. */
uint64_t expr_column(const struct expr *expr, uint32_t offset);

/*
 * Fills err for a name that means nothing here: "unknown name "sede" (did you
 * mean "seed"?)", with its column. search has been offered what is known.
 * Returns ERR_DATA.
 */
int expr_unknown_name(const struct expr *expr, const struct expr_name *name,
                      const struct nearest *search, struct err *err);

#endif
