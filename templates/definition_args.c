#include "definition_impl.h"

/* The marker "__remove-if-empty__" is a string like any other here. */
static void check_volume(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("name", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("dest", SHAPE_REQUIRED, shape_string),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_volumes(const struct shape_run *run, uint32_t node)
{
    shape_list(run, node, check_volume);
}

static void check_docker(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("username", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("password", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("email", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("server", SHAPE_OPTIONAL, shape_string),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_authentication(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("docker", SHAPE_OPTIONAL, check_docker),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_policy_name(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"on-failure", NULL};

    shape_one_of(run, node, names);
}

static void check_restart_policy(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("policy", SHAPE_REQUIRED, check_policy_name),
        SHAPE_FIELD("restart_tries", SHAPE_OPTIONAL, shape_number),
    };
    static const struct shape shape = SHAPE_OF(fields);
    static const char *const names[] = {"no", "always", "unless-stopped",
                                        "on-failure", NULL};
    enum json_type type = run->doc->nodes[node].type;

    if (type == JSON_OBJECT)
        shape_object(run, node, &shape);
    else if (type == JSON_STRING)
        shape_one_of(run, node, names);
    else
        shape_expected(run, node,
                       "\"no\", \"always\", \"unless-stopped\", \"on-failure\" "
                       "or an object with \"policy\"");
}

static void check_run(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("image", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("cmd", SHAPE_OPTIONAL, shape_strings),
        SHAPE_FIELD("gpu", SHAPE_OPTIONAL, shape_bool),
        SHAPE_FIELD("env", SHAPE_OPTIONAL, shape_string_map),
        SHAPE_FIELD("expose", SHAPE_OPTIONAL, definition_expose),
        SHAPE_FIELD("resources", SHAPE_OPTIONAL, definition_resources),
        SHAPE_FIELD("entrypoint", SHAPE_OPTIONAL, shape_strings),
        SHAPE_FIELD("work_dir", SHAPE_OPTIONAL, shape_string),
        SHAPE_FIELD("volumes", SHAPE_OPTIONAL, check_volumes),
        SHAPE_FIELD("aliases", SHAPE_OPTIONAL, shape_strings),
        SHAPE_FIELD("private", SHAPE_OPTIONAL, shape_bool),
        SHAPE_FIELD("authentication", SHAPE_OPTIONAL, check_authentication),
        SHAPE_FIELD("restart_policy", SHAPE_OPTIONAL, check_restart_policy),
        SHAPE_FIELD("output", SHAPE_OLD, shape_string),
        SHAPE_FIELD("required_vram", SHAPE_OLD, shape_number),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_create_volume(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("name", SHAPE_REQUIRED, shape_string),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

/*
 * The schema takes either shape of args whatever the operation's type is, so
 * what the keys say comes first; the type decides where they say both things
 * or nothing.
 */
static bool means_volume(const struct json *doc, uint32_t op, uint32_t args)
{
    bool image = json_get(doc, args, "image") != 0;
    bool name = json_get(doc, args, "name") != 0;

    if (image != name)
        return name && doc->nodes[args].size == 1;
    return definition_typed(doc, op, "container/create-volume");
}

void definition_args(const struct shape_run *run, uint32_t op, uint32_t args)
{
    if (!shape_is(run, args, JSON_OBJECT))
        return;
    if (means_volume(run->doc, op, args))
        check_create_volume(run, args);
    else
        check_run(run, args);
}
