/* The real operating system behind the seam. */
/* For mkdtemp. */
#define _XOPEN_SOURCE 700
#include "../../queue/os.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
    const struct os *os;
    char folder[64];
    char path[96];
    int fd;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world->os = os_posix();
    snprintf(world->folder, sizeof world->folder, "/tmp/test_os.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->path, sizeof world->path, "%s/file", world->folder);
    world->fd = os_open(world->os, world->path, O_RDWR | O_CREAT, 0600);
    assert_true(world->fd >= 0);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    assert_int_equal(world->os->close(world->os->context, world->fd), 0);
    (void)unlink(world->path);
    assert_int_equal(rmdir(world->folder), 0);
    free(world);
    return 0;
}

static void bytes_go_there_and_back(void **state)
{
    struct world *world = *state;
    const struct os *os = world->os;
    struct os_stat st;
    char bytes[16] = "";

    assert_int_equal(os_write_all(os, world->fd, "hello", 5, 3), 0);
    assert_int_equal(os_read_full(os, world->fd, bytes, 16, 0), 8);
    assert_memory_equal(bytes, "\0\0\0hello", 8);
    assert_int_equal(os->fstat(os->context, world->fd, &st), 0);
    assert_int_equal(st.size, 8);
    assert_int_equal(st.uid, geteuid());
    assert_int_equal(st.links, 1);
    assert_true(S_ISREG(st.mode));
    assert_int_equal(os_truncate(os, world->fd, 4), 0);
    assert_int_equal(os_read_full(os, world->fd, bytes, 16, 0), 4);
    assert_int_equal(os->write(os->context, world->fd, "xy", 2), 2);
    assert_int_equal(os->read(os->context, world->fd, bytes, 16), 2);
    assert_int_equal(os->fdatasync(os->context, world->fd), 0);
    assert_int_equal(os->fsync(os->context, world->fd), 0);
}

static void reserved_room_does_not_change_the_size(void **state)
{
    struct world *world = *state;
    const struct os *os = world->os;
    struct os_stat st;

    int result = os->fallocate(os->context, world->fd, 0, 1 << 16);
    if (result == -EOPNOTSUPP)
        skip();
    assert_int_equal(result, 0);
    assert_int_equal(os->fstat(os->context, world->fd, &st), 0);
    assert_int_equal(st.size, 0);
}

static void failures_are_negated_errnos(void **state)
{
    struct world *world = *state;
    const struct os *os = world->os;
    struct os_stat st;
    char byte = 0;

    assert_int_equal(os_open(os, "/nonexistent/x", O_RDONLY, 0), -ENOENT);
    assert_int_equal(os->close(os->context, -1), -EBADF);
    assert_int_equal(os->read(os->context, -1, &byte, 1), -EBADF);
    assert_int_equal(os->pread(os->context, -1, &byte, 1, 0), -EBADF);
    assert_int_equal(os->write(os->context, -1, &byte, 1), -EBADF);
    assert_int_equal(os->pwrite(os->context, -1, &byte, 1, 0), -EBADF);
    assert_int_equal(os->fstat(os->context, -1, &st), -EBADF);
    assert_int_equal(os->fallocate(os->context, -1, 0, 1), -EBADF);
    assert_int_equal(os->fdatasync(os->context, -1), -EBADF);
    assert_int_equal(os->fsync(os->context, -1), -EBADF);
    assert_int_equal(os->flock(os->context, -1, LOCK_UN), -EBADF);
    assert_int_equal(os->rename(os->context, "/nonexistent/x", "y"), -ENOENT);
    assert_int_equal(os->unlink(os->context, "/nonexistent/x"), -ENOENT);
    assert_int_equal(os_write_all(os, -1, &byte, 1, 0), -EBADF);
    assert_int_equal(os_read_full(os, -1, &byte, 1, 0), -EBADF);
    assert_int_equal(os->is_network(os->context, -1), 0);
    (void)world;
}

static void descriptors_do_not_survive_an_exec(void **state)
{
    struct world *world = *state;

    assert_int_equal(fcntl(world->fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void folders_of_paths_are_synced(void **state)
{
    struct world *world = *state;

    assert_int_equal(os_sync_folder(world->os, world->path), 0);
    assert_int_equal(os_sync_folder(world->os, "here"), 0);
    assert_int_equal(os_sync_folder(world->os, "/etc"), 0);
    assert_int_equal(os_sync_folder(world->os, "/nonexistent/x"), -ENOENT);
}

static void clocks_run_and_the_boot_has_a_name(void **state)
{
    struct world *world = *state;
    const struct os *os = world->os;
    char boot[OS_BOOT_ID_MAX];
    uint8_t random[2][32];

    uint64_t before = os->monotonic_us(os->context);
    assert_true(os->monotonic_us(os->context) >= before);
    assert_true(os->wall_ms(os->context) > 1600000000000);
    assert_true(os->boot_ms(os->context) > 0);
    assert_true(os->slept_us(os->context) < os->monotonic_us(os->context));
    assert_int_equal(os_awake_us(10, 4, 20, 7), 7);
    assert_int_equal(os_awake_us(10, 4, 20, 3), 10);
    assert_int_equal(os_awake_us(10, 4, 20, 15), 0);
    assert_int_equal(os_awake_us(10, 4, 9, 4), 0);
    os->boot_id(os->context, boot);
    assert_true(strlen(boot) == 36 || boot[0] == '\0');
    assert_int_equal(os->random(os->context, random[0], 32), 0);
    assert_int_equal(os->random(os->context, random[1], 32), 0);
    assert_memory_not_equal(random[0], random[1], 32);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(bytes_go_there_and_back),
        T(reserved_room_does_not_change_the_size),
        T(failures_are_negated_errnos),
        T(descriptors_do_not_survive_an_exec),
        T(folders_of_paths_are_synced),
        T(clocks_run_and_the_boot_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
