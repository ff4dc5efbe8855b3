#include "json_grammar.h"

#include <string.h>

#include "json_text.h"
#include "number.h"

/* A number of fewer characters and exponent digits is below 1e300. */
#define SAFE_NUMBER_LEN      200
#define SAFE_EXPONENT_DIGITS 2

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* What the text must go on with. */
enum expect {
    EXPECT_VALUE,
    EXPECT_ITEM,      /* or ] */
    EXPECT_NEXT_ITEM, /* behind a comma */
    EXPECT_KEY,       /* or } */
    EXPECT_NEXT_KEY,  /* behind a comma */
    EXPECT_COMMA,     /* or the container's end */
    EXPECT_END
};

struct scan {
    const char *text;
    const char *end;
    struct json_fault *fault;
    uint64_t objects; /* one bit an open container: whether it is an object */
    uint32_t depth;   /* open containers */
    uint32_t count;   /* values and keys */
};

static const char *fail(const struct scan *scan, enum json_fault_kind kind,
                        const char *at)
{
    scan->fault->kind = kind;
    scan->fault->offset = (size_t)(at - scan->text);
    return NULL;
}

static bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (is_digit(at, end))
        at++;
    return at;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* Reads four hexadecimal digits, the last two characters before `at`: \u. */
static const char *skip_hex(const struct scan *scan, const char *at,
                            uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, at++) {
        int value = at < scan->end ? hex_value(*at) : -1;
        if (value < 0)
            return fail(scan, JSON_FAULT_HEX, at);
        *unit = *unit << 4 | (uint32_t)value;
    }
    return at;
}

/* at is the backslash. */
static const char *skip_escape(const struct scan *scan, const char *at)
{
    const char *letter = at + 1;
    uint32_t unit, low;

    if (letter == scan->end || *letter == '\0' ||
        !strchr("\"\\/bfnrtu", *letter))
        return fail(scan, JSON_FAULT_ESCAPE, letter);
    if (*letter != 'u')
        return letter + 1;
    const char *behind = skip_hex(scan, letter + 1, &unit);
    if (!behind || unit < 0xd800 || unit > 0xdfff)
        return behind;
    if (unit >= 0xdc00)
        return fail(scan, JSON_FAULT_LOW, at);
    if (scan->end - behind < 2 || behind[0] != '\\' || behind[1] != 'u')
        return fail(scan, JSON_FAULT_HIGH, at);
    behind = skip_hex(scan, behind + 2, &low);
    if (behind && (low < 0xdc00 || low > 0xdfff))
        return fail(scan, JSON_FAULT_HIGH, at);
    return behind;
}

/*
 * The first byte from `at` on that is not plain: a quote, a backslash, a
 * control character or one of a longer UTF-8 sequence.
 */
static const char *skip_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t quote = word ^ (ONES * '"');
        uint64_t backslash = word ^ (ONES * '\\');
        /* The lowest byte that gets its high bit is special indeed. */
        uint64_t special = ((word - ONES * 0x20) | (quote - ONES) |
                            (backslash - ONES) | word) &
                           HIGHS;
        if (special) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return at + (__builtin_ctzll(special) >> 3);
#else
            break;
#endif
        }
        at += 8;
    }
    while (at < end && (unsigned char)*at >= 0x20 &&
           (unsigned char)*at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* at is the opening quote; returns what is behind the closing one. */
static const char *skip_string(const struct scan *scan, const char *quote)
{
    const char *at = quote + 1;

    for (;;) {
        at = skip_plain(at, scan->end);
        if (at == scan->end)
            return fail(scan, JSON_FAULT_QUOTE, quote);
        if (*at == '"')
            return at + 1;
        if (*at == '\\') {
            at = skip_escape(scan, at);
            if (!at)
                return NULL;
            continue;
        }
        if ((unsigned char)*at < 0x20)
            return fail(scan, JSON_FAULT_CONTROL, at);
        size_t n = json_text_utf8(at, scan->end);
        if (n == 0)
            return fail(scan, JSON_FAULT_UTF8, at);
        at += n;
    }
}

static const char *check_size(const struct scan *scan, const char *start,
                              const char *at, ptrdiff_t exponent_digits)
{
    size_t len = (size_t)(at - start);

    if (len <= SAFE_NUMBER_LEN && exponent_digits <= SAFE_EXPONENT_DIGITS)
        return at;
    if (len > JSON_NUMBER_MAX)
        return fail(scan, JSON_FAULT_LONG_NUMBER, start);
    double value = number_parse(start, len);
    /* Only an infinite value is its own half. */
    if (value != 0 && value / 2 == value)
        return fail(scan, JSON_FAULT_RANGE, start);
    return at;
}

static const char *skip_number(const struct scan *scan, const char *start)
{
    const char *end = scan->end;
    const char *at = start + (*start == '-');
    ptrdiff_t exponent_digits = 0;

    if (!is_digit(at, end))
        return fail(scan, JSON_FAULT_INTEGER, at);
    if (*at == '0' && is_digit(at + 1, end))
        return fail(scan, JSON_FAULT_ZERO, at + 1);
    at = skip_digits(at, end);
    if (at < end && *at == '.') {
        if (!is_digit(++at, end))
            return fail(scan, JSON_FAULT_FRACTION, at);
        at = skip_digits(at, end);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        if (!is_digit(at, end))
            return fail(scan, JSON_FAULT_EXPONENT, at);
        const char *first = at;
        at = skip_digits(at, end);
        exponent_digits = at - first;
    }
    return check_size(scan, start, at, exponent_digits);
}

static const char *skip_word(const struct scan *scan, const char *at,
                             const char *word, enum json_fault_kind kind)
{
    size_t len = strlen(word);

    if ((size_t)(scan->end - at) < len || memcmp(at, word, len) != 0)
        return fail(scan, kind, at);
    return at + len;
}

static enum expect after_value(const struct scan *scan)
{
    return scan->depth == 0 ? EXPECT_END : EXPECT_COMMA;
}

static bool in_object(const struct scan *scan)
{
    return (scan->objects & 1) != 0;
}

static const char *open_container(struct scan *scan, const char *at,
                                  bool object)
{
    if (scan->depth == JSON_DEPTH_MAX)
        return fail(scan, JSON_FAULT_DEPTH, at);
    scan->depth++;
    scan->objects = scan->objects << 1 | (object ? 1 : 0);
    return at + 1;
}

static const char *close_container(struct scan *scan, const char *at)
{
    scan->depth--;
    scan->objects >>= 1;
    return at + 1;
}

static const char *skip_value(struct scan *scan, const char *at,
                              enum expect *expect, enum json_fault_kind kind)
{
    scan->count++;
    if (*at == '{' || *at == '[') {
        *expect = *at == '{' ? EXPECT_KEY : EXPECT_ITEM;
        return open_container(scan, at, *at == '{');
    }
    *expect = after_value(scan);
    switch (*at) {
    case '"':
        return skip_string(scan, at);
    case 't':
        return skip_word(scan, at, "true", kind);
    case 'f':
        return skip_word(scan, at, "false", kind);
    case 'n':
        return skip_word(scan, at, "null", kind);
    default:
        if (*at == '-' || is_digit(at, scan->end))
            return skip_number(scan, at);
        return fail(scan, kind, at);
    }
}

/* A key with its colon. */
static const char *skip_key(struct scan *scan, const char *at,
                            enum expect *expect, enum json_fault_kind kind)
{
    if (*at != '"')
        return fail(scan, kind, at);
    scan->count++;
    at = skip_string(scan, at);
    if (!at)
        return NULL;
    at = skip_space(at, scan->end);
    if (at == scan->end || *at != ':')
        return fail(scan, JSON_FAULT_COLON, at);
    *expect = EXPECT_VALUE;
    return at + 1;
}

/* A comma or the end of a container. */
static const char *skip_comma(struct scan *scan, const char *at,
                              enum expect *expect)
{
    bool object = in_object(scan);

    if (*at == ',') {
        *expect = object ? EXPECT_NEXT_KEY : EXPECT_NEXT_ITEM;
        return at + 1;
    }
    if (*at != (object ? '}' : ']'))
        return fail(scan, object ? JSON_FAULT_IN_OBJECT : JSON_FAULT_IN_ARRAY,
                    at);
    at = close_container(scan, at);
    *expect = after_value(scan);
    return at;
}

/* What is at fault where the text ends, or goes on wrongly. */
static enum json_fault_kind fault_kind(const struct scan *scan,
                                       enum expect expect)
{
    static const enum json_fault_kind kinds[] = {
        [EXPECT_VALUE] = JSON_FAULT_VALUE,
        [EXPECT_ITEM] = JSON_FAULT_ITEM,
        [EXPECT_NEXT_ITEM] = JSON_FAULT_NEXT_ITEM,
        [EXPECT_KEY] = JSON_FAULT_KEY,
        [EXPECT_NEXT_KEY] = JSON_FAULT_NEXT_KEY,
        [EXPECT_COMMA] = JSON_FAULT_IN_ARRAY,
        [EXPECT_END] = JSON_FAULT_END,
    };

    if (expect == EXPECT_COMMA && in_object(scan))
        return JSON_FAULT_IN_OBJECT;
    return kinds[expect];
}

/* One token, or a key and its colon; at is no white space. */
static const char *step(struct scan *scan, const char *at, enum expect *expect)
{
    enum json_fault_kind kind = fault_kind(scan, *expect);

    switch (*expect) {
    case EXPECT_ITEM:
    case EXPECT_KEY:
        if (*at == (*expect == EXPECT_KEY ? '}' : ']')) {
            at = close_container(scan, at);
            *expect = after_value(scan);
            return at;
        }
        if (*expect == EXPECT_KEY)
            return skip_key(scan, at, expect, kind);
        return skip_value(scan, at, expect, kind);
    case EXPECT_VALUE:
    case EXPECT_NEXT_ITEM:
        return skip_value(scan, at, expect, kind);
    case EXPECT_NEXT_KEY:
        return skip_key(scan, at, expect, kind);
    case EXPECT_COMMA:
        return skip_comma(scan, at, expect);
    case EXPECT_END:
        break;
    }
    return fail(scan, kind, at);
}

bool json_grammar_check(const char *text, size_t len, uint32_t *count,
                        size_t *start, struct json_fault *fault)
{
    struct scan scan = {text, text + len, fault, 0, 0, 0};
    const char *at = skip_space(text, scan.end);
    enum expect expect = EXPECT_VALUE;

    *start = (size_t)(at - text);
    while (at < scan.end) {
        const char *token = at;
        at = step(&scan, at, &expect);
        if (!at)
            return false;
        if (scan.count > JSON_VALUES_MAX)
            return fail(&scan, JSON_FAULT_COUNT, token) != NULL;
        at = skip_space(at, scan.end);
    }
    *count = scan.count;
    if (expect == EXPECT_END)
        return true;
    return fail(&scan, fault_kind(&scan, expect), at) != NULL;
}
