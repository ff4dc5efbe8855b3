/*
 * Ledgers as bytes. The first byte says whether the lines get the seq and the
 * checksum that they should have, so that what is behind them is reached.
 *
 * Reading and recovering say the same; what was recovered stays so, after a
 * power cut too; nothing in front of the torn tail changes.
 */
#include <string.h>

#include "../../queue/ledger_format.h"
#include "../unit/ledger_sample.h"
#include "fuzz.h"

#define BYTES_MAX ((size_t)1 << 20)
#define CRC_LEN   18 /* ,"crc":"8 hex"} */
#define DUMP_MAX  ((size_t)64 << 20)

/* One line with its own seq and checksum, as far as it has places for them. */
static void mend_line(struct buf *out, const char *line, size_t len,
                      unsigned seq)
{
    static const char head[] = "{\"seq\":";
    size_t start = out->len;
    size_t skip = 0;

    if (len > sizeof head && memcmp(line, head, sizeof head - 1) == 0) {
        skip = sizeof head - 1;
        while (skip < len && line[skip] >= '0' && line[skip] <= '9')
            skip++;
        buf_addf(out, "%s%u", head, seq);
    }
    if (len - skip <= CRC_LEN ||
        memcmp(line + len - CRC_LEN, ",\"crc\":\"", 8) != 0) {
        buf_add(out, line + skip, len - skip);
        return;
    }
    buf_add(out, line + skip, len - skip - CRC_LEN);
    uint32_t crc = ledger_crc(out->data + start, out->len - start);
    buf_addf(out, ",\"crc\":\"%08x\"}", (unsigned)crc);
}

static void mend(struct buf *out, const char *text, size_t len)
{
    unsigned seq = 1;

    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t line = end ? (size_t)(end - text) : len;
        mend_line(out, text, line, seq++);
        if (end)
            buf_add_char(out, '\n');
        text += end ? line + 1 : line;
        len -= end ? line + 1 : line;
    }
}

static int no_row(void *arg, const struct ledger_row *row, struct err *err)
{
    uint64_t *rows = arg;

    (void)err;
    FUZZ_HOLDS(row->key[0] != '\0');
    ++*rows;
    return 0;
}

/* Opens it so, and says what it says. The result of opening. */
static int says(struct disk *disk, enum ledger_mode mode, struct buf *dump,
                uint64_t *torn)
{
    struct ledger_options options = {
        .os = &disk->os, .mode = mode, .path = SAMPLE_PATH, .watch = true};
    struct err err = ERR_INIT;
    struct ledger *ledger = NULL;
    uint64_t rows = 0;

    buf_clear(dump);
    int rc = ledger_open(&ledger, &options, &err);
    if (rc != 0) {
        FUZZ_HOLDS(rc == 1 || err.message[0] != '\0');
        return rc;
    }
    *torn = ledger_info(ledger)->torn_bytes;
    sample_dump(ledger, dump);
    if (ledger_rows(ledger, no_row, &rows, &err) == 0)
        FUZZ_HOLDS(rows >= ledger_jobs(ledger));
    else
        FUZZ_HOLDS(err.message[0] != '\0');
    ledger_close(ledger);
    return 0;
}

static void same(const struct buf *a, const struct buf *b)
{
    FUZZ_HOLDS(a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0);
}

static void recover(struct disk *disk, const struct buf *bytes)
{
    struct buf read, written;
    uint64_t torn, torn_again = 0;

    buf_init(&read, DUMP_MAX);
    buf_init(&written, DUMP_MAX);
    int rc = says(disk, LEDGER_READ, &read, &torn);
    int write_rc = says(disk, LEDGER_WRITE, &written, &torn);
    /* Nothing of a record: a reader finds no ledger, a writer makes none. */
    FUZZ_HOLDS(rc == write_rc || rc == 1);
    if (write_rc == 0) {
        if (rc == 0)
            same(&read, &written);
        const struct disk_file *file = disk_find(disk, SAMPLE_PATH);
        FUZZ_HOLDS(file && file->bytes.len + torn == bytes->len);
        FUZZ_HOLDS(memcmp(buf_str(&file->bytes), buf_str(bytes),
                          file->bytes.len) == 0);
        disk_power_cut(disk);
        FUZZ_HOLDS(says(disk, LEDGER_WRITE, &read, &torn_again) == 0);
        FUZZ_HOLDS(torn_again == 0);
        same(&read, &written);
    }
    buf_release(&read);
    buf_release(&written);
}

static void check(const struct disk *disk)
{
    struct ledger_check_result result;
    struct err err = ERR_INIT;
    struct errs errs;

    errs_init(&errs);
    ledger_check(&disk->os, SAMPLE_PATH, &result, &errs, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct disk disk;
    struct buf bytes;

    if (size == 0)
        return 0;
    disk_init(&disk);
    buf_init(&bytes, BYTES_MAX);
    if (data[0] % 2 == 1)
        mend(&bytes, (const char *)data + 1, size - 1);
    else
        buf_add(&bytes, data + 1, size - 1);
    FUZZ_HOLDS(!bytes.failed);
    disk_put(&disk, SAMPLE_PATH, buf_str(&bytes), bytes.len);
    check(&disk);
    recover(&disk, &bytes);
    buf_release(&bytes);
    disk_release(&disk);
    return 0;
}
