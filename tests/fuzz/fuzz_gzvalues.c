/*
 * Manifests as bytes: plain or gzip, split into values. The same bytes give
 * the same values, whatever the size of the reads; where the end is reached
 * without an error, nothing but white space was left out.
 */
#define _GNU_SOURCE /* memfd_create: a file without a name */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../queue/gzvalues.h"
#include "fuzz.h"

#define VALUE_MAX ((size_t)1 << 16)

struct outcome {
    int rc;
    uint64_t values;
    uint64_t text_bytes;
    uint32_t sum; /* of the values' bytes and places */
    struct err err;
};

static void add_value(struct outcome *out, const struct gzvalues_item *item)
{
    FUZZ_HOLDS(item->len > 0 && item->len <= VALUE_MAX);
    FUZZ_HOLDS(item->line > 0 && item->column > 0);
    out->values++;
    out->text_bytes += item->len;
    for (size_t i = 0; i < item->len; i++)
        out->sum = out->sum * 31 + (uint8_t)item->text[i];
    out->sum = out->sum * 31 + (uint32_t)item->line;
}

static struct outcome read_all(int fd)
{
    struct outcome out = {.err = ERR_INIT};
    struct gzvalues values;
    struct gzvalues_item item;

    FUZZ_HOLDS(lseek(fd, 0, SEEK_SET) == 0);
    out.rc =
        gzvalues_open(&values, fd, "f", VALUE_MAX, UINT64_MAX, NULL, &out.err);
    while (out.rc == 0 &&
           (out.rc = gzvalues_next(&values, &item, &out.err)) == 1) {
        add_value(&out, &item);
        out.rc = 0;
    }
    FUZZ_HOLDS(out.rc == 0 || (out.rc < 0 && out.err.message[0] != '\0'));
    gzvalues_release(&values);
    return out;
}

/* Plain text that was read to its end: no byte of a value is missing. */
static void check_plain(const uint8_t *data, size_t size,
                        const struct outcome *out)
{
    uint64_t black = 0;

    if (out->rc != 0 || (size > 1 && data[0] == 0x1f && data[1] == 0x8b))
        return;
    for (size_t i = 0; i < size; i++)
        black += data[i] != ' ' && data[i] != '\t' && data[i] != '\n' &&
                 data[i] != '\r';
    FUZZ_HOLDS(out->text_bytes >= black);
    FUZZ_HOLDS(out->text_bytes <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    FUZZ_HOLDS(fd >= 0);
    FUZZ_HOLDS(size == 0 || write(fd, data, size) == (ssize_t)size);
    struct outcome first = read_all(fd);
    struct outcome second = read_all(fd);
    FUZZ_HOLDS(first.rc == second.rc && first.values == second.values &&
               first.sum == second.sum);
    FUZZ_HOLDS(strcmp(first.err.message, second.err.message) == 0);
    check_plain(data, size, &first);
    close(fd);
    return 0;
}
