/*
 * lock: one run at a time on a ledger, by flock on "LEDGER.lock" beside it.
 *
 * The lock file is never removed (removing it would let two runs hold two
 * different files of one name). It holds the holder's pid in decimal and a
 * newline, only for the message; the lock itself goes when the process does.
 */
#ifndef QUEUE_LOCK_H
#define QUEUE_LOCK_H

#include "os.h"

struct lock {
    const struct os *os; /* borrowed */
    int fd;              /* -1 where not held */
};

/* A lock that is not held. */
void lock_init(struct lock *lock);

/*
 * Takes the lock of the ledger at path without waiting. ERR_LOCKED where
 * another process holds it (the message names its pid where that can be
 * read), ERR_CREATE where the lock file cannot be made or is a symlink,
 * ERR_IO where the file system cannot lock.
 */
int lock_take(struct lock *lock, const struct os *os, const char *path,
              struct err *err);

/* Lets go of it. Harmless where it is not held. */
void lock_drop(struct lock *lock);

#endif
