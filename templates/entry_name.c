/* A job's name, made from what varies; and its parameters as JSON. */
#include "entry_impl.h"

#include <string.h>

#define VALUE_MAX  40 /* bytes of a value in a name */
#define VALUE_HEAD 31 /* of one over that: so many, "~", 8 hex digits */
#define HASH_BYTES 4

/* Adds a value's text, cut where it is over VALUE_MAX bytes. */
static void add_short(struct hasher *hasher, const struct buf *text,
                      struct buf *out)
{
    uint8_t digest[CID_DIGEST_LEN];
    size_t head = VALUE_HEAD;

    if (text->len <= VALUE_MAX) {
        buf_add(out, buf_str(text), text->len);
        return;
    }
    hasher_begin(hasher);
    hasher_add(hasher, text->data, text->len);
    hasher_end(hasher, digest);
    while (head > 0 && ((unsigned char)text->data[head] & 0xc0) == 0x80)
        head--;
    buf_add(out, text->data, head);
    buf_add_char(out, '~');
    buf_add_hex(out, digest, HASH_BYTES);
}

void entry_name_value(struct entry *entry, uint32_t param, struct buf *out)
{
    struct buf *text = &entry->scratch;

    buf_clear(text);
    template_value_text(&entry->point.values[param], text);
    if (text->failed)
        out->failed = text->failed;
    add_short(entry->context->hasher, text, out);
}

/* "id/lr=0.1,seed=3#1" */
static void add_default(struct entry *entry, struct buf *out)
{
    const struct params *params = &entry->params;
    char glue = '/';

    buf_add_str(out, entry->id);
    for (uint32_t i = 0; i < params->count; i++) {
        const struct value *value = &entry->point.values[i];
        if (!params->items[i].varies || !value->json)
            continue;
        buf_add_char(out, glue);
        buf_add_str(out, params->items[i].name);
        buf_add_char(out, '=');
        entry_name_value(entry, i, out);
        glue = ',';
    }
    if (entry->point.repeat == 0)
        return;
    buf_add_char(out, '#');
    buf_add_u64(out, entry->point.repeat);
}

static int make_name(struct entry *entry, struct buf *out, struct err *err)
{
    int rc = 0;

    if (entry->has_name)
        rc = template_render_text(&entry->name, &entry->point, out, err);
    else
        add_default(entry, out);
    if (rc < 0 && !out->failed)
        return rc;
    if (out->failed == ERR_MEMORY)
        return err_set(err, ERR_MEMORY, "out of memory for a job's name");
    if (out->failed || out->len > ENTRY_NAME_MAX)
        return err_set(err, ERR_LIMIT,
                       "the job's name is over %d bytes; give the entry a "
                       "shorter one by `name`",
                       ENTRY_NAME_MAX);
    if (out->len == 0)
        return err_set(err, ERR_DATA, "the job's name is empty");
    if (memchr(out->data, '\0', out->len))
        return err_set(err, ERR_DATA,
                       "the job's name holds the character U+0000");
    return 0;
}

int entry_name(struct entry *entry, struct buf *out, struct err *err)
{
    int rc = make_name(entry, out, err);

    if (rc == 0)
        return 0;
    entry_spot_set(&entry->name_spot, err);
    if (entry->has_name && err->message[0] != '$')
        err_prefix(err, "$.name: ");
    return rc;
}

void entry_params(const struct entry *entry, struct buf *out)
{
    const struct params *params = &entry->params;
    char glue = '{';

    for (uint32_t i = 0; i < params->count; i++) {
        const struct value *value = &entry->point.values[i];
        if (!value->json)
            continue;
        buf_add_char(out, glue);
        buf_add_char(out, '"');
        buf_add_str(out, params->items[i].name);
        buf_add_str(out, "\":");
        buf_add(out, value->json, value->len);
        glue = ',';
    }
    if (glue == '{')
        buf_add_char(out, '{');
    buf_add_char(out, '}');
}
