#include "clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void clock_start(struct clock *clock, double speed)
{
    clock->base_us = clock_mono_us();
    clock->base_ms = read_us(CLOCK_REALTIME) / 1000;
    clock->speed = speed;
}

int64_t clock_now_ms(const struct clock *clock)
{
    double passed_us = (double)(clock_mono_us() - clock->base_us);

    return clock->base_ms + (int64_t)(passed_us * clock->speed / 1000.0);
}

void clock_jump(struct clock *clock, int64_t ms)
{
    clock->base_ms += ms;
}

void clock_set_speed(struct clock *clock, double speed)
{
    clock->base_ms = clock_now_ms(clock);
    clock->base_us = clock_mono_us();
    clock->speed = speed;
}

int64_t clock_real_s(const struct clock *clock, int64_t ms)
{
    double real_s = (double)ms / 1000.0 / clock->speed;
    int64_t whole = (int64_t)real_s;

    if ((double)whole < real_s)
        whole++;
    return whole < 1 ? 1 : whole;
}
