/*
 * expr_help: an expression compiled and evaluated on values that the tests of
 * expr share.
 */
#ifndef TESTS_UNIT_EXPR_HELP_H
#define TESTS_UNIT_EXPR_HELP_H

#include "../../templates/expr.h"

struct outcome {
    int rc;
    struct err err;
    enum expr_truth truth;
    unsigned lookups; /* of names */
};

/* Compiles and evaluates text, which is copied so that ASan sees its end. */
struct outcome expr_outcome(const char *text, size_t len);

#endif
