#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_FIRST   256
#define ASKING_CALLS 1    /* requests for states in flight at most */
#define ASKING_RATE  10.0 /* a second at most, and a tenth of --rate */

/* --- beginning and end ---------------------------------------------------- */

static int open_reader(struct live *live, struct live_market *market,
                       struct err *err)
{
    struct errs errs;
    int rc = manifest_share(&market->manifest, &live->run->input.manifest, err);

    if (rc != 0)
        return rc;
    market->opened = true;
    rc = select_init(&market->select, live->run->opt, err);
    errs_init(&errs);
    if (rc == 0)
        rc = select_prepare(&market->select, &market->manifest, &errs, err);
    if (rc == 0)
        rc = errs_result(&errs, err);
    market->reader = (struct run_reader){
        .manifest = &market->manifest,
        .select = &market->select,
        .market = market->address,
    };
    return rc;
}

static int open_readers(struct live *live, struct err *err)
{
    const struct survey *survey = &live->run->survey;
    int rc = 0;

    live->markets = calloc(survey->market_count + 1, sizeof *live->markets);
    if (!live->markets)
        return err_set(err, ERR_MEMORY, "out of memory for markets");
    for (size_t i = 0; rc == 0 && i < survey->market_count; i++) {
        struct live_market *market = &live->markets[live->market_count];
        /* A job that takes a changed one's place is counted as changed. */
        if (survey->markets[i].new_jobs == 0 && !live->run->replace)
            continue;
        memcpy(market->address, survey->markets[i].address,
               sizeof market->address);
        live->market_count++;
        rc = live->market_count > UINT16_MAX
                 ? err_set(err, ERR_LIMIT, "too many markets for --live")
                 : open_reader(live, market, err);
    }
    return rc;
}

/* The market's number, or market_count. */
static uint32_t find_market(const struct live *live, const char *text)
{
    uint8_t address[BASE58_ADDRESS_LEN];
    uint32_t i = 0;

    if (!text || !base58_address(text, strlen(text), address))
        return live->market_count;
    while (i < live->market_count &&
           memcmp(live->markets[i].address, address, sizeof address) != 0)
        i++;
    return i;
}

static int add_job(struct live *live, uint32_t number, uint32_t market,
                   struct err *err)
{
    if (live->job_count == live->job_cap) {
        uint32_t cap = live->job_cap > 0 ? live->job_cap * 2 : JOBS_FIRST;
        struct live_job *jobs = realloc(live->jobs, cap * sizeof *jobs);
        if (!jobs)
            return err_set(err, ERR_MEMORY,
                           "out of memory for %u unfinished jobs", cap);
        live->jobs = jobs;
        live->job_cap = cap;
    }
    live->jobs[live->job_count++] =
        (struct live_job){.number = number, .market = (uint16_t)market};
    live->markets[market].unfinished++;
    return 0;
}

static int add_earlier(void *arg, const struct ledger_row *row, struct err *err)
{
    struct live *live = arg;
    uint32_t market = find_market(live, row->market);

    if (!row->latest || row->state != LEDGER_POSTED || row->ended ||
        run_states_ended(row) || market == live->market_count)
        return 0;
    return add_job(live, row->number, market, err);
}

static int live_next(struct run *run, uint32_t slot, struct engine_task *task,
                     struct err *err);

static double asking_rate(const struct opt *opt)
{
    double share = (double)opt->rate / 10;

    return opt->rate > 0 && share < ASKING_RATE ? share : ASKING_RATE;
}

int live_init(struct live *live, struct run *run, struct err *err)
{
    *live = (struct live){.run = run,
                          .limit = (uint32_t)run->opt->live,
                          .interval_us = LIVE_INTERVAL_MIN_US,
                          .err = ERR_INIT};
    run->live = live;
    run->fresh = live_next;
    const struct run_states_options options = {
        .calls_max = ASKING_CALLS,
        .rate = asking_rate(run->opt),
        .brief = true,
        .arg = live,
        .told = live_told,
    };
    live->next_us =
        run->os->monotonic_us(run->os->context) + LIVE_INTERVAL_MIN_US;
    int rc = run_states_init(&live->states, run, &options, err);
    if (rc == 0)
        rc = open_readers(live, err);
    if (rc == 0)
        rc = ledger_rows(run->ledger, add_earlier, live, err);
    return rc;
}

void live_release(struct live *live)
{
    run_states_release(&live->states);
    for (uint32_t i = 0; i < live->market_count; i++) {
        if (!live->markets[i].opened)
            continue;
        select_release(&live->markets[i].select);
        manifest_release(&live->markets[i].manifest);
    }
    free(live->markets);
    free(live->jobs);
    live->markets = NULL;
    live->jobs = NULL;
    live->market_count = 0;
}

/* --- the source ----------------------------------------------------------- */

static bool is_full(const struct live *live, const struct live_market *market)
{
    return (uint64_t)market->in_slots + market->unfinished >= live->limit;
}

bool live_is_waiting(const struct live *live, const struct live_market *market)
{
    return !market->ended && is_full(live, market);
}

static void enter(struct live_market *market, struct run_slot *slot,
                  uint32_t number)
{
    slot->live_market = number + 1;
    market->in_slots++;
}

/* As `next` of engine: the markets with room by turns. */
static int live_next(struct run *run, uint32_t slot, struct engine_task *task,
                     struct err *err)
{
    struct live *live = run->live;
    int found = 0;

    for (uint32_t i = 0; i < live->market_count; i++) {
        uint32_t number = live->turn++ % live->market_count;
        struct live_market *market = &live->markets[number];
        if (market->ended)
            continue;
        bool full = is_full(live, market);
        int rc = full ? run_reader_peek(run, &market->reader, slot, err)
                      : run_reader_next(run, &market->reader, slot, task, err);
        if (rc == 1 && full) {
            found = ENGINE_NEXT_WAIT;
            continue;
        }
        if (rc == 1)
            enter(market, &run->slots[slot], number);
        if (rc != 0)
            return rc;
        market->ended = true;
    }
    return found;
}

void live_enter(struct live *live, struct run_slot *slot)
{
    uint32_t number = find_market(live, slot->intent.market);

    if (number < live->market_count)
        enter(&live->markets[number], slot, number);
}

void live_leave(struct live *live, struct run_slot *slot, bool posted)
{
    struct ledger_job job;
    struct err err = ERR_INIT;

    if (slot->live_market == 0)
        return;
    uint32_t number = slot->live_market - 1;
    slot->live_market = 0;
    live->markets[number].in_slots--;
    if (!posted)
        return;
    int rc = ledger_find_key(live->run->ledger, slot->intent.key, &job, &err);
    if (rc == 1)
        rc = add_job(live, job.number, number, &err);
    if (rc < 0 && live->err.code == 0)
        live->err = err;
}

const char *live_waits(struct live *live)
{
    for (uint32_t i = 0; i < live->market_count; i++) {
        const struct live_market *market = &live->markets[i];
        char address[BASE58_TEXT_MAX];
        if (!live_is_waiting(live, market))
            continue;
        base58_encode(market->address, sizeof market->address, address);
        snprintf(
            live->words, sizeof live->words,
            "waiting for one of %u jobs of %.70s to end",
            market->in_slots + market->unfinished,
            markets_label(&live->run->input.markets, market->address, address));
        return live->words;
    }
    return NULL;
}
