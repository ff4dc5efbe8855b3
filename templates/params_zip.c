/* Groups of axes that advance together. */
#include "nearest.h"
#include "params_axis.h"
#include "params_source.h"

#define HINT_MAX 128

static void report_unknown(const struct params_source *source, uint32_t node)
{
    const struct json_node *name = &source->doc->nodes[node];
    const struct params *params = source->params;
    struct nearest search;
    char hint[HINT_MAX];
    const char *shown;
    int len = params_source_shown(source, node, &shown);

    nearest_begin(&search, source->doc->text + name->start, name->len);
    for (uint32_t i = 0; i < params->count; i++)
        nearest_offer(&search, params->items[i].name);
    params_source_report(source, node, ERR_DATA, "unknown parameter %.*s%s",
                         len, shown, nearest_hint(&search, hint, sizeof hint));
}

/* The axis that the string at node names, or NULL, which is reported. */
static struct param *find_axis(const struct params_source *source,
                               uint32_t node)
{
    const struct json_node *name = &source->doc->nodes[node];
    struct params *params = source->params;

    if (name->type != JSON_STRING) {
        params_source_report(source, node, ERR_DATA,
                             "expected the name of a parameter, found %s",
                             json_type_name(name->type));
        return NULL;
    }
    struct buf text;
    buf_init(&text, name->len + 1);
    bool read = params_source_string(source, node, &text);
    int64_t position = params_find(params, buf_str(&text), text.len);
    buf_release(&text);
    if (!read || position < 0) {
        if (read)
            report_unknown(source, node);
        return NULL;
    }
    struct param *param = &params->items[position];
    if (params_axis_is(param->kind))
        return param;
    if (param->count > 0)
        params_source_report(source, node, ERR_DATA,
                             "expected an axis (a list, range, linspace or "
                             "logspace), found \"%s\", which is none",
                             param->name);
    return NULL;
}

static void add_member(const struct params_source *source, uint32_t node,
                       const struct param **first)
{
    struct param *param = find_axis(source, node);

    if (!param)
        return;
    if (param->group != 0) {
        params_source_report(source, node, ERR_DATA,
                             "\"%s\" is named twice, expected once",
                             param->name);
        return;
    }
    param->group = source->params->groups;
    if (param->count == 0)
        return;
    if (!*first)
        *first = param;
    else if (param->count != (*first)->count)
        params_source_report(source, node, ERR_DATA,
                             "expected as many values of \"%s\" as of \"%s\", "
                             "found %llu and %llu",
                             param->name, (*first)->name,
                             (unsigned long long)param->count,
                             (unsigned long long)(*first)->count);
}

static void add_group(const struct params_source *source, uint32_t node)
{
    const struct json_node *group = &source->doc->nodes[node];
    const struct param *first = NULL;
    uint32_t member = json_first(node);

    if (group->type != JSON_ARRAY || group->size < 2) {
        params_source_report(source, node, ERR_DATA,
                             "expected groups of at least two names, as in "
                             "[[\"lr\", \"wd\"]], found %s",
                             group->type != JSON_ARRAY
                                 ? json_type_name(group->type)
                             : group->size == 0 ? "an empty group"
                                                : "a group of one");
        return;
    }
    source->params->groups++;
    for (uint32_t i = 0; i < group->size; i++) {
        add_member(source, member, &first);
        member = json_next(source->doc, member);
    }
}

void params_zip(struct params *params, const struct json *doc, uint32_t node,
                struct errs *errs)
{
    struct params_source source = {params, doc, NULL, "zip: ", errs, false};
    uint32_t group = json_first(node);

    if (doc->nodes[node].type != JSON_ARRAY) {
        params_source_report(&source, node, ERR_DATA,
                             "expected a list of groups, as in "
                             "[[\"lr\", \"wd\"]], found %s",
                             json_type_name(doc->nodes[node].type));
        return;
    }
    for (uint32_t i = 0; i < doc->nodes[node].size; i++) {
        add_group(&source, group);
        group = json_next(doc, group);
    }
}
