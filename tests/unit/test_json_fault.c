/* What the strict reader says, and where it points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "json_help.h"

struct fault_case {
    struct json_text text;
    uint64_t line, column;
    const char *message;
};

static const struct fault_case tokens[] = {
    {T(""), 1, 1, "expected a value, found the end of the text"},
    {T("\n\n "), 3, 2, "expected a value, found the end of the text"},
    {T("x"), 1, 1, "expected a value, found \"x\""},
    {T("[x]"), 1, 2, "expected a value or ']' after '[', found \"x\""},
    {T("[1,\n x]"), 2, 2, "expected a value after ',', found \"x\""},
    {T("[1,]"), 1, 4,
     "expected a value after ',', found \"]\" (a trailing comma: remove it)"},
    {T("{\"a\":1,}"), 1, 8,
     "expected a key in double quotes after ',', found \"}\" (a trailing "
     "comma: remove it)"},
    {T("{a:1}"), 1, 2,
     "expected a key in double quotes or '}' after '{', found \"a\" (write "
     "the key in double quotes)"},
    {T("{\"a\":1,b:2}"), 1, 8,
     "expected a key in double quotes after ',', found \"b\" (write the key "
     "in double quotes)"},
    {T("{'a':1}"), 1, 2,
     "expected a key in double quotes or '}' after '{', found \"'\" (single "
     "quotes: use '\"')"},
    {T("['a']"), 1, 2,
     "expected a value or ']' after '[', found \"'\" (single quotes: use "
     "'\"')"},
    {T("{\"a\" 1}"), 1, 6, "expected ':' after a key, found \"1\""},
    {T("{\"a\" \"b\"}"), 1, 6, "expected ':' after a key, found a string"},
    {T("{\"a\":1 \"b\":2}"), 1, 8,
     "expected ',' or '}' after a value, found a string"},
    {T("{\"a\":1 x}"), 1, 8, "expected ',' or '}' after a value, found \"x\""},
    {T("[1 2]"), 1, 4, "expected ',' or ']' after a value, found \"2\""},
    {T("[1}"), 1, 3, "expected ',' or ']' after a value, found \"}\""},
    {T("[1"), 1, 3,
     "expected ',' or ']' after a value, found the end of the text"},
    {T("{} {}"), 1, 4, "expected the end after the value, found \"{\""},
    {T("[1] // x"), 1, 5,
     "expected the end after the value, found \"/\" (JSON has no comments: "
     "remove it)"},
    {T("[ /* x */ 1]"), 1, 3,
     "expected a value or ']' after '[', found \"/\" (JSON has no comments: "
     "remove it)"},
    {T("{ # x\n}"), 1, 3,
     "expected a key in double quotes or '}' after '{', found \"#\" (JSON has "
     "no comments: remove it)"},
    {T("[1/2]"), 1, 3, "expected ',' or ']' after a value, found \"/\""},
    {T("[1/\0]"), 1, 3, "expected ',' or ']' after a value, found \"/\""},
    {T("[]\0"), 1, 3, "expected the end after the value, found a NUL byte"},
    {T("[\x1b]"), 1, 2,
     "expected a value or ']' after '[', found the control character U+001B"},
    {T("[\f]"), 1, 2,
     "expected a value or ']' after '[', found the control character U+000C"},
    {T("[\xc2\xa0 1]"), 1, 2,
     "expected a value or ']' after '[', found the character U+00A0 (not a "
     "plain space: use U+0020)"},
    {T("\"\xc3\xa9\" \xe2\x80\x9cx"), 1, 5,
     "expected the end after the value, found the character U+201C (a "
     "typographic quote: use '\"')"},
    {T("[]\xef\xbb\xbf"), 1, 3,
     "expected the end after the value, found the character U+FEFF (a byte "
     "order mark: remove it)"},
    {T("[\xff]"), 1, 2,
     "expected a value or ']' after '[', found the byte 0xff"},
    {T("[abcdefghijklmnopqrstuvwxyz]"), 1, 2,
     "expected a value or ']' after '[', found "
     "\"abcdefghijklmnopqrstuvwx...\""},
};

static const struct fault_case words_and_numbers[] = {
    {T("[NaN]"), 1, 2,
     "expected a value or ']' after '[', found \"NaN\" (JSON has no NaN: "
     "write null or a string)"},
    {T("{\"a\":-Infinity}"), 1, 7,
     "expected a digit after '-', found \"Infinity\" (JSON has no Infinity: "
     "write null or a string)"},
    {T("{\"a\":Infinity}"), 1, 6,
     "expected a value, found \"Infinity\" (JSON has no Infinity: write null "
     "or a string)"},
    {T("{\"a\":True}"), 1, 6,
     "expected a value, found \"True\" (JSON spells it true)"},
    {T("[0,None]"), 1, 4,
     "expected a value after ',', found \"None\" (JSON spells it null)"},
    {T("undefined"), 1, 1,
     "expected a value, found \"undefined\" (JSON has no undefined: write "
     "null)"},
    {T("nul"), 1, 1, "expected a value, found \"nul\""},
    {T("+1"), 1, 1,
     "expected a value, found \"+1\" (a number has no leading plus)"},
    {T(".5"), 1, 1,
     "expected a value, found \".5\" (a digit must stand before the decimal "
     "point: write 0.5)"},
    {T("[0x1F]"), 1, 3,
     "expected ',' or ']' after a value, found \"x1F\" (hexadecimal numbers "
     "are not JSON)"},
    {T("-"), 1, 2, "expected a digit after '-', found the end of the text"},
    {T("[-x]"), 1, 3, "expected a digit after '-', found \"x\""},
    {T("[007]"), 1, 3, "expected no digit after a leading zero, found \"07\""},
    {T("[1.]"), 1, 4, "expected a digit after the decimal point, found \"]\""},
    {T("1e+"), 1, 4,
     "expected a digit in the exponent, found the end of the text"},
    {T("[1, -1e400]"), 1, 5,
     "expected a number within the range of a double (1.8e308), found "
     "\"-1e400\""},
};

static const struct fault_case strings[] = {
    {T("[\"a\", \"b"), 1, 7,
     "expected a closing '\"' for the string that starts here, found the end "
     "of the text"},
    {T("[\"a\nb\"]"), 1, 4,
     "expected a closing '\"' or an escape in a string, found a raw line "
     "break (write a line break in a string as \\n)"},
    {T("[\"a\rb\"]"), 1, 4,
     "expected a closing '\"' or an escape in a string, found a raw line "
     "break (write a carriage return in a string as \\r)"},
    {T("\n\"\t\""), 2, 2,
     "expected a closing '\"' or an escape in a string, found a raw tab "
     "(write a tab in a string as \\t)"},
    {T("\"\0\""), 1, 2,
     "expected a closing '\"' or an escape in a string, found a NUL byte "
     "(write it as \\u and four hexadecimal digits)"},
    {T("\"C:\\dir\""), 1, 5,
     "expected one of \" \\ / b f n r t u after a backslash, found \"dir\" "
     "(write a backslash as \\\\)"},
    {T("\"\\"), 1, 3,
     "expected one of \" \\ / b f n r t u after a backslash, found the end "
     "of the text"},
    {T("\"\\u12\""), 1, 6,
     "expected four hexadecimal digits after \\u, found a closing '\"'"},
    {T("\"\\u12g4\""), 1, 6,
     "expected four hexadecimal digits after \\u, found \"g4\""},
    {T("\"\xc3\xa9\\ud83dx\""), 1, 3,
     "expected a second half (\\udc00 to \\udfff) after the first half of a "
     "surrogate pair, found \"\\ud83d\" alone"},
    {T("\"\\uDE00\""), 1, 2,
     "expected a first half (\\ud800 to \\udbff) before the second half of a "
     "surrogate pair, found \"\\uDE00\" alone"},
    {T("\"\xc3\xa9 \xe9\""), 1, 4,
     "expected UTF-8, found the byte 0xe9 (save the text as UTF-8)"},
};

static const struct fault_case encodings[] = {
    {T("\xef\xbb\xbf{}"), 1, 1,
     "expected a value, found a byte order mark (save the text as UTF-8 "
     "without one)"},
    {T("\xff\xfe{\0}\0"), 1, 1,
     "expected UTF-8, found UTF-16 (save the text as UTF-8, or convert it: "
     "iconv -f UTF-16 -t UTF-8)"},
    {T("\xfe\xff\0{\0}"), 1, 1,
     "expected UTF-8, found UTF-16 (save the text as UTF-8, or convert it: "
     "iconv -f UTF-16 -t UTF-8)"},
    {T("{\0}\0"), 1, 1,
     "expected UTF-8, found UTF-16 (save the text as UTF-8, or convert it: "
     "iconv -f UTF-16 -t UTF-8)"},
    {T("\0{\0}"), 1, 1,
     "expected UTF-8, found UTF-16 (save the text as UTF-8, or convert it: "
     "iconv -f UTF-16 -t UTF-8)"},
    {T("\0"), 1, 1, "expected a value, found a NUL byte"},
};

static void assert_faults(const struct fault_case *cases, size_t count)
{
    struct json doc;

    json_init(&doc);
    for (size_t i = 0; i < count; i++) {
        struct err err = ERR_INIT;
        char *copy;
        json_help_show(&cases[i].text);
        int result = json_help_read(&doc, cases[i].text.bytes,
                                    cases[i].text.len, &copy, &err);
        assert_int_equal(result, ERR_DATA);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.column, cases[i].column);
        free(copy);
    }
    json_release(&doc);
}

static void a_wrong_token_is_named_with_what_was_expected(void **state)
{
    (void)state;
    assert_faults(tokens, LENGTH(tokens));
}

static void words_and_numbers_of_other_languages_are_explained(void **state)
{
    (void)state;
    assert_faults(words_and_numbers, LENGTH(words_and_numbers));
}

static void faults_in_strings_are_explained(void **state)
{
    (void)state;
    assert_faults(strings, LENGTH(strings));
}

static void other_encodings_are_recognized(void **state)
{
    (void)state;
    assert_faults(encodings, LENGTH(encodings));
}

static void assert_limit(const char *text, size_t len, uint64_t column,
                         const char *message)
{
    struct json doc;
    struct err err = ERR_INIT;

    json_init(&doc);
    assert_int_equal(json_parse(&doc, text, len, &err), ERR_LIMIT);
    assert_string_equal(err.message, message);
    assert_int_equal(err.line, 1);
    assert_int_equal(err.column, column);
    json_release(&doc);
}

static void nesting_has_a_limit(void **state)
{
    char text[JSON_DEPTH_MAX + 1];

    (void)state;
    memset(text, '[', sizeof text);
    assert_limit(text, sizeof text, JSON_DEPTH_MAX + 1,
                 "expected at most 64 levels of nesting, found more");
}

static void numbers_have_a_longest(void **state)
{
    char text[JSON_NUMBER_MAX + 1];
    struct json doc;
    struct err err = ERR_INIT;

    (void)state;
    memset(text, '0', sizeof text);
    text[1] = '.';
    json_init(&doc);
    assert_int_equal(json_parse(&doc, text, sizeof text - 1, &err), 0);
    json_release(&doc);
    assert_limit(text, sizeof text, 1,
                 "expected a number of at most 1100 characters, found a "
                 "longer one");
}

static void values_have_a_greatest_number(void **state)
{
    /* A list of so many values has one value more. */
    size_t len = 2 * (size_t)JSON_VALUES_MAX + 1;
    char *text = malloc(len);

    (void)state;
    assert_non_null(text);
    for (size_t i = 1; i < len; i++)
        text[i] = i % 2 == 0 ? ',' : '1';
    text[0] = '[';
    text[len - 1] = ']';
    assert_limit(text, len, len - 1,
                 "expected at most 16777216 values in a text, found more");
    free(text);
}

static void a_text_has_a_greatest_length(void **state)
{
    (void)state;
    /* Not one byte of it is read. */
    assert_limit("[]", JSON_TEXT_MAX + 1, 1,
                 "expected a JSON text of at most 67108864 bytes, found "
                 "67108865");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_token_is_named_with_what_was_expected),
        cmocka_unit_test(words_and_numbers_of_other_languages_are_explained),
        cmocka_unit_test(faults_in_strings_are_explained),
        cmocka_unit_test(other_encodings_are_recognized),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(numbers_have_a_longest),
        cmocka_unit_test(values_have_a_greatest_number),
        cmocka_unit_test(a_text_has_a_greatest_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
