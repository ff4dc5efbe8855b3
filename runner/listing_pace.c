#include "listing_pace.h"

void listing_pace_note(struct listing_pace *pace, uint64_t now_us)
{
    pace->at_us[pace->next] = now_us;
    pace->next = (pace->next + 1) % LISTING_HOUR;
    if (pace->count < LISTING_HOUR)
        pace->count++;
}

/* When the nth call before the next one leaves its window. */
static uint64_t free_us(const struct listing_pace *pace, uint32_t nth,
                        uint64_t window_us)
{
    if (pace->count < nth)
        return 0;
    uint32_t at = (pace->next + LISTING_HOUR - nth) % LISTING_HOUR;
    return pace->at_us[at] + window_us;
}

uint64_t listing_pace_next_us(const struct listing_pace *pace, uint64_t now_us)
{
    uint64_t burst_us = free_us(pace, LISTING_BURST, LISTING_BURST_US);
    uint64_t hour_us = free_us(pace, LISTING_HOUR, LISTING_HOUR_US);
    uint64_t at_us = burst_us > hour_us ? burst_us : hour_us;

    return at_us > now_us ? at_us : now_us;
}

uint64_t listing_pace_for_us(const struct listing_pace *pace, uint64_t n,
                             uint64_t now_us)
{
    struct listing_pace copy = *pace;
    uint64_t at_us = now_us;
    uint64_t hours = n / LISTING_HOUR;

    /* Whole hours' worth by arithmetic, the rest call by call. */
    for (n %= LISTING_HOUR; n > 0; n--) {
        at_us = listing_pace_next_us(&copy, at_us);
        listing_pace_note(&copy, at_us);
    }
    return at_us - now_us + hours * LISTING_HOUR_US;
}
