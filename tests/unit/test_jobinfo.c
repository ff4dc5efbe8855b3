/* What the service says of one job, honest and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../runner/jobinfo.h"

#define JOB   "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define OTHER "CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ"
#define CID   "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH"
#define START 1700000000
#define FULL                                                          \
    "{\"address\":\"" JOB "\",\"state\":2,\"jobStatus\":\"success\"," \
    "\"timeStart\":1700000000,\"timeEnd\":1700000090,\"timeout\":60," \
    "\"listedAt\":1699999990,\"usdRewardPerHour\":0.0436,"            \
    "\"ipfsJob\":\"" CID "\",\"ipfsResult\":\"" CID "\","             \
    "\"market\":\"" OTHER "\",\"node\":\"" OTHER "\","                \
    "\"payer\":\"" OTHER "\",\"project\":\"" OTHER "\"}"

static bool read_as(const char *text, const char *expected,
                    struct jobinfo *info)
{
    uint8_t bytes[BASE58_ADDRESS_LEN];
    struct json doc;
    struct err err = ERR_INIT;

    json_init(&doc);
    if (expected)
        assert_true(base58_address(expected, strlen(expected), bytes));
    if (json_parse(&doc, text, strlen(text), &err) != 0)
        fail_msg("%s: %s", text, err.message);
    bool fine = jobinfo_read(info, &doc, 0, expected ? bytes : NULL);
    json_release(&doc);
    return fine;
}

/* An object of JOB with this state and these further members. */
static struct jobinfo job(int state, const char *members)
{
    struct jobinfo info;
    char text[2000];

    snprintf(text, sizeof text, "{\"address\":\"" JOB "\",\"state\":%d%s%s}",
             state, members[0] ? "," : "", members);
    if (!read_as(text, NULL, &info))
        fail_msg("%s", text);
    return info;
}

static void a_whole_object_is_read(void **state)
{
    struct jobinfo info;

    (void)state;
    assert_true(read_as(FULL, JOB, &info));
    assert_string_equal(info.address, JOB);
    assert_int_equal(info.state, JOBINFO_COMPLETED);
    assert_string_equal(info.job_status, "success");
    assert_int_equal(info.listed_s, 1699999990);
    assert_int_equal(info.start_s, START);
    assert_int_equal(info.end_s, START + 90);
    assert_int_equal(info.timeout_s, 60);
    assert_true(info.has_reward);
    assert_int_equal(info.reward_nano, 43600000);
    assert_string_equal(info.cid, CID);
    assert_string_equal(info.result, CID);
    assert_string_equal(info.market, OTHER);
    assert_string_equal(info.node, OTHER);
    assert_string_equal(info.payer, OTHER);
    assert_string_equal(info.project, OTHER);
}

static void what_is_missing_or_null_is_empty(void **state)
{
    static const char nulls[] =
        "\"jobStatus\":null,\"timeStart\":null,\"timeEnd\":null,"
        "\"timeout\":null,\"listedAt\":null,\"usdRewardPerHour\":null,"
        "\"ipfsJob\":null,\"ipfsResult\":null,\"market\":null,"
        "\"node\":null,\"payer\":null,\"project\":null";
    struct jobinfo bare = job(0, "");
    struct jobinfo with = job(0, nulls);

    (void)state;
    assert_memory_equal(&bare, &with, sizeof bare);
    assert_string_equal(bare.job_status, "");
    assert_int_equal(bare.start_s, 0);
    assert_false(bare.has_reward);
    assert_string_equal(bare.cid, "");
}

static void what_is_no_job_is_refused(void **state)
{
    static const char *const texts[] = {
        "null",
        "7",
        "\"x\"",
        "[]",
        "{}",
        "{\"state\":1}",
        "{\"address\":\"" JOB "\"}",
        "{\"address\":7,\"state\":1}",
        "{\"address\":\"\",\"state\":1}",
        "{\"address\":\"" JOB "1111\",\"state\":1}",
        "{\"address\":\"0OIl\",\"state\":1}",
        "{\"address\":\"" JOB "\\u0000\",\"state\":1}",
        "{\"address\":\"" JOB "\",\"state\":null}",
        "{\"address\":\"" JOB "\",\"state\":4}",
        "{\"address\":\"" JOB "\",\"state\":-1}",
        "{\"address\":\"" JOB "\",\"state\":1.5}",
        "{\"address\":\"" JOB "\",\"state\":1e300}",
        "{\"address\":\"" JOB "\",\"state\":\"2\"}",
        "{\"address\":\"" JOB "\",\"state\":\"done\"}",
        "{\"address\":\"" JOB "\",\"state\":[2]}",
    };
    struct jobinfo info;

    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (read_as(texts[i], NULL, &info))
            fail_msg("%s", texts[i]);
}

static void an_answer_about_another_job_is_refused(void **state)
{
    struct jobinfo info;

    (void)state;
    assert_true(read_as(FULL, JOB, &info));
    assert_false(read_as(FULL, OTHER, &info));
    /* A single reply may leave its address out. */
    assert_true(read_as("{\"state\":1}", OTHER, &info));
    assert_string_equal(info.address, OTHER);
    assert_false(read_as("{\"state\":1,\"address\":null}", OTHER, &info));
}

static void states_have_numbers_and_names(void **state)
{
    struct jobinfo info;

    (void)state;
    assert_true(read_as("{\"state\":\"RUNNING\"}", JOB, &info));
    assert_int_equal(info.state, JOBINFO_RUNNING);
    assert_true(read_as("{\"state\":3e0}", JOB, &info));
    assert_int_equal(info.state, JOBINFO_STOPPED);
    assert_string_equal(jobinfo_state_name(0), "queued");
    assert_string_equal(jobinfo_state_name(3), "stopped");
    assert_string_equal(jobinfo_state_name(4), "?");
    assert_string_equal(jobinfo_state_name(-1), "?");
}

static void nonsense_counts_as_missing(void **state)
{
    struct jobinfo info =
        job(2, "\"timeStart\":-5,\"timeEnd\":1e30,\"timeout\":1.5,"
               "\"listedAt\":\"1700000000\",\"usdRewardPerHour\":-1,"
               "\"ipfsJob\":\"Qm\",\"market\":\"x\",\"project\":{},"
               "\"jobStatus\":7,\"ipfsResult\":[1]");

    (void)state;
    assert_int_equal(info.start_s, 0);
    assert_int_equal(info.end_s, 0);
    assert_int_equal(info.timeout_s, 0);
    assert_int_equal(info.listed_s, 0);
    assert_false(info.has_reward);
    assert_string_equal(info.cid, "");
    assert_string_equal(info.market, "");
    assert_string_equal(info.project, "");
    assert_string_equal(info.job_status, "");
    assert_string_equal(info.result, "");
}

static void texts_that_are_too_long_count_as_missing(void **state)
{
    char members[600];
    char text[401];
    struct jobinfo info;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    snprintf(members, sizeof members, "\"jobStatus\":\"%s\"", text);
    info = job(2, members);
    assert_string_equal(info.job_status, "");
    text[JOBINFO_TEXT_MAX - 1] = '\0';
    snprintf(members, sizeof members, "\"ipfsResult\":\"%s\"", text);
    info = job(2, members);
    assert_int_equal(strlen(info.result), JOBINFO_TEXT_MAX - 1);
}

static void a_reward_is_a_number_a_string_or_unknown(void **state)
{
    struct jobinfo info;

    (void)state;
    info = job(0, "\"usdRewardPerHour\":\"0.0436\"");
    assert_true(info.has_reward);
    assert_int_equal(info.reward_nano, 43600000);
    info = job(0, "\"usdRewardPerHour\":0");
    assert_true(info.has_reward);
    info = job(0, "\"usdRewardPerHour\":\"\"");
    assert_false(info.has_reward);
    info = job(0, "\"usdRewardPerHour\":\"nan\"");
    assert_false(info.has_reward);
    info = job(0, "\"usdRewardPerHour\":1e99");
    assert_false(info.has_reward);
    info = job(0, "\"usdRewardPerHour\":true");
    assert_false(info.has_reward);
}

static void it_is_final_once_its_status_is_there(void **state)
{
    struct jobinfo info = job(2, "");

    (void)state;
    assert_true(jobinfo_ended(&info));
    assert_false(jobinfo_final(&info));
    info = job(2, "\"jobStatus\":\"failed\"");
    assert_true(jobinfo_final(&info));
    info = job(3, "");
    assert_true(jobinfo_final(&info));
    info = job(1, "\"jobStatus\":\"success\"");
    assert_false(jobinfo_ended(&info));
    assert_false(jobinfo_final(&info));
    assert_true(jobinfo_succeeded(2, "success"));
    assert_false(jobinfo_succeeded(2, "failed"));
    assert_false(jobinfo_succeeded(2, NULL));
    assert_false(jobinfo_succeeded(3, "success"));
}

#define ENDED(start, end, timeout, reward)                             \
    "\"timeStart\":" start ",\"timeEnd\":" end ",\"timeout\":" timeout \
    ",\"usdRewardPerHour\":" reward

static int64_t final_nano(int state, const char *members)
{
    struct jobinfo info = job(state, members);

    return jobinfo_final_nano(&info);
}

static void the_final_cost_is_exact(void **state)
{
    (void)state;
    /* 30 s of 0.0436 an hour: 0.0436 × 30 / 3600 = 0.000363333…, up. */
    assert_int_equal(
        final_nano(2, ENDED("1700000000", "1700000030", "60", "0.0436")),
        363334);
    /* Never more than the timeout. */
    assert_int_equal(
        final_nano(2, ENDED("1700000000", "1700009999", "3600", "0.0436")),
        43600000);
    assert_int_equal(
        final_nano(3, ENDED("1700000000", "1700003600", "7200", "\"4.35\"")),
        4350000000);
    assert_int_equal(
        final_nano(2, ENDED("1700000000", "1700000000", "60", "1")), 0);
    /* Stopped before it began. */
    assert_int_equal(final_nano(3, ENDED("0", "1700000030", "60", "1")), 0);
    assert_int_equal(final_nano(3, ""), 0);
}

static void a_cost_that_cannot_be_known_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(
        final_nano(1, ENDED("1700000000", "1700000030", "60", "1")), -1);
    assert_int_equal(
        final_nano(2, ENDED("1700000000", "1700000030", "60", "null")), -1);
    assert_int_equal(final_nano(2, ENDED("0", "1700000030", "60", "1")), -1);
    assert_int_equal(
        final_nano(2, ENDED("1700000030", "1700000000", "60", "1")), -1);
    assert_int_equal(final_nano(2, ENDED("1700000000", "1700000030", "0", "1")),
                     -1);
    assert_int_equal(final_nano(2, ENDED("1700000000", "0", "60", "1")), -1);
    assert_int_equal(
        final_nano(2, ENDED("1", "253402300799", "3000000000", "9000000000")),
        -1);
}

static void lists_come_bare_or_in_an_object(void **state)
{
    static const struct {
        const char *text;
        bool fine;
        uint32_t size;
    } each[] = {
        {"[]", true, 0},
        {"[1,2]", true, 2},
        {"{\"jobs\":[1]}", true, 1},
        {"{\"jobs\":7}", false, 0},
        {"{}", false, 0},
        {"7", false, 0},
        {"null", false, 0},
        {"{\"items\":[]}", false, 0},
    };
    struct json doc;
    struct err err;
    uint32_t list;

    (void)state;
    json_init(&doc);
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        assert_int_equal(
            json_parse(&doc, each[i].text, strlen(each[i].text), &err), 0);
        assert_int_equal(jobinfo_list(&doc, &list), each[i].fine);
        if (each[i].fine)
            assert_int_equal(doc.nodes[list].size, each[i].size);
    }
    json_release(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_object_is_read),
        cmocka_unit_test(what_is_missing_or_null_is_empty),
        cmocka_unit_test(what_is_no_job_is_refused),
        cmocka_unit_test(an_answer_about_another_job_is_refused),
        cmocka_unit_test(states_have_numbers_and_names),
        cmocka_unit_test(nonsense_counts_as_missing),
        cmocka_unit_test(texts_that_are_too_long_count_as_missing),
        cmocka_unit_test(a_reward_is_a_number_a_string_or_unknown),
        cmocka_unit_test(it_is_final_once_its_status_is_there),
        cmocka_unit_test(the_final_cost_is_exact),
        cmocka_unit_test(a_cost_that_cannot_be_known_is_unknown),
        cmocka_unit_test(lists_come_bare_or_in_an_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
