/*
 * calls: the system calls that are known by name, what they are for, and the
 * filter that makes only these stop.
 */
#ifndef SYSCALL_FAULT_CALLS_H
#define SYSCALL_FAULT_CALLS_H

#include "tracee.h"

enum calls_class {
    CALLS_FILES = 1,
    CALLS_ROOM = 2, /* may fail where a disk is full */
    CALLS_SLOW = 4, /* may be interrupted, and then done again */
    CALLS_DATA = 8, /* move bytes, as many as argument 2 says */
    CALLS_SYNC = 16,
    CALLS_STD = 32, /* on standard output and error */
    CALLS_NET = 64,
    CALLS_ALL = 128
};

/* Where a call names its file: a descriptor, a path, a folder and a path. */
enum calls_place {
    CALLS_BY_FD,
    CALLS_BY_PATH,
    CALLS_BY_AT,
    CALLS_NO_FILE
};

struct call {
    long number;
    const char *name;
    enum calls_place place;
    unsigned classes;
};

/* The class of that name, 0 where there is none. */
unsigned calls_class(const char *name);

/* NULL where the call is not known. */
const struct call *calls_find(long number);

/* The file of a call on whose entry the program stands; "" without one. */
void calls_path(const struct call *call, pid_t pid, struct registers *r,
                char *out, size_t size);

/* Whether a path is relative, or below the folder (NULL: none is). */
bool calls_below(const char *folder, const char *path);

/*
 * In the program to be traced: its calls of the class stop from here on, and
 * prctl; all others run at full speed.
 */
void calls_filter(unsigned class);

#endif
