/*
 * level_room: a limit of the requests in flight.
 *
 * A limit of the rate refuses whatever is in flight. One of the requests in
 * flight refuses only where there are more than it ever takes: where several
 * refusals in a row were like that, and enough was taken between them, the
 * room is narrowed to just below, and the rate is left alone. It is widened
 * again, by one, after some hundreds of good answers; when that goes well, by
 * twice as much the next time. A refusal of no more than was taken a moment
 * ago shows that it was the rate after all.
 */
#include "level_impl.h"

#define PATIENCE      400
#define PATIENCE_MOST 6400

void level_room_good(struct level *level, uint32_t beside)
{
    struct level_room *room = &level->room;

    if (beside > room->beside[0])
        room->beside[0] = beside;
    if (!room->narrow || beside < room->most || ++room->goods < room->patience)
        return;
    room->goods = 0;
    if (room->step < level->ceiling - room->most) {
        room->most += room->step;
        room->step *= 2;
    } else {
        room->most = level->ceiling;
        room->narrow = false;
    }
}

static void set_most(struct level_room *room, uint32_t most)
{
    room->most = most > 1 ? most : 1;
    room->goods = 0;
    room->step = 1;
}

void level_room_again(struct level *level, uint32_t beside)
{
    if (level->room.narrow && beside > 1 && beside <= level->room.most)
        set_most(&level->room, beside - 1);
}

/* Counts the refusals in a row of more than were ever taken. */
static void count_row(struct level *level, const struct level_request *request)
{
    struct level_room *room = &level->room;
    uint32_t beside = request->beside;
    bool more =
        beside > 1 && beside > room->beside[0] && beside > room->beside[1];

    room->beside[1] = room->beside[0];
    room->beside[0] = 0;
    if (!more) {
        room->row = 0;
    } else if (level_taken(level, request) >= LEVEL_ENOUGH) {
        if (room->row++ == 0 || beside < room->row_least)
            room->row_least = beside;
    }
}

/* A wider room was tried, and is too wide. */
static void narrow_again(struct level_room *room, uint32_t beside)
{
    bool grew = room->step > 2;

    room->patience = grew ? PATIENCE : room->patience * 2;
    if (room->patience > PATIENCE_MOST)
        room->patience = PATIENCE_MOST;
    set_most(room, beside - 1);
}

bool level_room_refused(struct level *level,
                        const struct level_request *request, uint64_t now_us)
{
    struct level_room *room = &level->room;
    uint32_t taken =
        room->beside[0] > room->beside[1] ? room->beside[0] : room->beside[1];
    /* What is on its way back is in flight here, and no more there. */
    uint32_t least = room->goods >= LEVEL_ENOUGH ? taken : taken + 1;

    count_row(level, request);
    if (room->narrow && request->beside > 1 && request->beside >= least) {
        narrow_again(room, request->beside);
        return true;
    }
    if (room->narrow) {
        room->narrow = false;
        room->row = 0;
        room->row_need *= 4;
        room->most = level->ceiling;
        level_rate_resume(level, request, now_us);
        return true;
    }
    if (room->row < room->row_need || level->rate.top <= 0)
        return false;
    room->narrow = true;
    room->patience = PATIENCE;
    set_most(room, room->row_least - 1);
    level->rate.rate = 0;
    return true;
}
