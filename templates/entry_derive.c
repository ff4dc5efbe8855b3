/* Derived parameters: their templates, the order they need, their values. */
#include "entry_impl.h"

#include <string.h>

enum visit {
    UNSEEN,
    OPEN,
    DONE
};

/* The graph of what is derived from what, walked depth first. */
struct walk {
    struct entry_build *b;
    struct template *templates; /* by derive */
    uint32_t *params;           /* by derive: the parameter's position */
    uint32_t *derive_of;        /* by parameter: derive + 1, or 0 */
    uint8_t *visits;            /* by derive: enum visit */
    uint32_t *stack;            /* of derives that are open, */
    uint32_t *at;               /* and where each stands in its template */
    uint32_t depth;
    uint32_t count; /* of derives */
    uint32_t done;
};

static bool is_derived(const struct param *param)
{
    return param->kind == PARAM_DERIVE && param->count > 0;
}

/* Tells a problem where a derived parameter is written. */
static void tell_at_param(struct entry_build *b, uint32_t position,
                          const struct err *found)
{
    const struct param *param = &b->entry->params.items[position];
    const struct entry_source *source = b->origins[position];
    struct err err = *found;

    err.line = param->line;
    err.column = param->column;
    entry_tell(b, source ? source : &b->here, &err, "");
}

static void compile_one(struct entry_build *b, uint32_t position,
                        struct template *out)
{
    struct param *param = &b->entry->params.items[position];
    struct template_scope scope = {.arena = &b->entry->arena,
                                   .params = &b->entry->params};
    struct json doc;
    struct err err = ERR_INIT;
    struct buf path;

    json_init(&doc);
    buf_init(&path, ERR_MESSAGE_MAX);
    buf_addf(&path, "$.params.%s.derive", param->name);
    scope.path = arena_copy(&b->entry->arena, buf_str(&path), path.len);
    buf_release(&path);
    if (!scope.path)
        return;
    if (json_parse(&doc, param->values[0].json, param->values[0].len, &err) < 0)
        tell_at_param(b, position, &err);
    else
        template_compile(out, &scope, &doc, 0, &b->found);
    json_release(&doc);
    for (unsigned i = 0; i < b->found.count; i++)
        tell_at_param(b, position, &b->found.items[i]);
    errs_init(&b->found);
}

/* "a → b → a": from the derive that closes the circle back to itself. */
static void tell_cycle(struct walk *w, uint32_t derive)
{
    const struct params *params = &w->b->entry->params;
    uint32_t from = w->depth - 1;
    struct err err = ERR_INIT;
    struct buf text;

    while (from > 0 && w->stack[from] != derive)
        from--;
    buf_init(&text, ERR_MESSAGE_MAX / 2);
    for (uint32_t i = from; i < w->depth; i++)
        buf_addf(&text, "%s → ", params->items[w->params[w->stack[i]]].name);
    const char *name = params->items[w->params[derive]].name;
    buf_add_str(&text, name);
    err_set(&err, ERR_DATA, "$.params.%s.derive: derived from itself: %s", name,
            buf_str(&text));
    buf_release(&text);
    tell_at_param(w->b, w->params[derive], &err);
}

static void push(struct walk *w, uint32_t derive)
{
    w->visits[derive] = OPEN;
    w->stack[w->depth] = derive;
    w->at[w->depth] = 0;
    w->depth++;
}

static struct entry_spot spot_of(struct entry_build *b, uint32_t position)
{
    const struct param *param = &b->entry->params.items[position];
    const struct entry_source *source = b->origins[position];
    struct err at = ERR_INIT;

    at.line = param->line;
    at.column = param->column;
    entry_place_in_file(source ? source : &b->here, &at);
    return (struct entry_spot){at.line, at.column};
}

static void pop(struct walk *w)
{
    struct entry *entry = w->b->entry;
    uint32_t derive = w->stack[--w->depth];

    w->visits[derive] = DONE;
    entry->derive_order[w->done] = w->params[derive];
    entry->derives[w->done] = w->templates[derive];
    entry->derive_spots[w->done] = spot_of(w->b, w->params[derive]);
    w->done++;
}

/* Puts what `derive` needs in front of it; false on a cycle. */
static bool walk_from(struct walk *w, uint32_t derive)
{
    uint32_t param;

    push(w, derive);
    while (w->depth > 0) {
        uint32_t top = w->depth - 1;
        if (!template_mention(&w->templates[w->stack[top]], &w->at[top],
                              &param)) {
            pop(w);
            continue;
        }
        if (w->derive_of[param] == 0)
            continue;
        uint32_t needed = w->derive_of[param] - 1;
        if (w->visits[needed] == OPEN) {
            tell_cycle(w, needed);
            return false;
        }
        if (w->visits[needed] == UNSEEN)
            push(w, needed);
    }
    return true;
}

static bool walk_init(struct walk *w, struct entry_build *b)
{
    struct entry *entry = b->entry;
    struct arena *arena = &entry->arena;
    uint32_t count = w->count;

    w->b = b;
    w->templates = arena_array(arena, count, sizeof *w->templates);
    w->params = arena_array(arena, count, sizeof *w->params);
    w->derive_of =
        arena_array(arena, entry->params.count, sizeof *w->derive_of);
    w->visits = arena_array(arena, count, sizeof *w->visits);
    w->stack = arena_array(arena, count, sizeof *w->stack);
    w->at = arena_array(arena, count, sizeof *w->at);
    entry->derive_order = arena_array(arena, count, sizeof(uint32_t));
    entry->derives = arena_array(arena, count, sizeof(struct template));
    entry->derive_spots = arena_array(arena, count, sizeof(struct entry_spot));
    return arena->failed == 0;
}

void entry_derive_compile(struct entry_build *b)
{
    struct params *params = &b->entry->params;
    struct walk w;
    uint32_t derive = 0;

    memset(&w, 0, sizeof w);
    for (uint32_t i = 0; i < params->count; i++)
        w.count += is_derived(&params->items[i]);
    if (w.count == 0 || !walk_init(&w, b))
        return;
    for (uint32_t i = 0; i < params->count; i++) {
        if (!is_derived(&params->items[i]))
            continue;
        compile_one(b, i, &w.templates[derive]);
        w.params[derive] = i;
        w.derive_of[i] = ++derive;
    }
    for (uint32_t i = 0; i < w.count; i++)
        if (w.visits[i] == UNSEEN && !walk_from(&w, i))
            return;
    b->entry->derive_count = w.done;
}

static enum json_type type_of(char first)
{
    switch (first) {
    case '"':
        return JSON_STRING;
    case '[':
        return JSON_ARRAY;
    case '{':
        return JSON_OBJECT;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

/*
 * Adds text to the derived ones, which stand one behind the other in their
 * order. They may move as they grow: then all point anew.
 */
static void keep(struct entry *entry, uint32_t done, const struct buf *text)
{
    struct point *point = &entry->point;
    struct value *value = &point->values[entry->derive_order[done]];
    uintptr_t before = (uintptr_t)point->derived.data;
    size_t offset = point->derived.len;

    buf_add(&point->derived, text->data, text->len);
    if (point->derived.failed)
        return;
    value->json = point->derived.data + offset;
    value->len = text->len;
    value->type = type_of(text->data[0]);
    if (before == (uintptr_t)point->derived.data)
        return;
    offset = 0;
    for (uint32_t i = 0; i < done; i++) {
        value = &point->values[entry->derive_order[i]];
        value->json = point->derived.data + offset;
        offset += value->len;
    }
}

int entry_derive(struct entry *entry, struct buf *scratch, struct err *err)
{
    struct buf *derived = &entry->point.derived;

    buf_clear(derived);
    for (uint32_t i = 0; i < entry->derive_count; i++) {
        buf_clear(scratch);
        int rc =
            template_render(&entry->derives[i], &entry->point, scratch, err);
        if (rc < 0) {
            entry_spot_set(&entry->derive_spots[i], err);
            return rc;
        }
        keep(entry, i, scratch);
    }
    return buf_error(derived, "derived parameters", err);
}
