/*
 * plan: what is to happen to one run of the program; the words are described
 * at the head of syscall_fault.c.
 */
#ifndef SYSCALL_FAULT_PLAN_H
#define SYSCALL_FAULT_PLAN_H

#include <stdbool.h>
#include <stdio.h>

#define PLAN_TEXT_MAX 4096

enum plan_mode {
    PLAN_RUN,
    PLAN_COUNT,
    PLAN_KILL,
    PLAN_ERRNO,
    PLAN_SHORT,
    PLAN_TORN,
    PLAN_RECORD
};

struct plan {
    enum plan_mode mode;
    unsigned class; /* of calls.h */
    long n;         /* the call, from 1 */
    int error;      /* an errno */
    bool from, odd, pause;
    FILE *record; /* owned: closed by whoever parsed the plan */
};

/* Reads the words of text, which it changes. False where they are wrong. */
bool plan_parse(struct plan *plan, char *text);

/* Whether something happens to call number count of the plan's class. */
bool plan_is_due(const struct plan *plan, long count);

#endif
