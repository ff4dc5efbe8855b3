/*
 * tracee: the registers and the memory of a program that is traced.
 */
#ifndef SYSCALL_FAULT_TRACEE_H
#define SYSCALL_FAULT_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/user.h>

/* aarch64, else x86-64: others do not compile. */
#if defined(__aarch64__)
#define registers      user_pt_regs
#define CALL_NUMBER(r) ((long)(r).regs[8])
#define RESULT(r)      ((r).regs[0])
#else
#define registers      user_regs_struct
#define CALL_NUMBER(r) ((long)(r).orig_rax)
#define RESULT(r)      ((r).rax)
#endif

/* Says what cannot be done, with errno's text, and ends with 125. */
_Noreturn void tracee_fail(const char *what);

/* False where the program is gone. */
bool tracee_get(pid_t pid, struct registers *out);
void tracee_set(pid_t pid, struct registers *in);

/* A call's argument, 0 to 3. */
unsigned long long *tracee_argument(struct registers *r, int i);

/* The call at whose entry the program stands is not made; it returns this. */
void tracee_replace(pid_t pid, struct registers *r, long result);

/* Up to size bytes of the program's memory; how many. */
size_t tracee_peek(pid_t pid, unsigned long long at, void *out, size_t size);

/* A string of the program's, cut at size - 1 bytes. */
void tracee_peek_text(pid_t pid, unsigned long long at, char *out, size_t size);

#endif
