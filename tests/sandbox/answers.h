/*
 * answers: the JSON in which jobs and money are told.
 */
#ifndef SANDBOX_ANSWERS_H
#define SANDBOX_ANSWERS_H

#include "sandbox.h"

#define ANSWERS_CREDITS_A_DOLLAR 1000

/* Charges of more nano-dollars cannot be told in credits. */
#define ANSWERS_CHARGE_MAX (INT64_MAX / ANSWERS_CREDITS_A_DOLLAR)

/* Adds dollars as a JSON number without trailing zeros; exact. */
void answers_money(struct buf *out, int64_t nano);

/* Adds 32 bytes in base58, in quotes; a transaction, likewise, of a number. */
void answers_address(struct buf *out, const uint8_t address[32]);
void answers_tx(const struct sandbox *sb, struct buf *out, uint64_t number);

/* How a post's answer may differ from the truth, for faults. */
struct answers_lie {
    bool no_credits;
    const char *cost; /* JSON in place of costUSD; NULL: the truth */
};

/* Adds the answer to a post of job, as its API generation tells it. */
void answers_post(const struct sandbox *sb, struct buf *out, uint32_t job,
                  const struct answers_lie *lie);

/*
 * Adds "costUSD":…,"creditsUsed":…,"reservationId":"…" for a charge; number
 * makes the reservation's id.
 */
void answers_charge(const struct sandbox *sb, struct buf *out, int64_t nano,
                    uint64_t number, const char *cost);

/* Adds a job as GET tells it; whole: with definition and result. */
void answers_job(const struct sandbox *sb, struct buf *out, uint32_t job,
                 bool whole);

/* What a job's jobStatus says now, or NULL while it says nothing. */
const char *answers_job_status(const struct sandbox *sb, const struct job *job);

#endif
