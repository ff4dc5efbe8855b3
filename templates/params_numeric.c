#include "params_numeric.h"

#include "params_axis.h"
#include "params_space.h"
#include "params_value.h"

#define ARGUMENTS_MAX 3
#define VALUES_MAX    PARAMS_INTEGER_MAX /* of a linspace: exact as doubles */

/* What a list of numbers must be; and the numbers, once they are read. */
struct arguments {
    const char *usage;
    uint32_t least, most;
    uint32_t count;
    uint32_t nodes[ARGUMENTS_MAX];
};

static void report_found(const struct params_source *source, const char *name,
                         const char *expected, uint32_t node)
{
    const char *shown;
    int len = params_source_shown(source, node, &shown);

    params_source_report(source, node, ERR_DATA, "%s: expected %s, found %.*s",
                         name, expected, len, shown);
}

static bool read_numbers(const struct params_source *source, const char *name,
                         uint32_t node, struct arguments *out)
{
    const struct json_node *list = &source->doc->nodes[node];
    uint32_t at = json_first(node);

    if (list->type != JSON_ARRAY) {
        params_source_report(source, node, ERR_DATA,
                             "%s: expected %s, found %s", name, out->usage,
                             json_type_name(list->type));
        return false;
    }
    out->count = list->size;
    if (out->count < out->least || out->count > out->most) {
        params_source_report(source, node, ERR_DATA,
                             "%s: expected %s, found a list of %u", name,
                             out->usage, out->count);
        return false;
    }
    for (uint32_t i = 0; i < out->count; i++) {
        enum json_type type = source->doc->nodes[at].type;
        if (type != JSON_NUMBER) {
            params_source_report(source, at, ERR_DATA,
                                 "%s: expected numbers in %s, found %s", name,
                                 out->usage, json_type_name(type));
            return false;
        }
        out->nodes[i] = at;
        at = json_next(source->doc, at);
    }
    return true;
}

static bool read_decimal(const struct params_source *source, const char *name,
                         uint32_t node, struct decimal *out)
{
    const struct json_node *number = &source->doc->nodes[node];
    struct err err = ERR_INIT;

    if (decimal_parse(out, source->doc->text + number->start, number->len,
                      &err) == 0)
        return true;
    params_source_report(source, node, (enum err_code)err.code, "%s: %s", name,
                         err.message);
    return false;
}

/* Values that become equal would silently be fewer jobs than were asked for. */
static bool refuse_collapse(const struct params_source *source,
                            const char *name, uint32_t node,
                            const struct param *param)
{
    if (param->count < 2 || !params_axis_collapses(param))
        return true;
    params_source_report(source, node, ERR_DATA,
                         "%s: some of its values would be equal once they are "
                         "numbers of %s digits: expected values further apart",
                         name, param->kind == PARAM_RANGE ? "16" : "12");
    return false;
}

bool params_numeric_range(struct params_source *source, const char *name,
                          uint32_t node, struct param *param)
{
    struct arguments in = {
        "[from, to] or [from, to, step]", 2, 3, 0, {0, 0, 0}};
    struct err err = ERR_INIT;

    param->step = (struct decimal){1, 0};
    if (!read_numbers(source, name, node, &in) ||
        !read_decimal(source, name, in.nodes[0], &param->from) ||
        !read_decimal(source, name, in.nodes[1], &param->to))
        return false;
    if (in.count == 3 && !read_decimal(source, name, in.nodes[2], &param->step))
        return false;
    if (decimal_range_count(&param->from, &param->to, &param->step,
                            &param->count, &err) < 0) {
        params_source_report(source, node, (enum err_code)err.code, "%s: %s",
                             name, err.message);
        return false;
    }
    return refuse_collapse(source, name, node, param);
}

/* The two ends as doubles and as written. */
static bool read_ends(struct params_source *source, const char *name,
                      const struct arguments *in, struct param *param)
{
    struct buf text;
    bool ok;

    param->low = json_double(source->doc, in->nodes[0]);
    param->high = json_double(source->doc, in->nodes[1]);
    for (int i = 0; params_space_log(param->kind) && i < 2; i++) {
        if ((i == 0 ? param->low : param->high) > 0)
            continue;
        report_found(source, name, "ends above 0, as it goes by logarithms",
                     in->nodes[i]);
        return false;
    }
    if (!params_space_init(param)) {
        report_found(source, name, "ends less than 1.8e308 apart",
                     in->nodes[1]);
        return false;
    }
    buf_init(&text, source->params->arena->max_bytes);
    ok = params_value_copy(source, in->nodes[0], &text, &param->ends[0]) &&
         params_value_copy(source, in->nodes[1], &text, &param->ends[1]);
    buf_release(&text);
    return ok;
}

bool params_numeric_space(struct params_source *source, const char *name,
                          uint32_t node, struct param *param)
{
    struct arguments in = {"[from, to, num]", 3, 3, 0, {0, 0, 0}};
    int64_t count;

    if (!read_numbers(source, name, node, &in) ||
        !read_ends(source, name, &in, param))
        return false;
    if (!json_int(source->doc, in.nodes[2], 1, VALUES_MAX, &count)) {
        report_found(source, name, "a whole number from 1 to 2^53 as num",
                     in.nodes[2]);
        return false;
    }
    param->count = (uint64_t)count;
    if (count == 1 && (param->low < param->high || param->low > param->high)) {
        report_found(source, name, "num of at least 2, as both ends are values",
                     in.nodes[2]);
        return false;
    }
    /* Equal ends are meant: useful in a zip, else params_finish warns. */
    return !(param->low < param->high || param->low > param->high) ||
           refuse_collapse(source, name, node, param);
}

bool params_numeric_between(struct params_source *source, const char *name,
                            uint32_t node, struct param *param)
{
    struct arguments in = {"[min, max]", 2, 2, 0, {0, 0, 0}};

    if (!read_numbers(source, name, node, &in) ||
        !read_ends(source, name, &in, param))
        return false;
    param->count = 1;
    if (param->low > param->high) {
        report_found(source, name, "[min, max] with min at most max", node);
        return false;
    }
    double middle = params_space_at(param, 0.5);
    if (param->low < param->high &&
        !(middle > param->low && middle < param->high)) {
        report_found(source, name,
                     "ends further apart, as numbers of 12 digits are drawn",
                     node);
        return false;
    }
    return true;
}

static bool read_integer(const struct params_source *source, const char *name,
                         uint32_t node, struct decimal *out)
{
    int64_t value;

    if (!json_int(source->doc, node, -PARAMS_INTEGER_MAX, PARAMS_INTEGER_MAX,
                  &value)) {
        report_found(source, name, "whole numbers from -2^53 to 2^53", node);
        return false;
    }
    *out = (struct decimal){value, 0};
    return true;
}

bool params_numeric_randint(struct params_source *source, const char *name,
                            uint32_t node, struct param *param)
{
    struct arguments in = {"[min, max]", 2, 2, 0, {0, 0, 0}};

    if (!read_numbers(source, name, node, &in) ||
        !read_integer(source, name, in.nodes[0], &param->from) ||
        !read_integer(source, name, in.nodes[1], &param->to))
        return false;
    if (param->from.digits > param->to.digits) {
        report_found(source, name, "[min, max] with min at most max", node);
        return false;
    }
    param->count = (uint64_t)(param->to.digits - param->from.digits) + 1;
    return true;
}
