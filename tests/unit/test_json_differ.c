/* Where two documents differ, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../templates/json_differ.h"

static void differ(const char *a, const char *b, struct buf *out)
{
    struct err err = ERR_INIT;
    struct json before, after;

    json_init(&before);
    json_init(&after);
    assert_int_equal(json_parse(&before, a, strlen(a), &err), 0);
    assert_int_equal(json_parse(&after, b, strlen(b), &err), 0);
    json_differ(&before, &after, "$", out);
    json_release(&before);
    json_release(&after);
}

static void the_first_difference_is_told(void **state)
{
    static const struct {
        const char *a, *b, *told;
    } rows[] = {
        {"1", "1", ""},
        {"1", "1.0", ""},
        {"1", "\"1\"", "$ 1 → \"1\""},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", ""},
        {"{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}", "$.b 2 → 3"},
        {"{\"a\":1}", "{\"a\":1,\"b\":{\"c\":[]}}", "$.b none → {\"c\":[]}"},
        {"{\"a\":1,\"b\":{\"c\":[]}}", "{\"a\":1}", "$.b {\"c\":[]} → none"},
        {"[1,[2,3]]", "[1,[2,4]]", "$[1][1] 3 → 4"},
        {"[1,2]", "[1,2,3]", "$[2] none → 3"},
        {"[1,2,3]", "[1]", "$[1] 2 → none and 1 more"},
        {"[1,2]", "{\"a\":1}", "$ [1,2] → {\"a\":1}"},
        {"{\"a\":[]}", "{\"a\":{}}", "$.a [] → {}"},
        {"{\"a\":{}}", "{\"a\":7}", "$.a {} → 7"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":2,\"b\":3,\"d\":4}",
         "$.a 1 → 2 and 3 more"},
        {"{\"a b\":\"\\n\"}", "{\"a b\":\"\\u0041\"}",
         "$[\"a b\"] \"\\n\" → \"A\""},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&out);
        differ(rows[i].a, rows[i].b, &out);
        assert_string_equal(buf_str(&out), rows[i].told);
    }
    buf_release(&out);
}

/* A long value is cut, at a character's end. */
static void long_values_are_cut(void **state)
{
    char text[400] = "\"";
    struct buf out;

    (void)state;
    for (int i = 0; i < 100; i++)
        strcat(text, "\xc3\xa9");
    strcat(text, "\"");
    buf_init(&out, 4096);
    differ("0", text, &out);
    assert_true(out.len < 80);
    assert_true(json_utf8_valid(buf_str(&out), out.len));
    assert_string_equal(buf_str(&out) + out.len - 5, "\xc3\xa9…");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_difference_is_told),
        cmocka_unit_test(long_values_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
