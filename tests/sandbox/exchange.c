#include "exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define RETRY_US 1000 /* for a client that does not read */

struct exchange *exchange_take(struct server *server,
                               struct MHD_Connection *connection)
{
    struct exchange *exchange = server->unused;

    if (exchange) {
        server->unused = exchange->next;
    } else {
        exchange = calloc(1, sizeof *exchange);
        if (!exchange)
            return NULL;
        call_init(&exchange->call);
    }
    call_clear(&exchange->call);
    exchange->server = server;
    exchange->connection = connection;
    exchange->fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
            ->connect_fd;
    exchange->answered = false;
    exchange->counted = false;
    exchange->suspended = false;
    exchange->watched = false;
    exchange->over = false;
    exchange->raw_sent = 0;
    exchange->next = NULL;
    return exchange;
}

/* A buffer that once held something big is not kept. */
static void trim(struct buf *buf)
{
    if (buf->cap > CALL_BODY_MAX)
        buf_release(buf);
}

void exchange_give(struct exchange *exchange)
{
    trim(&exchange->call.reply.body);
    trim(&exchange->call.raw.bytes);
    exchange->next = exchange->server->unused;
    exchange->server->unused = exchange;
}

void exchange_free_all(struct server *server)
{
    while (server->unused) {
        struct exchange *exchange = server->unused;
        server->unused = exchange->next;
        call_release(&exchange->call);
        free(exchange);
    }
}

enum MHD_Result exchange_sleep(struct exchange *exchange, int64_t delay_us)
{
    if (!waits_add(&exchange->server->waits, clock_mono_us() + delay_us,
                   exchange))
        return MHD_NO;
    exchange->suspended = true;
    MHD_suspend_connection(exchange->connection);
    return MHD_YES;
}

static void unwatch(struct exchange *exchange)
{
    if (!exchange->watched)
        return;
    epoll_ctl(exchange->server->hang_fd, EPOLL_CTL_DEL, exchange->fd, NULL);
    exchange->watched = false;
}

void exchange_wake(struct exchange *exchange, bool in_waits)
{
    if (in_waits)
        waits_remove(&exchange->server->waits, exchange);
    unwatch(exchange);
    exchange->suspended = false;
    MHD_resume_connection(exchange->connection);
}

static enum MHD_Result close_by_reset(struct exchange *exchange)
{
    struct sockaddr nobody;

    memset(&nobody, 0, sizeof nobody);
    nobody.sa_family = AF_UNSPEC;
    /* If it fails the connection is gone already. */
    (void)connect(exchange->fd, &nobody, sizeof nobody);
    return MHD_NO;
}

/* Until the client goes away or the time is over. */
static enum MHD_Result hang(struct exchange *exchange)
{
    struct epoll_event event;

    memset(&event, 0, sizeof event);
    event.events = EPOLLRDHUP;
    event.data.ptr = exchange;
    if (epoll_ctl(exchange->server->hang_fd, EPOLL_CTL_ADD, exchange->fd,
                  &event) == 0)
        exchange->watched = true;
    exchange->over = true;
    return exchange_sleep(exchange, exchange->call.hang_s * 1000000);
}

/* Sends up to a chunk; false: the client went away. */
static bool send_chunk(struct exchange *exchange, size_t *sent)
{
    struct call_raw *raw = &exchange->call.raw;
    size_t left = raw->bytes.len - exchange->raw_sent;
    size_t want = left < raw->chunk ? left : raw->chunk;
    ssize_t n = send(exchange->fd, buf_str(&raw->bytes) + exchange->raw_sent,
                     want, MSG_NOSIGNAL | MSG_DONTWAIT);

    *sent = n > 0 ? (size_t)n : 0;
    exchange->raw_sent += *sent;
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

static enum MHD_Result send_raw(struct exchange *exchange)
{
    struct call_raw *raw = &exchange->call.raw;
    size_t sent;

    for (;;) {
        if (exchange->raw_sent == raw->bytes.len && raw->endless)
            exchange->raw_sent = 0;
        if (exchange->raw_sent == raw->bytes.len)
            return raw->reset ? close_by_reset(exchange) : MHD_NO;
        if (!send_chunk(exchange, &sent))
            return MHD_NO;
        if (sent == 0)
            return exchange_sleep(exchange, RETRY_US);
        if (raw->interval_us > 0)
            return exchange_sleep(exchange, raw->interval_us);
    }
}

static enum MHD_Result queue_reply(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    struct call_reply *reply = &call->reply;

    if (reply->body.failed)
        call_no_memory(call);
    /* The body stays until the request is completed, so no copy is made. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->body.len, reply->body.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            reply->type);
    if (reply->retry_after[0] != '\0')
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER,
                                reply->retry_after);
    if (reply->location)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION,
                                reply->location);
    enum MHD_Result result =
        MHD_queue_response(exchange->connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result exchange_deliver(struct exchange *exchange)
{
    if (exchange->over)
        return MHD_NO;
    switch (exchange->call.delivery) {
    case DELIVER_REPLY:
        return queue_reply(exchange);
    case DELIVER_RESET:
        return close_by_reset(exchange);
    case DELIVER_HANG:
        return hang(exchange);
    case DELIVER_RAW:
        return send_raw(exchange);
    case DELIVER_CLOSE:
        break;
    }
    return MHD_NO;
}
