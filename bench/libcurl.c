/*
 * bench-libcurl BASE JOBS IN-FLIGHT: the least that posting with libcurl's
 * multi interface takes. Two requests a job, the pin and the post, each time
 * with the same bodies (PIN_BODY and POST_BODY of the environment); handles,
 * connections and their registrations with epoll are kept, and only the
 * transfers are touched whose sockets say something. No CID, no look at
 * replies, no ledger, no timeouts, and no care for what libcurl sends again
 * by itself.
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX  32
#define SOCKETS_MAX 8192 /* descriptors are below that */
#define NEVER_US    UINT64_MAX

struct slot {
    CURL *pin;
    CURL *post;
};

struct loop {
    CURLM *multi;
    int poll_fd;
    uint64_t timer_us;
    uint32_t wanted[SOCKETS_MAX];  /* what libcurl waits for; 0: nothing */
    uint32_t watched[SOCKETS_MAX]; /* what epoll was told */
    long jobs;                     /* still to be begun */
    long under_way;
};

static uint64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* --- what libcurl asks for ------------------------------------------------ */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                     void *mine)
{
    struct loop *loop = arg;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    struct epoll_event event = {.events = events, .data.fd = fd};

    (void)easy, (void)mine;
    loop->wanted[fd] = what == CURL_POLL_REMOVE ? 0 : events;
    if (loop->wanted[fd] == 0 || loop->watched[fd] == events)
        return 0;
    epoll_ctl(loop->poll_fd, loop->watched[fd] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
              fd, &event);
    loop->watched[fd] = events;
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    struct loop *loop = arg;

    (void)multi;
    loop->timer_us = ms < 0 ? NEVER_US : now_us() + (uint64_t)ms * 1000;
    return 0;
}

static int close_socket(void *arg, curl_socket_t fd)
{
    struct loop *loop = arg;

    loop->wanted[fd] = loop->watched[fd] = 0;
    return close(fd);
}

static size_t ignore(char *data, size_t size, size_t count, void *arg)
{
    (void)data, (void)arg;
    return size * count;
}

/* --- requests ------------------------------------------------------------- */

static struct curl_slist *headers(const char *secret)
{
    char line[256];
    struct curl_slist *list;

    snprintf(line, sizeof line, "Authorization: Bearer %s", secret);
    list = curl_slist_append(NULL, line);
    list = curl_slist_append(list, "Content-Type: application/json");
    return curl_slist_append(list, "Expect:");
}

static CURL *handle(struct loop *loop, const char *base, const char *path,
                    const char *body, struct curl_slist *list,
                    struct slot *slot)
{
    CURL *easy = curl_easy_init();
    CURLU *url = curl_url();
    char text[1024];

    if (!easy || !url)
        exit(1);
    snprintf(text, sizeof text, "%s%s", base, path);
    curl_url_set(url, CURLUPART_URL, text, 0);
    curl_easy_setopt(easy, CURLOPT_CURLU, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, loop);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    return easy;
}

/* The handle that a slot's request is followed by; NULL: none. */
static CURL *next(struct loop *loop, const struct slot *slot, const CURL *ended)
{
    if (ended == slot->pin)
        return slot->post;
    return loop->jobs-- > 0 ? slot->pin : NULL;
}

/* Takes what has ended, and begins what follows it. */
static void collect(struct loop *loop)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(loop->multi, &left))) {
        CURL *easy = message->easy_handle;
        struct slot *slot = NULL;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (message->data.result != CURLE_OK || status / 100 != 2) {
            fprintf(stderr, "a request failed: %d, HTTP %ld\n",
                    (int)message->data.result, status);
            exit(1);
        }
        curl_multi_remove_handle(loop->multi, easy);
        easy = next(loop, slot, easy);
        if (easy)
            curl_multi_add_handle(loop->multi, easy);
        else
            loop->under_way--;
    }
}

/* --- the loop ------------------------------------------------------------- */

static int wait_ms(const struct loop *loop)
{
    uint64_t at_us = now_us();

    if (loop->timer_us == NEVER_US)
        return 1000;
    return loop->timer_us <= at_us
               ? 0
               : (int)((loop->timer_us - at_us + 999) / 1000);
}

static void turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(loop->poll_fd, events, EVENTS_MAX, wait_ms(loop));
    int running;

    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        int mask =
            (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
            (events[i].events & ~(uint32_t)EPOLLOUT ? CURL_CSELECT_IN : 0);
        if (loop->wanted[fd] != 0)
            curl_multi_socket_action(loop->multi, fd, mask, &running);
    }
    collect(loop);
    if (loop->timer_us <= now_us()) {
        loop->timer_us = NEVER_US;
        curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        collect(loop);
    }
}

int main(int argc, char **argv)
{
    const char *pin = getenv("PIN_BODY");
    const char *post = getenv("POST_BODY");
    static struct loop loop;

    if (argc != 4 || !pin || !post)
        return 64;
    long flight = atol(argv[3]);
    struct slot *slots = calloc((size_t)flight, sizeof *slots);
    loop.multi = curl_multi_init();
    loop.poll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop.timer_us = NEVER_US;
    loop.jobs = atol(argv[2]);
    if (!slots || !loop.multi || loop.poll_fd < 0) {
        free(slots);
        return 1;
    }
    curl_multi_setopt(loop.multi, CURLMOPT_MAXCONNECTS, flight);
    curl_multi_setopt(loop.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(loop.multi, CURLMOPT_SOCKETDATA, &loop);
    curl_multi_setopt(loop.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(loop.multi, CURLMOPT_TIMERDATA, &loop);
    struct curl_slist *pinning = headers("practice.token.pinata");
    struct curl_slist *posting = headers("nos_practice");
    for (; loop.under_way < flight && loop.jobs > 0; loop.jobs--) {
        struct slot *slot = &slots[loop.under_way++];
        slot->pin = handle(&loop, argv[1], "/pinning/pinJSONToIPFS", pin,
                           pinning, slot);
        slot->post =
            handle(&loop, argv[1], "/api/jobs/list", post, posting, slot);
        curl_multi_add_handle(loop.multi, slot->pin);
    }
    while (loop.under_way > 0)
        turn(&loop);
    free(slots);
    return 0;
}
