#define _GNU_SOURCE /* process_vm_readv */
#include "tracee.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define PAGE_BYTES 4096

_Noreturn void tracee_fail(const char *what)
{
    fprintf(stderr, "syscall-fault: %s: %s\n", what, strerror(errno));
    exit(125);
}

bool tracee_get(pid_t pid, struct registers *out)
{
    struct iovec io = {out, sizeof *out};

    return ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &io) == 0;
}

void tracee_set(pid_t pid, struct registers *in)
{
    struct iovec io = {in, sizeof *in};

    if (ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &io) != 0 &&
        errno != ESRCH)
        tracee_fail("cannot change registers");
}

unsigned long long *tracee_argument(struct registers *r, int i)
{
#if !defined(__aarch64__)
    unsigned long long *const at[] = {&r->rdi, &r->rsi, &r->rdx, &r->r10};
    return at[i];
#else
    return (unsigned long long *)&r->regs[i];
#endif
}

void tracee_replace(pid_t pid, struct registers *r, long result)
{
    RESULT(*r) = (unsigned long long)result;
#if !defined(__aarch64__)
    r->orig_rax = (unsigned long long)-1;
#else
    int none = -1;
    struct iovec io = {&none, sizeof none};
    ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &io);
#endif
    tracee_set(pid, r);
}

size_t tracee_peek(pid_t pid, unsigned long long at, void *out, size_t size)
{
    struct iovec here = {out, size};
    struct iovec there = {(void *)(uintptr_t)at, size};
    ssize_t n = process_vm_readv(pid, &here, 1, &there, 1, 0);

    return n < 0 ? 0 : (size_t)n;
}

/* It may end right before a page that cannot be read. */
void tracee_peek_text(pid_t pid, unsigned long long at, char *out, size_t size)
{
    size_t len = 0;
    size_t n = 1;

    while (n > 0 && len < size - 1 && !memchr(out, '\0', len)) {
        size_t step = PAGE_BYTES - (size_t)((at + len) % PAGE_BYTES);
        step = step < size - 1 - len ? step : size - 1 - len;
        n = tracee_peek(pid, at + len, out + len, step);
        len += n;
    }
    out[len] = '\0';
}
