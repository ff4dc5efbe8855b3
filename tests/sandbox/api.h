/*
 * api: the calls of the published API, each answering one route.
 *
 * The caller is known and has the scope; call->body is not yet read.
 */
#ifndef SANDBOX_API_H
#define SANDBOX_API_H

#include "sandbox.h"

void api_pin(struct sandbox *sb, struct call *call);

/* Both generations; call->old tells them apart. */
void api_post(struct sandbox *sb, struct call *call);
void api_extend(struct sandbox *sb, struct call *call);
void api_stop(struct sandbox *sb, struct call *call);

void api_post_batch(struct sandbox *sb, struct call *call);
void api_extend_batch(struct sandbox *sb, struct call *call);
void api_stop_batch(struct sandbox *sb, struct call *call);

void api_get(struct sandbox *sb, struct call *call);
void api_batch(struct sandbox *sb, struct call *call);
void api_list(struct sandbox *sb, struct call *call);
void api_balance(struct sandbox *sb, struct call *call);
void api_markets(struct sandbox *sb, struct call *call);

#endif
