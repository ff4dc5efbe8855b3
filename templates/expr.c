/* From an expression's tokens to its program: and, or, not. */
#include "expr.h"

#include "expr_impl.h"
#include "json.h"

#include <string.h>

static uint32_t emit(struct expr_parser *p, enum expr_code code, uint32_t arg)
{
    uint32_t at = p->expr->op_count++;

    p->expr->ops[at] = (struct expr_op){code, arg};
    return at;
}

/* --- and, or, not --------------------------------------------------------- */

static int read_or(struct expr_parser *p);

static int read_test(struct expr_parser *p)
{
    int rc = expr_read_test(p);

    if (rc == 0)
        emit(p, EXPR_OP_TERM, p->expr->term_count - 1);
    return rc;
}

/* Behind "(". The depth bounds the recursion. */
static int read_inner(struct expr_parser *p)
{
    if (p->depth == EXPR_DEPTH_MAX)
        return expr_fail(p->expr, p->tokens[p->at - 1].offset, p->err,
                         ERR_LIMIT, "more than %d parentheses in one another",
                         EXPR_DEPTH_MAX);
    p->depth++;
    int rc = read_or(p);
    p->depth--;
    if (rc == 0 && !expr_take(p, EXPR_CLOSE))
        return expr_expected(p, "&&, || or \")\"");
    return rc;
}

static int read_not(struct expr_parser *p)
{
    bool negated = false;
    int rc;

    while (expr_take(p, EXPR_NOT))
        negated = !negated;
    if (expr_take(p, EXPR_OPEN))
        rc = read_inner(p);
    else
        rc = read_test(p);
    if (negated)
        emit(p, EXPR_OP_NOT, 0);
    return rc;
}

static int read_and(struct expr_parser *p)
{
    int rc = read_not(p);

    while (rc == 0 && expr_take(p, EXPR_AND)) {
        uint32_t jump = emit(p, EXPR_OP_UNLESS, 0);
        rc = read_not(p);
        emit(p, EXPR_OP_AND, 0);
        p->expr->ops[jump].arg = p->expr->op_count;
    }
    return rc;
}

static int read_or(struct expr_parser *p)
{
    int rc = read_and(p);

    while (rc == 0 && expr_take(p, EXPR_OR)) {
        uint32_t jump = emit(p, EXPR_OP_IF, 0);
        rc = read_and(p);
        emit(p, EXPR_OP_OR, 0);
        p->expr->ops[jump].arg = p->expr->op_count;
    }
    return rc;
}

static int read_whole(struct expr_parser *p)
{
    if (expr_next(p)->kind == EXPR_END)
        return expr_fail(p->expr, 0, p->err, ERR_DATA,
                         "the expression is empty");
    int rc = read_or(p);
    if (rc == 0 && expr_next(p)->kind != EXPR_END)
        return expr_expected(
            p, expr_is_comparison(expr_next(p)->kind)
                   ? "&&, || or the end (a test compares two sides)"
                   : "&&, || or the end");
    return rc;
}

/* Every token gives at most two instructions, one test and one name. */
static int make_room(struct expr *expr, struct arena *arena, uint32_t tokens,
                     struct err *err)
{
    size_t count = tokens;
    size_t names = count < EXPR_NAMES_MAX ? count : EXPR_NAMES_MAX;

    expr->ops = arena_array(arena, 2 * count, sizeof *expr->ops);
    expr->terms = arena_array(arena, count, sizeof *expr->terms);
    expr->names = arena_array(arena, names, sizeof *expr->names);
    return arena_error(arena, "an expression", err);
}

int expr_compile(struct expr *expr, const char *text, size_t len,
                 struct arena *arena, struct err *err)
{
    struct expr_parser p = {.expr = expr, .arena = arena, .err = err};
    struct expr_token *tokens;
    uint32_t count;

    memset(expr, 0, sizeof *expr);
    if (len > EXPR_TEXT_MAX)
        return err_set_at(err, ERR_LIMIT, 0, 1,
                          "the expression is over %d bytes", EXPR_TEXT_MAX);
    if (!json_utf8_valid(text, len) || (len > 0 && memchr(text, '\0', len)))
        return err_set_at(err, ERR_DATA, 0, 1,
                          "the expression is not UTF-8 text");
    expr->text = arena_copy(arena, text, len);
    expr->len = len;
    if (!expr->text)
        return arena_error(arena, "an expression", err);
    int rc = expr_tokens(expr, arena, &tokens, &count, err);
    if (rc == 0)
        rc = make_room(expr, arena, count, err);
    if (rc < 0)
        return rc;
    p.tokens = tokens;
    return read_whole(&p);
}

int expr_unknown_name(const struct expr *expr, const struct expr_name *name,
                      const struct nearest *search, struct err *err)
{
    char hint[NEAREST_NAME_MAX + 32];

    return expr_fail(expr, name->offset, err, ERR_DATA,
                     "unknown name \"%.80s\"%s", name->text,
                     nearest_hint(search, hint, sizeof hint));
}
