/*
 * poll_impl: what poll's own files share. Internal to poll.
 *
 * A call is free, under way, or waits to be sent again with the same items;
 * items of no call are in one of the queues. Every item is reported once.
 */
#ifndef RUNNER_POLL_IMPL_H
#define RUNNER_POLL_IMPL_H

#include "poll.h"

enum poll_phase {
    POLL_FREE,
    POLL_SENT,
    POLL_WAIT /* to be sent again, not before wake_us */
};

struct poll_call {
    struct http_call *http; /* owned */
    enum poll_phase phase;
    bool group;
    uint32_t count;               /* of items */
    struct level_request request; /* the one under way */
    uint64_t wake_us;
    struct buf body; /* of a group's request */
    struct poll_item items[POLL_GROUP];
};

/* Takes a copy; 0 or ERR_MEMORY. */
int poll_queue_push(struct poll_queue *queue, const struct poll_item *item);

/* The first item of a queue that is not empty. */
struct poll_item poll_queue_pop(struct poll_queue *queue);

/* Whether anything waits for a free call. */
bool poll_has_work(const struct poll *poll);

/* Makes a call's request from its items. Negative: err says why. */
int poll_prepare(struct poll *poll, struct poll_call *call, struct err *err);

/* Ends all asking; the first reason counts. */
void poll_give_up(struct poll *poll, enum err_code code, const char *text);

#endif
