/*
 * keys: the memory of idempotency keys, and what was counted of each.
 *
 * A key belongs to an account. What is remembered of it is the first
 * successful answer: a repeat with the same call and the same body gets it
 * again. Refusals are not remembered, so that a key refused for want of
 * credits works after a top-up. Counts are kept for ever.
 */
#ifndef SANDBOX_KEYS_H
#define SANDBOX_KEYS_H

#include "table.h"

#define KEYS_TEXT_MAX 255 /* characters of a key */

enum keys_verdict {
    KEYS_NEW,      /* do the work */
    KEYS_REPEAT,   /* answer as the first time */
    KEYS_BUSY,     /* IDEMPOTENCY_KEY_IN_PROGRESS */
    KEYS_MISMATCH, /* IDEMPOTENCY_KEY_PAYLOAD_MISMATCH */
    KEYS_EXPIRED   /* IDEMPOTENCY_KEY_EXPIRED */
};

struct key {
    char *text; /* owned */
    uint32_t account;
    uint32_t request_count; /* that carried it */
    uint32_t job_count;     /* created under it */
    bool answered;          /* the four below are set */
    uint64_t payload;       /* hash of call and body */
    int64_t answered_ms;    /* in the service's time */
    int64_t busy_until_us;  /* monotonic: the first answer leaves then */
    uint32_t job;           /* the answer is this job's… */
    char *reply;            /* …or this text, owned, where not NULL */
    bool expired;           /* answers KEYS_EXPIRED for ever */
};

struct keys {
    struct key *items; /* owned */
    uint32_t count, cap;
    struct table by_text;
};

/* Now, in both times. */
struct keys_now {
    int64_t service_ms;
    int64_t mono_us;
};

void keys_init(struct keys *keys);
void keys_release(struct keys *keys);
void keys_clear(struct keys *keys);

/* The number of an account's key, TABLE_NONE where it was never seen. */
uint32_t keys_find(const struct keys *keys, uint32_t account, const char *text);

/* The same; adds it where it is new. TABLE_NONE: out of memory. */
uint32_t keys_touch(struct keys *keys, uint32_t account, const char *text);

/*
 * What a request with this key and payload means. memory_ms is how long an
 * answer is remembered.
 */
enum keys_verdict keys_judge(const struct key *key, uint64_t payload,
                             const struct keys_now *now, int64_t memory_ms);

/*
 * Remembers an answer: reply (copied; NULL: that of job), which leaves at
 * busy_until_us. false: out of memory.
 */
bool keys_answer(struct key *key, uint64_t payload, const struct keys_now *now,
                 int64_t busy_until_us, uint32_t job, const char *reply);

#endif
