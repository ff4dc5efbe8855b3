#include "fields.h"

#include <string.h>

bool fields_body(struct sandbox *sb, struct call *call)
{
    static const char json_type[] = "application/json";
    struct err err;

    if (!call->content_type ||
        strncmp(call->content_type, json_type, sizeof json_type - 1) != 0) {
        call_message(call, 400, "expected Content-Type: application/json");
        return false;
    }
    if (json_parse(&sb->doc, buf_str(&call->body), call->body.len, &err) < 0) {
        call_message(call, 400, "the body is no JSON: line %u, column %u: %s",
                     (unsigned)err.line, (unsigned)err.column, err.message);
        return false;
    }
    if (sb->doc.nodes[0].type == JSON_OBJECT)
        return true;
    call_message(call, 400, "$: expected an object, found %s",
                 json_type_name(sb->doc.nodes[0].type));
    return false;
}

static const char *wanted(enum fields_kind kind)
{
    switch (kind) {
    case FIELDS_CID:
        return "a CIDv0 (\"Qm…\")";
    case FIELDS_ADDRESS:
        return "a base58 address of 32 bytes";
    case FIELDS_SECONDS:
        return "a whole number of seconds from 1 to 2147483647";
    case FIELDS_LIST:
        break;
    }
    return "a list of 1 to 100 elements";
}

/* Texts that need escapes are neither CIDs nor addresses. */
static bool read_value(const struct json *doc, enum fields_kind kind,
                       struct field_value *value)
{
    const struct json_node *node = &doc->nodes[value->node];
    const char *text = doc->text + node->start;

    switch (kind) {
    case FIELDS_CID:
        return node->type == JSON_STRING &&
               cid_parse(text, node->len, value->bytes);
    case FIELDS_ADDRESS:
        return node->type == JSON_STRING &&
               base58_address(text, node->len, value->bytes);
    case FIELDS_SECONDS:
        return node->type == JSON_NUMBER &&
               json_int(doc, value->node, 1, INT32_MAX, &value->number);
    case FIELDS_LIST:
        break;
    }
    return node->type == JSON_ARRAY && node->size >= 1 &&
           node->size <= FIELDS_LIST_MAX;
}

static bool read_member(struct sandbox *sb, struct call *call, uint32_t key,
                        const char *path, const struct field *fields,
                        size_t count, struct field_value *values)
{
    const struct json *doc = &sb->doc;
    const struct json_node *name = &doc->nodes[key];
    size_t i = 0;

    while (i < count && !json_equals(doc, key, fields[i].name))
        i++;
    if (i == count) {
        call_message(call, 400, "%s: unknown field \"%.*s\"", path,
                     (int)name->len, doc->text + name->start);
        return false;
    }
    if (values[i].present) {
        call_message(call, 400, "%s.%s: given twice", path, fields[i].name);
        return false;
    }
    values[i].present = true;
    values[i].node = key + 1;
    if (read_value(doc, fields[i].kind, &values[i]))
        return true;
    call_message(call, 400, "%s.%s: expected %s, found %s", path,
                 fields[i].name, wanted(fields[i].kind),
                 json_type_name(doc->nodes[key + 1].type));
    return false;
}

bool fields_read(struct sandbox *sb, struct call *call, uint32_t node,
                 const char *path, const struct field *fields, size_t count,
                 struct field_value *values)
{
    const struct json *doc = &sb->doc;

    memset(values, 0, count * sizeof *values);
    if (doc->nodes[node].type != JSON_OBJECT) {
        call_message(call, 400, "%s: expected an object, found %s", path,
                     json_type_name(doc->nodes[node].type));
        return false;
    }
    uint32_t key = json_first(node);
    for (uint32_t i = 0; i < doc->nodes[node].size; i++) {
        if (!read_member(sb, call, key, path, fields, count, values))
            return false;
        key = json_next(doc, key + 1);
    }
    for (size_t i = 0; i < count; i++) {
        if (values[i].present || !fields[i].required)
            continue;
        call_message(call, 400, "%s.%s: missing", path, fields[i].name);
        return false;
    }
    return true;
}

bool fields_tail(struct call *call, uint8_t address[32])
{
    size_t len = strcspn(call->tail, "/");

    if (base58_address(call->tail, len, address))
        return true;
    call_message(call, 400, "\"%.*s\" is no job's address", (int)len,
                 call->tail);
    return false;
}
