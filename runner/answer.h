/*
 * answer: what a reply means for the job's money.
 *
 * The tables are ledger.md's: nothing here decides what happens next, only
 * what is known. Every doubt is ANSWER_AMBIGUOUS.
 */
#ifndef RUNNER_ANSWER_H
#define RUNNER_ANSWER_H

#include "../templates/base58.h"
#include "../templates/cid.h"
#include "../templates/json.h"
#include "reply.h"

#define ANSWER_TEXT_MAX 513 /* server's words kept: 512 bytes and the NUL */
#define ANSWER_WORD_MAX 129 /* ids and codes kept */

enum answer_kind {
    ANSWER_DONE,        /* 2xx with what was asked for */
    ANSWER_UNSENT,      /* proved unsent */
    ANSWER_AMBIGUOUS,   /* it may have happened */
    ANSWER_IN_PROGRESS, /* 409 IDEMPOTENCY_KEY_IN_PROGRESS */
    ANSWER_EXPIRED,     /* 409 IDEMPOTENCY_KEY_EXPIRED */
    ANSWER_MISMATCH,    /* 409 IDEMPOTENCY_KEY_PAYLOAD_MISMATCH */
    ANSWER_RATE,        /* 429 */
    ANSWER_CREDITS,     /* 402 */
    ANSWER_REFUSED,     /* 400, 403, 404, 422: this request, for good */
    ANSWER_DENIED,      /* 401, 403 INSUFFICIENT_SCOPE: every request */
    ANSWER_CONTRADICTS  /* a pin's reply has another CID than ours */
};

struct answer {
    enum answer_kind kind;
    int status;             /* HTTP status, 0 without one */
    int64_t retry_after_ms; /* header or body, the larger; or -1 */
    int64_t took_ms;
    char code[ANSWER_WORD_MAX];       /* the body's code, "" without */
    char message[ANSWER_TEXT_MAX];    /* the server's or transport's words */
    char address[BASE58_ADDRESS_MAX]; /* of the job; "" without */
    char run[ANSWER_WORD_MAX];        /* "" where the reply has none */
    char tx[ANSWER_WORD_MAX];
    char reservation[ANSWER_WORD_MAX];
    char project[ANSWER_WORD_MAX];
    char credits[ANSWER_WORD_MAX];  /* creditsUsed, digits as written */
    char cost_raw[ANSWER_WORD_MAX]; /* costUSD's digits where rounded */
    bool has_cost;
    int64_t cost_nano; /* where has_cost */
    bool ended;        /* of a change: the job had ended, nothing was done */
};

/*
 * Reads the reply to a post, of either API generation (the older one names
 * its fields jobAddress, costUSD, … at the top). scratch is used for the
 * body and keeps no pointer into it.
 */
void answer_post(struct answer *out, const struct reply *reply,
                 struct json *scratch);

/*
 * Reads the reply to an extension or a stop of the job at an address, of
 * either API generation: done where it names that job. A null transaction
 * says that the job had ended and that nothing was charged. The older
 * generation's extension has none, and its stop may say that it did not
 * succeed: refused.
 */
void answer_change(struct answer *out, const struct reply *reply,
                   const char *address, struct json *scratch);

/*
 * Reads the reply to a pin; cid is ours. 2xx with that hash is ANSWER_DONE,
 * with another ANSWER_CONTRADICTS, without any ANSWER_AMBIGUOUS (to be
 * retried: a pin is idempotent by its content). 402 and 403 are
 * ANSWER_CREDITS, 401 ANSWER_DENIED.
 */
void answer_pin(struct answer *out, const struct reply *reply, const char *cid,
                struct json *scratch);

/* What is said of a key that is refused; %s are the service's words. */
#define ANSWER_KEY_REFUSED                              \
    "the service refuses the key of NOSANA_API_KEY or " \
    "--api-key-file: %s (a key is made at "             \
    "https://dashboard.nosana.com under Account, API keys)"

/* A word or two for records and messages: "connection lost", "HTTP 503". */
const char *answer_kind_text(enum answer_kind kind);

#endif
