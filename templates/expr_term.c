/* The tests of an expression: names, literals, what is done with them. */
#include "expr_impl.h"

#include "digits.h"
#include "json.h"
#include "number.h"

#include <math.h>
#include <string.h>

#define SHOWN_MAX 40 /* bytes of a token that a message quotes */

const struct expr_token *expr_next(const struct expr_parser *p)
{
    return &p->tokens[p->at];
}

bool expr_take(struct expr_parser *p, enum expr_token_kind kind)
{
    if (expr_next(p)->kind != kind)
        return false;
    p->at++;
    return true;
}

static const char *text_of(const struct expr_parser *p,
                           const struct expr_token *token)
{
    return p->expr->text + token->offset;
}

static bool is_word(const struct expr_parser *p, const char *word)
{
    const struct expr_token *token = expr_next(p);

    return token->kind == EXPR_NAME && token->len == strlen(word) &&
           memcmp(text_of(p, token), word, token->len) == 0;
}

/* How other languages say it. */
static const char *instead_of(const struct expr_parser *p)
{
    static const struct {
        const char *word, *sign;
    } words[] = {{"and", "&&"}, {"or", "||"},    {"AND", "&&"}, {"OR", "||"},
                 {"not", "!"},  {"NOT", "!"},    {"is", "=="},  {"IS", "=="},
                 {"IN", "in"},  {"LIKE", "like"}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_word(p, words[i].word))
            return words[i].sign;
    return NULL;
}

bool expr_is_comparison(enum expr_token_kind kind)
{
    return kind >= EXPR_EQ && kind <= EXPR_GE;
}

/* A "not" that is no parameter's name. */
static bool is_negation(const struct expr_parser *p)
{
    return (is_word(p, "not") || is_word(p, "NOT")) &&
           !expr_is_comparison(p->tokens[p->at + 1].kind);
}

/* "expected WHAT, found …" at the next token. */
int expr_expected(struct expr_parser *p, const char *what)
{
    const struct expr_token *token = expr_next(p);
    const char *instead = instead_of(p);
    int len = token->len > SHOWN_MAX ? SHOWN_MAX : (int)token->len;

    if (token->kind == EXPR_END)
        return expr_fail(p->expr, token->offset, p->err, ERR_DATA,
                         "expected %s, found the end", what);
    if (instead)
        return expr_fail(p->expr, token->offset, p->err, ERR_DATA,
                         "expected %s, found \"%.*s\": write \"%s\"", what, len,
                         text_of(p, token), instead);
    return expr_fail(p->expr, token->offset, p->err, ERR_DATA,
                     "expected %s, found %s%.*s%s", what,
                     token->kind == EXPR_QUOTED ? "" : "\"", len,
                     text_of(p, token), token->kind == EXPR_QUOTED ? "" : "\"");
}

/* --- literals and names --------------------------------------------------- */

static int read_number(struct expr_parser *p, struct expr_value *value)
{
    const struct expr_token *token = expr_next(p);
    const char *text = text_of(p, token);
    struct digits digits;

    if (!digits_scan(&digits, text, token->len))
        return expr_expected(p, "a number as JSON writes it");
    expr_value_number(value, number_parse(text, token->len));
    if (isinf(value->number))
        return expr_fail(p->expr, token->offset, p->err, ERR_DATA,
                         "the number %.*s is too large",
                         token->len > SHOWN_MAX ? SHOWN_MAX : (int)token->len,
                         text);
    p->at++;
    return 0;
}

/* A JSON string, checked and decoded by the reader of JSON. */
static int decode(struct expr_parser *p, const struct expr_token *token,
                  struct buf *out)
{
    uint64_t before = expr_column(p->expr, token->offset) - 1;
    struct json doc;

    json_init(&doc);
    int rc = json_parse(&doc, text_of(p, token), token->len, p->err);
    if (rc == 0) {
        json_string(&doc, 0, out);
        rc = buf_error(out, "a string of an expression", p->err);
    } else {
        p->err->line = 0;
        p->err->column += before;
        err_prefix(p->err, "in a string: ");
    }
    json_release(&doc);
    return rc;
}

static int read_string(struct expr_parser *p, struct expr_value *value)
{
    const struct expr_token *token = expr_next(p);
    const char *copy;
    struct buf text;
    int rc = 0;

    buf_init(&text, EXPR_TEXT_MAX);
    if (token->kind == EXPR_RAW)
        buf_add(&text, text_of(p, token) + 1, token->len - 2);
    else
        rc = decode(p, token, &text);
    if (rc == 0) {
        copy = arena_copy(p->arena, buf_str(&text), text.len);
        rc = arena_error(p->arena, "an expression", p->err);
        if (copy)
            expr_value_text(value, copy, text.len);
    }
    buf_release(&text);
    p->at++;
    return rc;
}

/* 1: read; 0: the next token begins no literal; negative. */
static int read_literal(struct expr_parser *p, struct expr_value *value)
{
    enum expr_token_kind kind = expr_next(p)->kind;
    int rc = 0;

    memset(value, 0, sizeof *value);
    if (kind == EXPR_DIGITS) {
        rc = read_number(p, value);
    } else if (kind == EXPR_QUOTED || kind == EXPR_RAW) {
        rc = read_string(p, value);
    } else if (is_word(p, "null")) {
        value->type = EXPR_NULL;
        p->at++;
    } else if (is_word(p, "true") || is_word(p, "false")) {
        value->type = EXPR_BOOL;
        value->truth = is_word(p, "true");
        p->at++;
    } else {
        return 0;
    }
    return rc < 0 ? rc : 1;
}

/* The number of a name, which is new or known. */
static int read_name(struct expr_parser *p, uint32_t *number)
{
    const struct expr_token *token = expr_next(p);
    const char *text = text_of(p, token);
    struct expr *expr = p->expr;

    for (*number = 0; *number < expr->name_count; ++*number) {
        const char *known = expr->names[*number].text;
        if (strlen(known) == token->len && memcmp(known, text, token->len) == 0)
            break;
    }
    if (*number == expr->name_count) {
        if (expr->name_count == EXPR_NAMES_MAX)
            return expr_fail(expr, token->offset, p->err, ERR_LIMIT,
                             "more than %d different names", EXPR_NAMES_MAX);
        char *copy = arena_copy(p->arena, text, token->len);
        if (!copy)
            return arena_error(p->arena, "an expression", p->err);
        expr->names[expr->name_count++] =
            (struct expr_name){copy, token->offset, 0};
    }
    p->at++;
    return 0;
}

static int read_operand(struct expr_parser *p, const char *what,
                        struct expr_operand *operand)
{
    operand->offset = expr_next(p)->offset;
    operand->is_name = false;
    int rc = read_literal(p, &operand->value);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    if (expr_next(p)->kind != EXPR_NAME || is_negation(p))
        return expr_expected(p, what);
    operand->is_name = true;
    return read_name(p, &operand->name);
}

/* --- tests --------------------------------------------------------------- */

/* The items of a list must be of one type, or null. */
static int add_item(struct expr_parser *p, struct expr_term *term,
                    uint32_t offset, const struct expr_value *item)
{
    if (item->type != EXPR_NULL) {
        if (term->item_type != EXPR_NULL && term->item_type != item->type)
            return expr_fail(p->expr, offset, p->err, ERR_DATA,
                             "expected %s as before it in the list, found %s",
                             expr_type_name(term->item_type),
                             expr_type_name(item->type));
        term->item_type = item->type;
    }
    term->items[term->item_count++] = *item;
    return 0;
}

/* An upper bound of the items behind "[": commas up to its "]". */
static uint32_t count_items(const struct expr_parser *p)
{
    uint32_t count = 1;

    for (const struct expr_token *token = expr_next(p);
         token->kind != EXPR_LIST_CLOSE && token->kind != EXPR_END; token++)
        count += token->kind == EXPR_COMMA;
    return count;
}

static int read_items(struct expr_parser *p, struct expr_term *term)
{
    struct expr_value item;

    term->test = EXPR_TEST_IN;
    term->item_type = EXPR_NULL;
    if (!expr_take(p, EXPR_LIST_OPEN))
        return expr_expected(p, "a list in \"[…]\"");
    if (expr_take(p, EXPR_LIST_CLOSE))
        return 0;
    term->items = arena_array(p->arena, count_items(p), sizeof *term->items);
    if (!term->items)
        return arena_error(p->arena, "an expression", p->err);
    do {
        uint32_t offset = expr_next(p)->offset;
        int rc = read_literal(p, &item);
        if (rc == 0)
            return expr_expected(p, expr_next(p)->kind == EXPR_NAME
                                        ? "a value (strings stand in quotes)"
                                        : "a value");
        if (rc == 1)
            rc = add_item(p, term, offset, &item);
        if (rc < 0)
            return rc;
    } while (expr_take(p, EXPR_COMMA));
    return expr_take(p, EXPR_LIST_CLOSE) ? 0
                                         : expr_expected(p, "\",\" or \"]\"");
}

static int read_pattern(struct expr_parser *p, struct expr_term *term)
{
    const struct expr_token *token = expr_next(p);
    uint32_t characters = 0;

    term->test = EXPR_TEST_LIKE;
    if (token->kind != EXPR_QUOTED && token->kind != EXPR_RAW)
        return expr_expected(p, "a pattern in quotes");
    int rc = read_operand(p, "a pattern in quotes", &term->right);
    if (rc < 0)
        return rc;
    const struct expr_text *text = &term->right.value.text;
    for (size_t i = 0; i < text->len; i++)
        characters += ((unsigned char)text->bytes[i] & 0xc0) != 0x80;
    if (characters <= EXPR_LIKE_MAX)
        return 0;
    return expr_fail(p->expr, token->offset, p->err, ERR_LIMIT,
                     "the pattern is over %d characters", EXPR_LIKE_MAX);
}

/* Sides that are known now are judged now, so that a mistake always tells. */
static int check_literals(struct expr_parser *p, const struct expr_term *term)
{
    enum expr_truth truth;

    if (term->left.is_name ||
        (term->test == EXPR_TEST_COMPARE && term->right.is_name))
        return 0;
    return expr_judge(p->expr, term, &term->left.value, &term->right.value,
                      &truth, p->err);
}

int expr_read_test(struct expr_parser *p)
{
    struct expr *expr = p->expr;
    struct expr_term *term = &expr->terms[expr->term_count];
    int rc = read_operand(p, "a name or a value", &term->left);

    if (rc < 0)
        return rc;
    term->test = EXPR_TEST_TRUTH;
    if (expr_is_comparison(expr_next(p)->kind)) {
        term->test = EXPR_TEST_COMPARE;
        term->comparison = expr_next(p)->kind;
        p->at++;
        rc = read_operand(p, "a name or a value", &term->right);
    } else if (is_word(p, "in")) {
        p->at++;
        rc = read_items(p, term);
    } else if (is_word(p, "like")) {
        p->at++;
        rc = read_pattern(p, term);
    } else if (expr_next(p)->kind == EXPR_NAME && !instead_of(p)) {
        rc = expr_expected(p, "a comparison, in or like");
    }
    if (rc == 0)
        rc = check_literals(p, term);
    expr->term_count++;
    return rc;
}
