/* From a manifest's value to a compiled entry: its fields, its frame. */
#include "entry_impl.h"

#include "nearest.h"

#include <string.h>

#define ID_MAX_TEXT "[A-Za-z0-9._-], 1 to 64 of them"

static const char *const field_names[ENTRY_FIELDS] = {
    [ENTRY_ID] = "id",         [ENTRY_DEFINITION] = "definition",
    [ENTRY_MARKET] = "market", [ENTRY_TIMEOUT] = "timeout",
    [ENTRY_NODE] = "node",     [ENTRY_PARAMS] = "params",
    [ENTRY_ZIP] = "zip",       [ENTRY_ROWS] = "rows",
    [ENTRY_WHERE] = "where",   [ENTRY_DRAW] = "draw",
    [ENTRY_REPEAT] = "repeat", [ENTRY_NAME] = "name",
    [ENTRY_KEY] = "key",       [ENTRY_CID] = "cid",
    [ENTRY_INDEX] = "index",
};

/* What the header's `defaults` may hold. */
static bool may_default(enum entry_field field)
{
    return field == ENTRY_MARKET || field == ENTRY_TIMEOUT ||
           field == ENTRY_PARAMS || field == ENTRY_DRAW;
}

const char *entry_field_name(enum entry_field field)
{
    return field_names[field];
}

static void unknown_field(struct entry_build *b,
                          const struct entry_source *source, uint32_t key)
{
    const struct json_node *name = &source->doc->nodes[key];
    const char *text = source->doc->text + name->start;
    int shown = name->len > ENTRY_ID_MAX ? ENTRY_ID_MAX : (int)name->len;
    struct nearest search;
    char hint[ERR_MESSAGE_MAX / 4];

    nearest_begin(&search, text, name->len);
    for (int i = 0; i < ENTRY_FIELDS; i++)
        if (!source->shared || may_default((enum entry_field)i))
            nearest_offer(&search, field_names[i]);
    entry_problem(b, source, key, ERR_DATA, "unknown field \"%.*s\"%s%s", shown,
                  text, source->shared ? " in defaults" : "",
                  nearest_hint(&search, hint, sizeof hint));
}

static void read_field(struct entry_build *b, const struct entry_source *source,
                       uint32_t key, uint32_t *fields)
{
    for (int i = 0; i < ENTRY_FIELDS; i++) {
        if (source->shared && !may_default((enum entry_field)i))
            continue;
        if (json_equals(source->doc, key, field_names[i])) {
            fields[i] = key + 1;
            return;
        }
    }
    unknown_field(b, source, key);
}

static void read_fields(struct entry_build *b,
                        const struct entry_source *source, uint32_t object,
                        uint32_t *fields)
{
    uint32_t key = json_first(object);

    for (uint32_t i = 0; i < source->doc->nodes[object].size; i++) {
        if (errs_full(b->errs))
            break;
        read_field(b, source, key, fields);
        key = json_next(source->doc, key + 1);
    }
}

bool entry_id_valid(const char *id, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = id[i];
        bool valid = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (!valid)
            return false;
    }
    return len > 0 && len <= ENTRY_ID_MAX;
}

/* A plain definition's id is its file's name. */
static void take_file_id(struct entry_build *b)
{
    const char *id = b->context->id;
    struct err err = ERR_INIT;

    if (id && entry_id_valid(id, strlen(id))) {
        b->entry->id = arena_copy(&b->entry->arena, id, strlen(id));
        return;
    }
    err_set_at(&err, ERR_DATA, 1, 1,
               "the id \"%.80s\", made from the file's name, cannot be one: "
               "expected " ID_MAX_TEXT "; give another with --id",
               id ? id : "");
    entry_tell(b, &b->here, &err, "");
}

static void read_id(struct entry_build *b)
{
    uint32_t node = b->fields[ENTRY_ID];
    struct entry *entry = b->entry;
    struct err err = ERR_INIT;

    if (node == 0) {
        err_set_at(&err, ERR_DATA, 1, 1, "the field \"id\" is missing");
        entry_tell(b, &b->here, &err, "");
        return;
    }
    const struct json_node *value = &b->here.doc->nodes[node];
    const char *text = b->here.doc->text + value->start;
    if (value->type != JSON_STRING)
        entry_problem(b, &b->here, node, ERR_DATA,
                      "$.id: expected a string, found %s",
                      json_type_name(value->type));
    else if (!entry_id_valid(text, value->len))
        entry_problem(b, &b->here, node, ERR_DATA,
                      "$.id: expected " ID_MAX_TEXT ", found \"%.*s\"",
                      value->len > 80 ? 80 : (int)value->len, text);
    else
        entry->id = arena_copy(&entry->arena, text, value->len);
}

static void read_text_field(struct entry_build *b, enum entry_field field,
                            const char **out)
{
    uint32_t node = b->fields[field];
    struct buf text;

    if (node == 0)
        return;
    if (b->here.doc->nodes[node].type != JSON_STRING) {
        entry_problem(b, &b->here, node, ERR_DATA,
                      "$.%s: expected a string, found %s", field_names[field],
                      json_type_name(b->here.doc->nodes[node].type));
        return;
    }
    buf_init(&text, JSON_TEXT_MAX);
    json_string(b->here.doc, node, &text);
    if (text.failed)
        entry_lost_text(b, &b->here, node, &text);
    else
        *out = arena_copy(&b->entry->arena, buf_str(&text), text.len);
    buf_release(&text);
}

/* `key`, `cid` and `index`, as `expand` prints them. */
static void read_given(struct entry_build *b)
{
    struct entry *entry = b->entry;
    uint8_t key[KEY_LEN];
    uint8_t digest[CID_DIGEST_LEN];
    uint32_t index = b->fields[ENTRY_INDEX];

    entry->given =
        b->fields[ENTRY_KEY] != 0 || b->fields[ENTRY_CID] != 0 || index != 0;
    read_text_field(b, ENTRY_KEY, &entry->given_key);
    read_text_field(b, ENTRY_CID, &entry->given_cid);
    if (entry->given_key &&
        !key_parse(entry->given_key, strlen(entry->given_key), key))
        entry_problem(b, &b->here, b->fields[ENTRY_KEY], ERR_DATA,
                      "$.key: expected 26 characters of base32 as expand "
                      "prints them, found \"%.80s\"",
                      entry->given_key);
    if (entry->given_cid &&
        !cid_parse(entry->given_cid, strlen(entry->given_cid), digest))
        entry_problem(b, &b->here, b->fields[ENTRY_CID], ERR_DATA,
                      "$.cid: expected a CID \"Qm…\", found \"%.80s\"",
                      entry->given_cid);
    if (index != 0 &&
        !json_int(b->here.doc, index, 0, INT64_MAX, &entry->given_index))
        entry_problem(b, &b->here, index, ERR_DATA,
                      "$.index: expected a whole number from 0");
}

bool entry_is_plain(const struct json *doc)
{
    return json_get(doc, 0, "ops") != 0 && json_get(doc, 0, "definition") == 0;
}

static void read_definition_field(struct entry_build *b)
{
    const struct json *doc = b->here.doc;
    struct err err = ERR_INIT;

    b->definition = b->fields[ENTRY_DEFINITION];
    b->has_definition = b->definition != 0;
    if (!b->has_definition) {
        err_set_at(&err, ERR_DATA, 1, 1,
                   "the field \"definition\" is missing; \"nosbatch new "
                   "FILE\" makes an entry of a job definition");
        entry_tell(b, &b->here, &err, "");
    } else if (doc->nodes[b->definition].type == JSON_STRING) {
        b->has_definition = false;
        entry_problem(b, &b->here, b->definition, ERR_DATA,
                      "$.definition: expected an object, found a string; an "
                      "entry names no file: \"nosbatch new FILE\" writes the "
                      "definition into one");
    }
}

/* Returns false where the value cannot be an entry at all. */
static bool read_frame(struct entry_build *b)
{
    const struct json *doc = b->here.doc;
    const struct entry_context *context = b->context;

    if (doc->nodes[0].type != JSON_OBJECT) {
        entry_problem(b, &b->here, 0, ERR_DATA,
                      "expected an entry or a job definition (an object), "
                      "found %s",
                      json_type_name(doc->nodes[0].type));
        return false;
    }
    if (b->header.doc)
        read_fields(b, &b->header, context->defaults_node, b->default_fields);
    if (entry_is_plain(doc)) {
        b->has_definition = true;
        b->entry->definition_path = "$";
        take_file_id(b);
        return true;
    }
    b->entry->definition_path = "$.definition";
    if (json_get(doc, 0, "id") != 0)
        b->fields[ENTRY_ID] = json_get(doc, 0, "id");
    read_id(b);
    read_fields(b, &b->here, 0, b->fields);
    read_definition_field(b);
    read_given(b);
    return true;
}

static void begin(struct entry_build *b, struct entry *entry,
                  const struct json *doc, const struct entry_context *context,
                  struct errs *errs)
{
    memset(entry, 0, sizeof *entry);
    arena_init(&entry->arena, ENTRY_MEMORY_MAX);
    json_init(&entry->parsed);
    buf_init(&entry->scratch, JSON_TEXT_MAX);
    buf_init(&entry->sought.name, ENTRY_NAME_MAX * 8);
    entry->file = context->file;
    entry->line = context->line;
    entry->column = context->column;
    entry->context = context;
    entry->given_index = -1;
    entry->checked = UINT64_MAX;
    entry->timeout_s = ENTRY_TIMEOUT_DEFAULT;
    memset(b->fields, 0, sizeof b->fields);
    memset(b->default_fields, 0, sizeof b->default_fields);
    errs_init(&b->found);
    b->entry = entry;
    b->context = context;
    b->errs = errs;
    b->errors_before = errs->errors;
    b->definition = 0;
    b->has_definition = false;
    b->names_unknown = false;
    b->origins = NULL;
    b->used = NULL;
    b->named = NULL;
    b->here = (struct entry_source){doc, context->file, context->line,
                                    context->column, false};
    b->header = (struct entry_source){context->defaults, context->file,
                                      context->defaults_line, 1, true};
}

/* What ran out of memory says so once, whatever else was found. */
static void check_memory(struct entry_build *b)
{
    struct err err = ERR_INIT;

    if (arena_error(&b->entry->arena, "the entry", &err) != 0 &&
        !entry_failed(b))
        entry_tell(b, &b->here, &err, "");
}

void entry_compile(struct entry *entry, const struct json *doc,
                   const struct entry_context *context, struct errs *errs)
{
    struct entry_build b;
    struct err err = ERR_INIT;

    begin(&b, entry, doc, context, errs);
    if (!read_frame(&b))
        return;
    entry->doc = doc;
    entry->definition_node = b.definition;
    entry_check_text(&b);
    entry_space(&b);
    if (entry->arena.failed == 0 && !b.names_unknown) {
        entry_derive_compile(&b);
        entry_templates(&b);
        entry_where(&b);
    }
    check_memory(&b);
    if (entry_failed(&b))
        return;
    entry_usage(&b);
    if (entry->params.points > 1)
        entry->alike.stem =
            template_stem(&entry->definition, &entry->alike.len);
    if (point_init(&entry->point, &entry->params, &err) < 0)
        entry_tell(&b, &b.here, &err, "");
    if (!entry_failed(&b))
        entry_check_first(&b);
}

void entry_release(struct entry *entry)
{
    point_release(&entry->point);
    json_release(&entry->parsed);
    buf_release(&entry->scratch);
    buf_release(&entry->sought.name);
    arena_release(&entry->arena);
}

uint64_t entry_points(const struct entry *entry)
{
    return entry->params.points;
}
