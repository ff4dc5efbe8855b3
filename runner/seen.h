/*
 * seen: what the ledgers of --seen say of a point.
 *
 * They are read only: other hosts', or other batches' whose jobs are not to
 * be posted again here. What one of them posted, or holds open or unknown,
 * counts as such.
 */
#ifndef RUNNER_SEEN_H
#define RUNNER_SEEN_H

#include "compare.h"
#include "opt.h"

struct seen {
    struct ledger *ledgers[OPT_LIST_MAX]; /* owned */
    unsigned count;
};

/*
 * Opens the ledgers that --seen names. ERR_INPUT where one does not exist;
 * seen_release is due in any case.
 */
int seen_open(struct seen *seen, const struct opt *opt, const struct os *os,
              struct err *err);
void seen_release(struct seen *seen);

/*
 * compare_job with the ledger, then, where that has nothing to say against
 * posting, with each of the seen ones. found and other are of the first
 * ledger only; elsewhere says that a seen one decided. seen may be NULL.
 */
int seen_compare(const struct seen *seen, struct ledger *ledger,
                 struct ledger_reader *reader, const struct job *job,
                 struct compare *out, struct err *err);

#endif
