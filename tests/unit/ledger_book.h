/*
 * ledger_book: a ledger on a simulated disk, and short ways to add records of
 * the sample's jobs, for tests. A failed call leaves its err in the book.
 */
#ifndef TESTS_UNIT_LEDGER_BOOK_H
#define TESTS_UNIT_LEDGER_BOOK_H

#include "ledger_sample.h"

struct book {
    struct disk disk;
    struct ledger *ledger;
    struct err err;
    char warned[1024]; /* the last warning */
    unsigned warnings;
};

/* cmocka's setup and teardown: *state is an empty book. */
int book_setup(void **state);
int book_teardown(void **state);

/* ledger_open, after closing what is open. */
int book_open(struct book *book, const struct ledger_identity *identity,
              enum ledger_mode mode);

/* Opens the ledger of sample_identity for writing and adds an open record. */
void book_begin(struct book *book);

/* Commits, closes and begins again. */
void book_reopen(struct book *book);

/* Adds a record of job n; what the ledger returns. */
int book_intent(struct book *book, unsigned n, uint32_t gen, uint32_t epoch);
int book_post(struct book *book, unsigned n, uint32_t gen, unsigned address);
int book_settle(struct book *book, unsigned n, const char *address);

/* Likewise by ledger_add_reject, ledger_add_release or ledger_add_unknown. */
typedef int book_outcome_function(struct ledger *,
                                  const struct ledger_outcome *, struct err *);
int book_outcome(struct book *book, unsigned n, book_outcome_function *add,
                 bool mismatch);

/* The state of job n, which the ledger must have. */
enum ledger_state book_state(struct book *book, unsigned n);

/* Adds the records that bring job n, which is new, into a state. */
void book_bring(struct book *book, unsigned n, enum ledger_state target);

#endif
