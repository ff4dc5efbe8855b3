/*
 * The lock between real processes, and the real system calls under it.
 */
/* For mkdtemp. */
#define _XOPEN_SOURCE 700
#include "../../queue/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
    char folder[64];
    char path[96];
    char lock[112];
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    snprintf(world->folder, sizeof world->folder, "/tmp/test_lock.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->path, sizeof world->path, "%s/a.jsonl", world->folder);
    snprintf(world->lock, sizeof world->lock, "%s.lock", world->path);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    (void)unlink(world->lock);
    (void)unlink(world->path);
    assert_int_equal(rmdir(world->folder), 0);
    free(world);
    return 0;
}

/* A child that takes the lock and holds it until its input ends. */
static pid_t hold(const struct world *world, int *until, int *ready)
{
    int in[2];
    int out[2];
    char byte = 'x';

    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct lock lock;
        struct err err = ERR_INIT;
        lock_init(&lock);
        (void)close(in[1]);
        int result = lock_take(&lock, os_posix(), world->path, &err);
        if (write(out[1], &byte, 1) != 1 || read(in[0], &byte, 1) != 0)
            _exit(1);
        _exit(result == 0 ? 0 : 2);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    *until = in[1];
    *ready = out[0];
    assert_int_equal(read(*ready, &byte, 1), 1);
    return pid;
}

static void assert_ended_well(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_second_process_is_told_the_holders_pid(void **state)
{
    struct world *world = *state;
    struct lock lock;
    struct err err = ERR_INIT;
    char pid_text[192];
    int until, ready;

    pid_t pid = hold(world, &until, &ready);
    lock_init(&lock);
    assert_int_equal(lock_take(&lock, os_posix(), world->path, &err),
                     ERR_LOCKED);
    assert_int_equal(lock.fd, -1);
    snprintf(pid_text, sizeof pid_text, "another run (pid %ld) holds \"%s\"",
             (long)pid, world->path);
    assert_non_null(strstr(err.message, pid_text));
    (void)close(until);
    (void)close(ready);
    assert_ended_well(pid);
    assert_int_equal(lock_take(&lock, os_posix(), world->path, &err), 0);
    lock_drop(&lock);
    assert_int_equal(access(world->lock, F_OK), 0);
}

static void a_killed_holder_lets_go(void **state)
{
    struct world *world = *state;
    struct lock lock;
    struct err err = ERR_INIT;
    int until, ready;

    pid_t pid = hold(world, &until, &ready);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    lock_init(&lock);
    assert_int_equal(lock_take(&lock, os_posix(), world->path, &err), 0);
    lock_drop(&lock);
    (void)close(until);
    (void)close(ready);
}

static void the_lock_file_is_private_and_holds_the_pid(void **state)
{
    struct world *world = *state;
    struct lock lock;
    struct err err = ERR_INIT;
    struct stat st;
    char text[32] = "";

    lock_init(&lock);
    assert_int_equal(lock_take(&lock, os_posix(), world->path, &err), 0);
    assert_int_equal(stat(world->lock, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(fcntl(lock.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    FILE *file = fopen(world->lock, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    assert_int_equal(atol(text), getpid());
    lock_drop(&lock);
    lock_drop(&lock);
}

static void a_symlink_or_a_fifo_is_refused(void **state)
{
    struct world *world = *state;
    struct lock lock;
    struct err err = ERR_INIT;

    lock_init(&lock);
    assert_int_equal(symlink("/etc/passwd", world->lock), 0);
    assert_int_equal(lock_take(&lock, os_posix(), world->path, &err),
                     ERR_CREATE);
    assert_int_equal(unlink(world->lock), 0);
    assert_int_equal(mkfifo(world->lock, 0600), 0);
    assert_int_equal(lock_take(&lock, os_posix(), world->path, &err),
                     ERR_CREATE);
}

static void a_folder_that_is_missing_is_told(void **state)
{
    struct lock lock;
    struct err err = ERR_INIT;

    (void)state;
    lock_init(&lock);
    assert_int_equal(lock_take(&lock, os_posix(), "/nonexistent/x.jsonl", &err),
                     ERR_CREATE);
    char *path = malloc(5001);
    assert_non_null(path);
    memset(path, 'x', 5000);
    path[5000] = '\0';
    assert_int_equal(lock_take(&lock, os_posix(), path, &err), ERR_CREATE);
    free(path);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_second_process_is_told_the_holders_pid),
        T(a_killed_holder_lets_go),
        T(the_lock_file_is_private_and_holds_the_pid),
        T(a_symlink_or_a_fifo_is_refused),
        T(a_folder_that_is_missing_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
