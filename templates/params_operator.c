#include "params_operator.h"

#include "nearest.h"
#include "params_numeric.h"
#include "params_value.h"

#define HINT_MAX 128

static bool read_value(struct params_source *source, const char *name,
                       uint32_t node, struct param *param)
{
    (void)name;
    return params_value_fill(source, node, 1, param);
}

static bool read_choice(struct params_source *source, const char *name,
                        uint32_t node, struct param *param)
{
    const struct json_node *list = &source->doc->nodes[node];

    if (list->type == JSON_ARRAY && list->size > 0)
        return params_value_fill(source, json_first(node), list->size, param);
    params_source_report(source, node, ERR_DATA,
                         "%s: expected a list of values to choose from, "
                         "found %s",
                         name,
                         list->type == JSON_ARRAY ? "an empty list"
                                                  : json_type_name(list->type));
    return false;
}

static bool read_derive(struct params_source *source, const char *name,
                        uint32_t node, struct param *param)
{
    enum json_type type = source->doc->nodes[node].type;

    if (type == JSON_STRING)
        return params_value_fill(source, node, 1, param);
    params_source_report(source, node, ERR_DATA,
                         "%s: expected a string with placeholders, as in "
                         "\"run-${{ seed }}\", found %s",
                         name, json_type_name(type));
    return false;
}

struct operation {
    const char *name;
    enum param_kind kind;
    bool (*read)(struct params_source *source, const char *name, uint32_t node,
                 struct param *param);
};

static const struct operation operators[] = {
    {"value", PARAM_CONSTANT, read_value},
    {"range", PARAM_RANGE, params_numeric_range},
    {"linspace", PARAM_LINSPACE, params_numeric_space},
    {"logspace", PARAM_LOGSPACE, params_numeric_space},
    {"uniform", PARAM_UNIFORM, params_numeric_between},
    {"loguniform", PARAM_LOGUNIFORM, params_numeric_between},
    {"randint", PARAM_RANDINT, params_numeric_randint},
    {"choice", PARAM_CHOICE, read_choice},
    {"derive", PARAM_DERIVE, read_derive},
};

#define OPERATORS (sizeof operators / sizeof operators[0])

static const struct operation *find(const struct json *doc, uint32_t key)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (json_equals(doc, key, operators[i].name))
            return &operators[i];
    return NULL;
}

static void report_unknown(const struct params_source *source, uint32_t key)
{
    const struct json_node *name = &source->doc->nodes[key];
    struct nearest search;
    char hint[HINT_MAX];
    const char *shown;
    int len = params_source_shown(source, key, &shown);

    nearest_begin(&search, source->doc->text + name->start, name->len);
    for (size_t i = 0; i < OPERATORS; i++)
        nearest_offer(&search, operators[i].name);
    params_source_report(source, key, ERR_DATA,
                         "unknown operator %.*s%s; a constant that is an "
                         "object is written {\"value\": {…}}",
                         len, shown, nearest_hint(&search, hint, sizeof hint));
}

/* Of several members, one that is no operator is the likely mistake. */
static void report_not_one(const struct params_source *source, uint32_t node)
{
    const struct json *doc = source->doc;
    uint32_t size = doc->nodes[node].size;
    uint32_t key = json_first(node);

    for (uint32_t i = 0; i < size; i++, key = json_next(doc, key + 1)) {
        if (!find(doc, key)) {
            report_unknown(source, key);
            return;
        }
    }
    params_source_report(source, node, ERR_DATA,
                         "expected one operator, as in {\"range\": [1, 5]}, "
                         "found %s",
                         size == 0 ? "an empty object; a constant that is one "
                                     "is written {\"value\": {}}"
                                   : "several");
}

bool params_operator_read(struct params_source *source, uint32_t node,
                          struct param *param)
{
    uint32_t key = json_first(node);

    if (source->doc->nodes[node].size != 1) {
        report_not_one(source, node);
        return false;
    }
    const struct operation *found = find(source->doc, key);
    if (!found) {
        report_unknown(source, key);
        return false;
    }
    param->kind = found->kind;
    return found->read(source, found->name, key + 1, param);
}
