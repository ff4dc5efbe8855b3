/*
 * level_rate: which rate a service takes.
 *
 * Between two refusals a limiter was empty twice, however much it takes at
 * once: what it took meanwhile, over the time, is what it takes a second.
 * Three states follow from that:
 *
 * unlimited  until the first refusal; then the rate at which requests went
 *            out of late is where the search begins.
 * searching  refused before enough was taken to tell. Each refusal lowers
 *            the rate to just below (taken + 1) / time, so that where nothing
 *            is taken, the waits double. A request that is taken doubles the
 *            rate, or where the top is known, goes back to just below it.
 * probing    from CUT of the top a cubic in time: soon just below the top,
 *            long there, then ever faster above it, so that a limit that was
 *            lifted is found. A refusal gives the new top, and three times
 *            as long a period where it came where it was expected.
 *
 * The period bounds what probing costs: it grows to 10 s or more, to so many
 * requests that the refusals of one probe are 1 in 400, and to 40 times a
 * silence that the service asks for. It is never shorter than the service
 * was silent of late, which is what its window may be.
 */
#include <math.h>

#include "level_impl.h"

#define CUT             0.9
#define GAIN            0.06 /* one period past the top, by so much over it */
#define GAIN_UNSURE     0.15
#define TOO_SOON        0.94
#define RATE_LEAST      (1 / 60.0)
#define BURST_S         0.05  /* so late a loop may be without loss */
#define RAISE_US        20000 /* at least between two steps of a search */
#define PERIOD_LEAST_US LEVEL_SECOND_US
#define PERIOD_MOST_US  (10 * LEVEL_SECOND_US)
#define PERIOD_WAITS    4   /* for an answer */
#define PERIOD_STARTS   3   /* of requests, at the rate */
#define PERIOD_PROBE    400 /* requests for each that is refused */
#define PERIOD_SILENCES 40
#define FAILED_ROW      8
#define PROMPT_US       (1.2 * LEVEL_SECOND_US)

static double max(double a, double b)
{
    return a > b ? a : b;
}

static double min(double a, double b)
{
    return a < b ? a : b;
}

static void set_rate(struct level_rate *rate, double value, uint64_t now_us)
{
    rate->rate = max(value, RATE_LEAST);
    bucket_change(&rate->bucket, rate->rate, 1 + rate->rate * BURST_S, now_us);
}

static void set_anchor(struct level *level, const struct level_request *request)
{
    level->rate.anchor_us = request->sent_us;
    level->rate.anchor_number = request->number;
    level->rate.anchor_refused = level->refused;
}

void level_rate_sent(struct level *level, uint64_t now_us)
{
    struct level_rate *rate = &level->rate;
    /* Where fewer go out than may, or none, nothing is found out. */
    double most_us = 2 * LEVEL_SECOND_US / rate->rate + 20000;

    /* Nor where nothing is taken because the service is away. */
    if (!rate->searching && level->failed_row < FAILED_ROW) {
        rate->grown_us += min((double)(now_us - level->sent_us), most_us);
        double x = rate->grown_us / rate->period_us - 1;
        double gain = x < 0 ? 1 - CUT : rate->sure ? GAIN : GAIN_UNSURE;
        set_rate(rate, rate->top * (1 + gain * x * x * x), now_us);
    }
    bucket_take(&rate->bucket);
}

/* Back to just below the top. */
static void probe(struct level_rate *rate, uint64_t now_us)
{
    rate->searching = false;
    rate->grown_us = 0;
    set_rate(rate, CUT * rate->top, now_us);
}

void level_rate_good(struct level *level, const struct level_request *request,
                     uint64_t now_us)
{
    struct level_rate *rate = &level->rate;

    if (!rate->searching || rate->rate <= 0 ||
        request->sent_us < level->cut_us ||
        request->sent_us < rate->raised_us ||
        now_us < rate->raised_us + RAISE_US)
        return;
    rate->raised_us = now_us;
    if (rate->top > 0)
        probe(rate, now_us);
    else
        set_rate(rate, 2 * rate->rate, now_us);
}

void level_rate_resume(struct level *level, const struct level_request *request,
                       uint64_t now_us)
{
    probe(&level->rate, now_us);
    level->rate.bucket.tokens = 0;
    set_anchor(level, request);
}

/* The first refusal: nothing is known but how many were sent of late. */
static void begin(struct level *level, const struct level_request *request,
                  uint64_t now_us)
{
    struct level_rate *rate = &level->rate;
    double over_us = max((double)(now_us - level->mark_us[0]), 1000);
    double sent = (double)(level->sent - level->mark_sent[0]);
    double recent = max(sent / over_us * LEVEL_SECOND_US, RATE_LEAST);

    bucket_init(&rate->bucket, recent, 1, now_us);
    set_rate(rate, CUT * recent, now_us);
    rate->bucket.tokens = 0;
    rate->searching = true;
    set_anchor(level, request);
}

static double period_least_us(const struct level *level)
{
    double starts_us = PERIOD_STARTS * LEVEL_SECOND_US / level->rate.rate;

    return max(max(PERIOD_WAITS * level->wait_us, starts_us),
               max(PERIOD_LEAST_US, level->quiet_us));
}

static double period_most_us(const struct level *level)
{
    double requests = PERIOD_PROBE * level->cut_size;

    return max(
        max(PERIOD_MOST_US, requests / level->rate.rate * LEVEL_SECOND_US),
        PERIOD_SILENCES * level->asked_us);
}

/*
 * The top by a refusal of what was sent at `sent` a second, `seen` having been
 * taken. One that comes late in the period shows the limit. A prompt one shows
 * that it is far lower, but not how far: what was taken is a measure, though a
 * poor one where silence was asked for meanwhile, which is longer than need be.
 */
static double new_top(const struct level *level, double sent, double seen)
{
    const struct level_rate *rate = &level->rate;
    bool held = level->hold_us > rate->anchor_us;

    if (rate->top <= 0)
        return min(sent, seen);
    if (rate->searching)
        sent = rate->top;
    if (seen >= sent || rate->grown_us > rate->period_us / 2)
        return sent;
    if (rate->grown_us < PROMPT_US)
        return held ? max(seen, 0.8 * sent) : sqrt(sent * seen);
    return held ? max(seen, 0.95 * sent) : max(sqrt(sent * seen), 0.92 * sent);
}

static void settle(struct level *level, const struct level_request *request,
                   double top, uint64_t now_us)
{
    struct level_rate *rate = &level->rate;
    bool same = top > 0.7 * rate->top && top < 1.33 * rate->top;
    bool late = rate->grown_us > rate->period_us / 2;

    rate->sure = same && late;
    rate->period_us = !same ? 0 : late ? 3 * rate->period_us : rate->period_us;
    rate->top = top;
    rate->met++;
    probe(rate, now_us);
    set_anchor(level, request);
    rate->period_us = min(max(rate->period_us, period_least_us(level)),
                          period_most_us(level));
}

void level_rate_refused(struct level *level,
                        const struct level_request *request, uint64_t now_us)
{
    struct level_rate *rate = &level->rate;

    if (rate->rate <= 0) {
        begin(level, request, now_us);
        return;
    }
    double over_us = max((double)(request->sent_us - rate->anchor_us), 1);
    double taken = level_taken(level, request);
    double seen = (taken + 1) / over_us * LEVEL_SECOND_US;
    double sent = request->rate > 0 ? request->rate : rate->rate;

    rate->bucket.tokens = 0;
    if (taken >= LEVEL_ENOUGH ||
        (taken >= 4 && over_us > 4 * LEVEL_SECOND_US)) {
        settle(level, request, new_top(level, sent, seen), now_us);
        return;
    }
    if (!rate->searching)
        rate->top *= TOO_SOON;
    rate->searching = true;
    double next = CUT * min(sent, seen);
    if (level->hold_us > now_us)
        next = max(next, LEVEL_ENOUGH * LEVEL_SECOND_US /
                             (double)(level->hold_us - now_us));
    set_rate(rate, min(next, sent), now_us);
}
