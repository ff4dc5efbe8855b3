#include "manifest_header.h"

#include "../templates/shape.h"

static void check_version(const struct shape_run *run, uint32_t node)
{
    /* Already checked: another version's fields would only confuse. */
    (void)run;
    (void)node;
}

static void check_market(const struct shape_run *run, uint32_t node)
{
    shape_is(run, node, JSON_STRING);
}

static void check_timeout(const struct shape_run *run, uint32_t node)
{
    enum json_type type = run->doc->nodes[node].type;

    if (type != JSON_STRING && type != JSON_NUMBER)
        shape_expected(run, node, "seconds or a time such as \"30m\"");
}

static void check_params(const struct shape_run *run, uint32_t node)
{
    if (shape_is(run, node, JSON_OBJECT))
        shape_any(run, node);
}

static void check_whole(const struct shape_run *run, uint32_t node, int64_t min)
{
    int64_t value;

    if (shape_is(run, node, JSON_NUMBER) &&
        !json_int(run->doc, node, min, INT64_MAX, &value))
        shape_error(run, node, "expected a whole number from %d", (int)min);
}

static void check_count(const struct shape_run *run, uint32_t node)
{
    check_whole(run, node, 1);
}

static void check_seed(const struct shape_run *run, uint32_t node)
{
    check_whole(run, node, 0);
}

static void check_draw(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("count", SHAPE_OPTIONAL, check_count),
        SHAPE_FIELD("seed", SHAPE_OPTIONAL, check_seed),
    };
    static const struct shape draw = SHAPE_OF(fields);

    shape_object(run, node, &draw);
}

static void check_defaults(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("market", SHAPE_OPTIONAL, check_market),
        SHAPE_FIELD("timeout", SHAPE_OPTIONAL, check_timeout),
        SHAPE_FIELD("params", SHAPE_OPTIONAL, check_params),
        SHAPE_FIELD("draw", SHAPE_OPTIONAL, check_draw),
    };
    static const struct shape defaults = SHAPE_OF(fields);

    shape_object(run, node, &defaults);
}

/* Whether the version is the one that this program reads. */
static bool version_fits(const struct shape_run *run, uint32_t node)
{
    char found[SHAPE_QUOTE_MAX];
    int64_t version;

    if (node == 0)
        return true;
    if (!shape_is(run, node, JSON_NUMBER))
        return false;
    if (json_int(run->doc, node, MANIFEST_HEADER_VERSION,
                 MANIFEST_HEADER_VERSION, &version))
        return true;
    shape_error(run, node,
                "this program reads version %d of manifests, found %s; a "
                "newer nosbatch may read it",
                MANIFEST_HEADER_VERSION, shape_quote(run->doc, node, found));
    return false;
}

bool manifest_header_is(const struct json *doc)
{
    return json_get(doc, 0, "manifest") != 0 ||
           (json_get(doc, 0, "defaults") != 0 &&
            json_get(doc, 0, "definition") == 0);
}

void manifest_header_check(const struct json *doc, struct errs *errs)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("manifest", SHAPE_REQUIRED, check_version),
        SHAPE_FIELD("defaults", SHAPE_OPTIONAL, check_defaults),
    };
    static const struct shape header = SHAPE_OF(fields);
    const struct shape_run run = {.doc = doc, .root = 0, .errs = errs};

    if (version_fits(&run, json_get(doc, 0, "manifest")))
        shape_object(&run, 0, &header);
}
