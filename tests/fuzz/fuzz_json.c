/*
 * JSON: what is read can be written as JavaScript does, and what is written
 * is read again and written the same. A refusal has a place in the text.
 */
#include <string.h>

#include "../../templates/json.h"
#include "fuzz.h"

#define TEXT_MAX ((size_t)8 << 20)

/* Every node lies within the text and its subtree within its parent's. */
static void check_nodes(const struct json *doc, size_t size)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json_node *node = &doc->nodes[i];
        FUZZ_HOLDS((size_t)node->start + node->len <= size);
        FUZZ_HOLDS(node->next > i && node->next <= doc->count);
    }
}

/* Strings in particular: their value written is their text read. */
static void check_strings(const struct json *doc)
{
    struct err err = ERR_INIT;
    struct json again;
    struct buf value, quoted, value_again;

    json_init(&again);
    buf_init(&value, TEXT_MAX);
    buf_init(&quoted, TEXT_MAX);
    buf_init(&value_again, TEXT_MAX);
    for (uint32_t i = 0; i < doc->count; i++) {
        if (doc->nodes[i].type != JSON_STRING)
            continue;
        buf_clear(&value);
        buf_clear(&quoted);
        buf_clear(&value_again);
        json_string(doc, i, &value);
        FUZZ_HOLDS(json_utf8_valid(buf_str(&value), value.len));
        json_quote(&quoted, buf_str(&value), value.len);
        FUZZ_HOLDS(json_parse(&again, buf_str(&quoted), quoted.len, &err) == 0);
        json_string(&again, 0, &value_again);
        FUZZ_HOLDS(value.len == value_again.len &&
                   memcmp(buf_str(&value), buf_str(&value_again), value.len) ==
                       0);
    }
    buf_release(&value);
    buf_release(&quoted);
    buf_release(&value_again);
    json_release(&again);
}

static void check_written(const struct json *doc)
{
    struct err err = ERR_INIT;
    struct buf first, second;
    struct json again;

    json_init(&again);
    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    json_write(doc, 0, &first);
    FUZZ_HOLDS(!first.failed);
    FUZZ_HOLDS(json_parse(&again, buf_str(&first), first.len, &err) == 0);
    FUZZ_HOLDS(again.nodes[0].type == doc->nodes[0].type);
    FUZZ_HOLDS(again.count <= doc->count);
    json_write(&again, 0, &second);
    FUZZ_HOLDS(first.len == second.len &&
               memcmp(first.data, second.data, first.len) == 0);
    buf_release(&first);
    buf_release(&second);
    json_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct json doc;

    json_init(&doc);
    if (json_parse(&doc, (const char *)data, size, &err) == 0) {
        FUZZ_HOLDS(doc.count > 0 && doc.nodes[0].next == doc.count);
        FUZZ_HOLDS(json_utf8_valid((const char *)data, size));
        check_nodes(&doc, size);
        check_strings(&doc);
        check_written(&doc);
    } else {
        FUZZ_HOLDS(err.code < 0 && err.message[0] != '\0');
        FUZZ_HOLDS(err.line > 0 && err.column > 0 && doc.count == 0);
    }
    json_release(&doc);
    return 0;
}
