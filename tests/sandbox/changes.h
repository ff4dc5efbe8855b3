/*
 * changes: extending and stopping a job, for single calls and batches.
 */
#ifndef SANDBOX_CHANGES_H
#define SANDBOX_CHANGES_H

#include "fields.h"

/* Whether a job has ended. */
bool changes_ended(const struct sandbox *sb, uint32_t job);

/* The caller's job at an address; TABLE_NONE: answered 404. */
uint32_t changes_find(struct sandbox *sb, struct call *call,
                      const uint8_t address[32]);

/*
 * Extends a job that has not ended, its cost being reserved before. false:
 * answered 500, the reservation given back.
 */
bool changes_extend(struct sandbox *sb, struct call *call, uint32_t job,
                    int64_t seconds, int64_t cost_nano);

/* Stops a job that has not ended. */
void changes_stop(struct sandbox *sb, uint32_t job);

/* What seconds more cost in the market of a job. */
int64_t changes_price(const struct sandbox *sb, uint32_t job, int64_t seconds);

/* A number for the transaction or reservation of a change. */
uint64_t changes_number(struct sandbox *sb);

#endif
