#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/jsonpath.h"

static void parse(struct json *doc, const char *text)
{
    struct err err = ERR_INIT;

    json_init(doc);
    assert_int_equal(json_parse(doc, text, strlen(text), &err), 0);
}

/* The node whose text starts at `mark` in the document's text. */
static uint32_t node_of(const struct json *doc, const char *mark)
{
    const char *at = strstr(doc->text, mark);

    assert_non_null(at);
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json_node *node = &doc->nodes[i];
        size_t start = node->start - (node->type == JSON_STRING ? 1 : 0);
        if (doc->text + start == at)
            return i;
    }
    fail_msg("no node starts at %s", mark);
    return 0;
}

static const struct {
    const char *text;
    const char *mark; /* where the node starts */
    const char *path;
} rows[] = {
    {"17", "17", "$"},
    {"{\"a\":1,\"b\":[2,{\"c\":3}]}", "3", "$.b[1].c"},
    {"{\"a\":1,\"b\":[2,{\"c\":3}]}", "2", "$.b[0]"},
    {"{\"a\":1,\"b\":[2,{\"c\":3}]}", "\"b\"", "$.b"}, /* a key's own node */
    {"{\"a b\":{\"\":7}}", "7", "$[\"a b\"][\"\"]"},
    {"{\"q\\\"\":7}", "7", "$[\"q\\\"\"]"},
    {"[[[[5]]]]", "5", "$[0][0][0][0]"},
    {"{\"a-b_9\":7}", "7", "$.a-b_9"},
};

static void paths_are_written_as_people_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct jsonpath path;
        struct json doc;
        struct buf text;
        parse(&doc, rows[i].text);
        buf_init(&text, 1024);
        jsonpath_find(&doc, 0, node_of(&doc, rows[i].mark), &path);
        jsonpath_write(&doc, "$", &path, &text);
        assert_string_equal(buf_str(&text), rows[i].path);
        buf_release(&text);
        json_release(&doc);
    }
}

static void a_path_may_start_below_the_top(void **state)
{
    const char *text = "{\"definition\":{\"ops\":[{\"id\":\"x\"}]}}";
    struct jsonpath path;
    struct json doc;
    struct buf out;

    (void)state;
    parse(&doc, text);
    buf_init(&out, 1024);
    jsonpath_find(&doc, 2, node_of(&doc, "\"x\""), &path);
    jsonpath_write(&doc, "$.definition", &path, &out);
    assert_string_equal(buf_str(&out), "$.definition.ops[0].id");
    buf_release(&out);
    json_release(&doc);
}

static void a_long_path_is_cut_at_a_characters_end(void **state)
{
    char text[2000] = "{\"";
    struct jsonpath path;
    struct json doc;
    struct buf out;

    (void)state;
    for (int i = 0; i < 400; i++)
        strcat(text, "é");
    strcat(text, "\":1}");
    parse(&doc, text);
    buf_init(&out, 4096);
    jsonpath_find(&doc, 0, 2, &path);
    jsonpath_write(&doc, "$", &path, &out);
    assert_true(out.len <= JSONPATH_TEXT_MAX + strlen("…"));
    assert_true(json_utf8_valid(out.data, out.len));
    assert_string_equal(out.data + out.len - strlen("…"), "…");
    buf_release(&out);
    json_release(&doc);
}

static void a_path_is_followed_in_another_document(void **state)
{
    struct jsonpath path;
    struct json from, to;
    uint32_t steps;

    (void)state;
    parse(&from, "{\"b\":[1,{\"x\":2}],\"a\":3}");
    parse(&to, "{\"a\":30,\"b\":[10,{\"y\":0,\"\\u0078\":20}]}");
    jsonpath_find(&from, 0, node_of(&from, "2}"), &path);
    assert_int_equal(jsonpath_follow(&from, &path, &to, 0, &steps),
                     node_of(&to, "20}"));
    assert_int_equal(steps, 3);
    json_release(&to);

    /* As far as it goes: there is no second element, then no list. */
    parse(&to, "{\"b\":[10]}");
    assert_int_equal(jsonpath_follow(&from, &path, &to, 0, &steps),
                     node_of(&to, "[10]"));
    assert_int_equal(steps, 1);
    json_release(&to);
    parse(&to, "{\"b\":\"${{ list }}\"}");
    assert_int_equal(jsonpath_follow(&from, &path, &to, 0, &steps),
                     node_of(&to, "\"${{"));
    json_release(&to);
    json_release(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_written_as_people_write_them),
        cmocka_unit_test(a_path_may_start_below_the_top),
        cmocka_unit_test(a_long_path_is_cut_at_a_characters_end),
        cmocka_unit_test(a_path_is_followed_in_another_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
