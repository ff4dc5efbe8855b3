/* How a ledger finds its jobs: by key, by name, by CID, by state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger_book.h"

static void jobs_are_found_by_key_and_by_exact_name(void **state)
{
    struct book *book = *state;
    struct ledger_job job;
    uint8_t key[KEY_LEN];

    book_begin(book);
    for (unsigned n = 0; n < 50; n++)
        assert_int_equal(book_intent(book, n, 0, 0), 0);
    for (int round = 0; round < 2; round++) {
        for (unsigned n = 0; n < 60; n++) {
            struct ledger_intent intent = sample_intent(n, 0, 0);
            uint64_t cursor = 0;
            int found = n < 50;
            sample_key(n, key);
            assert_int_equal(
                ledger_find_key(book->ledger, key, &job, &book->err), found);
            if (found)
                assert_int_equal(job.number, n);
            assert_int_equal(ledger_find_name(book->ledger, intent.name.bytes,
                                              intent.name.len, &cursor, &job,
                                              &book->err),
                             found);
            if (found)
                assert_int_equal(job.number, n);
            assert_int_equal(ledger_find_name(book->ledger, intent.name.bytes,
                                              intent.name.len, &cursor, &job,
                                              &book->err),
                             0);
        }
        book_reopen(book);
    }
}

static void keys_that_share_a_half_stay_apart(void **state)
{
    struct book *book = *state;
    struct ledger_intent intents[3];
    struct ledger_job job;

    book_begin(book);
    for (unsigned i = 0; i < 3; i++) {
        intents[i] = sample_intent(i, 0, 0);
        memset(intents[i].key, 7, KEY_LEN);
        intents[i].key[0] = (uint8_t)i;
        assert_int_equal(
            ledger_add_intent(book->ledger, &intents[i], &book->err), 0);
    }
    struct ledger_post post = sample_post(&intents[1], sample_address(1));
    assert_int_equal(ledger_add_post(book->ledger, &post, &book->err), 0);
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(
                ledger_find_key(book->ledger, intents[i].key, &job, &book->err),
                1);
            assert_int_equal(job.number, i);
            assert_int_equal(job.state, i == 1 ? LEDGER_POSTED : LEDGER_OPEN);
        }
        uint8_t other[KEY_LEN];
        memset(other, 7, KEY_LEN);
        assert_int_equal(ledger_find_key(book->ledger, other, &job, &book->err),
                         0);
        book_reopen(book);
    }
}

static void a_job_that_got_another_name_is_found_by_the_new_one(void **state)
{
    struct book *book = *state;
    struct ledger_intent intent = sample_intent(1, 0, 0);
    struct ledger_job job;
    uint64_t cursor = 0;

    book_begin(book);
    book_bring(book, 1, LEDGER_REJECTED);
    intent.name = (struct ledger_text){"renamed", 7};
    assert_int_equal(ledger_add_intent(book->ledger, &intent, &book->err), 0);
    book_reopen(book);
    assert_int_equal(
        ledger_find_name(book->ledger, "renamed", 7, &cursor, &job, &book->err),
        1);
    intent = sample_intent(1, 0, 0);
    cursor = 0;
    assert_int_equal(ledger_find_name(book->ledger, intent.name.bytes,
                                      intent.name.len, &cursor, &job,
                                      &book->err),
                     0);
}

static void an_intent_says_that_its_cid_is_pinned(void **state)
{
    struct book *book = *state;
    uint8_t digest[CID_DIGEST_LEN];

    book_begin(book);
    sample_digest(1, digest);
    assert_false(ledger_cid_pinned(book->ledger, digest));
    assert_int_equal(book_intent(book, 1, 0, 0), 0);
    assert_true(ledger_cid_pinned(book->ledger, digest));
    book_reopen(book);
    assert_true(ledger_cid_pinned(book->ledger, digest));
    sample_digest(2, digest);
    assert_false(ledger_cid_pinned(book->ledger, digest));
    ledger_cid_note(book->ledger, digest);
    assert_true(ledger_cid_pinned(book->ledger, digest));
}

static void open_and_unknown_jobs_are_iterated_in_order(void **state)
{
    struct book *book = *state;
    struct ledger_job job;
    uint32_t cursor = 0;
    unsigned seen = 0;

    book_begin(book);
    for (unsigned s = 0; s < LEDGER_STATES; s++)
        book_bring(book, s, (enum ledger_state)s);
    while (ledger_next(book->ledger, LEDGER_OPEN_OR_UNKNOWN, &cursor, &job))
        seen |= 1U << job.number;
    assert_int_equal(seen, LEDGER_OPEN_OR_UNKNOWN);
}

static void an_entry_is_recorded_once(void **state)
{
    struct book *book = *state;

    book_begin(book);
    const struct ledger_info *info = ledger_info(book->ledger);
    uint64_t records = info->records;
    assert_int_equal(
        ledger_add_entry(book->ledger, "a", "{\"x\": 1}", 8, &book->err), 0);
    assert_int_equal(
        ledger_add_entry(book->ledger, "a", "{\"x\":\n1}", 8, &book->err), 0);
    assert_int_equal(info->records, records + 1);
    book_reopen(book);
    records = ledger_info(book->ledger)->records;
    assert_int_equal(
        ledger_add_entry(book->ledger, "a", "{\"x\":1}", 7, &book->err), 0);
    assert_int_equal(ledger_info(book->ledger)->records, records);
    assert_int_equal(
        ledger_add_entry(book->ledger, "b", "{\"x\":1}", 7, &book->err), 0);
    assert_int_equal(ledger_info(book->ledger)->records, records + 1);
}

static void a_record_that_would_break_the_file_is_not_added(void **state)
{
    struct book *book = *state;
    static const char *const params[] = {"{\"a\":\n1}", "{\"a\":\"\x01\"}",
                                         "{\"a\":1", "", "1,\"seq\":2"};

    book_begin(book);
    size_t bytes = ledger_pending_bytes(book->ledger);
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        struct ledger_intent intent = sample_intent(1, 0, 0);
        intent.params = (struct ledger_text){params[i], strlen(params[i])};
        assert_int_equal(ledger_add_intent(book->ledger, &intent, &book->err),
                         ERR_INTERNAL);
        assert_int_equal(ledger_pending_bytes(book->ledger), bytes);
    }
    assert_int_equal(book_intent(book, 1, 0, 0), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, book_setup, book_teardown)
    const struct CMUnitTest tests[] = {
        T(jobs_are_found_by_key_and_by_exact_name),
        T(keys_that_share_a_half_stay_apart),
        T(a_job_that_got_another_name_is_found_by_the_new_one),
        T(an_intent_says_that_its_cid_is_pinned),
        T(open_and_unknown_jobs_are_iterated_in_order),
        T(an_entry_is_recorded_once),
        T(a_record_that_would_break_the_file_is_not_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
