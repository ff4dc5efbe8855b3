#include "json_fault.h"

#include <stdio.h>
#include <string.h>

#include "json_text.h"

#define WORD_MAX  24 /* characters of the text that a message shows */
#define FOUND_MAX 64 /* bytes that say what was found */

/* What was expected, by kind; the faults of limits are worded apart. */
static const char *const expected[] = {
    [JSON_FAULT_VALUE] = "a value",
    [JSON_FAULT_ITEM] = "a value or ']' after '['",
    [JSON_FAULT_NEXT_ITEM] = "a value after ','",
    [JSON_FAULT_KEY] = "a key in double quotes or '}' after '{'",
    [JSON_FAULT_NEXT_KEY] = "a key in double quotes after ','",
    [JSON_FAULT_COLON] = "':' after a key",
    [JSON_FAULT_IN_ARRAY] = "',' or ']' after a value",
    [JSON_FAULT_IN_OBJECT] = "',' or '}' after a value",
    [JSON_FAULT_END] = "the end after the value",
    [JSON_FAULT_INTEGER] = "a digit after '-'",
    [JSON_FAULT_ZERO] = "no digit after a leading zero",
    [JSON_FAULT_FRACTION] = "a digit after the decimal point",
    [JSON_FAULT_EXPONENT] = "a digit in the exponent",
    [JSON_FAULT_RANGE] = "a number within the range of a double (1.8e308)",
    [JSON_FAULT_QUOTE] = "a closing '\"' for the string that starts here",
    [JSON_FAULT_CONTROL] = "a closing '\"' or an escape in a string",
    [JSON_FAULT_ESCAPE] = "one of \" \\ / b f n r t u after a backslash",
    [JSON_FAULT_HEX] = "four hexadecimal digits after \\u",
    [JSON_FAULT_HIGH] = "a second half (\\udc00 to \\udfff) after the first "
                        "half of a surrogate pair",
    [JSON_FAULT_LOW] = "a first half (\\ud800 to \\udbff) before the second "
                       "half of a surrogate pair",
    [JSON_FAULT_UTF8] = "UTF-8",
};

/* What a newcomer may have meant by a word, and what to write instead. */
static const struct {
    const char *word;
    const char *hint;
} word_hints[] = {
    {"NaN", "JSON has no NaN: write null or a string"},
    {"nan", "JSON has no NaN: write null or a string"},
    {"-NaN", "JSON has no NaN: write null or a string"},
    {"Infinity", "JSON has no Infinity: write null or a string"},
    {"-Infinity", "JSON has no Infinity: write null or a string"},
    {"inf", "JSON has no Infinity: write null or a string"},
    {"-inf", "JSON has no Infinity: write null or a string"},
    {"undefined", "JSON has no undefined: write null"},
    {"None", "JSON spells it null"},
    {"NULL", "JSON spells it null"},
    {"Null", "JSON spells it null"},
    {"nil", "JSON spells it null"},
    {"True", "JSON spells it true"},
    {"TRUE", "JSON spells it true"},
    {"False", "JSON spells it false"},
    {"FALSE", "JSON spells it false"},
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr("_$-+.", c));
}

/* The word at `at`, cut at WORD_MAX. */
static void copy_word(const char *at, const char *end, char word[WORD_MAX + 1])
{
    size_t n = 0;

    while (at < end && n < WORD_MAX && is_word(*at))
        word[n++] = *at++;
    word[n] = '\0';
}

static void name_control(unsigned char c, char out[FOUND_MAX])
{
    if (c == '\n' || c == '\r')
        snprintf(out, FOUND_MAX, "a raw line break");
    else if (c == '\t')
        snprintf(out, FOUND_MAX, "a raw tab");
    else if (c == '\0')
        snprintf(out, FOUND_MAX, "a NUL byte");
    else
        snprintf(out, FOUND_MAX, "the control character U+%04X", c);
}

/* Names what stands at `at`, never with bytes that are not printable ASCII. */
static void name_found(const char *at, const char *end, char out[FOUND_MAX])
{
    char word[WORD_MAX + 1];

    if (at == end) {
        snprintf(out, FOUND_MAX, "the end of the text");
        return;
    }
    unsigned char c = (unsigned char)*at;
    if (c < 0x20 || c == 0x7f)
        name_control(c, out);
    else if (c == '"')
        snprintf(out, FOUND_MAX, "a string");
    else if (is_word(*at)) {
        copy_word(at, end, word);
        snprintf(out, FOUND_MAX, "\"%s%s\"", word,
                 strlen(word) == WORD_MAX ? "..." : "");
    } else if (c < 0x80)
        snprintf(out, FOUND_MAX, "\"%c\"", c);
    else if (json_text_utf8(at, end) == 0)
        snprintf(out, FOUND_MAX, "the byte 0x%02x", c);
    else
        snprintf(out, FOUND_MAX, "the character U+%04X",
                 (unsigned)json_text_next(&at, end));
}

static const char *hint_for_word(const char *at, const char *end)
{
    char word[WORD_MAX + 1];

    copy_word(at, end, word);
    for (size_t i = 0; i < sizeof word_hints / sizeof word_hints[0]; i++)
        if (strcmp(word, word_hints[i].word) == 0)
            return word_hints[i].hint;
    return NULL;
}

static const char *hint_for_character(const char *at, const char *end)
{
    if ((unsigned char)*at < 0x80 || json_text_utf8(at, end) == 0)
        return NULL;
    uint32_t c = json_text_next(&at, end);
    if (c >= 0x2018 && c <= 0x201f)
        return "a typographic quote: use '\"'";
    if (c == 0xa0 || (c >= 0x2000 && c <= 0x200b) || c == 0x3000)
        return "not a plain space: use U+0020";
    if (c == 0xfeff)
        return "a byte order mark: remove it";
    return NULL;
}

static const char *hint_for_number(const char *at, bool leading)
{
    if (leading && *at == '+')
        return "a number has no leading plus";
    if (leading && *at == '.')
        return "a digit must stand before the decimal point: write 0.5";
    if (!leading && (*at == 'x' || *at == 'X') && at[-1] == '0')
        return "hexadecimal numbers are not JSON";
    return NULL;
}

static bool is_comment(const char *at, const char *end)
{
    return end - at > 1 && at[0] == '/' && (at[1] == '/' || at[1] == '*');
}

/* What to do about a token that stands in a wrong place, or NULL. */
static const char *hint_for_token(enum json_fault_kind kind, const char *at,
                                  const char *end)
{
    bool key = kind == JSON_FAULT_KEY || kind == JSON_FAULT_NEXT_KEY;
    bool value = kind == JSON_FAULT_VALUE || kind == JSON_FAULT_ITEM ||
                 kind == JSON_FAULT_NEXT_ITEM;
    bool next = kind == JSON_FAULT_NEXT_KEY || kind == JSON_FAULT_NEXT_ITEM;

    if (next && (*at == '}' || *at == ']'))
        return "a trailing comma: remove it";
    if (*at == '#' || is_comment(at, end))
        return "JSON has no comments: remove it";
    if (*at == '\'')
        return "single quotes: use '\"'";
    if (key && is_word(*at))
        return "write the key in double quotes";
    const char *hint = value ? hint_for_word(at, end) : NULL;
    if (!hint && !key)
        hint = hint_for_number(at, value);
    return hint ? hint : hint_for_character(at, end);
}

static const char *hint_for_control(char c)
{
    if (c == '\n')
        return "write a line break in a string as \\n";
    if (c == '\r')
        return "write a carriage return in a string as \\r";
    if (c == '\t')
        return "write a tab in a string as \\t";
    return "write it as \\u and four hexadecimal digits";
}

static const char *hint_for(enum json_fault_kind kind, const char *at,
                            const char *end)
{
    if (at == end)
        return NULL;
    if (kind < JSON_FAULT_INTEGER)
        return hint_for_token(kind, at, end);
    switch (kind) {
    case JSON_FAULT_INTEGER:
        return hint_for_word(at - 1, end);
    case JSON_FAULT_CONTROL:
        return hint_for_control(*at);
    case JSON_FAULT_ESCAPE:
        return "write a backslash as \\\\";
    case JSON_FAULT_UTF8:
        return "save the text as UTF-8";
    default:
        return NULL;
    }
}

/* UTF-16 with a mark, or with the NUL bytes that ASCII has in it. */
static bool is_utf16(const char *text, size_t len)
{
    if (len < 2 || len % 2 != 0)
        return false;
    if (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)
        return true;
    return (text[0] == '\0') != (text[1] == '\0');
}

/* Whether the fault is the text's encoding; then err is filled. */
static bool wrong_encoding(const struct json_fault *fault, const char *text,
                           size_t len, struct err *err)
{
    if (fault->offset == 0 && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        err_set_at(err, ERR_DATA, 1, 1,
                   "expected a value, found a byte order mark (save the text "
                   "as UTF-8 without one)");
    else if (fault->offset <= 1 && is_utf16(text, len))
        err_set_at(err, ERR_DATA, 1, 1,
                   "expected UTF-8, found UTF-16 (save the text as UTF-8, or "
                   "convert it: iconv -f UTF-16 -t UTF-8)");
    else
        return false;
    return true;
}

static int word_limit(enum json_fault_kind kind, uint64_t line, uint64_t column,
                      struct err *err)
{
    if (kind == JSON_FAULT_DEPTH)
        return err_set_at(err, ERR_LIMIT, line, column,
                          "expected at most %d levels of nesting, found more",
                          JSON_DEPTH_MAX);
    if (kind == JSON_FAULT_COUNT)
        return err_set_at(err, ERR_LIMIT, line, column,
                          "expected at most %u values in a text, found more",
                          (unsigned)JSON_VALUES_MAX);
    return err_set_at(err, ERR_LIMIT, line, column,
                      "expected a number of at most %d characters, found a "
                      "longer one",
                      JSON_NUMBER_MAX);
}

static void word_found(enum json_fault_kind kind, const char *at,
                       const char *end, char found[FOUND_MAX])
{
    if (kind == JSON_FAULT_HIGH || kind == JSON_FAULT_LOW)
        snprintf(found, FOUND_MAX, "\"%.6s\" alone", at);
    else if (kind == JSON_FAULT_HEX && at < end && *at == '"')
        snprintf(found, FOUND_MAX, "a closing '\"'");
    else
        name_found(kind == JSON_FAULT_QUOTE ? end : at, end, found);
}

int json_fault_err(const struct json_fault *fault, const char *text, size_t len,
                   struct err *err)
{
    const char *at = text + fault->offset;
    const char *end = text + len;
    uint64_t line, column;
    char found[FOUND_MAX];

    if (wrong_encoding(fault, text, len, err))
        return err->code;
    json_place(text, fault->offset, &line, &column);
    if (fault->kind >= JSON_FAULT_DEPTH)
        return word_limit(fault->kind, line, column, err);
    word_found(fault->kind, at, end, found);
    const char *hint = hint_for(fault->kind, at, end);
    return err_set_at(err, ERR_DATA, line, column,
                      "expected %s, found %s%s%s%s", expected[fault->kind],
                      found, hint ? " (" : "", hint ? hint : "",
                      hint ? ")" : "");
}
