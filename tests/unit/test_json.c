#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_help.h"

static void read_text(struct json *doc, const char *text)
{
    struct err err = ERR_INIT;

    if (json_parse(doc, text, strlen(text), &err) < 0)
        fail_msg("%s: %s", text, err.message);
}

static void nodes_stand_in_the_order_of_the_text(void **state)
{
    static const char text[] =
        " {\"a\": [1, {}, \"x\\n\"], \"b\" : {\"c\":null} ,\"d\":-1.5} ";
    static const struct json_node expected[] = {
        {JSON_OBJECT, 1, 49, 3, 12}, {JSON_STRING, 3, 1, 0, 2},
        {JSON_ARRAY, 7, 14, 3, 6},   {JSON_NUMBER, 8, 1, 0, 4},
        {JSON_OBJECT, 11, 2, 0, 5},  {JSON_STRING, 16, 3, 0, 6},
        {JSON_STRING, 24, 1, 0, 7},  {JSON_OBJECT, 29, 10, 1, 10},
        {JSON_STRING, 31, 1, 0, 9},  {JSON_NULL, 34, 4, 0, 10},
        {JSON_STRING, 42, 1, 0, 11}, {JSON_NUMBER, 45, 4, 0, 12},
    };
    struct json doc;

    (void)state;
    json_init(&doc);
    read_text(&doc, text);
    assert_int_equal(doc.count, LENGTH(expected));
    for (size_t i = 0; i < LENGTH(expected); i++) {
        print_message("node %zu\n", i);
        assert_int_equal(doc.nodes[i].type, expected[i].type);
        assert_int_equal(doc.nodes[i].start, expected[i].start);
        assert_int_equal(doc.nodes[i].len, expected[i].len);
        assert_int_equal(doc.nodes[i].size, expected[i].size);
        assert_int_equal(doc.nodes[i].next, expected[i].next);
    }
    json_release(&doc);
}

static void children_are_walked_past_their_own(void **state)
{
    struct json doc;
    uint32_t sum = 0;

    (void)state;
    json_init(&doc);
    read_text(&doc, "[[1,[2]],{\"a\":{\"b\":[3]},\"c\":4},5]");
    uint32_t at = json_first(0);
    for (uint32_t i = 0; i < doc.nodes[0].size; i++) {
        sum = sum * 10 + doc.nodes[at].type;
        at = json_next(&doc, at);
    }
    assert_int_equal(sum, JSON_ARRAY * 100 + JSON_OBJECT * 10 + JSON_NUMBER);
    assert_int_equal(at, doc.count);
    json_release(&doc);
}

static void a_single_value_may_stand_alone(void **state)
{
    static const struct {
        const char *text;
        enum json_type type;
        uint32_t start, len;
    } cases[] = {
        {"0", JSON_NUMBER, 0, 1},
        {" -1e3\n", JSON_NUMBER, 1, 4},
        {"true", JSON_TRUE, 0, 4},
        {"\tfalse ", JSON_FALSE, 1, 5},
        {"null\r\n", JSON_NULL, 0, 4},
        {"\"\"", JSON_STRING, 1, 0},
        {" \"a\\\"b\" ", JSON_STRING, 2, 4},
    };
    struct json doc;

    (void)state;
    json_init(&doc);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        read_text(&doc, cases[i].text);
        assert_int_equal(doc.count, 1);
        assert_int_equal(doc.nodes[0].type, cases[i].type);
        assert_int_equal(doc.nodes[0].start, cases[i].start);
        assert_int_equal(doc.nodes[0].len, cases[i].len);
        assert_int_equal(doc.nodes[0].next, 1);
    }
    json_release(&doc);
}

static void memory_is_kept_between_texts(void **state)
{
    struct json doc;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    read_text(&doc, "[1,2,3,{\"a\":4}]");
    const struct json_node *nodes = doc.nodes;
    uint32_t cap = doc.cap;
    assert_int_equal(json_parse(&doc, "[1,]", 4, &err), ERR_DATA);
    assert_int_equal(doc.count, 0);
    read_text(&doc, "{\"a\":[]}");
    assert_ptr_equal(doc.nodes, nodes);
    assert_int_equal(doc.cap, cap);
    json_release(&doc);
    assert_null(doc.nodes);
    assert_int_equal(json_parse(&doc, NULL, 0, &err), ERR_DATA);
    json_release(&doc);
}

static void members_are_found_by_name(void **state)
{
    struct json doc;

    (void)state;
    json_init(&doc);
    read_text(&doc, "{\"a\":1,\"b\":{\"c\":2},\"a\":3,\"\\u0064\":4,\"\":5,"
                    "\"a\\u0000\":6}");
    assert_int_equal(json_double(&doc, json_get(&doc, 0, "a")), 3);
    assert_int_equal(json_get(&doc, 0, "c"), 0);
    assert_int_equal(json_get(&doc, 0, "A"), 0);
    assert_int_equal(json_double(&doc, json_get(&doc, 0, "d")), 4);
    assert_int_equal(json_double(&doc, json_get(&doc, 0, "")), 5);
    uint32_t inner = json_get(&doc, 0, "b");
    assert_int_equal(json_double(&doc, json_get(&doc, inner, "c")), 2);
    assert_int_equal(json_get(&doc, inner, "a"), 0);
    json_release(&doc);
}

static void strings_are_compared_by_what_they_mean(void **state)
{
    static const struct {
        const char *text;
        const char *str;
        bool equal;
    } cases[] = {
        {"\"\"", "", true},
        {"\"a\"", "a", true},
        {"\"a\"", "ab", false},
        {"\"ab\"", "a", false},
        {"\"\\u0061b\"", "ab", true},
        {"\"\\u0061b\"", "abc", false},
        {"\"\\u0061bc\"", "ab", false},
        {"\"\\n\"", "\n", true},
        {"\"\\n\"", "\\n", false},
        {"\"a\\u0000\"", "a", false},
        {"\"\\u0000\"", "", false},
        {"\"\\u00e9\"", "\xc3\xa9", true},
        {"\"\xc3\xa9\"", "\xc3\xa9", true},
        {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", true},
        {"\"\\u20ac\"", "\xe2\x82\xac", true},
        {"\"\\u20ac\"", "\xe2\x82", false},
        {"\"\\/\\b\\f\\r\\t\\\"\\\\\"", "/\b\f\r\t\"\\", true},
    };
    struct json doc;

    (void)state;
    json_init(&doc);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].text);
        read_text(&doc, cases[i].text);
        assert_int_equal(json_equals(&doc, 0, cases[i].str), cases[i].equal);
    }
    json_release(&doc);
}

static void strings_are_decoded(void **state)
{
    static const char expected[] = "a\"\\/\b\f\n\r\tb\0c\x7f\xc3\xa9"
                                   "\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf"
                                   "\xc2\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf";
    struct json doc;
    struct buf out;

    (void)state;
    json_init(&doc);
    buf_init(&out, 100);
    read_text(&doc, "\"a\\\"\\\\\\/\\b\\f\\n\\r\\tb\\u0000c\\u007F\\u00e9"
                    "\\u20aC\\uD83D\\uDE00\\uffff\\u0080\\ud7ff\\udbff"
                    "\\udfff\"");
    json_string(&doc, 0, &out);
    assert_int_equal(out.len, sizeof expected - 1);
    assert_memory_equal(out.data, expected, out.len);
    buf_clear(&out);
    read_text(&doc, "\"\"");
    json_string(&doc, 0, &out);
    assert_int_equal(out.len, 0);
    buf_release(&out);
    json_release(&doc);
}

static void the_first_repeated_key_is_named(void **state)
{
    static const struct {
        const char *text;
        uint32_t key; /* its place among the keys, from 1; 0 for none */
    } cases[] = {
        {"{}", 0},
        {"{\"a\":1}", 0},
        {"{\"a\":1,\"b\":1}", 0},
        {"{\"a\":1,\"a\":2}", 2},
        {"{\"a\":1,\"b\":1,\"b\":1,\"a\":1}", 3},
        {"{\"b\":1,\"a\":1,\"b\":1,\"a\":1}", 3},
        {"{\"a\":1,\"\\u0061\":2}", 2},
        {"{\"\\u0061\":1,\"a\":2}", 2},
        {"{\"\":1,\"\":2}", 2},
        {"{\"a\":1,\"a\\u0000\":2,\"A\":3}", 0},
        {"{\"ab\":1,\"a\":2,\"abc\":3}", 0},
        {"{\"\xc3\xa9\":1,\"\\u00e9\":2}", 2},
        {"{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}", 2},
    };
    struct json doc;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].text);
        read_text(&doc, cases[i].text);
        err.code = ERR_IO;
        uint32_t expected = cases[i].key ? 2 * cases[i].key - 1 : 0;
        assert_int_equal(json_duplicate(&doc, 0, &err), expected);
        assert_int_equal(err.code, 0);
    }
    json_release(&doc);
}

/* {"k0":0,…}, the member at `again` being called as that at `first`. */
static void many_members(struct buf *text, uint32_t count, uint32_t first,
                         uint32_t again)
{
    buf_clear(text);
    buf_add_char(text, '{');
    for (uint32_t i = 0; i < count; i++)
        buf_addf(text, "%s\"k%u\":%u", i > 0 ? "," : "",
                 (unsigned)(i == again ? first : i) * 7919 % 10007,
                 (unsigned)i);
    buf_add_char(text, '}');
}

static void repeated_keys_are_found_among_many(void **state)
{
    static const struct {
        uint32_t count, first, again;
    } cases[] = {
        {16, 0, 15}, {17, 0, 16},  {17, 3, 4},          {1000, 0, 999},
        {17, 0, 99}, {33, 31, 32}, {10000, 4711, 4713}, {10000, 0, 99999},
    };
    struct json doc;
    struct buf text;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    buf_init(&text, 1000000);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        many_members(&text, cases[i].count, cases[i].first, cases[i].again);
        read_text(&doc, text.data);
        bool found = cases[i].again < cases[i].count;
        assert_int_equal(json_duplicate(&doc, 0, &err),
                         found ? 2 * cases[i].again + 1 : 0);
        assert_int_equal(err.code, 0);
    }
    buf_release(&text);
    json_release(&doc);
}

static void of_many_repeated_keys_the_first_is_named(void **state)
{
    struct json doc;
    struct buf text;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    buf_init(&text, 10000);
    many_members(&text, 20, 0, 99);
    buf_truncate(&text, text.len - 1);
    buf_add_str(&text, ",\"z\":0,\"z\":1,\"k0\":2}");
    read_text(&doc, text.data);
    /* "k0" comes first in the order of names, the second "z" in the text. */
    assert_int_equal(json_duplicate(&doc, 0, &err), 2 * 22 - 1);
    buf_clear(&text);
    buf_add_str(&text, "{\"z\":0,\"a\":0,\"z\":1,\"a\":1");
    for (unsigned i = 0; i < 20; i++)
        buf_addf(&text, ",\"k%u\":0", i);
    buf_add_str(&text, "}");
    read_text(&doc, text.data);
    assert_int_equal(json_duplicate(&doc, 0, &err), 2 * 3 - 1);
    buf_release(&text);
    json_release(&doc);
}

static void integers_are_taken_within_bounds(void **state)
{
    static const struct {
        const char *text;
        int64_t min, max;
        bool taken;
        int64_t value;
    } cases[] = {
        {"1", 1, 3, true, 1},         {"3", 1, 3, true, 3},
        {"0", 1, 3, false, 0},        {"4", 1, 3, false, 0},
        {"1e3", 0, 1000, true, 1000}, {"2.50", 0, 9, false, 0},
        {"-0", 0, 0, true, 0},        {"2.0", 2, 2, true, 2},
        {"-5", -5, 0, true, -5},      {"1e30", INT64_MIN, INT64_MAX, false, 0},
        {"\"1\"", 0, 9, false, 0},    {"true", 0, 9, false, 0},
        {"null", 0, 9, false, 0},     {"[1]", 0, 9, false, 0},
    };
    struct json doc;

    (void)state;
    json_init(&doc);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t value = 77;
        read_text(&doc, cases[i].text);
        assert_int_equal(json_int(&doc, 0, cases[i].min, cases[i].max, &value),
                         cases[i].taken);
        assert_true(value == (cases[i].taken ? cases[i].value : 77));
    }
    read_text(&doc, "[0.1]");
    assert_true(json_double(&doc, 1) == 0.1);
    json_release(&doc);
}

static void places_are_counted_in_characters(void **state)
{
    static const char text[] = "a\n\xc3\xa9\xf0\x9f\x98\x80x\r\n\n  [";
    static const struct {
        size_t offset;
        uint64_t line, column;
    } cases[] = {
        {0, 1, 1}, {1, 1, 2},  {2, 2, 1},  {4, 2, 2},
        {8, 2, 3}, {11, 3, 1}, {12, 4, 1}, {14, 4, 3},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        uint64_t line, column;
        json_place(text, cases[i].offset, &line, &column);
        assert_int_equal(line, cases[i].line);
        assert_int_equal(column, cases[i].column);
    }
}

static void errors_about_a_value_have_its_place(void **state)
{
    struct json doc;
    struct err err = ERR_INIT;

    (void)state;
    json_init(&doc);
    read_text(&doc, "{\n  \"k\": \"v\", \"n\":\n 12}");
    assert_int_equal(json_err(&doc, 2, &err, ERR_DATA, "bad %s", "v"),
                     ERR_DATA);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 8); /* its opening quote */
    assert_string_equal(err.message, "bad v");
    json_err(&doc, 4, &err, ERR_WARNING, "odd");
    assert_int_equal(err.code, ERR_WARNING);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 2);
    json_err(&doc, 0, &err, ERR_DATA, "%02000d", 1);
    assert_int_equal(err.column, 1);
    assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
    json_release(&doc);
}

static void types_have_names(void **state)
{
    (void)state;
    assert_string_equal(json_type_name(JSON_NULL), "null");
    assert_string_equal(json_type_name(JSON_FALSE), "false");
    assert_string_equal(json_type_name(JSON_TRUE), "true");
    assert_string_equal(json_type_name(JSON_NUMBER), "a number");
    assert_string_equal(json_type_name(JSON_STRING), "a string");
    assert_string_equal(json_type_name(JSON_ARRAY), "a list");
    assert_string_equal(json_type_name(JSON_OBJECT), "an object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_stand_in_the_order_of_the_text),
        cmocka_unit_test(children_are_walked_past_their_own),
        cmocka_unit_test(a_single_value_may_stand_alone),
        cmocka_unit_test(memory_is_kept_between_texts),
        cmocka_unit_test(members_are_found_by_name),
        cmocka_unit_test(strings_are_compared_by_what_they_mean),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(the_first_repeated_key_is_named),
        cmocka_unit_test(repeated_keys_are_found_among_many),
        cmocka_unit_test(of_many_repeated_keys_the_first_is_named),
        cmocka_unit_test(integers_are_taken_within_bounds),
        cmocka_unit_test(places_are_counted_in_characters),
        cmocka_unit_test(errors_about_a_value_have_its_place),
        cmocka_unit_test(types_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
