/* For memmem, which POSIX does not have. */
#define _GNU_SOURCE
#include "history.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 4096
#define FILE_MAX ((size_t)64 << 20)

struct line {
    char name[32];
    unsigned long long a, b;
    char path[HEAD_MAX];
};

static bool complain(const char *path, const char *what)
{
    fprintf(stderr, "ledger-torn: %s: %s\n", path, what);
    return false;
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(FILE_MAX);

    *len = file && text ? fread(text, 1, FILE_MAX, file) : 0;
    if (file)
        fclose(file);
    return text;
}

static bool is_file(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash ? slash + 1 : path, name) == 0;
}

static bool add(struct history *history, struct history_event event)
{
    if (history->count == HISTORY_EVENTS_MAX)
        return false;
    history->events[history->count++] = event;
    return true;
}

/* The idempotency key in a request's head. */
static bool add_send(struct history *history, const char *bytes, size_t len)
{
    static const char name[] = "\r\nIdempotency-Key: ";
    const char *at = memmem(bytes, len, name, sizeof name - 1);

    if (!at)
        return true;
    history->sends++;
    return add(history,
               (struct history_event){HISTORY_SEND, 0, at + sizeof name - 1,
                                      HISTORY_IDEM_LEN});
}

/* A sync of anything else is that of a folder, or does not matter. */
static bool add_call(struct history *history, const struct line *line,
                     const char *ledger)
{
    bool ours = is_file(line->path, ledger);
    bool syncs = line->name[0] == 'f' && strstr(line->name, "sync");

    if (syncs && ours)
        return add(history, (struct history_event){HISTORY_SYNC, 0, NULL, 0});
    if (syncs && !strstr(line->path, ledger))
        return add(history,
                   (struct history_event){HISTORY_SYNC_NAME, 0, NULL, 0});
    if (ours && strcmp(line->name, "openat") == 0 && line->b & O_CREAT)
        return add(history, (struct history_event){HISTORY_CREATE, 0, NULL, 0});
    if (ours && strcmp(line->name, "ftruncate") == 0)
        return add(history,
                   (struct history_event){HISTORY_TRUNCATE, line->a, NULL, 0});
    return true;
}

/* One line and its bytes at *at, which moves on. */
static bool add_line(struct history *history, const char **at, const char *end,
                     const char *ledger)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    char head[HEAD_MAX];
    struct line line = {.path = ""};

    if (!newline || newline - *at >= HEAD_MAX)
        return false;
    memcpy(head, *at, (size_t)(newline - *at));
    head[newline - *at] = '\0';
    if (sscanf(head, "%31s %llu %llu %4095s", line.name, &line.a, &line.b,
               line.path) < 3)
        return false;
    *at = newline + 1;
    bool sends = strcmp(line.name, "sendto") == 0;
    if (!sends && !strstr(line.name, "write"))
        return add_call(history, &line, ledger);
    const char *bytes = *at;
    if ((unsigned long long)(end - bytes) <= line.b)
        return false;
    *at += line.b + 1;
    if (sends)
        return add_send(history, bytes, (size_t)line.b);
    if (!is_file(line.path, ledger))
        return true;
    return add(history, (struct history_event){HISTORY_WRITE, line.a, bytes,
                                               (size_t)line.b});
}

bool history_read(struct history *history, const char *path, const char *ledger)
{
    size_t len;

    memset(history, 0, sizeof *history);
    history->text = read_file(path, &len);
    if (len == 0)
        return complain(path, "cannot be read, or is empty");
    const char *at = history->text;
    while (at < history->text + len)
        if (!add_line(history, &at, history->text + len, ledger))
            return complain(path, "is no record of syscall-fault's");
    return true;
}

void history_release(struct history *history)
{
    free(history->text);
}

void history_apply(const struct history_event *event, struct disk *disk)
{
    switch (event->kind) {
    case HISTORY_CREATE:
        disk_create(disk);
        break;
    case HISTORY_WRITE:
        disk_write(disk, event->offset, event->bytes, event->len);
        break;
    case HISTORY_TRUNCATE:
        disk_truncate(disk, event->offset);
        break;
    case HISTORY_SYNC:
        disk_sync(disk);
        break;
    case HISTORY_SYNC_NAME:
        disk_sync_name(disk);
        break;
    case HISTORY_SEND:
        break;
    }
}
