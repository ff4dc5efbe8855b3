/*
 * history: what a real run did to its ledger and sent, as syscall-fault's
 * plan `record` has written it down.
 */
#ifndef LEDGER_TORN_HISTORY_H
#define LEDGER_TORN_HISTORY_H

#include "disk.h"

#define HISTORY_EVENTS_MAX 4096
#define HISTORY_IDEM_LEN   36

enum history_kind {
    HISTORY_CREATE,
    HISTORY_WRITE,
    HISTORY_TRUNCATE,
    HISTORY_SYNC,
    HISTORY_SYNC_NAME,
    HISTORY_SEND /* of a post: `bytes` is its idempotency key */
};

struct history_event {
    enum history_kind kind;
    uint64_t offset; /* of a write; the size of a truncation */
    const char *bytes;
    size_t len;
};

struct history {
    char *text; /* owned: the whole file */
    struct history_event events[HISTORY_EVENTS_MAX];
    unsigned count;
    unsigned sends;
};

/* Reads a record. False, having said why, where it cannot be read. */
bool history_read(struct history *history, const char *path,
                  const char *ledger);
void history_release(struct history *history);

/* Lets an event happen to a disk. */
void history_apply(const struct history_event *event, struct disk *disk);

#endif
