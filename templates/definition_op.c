#include <string.h>

#include "definition_impl.h"
#include "json_text.h"

bool definition_has(const struct json *doc, uint32_t node, const char *name)
{
    return doc->nodes[node].type == JSON_OBJECT && json_get(doc, node, name);
}

bool definition_typed(const struct json *doc, uint32_t object, const char *type)
{
    uint32_t value = json_get(doc, object, "type");

    return value != 0 && doc->nodes[value].type == JSON_STRING &&
           json_equals(doc, value, type);
}

static bool holds_space(const char *raw, size_t len)
{
    const char *end = raw + len;

    if (!memchr(raw, '\\', len))
        return memchr(raw, ' ', len) != NULL;
    while (raw < end)
        if (json_text_next(&raw, end) == ' ')
            return true;
    return false;
}

static void check_id(const struct shape_run *run, uint32_t node)
{
    const struct json_node *id = &run->doc->nodes[node];
    char quoted[SHAPE_QUOTE_MAX];

    if (!shape_is(run, node, JSON_STRING))
        return;
    if (holds_space(run->doc->text + id->start, id->len))
        shape_error(run, node, "expected an id without spaces, found \"%s\"",
                    shape_quote(run->doc, node, quoted));
}

static void check_type(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"container/run",
                                        "container/create-volume", NULL};

    shape_one_of(run, node, names);
}

static void check_log_type(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"stdin", "stdout", "stderr", "nodeerr",
                                        NULL};

    shape_one_of(run, node, names);
}

#define LOG_TYPES_MAX 4

static bool same_string(const struct json *doc, uint32_t a, uint32_t b)
{
    const struct json_node *x = &doc->nodes[a];
    const struct json_node *y = &doc->nodes[b];

    return x->type == JSON_STRING && y->type == JSON_STRING &&
           json_text_compare(doc->text + x->start, x->len, doc->text + y->start,
                             y->len) == 0;
}

static void check_log_types(const struct shape_run *run, uint32_t node)
{
    uint32_t size = run->doc->nodes[node].size;
    uint32_t items[LOG_TYPES_MAX];
    uint32_t at = json_first(node);
    char quoted[SHAPE_QUOTE_MAX];

    if (!shape_is(run, node, JSON_ARRAY))
        return;
    if (size < 1 || size > LOG_TYPES_MAX) {
        shape_error(run, node, "expected 1 to %d log types, found %u",
                    LOG_TYPES_MAX, (unsigned)size);
        return;
    }
    for (uint32_t i = 0; i < size; i++, at = json_next(run->doc, at)) {
        check_log_type(run, at);
        for (uint32_t j = 0; j < i; j++)
            if (same_string(run->doc, items[j], at))
                shape_error(run, at, "\"%s\" is listed twice",
                            shape_quote(run->doc, at, quoted));
        items[i] = at;
    }
}

static void check_result(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("regex", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("logType", SHAPE_REQUIRED, check_log_types),
    };
    static const struct shape shape = SHAPE_OF(fields);
    enum json_type type = run->doc->nodes[node].type;

    if (type == JSON_OBJECT)
        shape_object(run, node, &shape);
    else if (type != JSON_STRING)
        shape_expected(run, node,
                       "a regular expression (a string) or an "
                       "object with \"regex\" and \"logType\"");
}

static void check_results(const struct shape_run *run, uint32_t node)
{
    shape_map(run, node, check_result);
}

static void check_execution(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("group", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("depends_on", SHAPE_OPTIONAL, shape_string_list),
        SHAPE_FIELD("stop_if_dependent_stops", SHAPE_OPTIONAL, shape_bool),
        SHAPE_FIELD("timeout", SHAPE_NEWEST, shape_number),
    };
    static const struct shape shape = SHAPE_OF(fields);
    const char *stop = "stop_if_dependent_stops";

    shape_object(run, node, &shape);
    if (run->strict && definition_has(run->doc, node, stop) &&
        !definition_has(run->doc, node, "depends_on"))
        shape_error(run, json_get(run->doc, node, stop) - 1,
                    "\"%s\" needs \"depends_on\" beside it", stop);
}

/* args are checked once the operation's type is known. */
static void check_later(const struct shape_run *run, uint32_t node)
{
    (void)run;
    (void)node;
}

void definition_op(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("type", SHAPE_REQUIRED, check_type),
        SHAPE_FIELD("id", SHAPE_REQUIRED, check_id),
        SHAPE_FIELD("args", SHAPE_REQUIRED, check_later),
        SHAPE_FIELD("results", SHAPE_OPTIONAL, check_results),
        SHAPE_FIELD("execution", SHAPE_OPTIONAL, check_execution),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
    if (definition_has(run->doc, node, "args"))
        definition_args(run, node, json_get(run->doc, node, "args"));
}
