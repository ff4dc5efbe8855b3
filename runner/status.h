/*
 * status: exit statuses and which of several wins.
 */
#ifndef RUNNER_STATUS_H
#define RUNNER_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_REJECTED = 1,
    STATUS_UNKNOWN = 2,
    STATUS_CREDITS = 3,
    STATUS_CAP = 4,
    STATUS_USAGE = 64,
    STATUS_DATA = 65,
    STATUS_INPUT = 66,
    STATUS_SERVICE = 69,
    STATUS_INTERNAL = 70,
    STATUS_CREATE = 73,
    STATUS_IO = 74,
    STATUS_LOCKED = 75,
    STATUS_ACCESS = 77,
    STATUS_INTERRUPTED = 130,
    STATUS_TERMINATED = 143
};

/*
 * The one of two statuses that a run ends with. Order, strongest first:
 * 130 and 143, 74, 70, 65, 77, 69, 3, 4, 2, 1, 0; a status that is not in the
 * list (64, 66, 73, 75) stands before all of it, since it ends a run before
 * it starts.
 */
int status_stronger(int a, int b);

#endif
