#include "jsonpath.h"

#include <string.h>

void jsonpath_enter(struct jsonpath *path, uint32_t key, uint32_t index)
{
    /* The reader's depth limit keeps every walk within the steps. */
    if (path->depth >= JSON_DEPTH_MAX)
        return;
    path->steps[path->depth].key = key;
    path->steps[path->depth].index = index;
    path->depth++;
}

void jsonpath_leave(struct jsonpath *path)
{
    path->depth--;
}

/* Goes one step down towards node; returns the child on the way. */
static uint32_t step_towards(const struct json *doc, uint32_t at, uint32_t node,
                             struct jsonpath *path)
{
    bool object = doc->nodes[at].type == JSON_OBJECT;
    uint32_t child = json_first(at);
    uint32_t index = 0;

    for (; index < doc->nodes[at].size; index++) {
        uint32_t value = object ? child + 1 : child;
        uint32_t behind = json_next(doc, value);
        if (node < behind) {
            jsonpath_enter(path, object ? child : 0, index);
            return value;
        }
        child = behind;
    }
    return node;
}

void jsonpath_find(const struct json *doc, uint32_t root, uint32_t node,
                   struct jsonpath *path)
{
    uint32_t at = root;

    path->depth = 0;
    while (at < node)
        at = step_towards(doc, at, node, path);
}

bool jsonpath_named(const struct json *doc, const struct jsonpath_step *step,
                    const char *name)
{
    return step->key != 0 && json_equals(doc, step->key, name);
}

/* The value of the member of `object` that is called as from's key is. */
static uint32_t same_member(const struct json *from, uint32_t key,
                            const struct json *to, uint32_t object)
{
    struct buf name;
    uint32_t found = 0;

    buf_init(&name, JSON_TEXT_MAX);
    json_string(from, key, &name);
    if (!name.failed && !memchr(buf_str(&name), '\0', name.len))
        found = json_get(to, object, buf_str(&name));
    buf_release(&name);
    return found;
}

static uint32_t same_element(const struct json *to, uint32_t array,
                             uint32_t index)
{
    uint32_t at = json_first(array);

    if (index >= to->nodes[array].size)
        return 0;
    while (index-- > 0)
        at = json_next(to, at);
    return at;
}

uint32_t jsonpath_follow(const struct json *from, const struct jsonpath *path,
                         const struct json *to, uint32_t root, uint32_t *steps)
{
    uint32_t at = root;

    for (*steps = 0; *steps < path->depth; ++*steps) {
        const struct jsonpath_step *step = &path->steps[*steps];
        uint32_t next = 0;
        if (step->key != 0 && to->nodes[at].type == JSON_OBJECT)
            next = same_member(from, step->key, to, at);
        else if (step->key == 0 && to->nodes[at].type == JSON_ARRAY)
            next = same_element(to, at, step->index);
        if (next == 0)
            break;
        at = next;
    }
    return at;
}

static bool simple_name(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool simple = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!simple)
            return false;
    }
    return len > 0;
}

/* Text as written between a key's quotes is valid inside "[\"…\"]" too. */
static void write_step(const struct json *doc, const struct jsonpath_step *step,
                       struct buf *out)
{
    if (step->key == 0) {
        buf_addf(out, "[%u]", step->index);
        return;
    }
    const struct json_node *key = &doc->nodes[step->key];
    const char *name = doc->text + key->start;
    if (simple_name(name, key->len)) {
        buf_add_char(out, '.');
        buf_add(out, name, key->len);
    } else {
        buf_add_str(out, "[\"");
        buf_add(out, name, key->len);
        buf_add_str(out, "\"]");
    }
}

void jsonpath_write(const struct json *doc, const char *base,
                    const struct jsonpath *path, struct buf *out)
{
    size_t start = out->len;
    size_t len;

    buf_add_str(out, base);
    for (uint32_t i = 0; i < path->depth; i++) {
        if (out->len - start > JSONPATH_TEXT_MAX)
            break;
        write_step(doc, &path->steps[i], out);
    }
    len = out->len - start;
    if (len <= JSONPATH_TEXT_MAX)
        return;
    len = JSONPATH_TEXT_MAX;
    while (len > 0 && ((unsigned char)out->data[start + len] & 0xc0) == 0x80)
        len--;
    buf_truncate(out, start + len);
    buf_add_str(out, "…");
}
