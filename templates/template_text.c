/* What stands in a template: its mentions, and text from and for it. */
#include "template_impl.h"

#include <string.h>

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return (unsigned)(c - 'a') + 10;
}

/*
 * One escape of json_escape's, behind its backslash: a letter, or u00xx
 * below 0x20. Returns the bytes read.
 */
static size_t unescape_one(const char *text, char *out)
{
    static const char letters[] = "\"\"\\\\b\bf\fn\nr\rt\t";

    if (text[0] == 'u') {
        *out = (char)(hex_digit(text[3]) << 4 | hex_digit(text[4]));
        return 5;
    }
    *out = text[0];
    for (size_t i = 0; letters[i]; i += 2)
        if (letters[i] == text[0])
            *out = letters[i + 1];
    return 1;
}

size_t template_unescape(char *text, size_t len)
{
    size_t in = 0;
    size_t out = 0;

    while (in < len) {
        if (text[in] == '\\')
            in += 1 + unescape_one(text + in + 1, &text[out++]);
        else
            text[out++] = text[in++];
    }
    return out;
}

void template_value_text(const struct value *value, struct buf *out)
{
    if (value->type != JSON_STRING) {
        buf_add(out, value->json, value->len);
        return;
    }
    size_t start = out->len;
    buf_add(out, value->json + 1, value->len - 2);
    if (out->failed)
        return;
    size_t len = template_unescape(out->data + start, out->len - start);
    buf_truncate(out, start + len);
}

int template_render_text(const struct template *tpl, const struct point *point,
                         struct buf *out, struct err *err)
{
    size_t start = out->len;
    int rc = template_render(tpl, point, out, err);

    if (rc != 0)
        return rc;
    size_t len = out->len - start - 2;
    memmove(out->data + start, out->data + start + 1, len);
    buf_truncate(out, start + template_unescape(out->data + start, len));
    return 0;
}

const char *template_head(const struct template *tpl, size_t *len)
{
    bool literal = tpl->count > 0 && tpl->segments[0].kind == TEMPLATE_LITERAL;

    *len = literal ? tpl->segments[0].len : 0;
    return literal ? tpl->segments[0].bytes : "";
}

bool template_mention(const struct template *tpl, uint32_t *at, uint32_t *param)
{
    while (*at < tpl->count) {
        const struct template_segment *segment = &tpl->segments[(*at)++];
        bool inserts =
            segment->kind == TEMPLATE_VALUE || segment->kind == TEMPLATE_INSIDE;
        if (inserts && segment->ref < TEMPLATE_REF_NAME) {
            *param = segment->ref;
            return true;
        }
    }
    return false;
}

const char *template_stem(const struct template *tpl, size_t *len)
{
    bool there = tpl->count > 0 && tpl->segments[0].kind == TEMPLATE_LITERAL;

    *len = there ? tpl->segments[0].len : 0;
    return there ? tpl->segments[0].bytes : NULL;
}

void template_protect(const char *utf8, size_t len, struct buf *out)
{
    size_t i = 0;

    while (i < len) {
        const char *dollar = memchr(utf8 + i, '$', len - i);
        size_t run = dollar ? (size_t)(dollar - utf8) - i : len - i;
        buf_add(out, utf8 + i, run);
        i += run;
        if (!dollar)
            break;
        if (len - i >= 3 && memcmp(utf8 + i, "${{", 3) == 0)
            buf_add_char(out, '$');
        buf_add_char(out, '$');
        i++;
    }
}
