/* What is checked while an entry is compiled: its text, its first point. */
#include "entry_impl.h"

#include "number.h"

#include <string.h>

#define SHOWN_MAX 80 /* bytes of a key or number that a message quotes */

/* Numbers of fewer characters without an exponent keep their digits. */
#define EXACT_LEN 15

static int shown(uint32_t len)
{
    return len > SHOWN_MAX ? SHOWN_MAX : (int)len;
}

static void check_duplicate(struct entry_build *b,
                            const struct entry_source *source, uint32_t object)
{
    struct err err;

    err.code = 0;
    uint32_t key = json_duplicate(source->doc, object, &err);

    if (err.code != 0) {
        entry_tell(b, source, &err, "");
    } else if (key != 0) {
        const struct json_node *name = &source->doc->nodes[key];
        entry_problem(b, source, key, ERR_DATA,
                      "the key \"%.*s\" stands twice in one object",
                      shown(name->len), source->doc->text + name->start);
    }
}

/* Every object from node on but those within skipped, and rows themselves. */
static void check_duplicates(struct entry_build *b,
                             const struct entry_source *source, uint32_t node,
                             uint32_t skipped, uint32_t rows)
{
    const struct json *doc = source->doc;
    uint32_t end = json_next(doc, node);
    uint32_t row = rows != 0 ? json_first(rows) : 0;

    while (node < end && !errs_full(b->errs)) {
        if (skipped != 0 && node == skipped) {
            node = json_next(doc, node);
            continue;
        }
        if (rows != 0 && node == row && row < json_next(doc, rows))
            row = json_next(doc, row);
        else if (doc->nodes[node].type == JSON_OBJECT)
            check_duplicate(b, source, node);
        node++;
    }
}

/* JavaScript writes a zero without its sign. */
static bool is_minus_zero(const char *text, uint32_t len)
{
    return text[0] == '-' && number_parse(text, len) == 0;
}

static bool keeps_digits(const char *text, uint32_t len)
{
    if (is_minus_zero(text, len))
        return false;
    if (len <= EXACT_LEN && !memchr(text, 'e', len) && !memchr(text, 'E', len))
        return true;
    return number_exact(text, len);
}

static void warn_number(struct entry_build *b, uint32_t node)
{
    const struct json *doc = b->here.doc;
    const struct json_node *number = &doc->nodes[node];
    const char *text = doc->text + number->start;
    char js[NUMBER_JS_MAX];
    struct jsonpath path;
    struct buf front;

    buf_init(&front, ERR_MESSAGE_MAX);
    jsonpath_find(doc, b->definition, node, &path);
    jsonpath_write(doc, b->entry->definition_path, &path, &front);
    number_js(number_parse(text, number->len), js);
    entry_problem(b, &b->here, node, ERR_WARNING,
                  "%s: the number %.*s becomes %s: write it as a string to "
                  "keep its digits",
                  buf_str(&front), shown(number->len), text, js);
    buf_release(&front);
}

/* Numbers in the definition that JavaScript would not hold as written. */
static void check_numbers(struct entry_build *b)
{
    const struct json *doc = b->here.doc;
    uint32_t end = doc->nodes[b->definition].next;

    for (uint32_t node = b->definition; node < end; node++) {
        const struct json_node *number = &doc->nodes[node];
        if (b->errs->count >= ERRS_MAX)
            break;
        if (number->type == JSON_NUMBER &&
            !keeps_digits(doc->text + number->start, number->len))
            warn_number(b, node);
    }
}

void entry_check_text(struct entry_build *b)
{
    bool plain = b->has_definition && b->definition == 0;

    if (b->header.doc)
        check_duplicates(b, &b->header, b->context->defaults_node, 0, 0);
    if (!plain)
        check_duplicates(b, &b->here, 0, b->definition, b->fields[ENTRY_ROWS]);
    if (b->has_definition)
        check_numbers(b);
}

/* A message about "$.x" of the definition, in terms of the entry. */
static void rename_path(const struct entry *entry, struct err *err)
{
    if (err->message[0] != '$')
        return;
    memmove(err->message, err->message + 1, strlen(err->message));
    err_prefix(err, "%s", entry->definition_path);
}

/* The byte where column (from 1, in characters) of a one-line text stands. */
static size_t column_offset(const char *text, size_t len, uint64_t column)
{
    size_t at = 0;

    while (at < len && column > 1) {
        at++;
        while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
            at++;
        column--;
    }
    return at;
}

/* The last node that starts at or before the offset. */
static uint32_t node_at(const struct json *doc, size_t offset)
{
    uint32_t low = 0;
    uint32_t high = doc->count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        const struct json_node *node = &doc->nodes[middle];
        size_t start = node->start - (node->type == JSON_STRING ? 1 : 0);
        if (start <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/*
 * The node of the definition as written that a rendered node comes from: the
 * same path, as far as it goes. *exact says that it goes all the way, and
 * not to a string that may be a placeholder.
 */
static uint32_t origin_of(const struct entry_build *b, uint32_t bad,
                          bool *exact)
{
    const struct json *rendered = &b->entry->parsed;
    const struct json *doc = b->here.doc;
    struct jsonpath path;
    uint32_t steps;

    jsonpath_find(rendered, 0, bad, &path);
    uint32_t origin =
        jsonpath_follow(rendered, &path, doc, b->definition, &steps);
    const struct json_node *node = &doc->nodes[origin];
    bool whole = steps == path.depth;
    *exact = whole && !(node->type == JSON_STRING &&
                        memchr(doc->text + node->start, '$', node->len));
    /* Of a bad key, the key; it stands in front of its value. */
    if (whole && steps > 0 && path.steps[steps - 1].key == bad)
        origin--;
    return origin;
}

/*
 * Tells where a problem of the rendered text comes from: where it is written,
 * or the placeholder that brought it. Then the point may be at fault, and it
 * returns false.
 */
static bool move_to_origin(struct entry_build *b, struct err *err)
{
    const struct json *rendered = &b->entry->parsed;
    const struct json *doc = b->here.doc;
    size_t offset = column_offset(rendered->text, rendered->len, err->column);
    bool exact;
    uint32_t origin = origin_of(b, node_at(rendered, offset), &exact);
    const struct json_node *node = &doc->nodes[origin];
    size_t start = node->start - (node->type == JSON_STRING ? 1 : 0);

    json_place(doc->text, start, &err->line, &err->column);
    rename_path(b->entry, err);
    if (!exact)
        entry_add_point(b->entry, err);
    return exact;
}

/* Checks the definition where it is written: it holds no placeholder. */
static void check_written(struct entry_build *b)
{
    definition_check(b->here.doc, b->definition, b->context->schema, &b->found);
    for (unsigned i = 0; i < b->found.count; i++)
        rename_path(b->entry, &b->found.items[i]);
    entry_tell_all(b, &b->here, "");
}

/*
 * Of a point that is left out, what a placeholder brought is no fault: the
 * expression may be there for that.
 */
static void take_origins(struct entry_build *b, bool left_out)
{
    struct errs *found = &b->found;
    unsigned kept = 0;

    for (unsigned i = 0; i < found->count; i++) {
        bool certain = move_to_origin(b, &found->items[i]);
        if (certain || !left_out)
            found->items[kept++] = found->items[i];
        else if (found->items[i].code != ERR_WARNING)
            found->errors--;
    }
    found->count = kept;
}

static void check_rendered(struct entry_build *b, const struct job *job,
                           bool left_out)
{
    struct entry *entry = b->entry;
    struct err err = ERR_INIT;

    if (json_parse(&entry->parsed, job->definition.data, job->definition.len,
                   &err) < 0) {
        entry_tell(b, &b->here, &err, "");
        return;
    }
    definition_check(&entry->parsed, 0, b->context->schema, &b->found);
    take_origins(b, left_out);
    entry_tell_all(b, &b->here, "");
}

/*
 * Checks with one point. Where `where` takes none, with one that it leaves
 * out: the template's own faults are worth knowing all the same.
 */
void entry_check_first(struct entry_build *b)
{
    struct entry *entry = b->entry;
    struct err err = ERR_INIT;
    struct job job;
    uint64_t first = 0;
    int taken = entry_first(entry, &first, &err);

    if (taken < 0) {
        errs_add(b->errs, &err);
        return;
    }
    if (entry->definition.constant)
        check_written(b);
    job_init(&job);
    int rc = entry_render(entry, first, &job, &err);
    if (rc == 0 && !entry->definition.constant)
        check_rendered(b, &job, taken == 0);
    if (rc == 0 && taken == 1 && !entry_failed(b))
        rc = entry_identify(entry, &job, &err);
    if (rc < 0 && (taken == 1 || rc == ERR_MEMORY)) {
        entry_place_error(entry, true, &err);
        errs_add(b->errs, &err);
    }
    job_release(&job);
}
