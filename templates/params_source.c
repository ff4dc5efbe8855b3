#include "params_source.h"

#include <stdarg.h>
#include <stdio.h>

/* Where node begins as people see it: a string with its quote. */
static size_t start_of(const struct json *doc, uint32_t node)
{
    const struct json_node *at = &doc->nodes[node];

    return at->start - (at->type == JSON_STRING ? 1 : 0);
}

void params_source_report(const struct params_source *source, uint32_t node,
                          enum err_code code, const char *format, ...)
{
    const struct errs *errs = source->errs;
    bool full = errs->count == ERRS_MAX && code == ERR_WARNING;
    struct err err = ERR_INIT;
    char message[ERR_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (full || errs_full(errs))
        err_set(&err, code, "%s%s", source->prefix, message);
    else
        json_err(source->doc, node, &err, code, "%s%s", source->prefix,
                 message);
    err.file = source->file;
    errs_add(source->errs, &err);
}

void params_source_report_arena(const struct params_source *source,
                                uint32_t node)
{
    struct err err = ERR_INIT;
    int code = arena_error(source->params->arena, "this entry", &err);

    params_source_report(source, node, (enum err_code)code, "%s", err.message);
}

bool params_source_string(const struct params_source *source, uint32_t node,
                          struct buf *text)
{
    struct err err = ERR_INIT;

    buf_clear(text);
    json_string(source->doc, node, text);
    int code = buf_error(text, "a parameter's name", &err);
    if (code < 0)
        params_source_report(source, node, (enum err_code)code, "%s",
                             err.message);
    return code == 0;
}

void params_source_place(const struct params_source *source, uint32_t node,
                         uint64_t *line, uint64_t *column)
{
    struct params_place *place = &source->params->place;
    const char *text = source->doc->text;
    size_t offset = start_of(source->doc, node);

    if (place->text != text || offset < place->offset)
        *place = (struct params_place){text, 0, 1, 1};
    json_place(text + place->offset, offset - place->offset, line, column);
    if (*line == 1)
        *column += place->column - 1;
    *line += place->line - 1;
    *place = (struct params_place){text, offset, *line, *column};
}

int params_source_cut(const char *text, size_t len, size_t max)
{
    size_t cut = len < max ? len : max;

    while (cut > 0 && cut < len && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    return (int)cut;
}

int params_source_shown(const struct params_source *source, uint32_t node,
                        const char **text)
{
    const struct json_node *at = &source->doc->nodes[node];
    size_t start = start_of(source->doc, node);
    size_t len = at->start + at->len - start;

    if (at->type == JSON_STRING)
        len++;
    *text = source->doc->text + start;
    return params_source_cut(*text, len, PARAMS_SHOWN_MAX);
}
