/* Expressions: evaluated, they say the same every time, or why they cannot. */
#include <string.h>

#include "../../templates/expr.h"
#include "fuzz.h"

#define ARENA_MAX ((size_t)64 << 20)

/* Every name means something: its first letter says of what type. */
static int look_up(void *arg, const struct expr_name *name,
                   struct expr_value *value, struct err *err)
{
    static const char *const values[] = {
        "0.1",  "1",     "\"a\"", "\"a\\nb\\u0001\"", "true", NULL,
        "\"\"", "[1,2]", "null",  "{\"a\":1}"};
    const char *json = values[(unsigned char)name->text[0] % 10];

    (void)arg;
    if (name->text[0] == 'z')
        return err_set(err, ERR_DATA, "no z");
    if (json)
        expr_value_json(value, json, strlen(json));
    return 0;
}

static void check(const struct expr *expr)
{
    enum expr_truth first = EXPR_UNKNOWN;
    enum expr_truth second = EXPR_UNKNOWN;
    struct err err = ERR_INIT;
    int rc = expr_eval(expr, look_up, NULL, &first, &err);

    FUZZ_HOLDS(rc == 0 || (rc == err.code && err.message[0] != '\0'));
    FUZZ_HOLDS(expr_eval(expr, look_up, NULL, &second, &err) == rc);
    FUZZ_HOLDS(first == second);
    FUZZ_HOLDS(first <= EXPR_TRUE);
    for (uint32_t i = 0; i < expr->name_count; i++)
        FUZZ_HOLDS(expr_column(expr, expr->names[i].offset) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct arena arena;
    struct expr expr;

    arena_init(&arena, ARENA_MAX);
    int rc = expr_compile(&expr, (const char *)data, size, &arena, &err);
    if (rc == 0)
        check(&expr);
    else
        FUZZ_HOLDS(rc == err.code && err.message[0] != '\0');
    arena_release(&arena);
    return 0;
}
