#include "entry_twin.h"

#include "entry_impl.h"
#include "json_text.h"
#include "template_impl.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A string that may differ, and what stands in front of it. */
struct entry_twin_part {
    uint32_t from, len;         /* the bytes before it in the model's text, */
    uint32_t out_from, out_len; /* and in its definition; none for the id */
    bool id;
    const char *twin; /* the string of the twin */
    size_t twin_len;
};

void entry_twin_init(struct entry_twin *twin)
{
    memset(twin, 0, sizeof *twin);
    buf_init(&twin->text, ENTRY_TWIN_TEXT_MAX);
    buf_init(&twin->literal, ENTRY_TWIN_TEXT_MAX);
    buf_init(&twin->definition, CID_CONTENT_MAX);
}

void entry_twin_release(struct entry_twin *twin)
{
    free(twin->parts);
    buf_release(&twin->text);
    buf_release(&twin->literal);
    buf_release(&twin->definition);
    entry_twin_init(twin);
}

void entry_twin_forget(struct entry_twin *twin)
{
    twin->live = false;
}

/* --- learning ------------------------------------------------------------- */

/* Whether there is nothing in the entry that a twin could have otherwise. */
static bool fit(const struct entry *entry)
{
    const struct template *definition = &entry->definition;

    return entry->params.count == 0 && entry->params.points == 1 &&
           !entry->has_where && !entry->has_name && !entry->given &&
           entry->derive_count == 0 && entry->timeout.constant &&
           (!entry->has_market || entry->market.constant) &&
           (!entry->has_node || entry->node.constant) && definition->constant &&
           definition->count == 1 &&
           definition->segments[0].kind == TEMPLATE_LITERAL;
}

/*
 * Whether the definition as rendered has the nodes that it has as written, in
 * the same order, and the same strings.
 */
static bool keeps_order(const struct json *doc, uint32_t root,
                        const struct json *rendered)
{
    if (doc->nodes[root].next - root != rendered->count)
        return false;
    for (uint32_t i = 0; i < rendered->count; i++) {
        const struct json_node *a = &doc->nodes[root + i];
        const struct json_node *b = &rendered->nodes[i];
        if (a->type != b->type || a->size != b->size)
            return false;
        if (a->type == JSON_STRING &&
            (a->len != b->len ||
             memcmp(doc->text + a->start, rendered->text + b->start, a->len) !=
                 0))
            return false;
    }
    return true;
}

/* Whether a node of the definition is a string that may say anything. */
static bool is_free(const struct json *doc, uint32_t root, uint32_t node)
{
    struct jsonpath path;

    if (doc->nodes[node].type != JSON_STRING)
        return false;
    jsonpath_find(doc, root, node, &path);
    /* A key has its value's path. */
    return path.depth > 0 && path.steps[path.depth - 1].key != node &&
           !jsonpath_named(doc, &path.steps[0], "global") &&
           entry_place(doc, &path) != TEMPLATE_ANY;
}

static struct entry_twin_part *add_part(struct entry_twin *twin)
{
    if (twin->count == twin->cap) {
        uint32_t cap = twin->cap > 0 ? twin->cap * 2 : 16;
        struct entry_twin_part *more =
            realloc(twin->parts, cap * sizeof *twin->parts);
        if (!more)
            return NULL;
        twin->parts = more;
        twin->cap = cap;
    }
    return &twin->parts[twin->count++];
}

/* Adds the string at a node; out is its place in the definition, or 0. */
static bool add_string(struct entry_twin *twin, const struct json_node *string,
                       const struct json_node *out)
{
    struct entry_twin_part *part = add_part(twin);

    if (!part)
        return false;
    *part = (struct entry_twin_part){.from = twin->text_tail,
                                     .len = string->start - twin->text_tail,
                                     .id = !out};
    twin->text_tail = string->start + string->len;
    if (!out)
        return true;
    part->out_from = twin->literal_tail;
    part->out_len = out->start - twin->literal_tail;
    twin->literal_tail = out->start + out->len;
    return true;
}

/* The parts, in the order of the text. */
static bool add_parts(struct entry_twin *twin, const struct json *doc,
                      const struct json *rendered)
{
    uint32_t id = json_get(doc, 0, "id");
    uint32_t root = json_get(doc, 0, "definition");
    uint32_t end = doc->nodes[root].next;
    bool added = id < root ? add_string(twin, &doc->nodes[id], NULL) : true;

    for (uint32_t node = root + 1; node < end && added; node++) {
        if (is_free(doc, root, node))
            added = add_string(twin, &doc->nodes[node],
                               &rendered->nodes[node - root]);
    }
    if (added && id > root)
        added = add_string(twin, &doc->nodes[id], NULL);
    return added;
}

static bool copy(struct buf *out, const char *bytes, size_t len)
{
    buf_clear(out);
    buf_add(out, bytes, len);
    return !out->failed;
}

/* Makes the entry the model; false where it cannot be one. */
static bool learn(struct entry_twin *twin, const struct json *doc,
                  const struct entry *entry)
{
    const struct template_segment *literal = &entry->definition.segments[0];
    uint32_t root = json_get(doc, 0, "definition");
    struct json rendered;
    struct err err;
    bool learned = false;

    json_init(&rendered);
    twin->count = 0;
    twin->text_tail = 0;
    twin->literal_tail = 0;
    if (root != 0 && copy(&twin->text, doc->text, doc->len) &&
        copy(&twin->literal, literal->bytes, literal->len) &&
        json_parse(&rendered, literal->bytes, literal->len, &err) == 0)
        learned = keeps_order(doc, root, &rendered) &&
                  add_parts(twin, doc, &rendered);
    json_release(&rendered);
    return learned;
}

void entry_twin_learn(struct entry_twin *twin, const struct json *doc,
                      const struct entry *entry, bool clean)
{
    twin->live = clean && fit(entry) && learn(twin, doc, entry);
}

/* --- matching ------------------------------------------------------------- */

/* Bytes that end a run of plain ones: see skip_plain. */
static bool is_special(char c)
{
    return c == '"' || c == '\\' || c == '$' || c == '%' ||
           (unsigned char)c < 0x20 || (unsigned char)c >= 0x80;
}

/* The first quote, backslash, '$', '%', control or non-ASCII character. */
static const char *skip_plain(const char *at, const char *end)
{
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const void *)at);
        /* As signed numbers, bytes from 0x80 on are below 0x20, too. */
        __m128i special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
        for (const char *c = "\"\\$%"; *c; c++)
            special =
                _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(*c)));
        int found = _mm_movemask_epi8(special);
        if (found != 0)
            return at + __builtin_ctz((unsigned)found);
    }
#endif
    while (at < end && !is_special(*at))
        at++;
    return at;
}

/* The quote that ends a string which may stand in a twin, or NULL. */
static const char *string_end(const char *at, const char *end)
{
    for (;;) {
        at = skip_plain(at, end);
        if (at == end || *at == '\\' || (unsigned char)*at < 0x20)
            return NULL;
        if (*at == '"')
            return at;
        size_t n = json_text_utf8(at, end);
        if (n == 0 || n == (size_t)(end - at))
            return NULL;
        if ((*at == '$' && at[1] == '{') || (*at == '%' && at[1] == '%'))
            return NULL;
        at += n;
    }
}

static bool take_id(struct entry_twin *twin, const char *id, size_t len)
{
    if (!entry_id_valid(id, len))
        return false;
    memcpy(twin->id, id, len);
    twin->id[len] = '\0';
    return true;
}

bool entry_twin_match(struct entry_twin *twin, const char *text, size_t len)
{
    const char *model = twin->text.data;
    const char *end = text + len;
    size_t tail = twin->text.len - twin->text_tail;

    if (!twin->live)
        return false;
    for (uint32_t i = 0; i < twin->count; i++) {
        struct entry_twin_part *part = &twin->parts[i];
        if ((size_t)(end - text) < part->len ||
            memcmp(text, model + part->from, part->len) != 0)
            return false;
        part->twin = text + part->len;
        text = string_end(part->twin, end);
        if (!text)
            return false;
        part->twin_len = (size_t)(text - part->twin);
        if (part->id && !take_id(twin, part->twin, part->twin_len))
            return false;
    }
    return (size_t)(end - text) == tail &&
           memcmp(text, model + twin->text_tail, tail) == 0;
}

/* --- the twin ------------------------------------------------------------- */

/* False where it is longer than what can be pinned, or memory runs out. */
static bool render(struct entry_twin *twin)
{
    const char *model = twin->literal.data;
    struct buf *out = &twin->definition;

    buf_clear(out);
    for (uint32_t i = 0; i < twin->count; i++) {
        const struct entry_twin_part *part = &twin->parts[i];
        if (part->id)
            continue;
        buf_add(out, model + part->out_from, part->out_len);
        buf_add(out, part->twin, part->twin_len);
    }
    buf_add(out, model + twin->literal_tail,
            twin->literal.len - twin->literal_tail);
    return !out->failed;
}

bool entry_twin_apply(struct entry_twin *twin, struct entry *entry,
                      uint64_t line, uint64_t column)
{
    if (!render(twin))
        return false;
    entry->id = twin->id;
    entry->params.id = twin->id;
    entry->line = line;
    entry->column = column;
    entry->definition.segments[0].bytes = twin->definition.data;
    entry->definition.segments[0].len = twin->definition.len;
    entry->has_digest = false;
    return true;
}
