#include "params_help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define MEMORY_MAX ((size_t)256 << 20)

static uint64_t number_of(const struct json *doc, uint32_t object,
                          const char *name, uint64_t otherwise)
{
    uint32_t node = json_get(doc, object, name);
    int64_t value;

    if (node == 0)
        return otherwise;
    assert_true(json_int(doc, node, 0, INT64_MAX, &value));
    return (uint64_t)value;
}

static void set_all(struct space *space, uint32_t object)
{
    const struct json *doc = &space->doc;
    uint32_t key = json_first(object);
    struct buf name;

    for (uint32_t i = 0; i < doc->nodes[object].size; i++) {
        buf_init(&name, JSON_TEXT_MAX);
        json_string(doc, key, &name);
        params_set(&space->params, buf_str(&name), doc, key + 1, "m.json",
                   &space->errs);
        buf_release(&name);
        key = json_next(doc, key + 1);
    }
}

static void lay_out(struct space *space)
{
    const struct json *doc = &space->doc;
    uint32_t node;

    if ((node = json_get(doc, 0, "params")) != 0)
        set_all(space, node);
    if ((node = json_get(doc, 0, "zip")) != 0)
        params_zip(&space->params, doc, node, &space->errs);
    if ((node = json_get(doc, 0, "rows")) != 0)
        params_rows(&space->params, doc, node, &space->errs);
    if ((node = json_get(doc, 0, "draw")) != 0)
        params_draw(&space->params, number_of(doc, node, "count", 1),
                    number_of(doc, node, "seed", 0));
    params_repeat(&space->params, number_of(doc, 0, "repeat", 1));
    params_finish(&space->params, &space->errs);
}

void space_open(struct space *space, const char *entry)
{
    space_open_within(space, entry, MEMORY_MAX);
}

void space_open_within(struct space *space, const char *entry,
                       size_t memory_max_bytes)
{
    struct err err = ERR_INIT;
    const char *id = "sweep";

    json_init(&space->doc);
    errs_init(&space->errs);
    arena_init(&space->arena, memory_max_bytes);
    assert_int_equal(hasher_init(&space->hasher, &err), 0);
    if (json_parse(&space->doc, entry, strlen(entry), &err) < 0)
        fail_msg("%s: %s", entry, err.message);
    uint32_t node = json_get(&space->doc, 0, "id");
    if (node != 0) {
        const struct json_node *at = &space->doc.nodes[node];
        id = arena_copy(&space->arena, entry + at->start, at->len);
    }
    params_init(&space->params, &space->arena, id);
    lay_out(space);
}

void space_close(struct space *space)
{
    hasher_release(&space->hasher);
    json_release(&space->doc);
    arena_release(&space->arena);
}

static void add_point(const struct params *params, const struct point *point,
                      struct buf *out)
{
    for (uint32_t i = 0; i < point->count; i++) {
        const struct value *value = &point->values[i];
        if (i > 0)
            buf_add_char(out, ' ');
        if (value->json) {
            assert_int_equal(value->json[value->len], '\0');
            buf_add(out, value->json, value->len);
        } else {
            assert_int_equal(value->type, JSON_NULL);
            buf_add_char(out, '-');
        }
    }
    if (params->draws > 1)
        buf_addf(out, "@%d", (int)point->draw);
    if (params->repeats > 1)
        buf_addf(out, "#%d", (int)point->repeat);
}

void space_points(struct space *space, uint64_t first, uint64_t count,
                  struct buf *out)
{
    struct err err = ERR_INIT;
    struct point point;

    assert_int_equal(point_init(&point, &space->params, &err), 0);
    for (uint64_t i = 0; i < count; i++) {
        if (params_point(&space->params, first + i, &space->hasher, &point,
                         &err) < 0)
            fail_msg("%s", err.message);
        assert_true(point.index == first + i);
        if (i > 0)
            buf_add_str(out, "; ");
        add_point(&space->params, &point, out);
    }
    point_release(&point);
}

const char *space_message(const struct space *space, unsigned i)
{
    static char text[ERR_MESSAGE_MAX + 64];

    if (i >= space->errs.count)
        return "(none)";
    err_format(&space->errs.items[i], text, sizeof text);
    return text;
}

void space_expect_complaints(const struct complaint *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct space space;
        space_open(&space, cases[i].entry);
        const char *found = space_message(&space, 0);
        if (strcmp(found, cases[i].message) != 0)
            fail_msg("%s\n    says: %s\nexpected: %s", cases[i].entry, found,
                     cases[i].message);
        assert_int_equal(space.errs.items[0].code, cases[i].code);
        if (space.errs.count != 1)
            fail_msg("%s also says: %s", cases[i].entry,
                     space_message(&space, 1));
        space_close(&space);
    }
}
