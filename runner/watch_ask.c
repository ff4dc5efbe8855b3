#include "watch_ask.h"

#include <string.h>

#include "signals.h"

static void on_report(void *arg, uint64_t tag, enum poll_outcome outcome,
                      const struct jobinfo *info)
{
    struct watch_ask *ask = arg;
    struct watched *job = &ask->watch->jobs[tag];

    ask->answered++;
    if (outcome == POLL_FOUND) {
        watch_take(job, info);
        ask->ended += watch_is_live(job) ? 0 : 1;
    } else if (outcome == POLL_NOT_FOUND) {
        job->missing = true;
        ask->missing++;
    } else {
        ask->no_answer++;
    }
}

static double chance(void *arg)
{
    struct watch_ask *ask = arg;

    return pace_chance(&ask->random);
}

static uint64_t now(const struct watch_ask *ask)
{
    return ask->os->monotonic_us(ask->os->context);
}

int watch_ask_open(struct watch_ask *ask, struct watch *watch,
                   struct online *online, const struct opt *opt,
                   struct err *err)
{
    uint32_t connections = online->http.options.connections_max;

    *ask =
        (struct watch_ask){.watch = watch, .online = online, .os = watch->os};
    ask->random = now(ask);
    struct poll_options options = {
        .service = &online->service,
        .http = &online->http,
        .calls_max =
            connections < WATCH_ASK_CALLS ? connections : WATCH_ASK_CALLS,
        .rate = opt->rate > 0 ? (double)opt->rate : 0,
        .give_up_us = (uint64_t)opt->give_up_ms * 1000,
        .os = watch->os,
        .results = true,
        .arg = ask,
        .report = on_report,
        .chance = chance,
    };
    return poll_init(&ask->poll, &options, now(ask), err);
}

void watch_ask_close(struct watch_ask *ask)
{
    poll_release(&ask->poll);
}

static int add_live(struct watch_ask *ask, struct err *err)
{
    const struct watch *watch = ask->watch;
    int rc = 0;

    ask->asked = ask->answered = 0;
    ask->missing = ask->no_answer = ask->ended = 0;
    for (size_t i = 0; rc == 0 && i < watch->count; i++) {
        if (!watch->jobs[i].picked || !watch_is_live(&watch->jobs[i]))
            continue;
        rc = poll_add(&ask->poll, i, watch->jobs[i].address, err);
        ask->asked++;
    }
    return rc;
}

int watch_ask_round(struct watch_ask *ask,
                    void (*tick)(void *arg, uint64_t now_us), void *arg,
                    uint64_t tick_us, struct err *err)
{
    struct http *http = &ask->online->http;
    struct http_call *call;
    struct reply reply;
    int rc = add_live(ask, err);

    while (rc == 0 && signals_caught() == 0) {
        uint64_t next_us = PACE_NEVER;
        while ((call = http_next_done(http, &reply)) != NULL)
            poll_take(&ask->poll, call, &reply, now(ask));
        poll_step(&ask->poll, now(ask), &next_us);
        uint64_t now_us = now(ask);
        if (tick)
            tick(arg, now_us);
        if (poll_idle(&ask->poll))
            break;
        if (tick_us > 0 && next_us > now_us + tick_us)
            next_us = now_us + tick_us;
        http_wait(http, now_us, next_us);
    }
    const struct err *failure = poll_failure(&ask->poll);
    if (rc == 0 && failure) {
        *err = *failure;
        rc = err->code;
    }
    return rc;
}
