/*
 * options: what the stand-in was told to be like.
 *
 * One table holds every option: it drives the command line, --help and the
 * control call that changes options while the service runs.
 */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H

#include "../../templates/err.h"

#define OPTIONS_LIST_MAX 64

#define OPTIONS_KEY "nos_practice"
#define OPTIONS_JWT "practice.token.pinata"

/* Texts that an option repeated collects; borrowed from argv. */
struct options_list {
    const char *items[OPTIONS_LIST_MAX];
    unsigned count;
};

struct options {
    /* Service */
    int64_t port;
    const char *port_file;
    bool print_env, log, exit_with_parent;
    int64_t record; /* requests kept for GET /_sandbox/requests */
    const char *tls_cert, *tls_key, *tls_priorities;
    int64_t idle_s; /* idle connections are closed after this; 0: never */

    /* Accounts */
    struct options_list api_keys;
    struct options_list jwts;
    int64_t credits_nano;
    int64_t cost_step_nano; /* charges are rounded up to a multiple */
    bool no_fee;

    /* Rules */
    const char *markets_file;
    bool any_market, any_cid, check_definitions, no_list_limit, lean_batch;
    int64_t min_timeout_s;
    int64_t queue_max; /* jobs queued in a market; 0: no limit */

    /* Jobs; times are the service's */
    int64_t nodes; /* a market's; 0: as many as there are jobs */
    int64_t queue_ms, run_ms, status_lag_ms;
    int64_t spread_pct;  /* of run_ms, either way */
    double success_unit; /* 0 to 1 */
    int64_t seed;        /* -1: the program draws one */
    double clock_speed;

    /* Idempotency keys */
    int64_t key_memory_ms;
    bool ignore_keys;

    /* Network */
    int64_t latency_us, load_latency_us;
    int64_t jitter_pct;
    int64_t rate_limit;     /* requests a second; 0: none */
    int64_t rate_silence_s; /* Retry-After of those over it; 0: none */
    struct options_list faults;
    int64_t fault_seed;
};

/* What parsing the command line asks for. */
enum options_wish {
    OPTIONS_RUN = 0,
    OPTIONS_HELP = 1
};

void options_init(struct options *options);

/*
 * Reads the command line; texts are borrowed. Returns an enum options_wish
 * or, with err filled, ERR_USAGE.
 */
int options_parse(struct options *options, int argc, char **argv,
                  struct err *err);

/*
 * Sets one option of a running service by its name without dashes. Only
 * those that say so in --help can change; ERR_USAGE otherwise. value is
 * "true" or "false" for a switch.
 */
int options_set(struct options *options, const char *name, const char *value,
                struct err *err);

/* Prints --help to standard output. */
void options_help(void);

#endif
