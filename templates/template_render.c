/* From a template's segments and a point to bytes. */
#include "template_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 24

/* The value that a placeholder names, at this point; NULL bytes: absent. */
static struct template_operand operand_of(const struct template_segment *seg,
                                          const struct point *point,
                                          char digits[DIGITS_MAX])
{
    struct template_operand operand = {JSON_STRING, true, NULL, 0};

    if (seg->ref == TEMPLATE_REF_ID || seg->ref == TEMPLATE_REF_NAME) {
        operand.bytes = seg->ref == TEMPLATE_REF_ID ? point->id : point->name;
        operand.len = operand.bytes ? strlen(operand.bytes) : 0;
        return operand;
    }
    operand.raw = false;
    if (seg->ref < TEMPLATE_REF_NAME) {
        const struct value *value = &point->values[seg->ref];
        operand.type = value->type;
        operand.bytes = value->json;
        operand.len = value->len;
        return operand;
    }
    bool repeat = seg->ref == TEMPLATE_REF_REPEAT;
    operand.type = JSON_NUMBER;
    operand.bytes = digits;
    operand.len = (size_t)snprintf(digits, DIGITS_MAX, "%" PRIu64,
                                   repeat ? point->repeat : point->draw);
    return operand;
}

/* Notes where the placeholder or the object stands. Returns the code. */
static int place(const struct template_segment *seg, struct err *err)
{
    err->column = seg->at + 1;
    return err->code;
}

static int absent(const struct template_segment *seg, struct err *err)
{
    err_set(err, ERR_DATA, "%s: the point has no \"%s\"", seg->path, seg->name);
    return place(seg, err);
}

static int add_value(const struct template_segment *seg,
                     const struct point *point, struct buf *out,
                     struct err *err)
{
    char digits[DIGITS_MAX];
    struct template_operand operand = operand_of(seg, point, digits);

    if (!operand.bytes)
        return absent(seg, err);
    if (operand.raw)
        json_quote(out, operand.bytes, operand.len);
    else
        buf_add(out, operand.bytes, operand.len);
    return 0;
}

/*
 * Adds a parameter's text as it stands where that takes no more than copying:
 * true, or false with nothing done.
 */
static bool add_plain(const struct template_segment *seg,
                      const struct point *point, struct buf *out)
{
    if (seg->ref >= TEMPLATE_REF_NAME || seg->format.conversion != 0)
        return false;
    const struct value *value = &point->values[seg->ref];
    if (!value->json || value->type == JSON_ARRAY || value->type == JSON_OBJECT)
        return false;
    size_t quote = value->type == JSON_STRING ? 1 : 0;
    buf_add(out, value->json + quote, value->len - 2 * quote);
    return true;
}

static int add_inside(const struct template_segment *seg,
                      const struct point *point, struct buf *out,
                      struct err *err)
{
    if (add_plain(seg, point, out))
        return 0;
    char digits[DIGITS_MAX];
    struct template_operand operand = operand_of(seg, point, digits);
    int rc;

    if (!operand.bytes)
        return absent(seg, err);
    rc = template_format_add(&seg->format, &operand, out, err);
    if (rc == 0)
        return 0;
    err_prefix(err, "%s: \"%s\": ", seg->path, seg->name);
    return place(seg, err);
}

/* A rendered member: `"key":value` at start of the output. */
struct rendered {
    int64_t index;  /* of an integer-like key, or -1 */
    uint32_t order; /* as written */
    size_t start, key_len, len;
    const char *text; /* once rendering is over */
};

static int compare_keys(const void *left, const void *right)
{
    const struct rendered *a = left;
    const struct rendered *b = right;
    size_t shared = a->key_len < b->key_len ? a->key_len : b->key_len;
    int order = memcmp(a->text, b->text, shared);

    if (order != 0)
        return order;
    if (a->key_len != b->key_len)
        return a->key_len < b->key_len ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static int compare_places(const void *left, const void *right)
{
    const struct rendered *a = left;
    const struct rendered *b = right;

    if ((a->index < 0) != (b->index < 0))
        return a->index < 0 ? 1 : -1;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static int render_member(const struct template *tpl, uint32_t at,
                         const struct point *point, struct rendered *member,
                         struct buf *out, struct err *err)
{
    const struct template_segment *seg = &tpl->segments[at];
    int rc;

    member->start = out->len;
    rc = template_render_range(tpl, at + 1, seg->key_end, point, out, err);
    if (rc < 0)
        return rc;
    member->key_len = out->len - member->start;
    /* An integer-like key has no escapes: what stands there is its text. */
    member->index =
        json_index_key(out->data + member->start + 1, member->key_len - 2);
    buf_add_char(out, ':');
    rc = template_render_range(tpl, seg->key_end, seg->end, point, out, err);
    member->len = out->len - member->start;
    return rc;
}

static int check_keys(const struct template_segment *object,
                      struct rendered *members, struct err *err)
{
    qsort(members, object->members, sizeof *members, compare_keys);
    for (uint32_t i = 1; i < object->members; i++) {
        const struct rendered *a = &members[i - 1];
        const struct rendered *b = &members[i];
        if (a->key_len == b->key_len &&
            memcmp(a->text, b->text, a->key_len) == 0) {
            err_set(err, ERR_DATA, "%s: two keys became the same: %.*s",
                    object->path, b->key_len > 200 ? 200 : (int)b->key_len,
                    b->text);
            return place(object, err);
        }
    }
    return 0;
}

/* Writes the members, which stand at the end of out, in their order. */
static int arrange(const struct template_segment *object,
                   struct rendered *members, size_t start, struct buf *out,
                   struct err *err)
{
    size_t len = out->len - start;
    char *text = malloc(len + 1);
    int rc;

    if (!text)
        return err_set(err, ERR_MEMORY, "%s: out of memory", object->path);
    if (len > 0)
        memcpy(text, out->data + start, len);
    buf_truncate(out, start);
    for (uint32_t i = 0; i < object->members; i++)
        members[i].text = text + (members[i].start - start);
    rc = check_keys(object, members, err);
    if (rc == 0) {
        qsort(members, object->members, sizeof *members, compare_places);
        buf_add_char(out, '{');
        for (uint32_t i = 0; i < object->members; i++) {
            if (i > 0)
                buf_add_char(out, ',');
            buf_add(out, members[i].text, members[i].len);
        }
        buf_add_char(out, '}');
    }
    free(text);
    return rc;
}

/*
 * Objects whose keys hold placeholders are rare, so this one allocates: a
 * template stays constant while it is rendered.
 */
static int render_object(const struct template *tpl, uint32_t at,
                         const struct point *point, struct buf *out,
                         struct err *err)
{
    const struct template_segment *object = &tpl->segments[at];
    struct rendered *members = calloc(object->members, sizeof *members);
    size_t start = out->len;
    int rc = 0;

    if (!members)
        return err_set(err, ERR_MEMORY, "%s: out of memory", object->path);
    at++;
    for (uint32_t i = 0; i < object->members && rc == 0; i++) {
        members[i].order = i;
        rc = render_member(tpl, at, point, &members[i], out, err);
        at = tpl->segments[at].end;
    }
    if (rc == 0 && !out->failed)
        rc = arrange(object, members, start, out, err);
    free(members);
    return rc;
}

/* Recursion is bounded by the depth of the template's JSON. */
int template_render_range(const struct template *tpl, uint32_t from,
                          uint32_t to, const struct point *point,
                          struct buf *out, struct err *err)
{
    int rc = 0;

    while (from < to && rc == 0) {
        const struct template_segment *seg = &tpl->segments[from];
        uint32_t next = from + 1;
        if (seg->kind == TEMPLATE_LITERAL) {
            buf_add(out, seg->bytes, seg->len);
        } else if (seg->kind == TEMPLATE_INSIDE) {
            rc = add_inside(seg, point, out, err);
        } else if (seg->kind == TEMPLATE_VALUE) {
            rc = add_value(seg, point, out, err);
        } else {
            rc = render_object(tpl, from, point, out, err);
            next = seg->end;
        }
        from = next;
    }
    /* Whoever reads back what was rendered must find all of it. */
    if (rc == 0 && out->failed)
        rc = buf_error(out, "what was rendered", err);
    return rc;
}

int template_render(const struct template *tpl, const struct point *point,
                    struct buf *out, struct err *err)
{
    return template_render_range(tpl, 0, tpl->count, point, out, err);
}
