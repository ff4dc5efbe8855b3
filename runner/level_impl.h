/*
 * level_impl: what level's own files share. Internal to level.
 */
#ifndef RUNNER_LEVEL_IMPL_H
#define RUNNER_LEVEL_IMPL_H

#include "level.h"

#define LEVEL_SECOND_US 1000000.0
#define LEVEL_ENOUGH    16 /* requests taken: then a count means something */

/* Requests that were taken since the anchor, of those before this one. */
double level_taken(const struct level *level,
                   const struct level_request *request);

/* --- level_rate.c -------------------------------------------------------- */

/* A request goes out at the rate: it grows. */
void level_rate_sent(struct level *level, uint64_t now_us);

/* A request was taken. */
void level_rate_good(struct level *level, const struct level_request *request,
                     uint64_t now_us);

/* A request was refused: less from now on. */
void level_rate_refused(struct level *level,
                        const struct level_request *request, uint64_t now_us);

/* The rate is the limit again, after it was thought to be the room. */
void level_rate_resume(struct level *level, const struct level_request *request,
                       uint64_t now_us);

/* --- level_room.c -------------------------------------------------------- */

void level_room_good(struct level *level, uint32_t beside);

/* Whether it was the room that made the service refuse; it is less then. */
bool level_room_refused(struct level *level,
                        const struct level_request *request, uint64_t now_us);

/* Another refusal of the same moment. */
void level_room_again(struct level *level, uint32_t beside);

#endif
