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
    if (front.failed == ERR_MEMORY)
        entry_lost_text(b, &b->here, node, &front);
    else
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

/* Checks the definition where it is written: it holds no placeholder. */
static void check_written(struct entry_build *b)
{
    definition_check(b->here.doc, b->definition, b->context->schema, &b->found);
    for (unsigned i = 0; i < b->found.count; i++)
        entry_rename_path(b->entry, &b->found.items[i]);
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
        bool certain = entry_origin(b->entry, &found->items[i]);
        if (!certain)
            entry_add_point(b->entry, &found->items[i]);
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
    /* What is not compared with anything need not be computed. */
    if (rc == 0 && taken == 1 && entry->given && !entry_failed(b))
        rc = entry_identify(entry, &job, &err);
    if (rc == 0 && taken == 1)
        entry->checked = first;
    if (rc < 0 && (taken == 1 || rc == ERR_MEMORY)) {
        entry_place_error(entry, true, &err);
        errs_add(b->errs, &err);
    }
    job_release(&job);
}
