#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../templates/opindex.h"

static void parse(struct json *doc, const char *text, size_t len)
{
    struct err err = ERR_INIT;

    json_init(doc);
    assert_int_equal(json_parse(doc, text, len, &err), 0);
}

static uint32_t op_called(const struct opindex *index, const char *raw)
{
    const struct opindex_entry *entry = opindex_find(index, raw, strlen(raw));

    return entry ? entry->op : 0;
}

static void ids_are_found_however_they_are_spelt(void **state)
{
    static const char text[] =
        "[{\"id\":\"b\"},{\"x\":1},7,{\"id\":2},{\"id\":\"\\u0061\"}]";
    struct err err = ERR_INIT;
    struct opindex index;
    struct json doc;
    (void)state;

    parse(&doc, text, strlen(text));
    assert_int_equal(opindex_init(&index, &doc, 0, &err), 0);
    assert_int_equal(index.count, 2);
    assert_int_equal(op_called(&index, "b"), 1);
    assert_int_equal(op_called(&index, "a"), op_called(&index, "\\u0061"));
    assert_int_not_equal(op_called(&index, "a"), 0);
    assert_int_equal(op_called(&index, "c"), 0);
    assert_int_equal(op_called(&index, ""), 0);
    assert_false(opindex_repeats(&index, 0));
    assert_false(opindex_repeats(&index, 1));
    opindex_release(&index);
    json_release(&doc);
}

static void an_empty_list_has_no_ids(void **state)
{
    struct err err = ERR_INIT;
    struct opindex index;
    struct json doc;
    (void)state;

    parse(&doc, "[]", 2);
    assert_int_equal(opindex_init(&index, &doc, 0, &err), 0);
    assert_int_equal(op_called(&index, "a"), 0);
    opindex_release(&index);
    json_release(&doc);
}

/* More operations than have room without memory; every third id repeats. */
static void many_ids_are_found_and_repeats_marked(void **state)
{
    const unsigned count = 3 * OPINDEX_FEW;
    struct err err = ERR_INIT;
    struct opindex index;
    struct json doc;
    struct buf text;
    unsigned repeats = 0;
    (void)state;

    buf_init(&text, 65536);
    for (unsigned i = 0; i < count; i++)
        buf_addf(&text, "%s{\"id\":\"o%u\"}", i > 0 ? "," : "[",
                 i % 3 == 2 ? i - 1 : i);
    buf_add_char(&text, ']');
    parse(&doc, buf_str(&text), text.len);
    assert_int_equal(opindex_init(&index, &doc, 0, &err), 0);
    assert_int_equal(index.count, count);
    for (uint32_t i = 0; i < index.count; i++) {
        if (!opindex_repeats(&index, i))
            continue;
        /* The repeat stands behind the first in the text. */
        assert_true(index.entries[i].op > index.entries[i - 1].op);
        repeats++;
    }
    assert_int_equal(repeats, count / 3);
    assert_int_not_equal(op_called(&index, "o40"), 0);
    assert_int_equal(op_called(&index, "o41"), 0);
    opindex_release(&index);
    json_release(&doc);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_found_however_they_are_spelt),
        cmocka_unit_test(an_empty_list_has_no_ids),
        cmocka_unit_test(many_ids_are_found_and_repeats_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
