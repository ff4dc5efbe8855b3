#include "opt_table.h"

#include <string.h>

/* --- commands ------------------------------------------------------------ */

#define ANY_NUMBER UINT32_MAX
#define LATER      true
#define NOW        false
#define ONLINE     true
#define OFFLINE    false

const struct opt_command_row opt_commands[OPT_COMMANDS] = {
    [OPT_NEW] = {"new", "MANIFEST", 1, 1,
                 "print the manifest entry that the arguments mean",
                 "Turns a job definition and --set options into a "
                 "self-contained manifest entry on standard output.",
                 OFFLINE, NOW},
    [OPT_PLAN] =
        {"plan", "MANIFEST", 1, 1,
         "count the jobs and their maximum cost; spends nothing",
         "Shows jobs by entry with the arithmetic, the maximum cost by "
         "market (hours × the node's price × the fee; where the price is "
         "from, and its age), points that are one job, and what the ledger "
         "says about them.",
         OFFLINE, NOW},
    [OPT_EXPAND] =
        {"expand", "MANIFEST", 1, 1, "print every job as one JSON line",
         "Prints lazily, so that `head` works on a grid of any size. "
         "The output is a manifest too.",
         OFFLINE, NOW},
    [OPT_VALIDATE] = {"validate", "FILE…", 1, ANY_NUMBER,
                      "check job definitions or manifests",
                      "Names each error by line, column and path.", OFFLINE,
                      NOW},
    [OPT_RUN] = {"run", "MANIFEST", 1, 1,
                 "post the jobs; run it again to resume",
                 "Pins each definition, posts each job once and records it in "
                 "the ledger. Jobs that the ledger has are not posted again.",
                 ONLINE, NOW},
    [OPT_RETRY] = {"retry", "LEDGER", 1, 1, "post jobs whose run failed again",
                   "Takes the jobs that --where picks, by default those whose "
                   "run failed, as a new generation. Asks for their states "
                   "first; no manifest is needed.",
                   ONLINE, NOW},
    [OPT_STATUS] = {"status", "LEDGER…", 1, ANY_NUMBER,
                    "ask for the jobs' states and record them",
                    "Prints how many jobs are in which state; -v one line a "
                    "job.",
                    ONLINE, NOW},
    [OPT_WAIT] = {"wait", "LEDGER", 1, 1, "wait until the jobs have ended",
                  "Ends 0 when all succeeded, 1 when some did not, 2 when "
                  "some are of unknown outcome. May be ended and begun again "
                  "at any time.",
                  ONLINE, NOW},
    [OPT_EXTEND] = {"extend", "LEDGER", 1, 1, "give live jobs more time",
                    "Each job once a command: one that was interrupted is "
                    "finished by typing it again. A job's address may stand "
                    "for a ledger.",
                    ONLINE, NOW},
    [OPT_STOP] = {"stop", "LEDGER", 1, 1, "stop live jobs",
                  "Works while a run holds the ledger, too. A job's address "
                  "may stand for a ledger.",
                  ONLINE, NOW},
    [OPT_SETTLE] = {"settle", "LEDGER [NAME]", 1, 2,
                    "say what became of a job of unknown outcome",
                    "The operator's word, recorded with the name of who says "
                    "it: with --lost, the next run posts the job again. "
                    "--where in place of NAME settles many.",
                    OFFLINE, NOW},
    [OPT_RESULTS] = {"results", "LEDGER…", 1, ANY_NUMBER, "print one row a job",
                     "", OFFLINE, NOW},
    [OPT_REVIEW] = {"review", "LEDGER…", 1, ANY_NUMBER,
                    "review what was spent, and on what",
                    "Sums the costs of the jobs exactly and groups them; the "
                    "ledgers may be gzip-compressed, and a job that several "
                    "have counts once.",
                    OFFLINE, NOW},
    [OPT_BALANCE] = {"balance", "[LEDGER…]", 0, ANY_NUMBER,
                     "print the account's credits",
                     "With ledgers also what they charged, and what their "
                     "jobs that are not known to have ended may still cost "
                     "(ask for `status` first).",
                     ONLINE, NOW},
    [OPT_MARKETS] = {"markets", "", 0, 0, "print the markets and their prices",
                     "Prices are the client's, with the network's fee; they "
                     "are kept for `plan`.",
                     ONLINE, NOW},
    [OPT_COMPLETION] = {"completion", "bash|zsh|fish", 1, 1,
                        "print the shell's completion script",
                        "For bash: source <(nosbatch completion bash); `make "
                        "install` puts all three in place.",
                        OFFLINE, NOW},
};

/* --- options ------------------------------------------------------------- */

#define OF(command) (1u << OPT_##command)

#define MANIFESTS                                                            \
    (OF(NEW) | OF(PLAN) | OF(EXPAND) | OF(VALIDATE) | OF(RUN) | OF(EXTEND) | \
     OF(STOP))
#define PICKERS                                                            \
    (OF(PLAN) | OF(EXPAND) | OF(RUN) | OF(RETRY) | OF(STATUS) | OF(WAIT) | \
     OF(EXTEND) | OF(STOP) | OF(SETTLE) | OF(RESULTS) | OF(REVIEW) |       \
     OF(MARKETS))
#define SAMPLERS \
    (OF(PLAN) | OF(EXPAND) | OF(RUN) | OF(RETRY) | OF(EXTEND) | OF(STOP))
#define NETWORK                                                            \
    (OF(RUN) | OF(RETRY) | OF(STATUS) | OF(WAIT) | OF(EXTEND) | OF(STOP) | \
     OF(BALANCE) | OF(MARKETS))
#define PRINTERS                                                      \
    (OF(PLAN) | OF(STATUS) | OF(RESULTS) | OF(REVIEW) | OF(BALANCE) | \
     OF(MARKETS))
#define SPENDERS (OF(RUN) | OF(RETRY) | OF(EXTEND))

#define AT(field) offsetof(struct opt, field)
#define NO_RANGE  0, 0, 0
#define HOUR_MS   (3600 * (int64_t)1000)

#define FLAG(name, letter, field, when, of, help)                           \
    {                                                                       \
        name, letter, NULL, NULL, OPT_KIND_FLAG, when, AT(field), NO_RANGE, \
            of, help                                                        \
    }
#define TEXT(name, letter, arg, field, when, of, help)                         \
    {                                                                          \
        name, letter, arg, NULL, OPT_KIND_TEXT, when, AT(field), NO_RANGE, of, \
            help                                                               \
    }
#define LIST(name, arg, field, when, of, help)                                 \
    {                                                                          \
        name, 0, arg, NULL, OPT_KIND_LIST, when, AT(field), NO_RANGE, of, help \
    }
#define INTEGER(name, letter, min, max, fallback, field, when, of, help)      \
    {                                                                         \
        name, letter, "N", NULL, OPT_KIND_INTEGER, when, AT(field), min, max, \
            fallback, of, help                                                \
    }
#define DURATION(name, max, fallback, field, when, of, help)               \
    {                                                                      \
        name, 0, "TIME", NULL, OPT_KIND_DURATION, when, AT(field), 1, max, \
            fallback, of, help                                             \
    }
#define MONEY(name, field, when, of, help)                                   \
    {                                                                        \
        name, 0, "USD", NULL, OPT_KIND_MONEY, when, AT(field), 0, 0, -1, of, \
            help                                                             \
    }
#define SHARE(name, field, when, of, help)                                    \
    {                                                                         \
        name, 0, "N|P%", NULL, OPT_KIND_SHARE, when, AT(field), NO_RANGE, of, \
            help                                                              \
    }
#define SHARD(name, field, when, of, help)                                   \
    {                                                                        \
        name, 0, "I/N", NULL, OPT_KIND_SHARD, when, AT(field), NO_RANGE, of, \
            help                                                             \
    }
#define CHOICE(name, choices, field, when, of, help)                           \
    {                                                                          \
        name, 0, choices, choices, OPT_KIND_CHOICE, when, AT(field), NO_RANGE, \
            of, help                                                           \
    }
#define ONLY(name, choice, field, when, of, help)                              \
    {                                                                          \
        name, 0, choice, choice, OPT_KIND_ONLY, when, AT(field), NO_RANGE, of, \
            help                                                               \
    }

/* In the order in which --help shows them. */
const struct opt_option_row opt_options[] = {
    LIST("set", "NAME=VALUE", set, NOW, MANIFESTS,
         "give a parameter its values: a list 0.1,0.01, a range 1..5, or "
         "JSON; repeatable"),
    TEXT("market", 0, "MARKET", market, NOW, MANIFESTS,
         "market address or slug for entries that name none"),
    TEXT("timeout", 0, "TIME", timeout, NOW, MANIFESTS,
         "timeout for entries that name none: 90s, 30m, 2h (1h)"),
    TEXT("id", 0, "ID", id, NOW, MANIFESTS,
         "id of a plain job definition's entry (the file's stem)"),
    TEXT("rows", 0, "FILE", rows, NOW, OF(NEW),
         "write the rows of a CSV or JSON Lines file into the entry"),
    TEXT("where", 0, "EXPR", where, NOW, PICKERS,
         "only what meets the expression"),
    SHARE("sample", sample, NOW, SAMPLERS,
          "a random sample of the points, without replacement"),
    INTEGER("seed", 0, 0, INT64_MAX, 0, seed, NOW, SAMPLERS,
            "seed of the sample (0)"),
    SHARD("shard", shard, NOW, OF(RUN) | OF(PLAN) | OF(EXPAND),
          "only part I (from 0) of N; auto/N takes I from an array job's "
          "environment"),

    TEXT("ledger", 0, "FILE", ledger, NOW, OF(RUN) | OF(PLAN),
         "the ledger, strftime in UTC (NAME.ledger.jsonl beside the "
         "manifest)"),
    TEXT("batch", 0, "NAME", batch, NOW, OF(RUN) | OF(PLAN),
         "name the occasion, strftime in UTC: nightly-%F"),
    LIST("seen", "LEDGER", seen, NOW, OF(RUN) | OF(PLAN),
         "what this ledger posted counts as posted here; repeatable"),
    CHOICE("changed", "refuse|keep|replace", changed, NOW, OF(RUN) | OF(PLAN),
           "what to do with points that changed since they were posted "
           "(refuse)"),
    TEXT("expect", 0, "DIGEST", expect, NOW, OF(RUN),
         "run only what `plan` showed with this digest"),
    ONLY("pin", "none", pin_none, NOW, OF(RUN),
         "definitions are pinned already: pin nothing"),
    FLAG("any-market", 0, any_market, NOW, OF(RUN) | OF(PLAN),
         "also markets that credits do not pay for"),
    FLAG("allow-unpriced", 0, allow_unpriced, NOW,
         OF(RUN) | OF(PLAN) | OF(RETRY) | OF(EXTEND),
         "also markets without a known price"),

    MONEY("max-cost", max_cost_nano, NOW, SPENDERS | OF(PLAN) | OF(REVIEW),
          "spend at most this, over the whole ledger"),
    SHARE("max-rejected", max_rejected, NOW, OF(RUN),
          "give up after so many rejections"),
    INTEGER("live", 'j', 1, INT32_MAX, -1, live, NOW, OF(RUN),
            "post only while fewer than N jobs in a market are unfinished, "
            "and go on as they end"),
    FLAG("yes", 'y', yes, NOW, SPENDERS | OF(STOP), "do not ask"),

    INTEGER("connections", 0, 1, 4096, 64, connections, NOW, NETWORK,
            "requests in flight at most (64)"),
    INTEGER("rate", 0, 1, 1000000, -1, rate, NOW, NETWORK,
            "requests a second at most"),
    DURATION("give-up", 24 * HOUR_MS, HOUR_MS / 4, give_up_ms, NOW, NETWORK,
             "end when the service fails for so long (15m)"),
    INTEGER("retries", 0, 0, 100, 8, retries, NOW, NETWORK,
            "attempts after a request of unknown outcome (8)"),
    DURATION("http-timeout", HOUR_MS, HOUR_MS / 30, http_timeout_ms, NOW,
             NETWORK, "how long a request may take (120s)"),
    ONLY("replay", "never", replay_never, NOW, NETWORK,
         "never send a request of unknown outcome again"),
    CHOICE("api", "jobs|with-credits", api, NOW, NETWORK,
           "generation of the service's API (jobs)"),
    TEXT("api-url", 0, "URL", api_url, NOW, NETWORK,
         "the service ($NOSANA_API_URL)"),
    TEXT("pin-url", 0, "URL", pin_url, NOW, NETWORK,
         "the pinning service ($PINATA_API_URL)"),
    TEXT("api-key-file", 0, "FILE", api_key_file, NOW, NETWORK,
         "file that holds the API key ($NOSANA_API_KEY)"),
    TEXT("pin-jwt-file", 0, "FILE", pin_jwt_file, NOW, NETWORK,
         "file that holds the pinning token ($PINATA_JWT)"),
    TEXT("cacert", 0, "FILE", cacert, NOW, NETWORK,
         "trust these certificate authorities (PEM) instead of the system's"),
    ONLY("proxy", "env", proxy_env, NOW, NETWORK,
         "obey the proxy variables of the environment"),

    DURATION("time", 24 * 365 * HOUR_MS, -1, time_ms, NOW, OF(EXTEND),
             "how much more time: 30m"),
    TEXT("manifest", 0, "MANIFEST", manifest, NOW, OF(EXTEND) | OF(STOP),
         "the manifest that --stale compares with"),
    FLAG("stale", 0, stale, NOW, OF(EXTEND) | OF(STOP),
         "jobs whose point changed in the manifest or is gone from it"),
    TEXT("posted", 0, "ADDRESS", posted, NOW, OF(SETTLE),
         "the job exists at this address"),
    FLAG("lost", 0, lost, NOW, OF(SETTLE), "the job does not exist"),
    TEXT("until", 0, "EVENT", until, NOW, OF(WAIT),
         "end already at: any, failed=N"),
    TEXT("project", 0, "ADDRESS", project, NOW, OF(STATUS),
         "whose jobs to list where no reply has told it yet"),

    ONLY("schema", "strict", schema_strict, NOW, OF(VALIDATE),
         "exactly the newest published schema"),
    {"format", 0, "FORMAT", "table|json|jsonl|csv|html", OPT_KIND_CHOICE, NOW,
     AT(format), NO_RANGE, PRINTERS | OF(RUN) | OF(RETRY) | OF(WAIT),
     "how data is printed: table, json, jsonl or csv (table); a review also "
     "as html; run, retry and wait print a summary for machines"},
    TEXT("columns", 0, "NAME,…", columns, NOW, OF(RESULTS) | OF(MARKETS),
         "only these columns, in this order"),
    TEXT("sort", 0, "COLUMN", sort, NOW, OF(RESULTS) | OF(MARKETS),
         "order by a column; -COLUMN: the greatest first"),
    FLAG("check", 0, check, NOW, OF(RESULTS),
         "verify the ledger from end to end"),
    TEXT("by", 0, "NAME,…", by, NOW, OF(REVIEW),
         "group by entry, market, state, hour, day, week or parameters"),
    LIST("compare", "LEDGER", compare, NOW, OF(REVIEW),
         "show what became dearer since this ledger; repeatable"),
    TEXT("time-zone", 0, "TZ", time_zone, NOW, OF(REVIEW),
         "for days and hours (UTC)"),
    CHOICE("progress", "auto|always|never", progress, NOW,
           OF(RUN) | OF(WAIT) | OF(RETRY),
           "the updating line (auto: on a terminal)"),
    TEXT("metrics", 0, "FILE", metrics, NOW, OF(RUN) | OF(RETRY) | OF(WAIT),
         "replace this Prometheus text file at the end"),
    FLAG("quiet", 'q', quiet, NOW, OF(RUN) | OF(WAIT) | OF(RETRY),
         "print only what an operator must read"),
    FLAG("verbose", 'v', verbose, NOW, OF(RUN) | OF(WAIT) | OF(STATUS),
         "print more"),
};

const size_t opt_option_count = sizeof opt_options / sizeof opt_options[0];

const struct opt_option_row *opt_option_find(const char *name, size_t len)
{
    for (size_t i = 0; i < opt_option_count; i++)
        if (strlen(opt_options[i].name) == len &&
            memcmp(opt_options[i].name, name, len) == 0)
            return &opt_options[i];
    return NULL;
}

const struct opt_option_row *opt_option_short(char name)
{
    for (size_t i = 0; i < opt_option_count; i++)
        if (name != 0 && opt_options[i].short_name == name)
            return &opt_options[i];
    return NULL;
}

bool opt_option_fits(const struct opt_option_row *option,
                     enum opt_command command)
{
    return command < OPT_COMMANDS && (option->commands >> command & 1) != 0;
}

size_t opt_choice(const char *choices, unsigned i, const char **text)
{
    const char *at = choices;

    for (; at && i > 0; i--) {
        at = strchr(at, '|');
        if (at)
            at++;
    }
    *text = at;
    return at ? strcspn(at, "|") : 0;
}

bool opt_choice_fits(const struct opt_option_row *option, unsigned i,
                     enum opt_command command)
{
    bool html = option->offset == offsetof(struct opt, format) && i == OPT_HTML;

    return opt_option_fits(option, command) && (!html || command == OPT_REVIEW);
}

const char *opt_command_name(enum opt_command command)
{
    return command < OPT_COMMANDS ? opt_commands[command].name : "nosbatch";
}
