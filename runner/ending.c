#include "ending.h"

#include <string.h>
#include <unistd.h>

#include "report.h"
#include "say.h"
#include "status.h"

#define COLUMNS_MAX (ENDING_COUNTS_MAX + 10)

void ending_add(struct ending *ending, const char *name, uint64_t value)
{
    if (ending->count < ENDING_COUNTS_MAX)
        ending->counts[ending->count++] = (struct ending_count){name, value};
}

/* A row that is put together from left to right. */
struct row {
    struct report_column columns[COLUMNS_MAX];
    struct report_cell cells[COLUMNS_MAX];
    size_t len;
};

static void add_cell(struct row *row, const char *name, struct report_cell cell)
{
    row->columns[row->len].name = name;
    row->cells[row->len++] = cell;
}

static int64_t as_int(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static void fill_row(const struct ending *ending, const char *seconds,
                     struct row *row)
{
    const char *reasons = ending->reasons ? ending->reasons : "[]";

    memset(row, 0, sizeof *row);
    add_cell(row, "command", report_text(ending->command));
    add_cell(row, "status", report_integer(ending->status));
    add_cell(row, "why", report_text(ending->why));
    add_cell(row, "manifest", report_text(ending->manifest));
    add_cell(row, "ledger", report_text(ending->ledger));
    add_cell(row, "batch", report_text(ending->batch));
    add_cell(row, "total", report_integer(as_int(ending->total)));
    for (size_t i = 0; i < ending->count; i++)
        add_cell(row, ending->counts[i].name,
                 report_integer(as_int(ending->counts[i].value)));
    add_cell(row, ending->cost_name, report_money(ending->cost_nano));
    add_cell(row, "seconds", report_number(seconds, strlen(seconds)));
    add_cell(row, "reasons", report_json(reasons, strlen(reasons)));
}

/* One object is no list: json is written as jsonl writes it. */
static int print_row(const struct ending *ending, const struct opt *opt,
                     FILE *out, struct err *err)
{
    struct report_options options = {
        .format = opt->format == OPT_CSV ? OPT_CSV : OPT_JSONL,
        .terminal = isatty(fileno(out)) == 1,
    };
    struct report report;
    struct row row;
    char seconds[32];

    snprintf(seconds, sizeof seconds, "%llu.%03llu",
             (unsigned long long)(ending->took_ms / 1000),
             (unsigned long long)(ending->took_ms % 1000));
    fill_row(ending, seconds, &row);
    int rc = report_begin(&report, out, &options, row.columns, row.len, err);
    if (rc == 0)
        rc = report_row(&report, row.cells, err);
    if (rc == 0)
        rc = report_end(&report, err);
    report_release(&report);
    return rc;
}

/* Where the command ended for that very reason, it is said already. */
static void tell_unwritten(const struct ending *ending, const struct err *err)
{
    if (ending->status != STATUS_CREATE || ending->total > 0)
        say_warning("%s", err->message);
}

int ending_tell(const struct ending *ending, const struct opt *opt, FILE *out,
                struct err *err)
{
    struct err unwritten = ERR_INIT;

    if (opt->metrics && ending->status != STATUS_LOCKED &&
        ending_write_metrics(ending, opt->metrics, &unwritten) != 0)
        tell_unwritten(ending, &unwritten);
    return opt->format == OPT_TABLE ? 0 : print_row(ending, opt, out, err);
}
