/*
 * template_impl: what the compiler and the renderer of templates share.
 *
 * A template is a flat array of segments. OBJECT and MEMBER own the segments
 * behind them up to `end`, so that nested objects need no pointers:
 *   OBJECT, then for each member: MEMBER, its key's segments (up to
 *   key_end), its value's segments (up to end).
 */
#ifndef TEMPLATES_TEMPLATE_IMPL_H
#define TEMPLATES_TEMPLATE_IMPL_H

#include "template.h"

enum template_kind {
    TEMPLATE_LITERAL, /* bytes as they are */
    TEMPLATE_VALUE,   /* a whole JSON value */
    TEMPLATE_INSIDE,  /* text inside a string */
    TEMPLATE_OBJECT,  /* an object with placeholders in its keys */
    TEMPLATE_MEMBER   /* one of its members */
};

/* What a placeholder means: a parameter's position, or one of these. */
#define TEMPLATE_REF_REPEAT UINT32_MAX
#define TEMPLATE_REF_DRAW   (UINT32_MAX - 1)
#define TEMPLATE_REF_ID     (UINT32_MAX - 2)
#define TEMPLATE_REF_NAME   (UINT32_MAX - 3)

/* Room for '%', five flags, width, '.', precision, "ll", conversion. */
#define TEMPLATE_SPEC_MAX 20

struct template_format {
    char conversion;              /* d x e f g; 'j' json, 's' sh; 0: none */
    char spec[TEMPLATE_SPEC_MAX]; /* for printf, of d x e f g */
};

struct template_segment {
    enum template_kind kind;
    uint32_t ref;      /* VALUE, INSIDE: what is inserted */
    uint32_t members;  /* OBJECT: how many follow */
    uint32_t key_end;  /* MEMBER: the segment behind its key */
    uint32_t end;      /* OBJECT, MEMBER: the segment behind all of it */
    size_t len;        /* LITERAL */
    const char *bytes; /* LITERAL: in the arena */
    const char *name;  /* VALUE, INSIDE: the parameter's, for errors */
    const char *path;  /* VALUE, INSIDE, OBJECT: likewise */
    size_t at;         /* likewise: its place in the document, in bytes */
    struct template_format format; /* INSIDE */
};

/* A value on its way into a string. */
struct template_operand {
    enum json_type type;
    bool raw; /* bytes are a string's UTF-8 instead of JSON */
    const char *bytes;
    size_t len;
};

/*
 * Reads a format ("03d", "json", …); false where it is none, with a message
 * that says why in err.
 */
bool template_format_parse(const char *text, size_t len,
                           struct template_format *format, struct err *err);

/*
 * Adds the operand, formatted and JSON-escaped, as it stands inside a
 * string. On failure the message starts with what the parameter would need.
 */
int template_format_add(const struct template_format *format,
                        const struct template_operand *operand, struct buf *out,
                        struct err *err);

/*
 * Adds the segments [from, to), which are whole ones. As template_render
 * otherwise.
 */
int template_render_range(const struct template *tpl, uint32_t from,
                          uint32_t to, const struct point *point,
                          struct buf *out, struct err *err);

/* Undoes json_escape in place; returns the new length. */
size_t template_unescape(char *text, size_t len);

#endif
