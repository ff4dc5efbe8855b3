/*
 * definition_rows: tables of job definitions with the verdicts they get.
 */
#ifndef TESTS_DEFINITION_ROWS_H
#define TESTS_DEFINITION_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/definition.h"

enum verdict {
    OK,
    WARNED,
    REFUSED
};

/* In the texts ' stands for ". */
struct row {
    const char *text;
    enum verdict usual, strict; /* by DEFINITION_DEFAULT, DEFINITION_STRICT */
    const char *message;        /* part of one, or NULL: see check_row */
};

#define HEAD       "{'version':'0.1','type':'container',"
#define TOP(more)  HEAD "'ops':[]," more "}"
#define OPS(ops)   HEAD "'ops':[" ops "]}"
#define OP(more)   OPS("{'type':'container/run','id':'a'," more "}")
#define ARGS(more) OP("'args':{'image':'i'," more "}")
#define MORE(more) OP("'args':{'image':'i'}," more)
#define A          "$.ops[0].args"

struct parsed {
    char *text;
    struct json doc;
    struct errs errs;
};

static inline void parse(struct parsed *parsed, const char *text, size_t len)
{
    struct err err = ERR_INIT;

    parsed->text = malloc(len + 1);
    assert_non_null(parsed->text);
    memcpy(parsed->text, text, len + 1);
    json_init(&parsed->doc);
    errs_init(&parsed->errs);
    if (json_parse(&parsed->doc, parsed->text, len, &err) < 0)
        fail_msg("%s: %s", text, err.message);
}

/* With ' for ". */
static inline void parse_row(struct parsed *parsed, const char *text)
{
    char *copy = malloc(strlen(text) + 1);

    assert_non_null(copy);
    strcpy(copy, text);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    parse(parsed, copy, strlen(copy));
    free(copy);
}

static inline void release(struct parsed *parsed)
{
    json_release(&parsed->doc);
    free(parsed->text);
}

static inline enum verdict verdict_of(const struct errs *errs)
{
    return errs->errors ? REFUSED : errs->warnings ? WARNED : OK;
}

static inline bool mentions(const struct errs *errs, const char *message)
{
    for (unsigned i = 0; i < errs->count; i++)
        if (strstr(errs->items[i].message, message))
            return true;
    return false;
}

static inline void check_row(const struct row *row,
                             enum definition_schema schema)
{
    static const char *const words[] = {"accepted", "warned", "refused"};
    enum verdict want = schema == DEFINITION_STRICT ? row->strict : row->usual;
    /* The message is that of the milder schema that has one. */
    bool said =
        row->message && (schema == DEFINITION_DEFAULT
                             ? row->usual != OK
                             : row->usual == row->strict || row->usual == OK);
    struct parsed parsed;

    parse_row(&parsed, row->text);
    definition_check(&parsed.doc, 0, schema, &parsed.errs);
    enum verdict found = verdict_of(&parsed.errs);
    const char *first =
        parsed.errs.count > 0 ? parsed.errs.items[0].message : "";
    if (found != want)
        fail_msg("%s: %s instead of %s (%s)", parsed.text, words[found],
                 words[want], first);
    if (said && !mentions(&parsed.errs, row->message) &&
        !(schema == DEFINITION_STRICT && row->usual == REFUSED))
        fail_msg("%s: said \"%s\", not \"%s\"", parsed.text, first,
                 row->message);
    for (unsigned i = 0; i < parsed.errs.count; i++) {
        assert_true(parsed.errs.items[i].line == 1);
        assert_true(parsed.errs.items[i].column > 0);
    }
    release(&parsed);
}

static inline void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_row(&rows[i], DEFINITION_DEFAULT);
        check_row(&rows[i], DEFINITION_STRICT);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(rows)[0])

#endif
