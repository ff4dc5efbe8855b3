#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/money.h"
#include "help.h"

#define OPTION_ROWS 64

enum kind {
    SWITCH,
    INTEGER,
    MILLI,
    MICRO,
    REAL,
    UNIT,
    MONEY,
    TEXT,
    LIST
};

/* milli: seconds kept as ms; micro: milliseconds kept as us. */
struct row {
    const char *name;
    const char *arg; /* NULL for a switch */
    enum kind kind;
    size_t offset; /* into struct options */
    int64_t max;   /* of INTEGER */
    bool live;     /* may change while the service runs */
    const char *help;
};

#define AT(member) offsetof(struct options, member)
#define ROW(name, arg, kind, member, max, live, help) \
    {                                                 \
        name, arg, kind, AT(member), max, live, help  \
    }
#define SECTION(title)                       \
    {                                        \
        NULL, NULL, TEXT, 0, 0, false, title \
    }
#define ANY INT32_MAX

static const struct row rows[] = {
    SECTION("Service"),
    ROW("port", "N", INTEGER, port, 65535, false,
        "port on 127.0.0.1; 0, the default: one that is free"),
    ROW("port-file", "FILE", TEXT, port_file, 0, false,
        "write the port there once ready (atomically)"),
    ROW("print-env", NULL, SWITCH, print_env, 0, false,
        "print `export` lines for a shell, not the ready line"),
    ROW("exit-with-parent", NULL, SWITCH, exit_with_parent, 0, false,
        "end when the parent process does, or standard input\nif that is a "
        "pipe"),
    ROW("log", NULL, SWITCH, log, 0, true, "print a line for each request"),
    ROW("record", "N", INTEGER, record, 1000000, false,
        "keep the last N requests for GET /_sandbox/requests"),
    ROW("idle", "S", INTEGER, idle_s, ANY, false,
        "close connections that are idle for S seconds"),
    ROW("tls-cert", "FILE", TEXT, tls_cert, 0, false,
        "serve https with this certificate chain (PEM)"),
    ROW("tls-key", "FILE", TEXT, tls_key, 0, false, "and this key (PEM)"),
    ROW("tls-priorities", "TEXT", TEXT, tls_priorities, 0, false,
        "GnuTLS priorities, such as\nNORMAL:-VERS-ALL:+VERS-TLS1.1"),

    SECTION("Accounts"),
    ROW("api-key", "KEY", LIST, api_keys, 0, false,
        "accept KEY (default " OPTIONS_KEY "); repeatable; may\n"
        "go on with ,scopes=jobs:write+jobs:read+credits:read\n"
        "and ,account=N (1; keys of an account share credits)"),
    ROW("jwt", "TOKEN", LIST, jwts, 0, false,
        "accept TOKEN for pinning; repeatable (default\n" OPTIONS_JWT ")"),
    ROW("credits", "USD", MONEY, credits_nano, 0, false,
        "credits of each account (default 1000)"),
    ROW("cost-step", "USD", MONEY, cost_step_nano, 0, true,
        "round charges up to multiples of this, such as 0.001"),
    ROW("no-fee", NULL, SWITCH, no_fee, 0, false,
        "charge without the network fee"),

    SECTION("Rules"),
    ROW("markets", "FILE", TEXT, markets_file, 0, false,
        "serve this JSON list of markets, not the built-in one"),
    ROW("any-market", NULL, SWITCH, any_market, 0, true,
        "let credits pay for markets that are not PREMIUM"),
    ROW("any-cid", NULL, SWITCH, any_cid, 0, true,
        "accept jobs whose definition was not pinned here"),
    ROW("check-definitions", NULL, SWITCH, check_definitions, 0, true,
        "refuse to pin what is no valid job definition"),
    ROW("min-timeout", "S", INTEGER, min_timeout_s, ANY, true,
        "refuse jobs with a timeout under S seconds"),
    ROW("queue", "N", INTEGER, queue_max, ANY, true,
        "a market queues at most N jobs"),
    ROW("no-list-limit", NULL, SWITCH, no_list_limit, 0, true,
        "GET /jobs without its 20 in 30 s and 500 an hour"),
    ROW("lean-batch", NULL, SWITCH, lean_batch, 0, true,
        "POST /jobs/batch answers without ipfsResult"),

    SECTION("Jobs (times in the service's seconds)"),
    ROW("nodes", "N", INTEGER, nodes, ANY, false,
        "nodes of each market; 0, the default: always one free"),
    ROW("queue-time", "S", MILLI, queue_ms, 0, true,
        "a job waits at least S in the queue (default 5)"),
    ROW("run-time", "S", MILLI, run_ms, 0, true,
        "a job runs S, if its timeout allows (default 60)"),
    ROW("run-spread", "PCT", INTEGER, spread_pct, 100, true,
        "… or up to PCT percent longer or shorter (50)"),
    ROW("success", "P", UNIT, success_unit, 0, true,
        "probability, 0 to 1, that a job succeeds (default 1)"),
    ROW("status-lag", "S", MILLI, status_lag_ms, 0, true,
        "jobStatus and ipfsResult appear S after a job's end"),
    ROW("seed", "N", INTEGER, seed, INT64_MAX, false,
        "of addresses, run times and failures (default: one\ndrawn at each "
        "start)"),
    ROW("clock-speed", "X", REAL, clock_speed, 0, false,
        "the service's time runs X times as fast (default 1)"),

    SECTION("Idempotency keys"),
    ROW("key-memory", "S", MILLI, key_memory_ms, 0, true,
        "keys are forgotten after S (default 86400)"),
    ROW("ignore-keys", NULL, SWITCH, ignore_keys, 0, true,
        "do not honour them: each post is a new job"),

    SECTION("Network"),
    ROW("latency", "MS", MICRO, latency_us, 0, true,
        "answer after MS milliseconds"),
    ROW("jitter", "PCT", INTEGER, jitter_pct, 100, true,
        "of the latency, either way, evenly distributed"),
    ROW("load-latency", "MS", MICRO, load_latency_us, 0, true,
        "and MS more for each other request under way"),
    ROW("rate-limit", "N", INTEGER, rate_limit, ANY, true,
        "429 for more than N requests a second"),
    ROW("rate-silence", "S", INTEGER, rate_silence_s, ANY, true,
        "their Retry-After (default 1; 0: they have none)"),
    ROW("fault", "SPEC", LIST, faults, 0, false,
        "go wrong on purpose, see below; repeatable"),
    ROW("fault-seed", "N", INTEGER, fault_seed, INT64_MAX, false,
        "of faults with a probability (default 1)"),
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

void options_init(struct options *options)
{
    memset(options, 0, sizeof *options);
    options->credits_nano = 1000 * MONEY_NANO;
    options->queue_ms = 5000;
    options->run_ms = 60000;
    options->spread_pct = 50;
    options->success_unit = 1;
    options->tls_priorities = "NORMAL";
    options->seed = -1;
    options->clock_speed = 1;
    options->key_memory_ms = (int64_t)86400 * 1000;
    options->rate_silence_s = 1;
    options->fault_seed = 1;
}

static int bad(const struct row *row, const char *value, const char *want,
               struct err *err)
{
    return err_set(err, ERR_USAGE, "--%s: expected %s, found \"%s\"", row->name,
                   want, value);
}

static int put_integer(const struct row *row, int64_t *out, const char *value,
                       struct err *err)
{
    char *end;
    long long n = strtoll(value, &end, 10);

    if (end == value || *end != '\0' || n < 0 || n > row->max)
        return bad(row, value, "a whole number in range", err);
    *out = n;
    return 0;
}

/* Digits with at most three places, as thousandths. */
static int put_thousandths(const struct row *row, int64_t *out,
                           const char *value, struct err *err)
{
    struct err ignored;
    int64_t nano;
    bool rounded;

    if (money_parse(value, strlen(value), &nano, &rounded, &ignored) < 0 ||
        nano < 0 || nano % MONEY_MILLI != 0)
        return bad(row, value, "a number with at most three places", err);
    *out = nano / MONEY_MILLI;
    return 0;
}

static int put_money(const struct row *row, int64_t *out, const char *value,
                     struct err *err)
{
    struct err ignored;
    bool rounded;

    if (money_parse(value, strlen(value), out, &rounded, &ignored) < 0 ||
        *out < 0 || rounded)
        return bad(row, value, "dollars, such as 12.50", err);
    return 0;
}

static int put_real(const struct row *row, double *out, const char *value,
                    struct err *err)
{
    char *end;
    double x = strtod(value, &end);
    bool unit = row->kind == UNIT;

    if (end == value || *end != '\0' || !(x >= (unit ? 0 : 0.001)) ||
        x > (unit ? 1 : 1e6))
        return bad(row, value,
                   unit ? "a number from 0 to 1"
                        : "a number from 0.001 to 1000000",
                   err);
    *out = x;
    return 0;
}

static int put_list(const struct row *row, struct options_list *list,
                    const char *value, struct err *err)
{
    if (list->count == OPTIONS_LIST_MAX)
        return err_set(err, ERR_USAGE, "--%s: more than %d times", row->name,
                       OPTIONS_LIST_MAX);
    list->items[list->count++] = value;
    return 0;
}

static int put(struct options *options, const struct row *row,
               const char *value, struct err *err)
{
    void *at = (char *)options + row->offset;

    switch (row->kind) {
    case SWITCH:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            return bad(row, value, "true or false", err);
        *(bool *)at = strcmp(value, "true") == 0;
        return 0;
    case INTEGER:
        return put_integer(row, at, value, err);
    case MILLI:
    case MICRO:
        return put_thousandths(row, at, value, err);
    case REAL:
    case UNIT:
        return put_real(row, at, value, err);
    case MONEY:
        return put_money(row, at, value, err);
    case LIST:
        return put_list(row, at, value, err);
    case TEXT:
        break;
    }
    *(const char **)at = value;
    return 0;
}

static void long_options(struct option out[OPTION_ROWS])
{
    size_t n = 0;

    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!rows[i].name)
            continue;
        out[n].name = rows[i].name;
        out[n].has_arg = rows[i].arg ? required_argument : no_argument;
        out[n].flag = NULL;
        out[n++].val = (int)i + 256;
    }
    out[n++] = (struct option){"help", no_argument, NULL, 'h'};
    out[n] = (struct option){NULL, 0, NULL, 0};
}

int options_parse(struct options *options, int argc, char **argv,
                  struct err *err)
{
    _Static_assert(ROW_COUNT + 2 <= OPTION_ROWS, "room for all options");
    struct option table[OPTION_ROWS];
    int found;

    long_options(table);
    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
        if (found == 'h')
            return OPTIONS_HELP;
        if (found == ':')
            return err_set(err, ERR_USAGE, "%s needs a value",
                           argv[optind - 1]);
        if (found < 256)
            return err_set(err, ERR_USAGE,
                           "unknown option %s (--help lists them)",
                           argv[optind - 1]);
        const struct row *row = &rows[found - 256];
        int rc = put(options, row, row->arg ? optarg : "true", err);
        if (rc < 0)
            return rc;
    }
    if (optind < argc)
        return err_set(err, ERR_USAGE, "unexpected argument \"%s\"",
                       argv[optind]);
    if (!options->tls_cert != !options->tls_key)
        return err_set(err, ERR_USAGE, "--tls-cert and --tls-key go together");
    return OPTIONS_RUN;
}

int options_set(struct options *options, const char *name, const char *value,
                struct err *err)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!rows[i].name || strcmp(rows[i].name, name) != 0)
            continue;
        if (!rows[i].live)
            return err_set(err, ERR_USAGE,
                           "\"%s\" cannot change while the service runs", name);
        return put(options, &rows[i], value, err);
    }
    return err_set(err, ERR_USAGE, "unknown option \"%s\"", name);
}

static void print_row(const struct row *row)
{
    char left[40];
    const char *text = row->help;

    snprintf(left, sizeof left, "--%s%s%s", row->name, row->arg ? " " : "",
             row->arg ? row->arg : "");
    while (text) {
        const char *end = strchr(text, '\n');
        int len = end ? (int)(end - text) : (int)strlen(text);
        printf("  %-22s %.*s%s\n", left, len, text,
               !end && row->live ? " *" : "");
        left[0] = '\0';
        text = end ? end + 1 : NULL;
    }
}

void options_help(void)
{
    fputs(help_intro, stdout);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].name)
            print_row(&rows[i]);
        else
            printf("\n%s:\n", rows[i].help);
    }
    printf("  %-22s %s\n", "--help", "print this");
    for (size_t i = 0; help_outro[i]; i++)
        fputs(help_outro[i], stdout);
}
