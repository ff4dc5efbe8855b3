/*
 * syscall-fault: runs a program and lets something happen at its Nth system
 * call. Linux on x86-64 and aarch64, by seccomp and ptrace: one stop a call,
 * and none for calls that cannot count.
 *
 *   syscall-fault [options] --do PLAN COMMAND…   once, as PLAN says
 *   syscall-fault [options] --serve COMMAND…     a plan a line on standard
 *                                                input, COMMAND once for each
 * Options:
 *   --folder DIR   below which files count; relative paths always do
 *   --out FILE     takes the command's output, made anew each time
 *   --limit S      the command is killed after so many seconds (60)
 *
 * Plans (E an errno as a number, N from 1):
 *   run                           nothing happens, untraced
 *   count [CLASS]                 calls of a class are counted
 *   kill N [CLASS]                SIGKILL on entry to call N
 *   errno E N [CLASS] [from|odd]  call N fails; all from N on; every other one
 *                                 from N on
 *   short N [CLASS]               call N moves half of its bytes
 *   torn E N [CLASS]              call N moves half, all later ones fail
 *   record FILE                   writes, syncs and sends are written down
 * A plan that ends with `pause` prints "pause" when it is due for the first
 * time, and goes on after a line of standard input.
 *
 * Classes: all (every call, execve being the first); those on files: files,
 * room (may fail where a disk is full), slow (may be interrupted and done
 * again), data (move bytes), sync; std (writes to standard output and error);
 * net.
 *
 * The answer, a line on standard output (with --do: on descriptor 3, if that
 * is open): "end STATUS CALLS HITS NAME PATH": the command's exit status or
 * 128 + its signal, 124 at the time limit; calls counted; how many of them
 * something happened to; name and file of the first of these.
 *
 * The program under test cannot make itself unreadable: that call is skipped.
 * Exit status with --do: the command's; 125 for a fault of this program.
 */
#define _GNU_SOURCE /* ptrace's options, __WALL */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscall_fault/calls.h"
#include "syscall_fault/plan.h"
#include "syscall_fault/tracee.h"

struct options {
    const char *folder;
    const char *out;
    unsigned limit_s;
    char **command;
};

/* The run of one plan. */
struct run {
    const struct options *options;
    struct plan plan;
    pid_t pid;
    long count, hits;
    const char *name;    /* of the first hit's call */
    char path[PATH_MAX]; /* and of its file */
    int error_at_exit;   /* 0: none */
};

/* How ptrace goes on. */
enum onward {
    ONWARD,      /* to the next call that counts */
    ONWARD_EXIT, /* to this call's exit first */
    ONWARD_NOT   /* it was killed */
};

static pid_t watched;                  /* of the alarm */
static volatile sig_atomic_t too_late; /* it went off */

/* --- what happens --------------------------------------------------------- */

/* A line "NAME A B PATH", and behind those of writes and sends their bytes. */
static void record_call(struct run *run, pid_t pid, const struct call *call,
                        struct registers *r, const char *path)
{
    FILE *out = run->plan.record;
    long n = call->number;
    size_t len = (size_t)*tracee_argument(r, 2);
    unsigned long long at = *tracee_argument(r, 1);

    if (n != SYS_sendto &&
        (path[0] == '\0' || !calls_below(run->options->folder, path)))
        return;
    if (n == SYS_pwrite64)
        at = *tracee_argument(r, 3);
    fprintf(out, "%s %llu %zu %s\n", call->name, at, len, path);
    if (n != SYS_pwrite64 && n != SYS_write && n != SYS_sendto)
        return;
    char *bytes = malloc(len + 1);
    if (!bytes || tracee_peek(pid, *tracee_argument(r, 1), bytes, len) != len)
        tracee_fail("cannot read what is written");
    fwrite(bytes, 1, len, out);
    fputc('\n', out);
    free(bytes);
}

static bool counts(const struct run *run, const struct call *call,
                   struct registers *r, const char *path)
{
    unsigned class = run->plan.class;

    if (class == CALLS_ALL)
        return true;
    if (!call || !(call->classes & class))
        return false;
    if (class == CALLS_NET)
        return true;
    if (class == CALLS_ROOM && call->number == SYS_openat &&
        !(*tracee_argument(r, 2) & O_CREAT))
        return false;
    if (class == CALLS_STD)
        return (int)*tracee_argument(r, 0) == 1 ||
               (int)*tracee_argument(r, 0) == 2;
    return path[0] != '\0' && calls_below(run->options->folder, path);
}

static void note_first(struct run *run, const struct call *call,
                       const char *path)
{
    char line[16];

    run->name = call ? call->name : "other";
    snprintf(run->path, sizeof run->path, "%s", path);
    if (!run->plan.pause)
        return;
    printf("pause %s %s\n", run->name, run->path);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        kill(run->pid, SIGKILL);
}

static enum onward happen(struct run *run, pid_t pid, const struct call *call,
                          struct registers *r)
{
    const struct plan *plan = &run->plan;

    if (plan->mode == PLAN_KILL) {
        kill(run->pid, SIGKILL);
        return ONWARD_NOT;
    }
    if (plan->mode == PLAN_SHORT ||
        (plan->mode == PLAN_TORN && run->hits == 1)) {
        if (call && call->classes & CALLS_DATA && *tracee_argument(r, 2) > 1) {
            *tracee_argument(r, 2) /= 2;
            tracee_set(pid, r);
        }
        return ONWARD;
    }
    if (call && call->number == SYS_close) {
        run->error_at_exit = plan->error; /* it closes all the same */
        return ONWARD_EXIT;
    }
    tracee_replace(pid, r, -plan->error);
    return ONWARD;
}

/* On entry to a call. */
static enum onward enter(struct run *run, pid_t pid)
{
    const struct plan *plan = &run->plan;
    char path[PATH_MAX] = "";
    struct registers r = {0};

    /* The common case first: a count needs to know nothing of the call. */
    if (plan->class == CALLS_ALL &&
        (plan->mode == PLAN_COUNT || run->count + 1 < plan->n)) {
        run->count++;
        return ONWARD;
    }
    if (!tracee_get(pid, &r))
        return ONWARD;
    const struct call *call = calls_find(CALL_NUMBER(r));
    if (call && call->number == SYS_prctl && plan->class != CALLS_ALL) {
        if (*tracee_argument(&r, 0) == PR_SET_DUMPABLE)
            tracee_replace(pid, &r, 0);
        return ONWARD;
    }
    if (call)
        calls_path(call, pid, &r, path, sizeof path);
    if (plan->mode == PLAN_RECORD && call)
        record_call(run, pid, call, &r, path);
    if (!counts(run, call, &r, path) || !plan_is_due(plan, ++run->count))
        return ONWARD;
    if (run->hits++ == 0)
        note_first(run, call, path);
    return happen(run, pid, call, &r);
}

/* On a call's exit: the error in place of what it gave. */
static void leave(struct run *run, pid_t pid)
{
    struct registers r = {0};

    if (run->error_at_exit != 0 && tracee_get(pid, &r)) {
        RESULT(r) = (unsigned long long)(long long)-run->error_at_exit;
        tracee_set(pid, &r);
    }
    run->error_at_exit = 0;
}

/* --- running -------------------------------------------------------------- */

static _Noreturn void child(const struct run *run)
{
    const struct options *options = run->options;
    int null = open("/dev/null", O_RDONLY);
    int out = 1;

    if (options->out)
        out = open(options->out, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    if (null < 0 || out < 0 || dup2(null, 0) < 0 ||
        (options->out && (dup2(out, 1) < 0 || dup2(out, 2) < 0)))
        tracee_fail("cannot open the command's input and output");
    close(null);
    if (options->out)
        close(out);
    if (run->plan.mode != PLAN_RUN) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        calls_filter(run->plan.class);
    }
    execvp(options->command[0], options->command);
    _exit(127);
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
    too_late = 1;
    kill(watched, SIGKILL);
}

/* The program has stopped: why, and on. */
static void stopped(struct run *run, pid_t pid, int status)
{
    int event = status >> 16;
    int signal_number = WSTOPSIG(status);
    enum onward onward = ONWARD;
    int pass = 0;
    long rc = 0;

    if (event == PTRACE_EVENT_SECCOMP)
        onward = enter(run, pid);
    else if (signal_number == (SIGTRAP | 0x80))
        leave(run, pid);
    else if (event == 0 && signal_number != SIGSTOP)
        pass = signal_number;
    if (onward == ONWARD)
        rc = ptrace(PTRACE_CONT, pid, 0, pass);
    else if (onward == ONWARD_EXIT)
        rc = ptrace(PTRACE_SYSCALL, pid, 0, pass);
    if (rc != 0 && errno != ESRCH)
        tracee_fail("ptrace");
}

/* To the command's end. Returns its exit status. */
static int follow(struct run *run)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid < 0)
            tracee_fail("waitpid");
        if (!WIFEXITED(status) && !WIFSIGNALED(status))
            stopped(run, pid, status);
        else if (pid == run->pid && too_late)
            return 124;
        else if (pid == run->pid)
            return WIFEXITED(status) ? WEXITSTATUS(status)
                                     : 128 + WTERMSIG(status);
    }
}

/* The child waits in its first stop. */
static void attach(const struct run *run)
{
    int status;

    if (waitpid(run->pid, &status, 0) != run->pid || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, run->pid, 0,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
                   PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK) != 0 ||
        ptrace(PTRACE_CONT, run->pid, 0, 0) != 0)
        tracee_fail("cannot trace");
}

static int carry_out(struct run *run)
{
    too_late = 0;
    run->pid = fork();
    if (run->pid < 0)
        tracee_fail("fork");
    if (run->pid == 0)
        child(run);
    watched = run->pid;
    alarm(run->options->limit_s);
    if (run->plan.mode != PLAN_RUN)
        attach(run);
    int status = follow(run);
    alarm(0);
    return status;
}

static int do_plan(const struct options *options, const char *text, FILE *out)
{
    struct run run = {.options = options, .name = "-"};
    char copy[PLAN_TEXT_MAX];

    snprintf(copy, sizeof copy, "%s", text);
    if (!plan_parse(&run.plan, copy)) {
        fprintf(stderr, "syscall-fault: cannot read the plan \"%s\"\n", text);
        exit(125);
    }
    int status = carry_out(&run);
    if (run.plan.record && fclose(run.plan.record) != 0)
        tracee_fail("cannot write the record");
    if (out) {
        fprintf(out, "end %d %ld %ld %s %s\n", status, run.count, run.hits,
                run.name, run.path);
        fflush(out);
    }
    return status;
}

static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: syscall-fault [--folder DIR] [--out FILE] "
                    "[--limit S] --do PLAN | --serve  COMMAND…\n");
    exit(125);
}

static int serve(const struct options *options)
{
    char line[PLAN_TEXT_MAX];

    while (fgets(line, sizeof line, stdin))
        do_plan(options, line, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    struct options options = {.limit_s = 60};
    const char *plan = NULL;
    bool serving = false;
    int i = 1;

    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--serve") == 0)
            serving = true;
        else if (i + 1 == argc)
            usage();
        else if (strcmp(argv[i], "--folder") == 0)
            options.folder = argv[++i];
        else if (strcmp(argv[i], "--out") == 0)
            options.out = argv[++i];
        else if (strcmp(argv[i], "--limit") == 0)
            options.limit_s = (unsigned)atoi(argv[++i]);
        else if (strcmp(argv[i], "--do") == 0)
            plan = argv[++i];
        else
            usage();
    }
    if (i == argc || serving == (plan != NULL))
        usage();
    options.command = argv + i;
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    if (serving)
        return serve(&options);
    return do_plan(&options, plan,
                   fcntl(3, F_GETFD) >= 0 ? fdopen(3, "w") : NULL);
}
