/*
 * cmd_new: the self-contained manifest entry that the arguments mean.
 *
 * What defaults and options add is written into each entry, so that the
 * result needs neither. The merging follows entry_compile: the header's
 * parameters first (an entry's value takes a default's place), then the
 * entry's own, then --set, which replaces in place. The rows of --rows are
 * written into every entry; one that has rows already is an error.
 */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "endpoint.h"
#include "input.h"
#include "report.h"
#include "rows_file.h"

#define LINE_MAX    ((size_t)130 << 20) /* an entry, and rows beside it */
#define MEMBERS_MAX 4096                /* parameters of one entry */

/* A member of an object in some document; doc NULL: a text of our own. */
struct member {
    const char *name;
    const struct json *doc;
    uint32_t node;
};

struct merge {
    struct member members[MEMBERS_MAX];
    size_t count;
    struct arena names;
};

struct new_entry {
    const struct opt *opt;
    struct app *app;
    struct input input;
    struct json doc; /* the entry's text */
    struct buf rows_text;
    struct json rows; /* of --rows, in rows_text */
    struct merge merge;
    struct buf line;
};

static int put_member(struct merge *merge, const char *name,
                      const struct json *doc, uint32_t node, struct err *err)
{
    size_t i = 0;

    while (i < merge->count && strcmp(merge->members[i].name, name) != 0)
        i++;
    if (i == MEMBERS_MAX)
        return err_set(err, ERR_LIMIT, "over %d parameters", MEMBERS_MAX);
    if (i == merge->count)
        merge->count++;
    merge->members[i] = (struct member){name, doc, node};
    return 0;
}

/* Takes the members of an object node. */
static int put_object(struct merge *merge, const struct json *doc,
                      uint32_t object, struct err *err)
{
    struct buf name;
    int rc = 0;

    if (object == 0)
        return 0;
    buf_init(&name, 4096);
    uint32_t at = json_first(object);
    for (uint32_t i = 0; rc == 0 && i < doc->nodes[object].size; i++) {
        buf_clear(&name);
        json_string(doc, at, &name);
        const char *kept =
            name.failed ? NULL
                        : arena_copy(&merge->names, buf_str(&name), name.len);
        rc = kept ? put_member(merge, kept, doc, at + 1, err)
                  : err_set(err, ERR_MEMORY, "out of memory for names");
        at = json_next(doc, at + 1);
    }
    buf_release(&name);
    return rc;
}

static int merge_params(struct new_entry *new, const struct entry *entry,
                        bool plain, struct err *err)
{
    const struct entry_context *context = entry->context;
    const struct json *defaults = context->defaults;
    struct merge *merge = &new->merge;
    int rc = 0;

    merge->count = 0;
    arena_clear(&merge->names);
    if (defaults)
        rc = put_object(merge, defaults,
                        json_get(defaults, context->defaults_node, "params"),
                        err);
    if (rc == 0 && !plain)
        rc =
            put_object(merge, &new->doc, json_get(&new->doc, 0, "params"), err);
    for (size_t i = 0; rc == 0 && i < context->set_count; i++)
        rc = put_member(merge, context->sets[i].name, context->sets[i].doc, 0,
                        err);
    return rc;
}

static void add_name(struct buf *out, const char *name)
{
    buf_add_char(out, ',');
    json_quote(out, name, strlen(name));
    buf_add_char(out, ':');
}

/*
 * Adds a node as written, without the white space between its parts: numbers
 * keep their digits, as a range counts with these.
 */
static void add_written(const struct json *doc, uint32_t node, struct buf *out)
{
    const struct json_node *at = &doc->nodes[node];
    size_t quote = at->type == JSON_STRING;
    const char *text = doc->text + at->start - quote;
    bool in_string = false;

    for (size_t i = 0; i < at->len + 2 * quote; i++) {
        char c = text[i];
        if (in_string && c == '\\')
            buf_add_char(out, text[i++]);
        else if (c == '"')
            in_string = !in_string;
        if (in_string || !strchr(" \t\r\n", c))
            buf_add_char(out, text[i]);
    }
}

/* The entry's own field, else the defaults', else the option's text. */
static void add_field(struct new_entry *new, const struct entry *entry,
                      bool plain, const char *name, const char *option)
{
    const struct json *defaults = entry->context->defaults;
    uint32_t own = plain ? 0 : json_get(&new->doc, 0, name);
    uint32_t common =
        defaults ? json_get(defaults, entry->context->defaults_node, name) : 0;

    if (own == 0 && common == 0 && !option)
        return;
    add_name(&new->line, name);
    if (own != 0)
        add_written(&new->doc, own, &new->line);
    else if (common != 0)
        add_written(defaults, common, &new->line);
    else if (option)
        json_quote(&new->line, option, strlen(option));
}

static void add_params(struct new_entry *new)
{
    struct buf *out = &new->line;

    if (new->merge.count == 0)
        return;
    buf_add_str(out, ",\"params\":{");
    for (size_t i = 0; i < new->merge.count; i++) {
        const struct member *member = &new->merge.members[i];
        buf_add_str(out, i == 0 ? "" : ",");
        json_quote(out, member->name, strlen(member->name));
        buf_add_char(out, ':');
        add_written(member->doc, member->node, out);
    }
    buf_add_char(out, '}');
}

static void add_rows(struct new_entry *new)
{
    if (!new->opt->rows)
        return;
    add_name(&new->line, "rows");
    add_written(&new->rows, 0, &new->line);
}

static int print_entry(struct new_entry *new, const struct entry *entry,
                       struct err *err)
{
    static const char *const rest[] = {"node", "zip",    "rows", "where",
                                       "draw", "repeat", "name", "key",
                                       "cid",  "index"};
    struct buf *out = &new->line;
    size_t len;
    const char *text = manifest_entry_text(&new->input.manifest, &len);

    if (json_parse(&new->doc, text, len, err) != 0)
        return err->code;
    bool plain = json_get(&new->doc, 0, "definition") == 0;
    if (merge_params(new, entry, plain, err) != 0)
        return err->code;
    buf_clear(out);
    buf_add_str(out, "{\"id\":");
    json_quote(out, entry->id, strlen(entry->id));
    add_field(new, entry, plain, "market", new->opt->market);
    add_field(new, entry, plain, "timeout", new->opt->timeout);
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
        add_field(new, entry, plain, rest[i], NULL);
    add_params(new);
    add_rows(new);
    buf_add_str(out, ",\"definition\":");
    json_write(&new->doc, plain ? 0 : json_get(&new->doc, 0, "definition"),
               out);
    buf_add_str(out, "}\n");
    return report_put_json(new->app->out, new->app->out_terminal, out,
                           "an entry", err);
}

static int print_all(struct new_entry *new, struct err *err)
{
    struct errs *errs = &new->app->errs;
    struct entry *entry;
    int rc = input_open(&new->input, new->opt->args[0], err);

    while (rc == 0 && !errs_full(errs)) {
        if (manifest_next(&new->input.manifest, &entry, errs) <= 0)
            break;
        if (entry && errs->errors == 0)
            rc = print_entry(new, entry, err);
    }
    return rc ? rc : errs_result(errs, err);
}

static int read_rows(struct new_entry *new, struct err *err)
{
    const char *path = new->opt->rows;
    struct buf *text = &new->rows_text;

    if (!path)
        return 0;
    if (strcmp(path, "-") == 0 && strcmp(new->opt->args[0], "-") == 0)
        return err_set(err, ERR_USAGE,
                       "--rows -: the manifest is standard input already; put "
                       "one of the two into a file");
    if (rows_file_read(path, text, err) < 0)
        return err_prefix(err, "--rows: ");
    if (json_parse(&new->rows, buf_str(text), text->len, err) < 0) {
        /* Only a limit is left, and the place is one in no file. */
        err->line = 0;
        err->column = 0;
        return err_prefix(err, "--rows: ");
    }
    new->input.options.rows = &new->rows;
    return 0;
}

int cmd_new(const struct opt *opt, struct app *app, struct err *err)
{
    static struct new_entry new; /* too large for a stack; used once */

    new.opt = opt;
    new.app = app;
    json_init(&new.doc);
    json_init(&new.rows);
    buf_init(&new.rows_text, JSON_TEXT_MAX);
    buf_init(&new.line, LINE_MAX);
    arena_init(&new.merge.names, LINE_MAX);
    int rc = input_init(&new.input, opt, err);
    if (rc == 0)
        rc = read_rows(&new, err);
    if (rc == 0)
        rc = input_offline_markets(&new.input, endpoint_api_url(opt->api_url),
                                   err);
    if (rc == 0)
        rc = print_all(&new, err);
    input_release(&new.input);
    arena_release(&new.merge.names);
    buf_release(&new.line);
    json_release(&new.rows);
    buf_release(&new.rows_text);
    json_release(&new.doc);
    return rc;
}
