#include "raw_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEP_MS     5
#define REQUEST_MAX ((size_t)4 << 20)

/* A socket bound to 127.0.0.1 at a port of the system's choice. */
static int bind_any(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

int raw_refused_port(unsigned *port)
{
    return bind_any(port);
}

static void drop(struct raw_server *server, unsigned i, bool reset)
{
    struct raw_open *open = &server->open[i];
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (reset)
        setsockopt(open->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(open->fd);
    buf_release(&open->in);
    *open = server->open[--server->open_count];
}

/* False where the client has gone. Waits while its window is full. */
static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* Does what the exchange's answer says. */
static void act(struct raw_server *server, unsigned i)
{
    struct raw_open *open = &server->open[i];
    const struct raw_answer *answer = open->answer;
    size_t len = answer->len;

    if (len == 0 && answer->bytes)
        len = strlen(answer->bytes);
    if (len > 0 && !send_all(open->fd, answer->bytes, len)) {
        drop(server, i, false);
        return;
    }
    open->answer = NULL;
    buf_clear(&open->in);
    if (answer->end == RAW_CLOSE) {
        /* What was not read must not turn the end into a reset. */
        shutdown(open->fd, SHUT_WR);
        open->deaf = true;
    } else if (answer->end == RAW_RESET) {
        drop(server, i, true);
    } else if (answer->end != RAW_KEEP) {
        open->answer = answer;
        open->endless = true;
    }
}

static void begin_exchange(struct raw_server *server, struct raw_open *open)
{
    unsigned last = server->answer_count - 1;

    open->number = server->next++;
    open->answer = &server->answers[open->number < last ? open->number : last];
}

/* The length of the request that starts in the buffer; 0: not all there. */
static size_t request_len(const struct buf *in)
{
    static const char name[] = "Content-Length: ";
    const char *end = strstr(buf_str(in), "\r\n\r\n");
    size_t body = 0;

    if (!end)
        return 0;
    const char *field = strstr(in->data, name);
    if (field && field < end)
        body = strtoul(field + sizeof name - 1, NULL, 10);
    size_t len = (size_t)(end + 4 - in->data) + body;
    return in->len >= len ? len : 0;
}

static void read_some(struct raw_server *server, unsigned i)
{
    struct raw_open *open = &server->open[i];
    char bytes[65536];
    ssize_t n = recv(open->fd, bytes, sizeof bytes, 0);

    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        drop(server, i, false);
        return;
    }
    server->bytes += (size_t)n;
    if (open->deaf)
        return;
    if (!open->answer)
        begin_exchange(server, open);
    buf_add(&open->in, bytes, (size_t)n);
    if (open->number < RAW_SEEN_MAX)
        buf_add(&server->seen[open->number], bytes, (size_t)n);
    if (open->endless || request_len(&open->in) == 0)
        return;
    server->requests++;
    act(server, i);
}

static void on_readable(struct raw_server *server, unsigned i)
{
    struct raw_open *open = &server->open[i];
    char byte;
    unsigned last = server->answer_count - 1;
    unsigned next = server->next < last ? server->next : last;

    if (!open->answer && !open->deaf &&
        server->answers[next].when == RAW_ON_BYTE &&
        recv(open->fd, &byte, 1, MSG_PEEK) > 0) {
        begin_exchange(server, open);
        act(server, i);
        return;
    }
    read_some(server, i);
}

/* One more bit of an answer that never ends. */
static void go_on(struct raw_server *server, unsigned i)
{
    struct raw_open *open = &server->open[i];
    const char *text = open->answer->again;
    char bytes[16384];
    size_t len = 1;

    if (open->answer->end == RAW_DRIBBLE) {
        bytes[0] = 'a';
    } else {
        for (len = 0; len < sizeof bytes; len++)
            bytes[len] = text[(open->flooded + len) % strlen(text)];
    }
    ssize_t n = send(open->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
        open->flooded += (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        drop(server, i, false);
}

static void take_connection(struct raw_server *server)
{
    unsigned last = server->answer_count - 1;
    unsigned next = server->next < last ? server->next : last;
    int fd = accept(server->listener, NULL, NULL);

    if (fd < 0)
        return;
    server->connections++;
    struct raw_open *open = &server->open[server->open_count++];
    *open = (struct raw_open){.fd = fd};
    buf_init(&open->in, REQUEST_MAX);
    if (server->answers[next].when == RAW_ON_ACCEPT) {
        begin_exchange(server, open);
        act(server, server->open_count - 1);
    }
}

/* Returns whether there was anything to do. */
static bool step(struct raw_server *server, int wait_ms)
{
    struct pollfd fds[RAW_OPEN_MAX + 2];
    unsigned count = server->open_count;
    bool endless = false;

    for (unsigned i = 0; i < count; i++) {
        fds[i] = (struct pollfd){.fd = server->open[i].fd, .events = POLLIN};
        endless = endless || server->open[i].endless;
    }
    int room = count < RAW_OPEN_MAX ? server->listener : -1;
    fds[count] = (struct pollfd){.fd = room, .events = POLLIN};
    fds[count + 1] = (struct pollfd){
        .fd = server->stopping ? -1 : server->stop_fds[0], .events = POLLIN};
    if (poll(fds, count + 2, endless && wait_ms < 0 ? STEP_MS : wait_ms) < 0)
        return errno == EINTR;
    server->stopping = server->stopping || fds[count + 1].revents != 0;
    /* From the end: a connection that goes is replaced by the last one. */
    for (unsigned i = count; i-- > 0;) {
        if (fds[i].revents != 0)
            on_readable(server, i);
        else if (server->open[i].endless)
            go_on(server, i);
    }
    if (fds[count].revents != 0)
        take_connection(server);
    return count > 0 || fds[count].revents != 0;
}

static void *serve(void *arg)
{
    struct raw_server *server = arg;

    while (!server->stopping)
        step(server, -1);
    while (step(server, server->open_count > 0 ? STEP_MS : 0))
        continue;
    return NULL;
}

void raw_server_start(struct raw_server *server,
                      const struct raw_answer *answers, unsigned count)
{
    memset(server, 0, sizeof *server);
    server->answers = answers;
    server->answer_count = count;
    for (unsigned i = 0; i < RAW_SEEN_MAX; i++)
        buf_init(&server->seen[i], REQUEST_MAX);
    server->listener = bind_any(&server->port);
    assert_int_equal(listen(server->listener, RAW_OPEN_MAX), 0);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u",
             server->port);
    assert_int_equal(pipe(server->stop_fds), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

void raw_server_stop(struct raw_server *server)
{
    assert_int_equal(write(server->stop_fds[1], "", 1), 1);
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    close(server->listener);
    close(server->stop_fds[0]);
    close(server->stop_fds[1]);
}

void raw_server_release(struct raw_server *server)
{
    for (unsigned i = 0; i < RAW_SEEN_MAX; i++)
        buf_release(&server->seen[i]);
}
