/*
 * control: the calls under /_sandbox, by which tests and people look into
 * the stand-in and steer it. No authentication: it listens on loopback only.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "sandbox.h"

void control_answer(struct sandbox *sb, struct call *call);

#endif
