#include "params_names.h"

#include <string.h>

#define FIRST_CAP 16

/* Names that mean something else to expressions and templates. */
static const char *const reserved[] = {
    "state", "market", "cost", "name", "id", "at", "age", "repeat", "draw"};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool name_grammar(const char *name, size_t len)
{
    if (len == 0 || len > PARAMS_NAME_MAX || !is_letter(name[0]))
        return false;
    for (size_t i = 1; i < len; i++)
        if (!is_letter(name[i]) && (name[i] < '0' || name[i] > '9'))
            return false;
    return true;
}

bool params_name_reserved(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strlen(reserved[i]) == len && memcmp(reserved[i], name, len) == 0)
            return true;
    return false;
}

bool params_name_valid(const char *name, size_t len)
{
    return name_grammar(name, len) && !params_name_reserved(name, len);
}

/* Where in by_name the name stands, or would; *found says which. */
static uint32_t search(const struct params *params, const char *name,
                       size_t len, bool *found)
{
    uint32_t low = 0;
    uint32_t high = params->count;

    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const char *other = params->items[params->by_name[middle]].name;
        int order = strncmp(other, name, len);
        if (order == 0)
            order = other[len] != '\0';
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t params_find(const struct params *params, const char *name, size_t len)
{
    bool found;
    uint32_t at = search(params, name, len, &found);

    /* A NUL inside name would end the comparison early. */
    if (!found || memchr(name, '\0', len))
        return -1;
    return params->by_name[at];
}

static bool grow(struct params *params)
{
    uint32_t cap = params->cap ? params->cap * 2 : FIRST_CAP;

    if (params->count < params->cap)
        return true;
    struct param *items = arena_array(params->arena, cap, sizeof *items);
    uint32_t *by_name = arena_array(params->arena, cap, sizeof *by_name);
    if (!items || !by_name)
        return false;
    if (params->count > 0) {
        memcpy(items, params->items, params->count * sizeof *items);
        memcpy(by_name, params->by_name, params->count * sizeof *by_name);
    }
    params->items = items;
    params->by_name = by_name;
    params->cap = cap;
    return true;
}

static bool may_be_added(const struct params_source *source, uint32_t node,
                         const char *name, size_t len)
{
    struct params *params = source->params;
    int shown = params_source_cut(name, len, PARAMS_NAME_MAX);

    if (!name_grammar(name, len)) {
        params_source_report(source, node, ERR_DATA,
                             "expected a parameter's name (a letter or \"_\", "
                             "then letters, digits and \"_\", at most %d), "
                             "found \"%.*s\"",
                             PARAMS_NAME_MAX, shown, name);
        return false;
    }
    if (params_name_reserved(name, len)) {
        params_source_report(source, node, ERR_DATA,
                             "\"%.*s\" is reserved, as every job has a field "
                             "of that name; choose another",
                             shown, name);
        return false;
    }
    if (params->count < PARAMS_COUNT_MAX)
        return true;
    if (!params->overfull)
        params_source_report(source, node, ERR_LIMIT,
                             "expected at most %d parameters in an entry, "
                             "found more",
                             PARAMS_COUNT_MAX);
    params->overfull = true;
    return false;
}

struct param *params_names_add(const struct params_source *source,
                               uint32_t node, const char *name, size_t len)
{
    struct params *params = source->params;
    bool found;

    if (!may_be_added(source, node, name, len))
        return NULL;
    char *copy = arena_copy(params->arena, name, len);
    if (!copy || !grow(params)) {
        params_source_report_arena(source, node);
        return NULL;
    }
    uint32_t at = search(params, name, len, &found);
    memmove(params->by_name + at + 1, params->by_name + at,
            (params->count - at) * sizeof *params->by_name);
    params->by_name[at] = params->count;
    struct param *param = &params->items[params->count++];
    param->name = copy;
    param->kind = PARAM_CONSTANT;
    param->digit = PARAM_NO_DIGIT;
    return param;
}
