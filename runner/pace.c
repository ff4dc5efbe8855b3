#include "pace.h"

#define SECOND_US    1000000.0
#define CUT_FACTOR   0.7
#define HOLD_MIN_US  1000000ULL
#define HOLD_MAX_US  60000000ULL
#define ASKED_MAX_MS 86400000 /* a Retry-After of more means a day */

void pace_init(struct pace *pace, uint32_t level_max, double rate,
               uint64_t now_us)
{
    *pace = (struct pace){
        .level_max = level_max,
        .level = level_max,
        .rate = rate,
        .tokens = 1,
        .tokens_us = now_us,
    };
}

/* Tokens never pile up beyond a tenth of a second's worth (at least one). */
static void refill(struct pace *pace, uint64_t now_us)
{
    if (now_us <= pace->tokens_us)
        return;
    double most = pace->rate / 10 > 1 ? pace->rate / 10 : 1;
    double gained = (double)(now_us - pace->tokens_us) / SECOND_US * pace->rate;

    pace->tokens = pace->tokens + gained > most ? most : pace->tokens + gained;
    pace->tokens_us = now_us;
}

bool pace_may_send(struct pace *pace, uint64_t now_us)
{
    if (now_us < pace->hold_us || pace->in_flight >= (uint32_t)pace->level)
        return false;
    if (pace->rate <= 0)
        return true;
    refill(pace, now_us);
    return pace->tokens >= 1;
}

void pace_sent(struct pace *pace)
{
    pace->in_flight++;
    if (pace->rate > 0)
        pace->tokens -= 1;
}

static void ended(struct pace *pace)
{
    if (pace->in_flight > 0)
        pace->in_flight--;
}

void pace_good(struct pace *pace)
{
    ended(pace);
    pace->refusals = 0;
    pace->level += 1 / pace->level;
    if (pace->level > pace->level_max)
        pace->level = pace->level_max;
}

void pace_failed(struct pace *pace)
{
    ended(pace);
}

void pace_refused(struct pace *pace, uint64_t now_us, uint64_t sent_us,
                  int64_t retry_after_ms)
{
    uint64_t wait_us = HOLD_MIN_US;
    /* One burst of refusals is one refusal. */
    bool counted = sent_us < pace->cut_us;
    uint32_t earlier = pace->refusals;

    ended(pace);
    if (counted && earlier > 0)
        earlier--;
    if (retry_after_ms > ASKED_MAX_MS)
        retry_after_ms = ASKED_MAX_MS;
    if (retry_after_ms >= 0) {
        wait_us = (uint64_t)retry_after_ms * 1000;
    } else {
        for (uint32_t i = 0; i < earlier && wait_us < HOLD_MAX_US; i++)
            wait_us *= 2;
        if (wait_us > HOLD_MAX_US)
            wait_us = HOLD_MAX_US;
    }
    if (now_us + wait_us > pace->hold_us)
        pace->hold_us = now_us + wait_us;
    if (counted)
        return;
    pace->cut_us = now_us;
    pace->refusals++;
    pace->level *= CUT_FACTOR;
    if (pace->level < 1)
        pace->level = 1;
}

uint64_t pace_next_us(struct pace *pace, uint64_t now_us)
{
    if (pace->in_flight >= (uint32_t)pace->level)
        return PACE_NEVER;
    uint64_t at = pace->hold_us > now_us ? pace->hold_us : now_us;
    if (pace->rate <= 0)
        return at;
    refill(pace, now_us);
    if (pace->tokens >= 1)
        return at;
    double wait_us = (1 - pace->tokens) / pace->rate * SECOND_US;
    uint64_t token_us = now_us + (uint64_t)wait_us + 1;
    return token_us > at ? token_us : at;
}

uint64_t pace_backoff_us(uint32_t n, double chance)
{
    uint64_t full_us = HOLD_MIN_US / 2;

    for (uint32_t i = 1; i < n && full_us < HOLD_MAX_US; i++)
        full_us *= 2;
    if (full_us > HOLD_MAX_US)
        full_us = HOLD_MAX_US;
    return full_us - (uint64_t)((double)full_us / 2 * chance);
}

/* splitmix64 (Steele, Lea, Flood: Fast splittable generators, 2014). */
double pace_chance(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15ULL;
    uint64_t z = *state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}
