/*
 * ledger_actions: what a ledger says of the extensions and stops of a job,
 * and of the invocations that asked for them.
 */
#ifndef QUEUE_LEDGER_ACTIONS_H
#define QUEUE_LEDGER_ACTIONS_H

#include "ledger_read.h"

enum ledger_action_state {
    LEDGER_ACTION_NONE,     /* there never was one */
    LEDGER_ACTION_OPEN,     /* an intent without an outcome: perhaps sent */
    LEDGER_ACTION_UNKNOWN,  /* trying has ended without an answer */
    LEDGER_ACTION_MISMATCH, /* unknown after a payload mismatch: no replay */
    LEDGER_ACTION_DONE,     /* answered; also: the job had ended */
    LEDGER_ACTION_RELEASED, /* nothing was done: unsent, or refused for now */
    LEDGER_ACTION_REJECTED  /* refused for good */
};

/* One op of one job. */
struct ledger_actions {
    uint32_t intents; /* in all: the number of the next one, from 0 */
    enum ledger_action_state state; /* of the newest one */
    struct ledger_sent sent;        /* its intent, body included; unset where
                                       state is NONE */
};

/*
 * Reads the history of the job's extensions or stops (op is not LEDGER_POST)
 * at an address. A replay writes no intent, so that intents counts the
 * deliberate ones, and those that an expired key made anew. Pointers of
 * out->sent go into *reader. ERR_IO, ERR_DATA.
 */
int ledger_read_actions(struct ledger *ledger, const struct ledger_job *job,
                        enum ledger_op op, const char *address,
                        struct ledger_reader *reader,
                        struct ledger_actions *out, struct err *err);

/* An invocation, as its open record has it. */
struct ledger_invoked {
    uint64_t seq; /* of that record */
    int64_t at_ms;
    const char *manifest;       /* or NULL */
    struct ledger_text options; /* a JSON object, or absent */
    bool closed;                /* it came to its end… */
    int status;                 /* … with this exit status */
};

/*
 * The newest invocation of a command ("run", "extend", …) in the ledger: 1,
 * 0 where there is none, or negative. Pointers go into *reader.
 */
int ledger_find_invoked(struct ledger *ledger, const char *command,
                        struct ledger_reader *reader,
                        struct ledger_invoked *out, struct err *err);

#endif
