/*
 * json_fault: says in words what is wrong with a JSON text.
 *
 * The grammar (json_grammar.h) reports a kind and an offset and stays small;
 * everything that helps a person is put together here, once there is an
 * error.
 */
#ifndef TEMPLATES_JSON_FAULT_H
#define TEMPLATES_JSON_FAULT_H

#include "err.h"

enum json_fault_kind {
    JSON_FAULT_VALUE,      /* a value was expected */
    JSON_FAULT_ITEM,       /* a value or ] behind [ */
    JSON_FAULT_NEXT_ITEM,  /* a value behind a comma */
    JSON_FAULT_KEY,        /* a key or } behind { */
    JSON_FAULT_NEXT_KEY,   /* a key behind a comma */
    JSON_FAULT_COLON,      /* : behind a key */
    JSON_FAULT_IN_ARRAY,   /* , or ] behind a value */
    JSON_FAULT_IN_OBJECT,  /* , or } behind a value */
    JSON_FAULT_END,        /* nothing more behind the value */
    JSON_FAULT_INTEGER,    /* a digit behind the minus */
    JSON_FAULT_ZERO,       /* a digit behind a leading zero */
    JSON_FAULT_FRACTION,   /* a digit behind the point */
    JSON_FAULT_EXPONENT,   /* a digit behind the e */
    JSON_FAULT_RANGE,      /* a number that no double reaches */
    JSON_FAULT_QUOTE,      /* a string without end; the offset is its quote */
    JSON_FAULT_CONTROL,    /* a control character in a string */
    JSON_FAULT_ESCAPE,     /* no letter that may stand behind a backslash */
    JSON_FAULT_HEX,        /* no hexadecimal digit behind \u */
    JSON_FAULT_HIGH,       /* half a surrogate pair, the first */
    JSON_FAULT_LOW,        /* half a surrogate pair, the second */
    JSON_FAULT_UTF8,       /* a byte that is not UTF-8 */
    JSON_FAULT_DEPTH,      /* over JSON_DEPTH_MAX */
    JSON_FAULT_COUNT,      /* over JSON_VALUES_MAX */
    JSON_FAULT_LONG_NUMBER /* over JSON_NUMBER_MAX */
};

struct json_fault {
    enum json_fault_kind kind;
    size_t offset; /* where in the text; its length where it ends too early */
};

/*
 * Fills err with code, line, column and message for a fault of the text.
 * Returns the code, ERR_DATA or ERR_LIMIT.
 */
int json_fault_err(const struct json_fault *fault, const char *text, size_t len,
                   struct err *err);

#endif
