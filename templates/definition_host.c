/*
 * What a host rejects only once it has taken the job, and the job is charged.
 * Read off nosana-cli 1d3a04c: validateExecutionPlan.ts (dependencies) and
 * interpolateOperation.ts (literals within args). These are warnings, and
 * only given where the outcome is certain.
 */
#include <string.h>

#include "cid.h"
#include "definition_impl.h"
#include "json_text.h"
#include "literal.h"
#include "nearest.h"

#define NAMES_OFFERED 256 /* enough for a hint; bounds its time */

/*
 * Each literal is looked up in an object. Twice what can be pinned, for white
 * space, keeps that short whatever a stranger's file holds.
 */
#define TEXT_MAX (2 * (size_t)CID_CONTENT_MAX)

#define HINT_MAX (NEAREST_NAME_MAX + 32)

struct host {
    const struct shape_run *run;
    const struct json *doc;
    const struct opindex *index;
    uint32_t variables; /* node of global.variables, or 0 */
    struct buf scratch; /* a string's value where it is written with escapes */
};

/* A member of a member, or 0. */
static uint32_t get2(const struct json *doc, uint32_t node, const char *outer,
                     const char *inner)
{
    uint32_t found = json_get(doc, node, outer);

    return found == 0 ? 0 : json_get(doc, found, inner);
}

static const char *raw(const struct json *doc, uint32_t string, size_t *len)
{
    *len = doc->nodes[string].len;
    return doc->text + doc->nodes[string].start;
}

static bool same(const struct json *doc, uint32_t a, uint32_t b)
{
    size_t a_len, b_len;
    const char *a_raw = raw(doc, a, &a_len);
    const char *b_raw = raw(doc, b, &b_len);

    return json_text_compare(a_raw, a_len, b_raw, b_len) == 0;
}

/* Whether a further warning would only be counted: no need for its hint. */
static bool enough(const struct shape_run *run)
{
    return run->errs->count == ERRS_MAX;
}

/* Keeps the offered name where it is the best yet: known is reused. */
static void offer(struct nearest *search, const char *name, size_t len,
                  char known[2][NEAREST_NAME_MAX + 1])
{
    if (len > NEAREST_NAME_MAX)
        return;
    char *next = search->best == known[0] ? known[1] : known[0];
    memcpy(next, name, len);
    next[len] = '\0';
    nearest_offer(search, next);
}

/* ' (did you mean …?)' among the operations' ids. */
static const char *op_hint(const struct host *host, const char *name,
                           size_t len, char out[HINT_MAX])
{
    char known[2][NEAREST_NAME_MAX + 1];
    struct nearest search;

    nearest_begin(&search, name, len);
    for (uint32_t i = 0; i < host->index->count && i < NAMES_OFFERED; i++) {
        if (enough(host->run))
            break;
        offer(&search, host->index->entries[i].id,
              host->index->entries[i].id_len, known);
    }
    return nearest_hint(&search, out, HINT_MAX);
}

/* The same among an object's keys. */
static const char *key_hint(const struct json *doc, uint32_t object,
                            const char *name, size_t len, char out[HINT_MAX])
{
    char known[2][NEAREST_NAME_MAX + 1];
    struct nearest search;
    uint32_t key = json_first(object);

    nearest_begin(&search, name, len);
    for (uint32_t i = 0; i < doc->nodes[object].size && i < NAMES_OFFERED;
         i++) {
        size_t key_len;
        const char *text = raw(doc, key, &key_len);
        offer(&search, text, key_len, known);
        key = json_next(doc, key + 1);
    }
    return nearest_hint(&search, out, HINT_MAX);
}

/* Hosts compare groups as written: two operations without one are equal. */
static bool other_group(const struct json *doc, uint32_t op, uint32_t other)
{
    uint32_t a = get2(doc, op, "execution", "group");
    uint32_t b = get2(doc, other, "execution", "group");

    if (a == 0 || b == 0)
        return a != b;
    return !same(doc, a, b);
}

static void check_dependency(const struct host *host, uint32_t op,
                             uint32_t name)
{
    char quoted[SHAPE_QUOTE_MAX], hint[HINT_MAX];
    size_t len;
    const char *text = raw(host->doc, name, &len);
    const struct opindex_entry *other = opindex_find(host->index, text, len);

    shape_quote(host->doc, name, quoted);
    if (!other)
        shape_warning(host->run, name,
                      "a host would reject this: no operation is called "
                      "\"%s\"%s",
                      quoted, op_hint(host, text, len, hint));
    else if (other->op == op)
        shape_warning(host->run, name,
                      "a host would reject this: the operation \"%s\" depends "
                      "on itself",
                      quoted);
    else if (other_group(host->doc, op, other->op))
        shape_warning(host->run, name,
                      "a host would reject this: the operation \"%s\" is in "
                      "another group; give both the same \"group\", or leave "
                      "the dependency out (groups run one after the other)",
                      quoted);
}

static void check_dependencies(const struct host *host, uint32_t op)
{
    uint32_t list = get2(host->doc, op, "execution", "depends_on");

    if (list == 0)
        return;
    uint32_t at = json_first(list);
    for (uint32_t i = 0; i < host->doc->nodes[list].size; i++) {
        check_dependency(host, op, at);
        at = json_next(host->doc, at);
    }
}

/* Whether a part of a literal is the word. */
static bool is(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

/*
 * The member of an object whose key is a part of a literal, or 0. A part that
 * holds a backslash would need escaping first: no literal in use has one.
 */
static uint32_t member(const struct json *doc, uint32_t object,
                       const char *name, size_t len)
{
    uint32_t key = json_first(object);
    uint32_t found = 0;

    for (uint32_t i = 0; i < doc->nodes[object].size; i++) {
        size_t key_len;
        const char *text = raw(doc, key, &key_len);
        if (json_text_compare(text, key_len, name, len) == 0)
            found = key + 1;
        key = json_next(doc, key + 1);
    }
    return found;
}

static size_t first_part(const char *path, size_t len)
{
    const char *dot = memchr(path, '.', len);

    return dot ? (size_t)(dot - path) : len;
}

static void unresolved(const struct host *host, uint32_t node,
                       const struct literal *literal, const char *why,
                       const char *hint)
{
    char quoted[SHAPE_QUOTE_MAX];

    shape_warning(host->run, node,
                  "a host would reject this: \"%s\" cannot resolve: %s%s",
                  shape_quote_bytes(literal->text, literal->len, quoted), why,
                  hint);
}

/* %%ops.ID.results.NAME%% where the operation has no such result. */
static void check_result_name(const struct host *host, uint32_t node,
                              const struct literal *literal, uint32_t op)
{
    const char *name = literal->path + strlen("results.");
    size_t len = first_part(name, literal->path_len - strlen("results."));
    uint32_t results = json_get(host->doc, op, "results");
    char hint[HINT_MAX];

    if (results == 0)
        unresolved(host, node, literal, "that operation has no \"results\"",
                   "");
    else if (!member(host->doc, results, name, len))
        unresolved(host, node, literal,
                   "that operation has no result of this name",
                   key_hint(host->doc, results, name, len, hint));
}

static void check_ops_path(const struct host *host, uint32_t node,
                           const struct literal *literal, uint32_t op)
{
    size_t len = first_part(literal->path, literal->path_len);

    if (is(literal->path, len, "results")) {
        if (len < literal->path_len)
            check_result_name(host, node, literal, op);
    } else if (!is(literal->path, len, "host") &&
               !is(literal->path, len, "endpoint") &&
               !is(literal->path, len, "deployment_endpoint")) {
        unresolved(host, node, literal,
                   "an operation has host, endpoint.PORT, "
                   "deployment_endpoint and results.NAME",
                   "");
    }
}

static void check_ops_literal(const struct host *host, uint32_t node,
                              const struct literal *literal)
{
    const struct opindex_entry *op =
        opindex_find(host->index, literal->name, literal->name_len);
    char hint[HINT_MAX];

    if (op)
        check_ops_path(host, node, literal, op->op);
    else if (host->variables == 0 ||
             !is(literal->name, literal->name_len, "variables"))
        unresolved(host, node, literal, "it names no operation",
                   op_hint(host, literal->name, literal->name_len, hint));
}

static void check_variable(const struct host *host, uint32_t node,
                           const struct literal *literal)
{
    char hint[HINT_MAX];
    uint32_t value = 0;

    if (host->variables != 0 && literal->path)
        value = member(host->doc, host->variables, literal->path,
                       literal->path_len);
    if (host->variables == 0)
        unresolved(host, node, literal, "there are no \"global.variables\"",
                   "");
    else if (literal->path && value == 0)
        unresolved(host, node, literal, "there is no such variable",
                   key_hint(host->doc, host->variables, literal->path,
                            literal->path_len, hint));
    else if (literal->path && host->doc->nodes[value].len == 0)
        unresolved(host, node, literal, "the variable is empty", "");
}

static bool is_global(const char *name, size_t len)
{
    return is(name, len, "job") || is(name, len, "host") ||
           is(name, len, "project") || is(name, len, "frps_address");
}

static const char *global_hint(const char *name, size_t len, char out[HINT_MAX])
{
    struct nearest search;

    nearest_begin(&search, name, len);
    nearest_offer(&search, "job");
    nearest_offer(&search, "host");
    nearest_offer(&search, "project");
    nearest_offer(&search, "frps_address");
    nearest_offer(&search, "variables");
    return nearest_hint(&search, out, HINT_MAX);
}

static void check_global_literal(const struct host *host, uint32_t node,
                                 const struct literal *literal)
{
    const char *name = literal->name;
    size_t len = literal->name_len;
    char hint[HINT_MAX];

    if (is(name, len, "variables"))
        check_variable(host, node, literal);
    else if (is_global(name, len) && literal->path)
        unresolved(host, node, literal, "this global has no parts", "");
    else if (memchr(name, '%', len))
        unresolved(host, node, literal,
                   "it is read as one literal; keep to one %%global.NAME%% "
                   "a string",
                   "");
    else if (!is_global(name, len))
        unresolved(host, node, literal,
                   "the globals are job, host, project, frps_address and "
                   "variables.NAME",
                   global_hint(name, len, hint));
}

/* Looks like a literal and is none: no error there, but hardly meant. */
static void check_look_alike(const struct host *host, uint32_t node,
                             const struct literal *literal)
{
    char quoted[SHAPE_QUOTE_MAX];
    struct nearest search;

    nearest_begin(&search, literal->name, literal->name_len);
    nearest_offer(&search, "ops");
    nearest_offer(&search, "global");
    nearest_offer(&search, "globals");
    if (!search.best)
        return;
    shape_warning(host->run, node,
                  "a host leaves \"%s\" as it is: literals are "
                  "%%%%ops.ID.PATH%%%%, %%%%global.NAME%%%% and "
                  "%%%%global.variables.NAME%%%%",
                  shape_quote_bytes(literal->text, literal->len, quoted));
}

static void check_text(const struct host *host, uint32_t node, const char *text,
                       size_t len)
{
    struct literal literal;
    size_t at = 0;

    while (literal_next(text, len, &at, &literal)) {
        if (memchr(literal.text, '\\', literal.len))
            continue;
        if (literal.kind == LITERAL_OPS)
            check_ops_literal(host, node, &literal);
        else if (literal.kind == LITERAL_GLOBAL)
            check_global_literal(host, node, &literal);
        else
            check_look_alike(host, node, &literal);
    }
}

static void check_string(struct host *host, uint32_t node)
{
    struct err err = ERR_INIT;
    size_t len;
    const char *text = raw(host->doc, node, &len);

    if (!memchr(text, '%', len))
        return;
    if (memchr(text, '\\', len)) {
        buf_clear(&host->scratch);
        json_string(host->doc, node, &host->scratch);
        if (buf_error(&host->scratch, "a string with escapes", &err) < 0) {
            errs_add(host->run->errs, &err);
            return;
        }
        text = buf_str(&host->scratch);
        len = host->scratch.len;
    }
    check_text(host, node, text, len);
}

/* Hosts look into values only, never into keys. Depth is the reader's. */
static void check_values(struct host *host, uint32_t node)
{
    enum json_type type = host->doc->nodes[node].type;
    uint32_t at = json_first(node);

    if (type == JSON_STRING)
        check_string(host, node);
    for (uint32_t i = 0; i < host->doc->nodes[node].size; i++) {
        at += type == JSON_OBJECT;
        check_values(host, at);
        at = json_next(host->doc, at);
    }
}

void definition_host(const struct shape_run *run, uint32_t root,
                     const struct opindex *index)
{
    struct host host = {run, run->doc, index, 0, {NULL, 0, 0, 0, 0}};
    uint32_t ops = json_get(run->doc, root, "ops");
    uint32_t op = json_first(ops);

    host.variables = get2(run->doc, root, "global", "variables");
    if (run->doc->nodes[root].len > TEXT_MAX)
        return;
    buf_init(&host.scratch, TEXT_MAX);
    for (uint32_t i = 0; i < run->doc->nodes[ops].size; i++) {
        uint32_t args = json_get(run->doc, op, "args");
        const struct json_node *node = &run->doc->nodes[args];
        check_dependencies(&host, op);
        if (memchr(run->doc->text + node->start, '%', node->len))
            check_values(&host, args);
        op = json_next(run->doc, op);
    }
    buf_release(&host.scratch);
}
