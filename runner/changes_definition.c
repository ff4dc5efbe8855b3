#include "changes_definition.h"

#include <string.h>

#include "../templates/json_differ.h"

struct search {
    const struct ledger_intent *posted;
    struct hasher hasher;
    struct json doc;  /* an entry of the ledger; then the entry made of it */
    struct buf text;  /* of that entry */
    struct job found; /* the job as it was posted */
    bool plain;       /* from a plain job definition */
};

static void add_field(struct buf *out, const char *name, const char *text,
                      size_t len)
{
    buf_addf(out, ",\"%s\":", name);
    json_quote(out, text, len);
}

/* As constants, whatever they are. */
static void add_params(struct search *search, struct err *err)
{
    const struct ledger_text *params = &search->posted->params;
    struct buf *out = &search->text;
    struct json doc;

    json_init(&doc);
    buf_add_str(out, ",\"params\":{");
    if (json_parse(&doc, params->bytes, params->len, err) == 0 &&
        doc.nodes[0].type == JSON_OBJECT) {
        uint32_t at = json_first(0);
        for (uint32_t i = 0; i < doc.nodes[0].size; i++) {
            buf_add_str(out, i == 0 ? "" : ",");
            json_write(&doc, at, out);
            buf_add_str(out, ":{\"value\":");
            json_write(&doc, at + 1, out);
            buf_add_char(out, '}');
            at = json_next(&doc, at + 1);
        }
    }
    buf_add_char(out, '}');
    json_release(&doc);
}

/* The entry as `expand` would have printed it, but for the template. */
static void write_entry(struct search *search, uint32_t definition,
                        struct err *err)
{
    const struct ledger_intent *posted = search->posted;
    struct buf *out = &search->text;
    struct buf name;

    buf_init(&name, (size_t)4 * ENTRY_NAME_MAX);
    template_protect(posted->name.bytes, posted->name.len, &name);
    buf_clear(out);
    buf_add_str(out, "{\"id\":");
    json_quote(out, posted->id, strlen(posted->id));
    add_field(out, "name", buf_str(&name), name.len);
    add_params(search, err);
    buf_addf(out, ",\"repeat\":%llu", (unsigned long long)posted->repeat);
    add_field(out, "cid", posted->cid, strlen(posted->cid));
    buf_add_str(out, ",\"definition\":");
    json_write(&search->doc, definition, out);
    buf_add_char(out, '}');
    buf_release(&name);
}

/* Whether search->text is an entry of the posted job, which is rendered. */
static bool is_posted(struct search *search)
{
    const struct entry_context context = {.hasher = &search->hasher};
    struct entry entry;
    struct errs errs;
    struct err err = ERR_INIT;
    bool is;

    if (json_parse(&search->doc, buf_str(&search->text), search->text.len,
                   &err) != 0)
        return false;
    errs_init(&errs);
    entry_compile(&entry, &search->doc, &context, &errs);
    is = errs.errors == 0 && entry_job(&entry, 0, &search->found, &err) == 0;
    entry_release(&entry);
    return is;
}

/* 1: this is the one. */
static int on_entry(void *arg, struct ledger_text text, struct err *err)
{
    struct search *search = arg;
    struct err ignored = ERR_INIT;
    int rc = json_parse(&search->doc, text.bytes, text.len, &ignored);

    if (rc == ERR_MEMORY) {
        *err = ignored;
        return rc;
    }
    if (rc != 0)
        return 0;
    uint32_t definition = json_get(&search->doc, 0, "definition");
    search->plain = definition == 0;
    write_entry(search, definition, &ignored);
    return !search->text.failed && is_posted(search) ? 1 : 0;
}

static int tell(struct search *search, const struct job *job, struct buf *out,
                struct err *err)
{
    const struct buf *before = &search->found.definition;
    struct json now;

    json_init(&now);
    int rc = json_parse(&search->doc, buf_str(before), before->len, err);
    if (rc == 0)
        rc = json_parse(&now, buf_str(&job->definition), job->definition.len,
                        err);
    if (rc == 0)
        json_differ(&search->doc, &now, search->plain ? "$" : "$.definition",
                    out);
    json_release(&now);
    return rc;
}

int changes_definition(struct ledger *ledger, const struct ledger_sent *posted,
                       uint64_t offset, const struct job *job, struct buf *out,
                       struct err *err)
{
    struct search search = {.posted = &posted->intent};
    int rc = hasher_init(&search.hasher, err);

    json_init(&search.doc);
    buf_init(&search.text, JSON_TEXT_MAX);
    job_init(&search.found);
    if (rc == 0)
        rc = ledger_each_entry(ledger, posted->intent.id, offset, on_entry,
                               &search, err);
    if (rc == 1)
        rc = tell(&search, job, out, err);
    job_release(&search.found);
    buf_release(&search.text);
    json_release(&search.doc);
    hasher_release(&search.hasher);
    return rc;
}
