#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_order.h"
#include "json_text.h"
#include "number.h"

/* Decimals of so many digits all come back from a double as they were. */
#define PLAIN_DIGITS_MAX 15

/* An open container. */
struct frame {
    uint32_t next;  /* the node to write next: an element, or a key */
    uint32_t left;  /* elements or members still to write */
    uint32_t index; /* of members */
    bool object;
    struct json_member *members; /* owned; NULL for the order of the text */
};

/*
 * Output that is the same as a stretch of the text is not written piece by
 * piece: the stretch grows and is copied at once. A text that is canonical
 * already is one copy.
 */
struct writer {
    const struct json *doc;
    struct buf *out;
    size_t from, to; /* the stretch: text[from, to) is to be written */
    struct frame frames[JSON_DEPTH_MAX];
    uint32_t depth;
};

static void flush(struct writer *w)
{
    if (w->to > w->from)
        buf_add(w->out, w->doc->text + w->from, w->to - w->from);
    w->from = w->to;
}

/* Writes text[from, to). */
static void write_stretch(struct writer *w, size_t from, size_t to)
{
    if (from != w->to) {
        flush(w);
        w->from = from;
    }
    w->to = to;
}

/* The stretch is empty and the next one will probably start here. */
static void skip_to(struct writer *w, size_t at)
{
    w->from = w->to = at;
}

static void write_char(struct writer *w, char c)
{
    if (w->to < w->doc->len && w->doc->text[w->to] == c) {
        w->to++;
        return;
    }
    flush(w);
    buf_add_char(w->out, c);
}

static void write_string(struct writer *w, const struct json_node *node)
{
    const char *raw = w->doc->text + node->start;

    if (json_text_is_canonical(raw, node->len)) {
        write_stretch(w, node->start - 1, (size_t)node->start + node->len + 1);
        return;
    }
    flush(w);
    json_text_canonical(raw, node->len, w->out);
    skip_to(w, (size_t)node->start + node->len + 1);
}

/*
 * Whether a number stands as JavaScript writes it. Without an exponent, with
 * at most 15 digits and no zero at the end of its fraction it does, but for
 * -0 and what is so small that it takes an exponent. May say false where it
 * does, which only costs time.
 */
static bool is_plain_number(const char *text, size_t len)
{
    const char *end = text + len;
    const char *at = text + (*text == '-');
    bool fraction = false;

    if (end - at > PLAIN_DIGITS_MAX + 1)
        return false;
    if (*at == '0' && at + 1 == end)
        return at == text;
    if (end - at > 8 && memcmp(at, "0.000000", 8) == 0)
        return false;
    for (; at < end; at++) {
        if (*at == '.')
            fraction = true;
        else if (*at < '0' || *at > '9')
            return false;
    }
    return fraction ? end[-1] != '0' : len <= PLAIN_DIGITS_MAX;
}

static void write_number(struct writer *w, const struct json_node *node)
{
    const char *text = w->doc->text + node->start;
    char js[NUMBER_JS_MAX];

    if (is_plain_number(text, node->len)) {
        write_stretch(w, node->start, (size_t)node->start + node->len);
        return;
    }
    size_t len = number_js(number_parse(text, node->len), js);
    flush(w);
    buf_add(w->out, js, len);
    skip_to(w, (size_t)node->start + node->len);
}

static void open_container(struct writer *w, uint32_t node)
{
    const struct json_node *at = &w->doc->nodes[node];
    struct frame *frame = &w->frames[w->depth++];

    frame->next = json_first(node);
    frame->left = at->size;
    frame->index = 0;
    frame->object = at->type == JSON_OBJECT;
    frame->members = NULL;
    if (frame->object && !json_order_natural(w->doc, node)) {
        frame->members = json_order_members(w->doc, node, &frame->left);
        if (!frame->members && !w->out->failed)
            w->out->failed = ERR_MEMORY;
    }
    write_char(w, frame->object ? '{' : '[');
}

/* Writes a scalar, or the opening of a container. */
static void write_value(struct writer *w, uint32_t index)
{
    const struct json_node *node = &w->doc->nodes[index];

    switch (node->type) {
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
        write_stretch(w, node->start, (size_t)node->start + node->len);
        break;
    case JSON_NUMBER:
        write_number(w, node);
        break;
    case JSON_STRING:
        write_string(w, node);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        open_container(w, index);
        break;
    }
}

static void close_container(struct writer *w)
{
    struct frame *frame = &w->frames[--w->depth];

    write_char(w, frame->object ? '}' : ']');
    free(frame->members);
}

/* Writes the next element or member of the innermost container. */
static void write_next(struct writer *w, struct frame *frame)
{
    uint32_t key = frame->next;
    uint32_t value = frame->object ? key + 1 : key;

    if (frame->members) {
        key = frame->members[frame->index].key;
        value = frame->members[frame->index].value;
    }
    if (frame->index > 0)
        write_char(w, ',');
    frame->index++;
    frame->left--;
    frame->next = json_next(w->doc, value);
    if (frame->object) {
        write_string(w, &w->doc->nodes[key]);
        write_char(w, ':');
    }
    write_value(w, value);
}

void json_write(const struct json *doc, uint32_t node, struct buf *out)
{
    struct writer w;

    w.doc = doc;
    w.out = out;
    w.depth = 0;
    w.from = w.to = doc->len;
    write_value(&w, node);
    while (w.depth > 0) {
        struct frame *frame = &w.frames[w.depth - 1];
        if (frame->left > 0 && !out->failed)
            write_next(&w, frame);
        else
            close_container(&w);
    }
    flush(&w);
}
