/* A ledger's state machine, and the money that it charges and reserves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger_book.h"

/* --- the state machine --------------------------------------------------- */

/* gen and epoch of the one post intent that each state allows; -1: none. */
static void only_the_allowed_intent_follows_each_state(void **state)
{
    static const int allowed[LEDGER_STATES][2] = {
        [LEDGER_OPEN] = {0, 1},     [LEDGER_POSTED] = {1, 0},
        [LEDGER_REJECTED] = {0, 0}, [LEDGER_RELEASED] = {0, 0},
        [LEDGER_UNKNOWN] = {0, 1},  [LEDGER_MISMATCH] = {-1, -1},
        [LEDGER_LOST] = {0, 0},     [LEDGER_LOST_MISMATCH] = {0, 1},
    };
    struct book *book = *state;
    unsigned n = 1;

    book_begin(book);
    for (unsigned s = 0; s < LEDGER_STATES; s++) {
        for (int gen = 0; gen < 3; gen++) {
            for (int epoch = 0; epoch < 3; epoch++, n++) {
                bool fits = gen == allowed[s][0] && epoch == allowed[s][1];
                book_bring(book, n, (enum ledger_state)s);
                int result =
                    book_intent(book, n, (uint32_t)gen, (uint32_t)epoch);
                if (result != (fits ? 0 : ERR_INTERNAL))
                    fail_msg("state %u, gen %d, epoch %d: %d", s, gen, epoch,
                             result);
                assert_int_equal(book_state(book, n), fits ? LEDGER_OPEN : s);
            }
        }
    }
    struct buf before, after;
    buf_init(&before, 1 << 24);
    buf_init(&after, 1 << 24);
    sample_dump(book->ledger, &before);
    assert_int_equal(ledger_commit(book->ledger, &book->err), 0);
    book_open(book, &sample_identity, LEDGER_READ);
    sample_dump(book->ledger, &after);
    assert_string_equal(buf_str(&before), buf_str(&after));
    assert_int_equal(ledger_info(book->ledger)->contradictions, 0);
    buf_release(&before);
    buf_release(&after);
}

static void an_outcome_needs_its_state(void **state)
{
    /* Bits of the states in which each is allowed. */
    static const struct {
        book_outcome_function *add;
        unsigned states;
    } rows[] = {
        {ledger_add_release, 1U << LEDGER_OPEN},
        {ledger_add_reject, 1U << LEDGER_OPEN},
        {ledger_add_unknown, 1U << LEDGER_OPEN | 1U << LEDGER_UNKNOWN},
        {NULL, LEDGER_OPEN_OR_UNKNOWN}, /* settle --lost */
    };
    struct book *book = *state;
    unsigned n = 1;

    book_begin(book);
    assert_int_equal(book_outcome(book, 999, ledger_add_reject, false),
                     ERR_INTERNAL);
    for (unsigned s = 0; s < LEDGER_STATES; s++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++, n++) {
            book_bring(book, n, (enum ledger_state)s);
            size_t bytes = ledger_pending_bytes(book->ledger);
            int result = rows[i].add ? book_outcome(book, n, rows[i].add, false)
                                     : book_settle(book, n, NULL);
            bool fits = rows[i].states >> s & 1;
            if (result != (fits ? 0 : ERR_INTERNAL))
                fail_msg("state %u, outcome %zu: %d", s, i, result);
            if (!fits)
                assert_int_equal(ledger_pending_bytes(book->ledger), bytes);
        }
    }
}

static void a_post_is_recorded_whatever_the_state(void **state)
{
    struct book *book = *state;

    book_begin(book);
    for (unsigned s = 0; s < LEDGER_STATES; s++) {
        book_bring(book, s + 1, (enum ledger_state)s);
        bool fits = LEDGER_OPEN_OR_UNKNOWN >> s & 1;
        size_t bytes = ledger_pending_bytes(book->ledger);
        assert_int_equal(book_post(book, s + 1, 0, s + 500),
                         fits ? 0 : ERR_INTERNAL);
        assert_true(ledger_pending_bytes(book->ledger) > bytes);
        assert_int_equal(book_state(book, s + 1), LEDGER_POSTED);
    }
    assert_int_equal(book_post(book, 300, 0, 700), ERR_INTERNAL);
    assert_int_equal(book_state(book, 300), LEDGER_POSTED);
    assert_int_equal(book_intent(book, 300, 0, 0), ERR_INTERNAL);
    book_reopen(book);
    assert_int_equal(ledger_info(book->ledger)->contradictions, 6);
    assert_int_equal(book_state(book, 300), LEDGER_POSTED);
}

static void an_intent_needs_an_open_record(void **state)
{
    struct book *book = *state;

    assert_int_equal(book_open(book, &sample_identity, LEDGER_WRITE), 0);
    assert_int_equal(book_intent(book, 1, 0, 0), ERR_INTERNAL);
    book_begin(book);
    assert_int_equal(book_intent(book, 1, 0, 0), 0);
    book_open(book, &sample_identity, LEDGER_READ);
    assert_int_equal(sample_begin(book->ledger, &book->err), ERR_INTERNAL);
}

static void one_address_under_two_keys_is_recorded_and_told(void **state)
{
    struct book *book = *state;

    book_begin(book);
    for (unsigned n = 1; n <= 4; n++)
        assert_int_equal(book_intent(book, n, 0, 0), 0);
    assert_int_equal(book_post(book, 1, 0, 50), 0);
    assert_int_equal(book_post(book, 2, 0, 50), ERR_INTERNAL);
    assert_non_null(strstr(book->err.message, sample_address(50)));
    assert_int_equal(book_state(book, 2), LEDGER_POSTED);
    book_reopen(book);
    assert_int_equal(book_post(book, 3, 0, 50), ERR_INTERNAL);
    assert_int_equal(book_settle(book, 4, sample_address(50)), ERR_INTERNAL);
    assert_int_equal(book_state(book, 4), LEDGER_OPEN);
    assert_int_equal(book_post(book, 4, 0, 51), 0);
}

/* --- money ---------------------------------------------------------------- */

static void money_is_charged_and_reserved_to_the_nano(void **state)
{
    struct book *book = *state;

    book_begin(book);
    const struct ledger_totals *totals = ledger_totals(book->ledger);
    assert_int_equal(book_intent(book, 1, 0, 0), 0); /* max 0.047960001 */
    assert_int_equal(totals->reserved_nano, 48000000);
    assert_int_equal(book_intent(book, 2, 0, 0), 0);
    assert_int_equal(totals->reserved_nano, 96000000);
    assert_int_equal(book_post(book, 1, 0, 1), 0);
    assert_int_equal(totals->reserved_nano, 48000000);
    assert_int_equal(totals->charged_nano, 23980000);
    assert_int_equal(book_outcome(book, 2, ledger_add_unknown, false), 0);
    assert_int_equal(totals->reserved_nano, 48000000);
    assert_int_equal(totals->reserved_unknown_nano, 48000000);
    assert_int_equal(book_settle(book, 2, sample_address(2)), 0);
    assert_int_equal(totals->reserved_nano, 0);
    assert_int_equal(totals->reserved_unknown_nano, 0);
    assert_int_equal(totals->charged_nano, 23980000 + 47960002);
    assert_int_equal(totals->posts, 2);
}

static void a_new_epoch_replaces_the_reservation(void **state)
{
    struct book *book = *state;
    struct ledger_intent dearer = sample_intent(1, 0, 1);

    book_begin(book);
    assert_int_equal(book_intent(book, 1, 0, 0), 0);
    dearer.max_nano = 99000000;
    assert_int_equal(ledger_add_intent(book->ledger, &dearer, &book->err), 0);
    assert_int_equal(ledger_totals(book->ledger)->reserved_nano, 99000000);
    book_reopen(book);
    assert_int_equal(ledger_totals(book->ledger)->reserved_nano, 99000000);
}

static void a_job_without_a_price_is_counted_apart(void **state)
{
    struct book *book = *state;
    struct ledger_intent intent = sample_intent(1, 0, 0);

    book_begin(book);
    intent.max_nano = LEDGER_UNPRICED;
    assert_int_equal(ledger_add_intent(book->ledger, &intent, &book->err), 0);
    book_reopen(book);
    assert_int_equal(ledger_totals(book->ledger)->unpriced, 1);
    assert_int_equal(ledger_totals(book->ledger)->reserved_nano, 0);
    struct ledger_post post = sample_post(&intent, sample_address(1));
    assert_int_equal(ledger_add_post(book->ledger, &post, &book->err), 0);
    assert_int_equal(ledger_totals(book->ledger)->unpriced, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, book_setup, book_teardown)
    const struct CMUnitTest tests[] = {
        T(only_the_allowed_intent_follows_each_state),
        T(an_outcome_needs_its_state),
        T(a_post_is_recorded_whatever_the_state),
        T(an_intent_needs_an_open_record),
        T(one_address_under_two_keys_is_recorded_and_told),
        T(money_is_charged_and_reserved_to_the_nano),
        T(a_new_epoch_replaces_the_reservation),
        T(a_job_without_a_price_is_counted_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
