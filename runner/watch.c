#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "results_columns.h"
#include "say.h"

#define JOBS_FIRST 256

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

/* --- reading -------------------------------------------------------------- */

static int read_ledger(struct watch *watch, const char *path,
                       struct ledger **out, struct err *err)
{
    struct ledger_options options = {
        .os = watch->os, .mode = LEDGER_READ, .path = path, .warn = warn};
    int rc = ledger_open(out, &options, err);

    return rc == 1 ? err_set(err, ERR_INPUT, "there is no ledger %s", path)
                   : rc;
}

static void copy(char *out, size_t size, const char *text)
{
    out[0] = '\0';
    if (text && strlen(text) < size)
        memcpy(out, text, strlen(text) + 1);
}

static void fill(struct watched *job, const struct ledger_row *row)
{
    key_parse(row->key, strlen(row->key), job->key);
    job->number = row->number;
    job->gen = row->gen;
    job->newest = row->latest;
    job->state = row->state;
    job->at_ms = row->at_ms;
    job->charged_nano = row->charged_nano;
    job->has_address =
        row->state == LEDGER_POSTED && row->address &&
        base58_address(row->address, strlen(row->address), job->address);
    job->job_state = row->job_state;
    copy(job->job_status, sizeof job->job_status, row->job_status);
    copy(job->result, sizeof job->result, row->result);
    job->listed_s = row->listed_s;
    job->start_s = row->start_s;
    job->end_s = row->end_s;
    job->final_nano = row->final_nano;
}

static struct watched *add(struct watch *watch, struct err *err)
{
    if (watch->count == watch->cap) {
        size_t cap = watch->cap > 0 ? watch->cap * 2 : JOBS_FIRST;
        struct watched *jobs = realloc(watch->jobs, cap * sizeof *jobs);
        if (!jobs) {
            err_set(err, ERR_MEMORY, "out of memory for %zu jobs",
                    watch->count);
            return NULL;
        }
        watch->jobs = jobs;
        watch->cap = cap;
    }
    struct watched *job = &watch->jobs[watch->count++];
    memset(job, 0, sizeof *job);
    return job;
}

static int learn(void *arg, const struct ledger_row *row, struct err *err)
{
    struct watch *watch = arg;

    return row_where_learn(&watch->where, row, err);
}

/* Which account the ledger's jobs are of. */
static void learn_project(struct watch_ledger *ledger,
                          const struct ledger_row *row)
{
    uint8_t bytes[BASE58_ADDRESS_LEN];
    const char *project = row->project;

    if (!project || !base58_address(project, strlen(project), bytes))
        return;
    if (ledger->project[0] == '\0')
        copy(ledger->project, sizeof ledger->project, project);
    else if (strcmp(ledger->project, project) != 0)
        ledger->projects_differ = true;
    if (row->latest && !ledger->has_teller) {
        ledger->has_teller = true;
        ledger->teller = row->number;
    }
}

static int collect(void *arg, const struct ledger_row *row, struct err *err)
{
    struct watch *watch = arg;
    int picked = row_where_test(&watch->where, row, err);
    struct watched *job = picked < 0 ? NULL : add(watch, err);

    if (!job)
        return err->code;
    fill(job, row);
    learn_project(&watch->ledgers[watch->reading], row);
    job->ledger = watch->reading;
    job->picked = picked > 0;
    return 0;
}

static int collect_all(struct watch *watch, struct err *err)
{
    int rc = 0;

    watch->count = 0;
    for (uint32_t i = 0; rc == 0 && i < watch->ledger_count; i++) {
        watch->reading = i;
        rc = ledger_rows(watch->ledgers[i].ledger, collect, watch, err);
    }
    return rc;
}

/* --- opening -------------------------------------------------------------- */

/* Whether two URLs are one but for slashes at their ends. */
static bool same_url(const char *a, const char *b)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);

    while (a_len > 0 && a[a_len - 1] == '/')
        a_len--;
    while (b_len > 0 && b[b_len - 1] == '/')
        b_len--;
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static int check_ledger(const struct watch *watch, uint32_t at,
                        const char *api_url, struct err *err)
{
    const struct watch_ledger *ledger = &watch->ledgers[at];
    const struct ledger_info *info = ledger_info(ledger->ledger);

    if (!same_url(info->identity.api_url, api_url))
        return err_set(err, ERR_DATA,
                       "%s belongs to another service: expected %s, found %s; "
                       "set NOSANA_API_URL or give --api-url",
                       ledger->path, api_url, info->identity.api_url);
    for (uint32_t i = 0; i < at; i++)
        if (strcmp(ledger_info(watch->ledgers[i].ledger)->id, info->id) == 0)
            return err_set(err, ERR_USAGE,
                           "%s and %s are one ledger: name it once",
                           watch->ledgers[i].path, ledger->path);
    return 0;
}

static int open_ledgers(struct watch *watch, const struct opt *opt,
                        const char *api_url, struct err *err)
{
    int rc = 0;

    watch->ledgers = calloc(opt->arg_count, sizeof *watch->ledgers);
    if (!watch->ledgers)
        return err_set(err, ERR_MEMORY, "out of memory for ledgers");
    for (uint32_t i = 0; rc == 0 && i < opt->arg_count; i++) {
        struct watch_ledger *ledger = &watch->ledgers[i];
        ledger->path = opt->args[i];
        watch->ledger_count++;
        rc = read_ledger(watch, ledger->path, &ledger->ledger, err);
        if (rc == 0)
            rc = check_ledger(watch, i, api_url, err);
        if (rc == 0 && watch->where.given)
            rc = ledger_rows(ledger->ledger, learn, watch, err);
    }
    return rc;
}

int watch_open(struct watch *watch, const struct opt *opt, const char *api_url,
               const struct os *os, struct err *err)
{
    memset(watch, 0, sizeof *watch);
    watch->os = os;
    markets_init(&watch->markets);
    int rc = row_where_init(&watch->where, opt->where, &watch->markets,
                            os->wall_ms(os->context), err);
    if (rc == 0)
        rc = markets_snapshot(&watch->markets, err);
    if (rc == 0)
        rc = open_ledgers(watch, opt, api_url, err);
    if (rc == 0)
        rc = row_where_check(&watch->where, err);
    if (rc == 0)
        rc = collect_all(watch, err);
    return rc;
}

void watch_release(struct watch *watch)
{
    for (uint32_t i = 0; i < watch->ledger_count; i++)
        ledger_close(watch->ledgers[i].ledger);
    free(watch->ledgers);
    free(watch->jobs);
    row_where_release(&watch->where);
    markets_release(&watch->markets);
    memset(watch, 0, sizeof *watch);
}

static bool before(const struct watched *a, const struct watched *b)
{
    if (a->ledger != b->ledger)
        return a->ledger < b->ledger;
    return a->number != b->number ? a->number < b->number : a->gen < b->gen;
}

/* What the service said; the ledger says the rest. */
static void keep_news(struct watched *job, const struct watched *old)
{
    struct watched kept = *job;

    kept.missing = old->missing;
    if (old->news) {
        kept.job_state = old->job_state;
        memcpy(kept.job_status, old->job_status, sizeof kept.job_status);
        memcpy(kept.result, old->result, sizeof kept.result);
        kept.listed_s = old->listed_s;
        kept.start_s = old->start_s;
        kept.end_s = old->end_s;
        kept.final_nano = old->final_nano;
        kept.news = true;
    }
    *job = kept;
}

int watch_reload(struct watch *watch, struct err *err)
{
    struct watched *old = watch->jobs;
    size_t old_count = watch->count;
    size_t at = 0;
    int rc = 0;

    watch->jobs = NULL;
    watch->count = watch->cap = 0;
    for (uint32_t i = 0; rc == 0 && i < watch->ledger_count; i++) {
        struct ledger *again = NULL;
        rc = read_ledger(watch, watch->ledgers[i].path, &again, err);
        if (rc == 0) {
            ledger_close(watch->ledgers[i].ledger);
            watch->ledgers[i].ledger = again;
            watch->ledgers[i].has_teller = false;
        }
    }
    if (rc == 0)
        rc = collect_all(watch, err);
    for (size_t i = 0; rc == 0 && i < watch->count; i++) {
        while (at < old_count && before(&old[at], &watch->jobs[i]))
            at++;
        if (at < old_count && !before(&watch->jobs[i], &old[at]) &&
            memcmp(old[at].key, watch->jobs[i].key, KEY_LEN) == 0)
            keep_news(&watch->jobs[i], &old[at]);
    }
    free(old);
    return rc;
}

/* --- what is known -------------------------------------------------------- */

bool watch_is_live(const struct watched *job)
{
    bool final =
        job->job_state == JOBINFO_STOPPED ||
        (job->job_state == JOBINFO_COMPLETED && job->job_status[0] != '\0');

    return job->state == LEDGER_POSTED && job->has_address && !final;
}

bool watch_succeeded(const struct watched *job)
{
    return jobinfo_succeeded(job->job_state, job->job_status);
}

const char *watch_word(const struct watched *job)
{
    if (job->state != LEDGER_POSTED)
        return results_state(job->state);
    if (job->missing && job->job_state < JOBINFO_COMPLETED)
        return "missing";
    if (job->job_state < 0)
        return "posted";
    if (job->job_state == JOBINFO_COMPLETED && job->job_status[0] != '\0')
        return job->job_status;
    return jobinfo_state_name(job->job_state);
}

void watch_take(struct watched *job, const struct jobinfo *info)
{
    int64_t final_nano = jobinfo_final_nano(info);
    bool same = job->job_state == (int)info->state &&
                strcmp(job->job_status, info->job_status) == 0 &&
                strcmp(job->result, info->result) == 0 &&
                job->start_s == info->start_s && job->end_s == info->end_s &&
                job->final_nano == final_nano;

    job->missing = false;
    if (same)
        return;
    job->news = true;
    job->job_state = (int)info->state;
    memcpy(job->job_status, info->job_status, sizeof job->job_status);
    memcpy(job->result, info->result, sizeof job->result);
    job->listed_s = info->listed_s;
    job->start_s = info->start_s;
    job->end_s = info->end_s;
    job->final_nano = final_nano;
}
