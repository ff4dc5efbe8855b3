/*
 * compare: what a ledger says of a point of the manifest.
 */
#ifndef RUNNER_COMPARE_H
#define RUNNER_COMPARE_H

#include "../queue/ledger_read.h"
#include "../templates/entry.h"

enum compare_kind {
    COMPARE_NEW,     /* to be posted; also what was rejected or released */
    COMPARE_POSTED,  /* its key has a job under its name */
    COMPARE_SAME,    /* its key has a job under another name */
    COMPARE_PENDING, /* its key has an open or unknown intent */
    COMPARE_CHANGED, /* its name has a job or intent under another key */
    COMPARE_TIMEOUT  /* likewise, and nothing but the timeout differs */
};

struct compare {
    enum compare_kind kind;
    bool known;     /* the ledger has this key: found is its job */
    bool elsewhere; /* a ledger of --seen decided: other is not set */
    struct ledger_job found;
    struct ledger_job other; /* CHANGED, TIMEOUT: the job of that name */
};

/*
 * Looks the job up; it needs its key, its name and what the key was made from.
 * ledger may be NULL: everything is new. reader is
 * scratch. Returns 0 or a negative code of reading the ledger.
 */
int compare_job(struct ledger *ledger, struct ledger_reader *reader,
                const struct job *job, struct compare *out, struct err *err);

#endif
