#define _GNU_SOURCE /* the numbers of calls that POSIX does not have */
#include "calls.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned class;
} class_names[] = {
    {"all", CALLS_ALL},   {"files", CALLS_FILES}, {"room", CALLS_ROOM},
    {"slow", CALLS_SLOW}, {"data", CALLS_DATA},   {"sync", CALLS_SYNC},
    {"std", CALLS_STD},   {"net", CALLS_NET},
};

static const struct call calls[] = {
#ifdef SYS_open
    {SYS_open, "open", CALLS_BY_PATH, CALLS_FILES | CALLS_ROOM | CALLS_SLOW},
    {SYS_rename, "rename", CALLS_BY_PATH, CALLS_FILES | CALLS_ROOM},
    {SYS_unlink, "unlink", CALLS_BY_PATH, CALLS_FILES},
    {SYS_mkdir, "mkdir", CALLS_BY_PATH, CALLS_FILES | CALLS_ROOM},
    {SYS_poll, "poll", CALLS_NO_FILE, CALLS_NET},
#endif
    {SYS_openat, "openat", CALLS_BY_AT, CALLS_FILES | CALLS_ROOM | CALLS_SLOW},
    {SYS_renameat, "renameat", CALLS_BY_AT, CALLS_FILES | CALLS_ROOM},
    {SYS_renameat2, "renameat2", CALLS_BY_AT, CALLS_FILES | CALLS_ROOM},
    {SYS_unlinkat, "unlinkat", CALLS_BY_AT, CALLS_FILES},
    {SYS_mkdirat, "mkdirat", CALLS_BY_AT, CALLS_FILES | CALLS_ROOM},
    {SYS_newfstatat, "newfstatat", CALLS_BY_AT, CALLS_FILES},
    {SYS_read, "read", CALLS_BY_FD, CALLS_FILES | CALLS_SLOW | CALLS_DATA},
    {SYS_pread64, "pread64", CALLS_BY_FD,
     CALLS_FILES | CALLS_SLOW | CALLS_DATA},
    {SYS_write, "write", CALLS_BY_FD,
     CALLS_FILES | CALLS_ROOM | CALLS_SLOW | CALLS_DATA | CALLS_STD},
    {SYS_pwrite64, "pwrite64", CALLS_BY_FD,
     CALLS_FILES | CALLS_ROOM | CALLS_SLOW | CALLS_DATA},
    {SYS_fstat, "fstat", CALLS_BY_FD, CALLS_FILES},
    {SYS_lseek, "lseek", CALLS_BY_FD, CALLS_FILES},
    {SYS_close, "close", CALLS_BY_FD, CALLS_FILES | CALLS_ROOM},
    {SYS_ftruncate, "ftruncate", CALLS_BY_FD,
     CALLS_FILES | CALLS_ROOM | CALLS_SLOW},
    {SYS_fallocate, "fallocate", CALLS_BY_FD,
     CALLS_FILES | CALLS_ROOM | CALLS_SLOW},
    {SYS_fsync, "fsync", CALLS_BY_FD, CALLS_FILES | CALLS_ROOM | CALLS_SYNC},
    {SYS_fdatasync, "fdatasync", CALLS_BY_FD,
     CALLS_FILES | CALLS_ROOM | CALLS_SYNC},
    {SYS_flock, "flock", CALLS_BY_FD, CALLS_FILES | CALLS_SLOW},
    {SYS_socket, "socket", CALLS_NO_FILE, CALLS_NET},
    {SYS_connect, "connect", CALLS_NO_FILE, CALLS_NET},
    {SYS_ppoll, "ppoll", CALLS_NO_FILE, CALLS_NET},
    {SYS_sendto, "sendto", CALLS_NO_FILE, CALLS_NET},
    {SYS_recvfrom, "recvfrom", CALLS_NO_FILE, CALLS_NET},
    {SYS_prctl, "prctl", CALLS_NO_FILE, 0},
};

#define CALLS (sizeof calls / sizeof calls[0])

unsigned calls_class(const char *name)
{
    for (size_t i = 0; i < sizeof class_names / sizeof class_names[0]; i++)
        if (strcmp(name, class_names[i].name) == 0)
            return class_names[i].class;
    return 0;
}

const struct call *calls_find(long number)
{
    for (size_t i = 0; i < CALLS; i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}

bool calls_below(const char *folder, const char *path)
{
    if (path[0] != '/')
        return strchr(path, ':') == NULL; /* "socket:[1]" is no file */
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

void calls_path(const struct call *call, pid_t pid, struct registers *r,
                char *out, size_t size)
{
    char link[64];

    out[0] = '\0';
    if (call->place == CALLS_BY_PATH)
        tracee_peek_text(pid, *tracee_argument(r, 0), out, size);
    else if (call->place == CALLS_BY_AT)
        tracee_peek_text(pid, *tracee_argument(r, 1), out, size);
    if (call->place == CALLS_NO_FILE || out[0] != '\0')
        return;
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid,
             (int)*tracee_argument(r, 0));
    ssize_t len = readlink(link, out, size - 1);
    out[len < 0 ? 0 : len] = '\0';
}

void calls_filter(unsigned class)
{
    struct sock_filter code[2 * CALLS + 3];
    unsigned short n = 0;
    const struct sock_filter load =
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    const struct sock_filter stop =
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    const struct sock_filter pass =
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

    code[n++] = load;
    for (size_t i = 0; i < CALLS && class != CALLS_ALL; i++) {
        const struct sock_filter compare = BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, 0, 1);
        if (!(calls[i].classes & class) && calls[i].number != SYS_prctl)
            continue;
        code[n++] = compare;
        code[n++] = stop;
    }
    code[n++] = class == CALLS_ALL ? stop : pass;
    struct sock_fprog program = {n, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        tracee_fail("seccomp");
}
