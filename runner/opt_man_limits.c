/*
 * opt_man_limits: the manual's table of limits, from the constants that set
 * them.
 */
#include <inttypes.h>

#include "../queue/ledger.h"
#include "../queue/ledger_index.h"
#include "../templates/cid.h"
#include "../templates/csv.h"
#include "../templates/entry.h"
#include "../templates/expr.h"
#include "../templates/json.h"
#include "answer.h"
#include "engine.h"
#include "http.h"
#include "ledger_path.h"
#include "opt_man.h"
#include "poll.h"
#include "report.h"
#include "secret.h"

struct limit {
    const char *what; /* mdoc text */
    uint64_t value;   /* of the unit: "" where it has none */
    const char *unit;
};

#define KIB 1024
#define MIB (1024 * KIB)

static const struct limit manifests[] = {
    {"An entry, and any other JSON text", JSON_TEXT_MAX / MIB, "MiB"},
    {"JSON values in it", JSON_VALUES_MAX, ""},
    {"Lists and objects within one another", JSON_DEPTH_MAX, ""},
    {"A rendered definition", CID_CONTENT_MAX / KIB, "KiB"},
    {"Parameters of an entry, columns included", PARAMS_COUNT_MAX, ""},
    {"Characters of a parameter's name", PARAMS_NAME_MAX, ""},
    {"Characters of an id", ENTRY_ID_MAX, ""},
    {"Bytes of a job's name", ENTRY_NAME_MAX, ""},
    {"Memory of an entry", ENTRY_MEMORY_MAX / MIB, "MiB"},
    {"Points of a manifest", PARAMS_POINTS_MAX, ""},
    {"A timeout", ENTRY_TIMEOUT_MAX, "s"},
    {"An expression", EXPR_TEXT_MAX / KIB, "KiB"},
    {"Parentheses within one another", EXPR_DEPTH_MAX, ""},
    {"Different names in an expression", EXPR_NAMES_MAX, ""},
    {"Characters of a pattern", EXPR_LIKE_MAX, ""},
    {"Columns of a CSV file", CSV_COLUMNS_MAX, ""},
    {"A row of it", CSV_ROW_BYTES_MAX / MIB, "MiB"},
};

static const struct limit ledgers[] = {
    {"A record", LEDGER_LINE_MAX / MIB, "MiB"},
    {"A ledger", (LEDGER_OFFSET_MAX + 1) / MIB / MIB, "TiB"},
    {"Jobs of a ledger", LEDGER_JOBS_MAX, ""},
    {"Generations of a job, by retry", LEDGER_GEN_MAX, ""},
    {"Jobs of one name", LEDGER_SAME_NAME_MAX, ""},
    {"Bytes of a batch's name", LEDGER_BATCH_MAX, ""},
};

static const struct limit network[] = {
    {"A reply; it is given up beyond", HTTP_BODY_MAX / MIB, "MiB"},
    {"A reply about states of jobs", POLL_BODY_MAX / MIB, "MiB"},
    {"A reply's headers together", HTTP_HEAD_MAX / KIB, "KiB"},
    {"A wait asked for; a longer one ends the run",
     ENGINE_RETRY_AFTER_MS / 1000, "s"},
    {"Bytes kept of what the service says", ANSWER_TEXT_MAX - 1, ""},
    {"Bytes of a key or token", SECRET_MAX, ""},
};

static const struct limit output[] = {
    {"Columns of a table", REPORT_COLUMNS_MAX, ""},
    {"A row of it", REPORT_ROW_MAX / MIB, "MiB"},
    {"Errors that are shown; more are counted", ERRS_MAX, ""},
    {"Times that an option may be repeated", OPT_LIST_MAX, ""},
};

static void put_rows(const char *head, const struct limit *rows, size_t count,
                     FILE *out)
{
    fprintf(out,
            ".Ss %s\n.Bl -column "
            "\"A wait asked for; a longer one ends the run\" "
            "\"9223372036854775807\"\n",
            head);
    for (size_t i = 0; i < count; i++)
        fprintf(out, ".It \\&%s Ta %" PRIu64 "%s%s\n", rows[i].what,
                rows[i].value, rows[i].unit[0] ? " " : "", rows[i].unit);
    fputs(".El\n", out);
}

#define PUT_ROWS(head, rows, out) \
    put_rows(head, rows, sizeof(rows) / sizeof(rows)[0], out)

void opt_man_limits(FILE *out)
{
    fputs(".Sh LIMITS\n"
          "What comes from elsewhere is bounded, and beyond a bound is an "
          "error that\n"
          "names it.\n"
          "Times of requests are set by\n"
          ".Fl \\-http-timeout ,\n"
          ".Fl \\-retries\n"
          "and\n"
          ".Fl \\-give-up .\n"
          "Memory does not grow with a manifest's entries or points, but for "
          "16 bytes an\n"
          "entry and 40 a job of the ledger.\n",
          out);
    PUT_ROWS("Manifests", manifests, out);
    PUT_ROWS("Ledgers", ledgers, out);
    PUT_ROWS("The service", network, out);
    PUT_ROWS("What is printed and typed", output, out);
}
