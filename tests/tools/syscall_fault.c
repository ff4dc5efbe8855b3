/*
 * syscall-fault: runs a program and lets something happen at its Nth system
 * call: a kill, an error, a short write; once, or at every such call from
 * there on. Linux on x86-64 and aarch64, by ptrace.
 *
 *   syscall-fault --count COMMAND…        only counts
 *   syscall-fault --kill N COMMAND…       SIGKILL on entry to call N
 *   syscall-fault --errno E N COMMAND…    call N fails with errno E (a number)
 *   syscall-fault --short N COMMAND…      call N, a write, takes one byte less
 *   … --from … instead of once            (--errno-from E N)
 *
 * With --errno and --short only calls on files count, so that N picks the Nth
 * of those: open, read, write, pread, pwrite, fstat, ftruncate, fallocate,
 * fsync, fdatasync, flock, rename, unlink and their variants, once the program
 * has opened its first file below the folder that FAULT_FOLDER names (or from
 * the start, where it is not set).
 *
 * Exit status: the program's own; 137 where it was killed here; 125 for a
 * fault of this program. The number of calls counted goes to descriptor 3,
 * where it is open.
 */
#define _GNU_SOURCE /* ptrace's options, process_vm_readv */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum mode {
    MODE_COUNT,
    MODE_KILL,
    MODE_ERRNO,
    MODE_SHORT
};

struct plan {
    enum mode mode;
    bool from; /* every call from n on */
    long n;
    int error;
    char **command;
};

struct tracee {
    long calls;   /* counted */
    bool inside;  /* between a call's entry and exit */
    bool failing; /* this call's result is replaced at its exit */
};

#if defined(__x86_64__)
typedef struct user_regs_struct registers;
#define CALL_NUMBER(r)        ((long)(r).orig_rax)
#define ARGUMENT_0(r)         ((r).rdi)
#define ARGUMENT_2(r)         ((r).rdx)
#define RESULT(r)             ((r).rax)
#define SET_NUMBER(r, number) ((r).orig_rax = (unsigned long long)(number))
#elif defined(__aarch64__)
typedef struct user_pt_regs registers;
#define CALL_NUMBER(r)        ((long)(r).regs[8])
#define ARGUMENT_0(r)         ((r).regs[0])
#define ARGUMENT_2(r)         ((r).regs[2])
#define RESULT(r)             ((r).regs[0])
#define SET_NUMBER(r, number) ((r).regs[8] = (unsigned long long)(number))
#else
#error "syscall-fault knows x86-64 and aarch64"
#endif

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "syscall-fault: %s: %s\n", what, strerror(errno));
    exit(125);
}

static bool get_registers(pid_t pid, registers *out)
{
    struct iovec io = {out, sizeof *out};

    return ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &io) == 0;
}

static void set_registers(pid_t pid, registers *in)
{
    struct iovec io = {in, sizeof *in};

    if (ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &io) != 0)
        fail("cannot change registers");
}

static bool is_write(long number)
{
    return number == SYS_write || number == SYS_pwrite64;
}

/* Calls on files; all take a descriptor or path first. */
static bool is_file_call(long number)
{
    static const long calls[] = {
#ifdef SYS_open
        SYS_open,   SYS_rename,    SYS_unlink,
#endif
        SYS_openat, SYS_read,      SYS_write,     SYS_pread64,  SYS_pwrite64,
        SYS_fstat,  SYS_ftruncate, SYS_fallocate, SYS_fsync,    SYS_fdatasync,
        SYS_flock,  SYS_renameat,  SYS_renameat2, SYS_unlinkat,
    };

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (calls[i] == number)
            return true;
    return false;
}

/* Whether the call is on a descriptor of a file below FAULT_FOLDER. */
static bool below_folder(pid_t pid, const registers *r)
{
    const char *folder = getenv("FAULT_FOLDER");
    char link[64], path[PATH_MAX];
    long number = CALL_NUMBER(*r);

    if (!folder)
        return true;
    if (number == SYS_openat || number == SYS_renameat ||
        number == SYS_renameat2 || number == SYS_unlinkat)
        return true;
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid,
             (int)ARGUMENT_0(*r));
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len < 0)
        return false;
    path[len] = '\0';
    return strncmp(path, folder, strlen(folder)) == 0;
}

static bool counts(const struct plan *plan, pid_t pid, const registers *r)
{
    long number = CALL_NUMBER(*r);

    switch (plan->mode) {
    case MODE_COUNT:
    case MODE_KILL:
        return true;
    case MODE_ERRNO:
        return is_file_call(number) && below_folder(pid, r);
    case MODE_SHORT:
        return is_write(number) && below_folder(pid, r);
    }
    return false;
}

static bool is_due(const struct plan *plan, long calls)
{
    return plan->mode != MODE_COUNT &&
           (calls == plan->n || (plan->from && calls > plan->n));
}

/* On entry to a call. Returns false where the program was killed. */
static bool enter(const struct plan *plan, struct tracee *t, pid_t pid)
{
    registers r;

    if (!get_registers(pid, &r) || !counts(plan, pid, &r))
        return true;
    if (!is_due(plan, ++t->calls))
        return true;
    if (plan->mode == MODE_KILL) {
        kill(pid, SIGKILL);
        return false;
    }
    if (plan->mode == MODE_SHORT) {
        if (ARGUMENT_2(r) > 1) {
            ARGUMENT_2(r) -= 1;
            set_registers(pid, &r);
        }
        return true;
    }
    SET_NUMBER(r, -1);
    set_registers(pid, &r);
    t->failing = true;
    return true;
}

/* On a call's exit: the error in place of what a call of number -1 gave. */
static void leave(const struct plan *plan, struct tracee *t, pid_t pid)
{
    registers r;

    if (!t->failing)
        return;
    t->failing = false;
    if (!get_registers(pid, &r))
        return;
    RESULT(r) = (unsigned long long)(long long)-plan->error;
    set_registers(pid, &r);
}

static int finish(const struct tracee *t, int status)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", t->calls);

    if (fcntl(3, F_GETFD) >= 0 && write(3, text, (size_t)n) != n)
        return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int trace(const struct plan *plan, pid_t pid)
{
    struct tracee t = {0};
    int status;

    if (waitpid(pid, &status, 0) != pid)
        fail("waitpid");
    ptrace(PTRACE_SETOPTIONS, pid, 0,
           PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (int pass = 0;;) {
        if (ptrace(PTRACE_SYSCALL, pid, 0, pass) != 0 && errno != ESRCH)
            fail("ptrace");
        if (waitpid(pid, &status, 0) != pid)
            fail("waitpid");
        if (WIFEXITED(status) || WIFSIGNALED(status))
            return finish(&t, status);
        int signal_number = WSTOPSIG(status);
        pass = 0;
        if (signal_number == (SIGTRAP | 0x80)) {
            t.inside = !t.inside;
            if (t.inside)
                enter(plan, &t, pid);
            else
                leave(plan, &t, pid);
        } else if (signal_number != SIGTRAP) {
            pass = signal_number;
        }
    }
}

static long number_argument(char **argv, int *i)
{
    if (!argv[*i]) {
        fprintf(stderr, "syscall-fault: a number is missing\n");
        exit(125);
    }
    return strtol(argv[(*i)++], NULL, 10);
}

static void parse(struct plan *plan, char **argv)
{
    const char *mode = argv[1] ? argv[1] : "";
    int i = 2;

    *plan = (struct plan){.mode = MODE_COUNT};
    if (strcmp(mode, "--kill") == 0)
        plan->mode = MODE_KILL;
    else if (strncmp(mode, "--errno", 7) == 0)
        plan->mode = MODE_ERRNO;
    else if (strncmp(mode, "--short", 7) == 0)
        plan->mode = MODE_SHORT;
    else if (strcmp(mode, "--count") != 0)
        i = 0;
    plan->from = strstr(mode, "-from") != NULL;
    if (plan->mode == MODE_ERRNO)
        plan->error = (int)number_argument(argv, &i);
    if (i > 0 && plan->mode != MODE_COUNT)
        plan->n = number_argument(argv, &i);
    if (i == 0 || !argv[i]) {
        fprintf(stderr, "usage: syscall-fault --count | --kill N | "
                        "--errno[-from] E N | --short[-from] N  COMMAND…\n");
        exit(125);
    }
    plan->command = argv + i;
}

int main(int argc, char **argv)
{
    struct plan plan;

    (void)argc;
    parse(&plan, argv);
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        close(3);
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(plan.command[0], plan.command);
        _exit(127);
    }
    return trace(&plan, pid);
}
