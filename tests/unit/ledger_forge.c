#include "ledger_forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

int forge_setup(void **state)
{
    struct forged *forged = calloc(1, sizeof *forged);

    assert_non_null(forged);
    disk_init(&forged->disk);
    buf_init(&forged->bytes, (size_t)64 << 20);
    *state = forged;
    return 0;
}

int forge_teardown(void **state)
{
    struct forged *forged = *state;

    ledger_close(forged->ledger);
    buf_release(&forged->bytes);
    disk_release(&forged->disk);
    free(forged);
    return 0;
}

void forge_add(struct forged *forged, const char *text)
{
    struct buf *bytes = &forged->bytes;
    size_t start = bytes->len;

    buf_addf(bytes, "{\"seq\":%u," AT, ++forged->records);
    buf_add_str(bytes, text);
    buf_add_str(bytes, ",\"dur\":0");
    unsigned long sum = crc32(0, (const unsigned char *)bytes->data + start,
                              (unsigned)(bytes->len - start));
    buf_addf(bytes, ",\"crc\":\"%08lx\"}\n", sum);
    assert_int_equal(bytes->failed, 0);
}

int forge_open(struct forged *forged)
{
    ledger_close(forged->ledger);
    forged->ledger = NULL;
    forged->err = (struct err)ERR_INIT;
    disk_put(&forged->disk, SAMPLE_PATH, forged->bytes.data, forged->bytes.len);
    return sample_open(&forged->disk, LEDGER_WRITE, &forged->ledger,
                       &forged->err);
}

int forge_story(struct forged *forged, const char *const *items)
{
    buf_clear(&forged->bytes);
    forged->records = 0;
    forge_add(forged, LEDGER);
    forge_add(forged, OPEN);
    for (; *items; items++)
        forge_add(forged, *items);
    return forge_open(forged);
}

void forge_assert_refused(struct forged *forged, const char *words)
{
    struct disk_file *file = disk_find(&forged->disk, SAMPLE_PATH);

    if (!strstr(forged->err.message, words))
        fail_msg("expected \"%s\", found \"%s\"", words, forged->err.message);
    assert_null(forged->ledger);
    assert_int_equal(file->bytes.len, forged->bytes.len);
    assert_memory_equal(file->bytes.data, forged->bytes.data,
                        forged->bytes.len);
}
