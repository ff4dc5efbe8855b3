/* JSON.stringify(JSON.parse(text)), and what stands inside strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "json_help.h"

#define OUT_MAX 4000000

static void read_text(struct json *doc, const char *text)
{
    struct err err = ERR_INIT;

    if (json_parse(doc, text, strlen(text), &err) < 0)
        fail_msg("%s: %s", text, err.message);
}

static const struct {
    const char *text;
    const char *written;
} rewritten[] = {
    /* white space goes */
    {" [ 1 , 2 ] ", "[1,2]"},
    {"{ \"a\" : { } ,\n\t\"b\" : [ ] }\r\n", "{\"a\":{},\"b\":[]}"},
    {"{\"a\":[1,{\"b\":null}],\"c\":true,\"d\":false}",
     "{\"a\":[1,{\"b\":null}],\"c\":true,\"d\":false}"},
    {"[[],[[]],{}]", "[[],[[]],{}]"},
    {" null ", "null"},
    {" \"a b\" ", "\"a b\""},
    {"[1 ,2, 3 , \"x\" , \"y\"]", "[1,2,3,\"x\",\"y\"]"},
    /* numbers */
    {"[0,-0,0.0,-0.0,0e5,-0E-5]", "[0,0,0,0,0,0]"},
    {"[1.0,1.50,100,1e2,1E+2,10e-1]", "[1,1.5,100,100,100,1]"},
    {"[0.1,0.10,-0.25,0.01,0.000001,0.0000001]",
     "[0.1,0.1,-0.25,0.01,0.000001,1e-7]"},
    {"[0.0000012,0.00000012,-0.0000001]", "[0.0000012,1.2e-7,-1e-7]"},
    {"[1e20,1e21,123e20,1e-6,1e-7]",
     "[100000000000000000000,1e+21,1.23e+22,0.000001,1e-7]"},
    {"[123456789012345,1234567890123456,12345678901234567891]",
     "[123456789012345,1234567890123456,12345678901234567000]"},
    {"[9007199254740993,-9007199254740993]",
     "[9007199254740992,-9007199254740992]"},
    {"[-12345678901234,-123456789012345,-1234567890123456789]",
     "[-12345678901234,-123456789012345,-1234567890123456800]"},
    {"[0.123456789012345,0.1234567890123456789,1234567.12345678]",
     "[0.123456789012345,0.12345678901234568,1234567.12345678]"},
    {"[5.684341886080802e-14,5.6843418860808015e-14,1e-400]",
     "[5.684341886080802e-14,5.684341886080802e-14,0]"},
    {"[12.000,120.0,0.50]", "[12,120,0.5]"},
    /* strings */
    {"[\"\\/\",\"/\",\"\\u002f\"]", "[\"/\",\"/\",\"/\"]"},
    {"[\"\\\"\\\\\\b\\f\\n\\r\\t\"]", "[\"\\\"\\\\\\b\\f\\n\\r\\t\"]"},
    {"[\"\\u0022\\u005c\\u0008\\u000C\\u000a\\u000D\\u0009\"]",
     "[\"\\\"\\\\\\b\\f\\n\\r\\t\"]"},
    {"[\"\\u0000\\u001F\\u001b\\u007f\"]", "[\"\\u0000\\u001f\\u001b\x7f\"]"},
    {"[\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"]",
     "[\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]"},
    {"[\"\\u2028\\uffff\xe2\x80\xa9\"]",
     "[\"\xe2\x80\xa8\xef\xbf\xbf\xe2\x80\xa9\"]"},
    {"[\"\\\\u0041\",\"\\\\/\",\"\\\\\\/\"]",
     "[\"\\\\u0041\",\"\\\\/\",\"\\\\/\"]"},
    {"{\"\\u0061\\/\":1}", "{\"a/\":1}"},
    /* integer-like keys stand first, in their order */
    {"{\"b\":0,\"2\":1,\"a\":2,\"1\":3}", "{\"1\":3,\"2\":1,\"b\":0,\"a\":2}"},
    {"{\"10\":0,\"9\":1,\"100\":2}", "{\"9\":1,\"10\":0,\"100\":2}"},
    {"{\"01\":0,\"1\":1,\"-1\":2,\"0\":3,\"1.0\":4,\"1e0\":5}",
     "{\"0\":3,\"1\":1,\"01\":0,\"-1\":2,\"1.0\":4,\"1e0\":5}"},
    {"{\"4294967296\":0,\"4294967295\":1,\"4294967294\":2}",
     "{\"4294967294\":2,\"4294967296\":0,\"4294967295\":1}"},
    {"{\"99999999999\":0,\"12345678901\":1,\"1\":2}",
     "{\"1\":2,\"99999999999\":0,\"12345678901\":1}"},
    {"{\"a\":0,\"\\u0031\":1,\"1\\u0030\":2}", "{\"1\":1,\"10\":2,\"a\":0}"},
    {"{\"a\":{\"z\":1,\"5\":2},\"0\":[{\"y\":1,\"4\":2}]}",
     "{\"0\":[{\"4\":2,\"y\":1}],\"a\":{\"5\":2,\"z\":1}}"},
    /* of repeated keys the first place and the last value */
    {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
    {"{\"a\":1,\"\\u0061\":2}", "{\"a\":2}"},
    {"{\"\\u0061\":1,\"a\":2}", "{\"a\":2}"},
    {"{\"a\":{\"x\":1},\"b\":0,\"a\":[],\"b\":{}}", "{\"a\":[],\"b\":{}}"},
    {"{\"7\":1,\"a\":2,\"7\":3,\"a\":4,\"\":5}", "{\"7\":3,\"a\":4,\"\":5}"},
    {"{\"\":1,\"\":2}", "{\"\":2}"},
    {"{\"__proto__\":1,\"length\":2}", "{\"__proto__\":1,\"length\":2}"},
    {"{\"ab\":1,\"a\":2,\"abc\":3,\"a\\u0000\":4,\"a\":5}",
     "{\"ab\":1,\"a\":5,\"abc\":3,\"a\\u0000\":4}"},
};

static void texts_are_written_as_javascript_does(void **state)
{
    struct json doc;
    struct buf out;

    (void)state;
    json_init(&doc);
    buf_init(&out, OUT_MAX);
    for (size_t i = 0; i < LENGTH(rewritten); i++) {
        read_text(&doc, rewritten[i].text);
        buf_clear(&out);
        json_write(&doc, 0, &out);
        assert_string_equal(buf_str(&out), rewritten[i].written);
    }
    buf_release(&out);
    json_release(&doc);
}

static void any_node_can_be_written_alone(void **state)
{
    struct json doc;
    struct buf out;

    (void)state;
    json_init(&doc);
    buf_init(&out, OUT_MAX);
    read_text(&doc, "{\"a\": [1, {\"2\": 1.0, \"1\": \"\\/\"}], \"b\": {}}");
    buf_add_str(&out, "<");
    json_write(&doc, json_get(&doc, 0, "a"), &out);
    buf_add_str(&out, "|");
    json_write(&doc, json_first(0), &out);
    buf_add_str(&out, "|");
    json_write(&doc, json_get(&doc, 0, "b"), &out);
    buf_add_str(&out, ">");
    assert_string_equal(out.data, "<[1,{\"1\":\"/\",\"2\":1}]|\"a\"|{}>");
    buf_release(&out);
    json_release(&doc);
}

/* Twice the keys 0 to count - 1, or words of them, in a scattered order. */
static void add_members(struct buf *text, uint32_t count, const char *prefix)
{
    for (uint32_t i = 0; i < 2 * count; i++)
        buf_addf(text, "\"%s%u\": %u,", prefix,
                 (unsigned)((uint64_t)i * 7919 % count), (unsigned)i);
}

static void many_keys_are_put_in_order(void **state)
{
    enum {
        COUNT = 20000
    };
    struct json doc;
    struct buf text, out, expected;

    (void)state;
    json_init(&doc);
    buf_init(&text, OUT_MAX);
    buf_init(&out, OUT_MAX);
    buf_init(&expected, OUT_MAX);
    buf_add_str(&text, "{");
    add_members(&text, COUNT, "k");
    add_members(&text, COUNT, "");
    buf_add_str(&text, "\"end\":0}");
    read_text(&doc, text.data);
    json_write(&doc, 0, &out);
    /* The second value of the key 7919 × i % COUNT is i + COUNT. */
    uint32_t *last = malloc(COUNT * sizeof *last);
    assert_non_null(last);
    for (uint32_t i = 0; i < COUNT; i++)
        last[i * UINT64_C(7919) % COUNT] = i + COUNT;
    for (uint32_t key = 0; key < COUNT; key++)
        buf_addf(&expected, "%s\"%u\":%u", key > 0 ? "," : "{", (unsigned)key,
                 (unsigned)last[key]);
    for (uint32_t i = 0; i < COUNT; i++)
        buf_addf(&expected, ",\"k%u\":%u",
                 (unsigned)(i * UINT64_C(7919) % COUNT), (unsigned)(i + COUNT));
    buf_add_str(&expected, ",\"end\":0}");
    assert_string_equal(out.data, expected.data);
    free(last);
    buf_release(&text);
    buf_release(&out);
    buf_release(&expected);
    json_release(&doc);
}

static void the_deepest_nesting_is_written(void **state)
{
    static const char text[] = SIXTY("{\"1\":") "[[[[0]]]]" SIXTY("}");
    struct json doc;
    struct buf out;

    (void)state;
    json_init(&doc);
    buf_init(&out, OUT_MAX);
    read_text(&doc, text);
    json_write(&doc, 0, &out);
    assert_string_equal(out.data, text);
    buf_release(&out);
    json_release(&doc);
}

/* Whatever the maximum, what does not fit is a failure and not a cut. */
static void a_full_buffer_is_marked(void **state)
{
    static const char text[] = "{\"b\":[1, 2.50, \"\\/x\"],\"1\":{\"c\":null}}";
    static const char written[] = "{\"1\":{\"c\":null},\"b\":[1,2.5,\"/x\"]}";
    struct json doc;
    struct buf out;

    (void)state;
    json_init(&doc);
    read_text(&doc, text);
    for (size_t max = 0; max < sizeof written + 3; max++) {
        buf_init(&out, max);
        json_write(&doc, 0, &out);
        assert_int_equal(out.failed, max < sizeof written - 1 ? ERR_LIMIT : 0);
        if (out.failed == 0)
            assert_string_equal(out.data, written);
        buf_release(&out);
    }
    json_release(&doc);
}

static void strings_are_quoted(void **state)
{
    static const struct {
        struct json_text utf8;
        const char *escaped;
    } cases[] = {
        {T(""), ""},
        {T("plain / text"), "plain / text"},
        {T("a\"b\\c"), "a\\\"b\\\\c"},
        {T("\b\f\n\r\t"), "\\b\\f\\n\\r\\t"},
        {T("\0x\x01\x1f\x7f"), "\\u0000x\\u0001\\u001f\x7f"},
        {T("\x0b\x1b[0m"), "\\u000b\\u001b[0m"},
        {T("\xc3\xa9\xe2\x80\xa8"), "\xc3\xa9\xe2\x80\xa8"},
    };
    struct buf out, quoted;

    (void)state;
    buf_init(&out, 100);
    buf_init(&quoted, 100);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        buf_clear(&out);
        json_escape(&out, cases[i].utf8.bytes, cases[i].utf8.len);
        assert_string_equal(buf_str(&out), cases[i].escaped);
        buf_clear(&quoted);
        json_quote(&quoted, cases[i].utf8.bytes, cases[i].utf8.len);
        assert_int_equal(quoted.len, out.len + 2);
        assert_memory_equal(quoted.data + 1, buf_str(&out), out.len);
        assert_int_equal(quoted.data[0], '"');
        assert_int_equal(quoted.data[quoted.len - 1], '"');
    }
    buf_release(&out);
    buf_release(&quoted);
}

static void integer_like_keys_are_known(void **state)
{
    static const struct {
        const char *key;
        int64_t index;
    } cases[] = {
        {"0", 0},
        {"1", 1},
        {"4294967294", INT64_C(4294967294)},
        {"4294967295", -1},
        {"4294967296", -1},
        {"9999999999", -1},
        {"42949672940", -1},
        {"", -1},
        {"00", -1},
        {"01", -1},
        {"-1", -1},
        {"+1", -1},
        {"1.0", -1},
        {"1e3", -1},
        {" 1", -1},
        {"1 ", -1},
        {"a", -1},
        {"1a", -1},
        {"10", 10},
        {"2147483648", INT64_C(2147483648)},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_true(json_index_key(cases[i].key, strlen(cases[i].key)) ==
                    cases[i].index);
}

static void utf8_is_told_from_other_bytes(void **state)
{
    static const struct {
        struct json_text bytes;
        bool valid;
    } cases[] = {
        {T(""), true},
        {T("plain, longer than eight bytes"), true},
        {T("\0\x01\x7f"), true},
        {T("\xc2\x80\xdf\xbf"), true},
        {T("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), true},
        {T("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true},
        {T("12345678\x80"), false},
        {T("1234567\xff"), false},
        {T("\xc0\x80"), false},
        {T("\xc1\xbf"), false},
        {T("\xc3"), false},
        {T("\xc3g"), false},
        {T("\xe0\x9f\xbf"), false},
        {T("\xed\xa0\x80"), false},
        {T("\xe2\x82"), false},
        {T("\xe2g\x82"), false},
        {T("\xe2\x82g"), false},
        {T("\xf0\x8f\xbf\xbf"), false},
        {T("\xf0\x90\x80"), false},
        {T("\xf0\x90\x80g"), false},
        {T("\xf4\x90\x80\x80"), false},
        {T("\xf5\x80\x80\x80"), false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(
            json_utf8_valid(cases[i].bytes.bytes, cases[i].bytes.len),
            cases[i].valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_written_as_javascript_does),
        cmocka_unit_test(any_node_can_be_written_alone),
        cmocka_unit_test(many_keys_are_put_in_order),
        cmocka_unit_test(the_deepest_nesting_is_written),
        cmocka_unit_test(a_full_buffer_is_marked),
        cmocka_unit_test(strings_are_quoted),
        cmocka_unit_test(integer_like_keys_are_known),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
