/* Damage: gzip files that are cut, flipped, padded or change while read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../queue/gzvalues_inflate.h"
#include "gzvalues_help.h"

#define MEMBERS   3
#define VALUE_MAX ((size_t)1 << 20)

static const char *const texts[MEMBERS] = {
    "{\"id\":\"one\",\"n\":1}\n{\"id\":\"two\"}\n",
    "{\"id\":\"three\"}",
    "\n[4, \"four\"]\n5\n",
};

struct sample {
    struct buf file;
    size_t ends[MEMBERS + 1];    /* offset of each member's end; ends[0] 0 */
    size_t lengths[MEMBERS + 1]; /* of what the members up to there hold */
    struct reading whole;
    struct reading now;
};

static int setup(void **state)
{
    static struct sample sample;
    struct reading part;
    struct buf text;

    buf_init(&sample.file, VALUE_MAX);
    buf_init(&text, VALUE_MAX);
    reading_init(&part);
    for (size_t i = 0; i < MEMBERS; i++) {
        add_member(&sample.file, texts[i], strlen(texts[i]));
        sample.ends[i + 1] = sample.file.len;
        buf_add_str(&text, texts[i]);
        reading_of(&part, text.data, text.len);
        sample.lengths[i + 1] = part.values.len;
    }
    reading_release(&part);
    buf_release(&text);
    reading_init(&sample.whole);
    reading_init(&sample.now);
    reading_of(&sample.whole, sample.file.data, sample.file.len);
    *state = &sample;
    return 0;
}

static int teardown(void **state)
{
    struct sample *sample = *state;

    buf_release(&sample->file);
    reading_release(&sample->whole);
    reading_release(&sample->now);
    return 0;
}

static bool same_as_whole(const struct sample *sample)
{
    return sample->now.rc == 0 &&
           strcmp(sample->now.values.data, sample->whole.values.data) == 0;
}

static void assert_message(const struct reading *reading, const char *part)
{
    if (!strstr(reading->err.message, part))
        fail_msg("expected \"%s\" in: %s", part, reading->err.message);
}

static void members_read_as_one_text(void **state)
{
    struct sample *sample = *state;

    assert_int_equal(sample->whole.rc, 0);
    assert_int_equal(sample->whole.bytes, sample->file.len);
    assert_string_equal(sample->whole.places.data, "1:1 2:1 3:1 4:1 5:1 ");
    assert_string_equal(sample->whole.values.data,
                        "{\"id\":\"one\",\"n\":1}\n{\"id\":\"two\"}\n"
                        "{\"id\":\"three\"}\n[4, \"four\"]\n5\n");
}

static void a_cut_at_any_byte_is_an_error_or_a_members_end(void **state)
{
    struct sample *sample = *state;
    unsigned boundaries = 0;

    for (size_t cut = 0; cut < sample->file.len; cut++) {
        size_t member = 0;

        reading_of(&sample->now, sample->file.data, cut);
        while (sample->ends[member] < cut)
            member++;
        if (sample->ends[member] == cut) {
            assert_int_equal(sample->now.rc, 0);
            assert_int_equal(sample->now.values.len, sample->lengths[member]);
            boundaries++;
            continue;
        }
        char where[80];
        snprintf(where, sizeof where, "at byte %zu, inside gzip member %zu",
                 cut, member);
        assert_int_equal(sample->now.rc, ERR_DATA);
        assert_message(&sample->now, where);
        assert_string_equal(sample->now.err.file, "a file");
    }
    assert_int_equal(boundaries, MEMBERS);
}

/*
 * FTEXT, MTIME, XFL, OS, and what fills up the last byte before the trailer:
 * covered by no checksum, and without meaning.
 */
static bool may_be_free(const struct sample *sample, size_t byte, unsigned bit)
{
    size_t member = 0;

    while (sample->ends[member + 1] <= byte)
        member++;
    size_t at = byte - sample->ends[member];
    return (at >= 4 && at < 10) || (at == 3 && bit == 0) ||
           (byte + 9 == sample->ends[member + 1] && bit > 0);
}

static void any_flipped_bit_is_an_error_or_changes_nothing(void **state)
{
    struct sample *sample = *state;
    unsigned unnoticed = 0;

    for (size_t byte = 0; byte < sample->file.len; byte++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            sample->file.data[byte] ^= (char)(1 << bit);
            reading_of(&sample->now, sample->file.data, sample->file.len);
            sample->file.data[byte] ^= (char)(1 << bit);
            if (sample->now.rc == 0) {
                assert_true(same_as_whole(sample));
                assert_true(may_be_free(sample, byte, bit));
                unnoticed++;
            } else {
                assert_int_equal(sample->now.rc, ERR_DATA);
                assert_true(sample->now.err.message[0] != '\0');
            }
        }
    }
    assert_in_range(unnoticed, MEMBERS * 49, MEMBERS * (49 + 7));
}

/* A member with a name and a comment, as gzip and other tools write them. */
static void flips_in_a_named_header_are_errors_or_change_nothing(void **state)
{
    static const char header[] = "\x1f\x8b\x08\x18\0\0\0\0\0\x03"
                                 "sweep.jsonl\0a comment";
    struct sample *sample = *state;
    struct buf file;
    unsigned errors = 0;

    buf_init(&file, VALUE_MAX);
    buf_add(&file, header, sizeof header);
    buf_add(&file, sample->file.data + 10, sample->file.len - 10);
    reading_of(&sample->now, file.data, file.len);
    assert_true(same_as_whole(sample));
    for (size_t byte = 0; byte < sizeof header; byte++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            file.data[byte] ^= (char)(1 << bit);
            reading_of(&sample->now, file.data, file.len);
            file.data[byte] ^= (char)(1 << bit);
            assert_true(sample->now.rc == ERR_DATA || same_as_whole(sample));
            errors += sample->now.rc == ERR_DATA;
        }
    }
    assert_true(errors >= 40);
    buf_release(&file);
}

static const struct {
    const char *bytes;
    size_t len;
    const char *message;
} tails[] = {
    {"\0", 1, "found byte 0x00"},
    {"\0\0\0\0\0\0\0\0", 8, "found byte 0x00"},
    {"\n", 1, "found byte 0x0a"},
    {"{\"id\":\"plain\"}\n", 15, "found byte 0x7b"},
    {"\x1f", 1, "inside gzip member 4"},
    {"\x1f\x8b", 2, "inside gzip member 4"},
    {"\x1f\x8c\x08", 3, "gzip member 4"},
    {"\x1f\x8b\x07\0\0\0\0\0\0\0", 10, "unknown compression method"},
    {"\x1f\x8b\x08\xe0\0\0\0\0\0\0", 10, "unknown header flags"},
};

static void what_follows_a_member_is_a_member_or_the_end(void **state)
{
    struct sample *sample = *state;
    size_t len = sample->file.len;
    char offset[32];

    snprintf(offset, sizeof offset, "byte %zu", len);
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        buf_add(&sample->file, tails[i].bytes, tails[i].len);
        reading_of(&sample->now, sample->file.data, sample->file.len);
        buf_truncate(&sample->file, len);
        assert_int_equal(sample->now.rc, ERR_DATA);
        assert_message(&sample->now, tails[i].message);
        assert_message(&sample->now, offset);
        /* The last value may go on in what follows; the others are given. */
        assert_true(sample->now.count >= 4);
    }
}

static void zeros_between_members_are_an_error(void **state)
{
    struct sample *sample = *state;
    struct buf file;

    buf_init(&file, VALUE_MAX);
    buf_add(&file, sample->file.data, sample->ends[1]);
    buf_add(&file, "\0\0\0\0", 4);
    buf_add(&file, sample->file.data + sample->ends[1],
            sample->file.len - sample->ends[1]);
    reading_of(&sample->now, file.data, file.len);
    assert_int_equal(sample->now.rc, ERR_DATA);
    assert_message(&sample->now, "after gzip member 1, found byte 0x00");
    assert_int_equal(sample->now.count, 2);
    buf_release(&file);
}

static void empty_files_and_members_hold_no_values(void **state)
{
    struct sample *sample = *state;
    struct buf file;

    reading_of(&sample->now, "", 0);
    assert_int_equal(sample->now.rc, 0);
    assert_int_equal(sample->now.count, 0);
    buf_init(&file, VALUE_MAX);
    add_member(&file, "", 0);
    add_member(&file, "", 0);
    reading_of(&sample->now, file.data, file.len);
    assert_int_equal(sample->now.rc, 0);
    assert_int_equal(sample->now.count, 0);
    buf_add(&file, sample->file.data, sample->file.len);
    reading_of(&sample->now, file.data, file.len);
    assert_true(same_as_whole(sample));
    buf_release(&file);
}

static void a_limit_ends_the_file_and_a_shorter_file_is_an_error(void **state)
{
    struct sample *sample = *state;
    size_t len = sample->file.len;
    int fd;

    buf_add_str(&sample->file, "appended, half a member");
    fd = file_of(sample->file.data, sample->file.len);
    buf_truncate(&sample->file, len);
    reading_of_fd(&sample->now, fd, VALUE_MAX, len);
    assert_true(same_as_whole(sample));
    assert_int_equal(sample->now.bytes, len);
    assert_memory_equal(sample->now.digest, sample->whole.digest,
                        CID_DIGEST_LEN);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    reading_of_fd(&sample->now, fd, VALUE_MAX, len + 100);
    assert_int_equal(sample->now.rc, ERR_DATA);
    assert_message(&sample->now, "the file got shorter");
    close(fd);
}

static void nothing_of_a_changed_block_is_given_out(void **state)
{
    enum {
        LINES = 30000
    };
    struct gzvalues values;
    struct gzvalues_item item;
    struct buf text, sums;
    struct err err;

    (void)state;
    buf_init(&text, VALUE_MAX);
    buf_init(&sums, VALUE_MAX);
    for (int i = 0; i < LINES; i++)
        buf_addf(&text, "{\"n\":%05d}\n", i);
    int fd = file_of(text.data, text.len);
    for (int pass = 0; pass < 3; pass++) {
        int n = 0, rc;

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(
            gzvalues_open(&values, fd, "f", VALUE_MAX, text.len, NULL, &err),
            0);
        if (pass == 0)
            gzvalues_record(&values, &sums);
        else
            gzvalues_verify(&values, &sums);
        while ((rc = gzvalues_next(&values, &item, &err)) == 1) {
            char line[32];

            snprintf(line, sizeof line, "{\"n\":%05d}", n++);
            assert_memory_equal(item.text, line, item.len);
        }
        gzvalues_release(&values);
        assert_int_equal(rc, pass < 2 ? 0 : ERR_DATA);
        assert_int_equal(n == LINES, pass < 2);
        assert_true(n >= 65536 / 12);
        assert_int_equal(pwrite(fd, "9", 1, pass == 1 ? 5 * 66000 : 0), 1);
        assert_int_equal(pwrite(fd, "{", 1, 0), 1);
    }
    assert_non_null(strstr(err.message, "changed while it was being read"));
    assert_non_null(strstr(err.message, "byte 327680"));
    close(fd);
    buf_release(&text);
    buf_release(&sums);
}

/* Writes the sample in pieces of growing size, a signal before each. */
static void feed(const struct sample *sample, int fd, pid_t reader)
{
    struct timespec pause = {.tv_nsec = 200000};
    size_t piece = 1;

    for (size_t done = 0; done < sample->file.len;) {
        size_t n = sample->file.len - done;

        kill(reader, SIGUSR1);
        nanosleep(&pause, NULL);
        n = n < piece ? n : piece;
        if (write(fd, sample->file.data + done, n) != (ssize_t)n)
            _exit(1);
        done += n;
        piece = piece % 7 + 1;
    }
    _exit(0);
}

static void on_signal(int number)
{
    (void)number;
}

/* Short reads, EINTR (no SA_RESTART), and with O_NONBLOCK also EAGAIN. */
static void read_from_pipe(struct sample *sample, int flags)
{
    struct sigaction action = {.sa_handler = on_signal}, old;
    int ends[2], status;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, flags), 0);
    assert_int_equal(sigaction(SIGUSR1, &action, &old), 0);
    pid_t reader = getpid();
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0)
        feed(sample, ends[1], reader);
    close(ends[1]);
    reading_of_fd(&sample->now, ends[0], VALUE_MAX, UINT64_MAX);
    close(ends[0]);
    while (waitpid(writer, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    sigaction(SIGUSR1, &old, NULL);
    assert_int_equal(status, 0);
    assert_true(same_as_whole(sample));
    assert_memory_equal(sample->now.digest, sample->whole.digest,
                        CID_DIGEST_LEN);
}

static void pipes_in_odd_pieces_with_signals_read_the_same(void **state)
{
    read_from_pipe(*state, 0);
    read_from_pipe(*state, O_NONBLOCK);
}

static void what_cannot_be_read_is_an_input_error(void **state)
{
    struct sample *sample = *state;
    int fd = open("/tmp", O_RDONLY);

    assert_true(fd >= 0);
    reading_of_fd(&sample->now, fd, VALUE_MAX, UINT64_MAX);
    close(fd);
    assert_int_equal(sample->now.rc, ERR_INPUT);
    assert_message(&sample->now, strerror(EISDIR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_read_as_one_text),
        cmocka_unit_test(a_cut_at_any_byte_is_an_error_or_a_members_end),
        cmocka_unit_test(any_flipped_bit_is_an_error_or_changes_nothing),
        cmocka_unit_test(flips_in_a_named_header_are_errors_or_change_nothing),
        cmocka_unit_test(what_follows_a_member_is_a_member_or_the_end),
        cmocka_unit_test(zeros_between_members_are_an_error),
        cmocka_unit_test(empty_files_and_members_hold_no_values),
        cmocka_unit_test(a_limit_ends_the_file_and_a_shorter_file_is_an_error),
        cmocka_unit_test(nothing_of_a_changed_block_is_given_out),
        cmocka_unit_test(pipes_in_odd_pieces_with_signals_read_the_same),
        cmocka_unit_test(what_cannot_be_read_is_an_input_error),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
