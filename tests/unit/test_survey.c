/* The pass before spending: how many jobs, what they may cost, and what
 * the ledger has of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../runner/survey.h"
#include "../../templates/base58.h"
#include "ledger_sample.h"

#define PRICED   "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define UNPRICED "11111111111111111111111111111112"
#define UNLISTED "11111111111111111111111111111113"

/* 0.0436 an hour, ten per cent on it: 0.04796 */
#define LIST                                                      \
    "[{\"address\":\"" PRICED "\",\"slug\":\"gpu\",\"usd_reward"  \
    "_per_hour\":0.0436},{\"address\":\"" UNPRICED "\",\"slug\":" \
    "\"free\"}]"
#define HOUR_NANO 47960000LL

#define DEFINITION(cmd)                                            \
    "\"definition\":{\"version\":\"0.1\",\"type\":\"container\","  \
    "\"ops\":[{\"type\":\"container/run\",\"id\":\"x\",\"args\":{" \
    "\"image\":\"u\",\"cmd\":\"" cmd "\"}}]}"
#define ENTRY(id, market, fields)                                             \
    "{\"id\":\"" id "\",\"market\":\"" market "\"," fields DEFINITION(id) "}" \
                                                                          "\n"
#define GRID(id, market, fields)                                   \
    "{\"id\":\"" id "\",\"market\":\"" market                      \
    "\",\"params\":{\"a\":{\"range\":[0,99]}}," fields DEFINITION( \
        "n ${{ a }}") "}\n"

static char folder[] = "/tmp/nosbatch-unit-XXXXXX";
static char path[64];
static struct markets markets;
static struct survey survey;
static struct errs errs;

static int setup(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/m.jsonl", folder);
    markets_init(&markets);
    return markets_parse(&markets, LIST, strlen(LIST), MARKET_FETCHED, 0, &err);
}

static int teardown(void **state)
{
    (void)state;
    markets_release(&markets);
    unlink(path);
    return rmdir(folder);
}

static void open_manifest(struct manifest *manifest, const char *text)
{
    static struct manifest_options options;
    struct err err = ERR_INIT;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    options.market_address = markets_resolve;
    options.market_arg = &markets;
    if (manifest_open(manifest, path, &options, &err) != 0)
        fail_msg("%s", err.message);
}

/* Surveys the manifest; errs holds what was found. survey_release is due. */
static void look(const char *text, const struct survey_options *given)
{
    struct survey_options options = {.markets = &markets};
    struct manifest manifest;
    struct err err = ERR_INIT;

    if (given)
        options = *given;
    options.markets = &markets;
    open_manifest(&manifest, text);
    errs_init(&errs);
    if (survey_run(&survey, &options, &manifest, &errs, &err) != 0)
        fail_msg("%s", err.message);
    manifest_release(&manifest);
}

static void expect_no_errors(void)
{
    if (errs.errors > 0)
        fail_msg("%s", errs.items[0].message);
}

static void jobs_and_costs_are_summed_by_market(void **state)
{
    (void)state;
    look(ENTRY("a", PRICED, "") GRID("b", "gpu", "\"timeout\":7200,")
             GRID("c", UNPRICED, "\"repeat\":3,")
                 ENTRY("d", UNLISTED, "\"timeout\":60,"),
         NULL);
    expect_no_errors();
    assert_int_equal(survey.entries, 4);
    assert_int_equal(survey.counts.jobs, 402);
    assert_int_equal(survey.counts.new_jobs, 402);
    assert_int_equal(survey.market_count, 3);
    const struct survey_market *row = survey.markets;
    assert_int_equal(row[0].jobs, 101);
    assert_true(row[0].priced);
    assert_string_equal(row[0].market->slug, "gpu");
    assert_int_equal(row[0].new_seconds, 3600 + 100 * 7200);
    assert_true(row[0].max_nano == 201 * HOUR_NANO);
    assert_int_equal(row[1].jobs, 300);
    assert_false(row[1].priced);
    assert_non_null(row[1].market);
    assert_int_equal(row[1].max_nano, 0);
    assert_int_equal(row[2].jobs, 1);
    assert_false(row[2].priced);
    assert_null(row[2].market);
    assert_true(survey.max_nano == 201 * HOUR_NANO);
    assert_int_equal(survey.unpriced, 301);
    assert_int_equal(survey.short_timeouts, 1);
    survey_release(&survey);
}

/* By arithmetic or point by point: the same. */
static void a_timeout_of_each_point_is_summed(void **state)
{
    static const char text[] =
        "{\"id\":\"a\",\"market\":\"gpu\",\"timeout\":\"${{ t }}\",\"params\":"
        "{\"t\":{\"range\":[1,100]}}," DEFINITION("x") "}";
    int64_t max_nano = 0;

    (void)state;
    look(text, NULL);
    expect_no_errors();
    assert_int_equal(survey.counts.new_jobs, 100);
    assert_int_equal(survey.markets[0].new_seconds, 5050);
    assert_int_equal(survey.short_timeouts, 100);
    /* Each job's worst case is rounded up on its own. */
    for (uint64_t t = 1; t <= 100; t++)
        max_nano += survey_job_max(&markets.items[0], t);
    assert_true(survey.max_nano == max_nano);
    survey_release(&survey);
}

static void a_grid_beyond_all_money_is_not_overrun(void **state)
{
    (void)state;
    look("{\"id\":\"a\",\"market\":\"gpu\",\"timeout\":2147483647,"
         "\"params\":{\"a\":{\"range\":[1,100000]},"
         "\"b\":{\"range\":[1,100000]},\"c\":{\"range\":[1,100]}}," DEFINITION(
             "${{ a }} ${{ b }} ${{ c }}") "}",
         NULL);
    expect_no_errors();
    assert_int_equal(survey.counts.new_jobs, 1000000000000);
    assert_true(survey.max_nano == INT64_MAX);
    assert_true(survey.markets[0].max_nano == INT64_MAX);
    assert_true(survey.markets[0].new_seconds == UINT64_MAX);
    survey_release(&survey);
}

static void one_jobs_worst_case(void **state)
{
    struct market dear = {.has_price = true, .hourly_nano = INT64_MAX};

    (void)state;
    assert_true(survey_job_max(&markets.items[0], 3600) == HOUR_NANO);
    /* Rounded up to a nano-dollar. */
    assert_true(survey_job_max(&markets.items[0], 1) == 13323);
    assert_true(survey_job_max(&markets.items[0], 0) == 0);
    assert_true(survey_job_max(&markets.items[1], 3600) == -1);
    assert_true(survey_job_max(NULL, 3600) == -1);
    assert_true(survey_job_max(&dear, 7200) == INT64_MAX);
}

/* Several problems of several entries in one pass. */
static void problems_are_collected(void **state)
{
    (void)state;
    look(ENTRY("a", "gpu", "") ENTRY("b", "gpuu", "")
             ENTRY("c", "gpu", "\"timeout\":0,") ENTRY("d", "gpu", ""),
         NULL);
    assert_int_equal(errs.errors, 2);
    assert_non_null(strstr(errs.items[0].message, "gpuu"));
    assert_int_equal(errs.items[0].line, 2);
    assert_int_equal(errs.items[1].line, 3);
    /* Of what is wrong nothing is counted. */
    assert_int_equal(survey.counts.jobs, 0);
    survey_release(&survey);
}

struct noticed {
    unsigned entries, changed;
    uint64_t jobs;
    int64_t max_nano;
    int rc;
};

static int on_entry(void *arg, const struct survey_entry *entry,
                    struct err *err)
{
    struct noticed *seen = arg;

    seen->entries++;
    seen->jobs += entry->counts.jobs;
    seen->max_nano += entry->max_nano;
    return seen->rc == 0 ? 0 : err_set(err, ERR_IO, "enough");
}

static int on_changed(void *arg, const struct job *job,
                      const struct compare *compare, struct err *err)
{
    struct noticed *seen = arg;

    (void)err;
    assert_true(compare->kind == COMPARE_CHANGED ||
                compare->kind == COMPARE_TIMEOUT);
    assert_true(job->name.len > 0);
    seen->changed++;
    return 0;
}

static void each_entry_is_handed_over(void **state)
{
    struct noticed seen = {.rc = 0};
    struct survey_options options = {
        .markets = &markets, .on_entry = on_entry, .arg = &seen};
    struct manifest manifest;
    struct err err = ERR_INIT;

    (void)state;
    look(ENTRY("a", "gpu", "") GRID("b", "gpu", ""), &options);
    expect_no_errors();
    assert_int_equal(seen.entries, 2);
    assert_int_equal(seen.jobs, 101);
    assert_true(seen.max_nano == 101 * HOUR_NANO);
    survey_release(&survey);
    /* What it returns ends the pass. */
    seen = (struct noticed){.rc = 1};
    open_manifest(&manifest, ENTRY("a", "gpu", "") ENTRY("b", "gpu", ""));
    errs_init(&errs);
    assert_int_equal(survey_run(&survey, &options, &manifest, &errs, &err),
                     ERR_IO);
    assert_int_equal(seen.entries, 1);
    survey_release(&survey);
    manifest_release(&manifest);
}

/* --- against a ledger ----------------------------------------------------- */

/* Posts the point of the manifest's first entry, or leaves it open. */
static void add(struct ledger *ledger, const char *text, uint64_t index,
                bool posted)
{
    struct ledger_intent intent = sample_intent((unsigned)index, 0, 0);
    struct manifest manifest;
    struct entry *entry;
    struct job job;
    struct err err = ERR_INIT;

    open_manifest(&manifest, text);
    errs_init(&errs);
    assert_int_equal(manifest_next(&manifest, &entry, &errs), 1);
    expect_no_errors();
    job_init(&job);
    assert_int_equal(entry_job(entry, index, &job, &err), 0);
    memcpy(intent.key, job.key, KEY_LEN);
    intent.name = (struct ledger_text){buf_str(&job.name), job.name.len};
    intent.cid = job.cid;
    intent.market = PRICED;
    intent.repeat = job.repeat;
    intent.timeout_s = job.timeout_s;
    intent.node = NULL;
    if (ledger_add_intent(ledger, &intent, &err) < 0)
        fail_msg("%s", err.message);
    struct ledger_post post = sample_post(
        &intent, sample_address((unsigned)index + (unsigned)job.timeout_s));
    if (posted && ledger_add_post(ledger, &post, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(ledger_commit(ledger, &err), 0);
    job_release(&job);
    manifest_release(&manifest);
}

static void the_ledgers_jobs_are_not_counted_as_new(void **state)
{
    static const char text[] = GRID("b", "gpu", "") ENTRY("a", "gpu", "");
    struct noticed seen = {.rc = 0};
    struct survey_options options = {.on_changed = on_changed, .arg = &seen};
    struct err err = ERR_INIT;
    struct ledger *ledger;
    struct disk disk;

    (void)state;
    disk_init(&disk);
    assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err), 0);
    assert_int_equal(sample_begin(ledger, &err), 0);
    for (uint64_t i = 0; i < 10; i++)
        add(ledger, text, i, i < 7);
    options.ledger = ledger;
    look(text, &options);
    expect_no_errors();
    assert_int_equal(survey.counts.jobs, 101);
    assert_int_equal(survey.counts.posted, 7);
    assert_int_equal(survey.counts.pending, 3);
    assert_int_equal(survey.counts.new_jobs, 91);
    assert_true(survey.max_nano == 91 * HOUR_NANO);
    assert_int_equal(survey.markets[0].jobs, 101);
    assert_int_equal(survey.markets[0].new_jobs, 91);
    for (uint32_t i = 0; i < 10; i++)
        assert_true(survey_has_key(&survey, i));
    assert_false(survey_has_key(&survey, 10));
    assert_false(survey_has_key(&survey, UINT32_MAX));
    assert_int_equal(seen.changed, 0);
    survey_release(&survey);
    /* With another timeout: the same names, other keys. */
    look(GRID("b", "gpu", "\"timeout\":7200,"), &options);
    expect_no_errors();
    assert_int_equal(survey.counts.timeout, 10);
    assert_int_equal(survey.counts.new_jobs, 90);
    assert_int_equal(seen.changed, 10);
    assert_false(survey_has_key(&survey, 0));
    survey_release(&survey);
    /* Another market: changed. */
    look(GRID("b", "free", ""), &options);
    expect_no_errors();
    assert_int_equal(survey.counts.changed, 10);
    assert_int_equal(seen.changed, 20);
    survey_release(&survey);
    ledger_close(ledger);
    disk_release(&disk);
}

/* --- by several processes ------------------------------------------------- */

/* Some thousand points of several markets and timeouts. */
#define WIDE(market, fields)                                          \
    "{\"id\":\"b\",\"market\":\"" market                              \
    "\",\"params\":{\"a\":{\"range\":[1,1999]},\"m\":[\"gpu\",\"free" \
    "\"]}," fields DEFINITION("n ${{ a }} ${{ m }}") "}\n"

static int keep_entry(void *arg, const struct survey_entry *entry,
                      struct err *err)
{
    (void)err;
    buf_addf(arg, "left %u %u %u, %u jobs\n", (unsigned)entry->left.where,
             (unsigned)entry->left.option, (unsigned)entry->left.shard,
             (unsigned)entry->counts.jobs);
    return 0;
}

static int keep_changed(void *arg, const struct job *job,
                        const struct compare *compare, struct err *err)
{
    (void)err;
    buf_addf(arg, "%s %d %s\n", buf_str(&job->name), (int)compare->kind,
             job->cid);
    return 0;
}

/* All that a survey says, as text. */
static void dump(struct buf *out)
{
    const struct survey_counts *c = &survey.counts;
    uint8_t points[CID_DIGEST_LEN];

    buf_addf(out, "%u %u %u %u %u %u %u\n", (unsigned)c->jobs,
             (unsigned)c->new_jobs, (unsigned)c->posted, (unsigned)c->same,
             (unsigned)c->pending, (unsigned)c->changed, (unsigned)c->timeout);
    for (size_t i = 0; i < survey.market_count; i++)
        buf_addf(out, "%u %u %u %lld\n", (unsigned)survey.markets[i].jobs,
                 (unsigned)survey.markets[i].new_jobs,
                 (unsigned)survey.markets[i].new_seconds,
                 (long long)survey.markets[i].max_nano);
    buf_addf(out, "%lld %u %u %u\n", (long long)survey.max_nano,
             (unsigned)survey.unpriced, (unsigned)survey.without_market,
             (unsigned)survey_gone(&survey));
    for (uint32_t i = 0; i < survey.ledger_jobs; i++)
        buf_addf(out, "%d", survey_has_key(&survey, i));
    hasher_end(&survey.digest.points, points);
    buf_add_hex(out, points, sizeof points);
    for (unsigned i = 0; i < errs.count; i++)
        buf_addf(out, "\n%s", errs.items[i].message);
}

static void survey_by(unsigned workers, const char *text, const struct opt *opt,
                      struct ledger *ledger, struct buf *out)
{
    struct select select;
    struct err err = ERR_INIT;
    struct survey_options options = {.ledger = ledger,
                                     .select = &select,
                                     .need_address = true,
                                     .workers = workers,
                                     .on_entry = keep_entry,
                                     .on_changed = keep_changed,
                                     .arg = out};

    buf_init(out, 1 << 20);
    assert_int_equal(select_init(&select, opt, &err), 0);
    look(text, &options);
    dump(out);
    buf_addf(out, "\n%u chosen", (unsigned)select.chosen);
    survey_release(&survey);
    select_release(&select);
}

/* Whatever is asked, one process and several say the same. */
static void expect_same(const char *text, const struct opt *opt,
                        struct ledger *ledger)
{
    struct buf one, many;

    survey_by(1, text, opt, ledger, &one);
    for (unsigned workers = 2; workers <= 5; workers += 3) {
        survey_by(workers, text, opt, ledger, &many);
        assert_string_equal(buf_str(&many), buf_str(&one));
        buf_release(&many);
    }
    buf_release(&one);
}

static const struct opt asked[] = {
    {.where = NULL},
    {.where = "a > 700 && m == 'gpu'"},
    {.shard = {.index = 1, .count = 3}},
    {.shard = {.index = 0, .count = 2}, .where = "a != 900"},
    {.sample = {.kind = OPT_SHARE_COUNT, .value = 600}},
};

static const char *const wide[] = {
    WIDE("${{ m }}", "\"timeout\":\"${{ a }}m\","),
    WIDE("gpu", ""),
    WIDE("gpu", "\"where\":\"a < 1500 || m == 'free'\","),
    /* Points at fault: the first is what is told. */
    WIDE("gpu", "\"timeout\":\"${{ m }}\","),
    WIDE("gpu", "\"where\":\"a < 1500 || m\","),
};

static void several_processes_say_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        for (size_t j = 0; j < sizeof asked / sizeof asked[0]; j++)
            expect_same(wide[i], &asked[j], NULL);
}

static void they_do_against_a_ledger_too(void **state)
{
    struct err err = ERR_INIT;
    struct ledger *ledger;
    struct disk disk;

    (void)state;
    disk_init(&disk);
    assert_int_equal(sample_open(&disk, LEDGER_WRITE, &ledger, &err), 0);
    assert_int_equal(sample_begin(ledger, &err), 0);
    for (uint64_t i = 0; i < 40; i++)
        add(ledger, wide[1], 97 * i, i % 3 > 0);
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        for (size_t j = 0; j < sizeof asked / sizeof asked[0]; j++)
            expect_same(wide[i], &asked[j], ledger);
    expect_same(WIDE("gpu", "\"timeout\":7200,"), &asked[0], ledger);
    ledger_close(ledger);
    disk_release(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_and_costs_are_summed_by_market),
        cmocka_unit_test(a_timeout_of_each_point_is_summed),
        cmocka_unit_test(a_grid_beyond_all_money_is_not_overrun),
        cmocka_unit_test(one_jobs_worst_case),
        cmocka_unit_test(problems_are_collected),
        cmocka_unit_test(each_entry_is_handed_over),
        cmocka_unit_test(the_ledgers_jobs_are_not_counted_as_new),
        cmocka_unit_test(several_processes_say_the_same),
        cmocka_unit_test(they_do_against_a_ledger_too),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
