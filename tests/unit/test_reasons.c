/* Reasons of rejections: counted, the commonest first, within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../runner/reasons.h"

static struct reasons reasons;

static int fresh(void **state)
{
    (void)state;
    memset(&reasons, 0, sizeof reasons);
    return 0;
}

static void note(int status, const char *text, unsigned times)
{
    while (times-- > 0)
        reasons_note(&reasons, status, text);
}

static void none_is_none(void **state)
{
    const struct reason *shown[REASONS_SHOWN];
    uint64_t rest = 9;

    (void)state;
    assert_int_equal(reasons_commonest(&reasons, shown, &rest), 0);
    assert_int_equal(rest, 0);
}

static void the_commonest_come_first(void **state)
{
    const struct reason *shown[REASONS_SHOWN];
    uint64_t rest;

    (void)state;
    note(400, "a", 2);
    note(400, "b", 5);
    note(422, "b", 3);
    note(404, "c", 1);
    note(404, "d", 4);
    assert_int_equal(reasons_commonest(&reasons, shown, &rest), 3);
    assert_string_equal(shown[0]->text, "HTTP 400: b");
    assert_int_equal(shown[0]->count, 5);
    assert_string_equal(shown[1]->text, "HTTP 404: d");
    assert_string_equal(shown[2]->text, "HTTP 422: b");
    assert_int_equal(rest, 3);
}

static void equal_ones_keep_their_order(void **state)
{
    const struct reason *shown[REASONS_SHOWN];
    uint64_t rest;

    (void)state;
    note(0, "x", 1);
    note(0, "y", 1);
    note(200, "z", 1);
    note(0, "w", 1);
    assert_int_equal(reasons_commonest(&reasons, shown, &rest), 3);
    assert_string_equal(shown[0]->text, "x");
    assert_string_equal(shown[1]->text, "y");
    assert_string_equal(shown[2]->text, "z");
    assert_int_equal(rest, 1);
}

static void too_many_count_as_others(void **state)
{
    const struct reason *shown[REASONS_SHOWN];
    char text[32];
    uint64_t rest;

    (void)state;
    for (int i = 0; i < REASONS_MAX + 7; i++) {
        snprintf(text, sizeof text, "job %d", i);
        note(400, text, 1);
    }
    note(400, "job 0", 1);
    assert_int_equal(reasons.others, 7);
    assert_int_equal(reasons_commonest(&reasons, shown, &rest), 3);
    assert_string_equal(shown[0]->text, "HTTP 400: job 0");
    assert_int_equal(rest, REASONS_MAX + 7 - 3);
}

static void a_long_text_is_cut_at_a_characters_end(void **state)
{
    char text[2 * REASON_TEXT_MAX];

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        size_t len = shift;
        memset(&reasons, 0, sizeof reasons);
        memset(text, 'a', shift);
        while (len + 4 < sizeof text) {
            memcpy(text + len, "\xf0\x9f\x98\x80", 4);
            len += 4;
        }
        text[len] = '\0';
        note(0, text, 1);
        size_t kept = strlen(reasons.items[0].text);
        assert_true(kept > REASON_TEXT_MAX - 5 && kept < REASON_TEXT_MAX);
        assert_int_equal((kept - shift) % 4, 0);
    }
}

static void as_json(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    reasons_json(&reasons, &out);
    assert_string_equal(buf_str(&out), "[]");
    note(400, "say \"no\"", 2);
    note(0, "not \xff UTF-8", 1);
    buf_clear(&out);
    reasons_json(&reasons, &out);
    assert_string_equal(buf_str(&out),
                        "[{\"count\":2,\"reason\":\"HTTP 400: say "
                        "\\\"no\\\"\"},{\"count\":1,\"reason\":null}]");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(none_is_none, fresh),
        cmocka_unit_test_setup(the_commonest_come_first, fresh),
        cmocka_unit_test_setup(equal_ones_keep_their_order, fresh),
        cmocka_unit_test_setup(too_many_count_as_others, fresh),
        cmocka_unit_test_setup(a_long_text_is_cut_at_a_characters_end, fresh),
        cmocka_unit_test_setup(as_json, fresh),
    };

    return cmocka_run_group_tests_name("reasons", tests, NULL, NULL);
}
