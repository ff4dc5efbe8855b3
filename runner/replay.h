/*
 * replay: whether an intent that an earlier invocation left open or unknown
 * may be sent again, with its key and bytes (ledger.md, "One job").
 */
#ifndef RUNNER_REPLAY_H
#define RUNNER_REPLAY_H

#include "../queue/ledger_read.h"

/*
 * Age of an intent: the larger of two clocks'; UINT64_MAX where one of them
 * went back since.
 */
uint64_t replay_age_ms(const struct os *os, const struct ledger_sent *sent);

/*
 * NULL where time and account allow to send it again, else why not, in words.
 * account is the first 8 bytes of SHA-256 of the API key in use.
 */
const char *replay_refused(const struct os *os, const struct ledger_sent *sent,
                           const uint8_t account[8]);

/* Until when it may be sent, on the monotonic clock; for engine_task. */
uint64_t replay_horizon_us(const struct os *os, const struct ledger_sent *sent);

#endif
