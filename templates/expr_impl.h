/*
 * expr_impl: what the parts of the expression module share: tokens
 * (expr_token.c), the compiler (expr.c), its tests (expr_term.c), the program
 * (expr_eval.c), and what
 * its tests mean (expr_judge.c).
 */
#ifndef TEMPLATES_EXPR_IMPL_H
#define TEMPLATES_EXPR_IMPL_H

#include "expr.h"

enum expr_token_kind {
    EXPR_END,
    EXPR_NAME,
    EXPR_DIGITS, /* a number */
    EXPR_QUOTED, /* "…" */
    EXPR_RAW,    /* '…' */
    EXPR_EQ,
    EXPR_NE,
    EXPR_LT,
    EXPR_LE,
    EXPR_GT,
    EXPR_GE,
    EXPR_AND,
    EXPR_OR,
    EXPR_NOT,
    EXPR_OPEN,
    EXPR_CLOSE,
    EXPR_LIST_OPEN,
    EXPR_LIST_CLOSE,
    EXPR_COMMA
};

struct expr_token {
    enum expr_token_kind kind;
    uint32_t offset; /* in the text */
    uint32_t len;    /* bytes; of EXPR_END 0 */
};

/*
 * The program has a current truth, and a stack of left sides that wait for
 * their right ones.
 */
enum expr_code {
    EXPR_OP_TERM,   /* the truth becomes that of terms[arg] */
    EXPR_OP_NOT,    /* … is negated */
    EXPR_OP_UNLESS, /* go on at ops[arg] where it is false, else push it */
    EXPR_OP_IF,     /* go on at ops[arg] where it is true, else push it */
    EXPR_OP_AND,    /* pop a left side and combine it with the truth */
    EXPR_OP_OR      /* likewise */
};

struct expr_op {
    enum expr_code code;
    uint32_t arg;
};

/* One side of a test. */
struct expr_operand {
    bool is_name;
    uint32_t name;           /* of expr.names */
    uint32_t offset;         /* where it stands */
    struct expr_value value; /* of a literal */
};

enum expr_test {
    EXPR_TEST_TRUTH,   /* left alone */
    EXPR_TEST_COMPARE, /* left, comparison, right */
    EXPR_TEST_IN,      /* left, items */
    EXPR_TEST_LIKE     /* left, right: the pattern */
};

struct expr_term {
    enum expr_test test;
    enum expr_token_kind comparison;
    struct expr_operand left, right;
    struct expr_value *items; /* literals of one type, or null */
    uint32_t item_count;
    enum expr_type item_type; /* of those that are not null; NULL: none is */
};

struct expr_parser {
    struct expr *expr;
    struct arena *arena;
    const struct expr_token *tokens;
    uint32_t at;    /* the next token */
    uint32_t depth; /* of parentheses */
    struct err *err;
};

/* Fills err with the column of an offset. Returns code. */
int expr_fail(const struct expr *expr, uint32_t offset, struct err *err,
              enum err_code code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Splits the text; the array, in the arena, ends with EXPR_END. */
int expr_tokens(const struct expr *expr, struct arena *arena,
                struct expr_token **tokens, uint32_t *count, struct err *err);

/* The next token; and moving behind it where it is of that kind. */
const struct expr_token *expr_next(const struct expr_parser *p);
bool expr_take(struct expr_parser *p, enum expr_token_kind kind);

/* "expected WHAT, found …" at the next token. Returns ERR_DATA. */
int expr_expected(struct expr_parser *p, const char *what);

/* Whether it is ==, !=, <, <=, > or >=. */
bool expr_is_comparison(enum expr_token_kind kind);

/* Reads a test into expr->terms[expr->term_count++]. */
int expr_read_test(struct expr_parser *p);

/*
 * The truth of a test whose sides have these values (right is unused where
 * the test has none).
 */
int expr_judge(const struct expr *expr, const struct expr_term *term,
               const struct expr_value *left, const struct expr_value *right,
               enum expr_truth *truth, struct err *err);

/* "a number", "a list" and so on, with its article. */
const char *expr_type_name(enum expr_type type);

#endif
