#include "survey_impl.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_SHORT_S 3600 /* the service lately refuses less */

static void add_nano(int64_t *sum, int64_t nano)
{
    if (!money_add(sum, nano))
        *sum = INT64_MAX;
}

static void add_seconds(uint64_t *sum, uint64_t seconds)
{
    *sum += seconds <= UINT64_MAX - *sum ? seconds : UINT64_MAX - *sum;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static int64_t times_nano(int64_t nano, uint64_t n)
{
    if (nano > 0 && n > (uint64_t)(INT64_MAX / nano))
        return INT64_MAX;
    return nano * (int64_t)n;
}

int64_t survey_job_max(const struct market *market, uint64_t timeout_s)
{
    int64_t nano;

    if (!market || !market->has_price)
        return -1;
    return money_for_time(market->hourly_nano, timeout_s, &nano) ? nano
                                                                 : INT64_MAX;
}

/* The row of a market, made where it is new; NULL: out of memory. */
static struct survey_market *market_row(struct survey *survey,
                                        const uint8_t address[32])
{
    for (size_t i = survey->market_count; i-- > 0;)
        if (memcmp(survey->markets[i].address, address, 32) == 0)
            return &survey->markets[i];
    size_t n = survey->market_count;
    if ((n & (n - 1)) == 0) {
        size_t cap = n == 0 ? 1 : n * 2;
        void *rows = realloc(survey->markets, cap * sizeof *survey->markets);
        if (!rows)
            return NULL;
        survey->markets = rows;
    }
    struct survey_market *row = &survey->markets[survey->market_count++];
    *row = (struct survey_market){
        .market = markets_by_address(survey->options.markets, address)};
    memcpy(row->address, address, 32);
    row->priced = row->market && row->market->has_price;
    return row;
}

static void count(struct survey_counts *counts, enum compare_kind kind,
                  uint64_t n, uint64_t twins)
{
    uint64_t *const each[] = {
        [COMPARE_NEW] = &counts->new_jobs,
        [COMPARE_POSTED] = &counts->posted,
        [COMPARE_SAME] = &counts->same,
        [COMPARE_PENDING] = &counts->pending,
        [COMPARE_CHANGED] = &counts->changed,
        [COMPARE_TIMEOUT] = &counts->timeout,
    };

    counts->jobs += n;
    counts->twins += twins;
    *each[kind] += n;
}

/* Whether a run posts such a point. */
static bool is_posted(const struct survey *survey, enum compare_kind kind)
{
    return kind == COMPARE_NEW ||
           (kind == COMPARE_CHANGED && survey->options.replace);
}

int survey_count(struct survey_pass *pass, struct survey_entry *entry,
                 enum compare_kind kind, uint64_t n, struct err *err)
{
    struct survey *survey = pass->survey;
    uint64_t same = twins_next(&survey->twins, survey->entries, n);
    uint64_t twins = is_posted(survey, kind) ? same : 0;

    n -= twins;
    count(&survey->counts, kind, n, twins);
    count(&entry->counts, kind, n, twins);
    if (!pass->job.has_address) {
        survey->unpriced += is_posted(survey, kind) ? n : 0;
        survey->without_market += n;
        return 0;
    }
    struct survey_market *row = market_row(survey, pass->job.market);
    if (!row)
        return err_set(err, ERR_MEMORY, "out of memory for markets");
    row->jobs += n;
    row->entry.jobs += n;
    if (!is_posted(survey, kind))
        return 0;
    int64_t max_nano = survey_job_max(row->market, pass->job.timeout_s);
    uint64_t seconds = times(pass->job.timeout_s, n);
    row->new_jobs += n;
    row->entry.new_jobs += n;
    add_seconds(&row->new_seconds, seconds);
    add_seconds(&row->entry.new_seconds, seconds);
    if (pass->job.timeout_s < TIMEOUT_SHORT_S)
        survey->short_timeouts += n;
    if (max_nano < 0) {
        survey->unpriced += n;
        return 0;
    }
    add_nano(&row->max_nano, times_nano(max_nano, n));
    add_nano(&row->entry.max_nano, times_nano(max_nano, n));
    add_nano(&survey->max_nano, times_nano(max_nano, n));
    add_nano(&entry->max_nano, times_nano(max_nano, n));
    return 0;
}

bool survey_without_address(struct survey_pass *pass, const struct entry *entry)
{
    struct err err;

    if (pass->job.has_address || !pass->survey->options.need_address)
        return false;
    if (!pass->job.has_market)
        err_set_at(&err, ERR_DATA, entry->line, entry->column,
                   "%s: no market: give the entry one, or --market SLUG; "
                   "\"nosbatch markets\" lists them",
                   entry->id);
    else
        err_set_at(&err, ERR_SERVICE, entry->line, entry->column,
                   "%s: market \"%s\" is a slug, and the list of markets "
                   "could not be fetched; give its address, or try again "
                   "later",
                   entry->id, pass->job.market_text);
    err.file = entry->file;
    errs_add(pass->errs, &err);
    return true;
}

/* By arithmetic: the first point stands for `count`. */
static int reckon(struct survey_pass *pass, struct survey_entry *row,
                  uint64_t count, struct err *fault, struct err *err)
{
    struct select *select = pass->select;
    const struct entry *entry = row->entry;
    uint64_t point;
    int rc = select_next(select, SURVEY_LOOKED_AT, &point, fault);

    if (rc <= 0)
        return rc;
    if (rc == SELECT_LATER) {
        /* None was found soon; what they all have in common is known. */
        pass->job.has_address = true;
        pass->job.timeout_s = entry->timeout_s;
        memcpy(pass->job.market, entry->address, sizeof pass->job.market);
    } else if (entry_job(select->entry, point, &pass->job, fault) < 0) {
        return fault->code;
    }
    if (survey_without_address(pass, entry))
        return 0;
    return survey_count(pass, row, COMPARE_NEW, count, err);
}

static int count_entry(struct survey_pass *pass, struct survey_entry *row,
                       struct err *fault, struct err *err)
{
    struct survey *survey = pass->survey;
    const struct entry *entry = row->entry;
    bool alike = survey_nothing_known(survey) && entry->has_address &&
                 entry->timeout.constant;
    uint64_t count;
    bool exact = select_count(pass->select, &count);

    if (alike && !exact && !pass->select->counting) {
        row->at_most = count > SELECT_COUNT_MAX - survey->gone_through;
        survey->at_most |= row->at_most;
        survey->gone_through += row->at_most ? 0 : count;
    }
    row->sample = count;
    if (alike && (exact || row->at_most))
        return reckon(pass, row, count, fault, err);
    bool only_count = alike && pass->select->shard.count == 0;
    int rc = survey_points(pass, row, only_count, fault, err);
    row->sample = pass->select->taken;
    return rc;
}

/* A point at fault ends its entry, not the pass. */
static int one_entry(struct survey_pass *pass, struct entry *entry,
                     struct err *err)
{
    struct survey *survey = pass->survey;
    struct survey_entry row = {.entry = entry};
    struct err fault = ERR_INIT;
    int rc = select_entry(pass->select, entry, &fault);

    for (size_t i = 0; i < survey->market_count; i++)
        survey->markets[i].entry = (struct survey_share){.jobs = 0};
    if (rc == 0)
        rc = count_entry(pass, &row, &fault, err);
    if (rc < 0 && fault.code != 0) {
        errs_add(pass->errs, &fault);
        return 0;
    }
    survey->entries++;
    plan_digest_entry(&survey->digest, entry->id);
    row.markets = survey->markets;
    row.market_count = survey->market_count;
    row.left = pass->select->left;
    row.sampled = pass->select->share.kind != OPT_SHARE_NONE;
    if (rc == 0 && survey->options.on_entry)
        rc = survey->options.on_entry(survey->options.arg, &row, err);
    return rc;
}

/* The selection of the options, or one that takes everything. */
static int choose_select(struct survey_pass *pass, struct err *err)
{
    struct survey *survey = pass->survey;
    static const struct opt none;

    pass->select = survey->options.select;
    if (pass->select)
        return 0;
    pass->select = &survey->all;
    return select_init(pass->select, &none, err);
}

static int each_entry(struct survey_pass *pass, struct manifest *manifest,
                      struct err *err)
{
    struct errs *errs = pass->errs;
    struct entry *entry;
    int rc = select_prepare(pass->select, manifest, errs, err);

    if (rc == 0 && errs->errors == 0)
        rc =
            twins_find(&pass->survey->twins, manifest, pass->select, errs, err);
    if (rc != 0 || errs->errors > 0)
        return rc;
    select_begin(pass->select);
    while (rc == 0 && !errs_full(errs)) {
        int got = manifest_next(manifest, &entry, errs);
        if (got <= 0) {
            /* What ended the reading is in errs already. */
            break;
        }
        if (entry)
            rc = one_entry(pass, entry, err);
    }
    if (rc == 0 && errs->errors == 0 && !pass->survey->at_most)
        rc = select_check(pass->select, err);
    return rc;
}

int survey_run(struct survey *survey, const struct survey_options *options,
               struct manifest *manifest, struct errs *errs, struct err *err)
{
    struct survey_pass pass = {.survey = survey, .errs = errs};

    *survey = (struct survey){.options = *options};
    twins_init(&survey->twins);
    job_init(&pass.job);
    ledger_reader_init(&pass.reader);
    int rc = choose_select(&pass, err);
    if (rc == 0)
        rc = plan_digest_init(&survey->digest, err);
    if (rc == 0)
        rc = survey_make_bits(survey, err);
    if (rc == 0)
        rc = each_entry(&pass, manifest, err);
    if (rc == 0 && errs->errors == 0 && options->find_open)
        rc = survey_find_open(survey, manifest, errs, err);
    job_release(&pass.job);
    ledger_reader_release(&pass.reader);
    return rc;
}

void survey_release(struct survey *survey)
{
    free(survey->markets);
    free(survey->in_manifest);
    free(survey->name_in_manifest);
    select_release(&survey->all);
    plan_digest_release(&survey->digest);
    twins_release(&survey->twins);
    *survey = (struct survey){.market_count = 0};
}
