/* Which of the account's jobs are those that a ledger does not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runner/match.h"

#define FROM  1000
#define UNTIL 2000

static struct match_intent intents[8];
static struct match_job jobs[8];
static size_t intent_count, job_count;

static struct match_intent *intent(uint8_t identity)
{
    struct match_intent *added = &intents[intent_count];

    *added = (struct match_intent){.tag = (uint32_t)intent_count++,
                                   .timeout_s = 3600,
                                   .from_s = FROM,
                                   .until_s = UNTIL};
    memset(added->cid, identity, sizeof added->cid);
    return added;
}

static struct match_job *job(uint8_t identity, int64_t listed_s)
{
    struct match_job *added = &jobs[job_count++];

    *added = (struct match_job){.timeout_s = 3600, .listed_s = listed_s};
    memset(added->cid, identity, sizeof added->cid);
    return added;
}

static int setup(void **state)
{
    (void)state;
    intent_count = job_count = 0;
    return 0;
}

static const struct match_intent *decided(uint32_t tag)
{
    for (size_t i = 0; i < intent_count; i++)
        if (intents[i].tag == tag)
            return &intents[i];
    fail();
    return NULL;
}

static void decide(void)
{
    struct err err = ERR_INIT;

    assert_int_equal(match_decide(intents, intent_count, jobs, job_count, &err),
                     0);
}

static void expect(uint32_t tag, enum match_verdict verdict, enum match_why why)
{
    assert_int_equal(decided(tag)->verdict, verdict);
    assert_int_equal(decided(tag)->why, why);
}

static void one_job_for_one_intent_is_posted(void **state)
{
    (void)state;
    intent(1);
    intent(2);
    job(3, 1500);
    job(2, 1500);
    job(1, 1500);
    decide();
    expect(0, MATCH_POSTED, MATCH_DECIDED);
    assert_int_equal(decided(0)->candidates[0], 2);
    expect(1, MATCH_POSTED, MATCH_DECIDED);
    assert_int_equal(decided(1)->candidates[0], 1);
}

static void replicas_get_one_job_each(void **state)
{
    uint32_t seen = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        intent(1);
    job(1, 1900);
    job(1, 1100);
    job(1, 1500);
    decide();
    for (uint32_t i = 0; i < 3; i++) {
        expect(i, MATCH_POSTED, MATCH_DECIDED);
        assert_int_equal(decided(i)->found, 1);
        seen |= 1U << decided(i)->candidates[0];
    }
    assert_int_equal(seen, 7);
}

static void counts_that_differ_are_unclear(void **state)
{
    (void)state;
    intent(1);
    intent(1);
    job(1, 1500);
    intent(2);
    job(2, 1500);
    job(2, 1600);
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_TOO_FEW);
    expect(1, MATCH_UNCLEAR, MATCH_TOO_FEW);
    assert_int_equal(decided(0)->intents, 2);
    assert_int_equal(decided(0)->found, 1);
    expect(2, MATCH_UNCLEAR, MATCH_TOO_MANY);
    assert_int_equal(decided(2)->found, 2);
}

static void what_was_listed_outside_the_window_is_another(void **state)
{
    (void)state;
    intent(1)->may_be_lost = true;
    job(1, FROM - 1);
    job(1, UNTIL + 1);
    decide();
    expect(0, MATCH_LOST, MATCH_DECIDED);
    setup(NULL);
    intent(1);
    job(1, FROM - 1);
    job(1, UNTIL);
    decide();
    expect(0, MATCH_POSTED, MATCH_DECIDED);
    assert_int_equal(decided(0)->candidates[0], 1);
}

static void none_is_lost_only_where_that_is_sure(void **state)
{
    (void)state;
    intent(1);
    intent(2)->may_be_lost = true;
    /* Of two replicas one might still come: then neither is lost. */
    intent(3)->may_be_lost = true;
    intent(3);
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_NONE_YET);
    expect(1, MATCH_LOST, MATCH_DECIDED);
    expect(2, MATCH_UNCLEAR, MATCH_NONE_YET);
    expect(3, MATCH_UNCLEAR, MATCH_NONE_YET);
}

/* Somebody may have extended it: it is not taken, but nothing is lost. */
static void another_timeout_is_neither_it_nor_nothing(void **state)
{
    (void)state;
    intent(1)->may_be_lost = true;
    job(1, 1500)->timeout_s = 7200;
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_TOO_FEW);
    assert_int_equal(decided(0)->found, 1);
    job(1, 1500);
    decide();
    expect(0, MATCH_POSTED, MATCH_DECIDED);
    assert_int_equal(decided(0)->candidates[0], 1);
}

static void another_market_is_another_job(void **state)
{
    (void)state;
    intent(1)->may_be_lost = true;
    memset(job(1, 1500)->market, 7, BASE58_ADDRESS_LEN);
    decide();
    expect(0, MATCH_LOST, MATCH_DECIDED);
}

static void a_job_without_a_time_decides_nothing(void **state)
{
    (void)state;
    intent(1)->may_be_lost = true;
    job(1, 0);
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_VAGUE);
    job(1, 1500);
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_VAGUE);
}

static void an_open_intent_is_the_next_runs(void **state)
{
    (void)state;
    intent(1);
    intent(1)->open = true;
    job(1, 1500);
    job(1, 1600);
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_OPEN);
    expect(1, MATCH_UNCLEAR, MATCH_OPEN);
}

static void each_job_must_fit_its_intents_window(void **state)
{
    (void)state;
    /* Two of one identity, hours apart; both jobs are of the later one. */
    intent(1);
    struct match_intent *late = intent(1);
    late->from_s = 5000;
    late->until_s = 6000;
    job(1, 5500);
    job(1, 5600);
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_NO_PAIRING);
    expect(1, MATCH_UNCLEAR, MATCH_NO_PAIRING);
    jobs[1].listed_s = 1500;
    decide();
    expect(0, MATCH_POSTED, MATCH_DECIDED);
    assert_int_equal(decided(0)->candidates[0], 1);
    expect(1, MATCH_POSTED, MATCH_DECIDED);
    assert_int_equal(decided(1)->candidates[0], 0);
}

static void a_node_that_was_asked_for_must_be_the_jobs(void **state)
{
    (void)state;
    struct match_intent *first = intent(1);
    first->has_node = true;
    first->node[0] = 5;
    struct match_job *other = job(1, 1500);
    other->has_node = true;
    other->node[0] = 6;
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_TOO_FEW);
    other->node[0] = 5;
    decide();
    expect(0, MATCH_POSTED, MATCH_DECIDED);
    /* One job is never two intents'. */
    intent(1);
    decide();
    expect(0, MATCH_UNCLEAR, MATCH_TOO_FEW);
    expect(1, MATCH_UNCLEAR, MATCH_TOO_FEW);
}

static void nothing_is_decided_about_nothing(void **state)
{
    (void)state;
    job(1, 1500);
    decide();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_job_for_one_intent_is_posted, setup),
        cmocka_unit_test_setup(replicas_get_one_job_each, setup),
        cmocka_unit_test_setup(counts_that_differ_are_unclear, setup),
        cmocka_unit_test_setup(what_was_listed_outside_the_window_is_another,
                               setup),
        cmocka_unit_test_setup(none_is_lost_only_where_that_is_sure, setup),
        cmocka_unit_test_setup(another_timeout_is_neither_it_nor_nothing,
                               setup),
        cmocka_unit_test_setup(another_market_is_another_job, setup),
        cmocka_unit_test_setup(a_job_without_a_time_decides_nothing, setup),
        cmocka_unit_test_setup(an_open_intent_is_the_next_runs, setup),
        cmocka_unit_test_setup(each_job_must_fit_its_intents_window, setup),
        cmocka_unit_test_setup(a_node_that_was_asked_for_must_be_the_jobs,
                               setup),
        cmocka_unit_test_setup(nothing_is_decided_about_nothing, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
