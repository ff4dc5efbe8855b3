/* What a single test of an expression means. */
#include "expr_impl.h"

#include "json_text.h"
#include "number.h"

#include <string.h>

#define SHOWN_MAX 40 /* bytes of a value that a message quotes */

const char *expr_type_name(enum expr_type type)
{
    static const char *const names[] = {
        [EXPR_ABSENT] = "nothing",     [EXPR_NULL] = "null",
        [EXPR_BOOL] = "true or false", [EXPR_NUMBER] = "a number",
        [EXPR_STRING] = "a string",    [EXPR_LIST] = "a list",
        [EXPR_OBJECT] = "an object",
    };

    return names[type];
}

/* --- messages ------------------------------------------------------------ */

static void add_text(const struct expr_text *text, struct buf *out)
{
    const char *at = text->bytes;
    const char *end = at + text->len;
    const char *cut = at;

    while (cut < end && (size_t)(cut - at) < SHOWN_MAX)
        cut += json_text_utf8(cut, end);
    buf_add_str(out, "the string \"");
    buf_add(out, at, (size_t)(cut - at));
    buf_add_str(out, cut < end ? "…\"" : "\"");
}

static void add_value(const struct expr_value *value, struct buf *out)
{
    char number[NUMBER_JS_MAX];

    switch (value->type) {
    case EXPR_BOOL:
        buf_add_str(out, value->truth ? "true" : "false");
        break;
    case EXPR_NUMBER:
        number_js(value->number, number);
        buf_addf(out, "the number %s", number);
        break;
    case EXPR_STRING:
        add_text(&value->text, out);
        break;
    default:
        buf_add_str(out, expr_type_name(value->type));
        break;
    }
}

/* 'lr, which is the number 0.1' or 'the string "a"'. */
static void describe(const struct expr *expr,
                     const struct expr_operand *operand,
                     const struct expr_value *value, struct buf *out)
{
    if (operand->is_name)
        buf_addf(out, "%.64s, which is ", expr->names[operand->name].text);
    add_value(value, out);
}

/* "FRONT left BETWEEN right"; either may be missing. */
static int refuse(const struct expr *expr, const struct expr_term *term,
                  const struct expr_value *left, const struct expr_value *right,
                  const char *front, const char *between, struct err *err)
{
    struct buf text;

    buf_init(&text, ERR_MESSAGE_MAX / 2);
    buf_add_str(&text, front);
    describe(expr, &term->left, left, &text);
    if (term->left.is_name && between[0] != '\0')
        buf_add_char(&text, ',');
    buf_add_str(&text, between);
    if (right)
        describe(expr, &term->right, right, &text);
    int rc =
        expr_fail(expr, term->left.offset, err, ERR_DATA, "%s", buf_str(&text));
    buf_release(&text);
    return rc;
}

/* --- texts --------------------------------------------------------------- */

/* The next character of a text, which is not at its end. */
static uint32_t take(const char **at, const char *end, bool escaped)
{
    if (**at != '\\' || escaped)
        return json_text_next(at, end);
    ++*at;
    return '\\';
}

static int compare_texts(const struct expr_text *a, const struct expr_text *b)
{
    const char *x = a->bytes, *y = b->bytes;
    const char *x_end = x + a->len, *y_end = y + b->len;

    while (x < x_end && y < y_end) {
        uint32_t c = take(&x, x_end, a->escaped);
        uint32_t d = take(&y, y_end, b->escaped);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return (x < x_end) - (y < y_end);
}

static bool equal_texts(const struct expr_text *a, const struct expr_text *b)
{
    if (!a->bytes || !b->bytes)
        return false;
    if (!a->escaped && !b->escaped)
        return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
    return compare_texts(a, b) == 0;
}

/*
 * On a mismatch the newest "*" takes one more character; what stands before
 * it need not be tried again. So the time is at most the text's length times
 * the pattern's.
 */
static bool matches(const struct expr_text *text,
                    const struct expr_text *pattern)
{
    const char *t = text->bytes, *t_end = t + text->len;
    const char *p = pattern->bytes, *p_end = p + pattern->len;
    const char *star = NULL; /* behind the newest one, */
    const char *start = t;   /* and where what follows it is tried */

    while (t < t_end) {
        if (p < p_end && *p == '*') {
            star = ++p;
            start = t;
            continue;
        }
        const char *t_next = t;
        uint32_t c = take(&t_next, t_end, text->escaped);
        if (p < p_end) {
            bool any = *p == '?';
            if (take(&p, p_end, false) == c || any) {
                t = t_next;
                continue;
            }
        }
        if (!star)
            return false;
        take(&start, t_end, text->escaped);
        t = start;
        p = star;
    }
    while (p < p_end && *p == '*')
        p++;
    return p == p_end;
}

/* --- tests --------------------------------------------------------------- */

static enum expr_truth truth_of(bool holds)
{
    return holds ? EXPR_TRUE : EXPR_FALSE;
}

/* Two values of one type, or one that is null. */
static bool equal(const struct expr_value *a, const struct expr_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case EXPR_BOOL:
        return a->truth == b->truth;
    case EXPR_NUMBER:
        return a->number == b->number;
    case EXPR_STRING:
        return equal_texts(&a->text, &b->text) ||
               equal_texts(&a->alias, &b->text) ||
               equal_texts(&a->text, &b->alias);
    default:
        return true;
    }
}

static int order(const struct expr_value *a, const struct expr_value *b)
{
    if (a->type == EXPR_NUMBER)
        return (a->number > b->number) - (a->number < b->number);
    return compare_texts(&a->text, &b->text);
}

static bool has_order(enum expr_type type)
{
    return type == EXPR_NUMBER || type == EXPR_STRING;
}

static bool comparable(const struct expr_value *a, const struct expr_value *b,
                       bool equality)
{
    if (equality && (a->type == EXPR_NULL || b->type == EXPR_NULL))
        return true;
    if (a->type != b->type)
        return false;
    return has_order(a->type) || (equality && a->type == EXPR_BOOL);
}

static int compare(const struct expr *expr, const struct expr_term *term,
                   const struct expr_value *a, const struct expr_value *b,
                   enum expr_truth *truth, struct err *err)
{
    enum expr_token_kind sign = term->comparison;
    bool equality = sign == EXPR_EQ || sign == EXPR_NE;

    if (a->type == EXPR_ABSENT || b->type == EXPR_ABSENT)
        return 0;
    if (!comparable(a, b, equality))
        return refuse(expr, term, a, b,
                      equality ? "cannot compare " : "cannot order ",
                      equality ? " with " : " and ", err);
    if (equality) {
        *truth = truth_of(equal(a, b) == (sign == EXPR_EQ));
        return 0;
    }
    int sense = order(a, b);
    *truth = truth_of(sign == EXPR_LT   ? sense < 0
                      : sign == EXPR_LE ? sense <= 0
                      : sign == EXPR_GT ? sense > 0
                                        : sense >= 0);
    return 0;
}

static int look_in(const struct expr *expr, const struct expr_term *term,
                   const struct expr_value *value, enum expr_truth *truth,
                   struct err *err)
{
    static const char *const among[] = {
        [EXPR_BOOL] = " in a list of true and false",
        [EXPR_NUMBER] = " in a list of numbers",
        [EXPR_STRING] = " in a list of strings",
    };

    if (value->type == EXPR_ABSENT)
        return 0;
    *truth = EXPR_FALSE;
    if (value->type == EXPR_LIST || value->type == EXPR_OBJECT)
        return refuse(expr, term, value, NULL, "cannot look for ",
                      " in a list: it is no single value", err);
    if (value->type != EXPR_NULL && term->item_type != EXPR_NULL &&
        value->type != term->item_type)
        return refuse(expr, term, value, NULL, "cannot look for ",
                      among[term->item_type], err);
    for (uint32_t i = 0; i < term->item_count; i++)
        if (equal(value, &term->items[i]))
            *truth = EXPR_TRUE;
    return 0;
}

static int match(const struct expr *expr, const struct expr_term *term,
                 const struct expr_value *value,
                 const struct expr_value *pattern, enum expr_truth *truth,
                 struct err *err)
{
    if (value->type == EXPR_ABSENT)
        return 0;
    if (value->type != EXPR_STRING)
        return refuse(expr, term, value, NULL, "like needs a string, found ",
                      "", err);
    *truth = truth_of(
        matches(&value->text, &pattern->text) ||
        (value->alias.bytes && matches(&value->alias, &pattern->text)));
    return 0;
}

int expr_judge(const struct expr *expr, const struct expr_term *term,
               const struct expr_value *left, const struct expr_value *right,
               enum expr_truth *truth, struct err *err)
{
    *truth = EXPR_UNKNOWN;
    switch (term->test) {
    case EXPR_TEST_COMPARE:
        return compare(expr, term, left, right, truth, err);
    case EXPR_TEST_IN:
        return look_in(expr, term, left, truth, err);
    case EXPR_TEST_LIKE:
        return match(expr, term, left, right, truth, err);
    case EXPR_TEST_TRUTH:
        break;
    }
    if (left->type == EXPR_ABSENT)
        return 0;
    if (left->type != EXPR_BOOL)
        return refuse(expr, term, left, NULL, "expected true or false, found ",
                      "", err);
    *truth = truth_of(left->truth);
    return 0;
}
