/*
 * replay: what an Idempotency-Key does to a call.
 */
#ifndef SANDBOX_REPLAY_H
#define SANDBOX_REPLAY_H

#include "sandbox.h"

/*
 * Looks at the call's key before the work, the body's schema being checked.
 * required: refuse a call without a key. false: answered, with the remembered
 * answer, a 409 or a 400.
 */
bool replay_begin(struct sandbox *sb, struct call *call, bool required);

/*
 * Remembers the answer in call->reply; job: the answer is the one to the
 * post of that job, made again when needed, TABLE_NONE: it is the text.
 */
void replay_end(struct sandbox *sb, struct call *call, uint32_t job);

#endif
