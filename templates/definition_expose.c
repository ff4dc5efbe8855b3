#include <stdlib.h>
#include <string.h>

#include "definition_impl.h"
#include "literal.h"

#define FEW_PORTS 32

/* The ports that an element of expose takes, both ends included. */
struct ports {
    double from, to;
    uint32_t node; /* where they are written */
};

/* Digits up to end or a stop character; false where there are none. */
static bool read_digits(const char **at, const char *end, double *out)
{
    const char *start = *at;

    *out = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
        *out = *out * 10 + (**at - '0');
    return *at > start;
}

/* "a-b", as older validators take it: /^([0-9]+)-([0-9]+)$/. */
static bool read_range(const struct json *doc, uint32_t node, struct ports *out)
{
    const char *at = doc->text + doc->nodes[node].start;
    const char *end = at + doc->nodes[node].len;

    out->node = node;
    return read_digits(&at, end, &out->from) && at < end && *at++ == '-' &&
           read_digits(&at, end, &out->to) && at == end;
}

static bool is_literal(const struct json *doc, uint32_t node)
{
    const struct json_node *value = &doc->nodes[node];

    return literal_whole(doc->text + value->start, value->len);
}

/* A string where a port is meant, known to be no literal. */
static void check_port_string(const struct shape_run *run, uint32_t node)
{
    const struct json_node *value = &run->doc->nodes[node];
    const char *at = run->doc->text + value->start;
    char quoted[SHAPE_QUOTE_MAX];
    struct ports range;
    double number;

    shape_quote(run->doc, node, quoted);
    if (read_range(run->doc, node, &range)) {
        if (run->strict)
            shape_error(run, node,
                        "expected a number, found the range \"%s\", which "
                        "only older validators know",
                        quoted);
        else if (range.from >= range.to)
            shape_error(run, node,
                        "expected a range from a lower to a higher port, "
                        "found \"%s\"",
                        quoted);
        else
            shape_warning(run, node,
                          "the range \"%s\" is known to older validators "
                          "only; newer hosts and services may reject it",
                          quoted);
    } else if (read_digits(&at, at + value->len, &number) &&
               at == run->doc->text + value->start + value->len) {
        shape_error(run, node,
                    "expected a number, found a string (write %s without "
                    "quotes)",
                    quoted);
    } else {
        shape_error(run, node,
                    "expected a number, found a string (a literal looks like "
                    "\"%%%%ops.ID.results.NAME%%%%\")");
    }
}

static void check_port(const struct shape_run *run, uint32_t node)
{
    if (run->doc->nodes[node].type == JSON_STRING)
        check_port_string(run, node);
    else
        shape_number(run, node);
}

static void check_service(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"api",    "web",  "websocket",
                                        "webapi", "none", NULL};

    shape_one_of(run, node, names);
}

static void check_health_type(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"http", "websocket", NULL};

    shape_one_of(run, node, names);
}

static void check_method(const struct shape_run *run, uint32_t node)
{
    static const char *const names[] = {"GET", "POST", "PUT", "DELETE", NULL};

    shape_one_of(run, node, names);
}

static void check_http(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("type", SHAPE_REQUIRED, check_health_type),
        SHAPE_FIELD("path", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("method", SHAPE_REQUIRED, check_method),
        SHAPE_FIELD("expected_status", SHAPE_REQUIRED, shape_number),
        SHAPE_FIELD("continuous", SHAPE_REQUIRED, shape_bool),
        SHAPE_FIELD("headers", SHAPE_OPTIONAL, shape_string_map),
        SHAPE_FIELD("body", SHAPE_OPTIONAL, shape_any),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_websocket(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("type", SHAPE_REQUIRED, check_health_type),
        SHAPE_FIELD("expected_response", SHAPE_REQUIRED, shape_string),
        SHAPE_FIELD("continuous", SHAPE_REQUIRED, shape_bool),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

/* By its type; where that is missing or wrong, by what else it holds. */
static void check_health(const struct shape_run *run, uint32_t node)
{
    if (!shape_is(run, node, JSON_OBJECT))
        return;
    if (definition_typed(run->doc, node, "websocket"))
        check_websocket(run, node);
    else if (definition_typed(run->doc, node, "http"))
        check_http(run, node);
    else if (json_get(run->doc, node, "expected_response"))
        check_websocket(run, node);
    else
        check_http(run, node);
}

static void check_health_list(const struct shape_run *run, uint32_t node)
{
    shape_list(run, node, check_health);
}

static void check_literal(const struct shape_run *run, uint32_t node)
{
    char quoted[SHAPE_QUOTE_MAX];

    if (!shape_is(run, node, JSON_STRING) || is_literal(run->doc, node))
        return;
    shape_error(run, node,
                "expected a literal like \"%%%%ops.ID.results.NAME%%%%\", "
                "found \"%s\"",
                shape_quote(run->doc, node, quoted));
}

void definition_spread(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("__spread__", SHAPE_REQUIRED, check_literal),
        SHAPE_FIELD("chunked", SHAPE_NEWEST, shape_bool),
    };
    static const struct shape shape = SHAPE_OF(fields);

    shape_object(run, node, &shape);
}

static void check_exposed(const struct shape_run *run, uint32_t node)
{
    static const struct shape_field fields[] = {
        SHAPE_FIELD("port", SHAPE_REQUIRED, check_port),
        SHAPE_FIELD("type", SHAPE_OPTIONAL, check_service),
        SHAPE_FIELD("health_checks", SHAPE_OPTIONAL, check_health_list),
    };
    static const struct shape shape = SHAPE_OF(fields);

    if (json_get(run->doc, node, "__spread__"))
        definition_spread(run, node);
    else
        shape_object(run, node, &shape);
}

static void check_element(const struct shape_run *run, uint32_t node)
{
    enum json_type type = run->doc->nodes[node].type;

    if (type == JSON_OBJECT)
        check_exposed(run, node);
    else if (type == JSON_STRING && !is_literal(run->doc, node))
        check_port_string(run, node);
    else if (type != JSON_STRING && type != JSON_NUMBER)
        shape_expected(run, node, "a port or an object with \"port\"");
}

/* What an element takes; false where that is not known or not valid. */
static bool read_ports(const struct json *doc, uint32_t node, struct ports *out)
{
    if (doc->nodes[node].type == JSON_OBJECT) {
        if (json_get(doc, node, "__spread__"))
            return false;
        node = json_get(doc, node, "port");
        if (node == 0)
            return false;
    }
    if (doc->nodes[node].type == JSON_NUMBER) {
        out->node = node;
        out->from = out->to = json_double(doc, node);
        return true;
    }
    return doc->nodes[node].type == JSON_STRING && read_range(doc, node, out);
}

static int by_port(const void *left, const void *right)
{
    const struct ports *a = left;
    const struct ports *b = right;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

/* Sorted by their lower ends, each is compared with the highest so far. */
static void refuse_overlaps(const struct shape_run *run, struct ports *ports,
                            uint32_t count)
{
    uint32_t high = 0;

    if (count < 2)
        return;
    qsort(ports, count, sizeof *ports, by_port);
    for (uint32_t i = 1; i < count; i++) {
        uint32_t a = ports[high].node;
        uint32_t b = ports[i].node;
        if (ports[i].from <= ports[high].to)
            shape_error(run, a > b ? a : b, "port %.17g is exposed twice",
                        ports[i].from);
        if (ports[i].to > ports[high].to)
            high = i;
    }
}

static void check_overlaps(const struct shape_run *run, uint32_t list)
{
    uint32_t size = run->doc->nodes[list].size;
    uint32_t at = json_first(list);
    struct ports few[FEW_PORTS];
    struct ports *ports = few;
    struct err err = ERR_INIT;
    uint32_t count = 0;

    if (size > FEW_PORTS) {
        ports = malloc(size * sizeof *ports);
        if (!ports) {
            err_set(&err, ERR_MEMORY, "out of memory for %u ports",
                    (unsigned)size);
            errs_add(run->errs, &err);
            return;
        }
    }
    for (uint32_t i = 0; i < size; i++) {
        count += read_ports(run->doc, at, &ports[count]);
        at = json_next(run->doc, at);
    }
    refuse_overlaps(run, ports, count);
    if (ports != few)
        free(ports);
}

void definition_expose(const struct shape_run *run, uint32_t node)
{
    enum json_type type = run->doc->nodes[node].type;

    if (type == JSON_ARRAY) {
        shape_list(run, node, check_element);
        check_overlaps(run, node);
    } else if (type == JSON_TRUE || type == JSON_FALSE || type == JSON_NULL) {
        shape_expected(run, node, "a port, an object with \"port\" or a list");
    } else {
        check_element(run, node);
    }
}
