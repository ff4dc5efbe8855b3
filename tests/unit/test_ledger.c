/* A ledger's opening: its identity, its lock, its file, its last occasion. */
/* For the file types of sys/stat.h. */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger_book.h"

static void a_new_ledger_is_durable_and_private(void **state)
{
    struct book *book = *state;

    book_begin(book);
    struct disk_file *file = disk_find(&book->disk, SAMPLE_PATH);
    const struct ledger_info *info = ledger_info(book->ledger);
    assert_true(info->created);
    assert_int_equal(file->mode & 0777, 0600);
    assert_true(file->synced.len > 0);
    assert_int_equal(strlen(info->id), 36);
    assert_int_equal(info->id[14], '4');
    assert_string_equal(info->scope, "b:nightly-2026-11-23");
    assert_false(info->opened);
    assert_non_null(disk_find(&book->disk, SAMPLE_PATH ".lock"));
}

static void without_a_batch_the_scope_is_the_ledgers_id(void **state)
{
    struct book *book = *state;
    struct ledger_identity identity = sample_identity;
    char scope[64];

    identity.batch = NULL;
    assert_int_equal(book_open(book, &identity, LEDGER_WRITE), 0);
    const struct ledger_info *info = ledger_info(book->ledger);
    snprintf(scope, sizeof scope, "l:%s", info->id);
    assert_string_equal(info->scope, scope);
    assert_null(info->identity.batch);
    assert_int_equal(book_open(book, &identity, LEDGER_WRITE), 0);
    assert_string_equal(ledger_info(book->ledger)->scope, scope);
}

static void a_ledger_of_something_else_is_refused(void **state)
{
    struct book *book = *state;
    struct ledger_identity others[5];
    static const char *const what[] = {"batch", "batch", "shard", "API URL",
                                       "API generation"};

    book_begin(book);
    for (int i = 0; i < 5; i++)
        others[i] = sample_identity;
    others[0].batch = "nightly-2026-11-24";
    others[1].batch = NULL;
    others[2].shard = "4/8";
    others[3].api_url = "https://api.example";
    others[4].generation = "with-credits";
    for (int i = 0; i < 5; i++) {
        assert_int_equal(book_open(book, &others[i], LEDGER_WRITE), ERR_DATA);
        assert_non_null(strstr(book->err.message, what[i]));
        assert_int_equal(book_open(book, &others[i], LEDGER_READ), ERR_DATA);
    }
    others[0] = sample_identity;
    others[0].program = "99";
    assert_int_equal(book_open(book, &others[0], LEDGER_WRITE), 0);
    assert_string_equal(ledger_info(book->ledger)->identity.program, "0.1");
    assert_int_equal(book_open(book, NULL, LEDGER_WRITE), 0);
}

static void a_missing_ledger_is_told_apart(void **state)
{
    struct book *book = *state;

    assert_int_equal(book_open(book, &sample_identity, LEDGER_READ), 1);
    assert_null(book->ledger);
    assert_int_equal(book_open(book, NULL, LEDGER_WRITE), 1);
    assert_null(disk_find(&book->disk, SAMPLE_PATH));
}

static void a_second_run_is_refused_while_the_first_holds_it(void **state)
{
    struct book *book = *state;
    struct ledger *second = NULL;
    char pid[32];

    book_begin(book);
    assert_int_equal(
        sample_open(&book->disk, LEDGER_WRITE, &second, &book->err),
        ERR_LOCKED);
    snprintf(pid, sizeof pid, "(pid %ld)", (long)getpid());
    assert_non_null(strstr(book->err.message, pid));
    assert_int_equal(sample_open(&book->disk, LEDGER_READ, &second, &book->err),
                     0);
    ledger_close(second);
}

static void strange_files_are_refused(void **state)
{
    struct book *book = *state;

    book_begin(book);
    struct disk_file *file = disk_find(&book->disk, SAMPLE_PATH);
    file->mode = S_IFREG | 0660;
    assert_int_equal(book_open(book, &sample_identity, LEDGER_WRITE),
                     ERR_CREATE);
    file->mode = S_IFREG | 0644;
    book->warnings = 0;
    assert_int_equal(book_open(book, &sample_identity, LEDGER_WRITE), 0);
    assert_int_equal(book->warnings, 1);
    file->mode = S_IFLNK | 0600;
    assert_int_equal(book_open(book, &sample_identity, LEDGER_WRITE),
                     ERR_CREATE);
    file->mode = S_IFIFO | 0600;
    assert_int_equal(book_open(book, &sample_identity, LEDGER_WRITE),
                     ERR_CREATE);
    assert_int_equal(book_open(book, &sample_identity, LEDGER_READ),
                     ERR_CREATE);
    file->mode = S_IFREG | 0600;
    file->uid++;
    assert_int_equal(book_open(book, &sample_identity, LEDGER_WRITE),
                     ERR_CREATE);
    assert_int_equal(book_open(book, &sample_identity, LEDGER_READ), 0);
}

static void a_network_file_system_is_warned_of(void **state)
{
    struct book *book = *state;

    book->disk.network = true;
    book_begin(book);
    assert_non_null(strstr(book->warned, "network"));
}

static void the_last_occasions_end_is_known(void **state)
{
    struct book *book = *state;
    struct ledger_close_record closed = {.status = 3, .why = "out of credits"};

    book_begin(book);
    book_reopen(book);
    assert_true(ledger_info(book->ledger)->opened);
    assert_false(ledger_info(book->ledger)->closed);
    assert_int_equal(ledger_add_close(book->ledger, &closed, &book->err), 0);
    book_reopen(book);
    assert_true(ledger_info(book->ledger)->closed);
    assert_int_equal(ledger_info(book->ledger)->close_status, 3);
    assert_string_equal(ledger_info(book->ledger)->close_why, "out of credits");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, book_setup, book_teardown)
    const struct CMUnitTest tests[] = {
        T(a_new_ledger_is_durable_and_private),
        T(without_a_batch_the_scope_is_the_ledgers_id),
        T(a_ledger_of_something_else_is_refused),
        T(a_missing_ledger_is_told_apart),
        T(a_second_run_is_refused_while_the_first_holds_it),
        T(strange_files_are_refused),
        T(a_network_file_system_is_warned_of),
        T(the_last_occasions_end_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
