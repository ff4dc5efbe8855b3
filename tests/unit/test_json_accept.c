/*
 * Texts that the strict reader must take, class by class: structure, white
 * space, words, numbers, strings, escapes, surrogate pairs, UTF-8, depth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "json_help.h"

static const struct json_text accepted[] = {
    /* structure */
    T("[]"),
    T("{}"),
    T("[[]]"),
    T("[[],[]]"),
    T("[{}]"),
    T("[{},{}]"),
    T("[[[[[]]]]]"),
    T("[1,[2,[3,[4]]]]"),
    T("{\"a\":{}}"),
    T("{\"a\":[]}"),
    T("{\"a\":{\"b\":{\"c\":{}}}}"),
    T("{\"a\":1,\"b\":2}"),
    T("{\"a\":[{\"b\":[{}]}],\"c\":null}"),
    T("[1,2,3,4,5]"),
    T("[null,true,false,0,\"\",[],{}]"),
    T("{\"\":0}"),
    T("{\"\":\"\"}"),
    T("{\"a\":1,\"a\":1}"),
    T("{\"a\":1,\"a\":{\"a\":2}}"),
    T("{\"a\":[],\"b\":[],\"a\":{}}"),
    T("[[1],{\"a\":[2]}]"),
    /* white space */
    T(" []"),
    T("[] "),
    T("[ ]"),
    T("{ }"),
    T("\t[\n1\r,\t2 \n]\r\n"),
    T("\n\n\n{}\n\n"),
    T("  1  "),
    T("\r\"x\"\n"),
    T("{ \"a\" : 1 , \"b\" : 2 }"),
    T("[1\n]"),
    T("null\n"),
    T("\ttrue"),
    /* words and scalars as the whole text */
    T("true"),
    T("false"),
    T("null"),
    T("[true]"),
    T("[false]"),
    T("[null]"),
    T("0"),
    T("-0"),
    T("-1"),
    T("42"),
    T("0.1"),
    T("1e1"),
    T("\"\""),
    T("\" \""),
    T("\"text\""),
    /* numbers */
    T("[0]"),
    T("[-0]"),
    T("[0e0]"),
    T("[0e+1]"),
    T("[0E-1]"),
    T("[0.0]"),
    T("[-0.0]"),
    T("[10]"),
    T("[-10]"),
    T("[1.5]"),
    T("[-1.50]"),
    T("[1e5]"),
    T("[1E5]"),
    T("[1e+05]"),
    T("[1e-005]"),
    T("[1.25E+2]"),
    T("[123e65]"),
    T("[100000000000000000000000000000000]"),
    T("[0.00000000000000000001]"),
    T("[-0.000000000000000000000000000000000000000000000000000000000000001]"),
    T("[1.7976931348623157e308]"),
    T("[5e-324]"),
    T("[1e-999]"),
    T("[0e99999]"),
    T("[-1e-99999999999999999999]"),
    T("[" SIXTY("12345") "]"),
    T("[0." SIXTY("12345678") "]"),
    T("[" SIXTY("9") SIXTY("9") SIXTY("9") SIXTY("9") SIXTY("9") "]"),
    /* strings */
    T("[\"a\"]"),
    T("[\"\"]"),
    T("[\"a b\"]"),
    T("[\"'\"]"),
    T("[\"/\"]"),
    T("[\"[]{},:\"]"),
    T("[\"//x/*y*/#z\"]"),
    T("[\"\x7f\"]"),
    T("[\"12345678\"]"),
    T("[\"123456789 123456789 123456789\"]"),
    T("{\"a b\":\"c d\"}"),
    T("{\"'\":\"`\"}"),
    T("[\"null\",\"true\"]"),
    /* escapes */
    T("[\"\\\"\"]"),
    T("[\"\\\\\"]"),
    T("[\"\\/\"]"),
    T("[\"\\b\"]"),
    T("[\"\\f\"]"),
    T("[\"\\n\"]"),
    T("[\"\\r\"]"),
    T("[\"\\t\"]"),
    T("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    T("[\"\\u0000\"]"),
    T("[\"\\u001f\"]"),
    T("[\"\\u0061\\u0041\"]"),
    T("[\"\\u00e9\\u00E9\"]"),
    T("[\"\\uabcd\\uEF01\"]"),
    T("[\"\\u2028\\u2029\"]"),
    T("[\"\\uFFFF\"]"),
    T("[\"\\uFDD0\\uFEFF\"]"),
    T("[\"\\ud7ff\\ue000\"]"),
    T("[\"\\\\u12\"]"),
    T("[\"\\\\\\\"\"]"),
    T("{\"\\u0061\":\"\\n\"}"),
    T("[\"\\\\n\"]"),
    /* surrogate pairs */
    T("[\"\\ud800\\udc00\"]"),
    T("[\"\\uDBFF\\uDFFF\"]"),
    T("[\"x\\uD83D\\uDe00y\"]"),
    T("[\"\\ud834\\udd1e\\ud834\\udd1e\"]"),
    T("{\"\\ud83d\\ude00\":0}"),
    /* UTF-8 */
    T("[\"\xc2\x80\"]"),
    T("[\"\xc3\xa9\"]"),
    T("[\"\xdf\xbf\"]"),
    T("[\"\xe0\xa0\x80\"]"),
    T("[\"\xe2\x80\xa8\xe2\x80\xa9\"]"),
    T("[\"\xed\x9f\xbf\"]"),
    T("[\"\xee\x80\x80\"]"),
    T("[\"\xef\xbb\xbf\"]"),
    T("[\"\xef\xbf\xbf\"]"),
    T("[\"\xf0\x90\x80\x80\"]"),
    T("[\"\xf3\xa0\x80\x81\"]"),
    T("[\"\xf4\x8f\xbf\xbf\"]"),
    T("{\"\xe6\xbc\xa2\xe5\xad\x97\":\"\xd0\xb6\"}"),
    T("\"1234567\xc3\xa9\""),
    /* the deepest that is allowed: 64 levels */
    T(SIXTY("[") "[[[[" SIXTY("]") "]]]]"),
    T(SIXTY("[") "[[[{" SIXTY("") "}]]]" SIXTY("]")),
    T(SIXTY("{\"a\":") "{\"a\":{\"a\":{\"a\":{\"a\":1}}}}" SIXTY("}")),
};

static void there_are_enough_cases(void **state)
{
    (void)state;
    assert_true(LENGTH(accepted) >= 95);
}

static void what_rfc_8259_allows_is_accepted(void **state)
{
    struct json doc;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    for (size_t i = 0; i < LENGTH(accepted); i++) {
        char *copy;
        int result = json_help_read(&doc, accepted[i].bytes, accepted[i].len,
                                    &copy, &err);
        if (result != 0) {
            json_help_show(&accepted[i]);
            fail_msg("refused: %s", err.message);
        }
        assert_true(doc.count > 0);
        assert_int_equal(doc.nodes[0].next, doc.count);
        free(copy);
    }
    json_release(&doc);
}

/* Writes the document; the caller releases out. */
static void write_all(const struct json *doc, struct buf *out)
{
    struct err err = ERR_INIT;

    buf_init(out, 65536);
    json_write(doc, 0, out);
    assert_int_equal(buf_error(out, "test", &err), 0);
}

static void what_is_written_reads_back_the_same(void **state)
{
    struct json doc;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    for (size_t i = 0; i < LENGTH(accepted); i++) {
        struct buf once, twice;
        char *copy;
        json_help_read(&doc, accepted[i].bytes, accepted[i].len, &copy, &err);
        write_all(&doc, &once);
        assert_int_equal(json_parse(&doc, once.data, once.len, &err), 0);
        write_all(&doc, &twice);
        assert_string_equal(once.data, twice.data);
        buf_release(&once);
        buf_release(&twice);
        free(copy);
    }
    json_release(&doc);
}

/* What ends in a bracket or a quote is nothing without it. */
static void every_beginning_of_a_text_is_refused(void **state)
{
    struct json doc;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    for (size_t i = 0; i < LENGTH(accepted); i++) {
        const struct json_text *text = &accepted[i];
        if (!strchr("[{\"", text->bytes[0]) ||
            !strchr("]}\"", text->bytes[text->len - 1]))
            continue;
        for (size_t len = 0; len < text->len; len++) {
            char *copy;
            assert_true(json_help_read(&doc, text->bytes, len, &copy, &err) <
                        0);
            free(copy);
        }
    }
    json_release(&doc);
}

/* A special byte at every place of the eight that are looked at together. */
static void no_byte_hides_in_a_long_string(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool accepted;
    } specials[] = {
        {"\0", 1, false},   {"\x1f", 1, false}, {" ", 1, true},
        {"\\", 1, false},   {"\\n", 2, true},   {"\x7f", 1, true},
        {"\x80", 1, false}, {"\xff", 1, false}, {"\xc3\xa9", 2, true},
        {"!", 1, true},     {"#", 1, true},     {"[", 1, true},
        {"]", 1, true},     {"\"", 1, false},
    };
    struct json doc;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    for (size_t i = 0; i < LENGTH(specials); i++) {
        for (size_t at = 1; at < 26; at++) {
            char text[32];
            char *copy;
            memset(text, 'a', sizeof text);
            memcpy(text + at, specials[i].bytes, specials[i].len);
            text[0] = text[30] = '"';
            int result = json_help_read(&doc, text, 31, &copy, &err);
            assert_int_equal(result == 0, specials[i].accepted);
            free(copy);
        }
    }
    json_release(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_enough_cases),
        cmocka_unit_test(what_rfc_8259_allows_is_accepted),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(every_beginning_of_a_text_is_refused),
        cmocka_unit_test(no_byte_hides_in_a_long_string),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
