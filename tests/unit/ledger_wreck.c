#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger_wreck.h"

int wreck_setup(void **state)
{
    struct wreck *wreck = calloc(1, sizeof *wreck);
    struct err err = ERR_INIT;

    disk_init(&wreck->disk);
    int records = sample_write(&wreck->disk, &wreck->steps, &err);
    if (records < 0)
        fail_msg("%s", err.message);
    assert_int_equal(records, wreck->steps.count);
    struct disk_file *file = disk_find(&wreck->disk, SAMPLE_PATH);
    buf_init(&wreck->whole, 1 << 20);
    buf_add(&wreck->whole, file->bytes.data, file->bytes.len);
    *state = wreck;
    return 0;
}

int wreck_teardown(void **state)
{
    struct wreck *wreck = *state;

    sample_steps_release(&wreck->steps);
    buf_release(&wreck->whole);
    disk_release(&wreck->disk);
    free(wreck);
    return 0;
}

unsigned wreck_records(const struct wreck *wreck, size_t len)
{
    unsigned count = 0;

    while (count < wreck->steps.count && wreck->steps.ends[count] <= len)
        count++;
    return count;
}

void wreck_assert_says(struct ledger *ledger, const struct wreck *wreck,
                       unsigned records)
{
    struct buf dump;

    buf_init(&dump, 1 << 20);
    sample_dump(ledger, &dump);
    assert_string_equal(buf_str(&dump),
                        buf_str(&wreck->steps.dumps[records - 1]));
    buf_release(&dump);
}

const struct disk_file *wreck_torn(struct wreck *wreck)
{
    return disk_find(&wreck->disk, SAMPLE_PATH ".torn");
}

void wreck_forget_torn(struct wreck *wreck)
{
    struct disk_file *torn = disk_find(&wreck->disk, SAMPLE_PATH ".torn");

    if (torn)
        torn->used = false;
}

unsigned wreck_record_of(const struct wreck *wreck, size_t at)
{
    return wreck_records(wreck, at);
}

uint64_t wreck_start(const struct wreck *wreck, unsigned r)
{
    return r > 0 ? wreck->steps.ends[r - 1] : 0;
}
