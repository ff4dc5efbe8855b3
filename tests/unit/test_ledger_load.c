/* Reading a ledger back: long ones, odd first bytes, reads that fail. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../queue/ledger_verdict.h"
#include "ledger_forge.h"

#define JOBS  2500 /* some megabytes: the reader's memory moves often */
#define GROUP 10   /* jobs of one commit */

static void add_job(struct ledger *ledger, unsigned n)
{
    struct err err = ERR_INIT;
    struct ledger_intent intent = sample_intent(n, 0, 0);

    assert_int_equal(ledger_add_intent(ledger, &intent, &err), 0);
    struct ledger_post post = sample_post(&intent, sample_address(n));
    assert_int_equal(ledger_add_post(ledger, &post, &err), 0);
    if (n % GROUP == 0)
        assert_int_equal(ledger_commit(ledger, &err), 0);
}

/* Opens the ledger, which has to say what it said when it was written. */
static struct ledger *open_again(struct disk *disk, enum ledger_mode mode)
{
    struct ledger *ledger = NULL;
    struct ledger_job job;
    struct err err = ERR_INIT;
    uint8_t key[KEY_LEN];

    assert_int_equal(sample_open(disk, mode, &ledger, &err), 0);
    assert_int_equal(ledger_totals(ledger)->jobs[LEDGER_POSTED], JOBS);
    for (unsigned n = 1; n <= JOBS; n++) {
        sample_key(n, key);
        assert_int_equal(ledger_find_key(ledger, key, &job, &err), 1);
        assert_int_equal(job.state, LEDGER_POSTED);
        assert_int_equal(job.number, n - 1);
    }
    return ledger;
}

static void a_long_ledger_is_read_in_pieces(void **state)
{
    struct disk disk;
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;

    (void)state;
    disk_init(&disk);
    assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err), 0);
    assert_int_equal(sample_begin(ledger, &err), 0);
    for (unsigned n = 1; n <= JOBS; n++)
        add_job(ledger, n);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    ledger_close(ledger);
    ledger_close(open_again(&disk, LEDGER_READ));
    /* Only what was not known to be durable is written again. */
    uint64_t writes = disk.count[DISK_PWRITE];
    ledger_close(open_again(&disk, LEDGER_WRITE));
    assert_true(disk.count[DISK_PWRITE] - writes <= 2);
    disk_release(&disk);
}

/* A line that waits for its turn while the next piece is read is kept whole. */
static void what_the_lines_say_outlives_the_pieces(void **state)
{
    struct disk disk;
    struct ledger_options options = {
        .os = &disk.os,
        .mode = LEDGER_READ,
        .path = SAMPLE_PATH,
        .watch = true,
    };
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    uint8_t digest[CID_DIGEST_LEN];

    (void)state;
    disk_init(&disk);
    assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err), 0);
    assert_int_equal(sample_begin(ledger, &err), 0);
    for (unsigned n = 1; n <= JOBS; n++) {
        struct ledger_intent intent = sample_intent(n, 0, 0);
        assert_int_equal(ledger_add_intent(ledger, &intent, &err), 0);
    }
    assert_int_equal(ledger_commit(ledger, &err), 0);
    ledger_close(ledger);
    assert_int_equal(ledger_open(&ledger, &options, &err), 0);
    for (unsigned n = 1; n <= JOBS; n++) {
        sample_digest(n, digest);
        if (!ledger_cid_pinned(ledger, digest))
            fail_msg("the CID of job %u is not known", n);
    }
    ledger_close(ledger);
    disk_release(&disk);
}

static void first_bytes_that_cannot_be_read_are_no_ledger(void **state)
{
    struct disk disk;
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;

    (void)state;
    disk_init(&disk);
    assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err), 0);
    ledger_close(ledger);
    for (int mode = LEDGER_READ; mode <= LEDGER_WRITE; mode++) {
        err = (struct err)ERR_INIT;
        disk.calls = 0;
        disk.fail_kinds = 1U << DISK_PREAD;
        disk.fail_at = 1;
        disk.fail_errno = EIO;
        assert_int_equal(
            sample_open(&disk, (enum ledger_mode)mode, &ledger, &err), ERR_IO);
        assert_non_null(strstr(err.message, "cannot read"));
        disk_heal(&disk);
    }
    assert_int_equal(sample_open(&disk, LEDGER_READ, &ledger, &err), 0);
    ledger_close(ledger);
    disk_release(&disk);
}

/* What opening a file of so many of these bytes for writing ends with. */
static int open_of(char byte, size_t len, size_t *left)
{
    static char bytes[LEDGER_FIRST_MAX + 4096];
    struct disk disk;
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;

    assert_true(len <= sizeof bytes);
    memset(bytes, byte, len);
    disk_init(&disk);
    disk_put(&disk, SAMPLE_PATH, bytes, len);
    int result = sample_open(&disk, LEDGER_WRITE, &ledger, &err);
    *left = disk_find(&disk, SAMPLE_PATH)->bytes.len;
    ledger_close(ledger);
    disk_release(&disk);
    return result;
}

/* Zeros are what a crash leaves of a first write, but of no larger one. */
static void a_torn_first_record_is_no_larger_than_one(void **state)
{
    size_t left;

    (void)state;
    assert_int_equal(open_of('\0', LEDGER_FIRST_MAX, &left), 0);
    assert_int_equal(open_of('\0', LEDGER_FIRST_MAX + 1, &left), ERR_DATA);
    assert_int_equal(left, LEDGER_FIRST_MAX + 1);
}

static void one_long_line_is_left_alone(void **state)
{
    size_t left;

    (void)state;
    assert_int_equal(open_of('x', LEDGER_FIRST_MAX + 4096, &left), ERR_DATA);
    assert_int_equal(left, LEDGER_FIRST_MAX + 4096);
}

static void a_batch_of_any_text_comes_back(void **state)
{
    struct ledger_identity identity = sample_identity;
    struct disk disk;
    struct ledger_options options = {
        .os = &disk.os,
        .mode = LEDGER_WRITE,
        .path = SAMPLE_PATH,
        .identity = &identity,
    };
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;

    (void)state;
    identity.batch = "\"a\"\\\xc3\xbc";
    disk_init(&disk);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ledger_open(&ledger, &options, &err), 0);
        assert_string_equal(ledger_info(ledger)->identity.batch,
                            identity.batch);
        ledger_close(ledger);
    }
    disk_release(&disk);
}

/* --- torn tails ----------------------------------------------------------- */

#define TORN_BYTES ((size_t)300 << 10) /* more than is copied at once */
#define TORN_PATH  SAMPLE_PATH ".torn"

/* Puts the ledger's bytes and a tail without a newline on a new disk. */
static void tear(struct disk *disk, const struct buf *whole)
{
    struct buf bytes;

    buf_init(&bytes, 2 * TORN_BYTES);
    buf_add(&bytes, whole->data, whole->len);
    for (size_t i = 0; i < TORN_BYTES; i++)
        buf_add_char(&bytes, (char)('a' + i % 23));
    disk_init(disk);
    disk_put(disk, SAMPLE_PATH, bytes.data, bytes.len);
    buf_release(&bytes);
}

/* A ledger of a few jobs; the caller releases the bytes. */
static void write_short(struct buf *whole)
{
    struct disk disk;
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;

    disk_init(&disk);
    assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err), 0);
    assert_int_equal(sample_begin(ledger, &err), 0);
    for (unsigned n = 1; n <= GROUP; n++)
        add_job(ledger, n);
    ledger_close(ledger);
    struct disk_file *file = disk_find(&disk, SAMPLE_PATH);
    buf_init(whole, 1 << 20);
    buf_add(whole, file->bytes.data, file->bytes.len);
    disk_release(&disk);
}

static void a_torn_tail_is_kept_whole(void **state)
{
    struct buf whole;
    struct disk disk;
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    char dur[40];

    (void)state;
    write_short(&whole);
    tear(&disk, &whole);
    assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err), 0);
    struct disk_file *torn = disk_find(&disk, TORN_PATH);
    assert_true(torn && torn->named);
    assert_int_equal(torn->mode & 07777, 0600);
    assert_int_equal(torn->synced.len, TORN_BYTES);
    for (size_t i = 0; i < TORN_BYTES; i++)
        assert_int_equal(torn->synced.data[i], 'a' + i % 23);
    /* What is left is durable, and the next record says so. */
    assert_int_equal(sample_begin(ledger, &err), 0);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    ledger_close(ledger);
    struct disk_file *file = disk_find(&disk, SAMPLE_PATH);
    snprintf(dur, sizeof dur, "\"dur\":%zu,", whole.len);
    buf_add_char(&file->bytes, '\0');
    assert_non_null(strstr(file->bytes.data + whole.len, dur));
    disk_release(&disk);
    buf_release(&whole);
}

/* Nothing may be acted on before all of it is mended. */
static void a_repair_that_fails_anywhere_is_an_error(void **state)
{
    const struct err none = ERR_INIT;
    struct buf whole;
    uint64_t fails = 0;
    uint64_t borne = 0;
    bool over = false;

    (void)state;
    write_short(&whole);
    for (uint64_t n = 1; !over; n++) {
        struct disk disk;
        struct ledger *ledger = NULL;
        struct err err = none;
        tear(&disk, &whole);
        disk.fail_at = n;
        disk.fail_errno = ENXIO;
        int result = sample_open(&disk, LEDGER_WRITE, &ledger, &err);
        over = disk.calls < n;
        if (result == 0) {
            borne += !over;
        } else {
            fails++;
            assert_non_null(strstr(err.message, strerror(ENXIO)));
            disk_heal(&disk);
            assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err),
                             0);
            assert_int_equal(ledger_totals(ledger)->jobs[LEDGER_POSTED], GROUP);
        }
        ledger_close(ledger);
        disk_release(&disk);
    }
    /* Who holds the lock is written for people only. */
    assert_int_equal(borne, 2);
    assert_true(fails > 10);
    buf_release(&whole);
}

/* The end of the file where it is not: nothing is taken for torn by that. */
static void a_file_that_gets_shorter_is_left_alone(void **state)
{
    struct buf whole;
    bool over = false;
    unsigned refused = 0;

    (void)state;
    write_short(&whole);
    for (uint64_t n = 1; !over; n++) {
        struct disk disk;
        struct ledger *ledger = NULL;
        struct err err = ERR_INIT;
        tear(&disk, &whole);
        disk.fail_at = n;
        disk.fail_kinds = 1U << DISK_PREAD;
        disk.fail_errno = DISK_ENDS;
        int result = sample_open(&disk, LEDGER_WRITE, &ledger, &err);
        over = disk.calls < n;
        const struct disk_file *file = disk_find(&disk, SAMPLE_PATH);
        if (result == 0) {
            assert_int_equal(file->bytes.len, whole.len);
        } else {
            refused++;
            assert_int_equal(result, ERR_IO);
            assert_true(strstr(err.message, "got shorter") ||
                        strstr(err.message, strerror(EIO)));
            assert_true(file->bytes.len == whole.len + TORN_BYTES ||
                        file->bytes.len == whole.len);
        }
        assert_memory_equal(file->bytes.data, whole.data, whole.len);
        ledger_close(ledger);
        disk_release(&disk);
    }
    assert_true(refused >= 4);
    buf_release(&whole);
}

/* Who reads beside a run may see a file that is being mended. */
static void a_reader_takes_what_is_there(void **state)
{
    struct disk disk;
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;

    (void)state;
    disk_init(&disk);
    assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err), 0);
    assert_int_equal(sample_begin(ledger, &err), 0);
    for (unsigned n = 1; n <= JOBS; n++)
        add_job(ledger, n);
    ledger_close(ledger);
    disk_heal(&disk);
    disk.fail_at = 4;
    disk.fail_kinds = 1U << DISK_PREAD;
    disk.fail_errno = DISK_ENDS;
    assert_int_equal(sample_open(&disk, LEDGER_READ, &ledger, &err), 0);
    uint64_t posted = ledger_totals(ledger)->jobs[LEDGER_POSTED];
    assert_in_range(posted, 1, JOBS - 1);
    ledger_close(ledger);
    disk_release(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_ledger_is_read_in_pieces),
        cmocka_unit_test(what_the_lines_say_outlives_the_pieces),
        cmocka_unit_test(first_bytes_that_cannot_be_read_are_no_ledger),
        cmocka_unit_test(a_torn_first_record_is_no_larger_than_one),
        cmocka_unit_test(one_long_line_is_left_alone),
        cmocka_unit_test(a_batch_of_any_text_comes_back),
        cmocka_unit_test(a_torn_tail_is_kept_whole),
        cmocka_unit_test(a_repair_that_fails_anywhere_is_an_error),
        cmocka_unit_test(a_file_that_gets_shorter_is_left_alone),
        cmocka_unit_test(a_reader_takes_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
