/*
 * bench-service: a lean service to measure clients against.
 *
 * The stand-in of tests/sandbox keeps every promise of the service and is
 * therefore the slower side; this one answers the calls that a run makes with
 * valid answers, each job's address another one, and remembers nothing. One
 * thread, one core. With a latency, an answer leaves that long after its
 * request came, give or take the jitter.
 *
 * Where there is another core, it never sleeps: else each request of a client
 * that is slower than it would have to wake it, which takes longer than to
 * send the request, and is paid by the client. A real service is elsewhere,
 * and a client that keeps it busy all the time pays nothing of that.
 *
 *   bench-service PORT-FILE [LATENCY-MS [JITTER-PERCENT]]
 *
 * On SIGTERM it prints how many requests it answered and the mean time from
 * a request's arrival to its answer's departure, in microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../templates/base58.h"
#include "../templates/cid.h"

#define PEERS_MAX   4096
#define REQUEST_MAX 65536
#define EVENTS_MAX  256
#define NEVER       UINT64_MAX

#define MARKET "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define OTHER  "BLJLqRBQ4tM2aLKGTWSTZ2ADcMnJiZQmfQJBhZbGJD7e"
#define SIGNED                                                                 \
    "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzr" \
    "FmB"                                                                      \
    "V6UjKdiSZkQUW"

struct peer {
    int fd;
    char *request; /* owned; REQUEST_MAX bytes */
    size_t len;
    uint64_t came_us; /* the request that is being answered */
    uint64_t due_us;  /* when its answer leaves */
    char answer[2048];
    size_t answer_len;
    bool last; /* the connection is closed behind the answer */
};

struct service {
    int listener, poll;
    struct peer *peers[PEERS_MAX]; /* by descriptor */
    struct peer *due[PEERS_MAX];   /* a heap; the earliest first */
    size_t due_count;
    uint64_t latency_us;
    double jitter; /* 0.5: from half to one and a half */
    uint64_t random;
    struct hasher hasher;
    uint64_t jobs, answered, served_us;
    bool sleeps;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

static uint64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* splitmix64 */
static uint64_t draw(struct service *service)
{
    uint64_t z = service->random += 0x9e3779b97f4a7c15ULL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

/* --- answers ------------------------------------------------------------- */

static void answer_with(struct peer *peer, int status, const char *body)
{
    peer->answer_len = (size_t)snprintf(
        peer->answer, sizeof peer->answer,
        "HTTP/1.1 %d %s\r\nContent-Type: application/json; charset=utf-8\r\n"
        "Content-Length: %zu\r\n%s\r\n%s",
        status, status == 200 ? "OK" : "Not Found", strlen(body),
        peer->last ? "Connection: close\r\n" : "", body);
}

static void answer_pin(struct service *service, struct peer *peer,
                       const char *body, size_t len)
{
    uint8_t digest[CID_DIGEST_LEN];
    char cid[CID_TEXT_MAX] = "";
    char text[256];
    struct err err;

    if (cid_compute(&service->hasher, body, len, digest, cid, &err) != 0) {
        answer_with(peer, 404, "{\"error\":\"too large\"}");
        return;
    }
    snprintf(text, sizeof text,
             "{\"IpfsHash\":\"%s\",\"PinSize\":%zu,"
             "\"Timestamp\":\"2026-11-23T10:00:00.000Z\"}",
             cid, len + 11);
    answer_with(peer, 200, text);
}

static void answer_post(struct service *service, struct peer *peer,
                        const char *job_name, bool older)
{
    uint8_t bytes[BASE58_ADDRESS_LEN] = {0};
    char job[BASE58_TEXT_MAX];
    char text[768];

    service->jobs++;
    for (size_t i = 0; i < sizeof bytes; i += 8) {
        uint64_t word = i == 0 ? service->jobs : draw(service);
        memcpy(bytes + i, &word, 8);
    }
    base58_encode(bytes, sizeof bytes, job);
    snprintf(text, sizeof text,
             "{%s\"%s\":\"%s\",\"run\":\"%s\",%s\"costUSD\":0.048,"
             "\"creditsUsed\":47.96,\"reservationId\":"
             "\"c92aa1ef-be83-4619-a2f3-e0f56aa80db1\",\"project\":\"%s\"%s}",
             older ? "" : "\"tx\":\"" SIGNED "\",", job_name, job, OTHER,
             older ? "" : "\"credits\":{", OTHER, older ? "" : "}");
    answer_with(peer, 200, text);
}

static bool ends_with(const char *text, size_t len, const char *end)
{
    size_t end_len = strlen(end);

    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

/* What a request asks for: its path is between the first two spaces. */
static void answer(struct service *service, struct peer *peer, const char *body,
                   size_t body_len)
{
    const char *path = memchr(peer->request, ' ', 16);
    const char *end = path ? strpbrk(path + 1, " ?\r") : NULL;
    size_t len = end ? (size_t)(end - path) : 0;

    if (ends_with(path, len, "/pinning/pinJSONToIPFS"))
        answer_pin(service, peer, body, body_len);
    else if (ends_with(path, len, "/jobs/list"))
        answer_post(service, peer, "job", false);
    else if (ends_with(path, len, "/jobs/create-with-credits"))
        answer_post(service, peer, "jobAddress", true);
    else if (ends_with(path, len, "/credits/balance"))
        answer_with(peer, 200,
                    "{\"assignedCredits\":1000000000,\"reservedCredits\":0,"
                    "\"settledCredits\":0}");
    else if (ends_with(path, len, "/markets") ||
             ends_with(path, len, "/markets/"))
        answer_with(peer, 200,
                    "[{\"address\":\"" MARKET "\",\"slug\":\"nvidia-3060\","
                    "\"name\":\"NVIDIA 3060\",\"type\":\"PREMIUM\","
                    "\"usd_reward_per_hour\":0.0436,"
                    "\"network_fee_percentage\":10}]");
    else
        answer_with(peer, 404, "{\"error\":\"Not Found\"}");
}

/* --- what is due --------------------------------------------------------- */

static void due_push(struct service *service, struct peer *peer)
{
    size_t at = service->due_count++;

    while (at > 0 && service->due[(at - 1) / 2]->due_us > peer->due_us) {
        service->due[at] = service->due[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    service->due[at] = peer;
}

static struct peer *due_pop(struct service *service)
{
    struct peer *first = service->due[0];
    struct peer *last = service->due[--service->due_count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= service->due_count)
            break;
        if (child + 1 < service->due_count &&
            service->due[child + 1]->due_us < service->due[child]->due_us)
            child++;
        if (service->due[child]->due_us >= last->due_us)
            break;
        service->due[at] = service->due[child];
        at = child;
    }
    service->due[at] = last;
    return first;
}

static uint64_t delay_us(struct service *service)
{
    double share = (double)(draw(service) >> 11) / 9007199254740992.0;

    return (uint64_t)((double)service->latency_us *
                      (1 + service->jitter * (2 * share - 1)));
}

/* --- connections --------------------------------------------------------- */

static void drop(struct service *service, struct peer *peer)
{
    service->peers[peer->fd] = NULL;
    close(peer->fd);
    free(peer->request);
    free(peer);
}

static void welcome(struct service *service)
{
    int one = 1;
    int fd;

    while ((fd = accept4(service->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct peer *peer = fd < PEERS_MAX ? calloc(1, sizeof *peer) : NULL;
        if (peer)
            peer->request = malloc(REQUEST_MAX + 1);
        if (!peer || !peer->request) {
            free(peer);
            close(fd);
            continue;
        }
        peer->fd = fd;
        service->peers[fd] = peer;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(service->poll, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Answers fit into a socket's buffer: a client that reads none is dropped. */
static void depart(struct service *service, struct peer *peer)
{
    ssize_t sent = send(peer->fd, peer->answer, peer->answer_len, MSG_NOSIGNAL);

    service->answered++;
    if (service->latency_us > 0)
        service->served_us += now_us() - peer->came_us;
    if (sent != (ssize_t)peer->answer_len || peer->last)
        drop(service, peer);
}

/* Length of the body that the head announces. */
static size_t body_length(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");

    return at ? strtoul(at + 17, NULL, 10) : 0;
}

/* Answers the request that has come, if it has come whole. */
static void take_request(struct service *service, struct peer *peer)
{
    peer->request[peer->len] = '\0';
    char *end = strstr(peer->request, "\r\n\r\n");
    if (!end)
        return;
    *end = '\0';
    size_t body_len = body_length(peer->request);
    size_t head_len = (size_t)(end + 4 - peer->request);
    if (peer->len < head_len + body_len) {
        *end = '\r';
        return;
    }
    peer->last = strcasestr(peer->request, "\r\nconnection: close") != NULL;
    answer(service, peer, peer->request + head_len, body_len);
    peer->len = 0;
    if (service->latency_us == 0) {
        depart(service, peer);
        return;
    }
    peer->came_us = now_us();
    peer->due_us = peer->came_us + delay_us(service);
    due_push(service, peer);
}

static void hear(struct service *service, struct peer *peer)
{
    ssize_t got =
        read(peer->fd, peer->request + peer->len, REQUEST_MAX - peer->len);

    if (got < 0 && errno == EAGAIN)
        return;
    if (got > 0) {
        peer->len += (size_t)got;
        take_request(service, peer);
    } else if (peer->due_us <= now_us()) {
        drop(service, peer);
    }
}

/* --- the loop ------------------------------------------------------------ */

/* Sends what is due; how long to wait for anything else, in nanoseconds. */
static uint64_t send_due(struct service *service)
{
    while (service->due_count > 0) {
        uint64_t at_us = now_us();
        if (service->due[0]->due_us > at_us)
            return service->sleeps ? (service->due[0]->due_us - at_us) * 1000
                                   : 0;
        depart(service, due_pop(service));
    }
    return service->sleeps ? NEVER : 0;
}

static void loop(struct service *service)
{
    struct epoll_event events[EVENTS_MAX];

    while (!ended) {
        uint64_t wait_ns = send_due(service);
        struct timespec wait = {.tv_sec = (time_t)(wait_ns / 1000000000),
                                .tv_nsec = (long)(wait_ns % 1000000000)};
        int n = epoll_pwait2(service->poll, events, EVENTS_MAX,
                             wait_ns == NEVER ? NULL : &wait, NULL);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == service->listener)
                welcome(service);
            else if (service->peers[fd])
                hear(service, service->peers[fd]);
        }
    }
}

static int listen_on(struct service *service, const char *port_file)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    char made[4096];

    service->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    service->poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN,
                                .data.fd = service->listener};
    if (service->listener < 0 ||
        bind(service->listener, (struct sockaddr *)&at, len) != 0 ||
        listen(service->listener, PEERS_MAX) != 0 ||
        getsockname(service->listener, (struct sockaddr *)&at, &len) != 0 ||
        epoll_ctl(service->poll, EPOLL_CTL_ADD, service->listener, &event))
        return -1;
    snprintf(made, sizeof made, "%s.new", port_file);
    FILE *file = fopen(made, "w");
    if (!file)
        return -1;
    fprintf(file, "%d\n", ntohs(at.sin_port));
    return fclose(file) == 0 ? rename(made, port_file) : -1;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_signal};
    static struct service service;
    struct err err;

    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: bench-service PORT-FILE [LATENCY-MS "
                        "[JITTER-PERCENT]]\n");
        return 64;
    }
    service.latency_us =
        argc > 2 ? (uint64_t)(strtod(argv[2], NULL) * 1000) : 0;
    service.jitter = argc > 3 ? strtod(argv[3], NULL) / 100 : 0;
    service.random = now_us();
    service.sleeps = sysconf(_SC_NPROCESSORS_ONLN) < 2;
    sigaction(SIGTERM, &action, NULL);
    prctl(PR_SET_TIMERSLACK, 1000UL);
    if (hasher_init(&service.hasher, &err) != 0 ||
        listen_on(&service, argv[1]) != 0) {
        perror("bench-service");
        return 71;
    }
    loop(&service);
    printf("%llu %.1f\n", (unsigned long long)service.answered,
           service.answered
               ? (double)service.served_us / (double)service.answered
               : 0.0);
    hasher_release(&service.hasher);
    return 0;
}
