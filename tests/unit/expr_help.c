#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "expr_help.h"

/* The values that the cases speak of; what is not here is absent. */
static const struct {
    const char *name, *json;
} values[] = {
    {"n", "3"},
    {"x", "0.5"},
    {"neg", "-2"},
    {"big", "1e+21"},
    {"s", "\"adam\""},
    {"empty", "\"\""},
    {"quoted", "\"a\\\"b\\\\c\""},
    {"tab", "\"a\\tb\""},
    {"back", "\"\\\\\""},
    {"star", "\"a*b\""},
    {"u", "\"ü€😀\""},
    {"yes", "true"},
    {"no", "false"},
    {"nil", "null"},
    {"list", "[1]"},
    {"object", "{\"a\":1}"},
    {"in", "1"},
    {"like", "\"like\""},
    {"or", "true"},
};

static int look_up(void *arg, const struct expr_name *name,
                   struct expr_value *value, struct err *err)
{
    (void)err;
    assert_int_equal(value->type, EXPR_ABSENT);
    ++*(unsigned *)arg;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (strcmp(values[i].name, name->text) == 0)
            expr_value_json(value, values[i].json, strlen(values[i].json));
    if (strcmp(name->text, "slug") == 0) {
        expr_value_text(value, "gpu", 3);
        value->alias = (struct expr_text){"7Ati", 4, false};
    }
    return 0;
}

struct outcome expr_outcome(const char *text, size_t len)
{
    struct outcome out = {0, ERR_INIT, EXPR_UNKNOWN, 0};
    struct arena arena;
    struct expr expr;
    char *copy = malloc(len > 0 ? len : 1);

    assert_non_null(copy);
    memcpy(copy, text, len);
    arena_init(&arena, (size_t)64 << 20);
    out.rc = expr_compile(&expr, copy, len, &arena, &out.err);
    free(copy);
    if (out.rc == 0)
        out.rc = expr_eval(&expr, look_up, &out.lookups, &out.truth, &out.err);
    arena_release(&arena);
    return out;
}
