/*
 * ledger_sample: a ledger with records of every type, for tests.
 */
#ifndef TESTS_UNIT_LEDGER_SAMPLE_H
#define TESTS_UNIT_LEDGER_SAMPLE_H

#include "../../queue/ledger_rows.h"
#include "../../templates/base58.h"
#include "ledger_disk.h"

#define SAMPLE_PATH        "sweep.ledger.jsonl"
#define SAMPLE_RECORDS_MAX 64

extern const struct ledger_identity sample_identity;

/* Opens SAMPLE_PATH on the disk. */
int sample_open(struct disk *disk, enum ledger_mode mode,
                struct ledger **ledger, struct err *err);

/* Job n's parts. Texts are static and valid until the next call of each. */
void sample_key(unsigned n, uint8_t key[KEY_LEN]);
const char *sample_address(unsigned n);
void sample_digest(unsigned n, uint8_t digest[CID_DIGEST_LEN]);

/* A post's intent of job n; its texts live until the next call for any job. */
struct ledger_intent sample_intent(unsigned n, uint32_t gen, uint32_t epoch);
struct ledger_post sample_post(const struct ledger_intent *intent,
                               const char *address);
struct ledger_outcome sample_outcome(const struct ledger_intent *intent);

int sample_begin(struct ledger *ledger, struct err *err);

/*
 * Everything that the index and the totals say, as text, added to out. Equal
 * for two ledgers exactly where they would decide alike.
 */
void sample_dump(struct ledger *ledger, struct buf *out);

/*
 * A ledger of every type of record, committed in groups. What sample_dump
 * says after each record, and its end, go to dumps and ends (both may be
 * NULL); returns the number of records, or a negative code.
 */
struct sample_steps {
    struct buf dumps[SAMPLE_RECORDS_MAX];
    uint64_t ends[SAMPLE_RECORDS_MAX];
    uint64_t durs[SAMPLE_RECORDS_MAX]; /* durable when it was added */
    unsigned count;
    uint64_t committed; /* bytes for which a commit has returned 0 */
};
int sample_write(struct disk *disk, struct sample_steps *steps,
                 struct err *err);
void sample_steps_release(struct sample_steps *steps);

#endif
