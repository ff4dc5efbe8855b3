/*
 * credits: the account's balance, in exact dollars.
 */
#ifndef RUNNER_CREDITS_H
#define RUNNER_CREDITS_H

#include "../templates/money.h"

struct credits {
    int64_t assigned_nano;
    int64_t reserved_nano;  /* held for jobs that have not ended */
    int64_t settled_nano;   /* spent */
    int64_t available_nano; /* assigned - reserved - settled */
};

/*
 * Reads a reply of GET /credits/balance. ERR_SERVICE where a member is
 * missing or no decimal number.
 */
int credits_parse(struct credits *credits, const char *text, size_t len,
                  struct err *err);

#endif
