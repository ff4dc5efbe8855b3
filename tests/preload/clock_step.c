/*
 * clock-step: steps a program's clocks, by LD_PRELOAD.
 *
 * $CLOCK_STEP names a file of lines, each one word and up to two numbers:
 *   real AT MS     from the ATth reading of the real clock on (the first is
 *                  1) it is MS milliseconds later, or earlier where MS is
 *                  negative; steps add up
 *   boot AT MS     the same of the clock since the boot
 *   suspend AT MS  the machine sleeps before the ATth reading of the boot
 *                  clock: both clocks are MS later
 *   pause          at the first sleep FILE.paused is made, and the program
 *                  stands still until FILE.go is there
 *   boot-id        FILE.boot is read in place of the kernel's id of the boot
 * Times of the monotonic clock, which stands still in a sleep, are real. At
 * the program's end "REAL BOOT STEPS" is written to FILE.out: how often each
 * clock was read, and how many lines came into force.
 */
#define _GNU_SOURCE /* syscall, strsep */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define TEXT_BYTES 1024
#define STEPS_MAX  16
#define BOOT_ID    "/proc/sys/kernel/random/boot_id"

enum which {
    STEP_REAL,
    STEP_BOOT,
    STEP_SUSPEND
};

static struct {
    enum which which;
    unsigned long at;
    long long ms;
    bool done;
} steps[STEPS_MAX];
static unsigned step_count, steps_done;
static unsigned long real_reads, boot_reads;
static long long real_ms, boot_ms; /* what the steps add up to */
static bool pauses, other_boot;
static char plan[PATH_BYTES]; /* "" without a plan */

static void name_of(char out[PATH_BYTES + 8], const char *suffix)
{
    snprintf(out, PATH_BYTES + 8, "%s%s", plan, suffix);
}

static int real_open(const char *path, int flags, unsigned mode)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* The harness changes the service's time meanwhile. */
static void stand_still(void)
{
    const struct timespec nap = {0, 1000000};
    char name[PATH_BYTES + 8];

    pauses = false;
    name_of(name, ".paused");
    close(real_open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    name_of(name, ".go");
    while (access(name, F_OK) != 0)
        nanosleep(&nap, NULL);
}

/* A clock has been read so often: what comes into force with that? */
static void take_steps(bool boot, unsigned long reads)
{
    for (unsigned i = 0; i < step_count; i++) {
        if (steps[i].done || (steps[i].which != STEP_REAL) != boot ||
            reads < steps[i].at)
            continue;
        if (pauses && steps[i].which == STEP_SUSPEND)
            stand_still();
        steps[i].done = true;
        steps_done++;
        if (steps[i].which != STEP_BOOT)
            real_ms += steps[i].ms;
        if (steps[i].which != STEP_REAL)
            boot_ms += steps[i].ms;
    }
}

static void add_ms(struct timespec *time, long long ms)
{
    long long ns = time->tv_nsec + ms % 1000 * 1000000;

    time->tv_sec += ms / 1000;
    if (ns < 0) {
        ns += 1000000000;
        time->tv_sec--;
    } else if (ns >= 1000000000) {
        ns -= 1000000000;
        time->tv_sec++;
    }
    time->tv_nsec = ns;
}

int clock_gettime(clockid_t id, struct timespec *out)
{
    if (plan[0] != '\0' && id == CLOCK_REALTIME)
        take_steps(false, ++real_reads);
    if (plan[0] != '\0' && id == CLOCK_BOOTTIME)
        take_steps(true, ++boot_reads);
    if (syscall(SYS_clock_gettime, id, out) != 0)
        return -1;
    if (id == CLOCK_REALTIME)
        add_ms(out, real_ms);
    else if (id == CLOCK_BOOTTIME)
        add_ms(out, boot_ms);
    return 0;
}

int open(const char *path, int flags, ...)
{
    char name[PATH_BYTES + 8];
    unsigned mode = 0;
    va_list list;

    if (flags & O_CREAT) {
        va_start(list, flags);
        mode = va_arg(list, unsigned);
        va_end(list);
    }
    if (other_boot && strcmp(path, BOOT_ID) == 0) {
        name_of(name, ".boot");
        path = name;
    }
    return real_open(path, flags, mode);
}

static void read_line(char *line)
{
    char word[16] = "";
    unsigned long at = 0;
    long long ms = 0;

    if (sscanf(line, "%15s %lu %lld", word, &at, &ms) < 1)
        return;
    if (strcmp(word, "pause") == 0)
        pauses = true;
    else if (strcmp(word, "boot-id") == 0)
        other_boot = true;
    else if (step_count < STEPS_MAX) {
        steps[step_count].which = strcmp(word, "real") == 0   ? STEP_REAL
                                  : strcmp(word, "boot") == 0 ? STEP_BOOT
                                                              : STEP_SUSPEND;
        steps[step_count].at = at;
        steps[step_count++].ms = ms;
    }
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("CLOCK_STEP");
    char text[TEXT_BYTES] = "";
    char *rest = text;
    char *line;

    if (!path)
        return;
    int fd = real_open(path, O_RDONLY | O_CLOEXEC, 0);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    while ((line = strsep(&rest, "\n")) != NULL)
        read_line(line);
    snprintf(plan, sizeof plan, "%s", path);
}

__attribute__((destructor)) static void end(void)
{
    char name[PATH_BYTES + 8];
    char text[128];

    if (plan[0] == '\0')
        return;
    int len = snprintf(text, sizeof text, "%lu %lu %u\n", real_reads,
                       boot_reads, steps_done);
    name_of(name, ".out");
    int fd = real_open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (write(fd, text, (size_t)len) != len)
        (void)unlink(name);
    close(fd);
}
