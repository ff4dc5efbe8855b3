#include "manifest_impl.h"

#include "manifest_header.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Turns a place in the current value's text into one in the file. */
static void place_in_file(const struct manifest *manifest, struct err *err)
{
    const struct gzvalues_item *item = &manifest->impl->item;

    err->file = manifest->file;
    if (err->line <= 1)
        err->column = item->column + (err->column > 0 ? err->column - 1 : 0);
    err->line = item->line + (err->line > 0 ? err->line - 1 : 0);
}

/* Adds what is wrong with the current value as a whole. */
static void value_problem(const struct manifest *manifest, struct errs *errs,
                          const char *message)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_DATA, "%s", message);
    place_in_file(manifest, &err);
    errs_add(errs, &err);
}

/* Keeps the header's text and document for the entries to come. */
static int keep_header(struct manifest *manifest, struct err *err)
{
    struct manifest_impl *impl = manifest->impl;

    buf_clear(&impl->header_text);
    buf_add(&impl->header_text, impl->item.text, impl->item.len);
    int rc = buf_error(&impl->header_text, "the header", err);
    if (rc == 0)
        rc = json_parse(&impl->header, impl->header_text.data,
                        impl->header_text.len, err);
    if (rc < 0)
        return rc;
    uint32_t defaults = json_get(&impl->header, 0, "defaults");
    impl->bare |= impl->value_count == 1 && defaults == 0;
    if (defaults != 0) {
        impl->context.defaults = &impl->header;
        impl->context.defaults_node = defaults;
        impl->context.defaults_line = impl->item.line;
    }
    return 0;
}

/*
 * Reads the first value as the header: 0, or negative where it has problems,
 * for then every entry would only repeat them.
 */
static int read_header(struct manifest *manifest, struct errs *errs)
{
    struct manifest_impl *impl = manifest->impl;
    struct errs found;
    struct err err;

    errs_init(&found);
    manifest_header_check(&impl->doc, &found);
    for (unsigned i = 0; i < found.count; i++) {
        place_in_file(manifest, &found.items[i]);
        err_prefix(&found.items[i], "header: ");
        errs_add(errs, &found.items[i]);
    }
    if (errs_result(&found, &err) < 0) {
        impl->ended = err.code;
        return err.code;
    }
    if (keep_header(manifest, &err) < 0)
        return manifest_stop(manifest, errs, &err);
    return 0;
}

/*
 * Whether the value is the header, or one that changes nothing, as it stands
 * in front of a part where the parts of a manifest were joined again.
 */
static bool takes_header(const struct manifest_impl *impl)
{
    const struct json *doc = &impl->doc;
    bool bare = doc->nodes[0].size == 1 && !impl->context.defaults;

    if (entry_is_plain(doc) || !manifest_header_is(doc))
        return false;
    return impl->value_count == 1 || (bare && !impl->plain);
}

/*
 * The value's place in the file decides whether it may be an entry: NULL, or
 * why it may not.
 */
static const char *misplaced(struct manifest_impl *impl)
{
    const struct json *doc = &impl->doc;

    if (impl->plain)
        return "a plain job definition stands alone in its file, but here is "
               "one more value; give each definition an entry of its own: "
               "{\"id\": \"NAME\", \"definition\": {…}}";
    if (entry_is_plain(doc) && impl->value_count > 1)
        return "expected an entry, found a job definition, which stands "
               "without one only alone in its file; write {\"id\": \"NAME\", "
               "\"definition\": {…}}";
    if (!entry_is_plain(doc) && manifest_header_is(doc))
        return "found a header, which may only be the first value; where "
               "manifests are joined, leave out the later headers";
    if (!entry_is_plain(doc) && impl->options->id)
        return "--id names a plain job definition, but this manifest has "
               "entries with ids of their own; leave out --id";
    return NULL;
}

/* A file that does not even begin as JSON is something else: says what is due.
 */
static void add_hint(struct manifest_impl *impl, struct err *err)
{
    char first = impl->item.text[0];
    size_t used = strlen(err->message);

    if (impl->value_count > 1 || !isalpha((unsigned char)first))
        return;
    snprintf(err->message + used, sizeof err->message - used,
             "; a manifest is JSON: %s", MANIFEST_ENTRY_HINT);
    impl->ended = err->code;
}

static bool parse_value(struct manifest *manifest, struct errs *errs)
{
    struct manifest_impl *impl = manifest->impl;
    struct err err = ERR_INIT;

    int rc = json_parse(&impl->doc, impl->item.text, impl->item.len, &err);
    if (rc == ERR_MEMORY) {
        manifest_stop(manifest, errs, &err);
        return false;
    }
    if (rc < 0 && impl->item.text[0] == ',') {
        value_problem(manifest, errs,
                      "expected an entry, found ','; entries follow one "
                      "another without commas");
        return false;
    }
    if (rc < 0) {
        add_hint(impl, &err);
        place_in_file(manifest, &err);
        errs_add(errs, &err);
        return false;
    }
    return true;
}

static bool check_object(struct manifest *manifest, struct errs *errs)
{
    enum json_type type = manifest->impl->doc.nodes[0].type;
    struct err err = ERR_INIT;

    if (type == JSON_OBJECT)
        return true;
    err_set(&err, ERR_DATA, "expected an entry (an object), found %s%s",
            json_type_name(type),
            type == JSON_ARRAY ? "; entries follow one another without "
                                 "brackets and commas: jq -c '.[]' FILE"
                               : "");
    place_in_file(manifest, &err);
    errs_add(errs, &err);
    return false;
}

/*
 * NULL, or what an object is that is neither an entry nor anything else that
 * may stand in a manifest: one message, in place of one for each field.
 */
static const char *stranger(const struct json *doc)
{
    if (json_get(doc, 0, "seq") != 0 && json_get(doc, 0, "crc") != 0)
        return "this is a ledger, the record of what was posted, and no "
               "manifest; \"nosbatch results FILE\" shows it";
    if (json_get(doc, 0, "id") != 0 || json_get(doc, 0, "definition") != 0 ||
        entry_is_plain(doc) || manifest_header_is(doc))
        return NULL;
    return "this is neither an entry nor a job definition: one has \"id\" and "
           "\"definition\", the other \"version\", \"type\" and \"ops\"; "
           "nosbatch-manifest(5) describes them";
}

/* Adds an error where another entry without `name` has the id. */
static int check_id(struct manifest *manifest, const char *id,
                    struct errs *errs)
{
    struct manifest_impl *impl = manifest->impl;
    struct err err = ERR_INIT;
    uint64_t line;

    int rc = manifest_ids_add(&impl->ids, &impl->job_hasher, id,
                              impl->item.line, &line, &err);
    if (rc < 0)
        return manifest_stop(manifest, errs, &err);
    if (rc == 0)
        return 0;
    uint32_t node = json_get(&impl->doc, 0, "id");
    json_err(&impl->doc, node, &err, ERR_DATA,
             "%s: $.id: the entry at line %llu has the same id; ids are "
             "unique among entries without \"name\"",
             id, (unsigned long long)line);
    place_in_file(manifest, &err);
    errs_add(errs, &err);
    return 0;
}

/* Compiles the current value; *entry stays NULL where it has problems. */
static int compile(struct manifest *manifest, struct entry **entry,
                   struct errs *errs)
{
    struct manifest_impl *impl = manifest->impl;
    unsigned before = errs->errors;
    unsigned told = before + errs->warnings;
    int rc = 0;

    struct entry *made = entry_models_place(&impl->models);
    impl->context.line = impl->item.line;
    impl->context.column = impl->item.column;
    entry_compile(made, &impl->doc, &impl->context, errs);
    /* Where no more fits, warnings are not looked for. */
    entry_models_learn(&impl->models, &impl->doc,
                       errs->errors + errs->warnings == told &&
                           errs->count < ERRS_MAX);
    if (errs->errors == before && !impl->known && !made->has_name)
        rc = check_id(manifest, made->id, errs);
    if (rc < 0)
        return rc;
    if (errs->errors == before)
        *entry = made;
    return 1;
}

/*
 * An entry that differs from an earlier one in free text only: 1 with *entry,
 * or negative. 0 where it is none, or there is something to be said of it.
 */
static int take_twin(struct manifest *manifest, struct entry **entry,
                     struct errs *errs)
{
    struct manifest_impl *impl = manifest->impl;
    const struct gzvalues_item *item = &impl->item;
    struct err err = ERR_INIT;
    uint64_t line;

    struct entry *twin = entry_models_find(&impl->models, item->text, item->len,
                                           item->line, item->column);
    if (!twin)
        return 0;
    if (!impl->known) {
        int rc = manifest_ids_add(&impl->ids, &impl->job_hasher, twin->id,
                                  item->line, &line, &err);
        if (rc != 0)
            return rc < 0 ? manifest_stop(manifest, errs, &err) : 0;
    }
    impl->entry_count++;
    *entry = twin;
    return 1;
}

int manifest_value_take(struct manifest *manifest, struct entry **entry,
                        struct errs *errs)
{
    struct manifest_impl *impl = manifest->impl;

    impl->value_count++;
    int rc = take_twin(manifest, entry, errs);
    if (rc != 0)
        return rc;
    if (!parse_value(manifest, errs) || !check_object(manifest, errs)) {
        impl->entry_count++;
        return impl->ended < 0 ? impl->ended : 1;
    }
    const char *strange = stranger(&impl->doc);
    if (strange) {
        value_problem(manifest, errs, strange);
        impl->entry_count++;
        /* What follows is of the same kind. */
        if (impl->value_count == 1)
            impl->ended = ERR_DATA;
        return impl->ended < 0 ? impl->ended : 1;
    }
    if (takes_header(impl))
        return read_header(manifest, errs);
    impl->entry_count++;
    const char *why = misplaced(impl);
    if (why) {
        value_problem(manifest, errs, why);
        return 1;
    }
    impl->plain = entry_is_plain(&impl->doc);
    return compile(manifest, entry, errs);
}
