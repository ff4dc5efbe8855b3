/*
 * changes_definition: what of a job's definition differs from the one that
 * was posted under its name.
 *
 * The ledger holds no definitions but the entries that they came from. One
 * of them, with the posted job's parameters, gives the CID that was posted:
 * that is how the right one is known.
 */
#ifndef RUNNER_CHANGES_DEFINITION_H
#define RUNNER_CHANGES_DEFINITION_H

#include "../queue/ledger_read.h"
#include "../templates/entry.h"

/*
 * Adds the first difference, posted → job's, as json_differ writes it.
 * posted is the intent that stands at `offset`. Adds nothing where no entry
 * of the ledger gives the posted CID. ERR_IO or ERR_MEMORY where the ledger
 * cannot be read.
 */
int changes_definition(struct ledger *ledger, const struct ledger_sent *posted,
                       uint64_t offset, const struct job *job, struct buf *out,
                       struct err *err);

#endif
