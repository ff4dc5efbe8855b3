/* Limits of what a ledger holds, and that what it holds is all kept. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger_forge.h"

static void add_job(struct forged *forged, unsigned n, bool same_half,
                    const char *name)
{
    uint8_t key[KEY_LEN] = {0};
    char text[KEY_TEXT_MAX];
    char record[256];

    key[same_half ? 0 : KEY_LEN - 1] = (uint8_t)n;
    key[same_half ? 1 : KEY_LEN - 2] = (uint8_t)(n >> 8);
    key_format(key, text);
    snprintf(record, sizeof record,
             "\"intent\",\"op\":\"post\",\"key\":\"%s\",\"gen\":0,\"epoch\":0,"
             "\"max_usd\":null,\"name\":\"%s\"",
             text, name);
    forge_add(forged, record);
}

static void there_are_limits_of_one_name_and_of_keys_that_share_a_half(
    void **state)
{
    static const char *const none[] = {NULL};
    struct forged *forged = *state;

    (void)forge_story(forged, none);
    for (unsigned n = 0; n < LEDGER_TWINS_MAX; n++)
        add_job(forged, n, true, "a");
    assert_int_equal(forge_open(forged), 0);
    assert_int_equal(ledger_totals(forged->ledger)->jobs[LEDGER_OPEN],
                     LEDGER_TWINS_MAX);
    add_job(forged, LEDGER_TWINS_MAX, true, "a");
    assert_int_equal(forge_open(forged), ERR_LIMIT);
    forge_assert_refused(forged, "over 16 jobs share half a key");
    (void)forge_story(forged, none);
    for (unsigned n = 0; n < LEDGER_SAME_NAME_MAX; n++)
        add_job(forged, n, false, "same");
    assert_int_equal(forge_open(forged), 0);
    struct ledger_intent one = sample_intent(1, 0, 0);
    one.name = (struct ledger_text){"same", 4};
    assert_int_equal(sample_begin(forged->ledger, &forged->err), 0);
    assert_int_equal(ledger_add_intent(forged->ledger, &one, &forged->err),
                     ERR_LIMIT);
    one.name = (struct ledger_text){"other", 5};
    one.cid = "not a CID"; /* is not remembered as pinned */
    assert_int_equal(ledger_add_intent(forged->ledger, &one, &forged->err), 0);
    add_job(forged, LEDGER_SAME_NAME_MAX, false, "same");
    assert_int_equal(forge_open(forged), ERR_LIMIT);
    forge_assert_refused(forged, "over 4096 jobs have one name: \"same");
    /* The name is read from the file, last of all; that may fail, too. */
    forged->disk.fail_kinds = 1U << DISK_PREAD;
    forged->disk.fail_errno = EIO;
    forged->disk.calls = 0;
    (void)forge_open(forged);
    forged->disk.fail_at = forged->disk.calls;
    forged->disk.calls = 0;
    assert_int_equal(forge_open(forged), ERR_IO);
    forge_assert_refused(forged, "cannot read");
    disk_heal(&forged->disk);
}

static void there_is_a_limit_of_actions_without_an_outcome(void **state)
{
    static const char *const story[] = {
        INTENT(KEY_A, "0", "0", "0.001000000"),
        POST(KEY_A, "0", "0.001000000", "null"),
        NULL,
    };
    struct forged *forged = *state;

    (void)forge_story(forged, story);
    for (unsigned n = 0; n < 40; n++)
        forge_add(forged, EXTENSION("intent", "i", "0.001000000"));
    assert_int_equal(forge_open(forged), 0);
    assert_int_equal(ledger_totals(forged->ledger)->open_actions, 40);
    assert_int_equal(ledger_totals(forged->ledger)->reserved_nano, 40000000);
    for (unsigned n = 40; n < LEDGER_ACTIONS_MAX; n++)
        forge_add(forged, EXTENSION("intent", "i", "0.001000000"));
    assert_int_equal(forge_open(forged), 0);
    forge_add(forged, EXTENSION("intent", "i", "0.001000000"));
    assert_int_equal(forge_open(forged), ERR_LIMIT);
    forge_assert_refused(forged,
                         "over 65536 extensions and stops have no outcome");
}

static void all_invocations_are_kept(void **state)
{
    static const char *const none[] = {NULL};
    struct forged *forged = *state;
    char why[600];

    (void)forge_story(forged, none);
    for (unsigned n = 0; n < 20; n++)
        forge_add(forged, OPEN);
    memset(why, 'w', sizeof why);
    memcpy(why, "\"close\",\"status\":4,\"why\":\"", 26);
    memcpy(why + sizeof why - 2, "\"", 2);
    forge_add(forged, why);
    assert_int_equal(forge_open(forged), 0);
    const struct ledger_info *info = ledger_info(forged->ledger);
    assert_true(info->closed);
    assert_int_equal(info->close_status, 4);
    assert_int_equal(strlen(info->close_why), LEDGER_WHY_MAX - 1);
    assert_int_equal(forged->ledger->invocation_count, 21);
    assert_true(forged->ledger->invocations[20].closed);
    assert_false(forged->ledger->invocations[19].closed);
}

/* Behind a bad line: only so many places are looked at for a proof. */
static void a_bad_line_full_of_beginnings_is_a_torn_tail(void **state)
{
    static const char *const none[] = {NULL};
    struct forged *forged = *state;

    (void)forge_story(forged, none);
    size_t whole = forged->bytes.len;
    for (unsigned n = 0; n < 100; n++)
        buf_add_str(&forged->bytes, "{\"seq\":");
    buf_add_char(&forged->bytes, '\n');
    assert_int_equal(forge_open(forged), 0);
    assert_int_equal(ledger_info(forged->ledger)->torn_bytes, 701);
    assert_int_equal(disk_find(&forged->disk, SAMPLE_PATH)->bytes.len, whole);
    /* A record that is not ours proves that what is in front was whole. */
    (void)forge_story(forged, none);
    buf_add_str(&forged->bytes, "torn ");
    forge_add(forged, "\"entry\",\"colour\":1");
    assert_int_equal(forge_open(forged), ERR_DATA);
    forge_assert_refused(forged, "is damaged");
}

static void a_record_past_what_an_index_can_name_is_refused(void **state)
{
    static const char *const story[] = {INTENT(KEY_A, "0", "0", "1.000000000"),
                                        NULL};
    struct forged *forged = *state;
    struct ledger_event event;
    struct ledger_line line;

    assert_int_equal(forge_story(forged, story), 0);
    const char *at = strstr(forged->bytes.data, "{\"seq\":3");
    const char *why;
    assert_int_equal(ledger_line_read(&forged->ledger->scanner, at,
                                      (size_t)(strchr(at, '\n') - at), &line,
                                      &why),
                     LINE_GOOD);
    assert_int_equal(ledger_event_read(forged->ledger, &line, LEDGER_OFFSET_MAX,
                                       &event, &forged->err),
                     0);
    assert_int_equal(ledger_event_read(forged->ledger, &line,
                                       LEDGER_OFFSET_MAX + 1, &event,
                                       &forged->err),
                     ERR_LIMIT);
    assert_non_null(strstr(forged->err.message, "begin another ledger"));
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, forge_setup, forge_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(there_are_limits_of_one_name_and_of_keys_that_share_a_half),
        TEST(there_is_a_limit_of_actions_without_an_outcome),
        TEST(all_invocations_are_kept),
        TEST(a_bad_line_full_of_beginnings_is_a_torn_tail),
        TEST(a_record_past_what_an_index_can_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
