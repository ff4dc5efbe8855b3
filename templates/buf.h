/*
 * buf: a growable byte buffer with a hard maximum.
 *
 * A failed add (over the maximum, out of memory) leaves the contents as they
 * were and marks the buffer; every later add does nothing. So a writer adds
 * without checks and asks buf_error() once at its end.
 *
 * Invariants: len <= cap - 1 where data is not NULL; data[len] is NUL;
 * len <= max.
 */
#ifndef TEMPLATES_BUF_H
#define TEMPLATES_BUF_H

#include <string.h>

#include "err.h"

struct buf {
    char *data; /* owned; NULL until the first add */
    size_t len; /* bytes in use */
    size_t cap; /* bytes allocated */
    size_t max; /* len never passes it */
    int failed; /* 0, ERR_LIMIT or ERR_MEMORY */
};

/* An empty buffer that holds at most max_bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t max_bytes);

/* Frees the memory; the buffer is as after buf_init with the same maximum. */
void buf_release(struct buf *buf);

/* Empties the buffer, keeps its memory and forgets a failure. */
void buf_clear(struct buf *buf);

/* buf_add where the buffer may have to grow, or must not. */
void buf_add_slowly(struct buf *buf, const void *bytes, size_t len);

/* All that is rendered goes through here, mostly in small pieces. */
static inline void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    size_t room = buf->cap - buf->len;

    if (buf->failed || len >= room || len > buf->max - buf->len || len == 0) {
        buf_add_slowly(buf, bytes, len);
        return;
    }
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add_str(struct buf *buf, const char *str);
void buf_add_char(struct buf *buf, char c);
void buf_add_u64(struct buf *buf, uint64_t value);                /* decimal */
void buf_add_hex(struct buf *buf, const void *bytes, size_t len); /* lower */
void buf_addf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Makes room for len more bytes and returns where they go, or NULL (the
 * buffer is then marked). The caller writes up to len bytes there and adds
 * their number to buf->len through buf_grown().
 */
char *buf_room(struct buf *buf, size_t len);
void buf_grown(struct buf *buf, size_t len);

/* Cuts to len, which is at most buf->len. */
void buf_truncate(struct buf *buf, size_t len);

/* The contents as a string, "" where empty. Valid until the next change. */
const char *buf_str(const struct buf *buf);

/* 0, or the failure's code with err filled; what names the buffer in it. */
int buf_error(const struct buf *buf, const char *what, struct err *err);

#endif
