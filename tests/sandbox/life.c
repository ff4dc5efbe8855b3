#include "life.h"

#include <stdlib.h>
#include <string.h>

#include "../../templates/money.h"
#include "dice.h"

void life_init(struct life *life, const struct options *options,
               struct jobs *jobs, struct markets *markets,
               struct accounts *accounts)
{
    memset(life, 0, sizeof *life);
    life->options = options;
    life->jobs = jobs;
    life->markets = markets;
    life->accounts = accounts;
}

void life_release(struct life *life)
{
    free(life->heap);
    life->heap = NULL;
    life->count = life->cap = 0;
}

void life_clear(struct life *life)
{
    life->count = 0;
}

static bool earlier(const struct life_event *a, const struct life_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->job < b->job;
}

static bool push(struct life *life, int64_t at_ms, uint32_t job)
{
    struct life_event event = {at_ms, job};
    struct life_event *heap =
        table_room(life->heap, &life->cap, life->count, sizeof *heap);

    if (!heap)
        return false;
    life->heap = heap;
    uint32_t at = life->count++;
    while (at > 0 && earlier(&event, &life->heap[(at - 1) / 2])) {
        life->heap[at] = life->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    life->heap[at] = event;
    return true;
}

static struct life_event pop(struct life *life)
{
    struct life_event first = life->heap[0];
    struct life_event last = life->heap[--life->count];
    uint32_t at = 0;

    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child >= life->count)
            break;
        if (child + 1 < life->count &&
            earlier(&life->heap[child + 1], &life->heap[child]))
            child++;
        if (!earlier(&life->heap[child], &last))
            break;
        life->heap[at] = life->heap[child];
        at = child;
    }
    life->heap[at] = last;
    return first;
}

static struct market *market_of(struct life *life, const struct job *job)
{
    return &life->markets->items[job->market];
}

/* Of the run time, some percent longer or shorter. */
static int64_t draw_run_ms(const struct options *options, uint64_t serial)
{
    double unit =
        dice_unit((uint64_t)options->seed, DICE_RUN_TIME, serial) * 2 - 1;
    double factor = 1 + unit * (double)options->spread_pct / 100;

    return (int64_t)((double)options->run_ms * factor);
}

bool life_begin(struct life *life, uint32_t number, int64_t now_ms)
{
    struct job *job = &life->jobs->items[number];
    const struct options *options = life->options;

    if (!push(life, now_ms + options->queue_ms, number))
        return false;
    job->state = JOBS_QUEUED;
    job->listed_ms = now_ms;
    job->run_ms = draw_run_ms(options, job->serial);
    job->failed = dice_unit((uint64_t)options->seed, DICE_SUCCESS,
                            job->serial) >= options->success_unit;
    market_of(life, job)->queued++;
    return true;
}

static int64_t planned_end(const struct job *job)
{
    int64_t limit_ms = job->timeout_s * 1000;

    return job->start_ms + (job->run_ms < limit_ms ? job->run_ms : limit_ms);
}

static void start(struct life *life, uint32_t number, int64_t at_ms)
{
    struct job *job = &life->jobs->items[number];
    struct market *market = market_of(life, job);

    market->queued--;
    market->running++;
    job->state = JOBS_RUNNING;
    job->start_ms = at_ms;
    job->end_ms = planned_end(job);
    /* Its first event has just left the heap, so there is room. */
    push(life, job->end_ms, number);
}

static bool node_free(const struct life *life, const struct market *market)
{
    return life->options->nodes == 0 || market->running < life->options->nodes;
}

/* A node became free: the first waiting job that was not stopped starts. */
static void fill_node(struct life *life, struct market *market, int64_t at_ms)
{
    uint32_t number;

    while (node_free(life, market) && markets_next(market, &number))
        if (life->jobs->items[number].state == JOBS_QUEUED)
            start(life, number, at_ms);
}

int64_t life_cost(const struct life *life, const struct job *job)
{
    const struct market *market = &life->markets->items[job->market];
    /* In whole seconds, as the times that the API shows. */
    int64_t seconds = job->end_ms / 1000 - job->start_ms / 1000;
    int64_t nano = 0;

    if (job->start_ms == 0 || seconds <= 0)
        return 0;
    if (seconds > job->timeout_s)
        seconds = job->timeout_s;
    if (!money_for_time(market->hourly_nano, (uint64_t)seconds, &nano) ||
        nano > job->reserved_nano)
        return job->reserved_nano;
    return nano;
}

static void end(struct life *life, uint32_t number, enum jobs_state state,
                int64_t at_ms)
{
    struct job *job = &life->jobs->items[number];
    struct market *market = market_of(life, job);
    bool ran = job->state == JOBS_RUNNING;

    if (ran)
        market->running--;
    else
        market->queued--;
    job->state = state;
    job->end_ms = at_ms;
    job->spent_nano = life_cost(life, job);
    accounts_settle(&life->accounts->items[job->account], job->reserved_nano,
                    job->spent_nano);
    job->reserved_nano = 0;
    if (ran)
        fill_node(life, market, at_ms);
}

static void happen(struct life *life, const struct life_event *event)
{
    struct job *job = &life->jobs->items[event->job];
    struct market *market = market_of(life, job);

    /* Events of jobs that were stopped or extended meanwhile are void. */
    if (job->state == JOBS_RUNNING && event->at_ms == job->end_ms)
        end(life, event->job, JOBS_COMPLETED, event->at_ms);
    else if (job->state == JOBS_QUEUED && node_free(life, market))
        start(life, event->job, event->at_ms);
    else if (job->state == JOBS_QUEUED)
        markets_wait(market, event->job);
}

void life_advance(struct life *life, int64_t now_ms)
{
    while (life->count > 0 && life->heap[0].at_ms <= now_ms) {
        struct life_event event = pop(life);
        happen(life, &event);
    }
}

void life_stop(struct life *life, uint32_t job, int64_t now_ms)
{
    end(life, job, JOBS_STOPPED, now_ms);
}

bool life_extend(struct life *life, uint32_t number, int64_t seconds)
{
    struct job *job = &life->jobs->items[number];

    job->timeout_s += seconds;
    if (job->state != JOBS_RUNNING)
        return true;
    int64_t end_ms = planned_end(job);
    if (end_ms != job->end_ms && !push(life, end_ms, number)) {
        job->timeout_s -= seconds;
        return false;
    }
    job->end_ms = end_ms;
    return true;
}

void life_finish(struct life *life, uint32_t number, bool failed,
                 int64_t now_ms)
{
    struct job *job = &life->jobs->items[number];

    if (job->state == JOBS_QUEUED) {
        market_of(life, job)->queued--;
        market_of(life, job)->running++;
        job->state = JOBS_RUNNING;
        job->start_ms = now_ms;
    }
    job->failed = failed;
    end(life, number, JOBS_COMPLETED, now_ms);
}
