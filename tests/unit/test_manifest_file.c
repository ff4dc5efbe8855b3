#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../queue/manifest_file.h"

#define PIECES     5000
#define PIECE      "{\"id\":\"from a pipe\"}\n"
#define PIPE_BYTES (PIECES * (sizeof PIECE - 1))

static char folder[] = "/tmp/nosbatch-unit-XXXXXX";
static char path[256];

/* Without a standard input a pipe of a test would take its place. */
static int setup(void **state)
{
    (void)state;
    if (fcntl(STDIN_FILENO, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != 0)
        return -1;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* The path of a name in the test's folder. */
static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *name)
{
    assert_int_equal(unlink(in_folder(name)), 0);
}

static void a_regular_file_is_opened_with_its_size(void **state)
{
    uint64_t bytes = 0;
    struct err err;
    char text[8] = "";
    int fd = -1;

    (void)state;
    write_file("a.jsonl", "{}\n[]");
    assert_int_equal(
        manifest_file_open(in_folder("a.jsonl"), &fd, &bytes, &err), 0);
    assert_int_equal(bytes, 5);
    assert_int_equal(read(fd, text, sizeof text), 5);
    assert_string_equal(text, "{}\n[]");
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
    remove_file("a.jsonl");
}

static void write_pieces(int fd)
{
    for (int i = 0; i < PIECES; i++)
        if (write(fd, PIECE, sizeof PIECE - 1) != sizeof PIECE - 1)
            _exit(1);
    _exit(0);
}

/* The copy is complete, private, without a name, and can be read twice. */
static void check_copy(int fd)
{
    struct stat stat;

    assert_int_equal(fstat(fd, &stat), 0);
    assert_int_equal(stat.st_size, PIPE_BYTES);
    assert_int_equal(stat.st_mode & 07777, 0600);
    assert_int_equal(stat.st_nlink, 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    for (int pass = 0; pass < 2; pass++) {
        char text[sizeof PIECE] = "";

        assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
        for (int i = 0; i < PIECES; i++) {
            assert_int_equal(read(fd, text, sizeof PIECE - 1),
                             sizeof PIECE - 1);
            assert_string_equal(text, PIECE);
        }
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    }
}

static void standard_input_is_copied_to_an_unlinked_file(void **state)
{
    int ends[2], status, fd = -1, saved = dup(STDIN_FILENO);
    uint64_t bytes = 0;
    struct err err;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0)
        write_pieces(ends[1]);
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    setenv("TMPDIR", folder, 1);
    assert_int_equal(manifest_file_open("-", &fd, &bytes, &err), 0);
    unsetenv("TMPDIR");
    assert_int_equal(bytes, UINT64_MAX);
    check_copy(fd);
    close(fd);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

static void a_fifo_is_copied_too(void **state)
{
    uint64_t bytes = 0;
    struct err err;
    int fd = -1, status;

    (void)state;
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0)
        write_pieces(open(path, O_WRONLY));
    assert_int_equal(manifest_file_open(path, &fd, &bytes, &err), 0);
    check_copy(fd);
    close(fd);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    remove_file("fifo");
}

/* Tells what opening a name in the folder says. */
static void assert_refused(const char *name, int code, const char *message)
{
    uint64_t bytes;
    struct err err;
    int fd;

    assert_int_equal(manifest_file_open(in_folder(name), &fd, &bytes, &err),
                     code);
    assert_int_equal(fd, -1);
    if (!strstr(err.message, message))
        fail_msg("expected \"%s\" in: %s", message, err.message);
}

static void what_cannot_be_read_says_why(void **state)
{
    char hint[300];

    (void)state;
    assert_refused("none.jsonl", ERR_INPUT, "no such file; check the name");
    assert_refused("none/x.jsonl", ERR_INPUT, "no such file");
    assert_refused("", ERR_INPUT, "expected a manifest, found a folder");
    write_file("b.jsonl", "");
    assert_refused("b.jsonl/c", ERR_INPUT, "cannot open: Not a directory");
    snprintf(hint, sizeof hint, "(did you mean \"%s/b.jsonl\"?)", folder);
    assert_refused("b.jsonl.gz", ERR_INPUT, hint);
    assert_refused("b", ERR_INPUT, "no such file; check the name");
    remove_file("b.jsonl");
    write_file("b.jsonl.gz", "");
    snprintf(hint, sizeof hint, "(did you mean \"%s/b.jsonl.gz\"?)", folder);
    assert_refused("b.jsonl", ERR_INPUT, hint);
    assert_refused("b.json", ERR_INPUT, hint);
    assert_refused("b", ERR_INPUT, hint);
    remove_file("b.jsonl.gz");
}

static void a_file_that_may_not_be_read_says_so(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may read everything */
    write_file("secret.jsonl", "{}");
    assert_int_equal(chmod(in_folder("secret.jsonl"), 0), 0);
    assert_refused("secret.jsonl", ERR_INPUT, "not allowed to read it");
    remove_file("secret.jsonl");
}

static void a_closed_standard_input_is_an_error(void **state)
{
    int saved = dup(STDIN_FILENO), fd = -1;
    uint64_t bytes;
    struct err err;

    (void)state;
    close(STDIN_FILENO);
    int rc = manifest_file_open("-", &fd, &bytes, &err);
    dup2(saved, STDIN_FILENO);
    close(saved);
    assert_int_equal(rc, ERR_INPUT);
    assert_non_null(strstr(err.message, "is it closed?"));
}

static void a_folder_without_room_for_the_copy_is_named(void **state)
{
    uint64_t bytes;
    struct err err;
    int fd;

    (void)state;
    setenv("TMPDIR", in_folder("no-folder"), 1);
    assert_int_equal(manifest_file_open("/dev/null", &fd, &bytes, &err),
                     ERR_CREATE);
    unsetenv("TMPDIR");
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "TMPDIR"));
}

static const struct {
    const char *path;
    const char *stem;
} stems[] = {
    {"sweep.jsonl.gz", "sweep"},
    {"a/b.c/sweep.json", "sweep"},
    {"/x/sweep.json.gz", "sweep"},
    {"sweep.jsonl", "sweep"},
    {"sweep.gz", "sweep"},
    {"sweep", "sweep"},
    {"sweep.json.json", "sweep.json"},
    {"sweep.jsonl.gz.gz", "sweep.jsonl.gz"},
    {"v1.2_final-x.json", "v1.2_final-x"},
    {"two words & more.json", "two-words---more"},
    {"caf\xc3\xa9\xe2\x82\xac.json", "caf--"},
    {".json", ".json"},
    {".gz", ".gz"},
    {"a/", "job"},
    {"", "job"},
    {"-", "stdin"},
    {"./-", "-"},
    {"0123456789012345678901234567890123456789012345678901234567890123456789",
     "0123456789012345678901234567890123456789012345678901234567890123"},
};

static void a_stem_is_the_name_without_its_endings(void **state)
{
    char stem[MANIFEST_FILE_STEM_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++) {
        manifest_file_stem(stems[i].path, stem);
        assert_string_equal(stem, stems[i].stem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_regular_file_is_opened_with_its_size),
        cmocka_unit_test(standard_input_is_copied_to_an_unlinked_file),
        cmocka_unit_test(a_fifo_is_copied_too),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(a_file_that_may_not_be_read_says_so),
        cmocka_unit_test(a_closed_standard_input_is_an_error),
        cmocka_unit_test(a_folder_without_room_for_the_copy_is_named),
        cmocka_unit_test(a_stem_is_the_name_without_its_endings),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
