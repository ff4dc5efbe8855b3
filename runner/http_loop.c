#include "http_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 32 /* looked at in one turn; the rest come in the next */
#define NEVER_US   UINT64_MAX
/* After so long without a word all requests are looked at. */
#define STILL_MS 1000

/* A descriptor that libcurl has asked about. */
struct http_socket {
    uint8_t wanted;  /* EPOLLIN, EPOLLOUT: what libcurl waits for; 0: idle */
    uint8_t watched; /* what epoll was told; 0: it does not know it */
    bool ours;       /* made by open_socket: its end comes by close_socket */
};

struct http_loop {
    int poll_fd;
    uint64_t timer_us;           /* when libcurl wants to be called; NEVER_US */
    struct http_socket *sockets; /* owned; by descriptor */
    size_t socket_count;
};

static uint64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* NULL where there is no memory for it. */
static struct http_socket *socket_of(struct http_loop *loop, int fd)
{
    size_t i = (size_t)fd;

    if (i >= loop->socket_count) {
        size_t count = i + 1 < 64 ? 64 : 2 * (i + 1);
        struct http_socket *more = realloc(loop->sockets, count * sizeof *more);
        if (!more)
            return NULL;
        memset(more + loop->socket_count, 0,
               (count - loop->socket_count) * sizeof *more);
        loop->sockets = more;
        loop->socket_count = count;
    }
    return &loop->sockets[i];
}

/*
 * Tells epoll. Where it refuses, the request ends by its own timeout, and
 * others go on.
 */
static void watch(struct http_loop *loop, int fd, struct http_socket *s,
                  uint8_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    int op = s->watched == 0 ? EPOLL_CTL_ADD
             : events == 0   ? EPOLL_CTL_DEL
                             : EPOLL_CTL_MOD;

    if (s->watched == events)
        return;
    int rc = epoll_ctl(loop->poll_fd, op, fd, &event);
    s->watched = rc == 0 ? events : 0;
}

/* libcurl says what it waits for on a descriptor. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                     void *mine)
{
    struct http_loop *loop = arg;
    struct http_socket *s = socket_of(loop, fd);

    (void)easy, (void)mine;
    if (!s)
        return 0;
    s->wanted = (uint8_t)((what & CURL_POLL_IN ? EPOLLIN : 0) |
                          (what & CURL_POLL_OUT ? EPOLLOUT : 0));
    /* A descriptor that is not ours may be closed without a word. */
    watch(loop, fd, s, s->wanted == 0 && s->ours ? EPOLLIN : s->wanted);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    struct http_loop *loop = arg;

    (void)multi;
    loop->timer_us = ms < 0 ? NEVER_US : now_us() + (uint64_t)ms * 1000;
    return 0;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct http_loop *loop = arg;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                    address->protocol);

    (void)purpose;
    if (fd < 0)
        return CURL_SOCKET_BAD;
    struct http_socket *s = socket_of(loop, fd);
    if (!s) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    *s = (struct http_socket){.ours = true};
    return fd;
}

/* What is closed is out of epoll by that. */
static int close_socket(void *arg, curl_socket_t fd)
{
    struct http_loop *loop = arg;

    if ((size_t)fd < loop->socket_count)
        loop->sockets[fd] = (struct http_socket){.ours = false};
    return close(fd);
}

int http_loop_init(struct http *http, struct err *err)
{
    struct http_loop *loop = calloc(1, sizeof *loop);
    struct epoll_event event = {.events = EPOLLIN,
                                .data.fd = http->wake_fds[0]};

    if (!loop)
        return err_set(err, ERR_MEMORY, "out of memory for the sockets");
    loop->timer_us = NEVER_US;
    loop->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    http->loop = loop;
    if (loop->poll_fd < 0 ||
        epoll_ctl(loop->poll_fd, EPOLL_CTL_ADD, http->wake_fds[0], &event) != 0)
        return err_set_errno(err, ERR_INTERNAL, errno,
                             "cannot wait for sockets");
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, loop);
    return 0;
}

void http_loop_release(struct http_loop *loop)
{
    if (!loop)
        return;
    if (loop->poll_fd >= 0)
        close(loop->poll_fd);
    free(loop->sockets);
    free(loop);
}

void http_loop_adopt(struct http_call *call)
{
    struct http_loop *loop = call->http->loop;

    curl_easy_setopt(call->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(call->easy, CURLOPT_OPENSOCKETDATA, loop);
    curl_easy_setopt(call->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(call->easy, CURLOPT_CLOSESOCKETDATA, loop);
}

void http_loop_timer(struct http *http)
{
    struct http_loop *loop = http->loop;
    int running;

    if (loop->timer_us == NEVER_US || loop->timer_us > now_us())
        return;
    loop->timer_us = NEVER_US;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static void drain_pipe(int fd)
{
    char bytes[64];

    while (read(fd, bytes, sizeof bytes) > 0)
        continue;
}

/* An end or an error is something to be read. */
static void hear(struct http *http, const struct epoll_event *event)
{
    struct http_loop *loop = http->loop;
    int fd = event->data.fd;
    int mask = event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
    int running;

    if (fd == http->wake_fds[0]) {
        drain_pipe(fd);
        return;
    }
    if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        mask |= CURL_CSELECT_IN;
    /* libcurl will find out when it next looks for a connection. */
    if (loop->sockets[fd].wanted == 0)
        watch(loop, fd, &loop->sockets[fd], 0);
    else
        curl_multi_socket_action(http->multi, fd, mask, &running);
}

/* The earlier of the two, the timer rounded up. */
static int until_timer_ms(const struct http_loop *loop, int wait_ms)
{
    if (wait_ms == 0 || loop->timer_us == NEVER_US)
        return wait_ms;
    uint64_t at_us = now_us();
    if (loop->timer_us <= at_us)
        return 0;
    uint64_t ms = (loop->timer_us - at_us + 999) / 1000;
    return ms < (uint64_t)wait_ms ? (int)ms : wait_ms;
}

/*
 * Where memory ends for a moment, libcurl 7.88 may forget a request's timer,
 * and nobody would ever look at that request again.
 */
static void look_at_all(struct http *http)
{
    int running;

    if (http->in_flight > 0)
        curl_multi_perform(http->multi, &running);
}

void http_loop_turn(struct http *http, int wait_ms)
{
    struct http_loop *loop = http->loop;
    struct epoll_event events[EVENTS_MAX];
    int ms = until_timer_ms(loop, wait_ms < STILL_MS ? wait_ms : STILL_MS);
    int count = epoll_wait(loop->poll_fd, events, EVENTS_MAX, ms);

    if (count == 0 && ms == STILL_MS)
        look_at_all(http);
    for (int i = 0; i < count; i++)
        hear(http, &events[i]);
    http_loop_timer(http);
}
