#include "gzvalues_help.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define READ_MAX ((size_t)64 << 20)

static void require(bool holds)
{
    if (!holds)
        abort();
}

void reading_init(struct reading *reading)
{
    memset(reading, 0, sizeof *reading);
    buf_init(&reading->values, READ_MAX);
    buf_init(&reading->places, READ_MAX);
}

void reading_release(struct reading *reading)
{
    buf_release(&reading->values);
    buf_release(&reading->places);
}

void reading_of_fd(struct reading *reading, int fd, size_t max_value_bytes,
                   uint64_t limit_bytes)
{
    struct gzvalues values;
    struct gzvalues_item item;
    struct hasher hasher;

    buf_clear(&reading->values);
    buf_clear(&reading->places);
    reading->count = 0;
    require(hasher_init(&hasher, &reading->err) == 0);
    reading->rc = gzvalues_open(&values, fd, "a file", max_value_bytes,
                                limit_bytes, &hasher, &reading->err);
    require(reading->rc == 0);
    while ((reading->rc = gzvalues_next(&values, &item, &reading->err)) == 1) {
        reading->count++;
        buf_add(&reading->values, item.text, item.len);
        buf_add_char(&reading->values, '\n');
        buf_addf(&reading->places, "%llu:%llu ", (unsigned long long)item.line,
                 (unsigned long long)item.column);
    }
    reading->bytes = gzvalues_bytes(&values);
    memcpy(reading->digest, gzvalues_digest(&values), CID_DIGEST_LEN);
    gzvalues_release(&values);
    hasher_release(&hasher);
}

void reading_of(struct reading *reading, const void *bytes, size_t len)
{
    int fd = file_of(bytes, len);

    reading_of_fd(reading, fd, READ_MAX, UINT64_MAX);
    close(fd);
}

int file_of(const void *bytes, size_t len)
{
    char path[] = "/tmp/nosbatch-unit-XXXXXX";
    int fd = mkstemp(path);
    const char *from = bytes;

    require(fd >= 0);
    unlink(path);
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, from + done, len - done);

        require(n > 0);
        done += (size_t)n;
    }
    require(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

void add_member(struct buf *out, const void *text, size_t len)
{
    z_stream zlib;

    memset(&zlib, 0, sizeof zlib);
    require(deflateInit2(&zlib, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) ==
            Z_OK);
    uLong bound = deflateBound(&zlib, len) + 64;
    char *room = buf_room(out, bound);
    require(room != NULL);
    zlib.next_in = (unsigned char *)(uintptr_t)text;
    zlib.avail_in = (uInt)len;
    zlib.next_out = (unsigned char *)room;
    zlib.avail_out = (uInt)bound;
    require(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
    buf_grown(out, bound - zlib.avail_out);
    deflateEnd(&zlib);
}
