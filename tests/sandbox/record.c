#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "../../templates/json.h"

#define ITEM_MAX (RECORD_BODY_MAX * 8)

int record_init(struct record *record, uint32_t size, struct err *err)
{
    record->size = 0;
    record->count = 0;
    record->items = calloc(size ? size : 1, sizeof *record->items);
    if (!record->items)
        return err_set(err, ERR_MEMORY, "out of memory for --record");
    record->size = size;
    for (uint32_t i = 0; i < size; i++)
        buf_init(&record->items[i], ITEM_MAX);
    return 0;
}

void record_release(struct record *record)
{
    for (uint32_t i = 0; i < record->size; i++)
        buf_release(&record->items[i]);
    free(record->items);
    record->items = NULL;
    record->size = 0;
}

void record_clear(struct record *record)
{
    record->count = 0;
}

/* A client's text may be anything: what is no UTF-8 is left out. */
static void add_text(struct buf *out, const char *name, const char *text,
                     size_t len)
{
    buf_addf(out, ",\"%s\":", name);
    if (text && json_utf8_valid(text, len))
        json_quote(out, text, len);
    else
        buf_add_str(out, "null");
}

static void add_string(struct buf *out, const char *name, const char *text)
{
    add_text(out, name, text, text ? strlen(text) : 0);
}

static void add_query(struct buf *out, const struct call *call)
{
    const struct {
        const char *name, *value;
    } parts[] = {
        {"poster", call->poster}, {"market", call->market},
        {"state", call->state},   {"limit", call->limit},
        {"offset", call->offset},
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].value)
            add_string(out, parts[i].name, parts[i].value);
}

void record_add(struct record *record, const struct call *call)
{
    static const char *const ways[] = {"reply", "close", "reset", "hang",
                                       "raw"};
    size_t len = call->body.len;

    if (record->size == 0 || call->route == ROUTE_CONTROL)
        return;
    struct buf *out = &record->items[record->count++ % record->size];
    buf_clear(out);
    buf_addf(out, "{\"route\":\"%s\",\"method\":\"%s\"",
             call_route_name(call->route), call->get ? "GET" : "POST");
    add_string(out, "path", call->path);
    add_query(out, call);
    add_string(out, "key", call->idempotency);
    buf_addf(out, ",\"account\":%d,\"reused\":%s",
             call->access ? (int)call->access->account + 1 : 0,
             call->reused ? "true" : "false");
    buf_addf(out, ",\"headers\":{%s}",
             call->headers.failed ? "" : buf_str(&call->headers));
    add_text(out, "body", buf_str(&call->body),
             len < RECORD_BODY_MAX ? len : RECORD_BODY_MAX);
    buf_addf(out, ",\"status\":%u,\"way\":\"%s\"", call->reply.status,
             ways[call->delivery]);
    add_text(out, "reply", buf_str(&call->reply.body),
             call->reply.body.len < RECORD_BODY_MAX ? call->reply.body.len
                                                    : RECORD_BODY_MAX);
    buf_add_char(out, '}');
}

void record_write(const struct record *record, struct buf *out)
{
    uint64_t kept = record->count < record->size ? record->count : record->size;

    buf_add_char(out, '[');
    for (uint64_t i = record->count - kept; i < record->count; i++) {
        const struct buf *item = &record->items[i % record->size];
        if (i > record->count - kept)
            buf_add_char(out, ',');
        buf_add(out, buf_str(item), item->len);
    }
    buf_add_char(out, ']');
}
