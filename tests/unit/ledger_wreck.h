/*
 * ledger_wreck: the sample's ledger, to be cut and damaged byte by byte.
 */
#ifndef TESTS_UNIT_LEDGER_WRECK_H
#define TESTS_UNIT_LEDGER_WRECK_H

#include "ledger_sample.h"

struct wreck {
    struct disk disk;
    struct sample_steps steps;
    struct buf whole; /* the sample's bytes */
};

/* cmocka's setup and teardown of a group: *state is a wreck. */
int wreck_setup(void **state);
int wreck_teardown(void **state);

/* Records whose lines are whole within len bytes. */
unsigned wreck_records(const struct wreck *wreck, size_t len);

/* Fails where the ledger is not as it was after so many records, 1 or more. */
void wreck_assert_says(struct ledger *ledger, const struct wreck *wreck,
                       unsigned records);

/* The file of what was cut off, or NULL; and removes it. */
const struct disk_file *wreck_torn(struct wreck *wreck);
void wreck_forget_torn(struct wreck *wreck);

/* The record, from 0, that byte `at` is in; and where a record starts. */
unsigned wreck_record_of(const struct wreck *wreck, size_t at);
uint64_t wreck_start(const struct wreck *wreck, unsigned record);

#endif
