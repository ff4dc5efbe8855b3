#include "pace.h"

#define BACKOFF_MIN_US 500000ULL
#define BACKOFF_MAX_US 60000000ULL

void pace_init(struct pace *pace, uint32_t in_flight_most, double rate,
               uint64_t now_us)
{
    *pace =
        (struct pace){.in_flight_most = in_flight_most, .limited = rate > 0};
    if (rate > 0)
        bucket_init(&pace->bucket, rate, rate / 10, now_us);
    for (uint32_t i = 0; i < PACE_SERVICES_MAX; i++)
        level_init(&pace->services[i], in_flight_most, now_us);
}

bool pace_may_send(struct pace *pace, uint32_t service, uint64_t now_us)
{
    return pace->in_flight < pace->in_flight_most &&
           (!pace->limited || bucket_ready(&pace->bucket, now_us)) &&
           level_may_send(&pace->services[service], now_us);
}

void pace_sent(struct pace *pace, uint32_t service,
               struct level_request *request, uint64_t now_us)
{
    pace->in_flight++;
    if (pace->limited)
        bucket_take(&pace->bucket);
    level_sent(&pace->services[service], request, now_us);
}

static void ended(struct pace *pace)
{
    if (pace->in_flight > 0)
        pace->in_flight--;
}

void pace_good(struct pace *pace, uint32_t service,
               const struct level_request *request, uint64_t now_us)
{
    ended(pace);
    level_good(&pace->services[service], request, now_us);
}

void pace_failed(struct pace *pace, uint32_t service, uint64_t now_us,
                 int64_t retry_after_ms)
{
    ended(pace);
    level_failed(&pace->services[service]);
    level_hold(&pace->services[service], now_us, retry_after_ms);
}

void pace_refused(struct pace *pace, uint32_t service,
                  const struct level_request *request, uint64_t now_us,
                  int64_t retry_after_ms)
{
    ended(pace);
    level_refused(&pace->services[service], request, now_us, retry_after_ms);
}

uint32_t pace_level(const struct pace *pace, uint32_t service)
{
    return level_in_flight_most(&pace->services[service]);
}

double pace_rate(const struct pace *pace, uint32_t service)
{
    return pace->services[service].rate.rate;
}

double pace_limit(const struct pace *pace, uint32_t service)
{
    return level_limit(&pace->services[service]);
}

uint64_t pace_next_us(struct pace *pace, uint32_t service, uint64_t now_us)
{
    if (pace->in_flight >= pace->in_flight_most)
        return PACE_NEVER;
    uint64_t at_us = level_next_us(&pace->services[service], now_us);
    if (!pace->limited)
        return at_us;
    uint64_t token_us = bucket_ready_us(&pace->bucket, now_us);
    return token_us > at_us ? token_us : at_us;
}

uint64_t pace_backoff_us(uint32_t n, double chance)
{
    uint64_t full_us = BACKOFF_MIN_US;

    for (uint32_t i = 1; i < n && full_us < BACKOFF_MAX_US; i++)
        full_us *= 2;
    if (full_us > BACKOFF_MAX_US)
        full_us = BACKOFF_MAX_US;
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
