#include "ledger_stream.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES ((size_t)256 << 10)

void ledger_stream_init(struct ledger_stream *stream, const struct os *os,
                        const char *path, int fd, uint64_t from, uint64_t end)
{
    memset(stream, 0, sizeof *stream);
    stream->os = os;
    stream->path = path;
    stream->fd = fd;
    stream->at = from;
    stream->start = from;
    stream->end = end;
}

void ledger_stream_init_gzip(struct ledger_stream *stream, const char *path,
                             struct gzvalues_inflate *inflate)
{
    ledger_stream_init(stream, NULL, path, -1, 0, UINT64_MAX);
    stream->inflate = inflate;
}

void ledger_stream_release(struct ledger_stream *stream)
{
    free(stream->bytes);
    stream->bytes = NULL;
    stream->cap = 0;
    stream->len = 0;
}

/* Twice the memory, at most one byte more than the longest line. */
static int grow(struct ledger_stream *stream, struct err *err)
{
    size_t cap = stream->cap > 0 ? stream->cap * 2 : FIRST_BYTES;

    cap = cap > LEDGER_LINE_MAX ? LEDGER_LINE_MAX : cap;
    char *bytes = realloc(stream->bytes, cap);
    if (!bytes)
        return err_set(err, ERR_MEMORY, "out of memory for a ledger's line");
    stream->bytes = bytes;
    stream->cap = cap;
    return 0;
}

/* Up to size bytes from an offset; fewer only at the end. ERR_IO, ERR_DATA. */
static int read_some(struct ledger_stream *stream, char *out, size_t size,
                     uint64_t offset, size_t *got, struct err *err)
{
    if (stream->inflate) {
        if (gzvalues_inflate_read(stream->inflate, out, size, got, err) < 0)
            return err_prefix(err, "\"%s\": ", stream->path);
        return 0;
    }
    ssize_t n = os_read_full(stream->os, stream->fd, out, size, offset);
    if (n < 0)
        return err_set_errno(err, ERR_IO, (int)-n, "cannot read \"%s\"",
                             stream->path);
    *got = (size_t)n;
    return 0;
}

/* Moves what is left to the front and fills up. 0 at the end of the file. */
static int fill(struct ledger_stream *stream, struct err *err)
{
    size_t used = (size_t)(stream->at - stream->start);
    uint64_t next = stream->start + stream->len;

    if (next >= stream->end)
        return 0;
    stream->len -= used;
    if (stream->len > 0 && used > 0)
        memmove(stream->bytes, stream->bytes + used, stream->len);
    stream->start = stream->at;
    if (stream->len == stream->cap && grow(stream, err) < 0)
        return err->code;
    size_t want = stream->cap - stream->len;
    want = stream->end - next < want ? (size_t)(stream->end - next) : want;
    size_t n = 0;
    if (read_some(stream, stream->bytes + stream->len, want, next, &n, err) < 0)
        return err->code;
    stream->len += n;
    if (n < want)
        stream->end = stream->start + stream->len;
    return n > 0;
}

bool ledger_stream_ready(struct ledger_stream *stream)
{
    size_t used = (size_t)(stream->at - stream->start);

    if (!stream->newline && stream->len > used)
        stream->newline =
            memchr(stream->bytes + used, '\n', stream->len - used);
    return stream->newline != NULL;
}

int ledger_stream_next(struct ledger_stream *stream,
                       struct ledger_stream_line *line, struct err *err)
{
    size_t looked = 0;
    const char *newline = stream->newline;

    stream->newline = NULL;
    if (!stream->bytes && grow(stream, err) < 0)
        return err->code;
    for (;;) {
        const char *from = stream->bytes + (stream->at - stream->start);
        size_t len = stream->len - (size_t)(stream->at - stream->start);
        if (!newline && len > looked)
            /* NOLINTNEXTLINE(clang-analyzer-*): len is 0 without bytes */
            newline = memchr(from + looked, '\n', len - looked);
        line->text = from;
        line->offset = stream->at;
        line->whole = newline != NULL;
        line->len = newline ? (size_t)(newline - from) : len;
        if (newline || len >= LEDGER_LINE_MAX)
            break;
        looked = len;
        int more = fill(stream, err);
        if (more < 0)
            return more;
        if (more == 0 && len == 0)
            return 0;
        if (more == 0)
            break;
    }
    stream->at += line->len + (newline ? 1 : 0);
    return 1;
}
