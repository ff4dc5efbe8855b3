#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gzvalues_help.h"
#include "manifest_help.h"

#define SEEN_MAX ((size_t)1 << 20)

static char folder[] = "/tmp/nosbatch-unit-XXXXXX";
char manifest_path[256];
struct buf manifest_seen;
struct errs manifest_errs;

/* Without a standard input a pipe of a test would take its place. */
int manifest_setup(void **state)
{
    (void)state;
    if (fcntl(STDIN_FILENO, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != 0)
        return -1;
    buf_init(&manifest_seen, SEEN_MAX);
    return mkdtemp(folder) ? 0 : -1;
}

int manifest_teardown(void **state)
{
    (void)state;
    buf_release(&manifest_seen);
    unlink(manifest_path);
    return rmdir(folder);
}

void manifest_write(const char *name, const void *bytes, size_t len)
{
    if (manifest_path[0] != '\0')
        unlink(manifest_path);
    snprintf(manifest_path, sizeof manifest_path, "%s/%s", folder, name);
    int fd = open(manifest_path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

void manifest_begin(struct manifest *manifest, const char *name,
                    const struct manifest_options *options)
{
    struct err err = ERR_INIT;

    if (manifest_open(manifest, name, options, &err) < 0)
        fail_msg("%s", err.message);
}

int manifest_pass(struct manifest *manifest)
{
    struct entry *entry;
    int rc;

    errs_init(&manifest_errs);
    buf_clear(&manifest_seen);
    while ((rc = manifest_next(manifest, &entry, &manifest_errs)) == 1) {
        if (entry)
            buf_addf(&manifest_seen, "%s@%llu:%llu ", entry->id,
                     (unsigned long long)entry->line,
                     (unsigned long long)entry->column);
        else
            buf_add_str(&manifest_seen, "! ");
    }
    assert_null(entry);
    return rc;
}

int manifest_read_as(const char *name, const void *bytes, size_t len,
                     const struct manifest_options *options)
{
    struct manifest manifest;

    manifest_write(name, bytes, len);
    manifest_begin(&manifest, manifest_path, options);
    int rc = manifest_pass(&manifest);
    manifest_release(&manifest);
    return rc;
}

void assert_entries(int rc, const char *expected)
{
    if (manifest_errs.errors > 0)
        fail_msg("%s", manifest_errs.items[0].message);
    assert_int_equal(rc, 0);
    assert_string_equal(buf_str(&manifest_seen), expected);
}
