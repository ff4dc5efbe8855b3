#include "pace_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S_US     1000000.0
#define HEAP_MAX 8192
#define START_US 1000000ULL

enum kind {
    WAKE,   /* a client looks whether it may send */
    ARRIVE, /* a request at the service */
    DONE,   /* the service has finished it */
    ANSWER  /* its answer at the client */
};

struct pace_event {
    uint64_t at_us;
    uint64_t order; /* between events of one time */
    enum kind kind;
    uint32_t client;
    struct level_request request;
    int status; /* 200, 429 or 503 */
    int64_t retry_after_ms;
};

/* --- a heap of events, by time ---------------------------------------------
 */

static bool before(const struct pace_event *a, const struct pace_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void swap(struct pace_event *a, struct pace_event *b)
{
    struct pace_event kept = *a;

    *a = *b;
    *b = kept;
}

static void put(struct pace_world *world, struct pace_event event)
{
    static uint64_t order;
    struct pace_event *heap = world->heap;
    uint32_t i = world->heap_count++;

    if (i >= HEAP_MAX)
        abort();
    event.order = ++order;
    heap[i] = event;
    for (; i > 0 && before(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&heap[i], &heap[(i - 1) / 2]);
}

static struct pace_event take(struct pace_world *world)
{
    struct pace_event *heap = world->heap;
    struct pace_event first = heap[0];
    uint32_t i = 0;

    heap[0] = heap[--world->heap_count];
    for (;;) {
        uint32_t least = i;
        for (uint32_t k = 2 * i + 1; k <= 2 * i + 2; k++)
            if (k < world->heap_count && before(&heap[k], &heap[least]))
                least = k;
        if (least == i)
            return first;
        swap(&heap[i], &heap[least]);
        i = least;
    }
}

/* --- the limiters ----------------------------------------------------------
 */

static double seconds(const struct pace_world *world)
{
    return (double)(world->now_us - START_US) / S_US;
}

static double rate_now(const struct pace_world *world)
{
    const struct pace_service *s = &world->service;

    return s->later_s > 0 && seconds(world) >= s->later_s ? s->later_rate
                                                          : s->rate;
}

/* Each returns 0 where the request passes, or the seconds until one may. */
static double bucket_wait(struct pace_world *world)
{
    double rate = rate_now(world);

    world->tokens += (double)(world->now_us - world->tokens_us) / S_US * rate;
    world->tokens_us = world->now_us;
    if (world->tokens > world->service.burst)
        world->tokens = world->service.burst;
    if (world->tokens < 1 - 1e-9)
        return (1 - world->tokens) / rate;
    world->tokens -= 1;
    return 0;
}

static double fixed_wait(struct pace_world *world)
{
    double window_us = world->service.window_s * S_US;
    /* The clock's windows do not begin with the run. */
    double at = ((double)world->now_us + 0.37 * window_us) / window_us;

    if ((uint64_t)at != world->window) {
        world->window = (uint64_t)at;
        world->window_count = 0;
    }
    if ((double)world->window_count >=
        rate_now(world) * world->service.window_s)
        return (double)(world->window + 1) * world->service.window_s -
               at * world->service.window_s;
    world->window_count++;
    return 0;
}

static double sliding_wait(struct pace_world *world)
{
    uint64_t most = (uint64_t)(rate_now(world) * world->service.window_s + 0.5);
    uint64_t window_us = (uint64_t)(world->service.window_s * S_US);

    if (most > PACE_WORLD_WINDOW)
        abort();
    if (world->past_next >= most) {
        uint64_t at_us =
            world->past_us[(world->past_next - most) % PACE_WORLD_WINDOW];
        if (at_us + window_us > world->now_us)
            return (double)(at_us + window_us - world->now_us) / S_US;
    }
    world->past_us[world->past_next++ % PACE_WORLD_WINDOW] = world->now_us;
    return 0;
}

static double queue_wait(struct pace_world *world)
{
    double rate = rate_now(world);

    if (world->queue_free_us < world->now_us)
        world->queue_free_us = world->now_us;
    double waiting =
        (double)(world->queue_free_us - world->now_us) / S_US * rate;
    if (waiting > world->service.burst)
        return (waiting - world->service.burst) / rate;
    world->queue_free_us += (uint64_t)(S_US / rate);
    return 0;
}

static double limiter_wait(struct pace_world *world)
{
    switch (world->service.limiter) {
    case LIMITER_NONE:
        return 0;
    case LIMITER_BUCKET:
        return bucket_wait(world);
    case LIMITER_FIXED:
        return fixed_wait(world);
    case LIMITER_SLIDING:
        return sliding_wait(world);
    case LIMITER_QUEUE:
        return queue_wait(world);
    case LIMITER_CROWD:
        return world->under_way >= (uint32_t)world->service.burst ? 0.001 : 0;
    }
    return 0;
}

/* --- the service -----------------------------------------------------------
 */

static double chance(struct pace_world *world)
{
    return pace_chance(&world->random);
}

/* How long the service works on a request, in microseconds. */
static uint64_t work_us(struct pace_world *world)
{
    const struct pace_service *s = &world->service;
    double ms = s->latency_ms * (1 + s->jitter * (2 * chance(world) - 1));

    if (s->workers > 0)
        ms *= 1 + s->thrash * world->line_count;
    return (uint64_t)(ms * 1000) + 1;
}

static void start_work(struct pace_world *world, struct pace_event event)
{
    event.kind = DONE;
    event.at_us = world->now_us + work_us(world);
    if (world->service.limiter == LIMITER_QUEUE)
        event.at_us += world->queue_free_us - world->now_us;
    world->busy++;
    put(world, event);
}

static int64_t asked_ms(const struct pace_world *world, double wait_s)
{
    switch (world->service.asks) {
    case ASKS_NOTHING:
        return -1;
    case ASKS_SECONDS:
        return ((int64_t)wait_s + 1) * 1000;
    case ASKS_MILLI:
        return (int64_t)(wait_s * 1000) + 1;
    }
    return -1;
}

static void arrive(struct pace_world *world, struct pace_event event)
{
    const struct pace_service *s = &world->service;
    double now_s = seconds(world);

    event.status = now_s >= s->outage_s && now_s < s->outage_end_s ? 503 : 200;
    event.retry_after_ms = -1;
    double wait_s = event.status == 200 ? limiter_wait(world) : 0;
    if (wait_s > 0) {
        event.status = 429;
        event.retry_after_ms = asked_ms(world, wait_s);
    }
    if (event.status != 200) {
        event.kind = ANSWER;
        event.at_us = world->now_us + (uint64_t)(s->refusal_ms * 1000) + 1;
        put(world, event);
        return;
    }
    world->under_way++;
    if (s->workers > 0 && world->busy >= s->workers)
        world->line[(world->line_head + world->line_count++) % HEAP_MAX] =
            event;
    else
        start_work(world, event);
}

static void done(struct pace_world *world, struct pace_event event)
{
    world->busy--;
    world->under_way--;
    if (world->line_count > 0) {
        struct pace_event next = world->line[world->line_head];
        world->line_head = (world->line_head + 1) % HEAP_MAX;
        world->line_count--;
        start_work(world, next);
    }
    event.kind = ANSWER;
    event.at_us = world->now_us;
    put(world, event);
}

/* --- the clients -----------------------------------------------------------
 */

static void plan_wake(struct pace_world *world, uint32_t i)
{
    struct pace_client *client = &world->clients[i];
    uint64_t at_us = pace_next_us(&client->pace, 0, world->now_us);

    if (at_us == PACE_NEVER || client->wake_us == at_us)
        return;
    client->wake_us = at_us;
    put(world, (struct pace_event){.at_us = at_us, .kind = WAKE, .client = i});
}

static void send_all(struct pace_world *world, uint32_t i)
{
    struct pace_client *client = &world->clients[i];
    struct pace_event event = {.kind = ARRIVE, .client = i};

    while (pace_may_send(&client->pace, 0, world->now_us)) {
        pace_sent(&client->pace, 0, &event.request, world->now_us);
        if (world->now_us < client->asked_until_us)
            client->too_early++;
        if (client->pace.in_flight > client->in_flight_most)
            client->in_flight_most = client->pace.in_flight;
        event.at_us = world->now_us;
        put(world, event);
    }
    plan_wake(world, i);
}

static void answer(struct pace_world *world, const struct pace_event *event)
{
    struct pace_client *client = &world->clients[event->client];
    uint64_t bin = (world->now_us - START_US) / world->bin_us;
    uint64_t until_us = world->now_us + (uint64_t)event->retry_after_ms * 1000;
    struct pace_bin none = {0};
    struct pace_bin *count = bin < PACE_WORLD_BINS ? &client->bins[bin] : &none;

    if (event->status == 200) {
        count->good++;
        pace_good(&client->pace, 0, &event->request, world->now_us);
    } else if (event->status == 429) {
        count->refused++;
        if (event->retry_after_ms >= 0 && until_us > client->asked_until_us)
            client->asked_until_us = until_us;
        pace_refused(&client->pace, 0, &event->request, world->now_us,
                     event->retry_after_ms);
    } else {
        count->failed++;
        pace_failed(&client->pace, 0, world->now_us, -1);
    }
    send_all(world, event->client);
}

void pace_world_run(struct pace_world *world, double until_s)
{
    uint64_t until_us = START_US + (uint64_t)(until_s * S_US);

    while (world->heap_count > 0 && world->heap[0].at_us <= until_us) {
        struct pace_event event = take(world);
        world->now_us = event.at_us;
        switch (event.kind) {
        case WAKE:
            if (world->clients[event.client].wake_us == event.at_us)
                send_all(world, event.client);
            break;
        case ARRIVE:
            arrive(world, event);
            break;
        case DONE:
            done(world, event);
            break;
        case ANSWER:
            answer(world, &event);
            break;
        }
    }
}

void pace_world_init(struct pace_world *world,
                     const struct pace_service *service, uint64_t seed,
                     double bin_s)
{
    memset(world, 0, sizeof *world);
    world->service = *service;
    world->random = seed * 2654435761U + 1;
    world->now_us = START_US;
    world->tokens_us = START_US;
    world->tokens = service->burst;
    world->bin_us = (uint64_t)(bin_s * S_US);
    world->heap = calloc(HEAP_MAX, sizeof *world->heap);
    world->line = calloc(HEAP_MAX, sizeof *world->line);
    if (!world->heap || !world->line)
        abort();
}

void pace_world_release(struct pace_world *world)
{
    free(world->heap);
    free(world->line);
}

void pace_world_join(struct pace_world *world, double start_s,
                     uint32_t connections, double rate)
{
    uint32_t i = world->client_count++;
    uint64_t at_us = START_US + (uint64_t)(start_s * S_US);

    pace_init(&world->clients[i].pace, connections, rate, at_us);
    world->clients[i].wake_us = at_us;
    put(world, (struct pace_event){.at_us = at_us, .kind = WAKE, .client = i});
}

struct pace_stretch pace_world_look(const struct pace_world *world,
                                    uint32_t client, double from_s, double to_s)
{
    const struct pace_bin *bins = world->clients[client].bins;
    double bin_s = (double)world->bin_us / S_US;
    unsigned from = (unsigned)(from_s / bin_s), to = (unsigned)(to_s / bin_s);
    double good = 0, refused = 0, all = 0, least = 1e18, most = 0;
    struct pace_stretch stretch = {0, 0, 0, 0};

    for (unsigned i = from; i < to; i++) {
        good += bins[i].good;
        refused += bins[i].refused;
        all += bins[i].good + bins[i].refused + bins[i].failed;
        least = bins[i].good < least ? bins[i].good : least;
        most = bins[i].good > most ? bins[i].good : most;
    }
    stretch.rate = good / ((to - from) * bin_s);
    stretch.refused_share = all > 0 ? refused / all : 0;
    stretch.least = good > 0 ? least * (to - from) / good : 0;
    stretch.most = good > 0 ? most * (to - from) / good : 0;
    return stretch;
}
