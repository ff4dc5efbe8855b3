/*
 * changes: how a point differs from the job that was posted under its name.
 */
#ifndef RUNNER_CHANGES_H
#define RUNNER_CHANGES_H

#include "compare.h"
#include "market.h"

/*
 * Adds the fields that differ, old → new: "market nvidia-3060 → nvidia-4090,
 * timeout 3600 s → 7200 s, definition". Markets are called by their slugs
 * where markets knows them. The text is not made fit for a terminal.
 */
void changes_describe(const struct job *job, const struct ledger_intent *posted,
                      const struct markets *markets, struct buf *out);

/*
 * Warns that a point changed since it was posted, and how: compare says that
 * it did, and which job of the ledger has its name. The definition's field
 * that differs is named, too. reader is scratch. 0, or negative where the
 * ledger cannot be read.
 */
int changes_warn(struct ledger *ledger, struct ledger_reader *reader,
                 const struct job *job, const struct compare *compare,
                 const struct markets *markets, struct err *err);

#endif
