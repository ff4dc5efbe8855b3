/* An expression's text, split into tokens. */
#include "expr_impl.h"

#include "json_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 40 /* bytes of the text that a message quotes */

static const struct {
    const char *text;
    enum expr_token_kind kind;
} signs[] = {
    /* The longer ones first. */
    {"==", EXPR_EQ},        {"!=", EXPR_NE},   {"<=", EXPR_LE},
    {">=", EXPR_GE},        {"&&", EXPR_AND},  {"||", EXPR_OR},
    {"<", EXPR_LT},         {">", EXPR_GT},    {"!", EXPR_NOT},
    {"(", EXPR_OPEN},       {")", EXPR_CLOSE}, {"[", EXPR_LIST_OPEN},
    {"]", EXPR_LIST_CLOSE}, {",", EXPR_COMMA},
};

/* What other languages write, and what it is here. */
static const struct {
    const char *text, *instead;
} foreign[] = {
    {"<>", "!="}, {"=", "=="}, {"&", "&&"}, {"|", "||"}, {"~", "like"},
};

struct lexer {
    const struct expr *expr;
    uint32_t at;
    struct expr_token *tokens; /* NULL while they are only counted */
    uint32_t count;
};

uint64_t expr_column(const struct expr *expr, uint32_t offset)
{
    uint64_t column = 1;

    for (uint32_t i = 0; i < offset && i < expr->len; i++)
        column += ((unsigned char)expr->text[i] & 0xc0) != 0x80;
    return column;
}

int expr_fail(const struct expr *expr, uint32_t offset, struct err *err,
              enum err_code code, const char *format, ...)
{
    char message[ERR_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return err_set_at(err, code, 0, expr_column(expr, offset), "%s", message);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           is_digit(c);
}

/* The character at an offset; NUL behind the end. */
static char char_at(const struct lexer *in, uint32_t offset)
{
    return offset < in->expr->len ? in->expr->text[offset] : '\0';
}

static bool stands_here(const struct lexer *in, const char *sign)
{
    size_t len = strlen(sign);

    return in->expr->len - in->at >= len &&
           memcmp(in->expr->text + in->at, sign, len) == 0;
}

static void add(struct lexer *in, enum expr_token_kind kind, uint32_t len)
{
    if (in->tokens)
        in->tokens[in->count] = (struct expr_token){kind, in->at, len};
    in->count++;
    in->at += len;
}

static void add_word(struct lexer *in)
{
    uint32_t end = in->at;

    while (is_word(char_at(in, end)))
        end++;
    add(in, EXPR_NAME, end - in->at);
}

/* All that looks like part of a number: what is wrong with it is said later. */
static void add_number(struct lexer *in)
{
    uint32_t end = in->at + 1;

    for (;; end++) {
        char c = char_at(in, end);
        char before = char_at(in, end - 1);
        bool sign = (c == '+' || c == '-') && (before == 'e' || before == 'E');
        if (!is_word(c) && c != '.' && !sign)
            break;
    }
    add(in, EXPR_DIGITS, end - in->at);
}

static int add_string(struct lexer *in, struct err *err)
{
    char quote = char_at(in, in->at);
    uint32_t end = in->at + 1;

    while (end < in->expr->len && char_at(in, end) != quote)
        end += quote == '"' && char_at(in, end) == '\\' ? 2 : 1;
    if (end >= in->expr->len)
        return expr_fail(in->expr, in->at, err, ERR_DATA,
                         "the string that begins here has no closing %c",
                         quote);
    add(in, quote == '"' ? EXPR_QUOTED : EXPR_RAW, end + 1 - in->at);
    return 0;
}

static int refuse(struct lexer *in, struct err *err)
{
    const char *at = in->expr->text + in->at;
    size_t len = json_text_utf8(at, in->expr->text + in->expr->len);

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (stands_here(in, foreign[i].text))
            return expr_fail(in->expr, in->at, err, ERR_DATA,
                             "expected \"%s\", found \"%s\"",
                             foreign[i].instead, foreign[i].text);
    return expr_fail(in->expr, in->at, err, ERR_DATA,
                     "unexpected \"%.*s\"; strings stand in \"…\" or '…'",
                     (int)len, at);
}

static int add_sign(struct lexer *in, struct err *err)
{
    if (stands_here(in, "<>"))
        return refuse(in, err);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (stands_here(in, signs[i].text)) {
            add(in, signs[i].kind, (uint32_t)strlen(signs[i].text));
            return 0;
        }
    }
    return refuse(in, err);
}

static int split(struct lexer *in, struct err *err)
{
    int rc = 0;

    in->at = 0;
    in->count = 0;
    while (rc == 0) {
        while (is_space(char_at(in, in->at)))
            in->at++;
        if (in->at >= in->expr->len)
            break;
        char c = char_at(in, in->at);
        if (is_digit(c) || c == '-' || c == '+' || c == '.')
            add_number(in);
        else if (is_word(c))
            add_word(in);
        else if (c == '"' || c == '\'')
            rc = add_string(in, err);
        else
            rc = add_sign(in, err);
    }
    if (rc == 0)
        add(in, EXPR_END, 0);
    return rc;
}

int expr_tokens(const struct expr *expr, struct arena *arena,
                struct expr_token **tokens, uint32_t *count, struct err *err)
{
    struct lexer in = {.expr = expr};
    int rc = split(&in, err);

    if (rc < 0)
        return rc;
    in.tokens = arena_array(arena, in.count, sizeof *in.tokens);
    if (!in.tokens)
        return arena_error(arena, "an expression", err);
    split(&in, err);
    *tokens = in.tokens;
    *count = in.count;
    return 0;
}
