#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

void buf_init(struct buf *buf, size_t max_bytes)
{
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
    buf->max = max_bytes;
    buf->failed = 0;
}

void buf_release(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Makes the memory hold need bytes; false, and failed set, where it cannot. */
static bool grow(struct buf *buf, size_t need)
{
    size_t cap = buf->cap ? buf->cap : FIRST_CAP;

    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    char *data = realloc(buf->data, cap);
    if (!data) {
        buf->failed = ERR_MEMORY;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

/* In its callers' code: records are made of many small pieces. */
static inline char *room_for(struct buf *buf, size_t len)
{
    if (buf->failed)
        return NULL;
    if (len > buf->max - buf->len) {
        buf->failed = ERR_LIMIT;
        return NULL;
    }
    size_t need = buf->len + len + 1;
    if (need > buf->cap && !grow(buf, need))
        return NULL;
    return buf->data + buf->len;
}

char *buf_room(struct buf *buf, size_t len)
{
    return room_for(buf, len);
}

void buf_grown(struct buf *buf, size_t len)
{
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add_slowly(struct buf *buf, const void *bytes, size_t len)
{
    char *room = room_for(buf, len);

    if (!room)
        return;
    if (len > 0)
        memcpy(room, bytes, len);
    buf->len += len;
    room[len] = '\0';
}

void buf_add_str(struct buf *buf, const char *str)
{
    buf_add(buf, str, strlen(str));
}

void buf_add_char(struct buf *buf, char c)
{
    char *room = room_for(buf, 1);

    if (!room)
        return;
    room[0] = c;
    room[1] = '\0';
    buf->len++;
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
    char digits[20];
    size_t i = sizeof digits;

    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buf_add(buf, digits + i, sizeof digits - i);
}

void buf_add_hex(struct buf *buf, const void *bytes, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *in = bytes;

    for (size_t i = 0; i < len; i++) {
        char pair[2] = {hex[in[i] >> 4], hex[in[i] & 15]};
        buf_add(buf, pair, sizeof pair);
    }
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        buf->failed = ERR_MEMORY;
        return;
    }
    char *room = buf_room(buf, (size_t)n);
    if (!room)
        return;
    va_start(args, format);
    vsnprintf(room, (size_t)n + 1, format, args);
    va_end(args);
    buf_grown(buf, (size_t)n);
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    buf->len = len;
    buf->data[len] = '\0';
}

const char *buf_str(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

int buf_error(const struct buf *buf, const char *what, struct err *err)
{
    if (buf->failed == 0)
        return 0;
    if (buf->failed == ERR_LIMIT)
        return err_set(err, ERR_LIMIT, "%s is over %zu bytes", what, buf->max);
    return err_set(err, ERR_MEMORY, "out of memory for %s", what);
}
