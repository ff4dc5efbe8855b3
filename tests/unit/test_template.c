#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/template.h"

/* One template over the parameters of one point. */
struct bench {
    struct arena arena;
    struct params params;
    struct point point;
    struct json doc;
    struct template tpl;
    struct errs errs;
    struct buf out;
    bool used[16];
};

static void add_params(struct bench *b, const char *text)
{
    struct err err = ERR_INIT;
    struct json doc;

    json_init(&doc);
    assert_int_equal(json_parse(&doc, text, strlen(text), &err), 0);
    uint32_t key = json_first(0);
    for (uint32_t i = 0; i < doc.nodes[0].size; i++) {
        struct buf name;
        buf_init(&name, 100);
        json_string(&doc, key, &name);
        params_set(&b->params, buf_str(&name), &doc, key + 1, NULL, &b->errs);
        buf_release(&name);
        key = json_next(&doc, key + 1);
    }
    json_release(&doc);
    params_finish(&b->params, &b->errs);
    assert_int_equal(b->errs.errors, 0);
    assert_int_equal(point_init(&b->point, &b->params, &err), 0);
    assert_int_equal(params_point(&b->params, 0, NULL, &b->point, &err), 0);
    b->point.id = "the-id";
    b->point.name = "a \"name\"";
    b->point.repeat = 7;
    b->point.draw = 3;
}

static enum template_place all_text(const struct json *doc,
                                    const struct jsonpath *path)
{
    (void)doc;
    (void)path;
    return TEMPLATE_TEXT;
}

static void bench_open(struct bench *b, const char *params, const char *text,
                       bool text_only)
{
    struct template_scope scope = {.arena = &b->arena,
                                   .params = &b->params,
                                   .file = "f",
                                   .path = "$",
                                   .used = b->used,
                                   .name_allowed = true};
    struct err err = ERR_INIT;

    memset(b, 0, sizeof *b);
    arena_init(&b->arena, (size_t)1 << 24);
    errs_init(&b->errs);
    json_init(&b->doc);
    buf_init(&b->out, (size_t)1 << 20);
    params_init(&b->params, &b->arena, "the-id");
    add_params(b, params);
    if (text_only)
        scope.place = all_text;
    assert_int_equal(json_parse(&b->doc, text, strlen(text), &err), 0);
    template_compile(&b->tpl, &scope, &b->doc, 0, &b->errs);
}

static void bench_close(struct bench *b)
{
    point_release(&b->point);
    json_release(&b->doc);
    buf_release(&b->out);
    arena_release(&b->arena);
}

struct row {
    const char *params;
    const char *text;
    const char *result; /* the rendered bytes, or part of the error */
};

static void check_rendered(const struct row *row, bool text_only)
{
    struct err err = ERR_INIT;
    struct bench b;

    bench_open(&b, row->params, row->text, text_only);
    if (b.errs.errors > 0)
        fail_msg("%s: %s", row->text, b.errs.items[0].message);
    if (template_render(&b.tpl, &b.point, &b.out, &err) != 0)
        fail_msg("%s: %s", row->text, err.message);
    assert_string_equal(buf_str(&b.out), row->result);
    bench_close(&b);
}

static const struct row values[] = {
    /* without placeholders: canonical JSON */
    {"{}", "{ \"b\" : 1.0, \"a\" : [ ] }", "{\"b\":1,\"a\":[]}"},
    {"{}", "{\"b\":1,\"10\":2,\"9\":3}", "{\"9\":3,\"10\":2,\"b\":1}"},
    {"{}", "\"\\u0041\\/\\u00e9\\u0007\"", "\"A/é\\u0007\""},
    {"{}", "\"a $ {{ $ }} $$ ${ \\\\u\"", "\"a $ {{ $ }} $$ ${ \\\\u\""},

    /* alone: the value with its type */
    {"{\"x\":1e-5}", "\"${{ x }}\"", "0.00001"},
    {"{\"x\":true}", "[\"${{x}}\"]", "[true]"},
    {"{\"x\":null}", "\"${{\\tx }}\"", "null"},
    {"{\"x\":\"a\\\"\\n\"}", "\"${{ x }}\"", "\"a\\\"\\n\""},
    {"{\"x\":{\"value\":[1,{\"b\":2,\"1\":3}]}}", "{\"a\":\"${{ x }}\"}",
     "{\"a\":[1,{\"1\":3,\"b\":2}]}"},
    {"{\"x\":5}", "\"\\u0024{\\u007b x }}\"", "5"},
    {"{}", "\"${{ repeat }}\"", "7"},
    {"{}", "\"${{ draw }}\"", "3"},
    {"{}", "\"${{ id }}\"", "\"the-id\""},
    {"{}", "\"${{ name }}\"", "\"a \\\"name\\\"\""},

    /* inside text: escaped */
    {"{\"x\":1e-05}", "\"lr=${{ x }}!\"", "\"lr=0.00001!\""},
    {"{\"x\":\"\\\"\\\\\\n\\u0001é\"}", "\"<${{ x }}>\"",
     "\"<\\\"\\\\\\n\\u0001é>\""},
    {"{\"x\":false,\"y\":null}", "\"${{ x }}${{ y }}\"", "\"falsenull\""},
    {"{\"x\":1}", "\" ${{ x }}\"", "\" 1\""},
    {"{\"x\":1}", "\"${{ x }}${{ x }} ${{ x }}\"", "\"11 1\""},
    {"{\"x\":1}", "\"${{ x }} }}\"", "\"1 }}\""},
    {"{}", "\"${{ name }}/${{ id }}#${{ repeat }}.${{ draw }}\"",
     "\"a \\\"name\\\"/the-id#7.3\""},
    {"{\"x\":\"${{ x }}\"}", "\"=${{ x }}\"", "\"=${{ x }}\""},
    {"{\"x\":1}", "\"%%ops.a.results.b%% __spread__ ${{ x }}\"",
     "\"%%ops.a.results.b%% __spread__ 1\""},

    /* literal */
    {"{\"x\":1}", "\"$${{ x }}\"", "\"${{ x }}\""},
    {"{\"x\":1}", "\"$$${{ x }}\"", "\"$${{ x }}\""},
    {"{\"x\":1}", "\"$${{ x }}${{ x }}\"", "\"${{ x }}1\""},
    {"{\"x\":1}", "\"a$${{${{ x }}$${{\"", "\"a${{1${{\""},
    {"{\"x\":1}", "\"$ ${{ x }}\"", "\"$ 1\""},
};

static void values_keep_their_type_alone_and_are_text_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        check_rendered(&values[i], false);
}

static const struct row formats[] = {
    {"{\"x\":5}", "\"${{ x:03d }}\"", "\"005\""},
    {"{\"x\":5}", "\"${{x:d}}\"", "\"5\""},
    {"{\"x\":-5}", "\"${{ x:+05d }}|${{ x:-5d }}|\"", "\"-0005|-5   |\""},
    {"{\"x\":5}", "\"${{ x: d }}${{ x:+d }}\"", "\" 5+5\""},
    {"{\"x\":5.0}", "\"${{ x:d }}\"", "\"5\""},
    {"{\"x\":5}", "\"${{ x:.3d }}\"", "\"005\""},
    {"{\"x\":255}", "\"${{ x:x }} ${{ x:04x }} ${{ x:#x }}\"",
     "\"ff 00ff 0xff\""},
    {"{\"x\":9007199254740993}", "\"${{ x:d }}\"", "\"9007199254740992\""},
    {"{\"x\":-9223372036854775808}", "\"${{ x:d }}\"",
     "\"-9223372036854775808\""},
    {"{\"x\":3.14159}", "\"${{ x:.3f }}\"", "\"3.142\""},
    {"{\"x\":0.00012345}", "\"${{ x:.1e }}\"", "\"1.2e-04\""},
    {"{\"x\":0.0001}", "\"${{ x:g }}\"", "\"0.0001\""},
    {"{\"x\":0.00001}", "\"${{ x:g }}\"", "\"1e-05\""},
    {"{\"x\":2}", "\"${{ x:08.3f }}|${{ x:-8.1f }}|\"",
     "\"0002.000|2.0     |\""},
    {"{\"x\":-0.0}", "\"${{ x:.1f }}\"", "\"0.0\""},
    {"{}", "\"${{ repeat:03d }}\"", "\"007\""},

    {"{\"x\":[[1,\"a\\\"\"]]}", "\"${{ x:json }}\"",
     "\"[1,\\\"a\\\\\\\"\\\"]\""},
    {"{\"x\":\"s\"}", "\"${{ x:json }}\"", "\"\\\"s\\\"\""},
    {"{\"x\":1}", "\"${{ x:json }}\"", "\"1\""},
    {"{}", "\"${{ name:json }}\"", "\"\\\"a \\\\\\\"name\\\\\\\"\\\"\""},

    {"{\"x\":\"plain-1.0_@%+=:,/\"}", "\"${{ x:sh }}\"",
     "\"plain-1.0_@%+=:,/\""},
    {"{\"x\":\"a b\"}", "\"${{ x:sh }}\"", "\"'a b'\""},
    {"{\"x\":\"it's\\n\"}", "\"${{ x:sh }}\"", "\"'it'\\\"'\\\"'s\\n'\""},
    {"{\"x\":\"''\"}", "\"${{ x:sh }}\"", "\"''\\\"'\\\"''\\\"'\\\"''\""},
    {"{\"x\":\"\"}", "\"${{ x:sh }}\"", "\"''\""},
    {"{\"x\":\"é\"}", "\"${{ x:sh }}\"", "\"'é'\""},
    {"{\"x\":\"$(rm -rf)\\\\\\u0001\"}", "\"${{ x:sh }}\"",
     "\"'$(rm -rf)\\\\\\u0001'\""},
    {"{\"x\":1.5}", "\"${{ x:sh }}\"", "\"1.5\""},
    {"{}", "\"${{ name:sh }}\"", "\"'a \\\"name\\\"'\""},
};

static void formats_are_printfs_and_json_and_shell(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        check_rendered(&formats[i], false);
}

static const struct row texts[] = {
    {"{\"x\":5}", "\"${{ x }}\"", "\"5\""},
    {"{\"x\":null}", "[\"${{ x }}\"]", "[\"null\"]"},
    {"{\"x\":\"a\\\"\"}", "\"${{ x }}\"", "\"a\\\"\""},
};

static void alone_where_only_text_may_stand_is_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_rendered(&texts[i], true);
}

static const struct row keys[] = {
    {"{\"x\":\"k\"}", "{\"${{ x }}\":1,\"b\":2}", "{\"k\":1,\"b\":2}"},
    {"{\"x\":5}", "{\"b\":2,\"${{ x }}\":1,\"07\":3}",
     "{\"5\":1,\"b\":2,\"07\":3}"},
    {"{\"x\":10}", "{\"z\":1,\"${{ x }}\":2,\"9\":3,\"a${{ x }}\":4}",
     "{\"9\":3,\"10\":2,\"z\":1,\"a10\":4}"},
    {"{\"x\":4294967295}", "{\"a\":1,\"${{ x }}\":2}",
     "{\"a\":1,\"4294967295\":2}"},
    {"{\"x\":4294967294}", "{\"a\":1,\"${{ x }}\":2}",
     "{\"4294967294\":2,\"a\":1}"},
    {"{\"x\":\"q\\\"\"}", "{\"${{ x }}\":\"${{ x }}\"}",
     "{\"q\\\"\":\"q\\\"\"}"},
    {"{\"x\":1}", "{\"a\":{\"${{ x }}\":{\"b${{ x }}\":[\"${{ x }}\"]}}}",
     "{\"a\":{\"1\":{\"b1\":[1]}}}"},
    {"{\"x\":1}", "{\"${{ x }}a\":[],\"$${{\":{}}", "{\"1a\":[],\"${{\":{}}"},
    {"{\"x\":1}", "{\"10\":\"${{ x }}\",\"9\":2,\"a\":3}",
     "{\"9\":2,\"10\":1,\"a\":3}"},
    {"{\"x\":\"\"}", "{\"${{ x }}\":1}", "{\"\":1}"},
};

static void keys_are_ordered_as_javascript_orders_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        check_rendered(&keys[i], false);
}

static const struct row faults[] = {
    {"{\"x\":[[1]]}", "{\"a\":[\"-${{ x }}\"]}",
     "$.a[0]: \"x\": a list within text needs the format json"},
    {"{\"x\":{\"value\":{}}}", "\"-${{ x }}\"", "an object within text"},
    {"{\"x\":[[1]]}", "\"${{ x:sh }}\"", "a list within text"},
    {"{\"x\":0.5}", "\"${{ x:03d }}\"",
     "$: \"x\": format \"03d\" expected an integer of 64 bits, found 0.5"},
    {"{\"x\":1e19}", "\"${{ x:d }}\"", "expected an integer of 64 bits"},
    {"{\"x\":-1}", "\"${{ x:x }}\"",
     "expected an integer that is not negative"},
    {"{\"x\":\"1\"}", "\"${{ x:.2f }}\"",
     "format \".2f\" expected a number, found \"1\""},
    {"{\"x\":true}", "\"${{ x:g }}\"", "expected a number, found true"},
    {"{\"x\":\"long long long long long long long long long long\"}",
     "\"${{ x:g }}\"", "expected a number, found a string"},
    {"{}", "\"${{ id:d }}\"", "expected a number, found \"the-id\""},
    {"{\"x\":\"a\\u0000b\"}", "\"${{ x:sh }}\"", "U+0000"},
    {"{\"x\":\"b\"}", "{\"o\":{\"b\":1,\"${{ x }}\":2}}",
     "$.o: two keys became the same: \"b\""},
    {"{\"x\":1,\"y\":\"1\"}", "{\"${{ x }}\":1,\"c\":0,\"${{ y }}\":2}",
     "$: two keys became the same: \"1\""},
};

static void points_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct err err = ERR_INIT;
        struct bench b;
        bench_open(&b, faults[i].params, faults[i].text, false);
        if (b.errs.errors > 0)
            fail_msg("%s: %s", faults[i].text, b.errs.items[0].message);
        assert_int_equal(template_render(&b.tpl, &b.point, &b.out, &err),
                         ERR_DATA);
        if (!strstr(err.message, faults[i].result))
            fail_msg("%s: %s", faults[i].text, err.message);
        bench_close(&b);
    }
}

static const struct {
    const char *text;
    unsigned line, column;
    const char *message;
} refused[] = {
    {"{\"cmd\": \"run ${{ sede }}\"}", 1, 14,
     "$.cmd: unknown parameter \"sede\" (did you mean \"seed\"?)"},
    {"{\n \"cmd\": \"\\t${{ sede }}\"}", 2, 9, "$.cmd: unknown parameter"},
    {"[\"${{ repaet }}\"]", 1, 3, "(did you mean \"repeat\"?)"},
    {"{\"a\":{\"${{ nothing }}\":1}}", 1, 8,
     "$.a[\"${{ nothing }}\"]: unknown parameter \"nothing\""},
    {"\"${{ seed\"", 1, 2, "$: \"${{\" without \"}}\""},
    {"\"x ${{ seed }\"", 1, 4, "without \"}}\""},
    {"\"${{ }}\"", 1, 2, "expected a parameter's name within \"${{ }}\""},
    {"\"${{ a.b }}\"", 1, 2, "found \" a.b \""},
    {"\"${{ 1x }}\"", 1, 2, "expected a parameter's name"},
    {"\"${{ seed lr }}\"", 1, 2, "expected a parameter's name"},
    {"\"${{ ${{ seed }} }}\"", 1, 2, "expected a parameter's name"},
    {"\"${{ seed:q }}\"", 1, 2, "unknown format \"q\""},
    {"\"${{ seed:}}\"", 1, 2, "unknown format \"\""},
    {"\"${{ seed:s }}\"", 1, 2, "unknown format"},
    {"\"${{ seed:ld }}\"", 1, 2, "unknown format"},
    {"\"${{ seed:*d }}\"", 1, 2, "unknown format"},
    {"\"${{ seed:3d3 }}\"", 1, 2, "unknown format"},
    {"\"${{ seed:65d }}\"", 1, 2, "up to 64"},
    {"\"${{ seed:.65f }}\"", 1, 2, "up to 64"},
    {"\"${{ seed:99999999999999999999d }}\"", 1, 2, "up to 64"},
    {"\"${{ seed:#d }}\"", 1, 2, "unknown format"},
    {"\"${{ seed:n }}\"", 1, 2, "unknown format"},
    {"\"${{ seed:%d }}\"", 1, 2, "unknown format"},
    {"\"${{ market }}\"", 1, 2, "unknown parameter \"market\""},
    {"{\"a\":1,\"b\":{\"c\":1,\"\\u0063\":2}}", 1, 19,
     "$.b[\"\\u0063\"]: the key \"\\u0063\" stands twice in one object"},
};

static void what_no_point_could_render_is_told_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct bench b;
        bench_open(&b, "{\"seed\":1,\"lr\":2}", refused[i].text, false);
        if (b.errs.errors != 1)
            fail_msg("%s: %u errors", refused[i].text, b.errs.errors);
        const struct err *err = &b.errs.items[0];
        if (!strstr(err->message, refused[i].message))
            fail_msg("%s: %s", refused[i].text, err->message);
        if (err->line != refused[i].line || err->column != refused[i].column)
            fail_msg("%s: %u:%u", refused[i].text, (unsigned)err->line,
                     (unsigned)err->column);
        assert_string_equal(err->file, "f");
        bench_close(&b);
    }
}

static void every_problem_of_a_value_is_told(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b, "{\"x\":1}", "[\"${{ a }} ${{ x }} ${{ b:q }}\",\"${{\"]",
               false);
    assert_int_equal(b.errs.errors, 3);
    bench_close(&b);
}

static void what_is_mentioned_is_known(void **state)
{
    uint32_t at = 0;
    uint32_t param;
    struct bench b;

    (void)state;
    bench_open(&b, "{\"x\":1,\"y\":2,\"z\":3}",
               "{\"${{ z }}\":\"${{ x }}\",\"a\":\"-${{ repeat }}\"}", false);
    assert_true(b.used[0] && !b.used[1] && b.used[2]);
    assert_true(b.tpl.uses_repeat && !b.tpl.uses_name && !b.tpl.uses_draw);
    assert_false(b.tpl.constant);
    assert_true(template_mention(&b.tpl, &at, &param));
    assert_int_equal(param, 2);
    assert_true(template_mention(&b.tpl, &at, &param));
    assert_int_equal(param, 0);
    assert_false(template_mention(&b.tpl, &at, &param));
    bench_close(&b);

    bench_open(&b, "{\"x\":1}", "{\"a\":\"$${{ x }}\"}", false);
    assert_true(b.tpl.constant && b.tpl.free_text);
    bench_close(&b);
}

static void output_that_is_full_is_a_limit(void **state)
{
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    bench_open(&b, "{\"x\":\"0123456789\"}",
               "{\"${{ x }}\":\"${{ x }}${{ x }}\"}", false);
    for (size_t max = 0; max < 38; max++) {
        buf_release(&b.out);
        buf_init(&b.out, max);
        int rc = template_render(&b.tpl, &b.point, &b.out, &err);
        assert_int_equal(rc, max < 37 ? ERR_LIMIT : 0);
    }
    bench_close(&b);
}

static void a_parameter_that_the_point_lacks_is_named(void **state)
{
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    bench_open(&b, "{\"x\":1}", "{\"a\":\"${{ x }}\"}", false);
    b.point.values[0] = (struct value){JSON_NULL, NULL, 0};
    assert_int_equal(template_render(&b.tpl, &b.point, &b.out, &err), ERR_DATA);
    assert_string_equal(err.message, "$.a: the point has no \"x\"");
    bench_close(&b);
    bench_open(&b, "{\"x\":1}", "\"-${{ x:json }}\"", false);
    b.point.values[0] = (struct value){JSON_NULL, NULL, 0};
    assert_int_equal(template_render(&b.tpl, &b.point, &b.out, &err), ERR_DATA);
    bench_close(&b);
}

static void text_is_rendered_without_json(void **state)
{
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    bench_open(&b, "{\"x\":\"q\\\"\\\\\\n\\u0001\\b\\f\\r\\té\"}",
               "\"<${{ x }}>\"", true);
    buf_add_str(&b.out, "before");
    assert_int_equal(template_render_text(&b.tpl, &b.point, &b.out, &err), 0);
    assert_string_equal(buf_str(&b.out), "before<q\"\\\n\1\b\f\r\té>");
    bench_close(&b);
}

static const struct {
    const char *text;
    const char *protected;
} protections[] = {
    {"", ""},
    {"a", "a"},
    {"${{ x }}", "$${{ x }}"},
    {"$${{", "$$${{"},
    {"$ {{ ${ $", "$ {{ ${ $"},
    {"${{${{", "$${{$${{"},
};

static void protected_text_renders_to_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof protections / sizeof protections[0]; i++) {
        const char *text = protections[i].text;
        struct err err = ERR_INIT;
        struct buf out, quoted;
        struct bench b;
        buf_init(&out, 100);
        buf_init(&quoted, 100);
        template_protect(text, strlen(text), &out);
        assert_string_equal(buf_str(&out), protections[i].protected);
        json_quote(&quoted, buf_str(&out), out.len);
        bench_open(&b, "{}", buf_str(&quoted), true);
        assert_int_equal(b.errs.errors, 0);
        assert_int_equal(template_render_text(&b.tpl, NULL, &b.out, &err), 0);
        assert_string_equal(buf_str(&b.out), text);
        bench_close(&b);
        buf_release(&out);
        buf_release(&quoted);
    }
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
    const struct row row = {"{\"x\":1234.5}", "\"${{ x:.2f }}|${{ x }}\"",
                            "\"1234.50|1234.5\""};
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8",
                                        "ps_AF.UTF-8"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (setlocale(LC_NUMERIC, names[i]))
            check_rendered(&row, false);
    setlocale(LC_NUMERIC, "C");
    check_rendered(&row, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_keep_their_type_alone_and_are_text_inside),
        cmocka_unit_test(formats_are_printfs_and_json_and_shell),
        cmocka_unit_test(alone_where_only_text_may_stand_is_text),
        cmocka_unit_test(keys_are_ordered_as_javascript_orders_them),
        cmocka_unit_test(points_that_do_not_fit_are_refused),
        cmocka_unit_test(what_no_point_could_render_is_told_with_its_place),
        cmocka_unit_test(every_problem_of_a_value_is_told),
        cmocka_unit_test(what_is_mentioned_is_known),
        cmocka_unit_test(output_that_is_full_is_a_limit),
        cmocka_unit_test(a_parameter_that_the_point_lacks_is_named),
        cmocka_unit_test(text_is_rendered_without_json),
        cmocka_unit_test(protected_text_renders_to_itself),
        cmocka_unit_test(numbers_do_not_depend_on_the_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
