/*
 * bench-measure NOTES CORE COMMAND [ARGUMENT…]: runs a command, on one core
 * where CORE is not "any", and writes seconds of wall clock, seconds of
 * processor time and the most memory in KiB to the file NOTES.
 *
 * A program of its own because the kernel counts the memory of the process
 * that called fork as the child's: this one's is small.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(struct timeval tv)
{
    return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static void stay_on(const char *core)
{
    cpu_set_t set;

    if (strcmp(core, "any") == 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)atoi(core), &set);
    sched_setaffinity(0, sizeof set, &set);
}

static int note(const char *path, double wall_s, const struct rusage *used)
{
    FILE *file = fopen(path, "w");

    if (!file)
        return -1;
    fprintf(file, "%.6f %.6f %ld\n", wall_s,
            seconds(used->ru_utime) + seconds(used->ru_stime), used->ru_maxrss);
    return fclose(file);
}

int main(int argc, char **argv)
{
    struct rusage used;
    int status = 0;

    if (argc < 4) {
        fprintf(stderr, "usage: bench-measure NOTES CORE COMMAND…\n");
        return 64;
    }
    double start_s = now_s();
    pid_t pid = fork();
    if (pid == 0) {
        stay_on(argv[2]);
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid) {
        perror("bench-measure");
        return 71;
    }
    if (note(argv[1], now_s() - start_s, &used) != 0) {
        perror(argv[1]);
        return 74;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
