/* An entry's templates: the definition, market, timeout, node, name. */
#include "entry_impl.h"

#include <string.h>

#define STEPS_MAX 6 /* of the patterns below */

/*
 * Where the schema takes a string and does not look into it ("#" is any
 * element, "*" any member). There a placeholder alone is text too: a number
 * in `env` would never pass. FREE places take a list as well.
 */
static const struct {
    const char *steps[STEPS_MAX];
    enum template_place place;
} places[] = {
    {{"ops", "#", "args", "cmd"}, TEMPLATE_FREE},
    {{"ops", "#", "args", "cmd", "#"}, TEMPLATE_TEXT},
    {{"ops", "#", "args", "entrypoint"}, TEMPLATE_FREE},
    {{"ops", "#", "args", "entrypoint", "#"}, TEMPLATE_TEXT},
    {{"ops", "#", "args", "name"}, TEMPLATE_TEXT},
    {{"ops", "#", "args", "env", "*"}, TEMPLATE_TEXT},
    {{"ops", "#", "args", "image"}, TEMPLATE_TEXT},
    {{"ops", "#", "args", "work_dir"}, TEMPLATE_TEXT},
    {{"ops", "#", "args", "volumes", "#", "name"}, TEMPLATE_TEXT},
    {{"ops", "#", "args", "volumes", "#", "dest"}, TEMPLATE_TEXT},
    {{"ops", "#", "results", "*"}, TEMPLATE_FREE},
    {{"meta", "*"}, TEMPLATE_FREE},
    {{"global", "entrypoint"}, TEMPLATE_FREE},
    {{"global", "entrypoint", "#"}, TEMPLATE_TEXT},
    {{"global", "env", "*"}, TEMPLATE_TEXT},
    {{"global", "variables", "*"}, TEMPLATE_TEXT},
    {{"global", "image"}, TEMPLATE_TEXT},
    {{"global", "work_dir"}, TEMPLATE_TEXT},
};

static bool step_matches(const struct json *doc,
                         const struct jsonpath_step *step, const char *pattern)
{
    if (strcmp(pattern, "#") == 0)
        return step->key == 0;
    if (strcmp(pattern, "*") == 0)
        return step->key != 0;
    return jsonpath_named(doc, step, pattern);
}

static bool path_matches(const struct json *doc, const struct jsonpath *path,
                         const char *const steps[STEPS_MAX])
{
    uint32_t depth = 0;

    while (depth < STEPS_MAX && steps[depth])
        depth++;
    if (path->depth != depth)
        return false;
    for (uint32_t i = 0; i < depth; i++)
        if (!step_matches(doc, &path->steps[i], steps[i]))
            return false;
    return true;
}

enum template_place entry_place(const struct json *doc,
                                const struct jsonpath *path)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (path_matches(doc, path, places[i].steps))
            return places[i].place;
    return TEMPLATE_ANY;
}

static enum template_place text_place(const struct json *doc,
                                      const struct jsonpath *path)
{
    (void)doc;
    (void)path;
    return TEMPLATE_TEXT;
}

static struct template_scope scope_of(struct entry_build *b, const char *path)
{
    struct template_scope scope = {.arena = &b->entry->arena,
                                   .params = &b->entry->params,
                                   .path = path,
                                   .used = b->used,
                                   .name_allowed = true,
                                   .place = text_place};

    return scope;
}

static void compile_definition(struct entry_build *b)
{
    struct entry *entry = b->entry;
    struct template_scope scope = scope_of(b, entry->definition_path);

    if (!b->has_definition)
        return;
    scope.place = entry_place;
    template_compile(&entry->definition, &scope, b->here.doc, b->definition,
                     &b->found);
    entry_tell_all(b, &b->here, "");
}

/* A field that an entry, the header or an option may give. */
struct choice {
    const struct entry_source *source; /* NULL: nobody gave it */
    uint32_t node;
    const char *path;
};

/* An option's text as a document, whose text and nodes the caller keeps. */
static bool quote_option(struct entry_build *b, const char *name,
                         const char *option, struct buf *text, struct json *doc)
{
    struct err err = ERR_INIT;

    json_quote(text, option, strlen(option));
    if (json_parse(doc, buf_str(text), text->len, &err) == 0)
        return true;
    err_prefix(&err, "%s: ", name);
    entry_tell(b, &(struct entry_source){.doc = doc}, &err, "");
    return false;
}

/*
 * A field's template. Returns whether it is constant; its text is then in
 * the entry's scratch.
 */
static bool compile_text(struct entry_build *b, const struct choice *choice,
                         struct template *out)
{
    const struct json *doc = choice->source->doc;
    struct template_scope scope = scope_of(b, choice->path);
    struct buf *scratch = &b->entry->scratch;
    struct err err = ERR_INIT;
    unsigned before = b->errs->errors;

    if (doc->nodes[choice->node].type != JSON_STRING) {
        entry_problem(b, choice->source, choice->node, ERR_DATA,
                      "%s: expected a string, found %s", choice->path,
                      json_type_name(doc->nodes[choice->node].type));
        return false;
    }
    template_compile(out, &scope, doc, choice->node, &b->found);
    entry_tell_all(b, choice->source, "");
    if (b->errs->errors > before || !out->constant)
        return false;
    buf_clear(scratch);
    if (template_render_text(out, NULL, scratch, &err) < 0) {
        entry_tell(b, choice->source, &err, "");
        return false;
    }
    return true;
}

/* Tells a constant field's problem at its place. */
static void tell_field(struct entry_build *b, const struct choice *choice,
                       const struct err *err)
{
    entry_problem(b, choice->source, choice->node, (enum err_code)err->code,
                  "%s: %s", choice->path, err->message);
}

static void compile_market(struct entry_build *b, const struct choice *choice)
{
    struct entry *entry = b->entry;
    const struct buf *text = &entry->scratch;
    struct err err = ERR_INIT;

    entry->has_market = true;
    entry_spot_node(choice->source, choice->node, &entry->market_spot);
    if (!compile_text(b, choice, &entry->market))
        return;
    if (entry_market(b->context, buf_str(text), text->len, &entry->has_address,
                     entry->address, &err) < 0)
        tell_field(b, choice, &err);
    else
        entry->market_text =
            arena_copy(&entry->arena, buf_str(text), text->len);
}

static void compile_node(struct entry_build *b, const struct choice *choice)
{
    struct entry *entry = b->entry;
    struct err err = ERR_INIT;

    entry->has_node = true;
    entry_spot_node(choice->source, choice->node, &entry->node_spot);
    if (compile_text(b, choice, &entry->node) &&
        entry_node(buf_str(&entry->scratch), entry->scratch.len,
                   entry->node_address, &err) < 0)
        tell_field(b, choice, &err);
}

static void compile_timeout(struct entry_build *b, const struct choice *choice)
{
    const struct json *doc = choice->source->doc;
    struct entry *entry = b->entry;
    struct err err = ERR_INIT;
    int64_t seconds;

    entry->timeout.constant = true;
    entry_spot_node(choice->source, choice->node, &entry->timeout_spot);
    if (doc->nodes[choice->node].type == JSON_NUMBER) {
        if (json_int(doc, choice->node, 1, (int64_t)ENTRY_TIMEOUT_MAX,
                     &seconds)) {
            entry->timeout_s = (uint64_t)seconds;
            return;
        }
        const struct json_node *number = &doc->nodes[choice->node];
        entry_timeout(doc->text + number->start, number->len, &entry->timeout_s,
                      &err);
        tell_field(b, choice, &err);
        return;
    }
    if (compile_text(b, choice, &entry->timeout) &&
        entry_timeout(buf_str(&entry->scratch), entry->scratch.len,
                      &entry->timeout_s, &err) < 0)
        tell_field(b, choice, &err);
}

static void compile_name(struct entry_build *b)
{
    struct entry *entry = b->entry;
    struct choice choice = {&b->here, b->fields[ENTRY_NAME], "$.name"};
    struct template_scope scope = scope_of(b, choice.path);

    if (choice.node == 0)
        return;
    entry->has_name = true;
    entry_spot_node(choice.source, choice.node, &entry->name_spot);
    scope.used = b->named;
    scope.name_allowed = false;
    if (b->here.doc->nodes[choice.node].type != JSON_STRING) {
        entry_problem(b, &b->here, choice.node, ERR_DATA,
                      "$.name: expected a string, found %s",
                      json_type_name(b->here.doc->nodes[choice.node].type));
        return;
    }
    template_compile(&entry->name, &scope, b->here.doc, choice.node, &b->found);
    entry_tell_all(b, &b->here, "");
}

/*
 * Finds who gives a field: the entry, else the header, else the option, and
 * compiles it.
 */
static void compile_field(struct entry_build *b, enum entry_field field,
                          const char *const paths[3], const char *option,
                          void (*compile)(struct entry_build *b,
                                          const struct choice *choice))
{
    struct entry_source source = {.doc = NULL};
    struct choice choice = {&b->here, b->fields[field], paths[0]};
    struct buf text;
    struct json doc;

    json_init(&doc);
    buf_init(&text, JSON_TEXT_MAX);
    source.doc = &doc;
    if (choice.node == 0) {
        choice.source = &b->header;
        choice.node = b->default_fields[field];
        choice.path = paths[1];
    }
    if (choice.node == 0) {
        bool given = option && quote_option(b, paths[2], option, &text, &doc);
        choice.source = given ? &source : NULL;
        choice.path = paths[2];
    }
    if (choice.source)
        compile(b, &choice);
    json_release(&doc);
    buf_release(&text);
}

void entry_templates(struct entry_build *b)
{
    static const char *const market[] = {"$.market", "$.defaults.market",
                                         "--market"};
    static const char *const timeout[] = {"$.timeout", "$.defaults.timeout",
                                          "--timeout"};
    const struct choice node = {&b->here, b->fields[ENTRY_NODE], "$.node"};

    b->entry->timeout.constant = true;
    compile_definition(b);
    compile_field(b, ENTRY_MARKET, market, b->context->market, compile_market);
    compile_field(b, ENTRY_TIMEOUT, timeout, b->context->timeout,
                  compile_timeout);
    if (node.node != 0)
        compile_node(b, &node);
    compile_name(b);
}
