#include "json_differ.h"

#include "jsonpath.h"

#include <string.h>

struct differ {
    const char *base;
    struct buf *out;
    struct buf a, b; /* values as JSON */
    uint64_t places;
};

/* A value as JSON, cut at a character's end. */
static void add_value(struct buf *out, const struct buf *json)
{
    size_t len = json->len;

    if (len == 0) {
        buf_add_str(out, "none");
        return;
    }
    if (len <= JSON_DIFFER_VALUE_MAX) {
        buf_add(out, buf_str(json), len);
        return;
    }
    len = JSON_DIFFER_VALUE_MAX - 4;
    while (len > 0 && ((unsigned char)buf_str(json)[len] & 0xc0) == 0x80)
        len--;
    buf_add(out, buf_str(json), len);
    buf_add_str(out, "…");
}

/* A difference, with the values in differ->a and ->b. */
static void tell(struct differ *differ, const struct json *doc,
                 const struct jsonpath *path)
{
    if (differ->places++ > 0)
        return;
    jsonpath_write(doc, differ->base, path, differ->out);
    buf_add_char(differ->out, ' ');
    add_value(differ->out, &differ->a);
    buf_add_str(differ->out, " → ");
    add_value(differ->out, &differ->b);
}

static bool is_container(const struct json *doc, uint32_t node)
{
    return doc->nodes[node].type == JSON_OBJECT ||
           doc->nodes[node].type == JSON_ARRAY;
}

static bool same_bytes(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}

/*
 * Sets the node of b against a's at the same path. Returns whether they are
 * containers of one type, whose members are still to be looked at.
 */
static bool set_against(struct differ *differ, const struct json *a,
                        const struct json *b, uint32_t node,
                        const struct jsonpath *path, bool swapped)
{
    uint32_t steps;
    uint32_t other = jsonpath_follow(b, path, a, 0, &steps);
    bool there = steps == path->depth;

    if (there && is_container(b, node) &&
        a->nodes[other].type == b->nodes[node].type)
        return true;
    buf_clear(&differ->a);
    buf_clear(&differ->b);
    json_write(b, node, swapped ? &differ->a : &differ->b);
    if (there)
        json_write(a, other, swapped ? &differ->b : &differ->a);
    /* In the second turn only what is missing is news. */
    if (!there || (!swapped && !same_bytes(&differ->a, &differ->b)))
        tell(differ, b, path);
    return false;
}

/* All of b against a. */
static void go_through(struct differ *differ, const struct json *a,
                       const struct json *b, bool swapped)
{
    struct jsonpath path;
    uint32_t node = 0;

    while (node < b->count) {
        jsonpath_find(b, 0, node, &path);
        bool key = path.depth > 0 && path.steps[path.depth - 1].key == node;
        if (key || set_against(differ, a, b, node, &path, swapped))
            node++;
        else
            node = json_next(b, node);
    }
}

void json_differ(const struct json *a, const struct json *b, const char *base,
                 struct buf *out)
{
    struct differ differ = {.base = base, .out = out};

    buf_init(&differ.a, 2 * (size_t)JSON_TEXT_MAX);
    buf_init(&differ.b, 2 * (size_t)JSON_TEXT_MAX);
    go_through(&differ, a, b, false);
    go_through(&differ, b, a, true);
    if (differ.places > 1)
        buf_addf(out, " and %llu more", (unsigned long long)differ.places - 1);
    buf_release(&differ.a);
    buf_release(&differ.b);
}
