#include "gzvalues.h"

#include <stdlib.h>
#include <string.h>

#include "gzvalues_format.h"
#include "gzvalues_source.h"
#include "gzvalues_split.h"

#define REFILL_BYTES GZVALUES_SOURCE_READ

/* Why no more text comes behind the window's end. */
enum stop {
    STOP_NOT,
    STOP_END,
    STOP_NUL,
    STOP_ERROR
};

struct place {
    uint64_t line, column;
};

/*
 * The window holds text from start on, of which all before pos is scanned. Its
 * bytes before start are done with. A value that is not complete at the
 * window's end moves to its front before more text comes, so a value is
 * always in one piece, and copied only where it straddles two refills.
 */
struct gzvalues_impl {
    struct gzvalues_source source;
    struct gzvalues_split split;
    size_t max_value_bytes;
    struct buf window;
    size_t start, pos;
    bool filled; /* at least once */
    enum stop stop;
    struct err why;     /* of STOP_ERROR */
    struct place place; /* of start */
};

/* Moves a place over text; of a character's bytes only the first counts. */
static void advance(struct place *place, const char *text, size_t len)
{
    const char *end = text + len;
    const char *newline;

    while ((newline = memchr(text, '\n', (size_t)(end - text)))) {
        place->line++;
        place->column = 1;
        text = newline + 1;
    }
    for (; text < end; text++)
        place->column += ((unsigned char)*text & 0xc0) != 0x80;
}

/* Drops the window's text up to pos. */
static void drop(struct gzvalues_impl *impl)
{
    advance(&impl->place, impl->window.data + impl->start,
            impl->pos - impl->start);
    impl->start = impl->pos;
}

/* Moves what is kept to the window's front; returns where a refill goes. */
static char *make_room(struct gzvalues_impl *impl, struct err *err)
{
    struct buf *window = &impl->window;

    if (impl->start > 0) {
        size_t kept = window->len - impl->start;

        memmove(window->data, window->data + impl->start, kept);
        buf_truncate(window, kept);
        impl->pos -= impl->start;
        impl->start = 0;
    }
    char *room = buf_room(window, REFILL_BYTES);
    if (!room)
        buf_error(window, "a value", err);
    return room;
}

int gzvalues_open(struct gzvalues *values, int fd, const char *file,
                  size_t max_value_bytes, uint64_t limit_bytes,
                  struct hasher *hasher, struct err *err)
{
    struct gzvalues_impl *impl = calloc(1, sizeof *impl);

    values->impl = impl;
    values->file = file;
    if (!impl)
        return err_set(err, ERR_MEMORY, "out of memory for reading a file");
    impl->max_value_bytes = max_value_bytes;
    buf_init(&impl->window, max_value_bytes + REFILL_BYTES);
    impl->place.line = 1;
    impl->place.column = 1;
    int rc = gzvalues_source_open(&impl->source, fd, limit_bytes, hasher, err);
    if (rc == 0 && !make_room(impl, err))
        rc = err->code;
    if (rc < 0) {
        gzvalues_release(values);
        return rc;
    }
    return 0;
}

void gzvalues_by_place(struct gzvalues *values)
{
    values->impl->source.inflate.by_place = true;
}

void gzvalues_release(struct gzvalues *values)
{
    if (!values->impl)
        return;
    gzvalues_source_release(&values->impl->source);
    buf_release(&values->impl->window);
    free(values->impl);
    values->impl = NULL;
}

/* What of a refill may be given out; sets impl->stop where that is less. */
static size_t check_text(struct gzvalues_impl *impl, const char *text,
                         size_t len)
{
    bool in_gzip = impl->source.inflate.form == GZVALUES_GZIP;
    bool first = !impl->filled;

    impl->filled = true;
    if (first && gzvalues_format_check(text, len, in_gzip, &impl->why) < 0) {
        impl->stop = STOP_ERROR;
        return 0;
    }
    const char *nul = memchr(text, '\0', len);
    if (!nul)
        return len;
    impl->stop = STOP_NUL;
    return (size_t)(nul - text);
}

/* Adds text behind what is kept, or sets impl->stop. */
static void refill(struct gzvalues_impl *impl)
{
    char *room = make_room(impl, &impl->why);
    size_t got = 0;

    if (!room) {
        impl->stop = STOP_ERROR;
        return;
    }
    int rc = gzvalues_source_read(&impl->source, room, &got, &impl->why);
    if (rc < 0)
        impl->stop = STOP_ERROR;
    else if (got < REFILL_BYTES)
        impl->stop = STOP_END;
    if (got > 0)
        buf_grown(&impl->window, check_text(impl, room, got));
}

static int fail(struct gzvalues *values, struct err *err)
{
    err->file = values->file;
    return err->code;
}

/* The error, if any, that stands at the window's end. */
static int stop_error(struct gzvalues *values, struct err *err)
{
    struct gzvalues_impl *impl = values->impl;

    if (impl->stop == STOP_ERROR) {
        *err = impl->why;
        return fail(values, err);
    }
    if (impl->stop != STOP_NUL)
        return 0;
    struct place place = impl->place;
    advance(&place, impl->window.data + impl->start,
            impl->window.len - impl->start);
    err_set_at(err, ERR_DATA, place.line, place.column,
               "found a NUL byte, which no JSON text has (if this is UTF-16 "
               "text: iconv -f UTF-16 -t UTF-8 FILE > new.jsonl)");
    return fail(values, err);
}

/* Goes to the next value's first byte: 1, 0 at the end, or an error. */
static int skip_space(struct gzvalues *values, struct err *err)
{
    struct gzvalues_impl *impl = values->impl;

    for (;;) {
        while (impl->pos < impl->window.len &&
               gzvalues_split_byte(impl->window.data[impl->pos]) ==
                   GZVALUES_SPACE)
            impl->pos++;
        drop(impl);
        if (impl->pos < impl->window.len)
            return 1;
        if (impl->stop != STOP_NOT)
            return stop_error(values, err);
        refill(impl);
    }
}

/* Whether a value may start where one is expected. */
static int check_first(struct gzvalues *values, struct err *err)
{
    struct gzvalues_impl *impl = values->impl;
    const char *text = impl->window.data + impl->pos;
    enum gzvalues_byte byte = gzvalues_split_byte(*text);

    if (byte == GZVALUES_CLOSE)
        err_set_at(err, ERR_DATA, impl->place.line, impl->place.column,
                   "found \"%c\" without an opening bracket before it", *text);
    else if (byte != GZVALUES_ALIEN)
        return 0;
    else if (impl->window.len - impl->pos >= 3 &&
             memcmp(text, "\xef\xbb\xbf", 3) == 0)
        err_set_at(err, ERR_DATA, impl->place.line, impl->place.column,
                   "found a byte order mark between two values; remove it: "
                   "sed 's/^\\xef\\xbb\\xbf//' FILE > new.jsonl");
    else
        err_set_at(err, ERR_DATA, impl->place.line, impl->place.column,
                   "expected a JSON value, found byte 0x%02x, with which none "
                   "starts; this is no JSON text, or it is damaged",
                   (unsigned char)*text);
    return fail(values, err);
}

static int never_ends(struct gzvalues *values, struct err *err)
{
    const struct gzvalues_impl *impl = values->impl;
    const struct place *at = &impl->place;

    if (impl->split.in_string)
        err_set_at(err, ERR_DATA, at->line, at->column,
                   "the value that starts here never ends: a string is still "
                   "open at the end of the file");
    else
        err_set_at(err, ERR_DATA, at->line, at->column,
                   "the value that starts here never ends: %llu closing "
                   "bracket%s missing at the end of the file",
                   (unsigned long long)impl->split.depth,
                   impl->split.depth == 1 ? " is" : "s are");
    return fail(values, err);
}

static int too_long(struct gzvalues *values, struct err *err)
{
    const struct gzvalues_impl *impl = values->impl;

    err_set_at(err, ERR_LIMIT, impl->place.line, impl->place.column,
               "the value that starts here is over %zu bytes; is a closing "
               "bracket or quote missing?",
               impl->max_value_bytes);
    return fail(values, err);
}

/* Scans from behind a value's first byte to its end. */
static int scan_value(struct gzvalues *values, struct err *err)
{
    struct gzvalues_impl *impl = values->impl;
    bool ended = false;

    for (;;) {
        impl->pos +=
            gzvalues_split_scan(&impl->split, impl->window.data + impl->pos,
                                impl->window.len - impl->pos, &ended);
        if (impl->pos - impl->start > impl->max_value_bytes)
            return too_long(values, err);
        if (ended)
            return 1;
        if (impl->stop == STOP_END && impl->split.kind == GZVALUES_PRIMITIVE)
            return 1;
        if (impl->stop == STOP_END)
            return never_ends(values, err);
        if (impl->stop != STOP_NOT)
            return stop_error(values, err);
        refill(impl);
    }
}

int gzvalues_next(struct gzvalues *values, struct gzvalues_item *item,
                  struct err *err)
{
    struct gzvalues_impl *impl = values->impl;
    int rc = skip_space(values, err);

    if (rc <= 0)
        return rc;
    rc = check_first(values, err);
    if (rc < 0)
        return rc;
    gzvalues_split_begin(&impl->split, impl->window.data[impl->pos++]);
    rc = scan_value(values, err);
    if (rc < 0)
        return rc;
    item->text = impl->window.data + impl->start;
    item->len = impl->pos - impl->start;
    item->line = impl->place.line;
    item->column = impl->place.column;
    return 1;
}

void gzvalues_record(struct gzvalues *values, struct buf *sums)
{
    values->impl->source.inflate.sums = sums;
}

void gzvalues_verify(struct gzvalues *values, const struct buf *sums)
{
    values->impl->source.inflate.known = sums;
}

uint64_t gzvalues_bytes(const struct gzvalues *values)
{
    return values->impl->source.used;
}

const uint8_t *gzvalues_digest(const struct gzvalues *values)
{
    return values->impl->source.digest;
}
