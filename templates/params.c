#include "params.h"

#include <stdio.h>
#include <string.h>

#include "params_names.h"
#include "params_operator.h"
#include "params_value.h"

#define PREFIX_MAX (PARAMS_NAME_MAX + 16)

void params_init(struct params *params, struct arena *arena, const char *id)
{
    *params = (struct params){.arena = arena, .id = id};
    params->draws = 1;
    params->repeats = 1;
}

static bool read_axis(struct params_source *source, uint32_t node,
                      struct param *param)
{
    uint32_t size = source->doc->nodes[node].size;

    param->kind = PARAM_LIST;
    if (size > 0)
        return params_value_fill(source, json_first(node), size, param);
    params_source_report(source, node, ERR_DATA,
                         "expected at least one value, found an empty list; a "
                         "constant that is one is written {\"value\": []}");
    return false;
}

/* A list is an axis, an object an operator, all else a constant. */
static bool read_param(struct params_source *source, uint32_t node,
                       struct param *param)
{
    switch (source->doc->nodes[node].type) {
    case JSON_ARRAY:
        return read_axis(source, node, param);
    case JSON_OBJECT:
        return params_operator_read(source, node, param);
    default:
        return params_value_fill(source, node, 1, param);
    }
}

void params_set(struct params *params, const char *name, const struct json *doc,
                uint32_t node, const char *file, struct errs *errs)
{
    char prefix[PREFIX_MAX];
    struct params_source source = {params, doc, file, prefix, errs, false};
    size_t len = strlen(name);
    struct param *param;

    snprintf(prefix, sizeof prefix,
             "params.%.*s: ", params_source_cut(name, len, PARAMS_NAME_MAX),
             name);
    int64_t position = params_find(params, name, len);
    if (position >= 0)
        param = &params->items[position];
    else
        param = params_names_add(&source, node, name, len);
    if (!param)
        return;
    *param = (struct param){.name = param->name, .digit = PARAM_NO_DIGIT};
    param->file = file;
    params_source_place(&source, node, &param->line, &param->column);
    if (!read_param(&source, node, param))
        param->count = 0;
}

void params_draw(struct params *params, uint64_t count, uint64_t seed)
{
    params->draw_given = true;
    params->draws = count;
    params->seed = seed;
}

void params_repeat(struct params *params, uint64_t count)
{
    params->repeats = count;
}

static bool is_random(enum param_kind kind)
{
    return kind == PARAM_UNIFORM || kind == PARAM_LOGUNIFORM ||
           kind == PARAM_RANDINT || kind == PARAM_CHOICE;
}

bool params_random(const struct params *params)
{
    for (uint32_t i = 0; i < params->count; i++)
        if (is_random(params->items[i].kind))
            return true;
    return false;
}
