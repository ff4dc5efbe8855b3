/*
 * ledger_stream: a file's lines, read in large pieces. Internal to the
 * ledger.
 */
#ifndef QUEUE_LEDGER_STREAM_H
#define QUEUE_LEDGER_STREAM_H

#include "gzvalues_inflate.h"
#include "ledger.h"

struct ledger_stream {
    const struct os *os;              /* borrowed */
    const char *path;                 /* borrowed, for messages */
    int fd;                           /* borrowed */
    struct gzvalues_inflate *inflate; /* borrowed; NULL: the file as it is */
    uint64_t at;                      /* file offset of the next line */
    uint64_t end;                     /* nothing behind it is read */
    char *bytes;                      /* owned: the file from `start` on */
    size_t cap, len;
    uint64_t start;
    const char *newline; /* of the next line, where it is known; or NULL */
};

/* One line. Valid until the next call. */
struct ledger_stream_line {
    const char *text;
    size_t len;      /* without the newline */
    uint64_t offset; /* where it begins */
    bool whole;      /* has its newline and is not over LEDGER_LINE_MAX */
};

void ledger_stream_init(struct ledger_stream *stream, const struct os *os,
                        const char *path, int fd, uint64_t from, uint64_t end);
/* The same for the text that a gzip file holds; offsets are of that text. */
void ledger_stream_init_gzip(struct ledger_stream *stream, const char *path,
                             struct gzvalues_inflate *inflate);
void ledger_stream_release(struct ledger_stream *stream);

/*
 * Whether the next line is in memory: then ledger_stream_next reads nothing,
 * and the lines before it stay valid.
 */
bool ledger_stream_ready(struct ledger_stream *stream);

/*
 * The next line: 1, 0 at the end, ERR_IO or ERR_MEMORY. A line over
 * LEDGER_LINE_MAX comes in pieces that are not whole.
 */
int ledger_stream_next(struct ledger_stream *stream,
                       struct ledger_stream_line *line, struct err *err);

#endif
