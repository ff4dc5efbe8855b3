/*
 * ledger_verdict: what is said of a file whose records do not do. Internal to
 * the ledger; why it is judged so is at the head of ledger_recover.c.
 */
#ifndef QUEUE_LEDGER_VERDICT_H
#define QUEUE_LEDGER_VERDICT_H

#include "ledger_format.h"

#define LEDGER_FIRST_MAX 65536 /* bytes: a first record is smaller */

/* ERR_DATA: the bad line at an offset was durable once. Returns the code. */
int ledger_verdict_damaged(const char *path, uint64_t offset, const char *why,
                           struct err *err);

/* ERR_DATA: a record's CRC is right, but this version did not write it. */
int ledger_verdict_foreign(const char *path, uint64_t offset, const char *why,
                           struct err *err);

/* ERR_DATA: a ledger of a newer version. */
int ledger_verdict_newer(const char *path, unsigned version, struct err *err);

/*
 * Looks at a file's first len bytes, at most LEDGER_FIRST_MAX, before
 * anything is believed; whole says that they are all there is. 1 where they
 * are the beginning of a first record and no more, 0 to read on, or ERR_DATA.
 */
int ledger_verdict_first(struct ledger_scanner *scanner, const char *path,
                         const char *bytes, size_t len, bool whole,
                         struct err *err);

/*
 * Whether seq, dur and the type follow a record with the given seq (0: none)
 * and records with the given greatest dur: NULL, or in words what does not.
 */
const char *ledger_does_not_follow(uint64_t seq, uint64_t greatest_dur,
                                   const struct ledger_line *line,
                                   uint64_t offset);

/*
 * The dur of a good record that is the line, or the end of the line; 0 where
 * there is none, UINT64_MAX where it is foreign.
 */
uint64_t ledger_proof(struct ledger_scanner *scanner, const char *text,
                      size_t len);

#endif
