/* Keys: from where they are read, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runner/secret.h"

#define ENV "NOSBATCH_TEST_KEY"

static char folder[] = "/tmp/nosbatch-unit-XXXXXX";
static char path[64];

static int setup(void **state)
{
    (void)state;
    unsetenv(ENV);
    if (!mkdtemp(folder))
        return -1;
    strcpy(path, folder);
    strcat(path, "/key");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void put(const char *bytes, size_t len, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    /* Not through open: the umask takes bits away there. */
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void expect_secret(const char *file, const char *text)
{
    struct secret secret;
    struct err err = ERR_INIT;

    if (secret_read(&secret, ENV, file, &err) != 0)
        fail_msg("%s", err.message);
    assert_string_equal(secret.text, text);
    secret_release(&secret);
    assert_null(secret.text);
    secret_release(&secret);
}

static void expect_refused(const char *file, const char *part)
{
    struct secret secret;
    struct err err = ERR_INIT;

    assert_int_equal(secret_read(&secret, ENV, file, &err), ERR_ACCESS);
    assert_null(secret.text);
    if (!strstr(err.message, part))
        fail_msg("expected \"%s\", found \"%s\"", part, err.message);
    /* Whatever it is, no part of a key is shown. */
    assert_null(strstr(err.message, "nos_"));
}

static void one_line_is_read_without_what_is_around_it(void **state)
{
    static const char *const texts[] = {"nos_k1",           "nos_k1\n",
                                        "nos_k1\r\n",       " nos_k1\t",
                                        "\n\n nos_k1 \n\n", "\r\nnos_k1"};

    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(texts[i], strlen(texts[i]), 0600);
        expect_secret(path, "nos_k1");
        setenv(ENV, texts[i], 1);
        expect_secret(NULL, "nos_k1");
        unsetenv(ENV);
    }
}

static void a_file_goes_before_the_environment(void **state)
{
    (void)state;
    setenv(ENV, "nos_env", 1);
    put("nos_file", 8, 0400);
    expect_secret(path, "nos_file");
    put("", 0, 0600);
    expect_refused(path, "is empty");
    unsetenv(ENV);
}

static void without_either_there_is_none(void **state)
{
    struct secret secret = {.text = folder};
    struct err err;

    (void)state;
    assert_int_equal(secret_read(&secret, ENV, NULL, &err), 0);
    assert_null(secret.text);
    setenv(ENV, "", 1);
    assert_int_equal(secret_read(&secret, ENV, NULL, &err), 0);
    assert_null(secret.text);
    unsetenv(ENV);
}

static void only_the_owner_may_read_it(void **state)
{
    static const struct {
        mode_t mode;
        bool good;
    } each[] = {{0600, true},  {0400, true},  {0700, true},  {0640, false},
                {0604, false}, {0620, false}, {0602, false}, {0601, false},
                {0610, false}, {0644, false}, {0777, false}};

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        put("nos_k1", 6, each[i].mode);
        if (each[i].good)
            expect_secret(path, "nos_k1");
        else
            expect_refused(path, "chmod 600 /tmp/nosbatch-unit-");
    }
}

/* As systemd leaves them behind an access list; in no other folder. */
static void a_credential_may_show_a_groups_right(void **state)
{
    (void)state;
    put("nos_k1", 6, 0440);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    expect_secret(path, "nos_k1");
    setenv("CREDENTIALS_DIRECTORY", "/tmp", 1);
    expect_refused(path, "chmod 600");
    setenv("CREDENTIALS_DIRECTORY", "/", 1);
    expect_refused(path, "chmod 600");
    setenv("CREDENTIALS_DIRECTORY", "", 1);
    expect_refused(path, "chmod 600");
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    for (unsigned bit = 1; bit < 0100; bit <<= 1) {
        if (bit == 040)
            continue;
        put("nos_k1", 6, 0400 | bit);
        expect_refused(path, "chmod 600");
    }
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void what_is_no_one_key_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *part;
    } each[] = {
        {"", 0, "is empty"},
        {"\n", 1, "is empty"},
        {" \r\n\t ", 5, "is empty"},
        {"nos_a\nnos_b", 11, "one line"},
        {"nos_a nos_b", 11, "one line"},
        {"nos_a\tb", 7, "one line"},
        {"nos_a\0b", 7, "one line"},
        {"\0", 1, "one line"},
        {"nos_\x1b[2J", 8, "one line"},
        {"nos_\xc3\xa9", 6, "one line"},
        {"\xef\xbb\xbfnos_a", 8, "one line"},
        {"nos_a\x7f", 6, "one line"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        put(each[i].bytes, each[i].len, 0600);
        expect_refused(path, each[i].part);
    }
    setenv(ENV, "  ", 1);
    expect_refused(NULL, ENV " is empty");
    setenv(ENV, "nos_a\nnos_b", 1);
    expect_refused(NULL, ENV " holds something else than one key");
    unsetenv(ENV);
}

static void a_key_has_a_bound(void **state)
{
    static char text[SECRET_MAX + 2];

    (void)state;
    memset(text, 'k', SECRET_MAX + 1);
    put(text, SECRET_MAX + 1, 0600);
    expect_refused(path, "over 4096 bytes");
    setenv(ENV, text, 1);
    expect_refused(NULL, ENV " is over 4096 bytes");
    text[SECRET_MAX] = '\0';
    put(text, SECRET_MAX, 0600);
    expect_secret(path, text);
    setenv(ENV, text, 1);
    expect_secret(NULL, text);
    unsetenv(ENV);
}

/* None of them may keep the program waiting. */
static void only_a_regular_file_will_do(void **state)
{
    (void)state;
    unlink(path);
    expect_refused(path, "cannot read");
    expect_refused(folder, "is not a regular file");
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused(path, "is not a regular file");
    unlink(path);
    expect_refused("/dev/null", "is not a regular file");
    expect_refused("", "cannot read");
}

static void a_fingerprint_tells_keys_apart(void **state)
{
    char out[SECRET_FINGERPRINT_MAX];
    char abc[] = "abc";
    struct secret secret = {.text = abc};
    struct secret none = {.text = NULL};
    struct hasher hasher;
    struct err err;

    (void)state;
    assert_int_equal(hasher_init(&hasher, &err), 0);
    /* FIPS 180-4: SHA-256("abc") = ba7816bf 8f01cfea … */
    secret_fingerprint(&secret, &hasher, out);
    assert_string_equal(out, "ba7816bf8f01cfea");
    secret_fingerprint(&none, &hasher, out);
    assert_string_equal(out, "");
    hasher_release(&hasher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_is_read_without_what_is_around_it),
        cmocka_unit_test(a_file_goes_before_the_environment),
        cmocka_unit_test(without_either_there_is_none),
        cmocka_unit_test(only_the_owner_may_read_it),
        cmocka_unit_test(a_credential_may_show_a_groups_right),
        cmocka_unit_test(what_is_no_one_key_is_refused),
        cmocka_unit_test(a_key_has_a_bound),
        cmocka_unit_test(only_a_regular_file_will_do),
        cmocka_unit_test(a_fingerprint_tells_keys_apart),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
