/*
 * Records whose CRC is right and whose words are not ours: what somebody put
 * together by hand, or another version wrote. They are refused, or read with
 * what contradicts counted; no sum wraps, nothing is forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger_forge.h"

/* --- fields ----------------------------------------------------------------
 */

static void a_field_that_decides_must_be_right(void **state)
{
    static const struct {
        const char *record, *words;
    } rows[] = {
        {INTENT("a", "0", "0", "1.000000000"), "\"key\" is missing or wrong"},
        {"\"intent\",\"op\":\"post\"", "\"key\" is missing or wrong"},
        {JOB("intent", "fork", KEY_A, "0", "0", "1.000000000"),
         "\"op\" is missing or wrong"},
        {INTENT(KEY_A, "4096", "0", "1.000000000"), "\"gen\" is missing or"},
        {INTENT(KEY_A, "\"0\"", "0", "1.000000000"), "\"gen\" is missing or"},
        {INTENT(KEY_A, "0", "256", "1.000000000"), "\"epoch\" is missing or"},
        {INTENT(KEY_A, "0", "0", "1.00000000"), "\"max_usd\" is missing or"},
        {INTENT(KEY_A, "0", "0", "9223372036.000000000"),
         "\"max_usd\" is missing or wrong"},
        {INTENT(KEY_A, "0", "0", "1.00000000x"), "\"max_usd\" is missing"},
        {INTENT(KEY_A, "0", "0", "1.000000000") ",\"cost_usd\":1",
         "\"cost_usd\" is missing or wrong"},
        {"\"intent\",\"key\":\"" KEY_A "\",\"gen\":0", "\"op\" is missing"},
        {"\"intent\",\"key\":\"" KEY_A "\",\"gen\":0,\"op\":\"post\"",
         "\"epoch\" is missing"},
        {"\"intent\",\"key\":\"" KEY_A
         "\",\"gen\":0,\"op\":\"post\",\"epoch\":0,\"max_usd\":null,\"name\":1",
         "\"name\" is missing or wrong"},
        {OF_POST("post", KEY_A, "1.000000000") ",\"cost_usd\":null",
         "\"address\" is missing"},
        {OF_POST("post", KEY_A,
                 "1.000000000") ",\"address\":null,\"cost_usd\":null",
         "\"address\" is missing or wrong"},
    };
    struct forged *forged = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *const story[] = {rows[i].record, NULL};
        assert_int_equal(forge_story(forged, story), ERR_DATA);
        forge_assert_refused(forged, rows[i].words);
    }
}

static void a_first_record_names_version_service_and_generation(void **state)
{
    static const struct {
        const char *record, *words;
    } rows[] = {
        {"\"ledger\",\"version\":2,\"ledger\":\"L\"", "of version 2"},
        {"\"ledger\",\"version\":0,\"ledger\":\"L\"", "of version 0"},
        {"\"ledger\",\"version\":1", "lacks ledger, api_url or generation"},
        {"\"ledger\",\"version\":1,\"ledger\":\"L\"", "lacks ledger, api_url"},
        {"\"ledger\",\"version\":1,\"ledger\":\"L\",\"api_url\":\"u\"",
         "lacks ledger, api_url or generation"},
        {"\"ledger\",\"version\":1,\"api_url\":\"u\",\"generation\":\"jobs\"",
         "lacks ledger, api_url or generation"},
        {"\"ledger\",\"ledger\":\"L\",\"api_url\":\"u\",\"generation\":\"g\"",
         "of version 0"},
        {"\"ledger\",\"version\":1,\"colour\":1",
         "the first record cannot be read"},
        {OPEN, "the first record, and only that, is of type ledger"},
    };
    struct forged *forged = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&forged->bytes);
        forged->records = 0;
        forge_add(forged, rows[i].record);
        assert_int_equal(forge_open(forged), ERR_DATA);
        forge_assert_refused(forged, rows[i].words);
    }
    /* A number that ends with the file, and one past all versions. */
    static const char *const torn[] = {
        "{\"seq\":1,\"type\":\"ledger\",\"version\":45678",
        "{\"seq\":1,\"type\":\"ledger\",\"version\":12345678}\n",
    };
    static const char *const words[] = {"of version 45678,",
                                        "of version 123456,"};
    for (size_t i = 0; i < 2; i++) {
        buf_clear(&forged->bytes);
        buf_add_str(&forged->bytes, torn[i]);
        assert_int_equal(forge_open(forged), ERR_DATA);
        forge_assert_refused(forged, words[i]);
    }
}

/* --- what does not fit ------------------------------------------------------
 */

static const struct {
    const char *items[ITEMS_MAX];
    unsigned contradictions;
    enum ledger_state after; /* of KEY_A */
    unsigned jobs;
} contradictory[] = {
    /* An outcome without an intent: there is a job only if it says so. */
    {{POST(KEY_A, "0", "1.000000000", "null")}, 1, LEDGER_POSTED, 1},
    {{OF_POST("settle", KEY_A, "1.000000000") ",\"address\":\"x\""},
     1,
     LEDGER_POSTED,
     1},
    {{OF_POST("settle", KEY_A, "1.000000000")}, 1, LEDGER_OPEN, 0},
    {{OF_POST("reject", KEY_A, "1.000000000")}, 1, LEDGER_OPEN, 0},
    {{INTENT(KEY_A, "1", "0", "1.000000000")}, 1, LEDGER_OPEN, 1},
    {{INTENT(KEY_A, "0", "1", "1.000000000")}, 1, LEDGER_OPEN, 1},
    {{EXTENSION("intent", "i", "1.000000000")}, 1, LEDGER_OPEN, 0},
    {{EXTENSION("extend", "i", "1.000000000")}, 1, LEDGER_OPEN, 0},
    /* Of an older generation, a newer one, another epoch. */
    {{INTENT(KEY_A, "0", "0", "1.000000000"),
      POST(KEY_A, "0", "1.000000000", "null"),
      INTENT(KEY_A, "1", "0", "1.000000000"),
      POST(KEY_A, "0", "1.000000000", "null")},
     1,
     LEDGER_OPEN,
     1},
    {{INTENT(KEY_A, "0", "0", "1.000000000"),
      POST(KEY_A, "1", "1.000000000", "null")},
     1,
     LEDGER_POSTED,
     1},
    {{INTENT(KEY_A, "0", "0", "1.000000000"),
      JOB("reject", "post", KEY_A, "1", "0", "1.000000000")},
     1,
     LEDGER_OPEN,
     1},
    {{INTENT(KEY_A, "0", "0", "1.000000000"),
      JOB("reject", "post", KEY_A, "0", "1", "1.000000000")},
     1,
     LEDGER_OPEN,
     1},
    {{INTENT(KEY_A, "0", "0", "1.000000000"),
      "\"state\",\"op\":\"extend\",\"key\":\"" KEY_A "\",\"gen\":0"},
     0,
     LEDGER_OPEN,
     1},
    {{INTENT(KEY_A, "0", "0", "1.000000000"),
      "\"state\",\"key\":\"" KEY_A "\",\"gen\":1"},
     1,
     LEDGER_OPEN,
     1},
    /* Words that cannot be read are as good as none. */
    {{INTENT(KEY_A, "0", "0", "1.000000000") ",\"cid\":\"x\""},
     0,
     LEDGER_OPEN,
     1},
};

static void what_contradicts_is_counted_and_a_job_never_forgotten(void **state)
{
    struct forged *forged = *state;
    uint8_t key[KEY_LEN];
    struct ledger_job job;

    assert_true(key_parse(KEY_A, strlen(KEY_A), key));
    for (size_t i = 0; i < sizeof contradictory / sizeof contradictory[0];
         i++) {
        if (forge_story(forged, contradictory[i].items) != 0)
            fail_msg("row %zu: %s", i, forged->err.message);
        const struct ledger_info *info = ledger_info(forged->ledger);
        const struct ledger_totals *totals = ledger_totals(forged->ledger);
        uint64_t jobs = 0;
        for (int s = 0; s < LEDGER_STATES; s++)
            jobs += totals->jobs[s];
        if (info->contradictions != contradictory[i].contradictions ||
            jobs != contradictory[i].jobs)
            fail_msg("row %zu: %llu contradictions, %llu jobs: %s", i,
                     (unsigned long long)info->contradictions,
                     (unsigned long long)jobs,
                     info->contradiction ? info->contradiction : "");
        int found = ledger_find_key(forged->ledger, key, &job, &forged->err);
        assert_int_equal(found, contradictory[i].jobs > 0 ? 1 : 0);
        if (found && job.state != contradictory[i].after)
            fail_msg("row %zu: state %d", i, (int)job.state);
    }
}

static void an_intent_and_an_end_without_an_invocation_are_read(void **state)
{
    struct forged *forged = *state;

    forge_add(forged, LEDGER);
    forge_add(forged, INTENT(KEY_A, "0", "0", "1.000000000"));
    forge_add(forged, "\"close\",\"status\":0");
    assert_int_equal(forge_open(forged), 0);
    assert_int_equal(ledger_info(forged->ledger)->contradictions, 1);
    assert_int_equal(ledger_totals(forged->ledger)->jobs[LEDGER_OPEN], 1);
}

/* --- what is said -----------------------------------------------------------
 */

static void what_an_invocation_left_is_told_until_the_next(void **state)
{
    static const char *const closed[] = {
        "\"close\",\"status\":4,\"why\":\"cap\"", NULL};
    static const char *const silent[] = {"\"close\"", NULL};
    static const char *const strange[] = {"\"close\",\"status\":256", NULL};
    static const char *const going_on[] = {INTENT(KEY_A, "0", "0", MOST), NULL};
    static const char *const opened[] = {
        "\"close\",\"status\":4,\"why\":\"cap\"", OPEN, NULL};
    struct forged *forged = *state;

    assert_int_equal(forge_story(forged, closed), 0);
    const struct ledger_info *info = ledger_info(forged->ledger);
    assert_true(info->opened && info->closed);
    assert_true(info->opened_ms == 1795428000123);
    assert_int_equal(info->close_status, 4);
    assert_string_equal(info->close_why, "cap");
    assert_string_equal(info->scope, "b:nightly-2026-11-23");
    assert_string_equal(info->identity.program, "0");
    assert_int_equal(forge_story(forged, silent), 0);
    assert_int_equal(ledger_info(forged->ledger)->close_status, 0);
    assert_int_equal(forge_story(forged, strange), 0);
    assert_int_equal(ledger_info(forged->ledger)->close_status, 0);
    assert_int_equal(forge_story(forged, going_on), 0);
    assert_false(ledger_info(forged->ledger)->closed);
    assert_int_equal(forge_story(forged, opened), 0);
    info = ledger_info(forged->ledger);
    assert_true(info->opened && !info->closed);
    assert_int_equal(info->close_status, 0);
    assert_string_equal(info->close_why, "");
}

static void a_long_why_is_cut(void **state)
{
    static const char head[] = "\"close\",\"status\":0,\"why\":\"";
    struct forged *forged = *state;
    char why[400];

    for (size_t len = LEDGER_WHY_MAX - 2; len < LEDGER_WHY_MAX + 3; len++) {
        const char *const story[] = {why, NULL};
        memset(why, 'w', sizeof why);
        memcpy(why, head, sizeof head - 1);
        memcpy(why + sizeof head - 1 + len, "\"", 2);
        assert_int_equal(forge_story(forged, story), 0);
        assert_int_equal(strlen(ledger_info(forged->ledger)->close_why),
                         len < LEDGER_WHY_MAX ? len : LEDGER_WHY_MAX - 1);
    }
}

static void the_first_contradiction_is_told_with_its_place(void **state)
{
    static const char *const story[] = {
        OF_POST("reject", KEY_A, "1.000000000"),
        OF_POST("release", KEY_B, "1.000000000"), NULL};
    struct forged *forged = *state;
    char place[64];

    assert_int_equal(forge_story(forged, story), 0);
    const char *at = strstr(forged->bytes.data, "{\"seq\":3");
    snprintf(place, sizeof place, "byte %d: reject of job",
             (int)(at - forged->bytes.data));
    const struct ledger_info *info = ledger_info(forged->ledger);
    assert_int_equal(info->contradictions, 2);
    assert_ptr_equal(strstr(info->contradiction, place), info->contradiction);
}

static void damage_and_strange_words_are_told_apart(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const strange[] = {"\"entry\",\"colour\":1", NULL};
    struct forged *forged = *state;

    assert_int_equal(forge_story(forged, strange), ERR_DATA);
    forge_assert_refused(forged, "the record's CRC is right, but");
    (void)forge_story(forged, none);
    buf_add_str(&forged->bytes, "torn\n");
    forge_add(forged, "\"entry\",\"colour\":1");
    assert_int_equal(forge_open(forged), ERR_DATA);
    forge_assert_refused(forged, "is damaged: its length is wrong, and a");
    /* What has no newline was never whole: it proves nothing. */
    buf_truncate(&forged->bytes, forged->bytes.len - 1);
    assert_int_equal(forge_open(forged), 0);
    assert_true(ledger_info(forged->ledger)->torn_bytes > 5);
}

/* --- sums -------------------------------------------------------------------
 */

static void sums_that_would_wrap_are_refused(void **state)
{
    static const char *const stories[][ITEMS_MAX] = {
        /* Reserved by two jobs; by a job and an extension. */
        {INTENT(KEY_A, "0", "0", MOST), INTENT(KEY_B, "0", "0", MOST)},
        {INTENT(KEY_A, "0", "0", MOST), EXTENSION("intent", "i", MOST)},
        /* Charged twice: by posts, by a post and an extension. */
        {INTENT(KEY_A, "0", "0", MOST), POST(KEY_A, "0", MOST, "\"" MOST "\""),
         INTENT(KEY_B, "0", "0", MOST), POST(KEY_B, "0", MOST, "\"" MOST "\"")},
        {INTENT(KEY_A, "0", "0", MOST), POST(KEY_A, "0", MOST, "\"" MOST "\""),
         EXTENSION("extend", "i", MOST)},
        /* More is freed than was reserved. */
        {INTENT(KEY_A, "0", "0", "0.000000000"),
         OF_POST("release", KEY_A, MOST),
         INTENT(KEY_A, "0", "0", "0.000000000"),
         OF_POST("release", KEY_A, MOST)},
        /* Unknown, and nothing freed of it. */
        {INTENT(KEY_A, "0", "0", "0.000000000"),
         OF_POST("unknown", KEY_A, MOST),
         OF_POST("settle", KEY_A, "0.000000000"),
         INTENT(KEY_B, "0", "0", "0.000000000"),
         OF_POST("unknown", KEY_B, MOST)},
        /* An extension ends when all that it reserved is gone. */
        {INTENT(KEY_B, "0", "0", "0.000000000"), EXTENSION("intent", "i", MOST),
         OF_POST("release", KEY_B, MOST),
         INTENT(KEY_B, "0", "0", "0.000000000"),
         OF_POST("release", KEY_B, MOST), EXTENSION("reject", "i", MOST),
         INTENT(KEY_B, "0", "0", "0.000000000"),
         OF_POST("release", KEY_B, MOST)},
    };
    struct forged *forged = *state;

    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        if (forge_story(forged, stories[i]) != ERR_LIMIT)
            fail_msg("story %zu: %s", i, forged->err.message);
        forge_assert_refused(forged, "costs are too large to add");
    }
}

static void an_extension_may_fail_to_free_what_is_gone(void **state)
{
    static const char *const story[] = {
        INTENT(KEY_B, "0", "0", "0.000000000"),
        EXTENSION("intent", "i", MOST),
        OF_POST("release", KEY_B, MOST),
        INTENT(KEY_B, "0", "0", "0.000000000"),
        OF_POST("release", KEY_B, MOST),
        EXTENSION("unknown", "i", MOST),
        NULL,
    };
    struct forged *forged = *state;

    assert_int_equal(forge_story(forged, story), ERR_LIMIT);
    forge_assert_refused(forged, "costs are too large to add");
}

/* Of a job whose newest record is about an extension: where its post is. */
static void a_reservation_is_looked_for_along_prev(void **state)
{
    static const char *const wrong[] = {
        INTENT(KEY_A, "0", "0", "1.000000000"),
        EXTENSION("intent", "i", "0.500000000") ",\"prev\":99999",
        INTENT(KEY_A, "0", "1", "2.000000000"),
        NULL,
    };
    static const char *const none[] = {
        INTENT(KEY_A, "0", "0", "1.000000000"),
        EXTENSION("intent", "i", "0.500000000"),
        INTENT(KEY_A, "0", "1", "2.000000000"),
        NULL,
    };
    struct forged *forged = *state;

    assert_int_equal(forge_story(forged, wrong), ERR_DATA);
    forge_assert_refused(forged, "prev is wrong");
    assert_int_equal(forge_story(forged, none), 0);
    const struct ledger_totals *totals = ledger_totals(forged->ledger);
    assert_int_equal(totals->jobs[LEDGER_OPEN], 1);
    assert_int_equal(totals->open_actions, 1);
    /* 1 + 0.5 - 0.5, which the newest record holds, + 2 */
    assert_true(totals->reserved_nano == 3000000000);
}

/* Another program shortens the file while it is mended. */
static void cut_file(void *context, const char *text)
{
    struct disk_file *file = disk_find(context, SAMPLE_PATH);

    (void)text;
    buf_truncate(&file->bytes, 10);
}

static void a_file_that_shrinks_while_it_is_mended_is_an_error(void **state)
{
    static const char *const none[] = {NULL};
    struct forged *forged = *state;
    struct ledger_options options = {
        .os = &forged->disk.os,
        .mode = LEDGER_WRITE,
        .path = SAMPLE_PATH,
        .identity = &sample_identity,
        .warn = cut_file,
        .warn_arg = &forged->disk,
    };

    (void)forge_story(forged, none);
    buf_add_str(&forged->bytes, "torn");
    ledger_close(forged->ledger);
    forged->ledger = NULL;
    disk_put(&forged->disk, SAMPLE_PATH, forged->bytes.data, forged->bytes.len);
    assert_int_equal(ledger_open(&forged->ledger, &options, &forged->err),
                     ERR_IO);
    assert_non_null(strstr(forged->err.message, "cannot read"));
    assert_null(forged->ledger);
}

/* What is wrong first is what is told, whatever comes behind it. */
static void an_error_that_waits_is_told_before_later_ones(void **state)
{
    static const char *const behind[] = {
        "\"entry\",\"colour\":1",
        INTENT("a", "0", "0", "1.000000000"),
    };
    const char *story[] = {INTENT(KEY_A, "0", "0", MOST),
                           INTENT(KEY_B, "0", "0", MOST), NULL, NULL};
    struct forged *forged = *state;

    for (size_t i = 0; i < 2; i++) {
        story[2] = behind[i];
        assert_int_equal(forge_story(forged, story), ERR_LIMIT);
        forge_assert_refused(forged, "costs are too large to add");
    }
    story[2] = NULL;
    (void)forge_story(forged, story);
    buf_add_str(&forged->bytes, "torn");
    assert_int_equal(forge_open(forged), ERR_LIMIT);
    forge_assert_refused(forged, "costs are too large to add");
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, forge_setup, forge_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_field_that_decides_must_be_right),
        TEST(a_first_record_names_version_service_and_generation),
        TEST(what_contradicts_is_counted_and_a_job_never_forgotten),
        TEST(an_intent_and_an_end_without_an_invocation_are_read),
        TEST(what_an_invocation_left_is_told_until_the_next),
        TEST(a_long_why_is_cut),
        TEST(the_first_contradiction_is_told_with_its_place),
        TEST(damage_and_strange_words_are_told_apart),
        TEST(sums_that_would_wrap_are_refused),
        TEST(an_extension_may_fail_to_free_what_is_gone),
        TEST(a_reservation_is_looked_for_along_prev),
        TEST(a_file_that_shrinks_while_it_is_mended_is_an_error),
        TEST(an_error_that_waits_is_told_before_later_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
