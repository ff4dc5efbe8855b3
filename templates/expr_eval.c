/* An expression's program at work, and the values that it works on. */
#include "expr_impl.h"

#include "number.h"

#include <string.h>

/* Each open parenthesis leaves at most one side of || and one of && behind. */
#define STACK_MAX (2 * (EXPR_DEPTH_MAX + 1))

struct evaluation {
    const struct expr *expr;
    expr_lookup *lookup;
    void *arg;
    struct err *err;
};

void expr_value_text(struct expr_value *value, const char *utf8, size_t len)
{
    memset(value, 0, sizeof *value);
    value->type = utf8 ? EXPR_STRING : EXPR_ABSENT;
    value->text = (struct expr_text){utf8, len, false};
}

void expr_value_number(struct expr_value *value, double number)
{
    memset(value, 0, sizeof *value);
    value->type = EXPR_NUMBER;
    value->number = number;
}

void expr_value_json(struct expr_value *value, const char *json, size_t len)
{
    if (!json || len == 0) {
        expr_value_text(value, NULL, 0);
        return;
    }
    switch (json[0]) {
    case '"':
        expr_value_text(value, json + 1, len - 2);
        value->text.escaped = memchr(json, '\\', len) != NULL;
        return;
    case '[':
    case '{':
    case 'n':
    case 't':
    case 'f':
        memset(value, 0, sizeof *value);
        value->type = json[0] == '['   ? EXPR_LIST
                      : json[0] == '{' ? EXPR_OBJECT
                      : json[0] == 'n' ? EXPR_NULL
                                       : EXPR_BOOL;
        value->truth = json[0] == 't';
        return;
    default:
        expr_value_number(value, number_parse(json, len));
    }
}

static int read_operand(const struct evaluation *e,
                        const struct expr_operand *operand,
                        struct expr_value *value)
{
    if (!operand->is_name) {
        *value = operand->value;
        return 0;
    }
    memset(value, 0, sizeof *value);
    return e->lookup(e->arg, &e->expr->names[operand->name], value, e->err);
}

static int judge(const struct evaluation *e, const struct expr_term *term,
                 enum expr_truth *truth)
{
    struct expr_value left, right;
    int rc = read_operand(e, &term->left, &left);

    memset(&right, 0, sizeof right);
    if (rc == 0 &&
        (term->test == EXPR_TEST_COMPARE || term->test == EXPR_TEST_LIKE))
        rc = read_operand(e, &term->right, &right);
    return rc < 0 ? rc
                  : expr_judge(e->expr, term, &left, &right, truth, e->err);
}

static enum expr_truth lesser(enum expr_truth a, enum expr_truth b)
{
    return a < b ? a : b;
}

static enum expr_truth greater(enum expr_truth a, enum expr_truth b)
{
    return a > b ? a : b;
}

int expr_eval(const struct expr *expr, expr_lookup *lookup, void *arg,
              enum expr_truth *truth, struct err *err)
{
    struct evaluation e = {expr, lookup, arg, err};
    uint8_t waiting[STACK_MAX] = {0}; /* enum expr_truth of left sides */
    enum expr_truth now = EXPR_UNKNOWN;
    uint32_t top = 0; /* how many are waiting */
    uint32_t at = 0;
    int rc = 0;

    while (at < expr->op_count && rc == 0) {
        const struct expr_op *op = &expr->ops[at++];
        switch (op->code) {
        case EXPR_OP_TERM:
            rc = judge(&e, &expr->terms[op->arg], &now);
            break;
        case EXPR_OP_NOT:
            now = EXPR_TRUE - now;
            break;
        case EXPR_OP_AND:
            now = lesser(waiting[--top], now);
            break;
        case EXPR_OP_OR:
            now = greater(waiting[--top], now);
            break;
        case EXPR_OP_UNLESS:
        case EXPR_OP_IF:
            if (now == (op->code == EXPR_OP_IF ? EXPR_TRUE : EXPR_FALSE))
                at = op->arg;
            else
                waiting[top++] = (uint8_t)now;
            break;
        }
    }
    *truth = now;
    return rc;
}
