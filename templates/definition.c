#include "definition.h"

#include "definition_impl.h"

static void check_version(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"0.1", NULL};

    shape_one_of(run, node, names);
}

static void check_type(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"container", NULL};

    shape_one_of(run, node, names);
}

static void check_ops(const struct shape_run *run, uint32_t node)
{
    shape_list(run, node, definition_op);
}

static void check_meta_scalar(const struct shape_run *run, uint32_t node)
{
    enum json_type type = run->doc->nodes[node].type;

    if (type != JSON_STRING && type != JSON_NUMBER)
        shape_expected(run, node, "a string or a number");
}

static void check_meta_item(const struct shape_run *run, uint32_t node)
{
    enum json_type type = run->doc->nodes[node].type;

    if (type == JSON_ARRAY)
        shape_list(run, node, check_meta_scalar);
    else if (type != JSON_STRING && type != JSON_NUMBER)
        shape_expected(run, node,
                       "a string, a number or a list of them (an object in "
                       "\"meta\" has one level)");
}

/* A member of meta; its key is the node before it. */
static void check_meta_value(const struct shape_run *run, uint32_t node)
{
    enum json_type type = run->doc->nodes[node].type;

    if (json_equals(run->doc, node - 1, "trigger"))
        shape_string(run, node);
    else if (json_equals(run->doc, node - 1, "system_resources"))
        shape_map(run, node, check_meta_scalar);
    else if (type == JSON_OBJECT)
        shape_map(run, node, check_meta_item);
    else if (type == JSON_ARRAY)
        shape_list(run, node, check_meta_scalar);
    else if (type != JSON_STRING && type != JSON_NUMBER)
        shape_expected(run, node,
                       "a string, a number, a list of them or an object");
}

static void check_meta(const struct shape_run *run, uint32_t node)
{
    shape_map(run, node, check_meta_value);
}

static void check_global(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("image", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("gpu", SHAPE_OPTIONAL, shape_bool),
        SHAPE_FIELD("entrypoint", SHAPE_OPTIONAL, shape_strings),
        SHAPE_FIELD("env", SHAPE_OPTIONAL, shape_string_map),
        SHAPE_FIELD("work_dir", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("variables", SHAPE_OPTIONAL, shape_string_map),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_logistics_type(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"api", "api-listen", NULL};

    shape_one_of(run, node, names);
}

static void check_logistics_args(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("endpoint", SHAPE_OPTIONAL, shape_string),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_logistics_way(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("type", SHAPE_REQUIRED, check_logistics_type),
        SHAPE_FIELD("args", SHAPE_REQUIRED, check_logistics_args),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_logistics(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("send", SHAPE_REQUIRED, check_logistics_way),
        SHAPE_FIELD("receive", SHAPE_REQUIRED, check_logistics_way),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_ssh(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("public_keys", SHAPE_OPTIONAL, shape_string_list),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_top(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("version", SHAPE_REQUIRED, check_version),
        SHAPE_FIELD("type", SHAPE_REQUIRED, check_type),
        SHAPE_FIELD("ops", SHAPE_REQUIRED, check_ops),
        SHAPE_FIELD("meta", SHAPE_OPTIONAL, check_meta),
        SHAPE_FIELD("global", SHAPE_OPTIONAL, check_global),
        SHAPE_FIELD("logistics", SHAPE_OPTIONAL, check_logistics),
        SHAPE_FIELD("deployment_id", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("ssh", SHAPE_NEWEST, check_ssh),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void refuse_equal_ids(const struct shape_run *run,
                             const struct opindex *index)
{
    char quoted[SHAPE_QUOTE_MAX];

    for (uint32_t i = 1; i < index->count; i++)
        if (opindex_repeats(index, i))
            shape_error(
                run, index->entries[i].id_node,
                "the id \"%s\" is taken by an earlier operation",
                shape_quote(run->doc, index->entries[i].id_node, quoted));
}

void definition_check(const struct json *doc, uint32_t node,
                      enum definition_schema schema, struct errs *errs)
{
    const struct shape_run run = {doc, node, schema == DEFINITION_STRICT, errs};
    unsigned errors = errs->errors;
    struct err err = ERR_INIT;
    struct opindex index;

    check_top(&run, node);
    if (!definition_has(doc, node, "ops"))
        return;
    uint32_t ops = json_get(doc, node, "ops");
    if (doc->nodes[ops].type != JSON_ARRAY)
        return;
    if (opindex_init(&index, doc, ops, &err) < 0) {
        errs_add(errs, &err);
    } else {
        refuse_equal_ids(&run, &index);
        /* A host sees no definition that the schema refuses. */
        if (errs->errors == errors)
            definition_host(&run, node, &index);
    }
    opindex_release(&index);
}
