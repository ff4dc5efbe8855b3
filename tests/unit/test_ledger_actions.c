/* Extensions and stops in a ledger: their history, and the money they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../queue/ledger_actions.h"
#include "ledger_book.h"

#define MAX_NANO  24500000 /* of an extension; 25000000 up to $0.001 */
#define MAX_MILLI 25000000
#define ADDRESS   sample_address(500)

static char idems[3][KEY_UUID_MAX] = {"00000000-0000-8000-8000-000000000000",
                                      "00000000-0000-8000-8000-000000000001",
                                      "00000000-0000-8000-8000-000000000002"};

/* Job 1 of the book, posted at ADDRESS. */
static void begin(struct book *book)
{
    book_begin(book);
    assert_int_equal(book_intent(book, 1, 0, 0), 0);
    assert_int_equal(book_post(book, 1, 0, 500), 0);
}

static int add_intent(struct book *book, enum ledger_op op, const char *idem,
                      uint64_t seconds)
{
    struct ledger_intent record = sample_intent(1, 0, 0);
    char body[64];
    int len = snprintf(body, sizeof body, "{\"seconds\":%llu}",
                       (unsigned long long)seconds);

    record.op = op;
    record.idem = idem;
    record.address = ADDRESS;
    record.seconds = op == LEDGER_EXTEND ? seconds : 0;
    record.max_nano = op == LEDGER_EXTEND ? MAX_NANO : 0;
    record.body =
        (struct ledger_text){body, op == LEDGER_EXTEND ? (size_t)len : 0};
    return ledger_add_intent(book->ledger, &record, &book->err);
}

static void add_action(struct book *book, enum ledger_op op, const char *idem,
                       bool ended)
{
    struct ledger_intent intent = sample_intent(1, 0, 0);
    struct ledger_action record = {
        .op = op,
        .idem = idem,
        .name = intent.name,
        .address = ADDRESS,
        .seconds = 1800,
        .tx = ended ? NULL : "Tx",
        .ended = ended,
        .max_nano = op == LEDGER_EXTEND ? MAX_NANO : 0,
        .cost_nano = ended || op == LEDGER_STOP ? 0 : 24000000,
    };

    memcpy(record.key, intent.key, KEY_LEN);
    assert_int_equal(ledger_add_action(book->ledger, &record, &book->err), 0);
}

static void add_outcome(struct book *book, enum ledger_op op, const char *idem,
                        book_outcome_function *add, bool mismatch)
{
    struct ledger_intent intent = sample_intent(1, 0, 0);

    intent.op = op;
    intent.idem = idem;
    intent.address = ADDRESS;
    intent.max_nano = op == LEDGER_EXTEND ? MAX_NANO : 0;
    struct ledger_outcome record = sample_outcome(&intent);
    record.mismatch = mismatch;
    assert_int_equal(add(book->ledger, &record, &book->err), 0);
}

static struct ledger_actions history(struct book *book, enum ledger_op op,
                                     struct ledger_reader *reader)
{
    struct ledger_actions out;
    struct ledger_job job;

    ledger_job_at(book->ledger, 0, &job);
    if (ledger_read_actions(book->ledger, &job, op, ADDRESS, reader, &out,
                            &book->err) != 0)
        fail_msg("%s", book->err.message);
    return out;
}

static void expect(struct book *book, uint32_t intents,
                   enum ledger_action_state state, uint64_t open_actions,
                   int64_t extra_nano)
{
    const struct ledger_totals *totals = ledger_totals(book->ledger);
    struct ledger_reader reader;

    ledger_reader_init(&reader);
    struct ledger_actions out = history(book, LEDGER_EXTEND, &reader);
    assert_int_equal(out.intents, intents);
    assert_int_equal(out.state, state);
    assert_int_equal(totals->open_actions, open_actions);
    assert_int_equal(totals->reserved_nano, extra_nano);
    ledger_reader_release(&reader);
}

/* Reopening must not change what is known. */
static void expect_twice(struct book *book, uint32_t intents,
                         enum ledger_action_state state, uint64_t open_actions,
                         int64_t reserved_nano)
{
    expect(book, intents, state, open_actions, reserved_nano);
    book_reopen(book);
    expect(book, intents, state, open_actions, reserved_nano);
    assert_int_equal(ledger_info(book->ledger)->contradictions, 0);
}

static void a_job_without_extensions_has_none(void **state)
{
    struct book *book = *state;

    begin(book);
    expect_twice(book, 0, LEDGER_ACTION_NONE, 0, 0);
}

static void each_outcome_ends_an_extension_its_own_way(void **state)
{
    struct book *book = *state;

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[0], 1800), 0);
    expect_twice(book, 1, LEDGER_ACTION_OPEN, 1, MAX_MILLI);
    add_outcome(book, LEDGER_EXTEND, idems[0], ledger_add_unknown, false);
    expect_twice(book, 1, LEDGER_ACTION_UNKNOWN, 1, MAX_MILLI);
    assert_int_equal(ledger_totals(book->ledger)->reserved_unknown_nano,
                     MAX_MILLI);
    add_action(book, LEDGER_EXTEND, idems[0], false);
    expect_twice(book, 1, LEDGER_ACTION_DONE, 0, 0);
    assert_int_equal(ledger_totals(book->ledger)->charged_nano,
                     23980000 + 24000000);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[1], 60), 0);
    add_outcome(book, LEDGER_EXTEND, idems[1], ledger_add_release, false);
    expect_twice(book, 2, LEDGER_ACTION_RELEASED, 0, 0);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[2], 60), 0);
    add_outcome(book, LEDGER_EXTEND, idems[2], ledger_add_reject, false);
    expect_twice(book, 3, LEDGER_ACTION_REJECTED, 0, 0);
    assert_int_equal(book_state(book, 1), LEDGER_POSTED);
}

static void a_mismatch_stays_one(void **state)
{
    struct book *book = *state;

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[0], 1800), 0);
    add_outcome(book, LEDGER_EXTEND, idems[0], ledger_add_unknown, true);
    expect_twice(book, 1, LEDGER_ACTION_MISMATCH, 1, MAX_MILLI);
}

static void a_later_intent_hides_what_became_of_an_earlier_one(void **state)
{
    struct book *book = *state;

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[0], 1800), 0);
    add_outcome(book, LEDGER_EXTEND, idems[0], ledger_add_unknown, false);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[1], 1800), 0);
    expect_twice(book, 2, LEDGER_ACTION_OPEN, 2, 2 * MAX_MILLI);
    /* An answer to the first says nothing about the second. */
    add_action(book, LEDGER_EXTEND, idems[0], false);
    expect_twice(book, 2, LEDGER_ACTION_OPEN, 1, MAX_MILLI);
    add_action(book, LEDGER_EXTEND, idems[1], false);
    expect_twice(book, 2, LEDGER_ACTION_DONE, 0, 0);
}

/* In the API without keys the newest open one is what an outcome is about. */
static void without_keys_an_unknown_one_stays_unknown(void **state)
{
    struct book *book = *state;

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, NULL, 1800), 0);
    add_outcome(book, LEDGER_EXTEND, NULL, ledger_add_unknown, false);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, NULL, 1800), 0);
    assert_int_equal(ledger_totals(book->ledger)->reserved_unknown_nano,
                     MAX_MILLI);
    add_action(book, LEDGER_EXTEND, NULL, false);
    expect_twice(book, 2, LEDGER_ACTION_DONE, 1, MAX_MILLI);
    assert_int_equal(ledger_totals(book->ledger)->reserved_unknown_nano,
                     MAX_MILLI);
}

static void stops_and_extensions_are_counted_apart(void **state)
{
    struct book *book = *state;
    struct ledger_reader reader;

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_STOP, idems[0], 0), 0);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[1], 900), 0);
    add_action(book, LEDGER_EXTEND, idems[1], false);
    book_reopen(book);
    ledger_reader_init(&reader);
    struct ledger_actions stop = history(book, LEDGER_STOP, &reader);
    assert_int_equal(stop.intents, 1);
    assert_int_equal(stop.state, LEDGER_ACTION_OPEN);
    assert_string_equal(stop.sent.intent.idem, idems[0]);
    assert_string_equal(stop.sent.intent.address, ADDRESS);
    assert_int_equal(stop.sent.intent.body.len, 0);
    struct ledger_actions extend = history(book, LEDGER_EXTEND, &reader);
    assert_int_equal(extend.state, LEDGER_ACTION_DONE);
    assert_int_equal(extend.sent.intent.seconds, 900);
    assert_int_equal(extend.sent.intent.max_nano, MAX_NANO);
    assert_string_equal(extend.sent.intent.body.bytes, "{\"seconds\":900}");
    assert_true(extend.sent.has_account);
    ledger_reader_release(&reader);
}

static void an_action_needs_a_posted_job(void **state)
{
    struct book *book = *state;

    book_begin(book);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[0], 60),
                     ERR_INTERNAL);
    assert_int_equal(book_intent(book, 1, 0, 0), 0);
    assert_int_equal(add_intent(book, LEDGER_STOP, idems[0], 60), ERR_INTERNAL);
    assert_int_equal(book_post(book, 1, 0, 500), 0);
    assert_int_equal(add_intent(book, LEDGER_STOP, idems[0], 60), 0);
}

/* An extension answered late does not hide what the next post reserved. */
static void a_late_answer_keeps_the_next_generations_money_right(void **state)
{
    struct book *book = *state;
    int64_t one_milli = 48000000; /* 47960001 up to $0.001 */

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[0], 1800), 0);
    assert_int_equal(book_intent(book, 1, 1, 0), 0);
    add_action(book, LEDGER_EXTEND, idems[0], false);
    assert_int_equal(ledger_totals(book->ledger)->reserved_nano, one_milli);
    assert_int_equal(book_intent(book, 1, 1, 1), 0);
    assert_int_equal(ledger_totals(book->ledger)->reserved_nano, one_milli);
    book_reopen(book);
    assert_int_equal(ledger_totals(book->ledger)->reserved_nano, one_milli);
    assert_int_equal(book_state(book, 1), LEDGER_OPEN);
}

static int see_row(void *arg, const struct ledger_row *row, struct err *err)
{
    struct ledger_row *out = arg;

    (void)err;
    *out = *row;
    return 0;
}

static void a_row_knows_its_timeout_and_that_the_job_has_ended(void **state)
{
    struct book *book = *state;
    struct ledger_row row;

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[0], 1800), 0);
    ledger_rows(book->ledger, see_row, &row, &book->err);
    assert_int_equal(row.timeout_s, 3600);
    add_action(book, LEDGER_EXTEND, idems[0], false);
    ledger_rows(book->ledger, see_row, &row, &book->err);
    assert_int_equal(row.timeout_s, 3600 + 1800);
    assert_int_equal(row.charged_nano, 23980000 + 24000000);
    assert_false(row.ended);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[1], 1800), 0);
    add_action(book, LEDGER_EXTEND, idems[1], true);
    ledger_rows(book->ledger, see_row, &row, &book->err);
    assert_int_equal(row.timeout_s, 3600 + 1800);
    assert_int_equal(row.charged_nano, 23980000 + 24000000);
    assert_true(row.ended);
}

static void a_stop_ends_a_row(void **state)
{
    struct book *book = *state;
    struct ledger_row row;

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_STOP, idems[0], 0), 0);
    ledger_rows(book->ledger, see_row, &row, &book->err);
    assert_false(row.ended);
    add_action(book, LEDGER_STOP, idems[0], false);
    ledger_rows(book->ledger, see_row, &row, &book->err);
    assert_true(row.ended);
    assert_int_equal(row.state, LEDGER_POSTED);
}

static void open_actions_pass_the_check(void **state)
{
    struct book *book = *state;
    struct ledger_check_result result;
    struct errs errs;

    begin(book);
    assert_int_equal(add_intent(book, LEDGER_EXTEND, idems[0], 1800), 0);
    assert_int_equal(add_intent(book, LEDGER_STOP, idems[1], 0), 0);
    add_outcome(book, LEDGER_STOP, idems[1], ledger_add_unknown, false);
    assert_int_equal(ledger_commit(book->ledger, &book->err), 0);
    errs_init(&errs);
    assert_int_equal(
        ledger_check(&book->disk.os, SAMPLE_PATH, &result, &errs, &book->err),
        0);
    if (result.problems > 0)
        fail_msg("%s", errs.items[0].message);
}

static void add_invocation(struct book *book, const char *command)
{
    struct ledger_open_record record = {.command = command,
                                        .manifest = "m.json",
                                        .options = {"{\"seconds\":60}", 14}};

    assert_int_equal(ledger_add_open(book->ledger, &record, &book->err), 0);
}

static void add_close(struct book *book, int status)
{
    struct ledger_close_record record = {.status = status, .why = "done"};

    assert_int_equal(ledger_add_close(book->ledger, &record, &book->err), 0);
}

static void the_newest_invocation_of_a_command_is_found(void **state)
{
    struct book *book = *state;
    struct ledger_reader reader;
    struct ledger_invoked found;

    begin(book);
    ledger_reader_init(&reader);
    assert_int_equal(ledger_find_invoked(book->ledger, "extend", &reader,
                                         &found, &book->err),
                     0);
    add_invocation(book, "extend");
    add_close(book, 3);
    add_invocation(book, "extend");
    uint64_t seq = ledger_info(book->ledger)->records;
    assert_int_equal(ledger_commit(book->ledger, &book->err), 0);
    assert_int_equal(ledger_find_invoked(book->ledger, "extend", &reader,
                                         &found, &book->err),
                     1);
    assert_int_equal(found.seq, seq);
    assert_false(found.closed);
    assert_string_equal(found.options.bytes, "{\"seconds\":60}");
    assert_string_equal(found.manifest, "m.json");
    add_close(book, 69);
    add_invocation(book, "status");
    book_reopen(book);
    assert_int_equal(ledger_find_invoked(book->ledger, "extend", &reader,
                                         &found, &book->err),
                     1);
    assert_int_equal(found.seq, seq);
    assert_true(found.closed);
    assert_int_equal(found.status, 69);
    ledger_reader_release(&reader);
}

int main(void)
{
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, book_setup, book_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_job_without_extensions_has_none),
        TEST(each_outcome_ends_an_extension_its_own_way),
        TEST(a_mismatch_stays_one),
        TEST(a_later_intent_hides_what_became_of_an_earlier_one),
        TEST(without_keys_an_unknown_one_stays_unknown),
        TEST(stops_and_extensions_are_counted_apart),
        TEST(an_action_needs_a_posted_job),
        TEST(a_late_answer_keeps_the_next_generations_money_right),
        TEST(a_row_knows_its_timeout_and_that_the_job_has_ended),
        TEST(a_stop_ends_a_row),
        TEST(open_actions_pass_the_check),
        TEST(the_newest_invocation_of_a_command_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
