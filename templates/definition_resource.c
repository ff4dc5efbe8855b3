#include "definition_impl.h"

static void check_type(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"S3", "HF", "Ollama", NULL};

    shape_one_of(run, node, names);
}

static void check_iam(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("REGION", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("ACCESS_KEY_ID", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("SECRET_ACCESS_KEY", SHAPE_REQUIRED, shape_string),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_bucket(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("url", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("files", SHAPE_OPTIONAL, shape_string_list),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_buckets(const struct shape_run *run, uint32_t node)
{
    shape_list(run, node, check_bucket);
}

/* The schema has three kinds of S3 resources that exclude each other. */
static void refuse_pair(const struct shape_run *run, uint32_t node,
                        const char *name, const char *other)
{
    uint32_t value = json_get(run->doc, node, other);

    if (value != 0 && json_get(run->doc, node, name) != 0)
        shape_error(run, value - 1, "\"%s\" cannot stand beside \"%s\"", other,
                    name);
}

static void check_s3(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("type", SHAPE_REQUIRED, check_type),
        SHAPE_FIELD("target", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("url", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("bucket", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("buckets", SHAPE_OPTIONAL, check_buckets),
        SHAPE_FIELD("files", SHAPE_OPTIONAL, shape_string_list),
        SHAPE_FIELD("allowWrite", SHAPE_OPTIONAL, shape_bool),
        SHAPE_FIELD("IAM", SHAPE_OPTIONAL, check_iam),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
    refuse_pair(run, node, "bucket", "buckets");
    refuse_pair(run, node, "bucket", "files");
    refuse_pair(run, node, "buckets", "files");
}

static void check_hf(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("type", SHAPE_REQUIRED, check_type),
        SHAPE_FIELD("target", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("repo", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("revision", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("files", SHAPE_OPTIONAL, shape_string_list),
        SHAPE_FIELD("accessToken", SHAPE_OPTIONAL, shape_string),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_ollama(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("type", SHAPE_REQUIRED, check_type),
        SHAPE_FIELD("model", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("target", SHAPE_OPTIONAL, shape_string),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

/* A wrong or missing type: the keys tell which resource is meant. */
static void check_by_keys(const struct shape_run *run, uint32_t node)
{
    if (json_get(run->doc, node, "repo"))
        check_hf(run, node);
    else if (json_get(run->doc, node, "model"))
        check_ollama(run, node);
    else
        check_s3(run, node);
}

static void check_object(const struct shape_run *run, uint32_t node)
{
    if (json_get(run->doc, node, "__spread__"))
        definition_spread(run, node);
    else if (definition_typed(run->doc, node, "S3"))
        check_s3(run, node);
    else if (definition_typed(run->doc, node, "HF"))
        check_hf(run, node);
    else if (definition_typed(run->doc, node, "Ollama"))
        check_ollama(run, node);
    else
        check_by_keys(run, node);
}

static void check_resource(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"__remove-if-empty__", NULL};
    enum json_type type = run->doc->nodes[node].type;

    if (type == JSON_OBJECT)
        check_object(run, node);
    else if (type == JSON_STRING)
        shape_one_of(run, node, names);
    else
        shape_expected(run, node, "an object that describes a resource");
}

void definition_resources(const struct shape_run *run, uint32_t node)
{
    shape_list(run, node, check_resource);
}
