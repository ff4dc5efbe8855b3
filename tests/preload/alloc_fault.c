/*
 * alloc-fault: lets one allocation of a program fail, by LD_PRELOAD. glibc
 * only; not with sanitizers, which have an allocator of their own.
 *
 * Allocations count that the program makes itself or through libcurl, zlib
 * and the C library. Those of OpenSSL do not: its version 3.0 crashes by
 * itself where one of its first fails.
 *
 * $ALLOC_FAULT names a file: "N" fails the Nth allocation (0: none), "N from"
 * that and all later ones. At the program's end "CALLS HITS" is written to
 * the file of that name with ".out" behind it.
 */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096

/* glibc's own, behind the names that are taken here. */
void *__libc_malloc(size_t size);                 /* NOLINT */
void *__libc_calloc(size_t count, size_t size);   /* NOLINT */
void *__libc_realloc(void *old, size_t size);     /* NOLINT */
void *__libc_memalign(size_t align, size_t size); /* NOLINT */

static unsigned long calls, hits, fail_at;
static bool from, ready;

/* Where the code is whose allocations count. */
#define RANGES_MAX 32
static struct {
    uintptr_t start, end;
} ranges[RANGES_MAX];
static unsigned range_count;

static void end(void);

static bool is_ours(const char *path)
{
    static const char *const names[] = {"/libcurl", "/libz.", "/libc."};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strstr(path, names[i]))
            return true;
    return path[0] == '\0'; /* the program itself */
}

static int add_module(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    for (int i = 0; i < info->dlpi_phnum && is_ours(info->dlpi_name); i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) ||
            range_count == RANGES_MAX)
            continue;
        ranges[range_count].start = info->dlpi_addr + part->p_vaddr;
        ranges[range_count].end = ranges[range_count].start + part->p_memsz;
        range_count++;
    }
    return 0;
}

static bool due(const void *caller)
{
    unsigned i = 0;

    if (!ready)
        return false;
    while (i < range_count && ((uintptr_t)caller < ranges[i].start ||
                               (uintptr_t)caller >= ranges[i].end))
        i++;
    if (i == range_count)
        return false;
    /* In good time: gcc's counters of lines, which are written at the end,
     * crash without memory. */
    if (calls++ == 0)
        (void)atexit(end);
    if (fail_at == 0 || calls < fail_at || (calls > fail_at && !from))
        return false;
    hits++;
    errno = ENOMEM;
    return true;
}

#define DUE due(__builtin_return_address(0))

void *malloc(size_t size)
{
    return DUE ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return DUE ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return DUE ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    return DUE ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
    void *memory = DUE ? NULL : __libc_memalign(align, size);

    if (!memory)
        return ENOMEM;
    *out = memory;
    return 0;
}

/* The plan, read without an allocation. */
__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("ALLOC_FAULT");
    char text[64] = "";
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    dl_iterate_phdr(add_module, NULL);
    fail_at = strtoul(text, NULL, 10);
    from = strstr(text, "from") != NULL;
    ready = true;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("ALLOC_FAULT");
    char text[64];
    char out[PATH_BYTES];

    if (!ready)
        return;
    ready = false;
    int len = snprintf(text, sizeof text, "%lu %lu\n", calls, hits);
    snprintf(out, sizeof out, "%s.out", path);
    int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (write(fd, text, (size_t)len) != len)
        (void)unlink(out);
    close(fd);
}
