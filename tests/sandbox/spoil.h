/*
 * spoil: what a fault does to the answer of a call.
 */
#ifndef SANDBOX_SPOIL_H
#define SANDBOX_SPOIL_H

#include "sandbox.h"

/*
 * Changes reply and delivery as the fault says. The call is answered
 * already, or, where the fault comes before the work, has no answer.
 */
void spoil_answer(struct sandbox *sb, struct call *call,
                  const struct fault *fault);

#endif
