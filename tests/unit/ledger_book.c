#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger_book.h"

static void remember_warning(void *arg, const char *text)
{
    struct book *book = arg;

    snprintf(book->warned, sizeof book->warned, "%s", text);
    book->warnings++;
}

int book_setup(void **state)
{
    struct book *book = calloc(1, sizeof *book);

    disk_init(&book->disk);
    *state = book;
    return 0;
}

int book_teardown(void **state)
{
    struct book *book = *state;

    ledger_close(book->ledger);
    disk_release(&book->disk);
    free(book);
    return 0;
}

int book_open(struct book *book, const struct ledger_identity *identity,
              enum ledger_mode mode)
{
    struct ledger_options options = {
        .os = &book->disk.os,
        .mode = mode,
        .path = SAMPLE_PATH,
        .identity = identity,
        .watch = true,
        .warn = remember_warning,
        .warn_arg = book,
    };

    ledger_close(book->ledger);
    return ledger_open(&book->ledger, &options, &book->err);
}

void book_begin(struct book *book)
{
    if (book_open(book, &sample_identity, LEDGER_WRITE) != 0)
        fail_msg("%s", book->err.message);
    assert_int_equal(sample_begin(book->ledger, &book->err), 0);
}

void book_reopen(struct book *book)
{
    assert_int_equal(ledger_commit(book->ledger, &book->err), 0);
    book_begin(book);
}

int book_intent(struct book *book, unsigned n, uint32_t gen, uint32_t epoch)
{
    struct ledger_intent intent = sample_intent(n, gen, epoch);

    return ledger_add_intent(book->ledger, &intent, &book->err);
}

int book_post(struct book *book, unsigned n, uint32_t gen, unsigned address)
{
    struct ledger_intent intent = sample_intent(n, gen, 0);
    struct ledger_post post = sample_post(&intent, sample_address(address));

    return ledger_add_post(book->ledger, &post, &book->err);
}

int book_outcome(struct book *book, unsigned n, book_outcome_function *add,
                 bool mismatch)
{
    struct ledger_intent intent = sample_intent(n, 0, 0);
    struct ledger_outcome outcome = sample_outcome(&intent);

    outcome.mismatch = mismatch;
    return add(book->ledger, &outcome, &book->err);
}

int book_settle(struct book *book, unsigned n, const char *address)
{
    struct ledger_intent intent = sample_intent(n, 0, 0);
    struct ledger_settlement settled = {.idem = intent.idem,
                                        .name = intent.name,
                                        .address = address,
                                        .max_nano = intent.max_nano,
                                        .who = "operator",
                                        .how = "seen"};

    memcpy(settled.key, intent.key, KEY_LEN);
    return ledger_add_settle(book->ledger, &settled, &book->err);
}

enum ledger_state book_state(struct book *book, unsigned n)
{
    struct ledger_job job;
    uint8_t key[KEY_LEN];

    sample_key(n, key);
    assert_int_equal(ledger_find_key(book->ledger, key, &job, &book->err), 1);
    return job.state;
}

void book_bring(struct book *book, unsigned n, enum ledger_state target)
{
    assert_int_equal(book_intent(book, n, 0, 0), 0);
    switch (target) {
    case LEDGER_OPEN:
        break;
    case LEDGER_POSTED:
        assert_int_equal(book_post(book, n, 0, n), 0);
        break;
    case LEDGER_REJECTED:
        assert_int_equal(book_outcome(book, n, ledger_add_reject, false), 0);
        break;
    case LEDGER_RELEASED:
        assert_int_equal(book_outcome(book, n, ledger_add_release, false), 0);
        break;
    case LEDGER_UNKNOWN:
    case LEDGER_LOST:
        assert_int_equal(book_outcome(book, n, ledger_add_unknown, false), 0);
        break;
    case LEDGER_MISMATCH:
    case LEDGER_LOST_MISMATCH:
        assert_int_equal(book_outcome(book, n, ledger_add_unknown, true), 0);
        break;
    }
    if (target == LEDGER_LOST || target == LEDGER_LOST_MISMATCH)
        assert_int_equal(book_settle(book, n, NULL), 0);
    assert_int_equal(book_state(book, n), target);
}
