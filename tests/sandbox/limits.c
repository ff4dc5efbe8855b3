#include "limits.h"

#include <string.h>

void limits_init(struct limits *limits)
{
    memset(limits, 0, sizeof *limits);
}

bool limits_request(struct limits *limits, int64_t rate, int64_t now_us)
{
    double most = (double)rate / 10 < 1 ? 1 : (double)rate / 10;

    if (rate == 0)
        return true;
    if (limits->filled_us == 0)
        limits->tokens = most;
    else
        limits->tokens +=
            (double)(now_us - limits->filled_us) * (double)rate / 1e6;
    limits->filled_us = now_us;
    if (limits->tokens > most)
        limits->tokens = most;
    if (limits->tokens < 1)
        return false;
    limits->tokens -= 1;
    return true;
}

/* Until the nth call before this one is older than window_ms. */
static int64_t wait_ms(const struct limits *limits, uint32_t account,
                       uint32_t nth, int64_t window_ms, int64_t now_ms)
{
    if (limits->list[account].count < nth)
        return 0;
    uint32_t at = (limits->list[account].next + LIMITS_LIST_HOUR - nth) %
                  LIMITS_LIST_HOUR;
    int64_t wait = limits->list[account].at_ms[at] + window_ms - now_ms;
    return wait > 0 ? wait : 0;
}

int64_t limits_list(struct limits *limits, uint32_t account, int64_t now_ms)
{
    int64_t burst = wait_ms(limits, account, LIMITS_LIST_BURST,
                            LIMITS_LIST_BURST_MS, now_ms);
    int64_t hour =
        wait_ms(limits, account, LIMITS_LIST_HOUR, LIMITS_LIST_HOUR_MS, now_ms);

    if (burst > 0 || hour > 0)
        return burst > hour ? burst : hour;
    uint32_t *next = &limits->list[account].next;
    limits->list[account].at_ms[*next] = now_ms;
    *next = (*next + 1) % LIMITS_LIST_HOUR;
    if (limits->list[account].count < LIMITS_LIST_HOUR)
        limits->list[account].count++;
    return 0;
}
