#include "poll_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES   80          /* "/jobs/" and an address */
#define REQUEST_BODY_MAX (16 * 1024) /* of a group */
#define QUEUE_FIRST      128

/* --- the queues ----------------------------------------------------------- */

static int queue_room(struct poll_queue *queue)
{
    if (queue->count < queue->cap)
        return 0;
    size_t cap = queue->cap > 0 ? queue->cap * 2 : QUEUE_FIRST;
    struct poll_item *items = calloc(cap, sizeof *items);
    if (!items)
        return ERR_MEMORY;
    for (size_t i = 0; i < queue->count && queue->cap > 0; i++)
        items[i] = queue->items[(queue->head + i) % queue->cap];
    free(queue->items);
    queue->items = items;
    queue->cap = cap;
    queue->head = 0;
    return 0;
}

int poll_queue_push(struct poll_queue *queue, const struct poll_item *item)
{
    if (queue_room(queue) != 0)
        return ERR_MEMORY;
    queue->items[(queue->head + queue->count++) % queue->cap] = *item;
    return 0;
}

struct poll_item poll_queue_pop(struct poll_queue *queue)
{
    struct poll_item item = queue->items[queue->head];

    queue->head = (queue->head + 1) % queue->cap;
    queue->count--;
    return item;
}

static void queue_release(struct poll_queue *queue)
{
    while (queue->count > 0)
        free(poll_queue_pop(queue).known);
    free(queue->items);
    *queue = (struct poll_queue){NULL, 0, 0, 0};
}

/* --- beginning and end ---------------------------------------------------- */

int poll_init(struct poll *poll, const struct poll_options *options,
              uint64_t now_us, struct err *err)
{
    uint32_t most = options->calls_max;

    memset(poll, 0, sizeof *poll);
    json_init(&poll->doc);
    poll->options = *options;
    most = most < 1 ? 1 : most > POLL_CALLS_MAX ? POLL_CALLS_MAX : most;
    pace_init(&poll->pace, most, options->rate, now_us);
    poll->calls = calloc(most, sizeof *poll->calls);
    if (!poll->calls)
        return err_set(err, ERR_MEMORY, "out of memory for requests");
    for (; poll->call_count < most; poll->call_count++) {
        struct poll_call *call = &poll->calls[poll->call_count];
        call->http = http_call_new(options->http, err);
        if (!call->http)
            return err->code;
        http_call_body_max(call->http, POLL_BODY_MAX);
        buf_init(&call->body, REQUEST_BODY_MAX);
    }
    return 0;
}

void poll_release(struct poll *poll)
{
    for (uint32_t i = 0; i < poll->call_count; i++) {
        struct poll_call *call = &poll->calls[i];
        for (uint32_t k = 0; k < call->count; k++)
            free(call->items[k].known);
        http_call_free(call->http);
        buf_release(&call->body);
    }
    free(poll->calls);
    poll->calls = NULL;
    poll->call_count = 0;
    queue_release(&poll->groups);
    queue_release(&poll->singles);
    json_release(&poll->doc);
}

void poll_give_up(struct poll *poll, enum err_code code, const char *text)
{
    if (poll->failure.code == 0)
        err_set(&poll->failure, code, "%s", text);
}

int poll_add(struct poll *poll, uint64_t tag,
             const uint8_t address[BASE58_ADDRESS_LEN], struct err *err)
{
    struct poll_item item = {.tag = tag};

    memcpy(item.address, address, sizeof item.address);
    if (poll_queue_push(&poll->groups, &item) != 0)
        return err_set(err, ERR_MEMORY, "out of memory for %zu jobs to ask for",
                       poll->groups.count);
    return 0;
}

bool poll_idle(const struct poll *poll)
{
    return poll->failure.code != 0 ||
           (poll->busy == 0 && poll->groups.count == 0 &&
            poll->singles.count == 0);
}

const struct err *poll_failure(const struct poll *poll)
{
    return poll->failure.code != 0 ? &poll->failure : NULL;
}

const char *poll_trouble(const struct poll *poll)
{
    return poll->bad_since_us != 0 ? poll->words : NULL;
}

const char *poll_words(const struct poll *poll)
{
    return poll->words;
}

/* --- sending -------------------------------------------------------------- */

static int prepare_group(struct poll *poll, struct poll_call *call,
                         struct err *err)
{
    char text[BASE58_TEXT_MAX];

    buf_clear(&call->body);
    buf_add_str(&call->body, "{\"addresses\":[");
    for (uint32_t i = 0; i < call->count; i++) {
        size_t len =
            base58_encode(call->items[i].address, BASE58_ADDRESS_LEN, text);
        buf_add_str(&call->body, i > 0 ? ",\"" : "\"");
        buf_add(&call->body, text, len);
        buf_add_char(&call->body, '"');
    }
    buf_add_str(&call->body, "]}");
    if (buf_error(&call->body, "a request", err) != 0)
        return err->code;
    return service_set_states(poll->options.service, call->http, err);
}

static int prepare_single(struct poll *poll, struct poll_call *call,
                          struct err *err)
{
    char text[BASE58_TEXT_MAX];
    char path[PATH_MAX_BYTES];

    base58_encode(call->items[0].address, BASE58_ADDRESS_LEN, text);
    snprintf(path, sizeof path, "/jobs/%.64s", text);
    return service_set_get(poll->options.service, call->http, path, err);
}

int poll_prepare(struct poll *poll, struct poll_call *call, struct err *err)
{
    return call->group ? prepare_group(poll, call, err)
                       : prepare_single(poll, call, err);
}

static void start(struct poll *poll, struct poll_call *call, uint64_t now_us)
{
    call->phase = POLL_SENT;
    pace_sent(&poll->pace, 0, &call->request, now_us);
    poll->requests++;
    http_call_start(call->http, call->group ? buf_str(&call->body) : NULL,
                    call->group ? call->body.len : 0, false);
}

/* Fills a free call with what is to be asked next: false where nothing is. */
static bool fill(struct poll *poll, struct poll_call *call)
{
    struct poll_queue *queue =
        poll->singles.count > 0 ? &poll->singles : &poll->groups;
    struct err err = ERR_INIT;

    if (queue->count == 0)
        return false;
    call->group = queue == &poll->groups && !poll->no_groups;
    call->count = 0;
    do
        call->items[call->count++] = poll_queue_pop(queue);
    while (call->group && queue->count > 0 && call->count < POLL_GROUP);
    int rc = poll_prepare(poll, call, &err);
    if (rc != 0)
        poll_give_up(poll, (enum err_code)rc, err.message);
    return rc == 0;
}

bool poll_has_work(const struct poll *poll)
{
    return poll->groups.count > 0 || poll->singles.count > 0;
}

static void lower(uint64_t *next_us, uint64_t at_us)
{
    if (at_us < *next_us)
        *next_us = at_us;
}

void poll_step(struct poll *poll, uint64_t now_us, uint64_t *next_us)
{
    for (uint32_t i = 0; i < poll->call_count; i++) {
        struct poll_call *call = &poll->calls[i];
        if (poll->failure.code != 0)
            return;
        if (!pace_may_send(&poll->pace, 0, now_us))
            break;
        if (call->phase == POLL_WAIT && call->wake_us <= now_us) {
            start(poll, call, now_us);
        } else if (call->phase == POLL_FREE && fill(poll, call)) {
            poll->busy++;
            start(poll, call, now_us);
        }
    }
    uint64_t may_us = pace_next_us(&poll->pace, 0, now_us);
    for (uint32_t i = 0; i < poll->call_count; i++) {
        const struct poll_call *call = &poll->calls[i];
        if (call->phase == POLL_WAIT)
            lower(next_us, call->wake_us > may_us ? call->wake_us : may_us);
        else if (call->phase == POLL_FREE && poll_has_work(poll))
            lower(next_us, may_us);
    }
}
