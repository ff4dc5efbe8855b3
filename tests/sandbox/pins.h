/*
 * pins: every CID that was pinned or asked for, and what was counted of it.
 */
#ifndef SANDBOX_PINS_H
#define SANDBOX_PINS_H

#include "../../templates/cid.h"
#include "table.h"

/* Definitions are kept to be shown again up to this many bytes together. */
#define PINS_TEXT_MAX ((size_t)64 << 20)

struct pin {
    uint8_t digest[CID_DIGEST_LEN];
    bool pinned;
    uint32_t pin_count; /* successful calls for it */
    uint32_t job_count; /* jobs created of it */
    uint32_t size;      /* bytes of the content */
    int64_t pinned_ms;  /* first time, in the service's time */
    char *text;         /* owned; NULL where it is not kept */
};

struct pins {
    struct pin *items; /* owned */
    uint32_t count, cap;
    struct table by_cid;
    size_t text_bytes;
};

void pins_init(struct pins *pins);
void pins_release(struct pins *pins);
void pins_clear(struct pins *pins);

/* The number of a CID, TABLE_NONE where it was never seen. */
uint32_t pins_find(const struct pins *pins, const uint8_t *digest);

/* The same; adds it, not pinned. TABLE_NONE: out of memory. */
uint32_t pins_touch(struct pins *pins, const uint8_t *digest);

/* Notes a pinning of content; true where it was pinned before. */
bool pins_pinned(struct pins *pins, uint32_t pin, const char *content,
                 size_t len, int64_t now_ms);

#endif
