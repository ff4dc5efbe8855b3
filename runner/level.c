#include "level_impl.h"

#define RECENT_US    1000000ULL
#define OUTAGE_ROW   32       /* failures in a row, as the engine counts */
#define MET_ENOUGH   3        /* times that a limit was met */
#define ASKED_MAX_MS 86400000 /* a Retry-After of more means a day */

void level_init(struct level *level, uint32_t ceiling, uint64_t now_us)
{
    *level = (struct level){
        .ceiling = ceiling,
        .cut_size = 1,
        .mark_us = {now_us, now_us},
        .room = {.most = ceiling, .row_need = 4},
        .ramp = ceiling,
    };
}

uint32_t level_in_flight_most(const struct level *level)
{
    return level->room.most < level->ramp ? level->room.most : level->ramp;
}

bool level_may_send(struct level *level, uint64_t now_us)
{
    if (now_us < level->hold_us ||
        level->in_flight >= level_in_flight_most(level))
        return false;
    return level->rate.rate <= 0 || bucket_ready(&level->rate.bucket, now_us);
}

uint64_t level_next_us(struct level *level, uint64_t now_us)
{
    if (level->in_flight >= level_in_flight_most(level))
        return UINT64_MAX;
    uint64_t at_us = level->hold_us > now_us ? level->hold_us : now_us;
    if (level->rate.rate <= 0)
        return at_us;
    uint64_t token_us = bucket_ready_us(&level->rate.bucket, now_us);
    return token_us > at_us ? token_us : at_us;
}

double level_limit(const struct level *level)
{
    bool known = level->rate.rate > 0 && level->rate.met >= MET_ENOUGH;

    return known ? level->rate.top : 0;
}

static void mark(struct level *level, uint64_t now_us)
{
    if (now_us - level->mark_us[1] < RECENT_US)
        return;
    level->mark_us[0] = level->mark_us[1];
    level->mark_sent[0] = level->mark_sent[1];
    level->mark_us[1] = now_us;
    level->mark_sent[1] = level->sent;
}

void level_sent(struct level *level, struct level_request *request,
                uint64_t now_us)
{
    mark(level, now_us);
    if (level->rate.rate > 0)
        level_rate_sent(level, now_us);
    level->sent_us = now_us;
    *request = (struct level_request){.sent_us = now_us,
                                      .number = ++level->sent,
                                      .rate = level->rate.rate,
                                      .beside = ++level->in_flight};
}

static void ended(struct level *level)
{
    if (level->in_flight > 0)
        level->in_flight--;
}

/* The first good answer after refusals: that was the service's silence. */
static void end_quiet(struct level *level, const struct level_request *request,
                      uint64_t now_us)
{
    if (level->mute_us == 0 || request->sent_us <= level->mute_us)
        return;
    double quiet_us = (double)(now_us - level->mute_us);
    level->quiet_us /= 2;
    if (quiet_us > level->quiet_us)
        level->quiet_us = quiet_us;
    level->mute_us = 0;
}

void level_good(struct level *level, const struct level_request *request,
                uint64_t now_us)
{
    double wait_us = (double)(now_us - request->sent_us);

    ended(level);
    level->failed_row = 0;
    if (level->ramp < level->ceiling)
        level->ramp++;
    level->wait_us +=
        level->wait_us > 0 ? (wait_us - level->wait_us) / 8 : wait_us;
    end_quiet(level, request, now_us);
    level_room_good(level, request->beside);
    level_rate_good(level, request, now_us);
}

void level_failed(struct level *level)
{
    ended(level);
    if (++level->failed_row >= OUTAGE_ROW)
        level->ramp = 1;
    else if (level->ramp < level->ceiling && level->ramp > 1)
        level->ramp /= 2;
}

void level_hold(struct level *level, uint64_t now_us, int64_t wait_ms)
{
    if (wait_ms < 0)
        return;
    if (wait_ms > ASKED_MAX_MS)
        wait_ms = ASKED_MAX_MS;
    uint64_t wait_us = (uint64_t)wait_ms * 1000;
    if ((double)wait_us > level->asked_us)
        level->asked_us = (double)wait_us;
    if (now_us + wait_us > level->hold_us)
        level->hold_us = now_us + wait_us;
}

/* At most one request right when the silence is over, no burst. */
static void empty_bucket(struct level *level, uint64_t now_us)
{
    struct bucket *bucket = &level->rate.bucket;

    if (level->rate.rate <= 0 || level->hold_us <= now_us)
        return;
    bucket_ready(bucket, level->hold_us);
    if (bucket->tokens > 1)
        bucket->tokens = 1;
}

/* How many refusals come together, on average. */
static void measure_cut(struct level *level)
{
    double size = (double)(level->refused - level->cut_refused);

    if (level->cut_us > 0)
        level->cut_size += (size - level->cut_size) / 4;
    level->cut_refused = level->refused;
}

double level_taken(const struct level *level,
                   const struct level_request *request)
{
    double sent = (double)(request->number - level->rate.anchor_number);
    double refused = (double)(level->refused - level->rate.anchor_refused);

    return sent > refused ? sent - refused : 0;
}

void level_refused(struct level *level, const struct level_request *request,
                   uint64_t now_us, int64_t retry_after_ms)
{
    ended(level);
    level->failed_row = 0;
    level->refused++;
    if (request->number < level->rate.anchor_number)
        level->rate.anchor_refused++;
    if (level->mute_us == 0)
        level->mute_us = now_us;
    level_hold(level, now_us, retry_after_ms);
    if (request->sent_us < level->cut_us) {
        level_room_again(level, request->beside);
    } else {
        measure_cut(level);
        if (!level_room_refused(level, request, now_us))
            level_rate_refused(level, request, now_us);
        level->cut_us = now_us;
    }
    empty_bucket(level, now_us);
}
