/*
 * template: JSON with ${{ placeholders }}, compiled once, rendered by copying.
 *
 * Compiling walks the JSON value once and writes it, in the canonical form of
 * json_write, as segments: literal bytes, whole values (a string that is only
 * a placeholder takes the parameter's type), text within a string (formatted,
 * then JSON-escaped), and objects with placeholders in their keys, which are
 * ordered when they are rendered. So rendering yields the bytes of
 * JSON.stringify(JSON.parse(text)) without reading them again.
 *
 * Grammar of a placeholder: "${{" spaces name [":" format] spaces "}}".
 * "$${{" is a literal "${{". Formats: C printf's d x e f g with flags, width
 * and precision as in 03d, .3f, .1e, g, x; json (the value as JSON text); sh
 * (quoted for a shell, as Python's shlex.quote does). A placeholder with a
 * format is text, also where it stands alone. Built in: repeat, draw, id,
 * name.
 */
#ifndef TEMPLATES_TEMPLATE_H
#define TEMPLATES_TEMPLATE_H

#include "jsonpath.h"
#include "params.h"

#define TEMPLATE_WIDTH_MAX 64 /* of a format's width and precision */

struct template_segment;

struct template
{
    struct template_segment *segments; /* in the arena */
    uint32_t count;
    bool constant;    /* holds no placeholder */
    bool free_text;   /* placeholders only as text where any text may stand:
                         no point can change more than strings' contents */
    bool uses_name;   /* mentions ${{ name }} */
    bool uses_repeat; /* mentions ${{ repeat }} */
    bool uses_draw;   /* mentions ${{ draw }} */
};

/* What may stand in the place of a string that holds a placeholder. */
enum template_place {
    TEMPLATE_ANY,  /* anything: a lone placeholder keeps its value's type */
    TEMPLATE_FREE, /* the same, and every string is as good as another */
    TEMPLATE_TEXT  /* only strings, one as good as another: a lone
                      placeholder is text too */
};

/*
 * Where a template stands and what it may mention. used (params->count flags,
 * may be NULL) is set true for each parameter mentioned.
 */
struct template_scope {
    struct arena *arena;         /* the segments' memory */
    const struct params *params; /* finished or not: names only are read */
    const char *file;            /* for errors; borrowed, may be NULL */
    const char *path;            /* of the value: "$.definition" */
    bool *used;
    bool name_allowed; /* whether ${{ name }} is known here */
    /* The place of a string, by its path from the value; NULL: all are ANY. */
    enum template_place (*place)(const struct json *doc,
                                 const struct jsonpath *path);
};

/*
 * Compiles the JSON value at node. Problems go to errs with line, column and
 * the full path of the string ("$.definition.ops[0].args.cmd: unknown
 * parameter "sede" (did you mean "seed"?)"); duplicate keys of an object are
 * such a problem. doc is not kept.
 */
void template_compile(struct template *out, const struct template_scope *scope,
                      const struct json *doc, uint32_t node, struct errs *errs);

/* What all that is rendered begins with, as far as no point is needed. */
const char *template_head(const struct template *tpl, size_t *len);

/*
 * Walks the parameters that a template mentions: from *at = 0, each call
 * sets *param to the next one's position, until it returns false.
 */
bool template_mention(const struct template *tpl, uint32_t *at,
                      uint32_t *param);

/*
 * Adds the rendered JSON. Errors: a list or an object inside text without a
 * format, d or x of a number that is no integer, a number format of what is
 * no number, keys that became equal, a parameter that the point does not
 * have. The message has the path; err->line is 0 and err->column 1 + the byte
 * offset of the placeholder in the document that was compiled, 0 where it has
 * none. Of the point, only the
 * parameters and built-ins that the template mentions are read. ERR_LIMIT
 * where out is full.
 */
int template_render(const struct template *tpl, const struct point *point,
                    struct buf *out, struct err *err);

/*
 * template_render of a string whose place was TEMPLATE_TEXT, adding its text
 * instead of JSON.
 */
int template_render_text(const struct template *tpl, const struct point *point,
                         struct buf *out, struct err *err);

/*
 * The text of a value as it stands inside a string: a string's characters,
 * a number's digits, true, false, null; lists and objects as JSON. Adds
 * UTF-8, not escaped. The value is there (json is not NULL).
 */
void template_value_text(const struct value *value, struct buf *out);

/*
 * The bytes that every rendering begins with, in the arena; NULL and 0 where
 * a placeholder comes first.
 */
const char *template_stem(const struct template *tpl, size_t *len);

/* Adds utf8 with every "${{" written as "$${{", as `expand` does. */
void template_protect(const char *utf8, size_t len, struct buf *out);

#endif
