/* What the service says of a job, against what the ledger knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runner/watch.h"

static struct watched posted(void)
{
    return (struct watched){.state = LEDGER_POSTED,
                            .has_address = true,
                            .job_state = -1,
                            .final_nano = LEDGER_UNPRICED};
}

static struct jobinfo said(enum jobinfo_state state, const char *status)
{
    struct jobinfo info = {.state = state};

    strcpy(info.job_status, status);
    return info;
}

static void a_job_has_one_word(void **state)
{
    static const struct {
        int job_state;
        const char *status;
        const char *word;
        bool live;
    } each[] = {
        {-1, "", "posted", true},
        {0, "", "queued", true},
        {1, "", "running", true},
        {2, "", "completed", true},
        {2, "success", "success", false},
        {2, "failed", "failed", false},
        {2, "stopped", "stopped", false},
        {2, "what", "what", false},
        {3, "", "stopped", false},
        {3, "stopped", "stopped", false},
        {7, "", "?", true},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        struct watched job = posted();
        job.job_state = each[i].job_state;
        strcpy(job.job_status, each[i].status);
        assert_string_equal(watch_word(&job), each[i].word);
        assert_int_equal(watch_is_live(&job), each[i].live);
        assert_int_equal(watch_succeeded(&job),
                         strcmp(each[i].word, "success") == 0);
    }
}

static void what_does_not_exist_is_not_live(void **state)
{
    (void)state;
    for (int i = 0; i < LEDGER_STATES; i++) {
        struct watched job = posted();
        job.state = (enum ledger_state)i;
        assert_int_equal(watch_is_live(&job), i == LEDGER_POSTED);
    }
}

static void a_job_that_is_not_known_is_missing_until_it_has_ended(void **state)
{
    struct watched job = posted();

    (void)state;
    job.missing = true;
    assert_string_equal(watch_word(&job), "missing");
    job.job_state = JOBINFO_RUNNING;
    assert_string_equal(watch_word(&job), "missing");
    job.job_state = JOBINFO_STOPPED;
    assert_string_equal(watch_word(&job), "stopped");
}

static void only_news_is_news(void **state)
{
    struct watched job = posted();
    struct jobinfo info = said(JOBINFO_QUEUED, "");

    (void)state;
    job.missing = true;
    watch_take(&job, &info);
    assert_true(job.news);
    assert_false(job.missing);
    job.news = false;
    watch_take(&job, &info);
    assert_false(job.news);
    info = said(JOBINFO_RUNNING, "");
    info.start_s = 100;
    watch_take(&job, &info);
    assert_true(job.news);
    job.news = false;
    watch_take(&job, &info);
    assert_false(job.news);
    info = said(JOBINFO_COMPLETED, "");
    info.start_s = 100;
    info.end_s = 3700;
    info.timeout_s = 3600;
    info.has_reward = true;
    info.reward_nano = 5;
    watch_take(&job, &info);
    assert_true(job.news);
    assert_int_equal(job.final_nano, 5);
    job.news = false;
    strcpy(info.job_status, "success");
    watch_take(&job, &info);
    assert_true(job.news);
    job.news = false;
    strcpy(info.result, "Qm");
    watch_take(&job, &info);
    assert_true(job.news);
    assert_string_equal(job.result, "Qm");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_has_one_word),
        cmocka_unit_test(what_does_not_exist_is_not_live),
        cmocka_unit_test(a_job_that_is_not_known_is_missing_until_it_has_ended),
        cmocka_unit_test(only_news_is_news),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
