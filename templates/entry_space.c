/* An entry's space of points: parameters, rows, draws, repeats. */
#include "entry_impl.h"

#include <inttypes.h>
#include <string.h>

#define OBJECT_FIELD_MAX 80 /* bytes of a name that a message quotes */

/* The members of an object field, or 0 where it is absent or no object. */
static uint32_t object_size(struct entry_build *b,
                            const struct entry_source *source, uint32_t node,
                            const char *path)
{
    if (node == 0)
        return 0;
    if (source->doc->nodes[node].type == JSON_OBJECT)
        return source->doc->nodes[node].size;
    entry_problem(b, source, node, ERR_DATA, "%s: expected an object, found %s",
                  path, json_type_name(source->doc->nodes[node].type));
    return 0;
}

/* Adds or replaces one parameter and notes where it is from. */
static void set_param(struct entry_build *b, const struct entry_source *source,
                      const char *name, uint32_t node, const char *front)
{
    struct params *params = &b->entry->params;
    int64_t position;

    params_set(params, name, source->doc, node, source->file, &b->found);
    entry_tell_all(b, source, front);
    position = params_find(params, name, strlen(name));
    if (position >= 0)
        b->origins[position] = source;
}

/* The members of a `params` object. */
static void read_params(struct entry_build *b,
                        const struct entry_source *source, uint32_t node,
                        const char *path, const char *front)
{
    uint32_t count = object_size(b, source, node, path);
    uint32_t key = count > 0 ? json_first(node) : 0;
    struct buf name;

    b->names_unknown |=
        node != 0 && source->doc->nodes[node].type != JSON_OBJECT;
    buf_init(&name, JSON_TEXT_MAX);
    for (uint32_t i = 0; i < count && !errs_full(b->errs); i++) {
        buf_clear(&name);
        json_string(source->doc, key, &name);
        if (name.failed)
            entry_lost_text(b, source, key, &name);
        else if (memchr(buf_str(&name), '\0', name.len))
            entry_problem(b, source, key, ERR_DATA,
                          "%s: a parameter's name holds U+0000", path);
        else
            set_param(b, source, buf_str(&name), key + 1, front);
        key = json_next(source->doc, key + 1);
    }
    buf_release(&name);
}

static void read_sets(struct entry_build *b)
{
    for (size_t i = 0; i < b->context->set_count; i++) {
        const struct entry_set *set = &b->context->sets[i];
        struct entry_source *source =
            arena_alloc(&b->entry->arena, sizeof *source);
        if (!source)
            return;
        source->doc = set->doc;
        set_param(b, source, set->name, 0, "--set: ");
    }
}

/* The columns of --rows, which has no places in the manifest. */
static void read_option_rows(struct entry_build *b)
{
    struct params *params = &b->entry->params;
    uint32_t before = params->count;
    struct entry_source *source = arena_alloc(&b->entry->arena, sizeof *source);

    if (!source)
        return;
    source->doc = b->context->rows;
    params_rows(params, source->doc, 0, &b->found);
    b->names_unknown |= b->found.errors > 0;
    entry_tell_all(b, source, "--rows: ");
    for (uint32_t i = before; i < params->count; i++)
        b->origins[i] = source;
}

static void read_rows(struct entry_build *b)
{
    uint32_t own = b->fields[ENTRY_ROWS];

    if (own != 0 && b->context->rows) {
        b->names_unknown = true;
        entry_problem(b, &b->here, own, ERR_DATA,
                      "$.rows: the entry has rows already: remove them, or "
                      "leave out --rows");
    } else if (own != 0) {
        params_rows(&b->entry->params, b->here.doc, own, &b->found);
        b->names_unknown |= b->found.errors > 0;
        entry_tell_all(b, &b->here, "$.");
    } else if (b->context->rows) {
        read_option_rows(b);
    }
}

/* One member of `draw`. */
static void read_draw_member(struct entry_build *b,
                             const struct entry_source *source, uint32_t key,
                             const char *path, int64_t *count, int64_t *seed)
{
    const struct json *doc = source->doc;
    const struct json_node *name = &doc->nodes[key];
    int shown =
        name->len > OBJECT_FIELD_MAX ? OBJECT_FIELD_MAX : (int)name->len;

    if (json_equals(doc, key, "count")) {
        if (!json_int(doc, key + 1, 1, INT64_MAX, count))
            entry_problem(b, source, key + 1, ERR_DATA,
                          "%s.count: expected a whole number from 1", path);
    } else if (json_equals(doc, key, "seed")) {
        if (!json_int(doc, key + 1, 0, INT64_MAX, seed))
            entry_problem(b, source, key + 1, ERR_DATA,
                          "%s.seed: expected a whole number from 0", path);
    } else {
        entry_problem(b, source, key, ERR_DATA,
                      "%s: unknown field \"%.*s\", expected count and seed",
                      path, shown, doc->text + name->start);
    }
}

static void read_draw(struct entry_build *b)
{
    bool own = b->fields[ENTRY_DRAW] != 0;
    const struct entry_source *source = own ? &b->here : &b->header;
    uint32_t node = own ? b->fields[ENTRY_DRAW] : b->default_fields[ENTRY_DRAW];
    const char *path = own ? "$.draw" : "$.defaults.draw";
    uint32_t members = object_size(b, source, node, path);
    uint32_t key = json_first(node);
    int64_t count = 1;
    int64_t seed = 0;

    if (node == 0)
        return;
    for (uint32_t i = 0; i < members && !errs_full(b->errs); i++) {
        read_draw_member(b, source, key, path, &count, &seed);
        key = json_next(source->doc, key + 1);
    }
    if (own && !entry_failed(b) && !params_random(&b->entry->params))
        entry_problem(b, source, node, ERR_DATA,
                      "$.draw: expected a parameter that is drawn (uniform, "
                      "loguniform, randint or choice), found none; for "
                      "replicas use `repeat`");
    /* A default serves entries that draw; one's own must have a use. */
    if (params_random(&b->entry->params))
        params_draw(&b->entry->params, (uint64_t)count, (uint64_t)seed);
}

/* Replicas; what `expand` printed is one replica and tells its number. */
static void read_repeat(struct entry_build *b)
{
    uint32_t node = b->fields[ENTRY_REPEAT];
    bool number = b->entry->given;
    int64_t repeat = 0;

    if (node == 0)
        return;
    if (!json_int(b->here.doc, node, number ? 0 : 1, INT64_MAX, &repeat))
        entry_problem(b, &b->here, node, ERR_DATA,
                      "$.repeat: expected a whole number from %d",
                      number ? 0 : 1);
    else if (number)
        b->entry->given_repeat = (uint64_t)repeat;
    else
        params_repeat(&b->entry->params, (uint64_t)repeat);
}

/* What `expand` printed is one point. */
static void check_given(struct entry_build *b)
{
    static const enum entry_field given[] = {ENTRY_KEY, ENTRY_CID, ENTRY_INDEX};
    uint64_t points = b->entry->params.points;

    if (points <= 1)
        return;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (b->fields[given[i]] != 0)
            entry_problem(b, &b->here, b->fields[given[i]], ERR_DATA,
                          "$.%s: may stand only in an entry of one point, "
                          "this one has %" PRIu64,
                          entry_field_name(given[i]), points);
}

/* Rows bring columns of their own: room for all that may come. */
static bool init_origins(struct entry_build *b)
{
    uint32_t own = b->fields[ENTRY_PARAMS];
    uint32_t rows = b->fields[ENTRY_ROWS];
    uint32_t defaults = b->default_fields[ENTRY_PARAMS];
    size_t room = b->context->set_count + 1;

    if (b->context->rows)
        room += b->context->rows->count;
    if (own != 0)
        room += b->here.doc->nodes[own].size;
    if (rows != 0)
        room += b->here.doc->nodes[rows].next - rows;
    if (defaults != 0)
        room += b->header.doc->nodes[defaults].size;
    if (room > PARAMS_COUNT_MAX)
        room = PARAMS_COUNT_MAX;
    b->origins =
        arena_array(&b->entry->arena, room, sizeof(struct entry_source *));
    b->used = arena_array(&b->entry->arena, room, sizeof(bool));
    b->named = arena_array(&b->entry->arena, room, sizeof(bool));
    return b->origins && b->used && b->named;
}

void entry_space(struct entry_build *b)
{
    struct params *params = &b->entry->params;
    const struct json *doc = b->here.doc;
    const char *id = b->entry->id;

    params_init(params, &b->entry->arena, id ? id : "");
    if (!init_origins(b))
        return;
    read_params(b, &b->header, b->default_fields[ENTRY_PARAMS],
                "$.defaults.params", "$.defaults.");
    read_params(b, &b->here, b->fields[ENTRY_PARAMS], "$.params", "$.");
    read_sets(b);
    read_rows(b);
    if (b->fields[ENTRY_ZIP] != 0)
        params_zip(params, doc, b->fields[ENTRY_ZIP], &b->found);
    entry_tell_all(b, &b->here, "$.");
    read_draw(b);
    read_repeat(b);
    params_finish(params, &b->found);
    entry_tell_all(b, &b->here, "$.");
    if (!entry_failed(b))
        check_given(b);
}
