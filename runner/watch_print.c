#include "watch_print.h"

#include <stdio.h>
#include <string.h>

#include "../queue/ledger_time.h"
#include "../templates/money.h"
#include "report.h"

#define URL_MAX (sizeof WATCH_DASHBOARD + BASE58_TEXT_MAX)

static void init_options(struct report_options *options, const struct opt *opt,
                         const struct app *app)
{
    *options = (struct report_options){.format = (enum opt_format)opt->format,
                                       .terminal = app->out_terminal,
                                       .width = app->out_width};
}

static struct report_cell money(int64_t nano)
{
    return nano < 0 ? report_none() : report_money(nano);
}

/* --- by state ------------------------------------------------------------- */

/* In this order, those that the service alone knows between both parts. */
static const char *const first_words[] = {"posted",  "missing",   "queued",
                                          "running", "completed", "success",
                                          "failed",  "stopped"};
static const char *const last_words[] = {"open", "unknown", "rejected",
                                         "pending", "lost"};
#define FIRST_COUNT (sizeof first_words / sizeof first_words[0])
#define LAST_COUNT  (sizeof last_words / sizeof last_words[0])
#define OTHERS_MAX  32 /* other job statuses; more than that are one */
#define LINES_MAX   (FIRST_COUNT + OTHERS_MAX + LAST_COUNT)

struct line {
    char word[WATCH_WORD_MAX];
    uint64_t jobs;
    int64_t charged_nano, final_nano; /* -1: none of them has any */
};

static void add_money(int64_t *sum, int64_t nano)
{
    if (nano < 0)
        return;
    if (*sum < 0)
        *sum = 0;
    if (!money_add(sum, nano))
        *sum = INT64_MAX;
}

static void name_line(struct line *line, const char *word)
{
    snprintf(line->word, sizeof line->word, "%s", word);
}

/* The line of a word: made in the middle where it is new. */
static struct line *find_line(struct line *lines, const char *word)
{
    size_t i = 0;

    while (i < LINES_MAX && strcmp(lines[i].word, word) != 0)
        i++;
    if (i < LINES_MAX)
        return &lines[i];
    i = FIRST_COUNT;
    while (i < FIRST_COUNT + OTHERS_MAX - 1 && lines[i].word[0] != '\0')
        i++;
    if (i == FIRST_COUNT + OTHERS_MAX - 1)
        word = "other";
    name_line(&lines[i], word);
    return &lines[i];
}

static void count(const struct watch *watch, struct line lines[LINES_MAX])
{
    for (size_t i = 0; i < LINES_MAX; i++)
        lines[i] = (struct line){.charged_nano = -1, .final_nano = -1};
    for (size_t i = 0; i < FIRST_COUNT; i++)
        name_line(&lines[i], first_words[i]);
    for (size_t i = 0; i < LAST_COUNT; i++)
        name_line(&lines[LINES_MAX - LAST_COUNT + i], last_words[i]);
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched *job = &watch->jobs[i];
        if (!job->picked)
            continue;
        struct line *line = find_line(lines, watch_word(job));
        line->jobs++;
        add_money(&line->charged_nano, job->charged_nano);
        add_money(&line->final_nano, job->final_nano);
    }
}

int watch_print_states(const struct watch *watch, const struct opt *opt,
                       const struct app *app, struct err *err)
{
    static const struct report_column columns[] = {
        {"state", false},
        {"jobs", true},
        {"charged_usd", true},
        {"final_usd", true},
    };
    struct line lines[LINES_MAX];
    struct report_options options;
    struct report report;

    count(watch, lines);
    init_options(&options, opt, app);
    int rc = report_begin(&report, app->out, &options, columns, 4, err);
    for (size_t i = 0; rc == 0 && i < LINES_MAX; i++) {
        const struct report_cell cells[] = {
            report_text(lines[i].word),
            report_integer((int64_t)lines[i].jobs),
            money(lines[i].charged_nano),
            money(lines[i].final_nano),
        };
        if (lines[i].jobs > 0)
            rc = report_row(&report, cells, err);
    }
    if (rc == 0)
        rc = report_end(&report, err);
    report_release(&report);
    return rc;
}

/* --- by job --------------------------------------------------------------- */

/* A table shows the first ones. */
static const struct report_column job_columns[] = {
    {"name", false},       {"state", false},  {"market", false},
    {"final_usd", true},   {"url", false},    {"ledger", false},
    {"gen", true},         {"key", false},    {"address", false},
    {"job_status", false}, {"listed", false}, {"started", false},
    {"ended", false},      {"seconds", true}, {"charged_usd", true},
    {"result", false},     {"error", false},
};
#define JOB_COLUMNS   (sizeof job_columns / sizeof job_columns[0])
#define TABLE_COLUMNS 5

struct printing {
    const struct watch *watch;
    struct report report;
    size_t at; /* the row's job */
};

/* "2026-11-23T10:00:00.000Z"; nothing for 0. */
static struct report_cell time_cell(int64_t s, char text[LEDGER_TIME_LEN])
{
    if (s <= 0)
        return report_none();
    ledger_time_format(s * 1000, text);
    return report_bytes(text, LEDGER_TIME_LEN);
}

static struct report_cell word_cell(const char *text)
{
    return text[0] != '\0' ? report_text(text) : report_none();
}

static int print_job(struct printing *printing, const struct watched *job,
                     const struct ledger_row *row, struct err *err)
{
    const struct watch *watch = printing->watch;
    char times[3][LEDGER_TIME_LEN];
    char address[BASE58_TEXT_MAX] = "";
    char url[URL_MAX] = "";
    uint8_t market[BASE58_ADDRESS_LEN];
    const char *label = row->market;

    if (label && base58_address(label, strlen(label), market))
        label = markets_label(&watch->markets, market, label);
    if (job->has_address) {
        base58_encode(job->address, sizeof job->address, address);
        snprintf(url, sizeof url, WATCH_DASHBOARD "%s", address);
    }
    bool timed = job->start_s > 0 && job->end_s >= job->start_s;
    const struct report_cell cells[JOB_COLUMNS] = {
        report_bytes(row->name.bytes, row->name.len),
        report_text(watch_word(job)),
        report_text(label),
        money(job->final_nano),
        word_cell(url),
        report_text(watch->ledgers[job->ledger].path),
        report_integer(job->gen),
        report_text(row->key),
        word_cell(address),
        word_cell(job->job_status),
        time_cell(job->listed_s, times[0]),
        time_cell(job->start_s, times[1]),
        time_cell(job->end_s, times[2]),
        timed ? report_integer(job->end_s - job->start_s) : report_none(),
        money(job->charged_nano),
        word_cell(job->result),
        report_text(job->state == LEDGER_POSTED ? NULL : row->error),
    };
    return report_row(&printing->report, cells, err);
}

static int on_row(void *arg, const struct ledger_row *row, struct err *err)
{
    struct printing *printing = arg;
    const struct watched *job = &printing->watch->jobs[printing->at++];

    return job->picked ? print_job(printing, job, row, err) : 0;
}

int watch_print_jobs(const struct watch *watch, const struct opt *opt,
                     const struct app *app, struct err *err)
{
    struct printing printing = {.watch = watch};
    struct report_options options;
    bool table = opt->format == OPT_TABLE;

    init_options(&options, opt, app);
    /* A page's address that is cut is of no use. */
    options.width = 0;
    int rc = report_begin(&printing.report, app->out, &options, job_columns,
                          table ? TABLE_COLUMNS : JOB_COLUMNS, err);
    for (uint32_t i = 0; rc == 0 && i < watch->ledger_count; i++)
        rc = ledger_rows(watch->ledgers[i].ledger, on_row, &printing, err);
    if (rc == 0)
        rc = report_end(&printing.report, err);
    report_release(&printing.report);
    return rc;
}
