#include "listing.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "pace.h"
#include "say.h"
#include "signals.h"
#include "text.h"

#define PATH_BYTES 256
#define SAID_US    5000000ULL /* what takes longer is announced */

/* As the published query parameter spells them, in a job's order. */
static const char *const state_words[JOBINFO_STATES] = {"QUEUED", "RUNNING",
                                                        "COMPLETED", "STOPPED"};

/* One list that is being read. */
struct list {
    const char *project, *market;
    int64_t since_s;
    int state;
    uint64_t offset;
    uint64_t total;
    uint8_t last[BASE58_ADDRESS_LEN]; /* of the page before */
    bool moved; /* something may have slipped from page to page */
    bool past;  /* what follows started too early */
    bool announced;
    int (*on_job)(void *arg, const struct jobinfo *info, struct err *err);
    void *arg;
};

static uint64_t now(const struct listing *listing)
{
    return listing->os->monotonic_us(listing->os->context);
}

int listing_open(struct listing *listing, struct online *online,
                 const struct os *os, uint64_t give_up_us, bool quiet,
                 struct err *err)
{
    memset(listing, 0, sizeof *listing);
    listing->online = online;
    listing->os = os;
    listing->give_up_us = give_up_us;
    listing->quiet = quiet;
    listing->random = now(listing);
    json_init(&listing->doc);
    listing->call = http_call_new(&online->http, err);
    return listing->call ? 0 : err->code;
}

void listing_close(struct listing *listing)
{
    http_call_free(listing->call);
    listing->call = NULL;
    json_release(&listing->doc);
}

bool listing_is_whole(const struct listing *listing)
{
    return !listing->no_route && !listing->unsteady && !listing->interrupted;
}

/* --- one request ---------------------------------------------------------- */

/* False where a signal came first. */
static bool rest_until(struct listing *listing, uint64_t until_us)
{
    uint64_t at_us = now(listing);

    for (; at_us < until_us; at_us = now(listing)) {
        if (signals_caught() != 0)
            return false;
        http_wait(&listing->online->http, at_us, until_us);
    }
    return signals_caught() == 0;
}

/* Makes the request and waits for its end; false where a signal came. */
static bool fetch(struct listing *listing, struct reply *reply)
{
    struct http *http = &listing->online->http;

    if (!rest_until(listing,
                    listing_pace_next_us(&listing->pace, now(listing))))
        return false;
    http_call_start(listing->call, NULL, 0, false);
    listing->calls++;
    while (http_next_done(http, reply) != listing->call) {
        if (signals_caught() != 0)
            return false;
        http_wait(http, now(listing), UINT64_MAX);
    }
    listing_pace_note(&listing->pace, now(listing));
    return true;
}

/* Whether a failed request may be tried again, after what pause. */
static int judge(struct listing *listing, const struct reply *reply,
                 uint32_t tries, uint64_t bad_us, uint64_t *pause_us,
                 struct err *err)
{
    struct answer answer;
    double chance = pace_chance(&listing->random);

    answer_post(&answer, reply, &listing->doc);
    if (answer.kind == ANSWER_DENIED)
        return err_set(err, ERR_ACCESS, ANSWER_KEY_REFUSED, answer.message);
    *pause_us = pace_backoff_us(tries, chance);
    if (answer.kind == ANSWER_RATE && answer.retry_after_ms >= 0)
        *pause_us = (uint64_t)answer.retry_after_ms * 1000;
    if (answer.kind == ANSWER_REFUSED || bad_us >= listing->give_up_us ||
        *pause_us > listing->give_up_us)
        return err_set(err, ERR_SERVICE, "cannot list the account's jobs: %s",
                       answer.message);
    return 0;
}

static bool is_page(struct listing *listing, const struct reply *reply,
                    uint32_t *list)
{
    struct err ignored;

    return reply->kind == REPLY_WHOLE && reply->status / 100 == 2 &&
           json_parse(&listing->doc, reply->body, reply->len, &ignored) == 0 &&
           jobinfo_list(&listing->doc, list);
}

/* The call's answer, in listing->doc: 1, 0 where it ends early, negative. */
static int ask(struct listing *listing, uint32_t *list, struct err *err)
{
    const struct os *os = listing->os;
    uint64_t start_us = now(listing);
    uint64_t start_slept_us = os->slept_us(os->context);
    uint64_t pause_us = 0;
    struct reply reply;

    for (uint32_t tries = 1;; tries++) {
        if (!fetch(listing, &reply)) {
            listing->interrupted = true;
            return 0;
        }
        if (is_page(listing, &reply, list))
            return 1;
        if (reply.kind == REPLY_WHOLE &&
            (reply.status == 404 || reply.status == 405)) {
            listing->no_route = true;
            return 0;
        }
        uint64_t bad_us = os_awake_us(start_us, start_slept_us, now(listing),
                                      os->slept_us(os->context));
        int rc = judge(listing, &reply, tries, bad_us, &pause_us, err);
        if (rc != 0)
            return rc;
        if (!rest_until(listing, now(listing) + pause_us)) {
            listing->interrupted = true;
            return 0;
        }
    }
}

/* --- one list ------------------------------------------------------------- */

/*
 * Jobs without a start are in no published order: their pages overlap by one,
 * to see whether they have shifted.
 */
static unsigned overlap(const struct list *list)
{
    return list->state == JOBINFO_QUEUED && list->offset > 0;
}

/* "totalJobs"; where there is none, a full page means that more may come. */
static uint64_t read_total(const struct listing *listing,
                           const struct list *list, uint32_t size)
{
    const struct json *doc = &listing->doc;
    uint32_t at =
        doc->nodes[0].type == JSON_OBJECT ? json_get(doc, 0, "totalJobs") : 0;
    int64_t total;

    if (at != 0 && doc->nodes[at].type == JSON_NUMBER &&
        json_int(doc, at, 0, INT32_MAX, &total))
        return (uint64_t)total;
    return list->offset - overlap(list) + size + (size >= LISTING_PAGE ? 1 : 0);
}

static int take_page(struct listing *listing, struct list *list, uint32_t node,
                     struct err *err)
{
    const struct json *doc = &listing->doc;
    bool by_start =
        list->state == JOBINFO_RUNNING || list->state == JOBINFO_COMPLETED;
    uint32_t at = json_first(node);
    struct jobinfo info;
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < doc->nodes[node].size; i++) {
        if (jobinfo_read(&info, doc, at, NULL)) {
            if (i == 0 && overlap(list) > 0 &&
                memcmp(info.bytes, list->last, sizeof list->last) != 0)
                list->moved = true;
            memcpy(list->last, info.bytes, sizeof list->last);
            listing->jobs++;
            rc = list->on_job(list->arg, &info, err);
            if (by_start && info.start_s > 0 && info.start_s < list->since_s)
                list->past = true;
        } else {
            /* Whose job it is cannot be told. */
            listing->unsteady = true;
        }
        at = json_next(doc, at);
    }
    return rc;
}

static void announce(struct listing *listing, struct list *list, uint32_t size)
{
    uint64_t left = list->total > list->offset ? list->total - list->offset : 0;
    uint64_t calls = size > 0 ? (left + size - 1) / size : 0;
    uint64_t us = listing_pace_for_us(&listing->pace, calls, now(listing));
    char jobs[TEXT_HUMAN_MAX];
    char time[TEXT_HUMAN_MAX];

    if (list->announced || us < SAID_US)
        return;
    list->announced = true;
    say_info(listing->quiet,
             "looking through %s %s jobs of the account takes up to %s: the "
             "service allows 20 such requests in 30 s, 500 an hour",
             text_count(list->total, jobs), jobinfo_state_name(list->state),
             text_duration(us / 1000, time));
}

/* One page: 1 where another follows, 0 at the end, negative. */
static int read_page(struct listing *listing, struct list *list,
                     struct err *err)
{
    char path[PATH_BYTES];
    uint32_t node = 0;
    unsigned again = overlap(list);

    snprintf(path, sizeof path,
             "/jobs?poster=%s&market=%s&state=%s&limit=%d&offset=%llu",
             list->project, list->market, state_words[list->state],
             LISTING_PAGE, (unsigned long long)(list->offset - again));
    int rc =
        service_set_get(&listing->online->service, listing->call, path, err);
    if (rc == 0)
        rc = ask(listing, &node, err);
    if (rc <= 0)
        return rc;
    uint32_t size = listing->doc.nodes[node].size;
    uint64_t total = read_total(listing, list, size);
    list->moved = list->moved || total < list->total;
    list->total = total;
    rc = take_page(listing, list, node, err);
    list->offset += size > again ? size - again : 0;
    if (rc != 0)
        return rc;
    if (size <= again && !list->moved && list->offset < list->total)
        listing->unsteady = true;
    if (size <= again || list->past || list->moved ||
        list->offset >= list->total)
        return 0;
    announce(listing, list, size);
    return 1;
}

static int read_list(struct listing *listing, struct list *list,
                     struct err *err)
{
    for (int reads = 0; reads < LISTING_READS_MAX; reads++) {
        int rc = 1;
        list->offset = list->total = 0;
        list->moved = list->past = false;
        for (int page = 0; rc == 1 && page < LISTING_PAGES_MAX; page++)
            rc = read_page(listing, list, err);
        if (rc == 1)
            return err_set(err, ERR_SERVICE,
                           "the service's list of jobs has no end");
        if (rc < 0 || !list->moved || !listing_is_whole(listing))
            return rc;
    }
    listing->unsteady = true;
    return 0;
}

int listing_read(struct listing *listing, const char *project,
                 const char *market, int64_t since_s,
                 int (*on_job)(void *arg, const struct jobinfo *info,
                               struct err *err),
                 void *arg, struct err *err)
{
    int rc = 0;

    for (int state = 0;
         rc == 0 && state < JOBINFO_STATES && listing_is_whole(listing);
         state++) {
        struct list list = {.project = project,
                            .market = market,
                            .since_s = since_s,
                            .state = state,
                            .on_job = on_job,
                            .arg = arg};
        rc = read_list(listing, &list, err);
    }
    return rc;
}
