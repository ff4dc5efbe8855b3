#include "params_value.h"

#include <string.h>

#include "number.h"

/* A seed of twenty digits would silently become another one. */
static void warn_of_rounding(struct params_source *source, uint32_t node,
                             const struct value *value)
{
    const struct json_node *at = &source->doc->nodes[node];
    const char *text = source->doc->text + at->start;

    if (source->rounding_told || memchr(text, '.', at->len) ||
        memchr(text, 'e', at->len) || memchr(text, 'E', at->len) ||
        number_exact(text, at->len))
        return;
    source->rounding_told = true;
    int len = params_source_shown(source, node, &text);
    params_source_report(source, node, ERR_WARNING,
                         "%.*s is more than a JSON number can hold and "
                         "becomes %s; write it as a string to keep its digits",
                         len, text, value->json);
}

bool params_value_copy(struct params_source *source, uint32_t node,
                       struct buf *text, struct value *out)
{
    struct err err = ERR_INIT;

    buf_clear(text);
    json_write(source->doc, node, text);
    if (buf_error(text, "a parameter's value", &err) < 0) {
        params_source_report(source, node, (enum err_code)err.code, "%s",
                             err.message);
        return false;
    }
    out->type = source->doc->nodes[node].type;
    out->len = text->len;
    out->json = arena_copy(source->params->arena, buf_str(text), text->len);
    if (!out->json) {
        params_source_report_arena(source, node);
        return false;
    }
    if (out->type == JSON_NUMBER)
        warn_of_rounding(source, node, out);
    return true;
}

bool params_value_fill(struct params_source *source, uint32_t node,
                       uint32_t count, struct param *param)
{
    struct arena *arena = source->params->arena;
    struct buf text;
    uint32_t done = 0;

    param->values = arena_array(arena, count, sizeof *param->values);
    if (!param->values) {
        params_source_report_arena(source, node);
        return false;
    }
    buf_init(&text, arena->max_bytes);
    while (done < count &&
           params_value_copy(source, node, &text, &param->values[done])) {
        node = json_next(source->doc, node);
        done++;
    }
    buf_release(&text);
    param->count = count;
    return done == count;
}
