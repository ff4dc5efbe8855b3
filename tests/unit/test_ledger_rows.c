/*
 * Reading records back: intents for a replay, posts, rows, the check.
 */
#include "../../queue/ledger_format.h"
#include "ledger_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct disk disk;
    struct ledger *ledger;
    struct ledger_reader reader;
    struct err err;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    disk_init(&world->disk);
    if (sample_write(&world->disk, NULL, &world->err) < 0)
        fail_msg("%s", world->err.message);
    assert_int_equal(
        sample_open(&world->disk, LEDGER_READ, &world->ledger, &world->err), 0);
    ledger_reader_init(&world->reader);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    ledger_reader_release(&world->reader);
    ledger_close(world->ledger);
    disk_release(&world->disk);
    free(world);
    return 0;
}

static struct ledger_job job_of(struct world *world, unsigned n)
{
    struct ledger_job job;
    uint8_t key[KEY_LEN];

    sample_key(n, key);
    assert_int_equal(ledger_find_key(world->ledger, key, &job, &world->err), 1);
    return job;
}

static void assert_str(const char *found, const char *expected)
{
    if (!found || !expected)
        assert_ptr_equal(found, expected);
    else
        assert_string_equal(found, expected);
}

static void assert_text(struct ledger_text found, struct ledger_text expected)
{
    assert_int_equal(found.len, expected.len);
    if (expected.len > 0)
        assert_memory_equal(found.bytes, expected.bytes, expected.len);
}

static void assert_intent(const struct ledger_intent *found,
                          const struct ledger_intent *expected)
{
    assert_int_equal(found->op, expected->op);
    assert_memory_equal(found->key, expected->key, KEY_LEN);
    assert_int_equal(found->gen, expected->gen);
    assert_int_equal(found->epoch, expected->epoch);
    assert_str(found->idem, expected->idem);
    assert_text(found->name, expected->name);
    assert_str(found->id, expected->id);
    assert_text(found->params, expected->params);
    assert_int_equal(found->repeat, expected->repeat);
    assert_str(found->cid, expected->cid);
    assert_str(found->market, expected->market);
    assert_int_equal(found->timeout_s, expected->timeout_s);
    assert_str(found->node, expected->node);
    assert_int_equal(found->draw, expected->draw);
    assert_int_equal(found->max_nano, expected->max_nano);
    assert_str(found->replaces, expected->replaces);
}

static void an_intent_comes_back_with_every_field(void **state)
{
    struct world *world = *state;
    /* Job, generation, epoch: an open one, one behind a release, an epoch. */
    static const unsigned rows[][3] = {{3, 0, 0}, {7, 0, 1}, {6, 0, 1},
                                       {1, 1, 0}, {4, 0, 0}, {5, 0, 0}};
    struct ledger_sent sent;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ledger_job job = job_of(world, rows[i][0]);
        struct ledger_intent expected =
            sample_intent(rows[i][0], rows[i][1], rows[i][2]);
        if (ledger_read_intent(world->ledger, &job, &world->reader, &sent,
                               &world->err) != 0)
            fail_msg("%s", world->err.message);
        assert_intent(&sent.intent, &expected);
        assert_text(sent.intent.body, expected.body);
        assert_true(sent.seq > 3);
        assert_int_equal(sent.at_ms / 1000, 1795428000);
        assert_int_equal(sent.boot_ms / 1000, 5);
        assert_string_equal(sent.boot_id,
                            "01234567-89ab-4cde-8f01-23456789abcd");
        assert_true(sent.has_account);
        assert_int_equal(sent.account[0], 0xab);
        assert_int_equal(sent.account[1], 0xcd);
    }
}

static void a_post_comes_back_with_every_field(void **state)
{
    struct world *world = *state;
    struct ledger_job job = job_of(world, 1);
    struct ledger_intent intent = sample_intent(1, 1, 0);
    struct ledger_post post;

    assert_int_equal(ledger_read_post(world->ledger, &job, &world->reader,
                                      &post, &world->err),
                     1);
    assert_intent(&post.intent, &intent);
    assert_str(post.address, sample_address(101));
    assert_str(post.run, "RunAddress");
    assert_str(post.tx, "TxSignature");
    assert_int_equal(post.cost_nano, 23980000);
    assert_false(post.estimate);
    assert_str(post.cost_raw, "0.0239800000001");
    assert_str(post.credits, "23.98");
    assert_str(post.reservation, "res-1");
    assert_str(post.project, "ProjectAddress");
    assert_int_equal(post.attempts, 2);
    assert_int_equal(post.elapsed_ms, 321);
}

static void a_settled_job_has_an_address_and_its_intent(void **state)
{
    struct world *world = *state;
    struct ledger_job job = job_of(world, 5);
    struct ledger_intent intent = sample_intent(5, 0, 0);
    struct ledger_post post;

    assert_int_equal(ledger_read_post(world->ledger, &job, &world->reader,
                                      &post, &world->err),
                     1);
    assert_intent(&post.intent, &intent);
    assert_str(post.address, sample_address(5));
    assert_int_equal(post.cost_nano, intent.max_nano);
    assert_true(post.estimate);
    job = job_of(world, 4);
    assert_int_equal(ledger_read_post(world->ledger, &job, &world->reader,
                                      &post, &world->err),
                     0);
}

/* --- rows ---------------------------------------------------------------- */

static int print_row(void *arg, const struct ledger_row *row, struct err *err)
{
    struct buf *out = arg;

    (void)err;
    buf_addf(out, "%.*s gen %u %s %s max %lld charged %lld final %lld",
             (int)row->name.len, row->name.bytes, row->gen,
             ledger_state_name(row->state), row->address ? row->address : "-",
             (long long)row->max_nano, (long long)row->charged_nano,
             (long long)row->final_nano);
    buf_addf(out, " %s %llus job %d %s %lld",
             row->cost_source ? row->cost_source : "(null)",
             (unsigned long long)row->timeout_s, row->job_state,
             row->job_status ? row->job_status : "-", (long long)row->end_s);
    buf_addf(out, " | %s %s %d\n", row->error ? row->error : "-",
             row->code ? row->code : "-", row->status);
    return 0;
}

static void a_row_for_each_job_and_generation_in_order(void **state)
{
    struct world *world = *state;
    struct buf rows, expected;

    buf_init(&rows, 1 << 16);
    buf_init(&expected, 1 << 16);
#define NAME "lr-sweep/\"q\"\\ \xc3\xbc="
    buf_addf(&expected,
             NAME "1 gen 0 posted %s max 47960001 charged 46980000 final "
                  "413000 reply 5400s job 2 success 1795428033 | - - 0\n",
             sample_address(1));
    buf_addf(&expected,
             NAME "1 gen 1 posted %s max 47960001 charged 23980000 final -1 "
                  "reply 3600s job -1 - 0 | - - 0\n",
             sample_address(101));
    buf_addf(&expected,
             NAME "2 gen 0 posted %s max 47960002 charged 47960002 final -1 "
                  "estimate 3600s job -1 - 0 | - - 0\n",
             sample_address(2));
    buf_addf(&expected, NAME
             "3 gen 0 open - max 47960003 charged -1 final -1 (null) 3600s "
             "job -1 - 0 | - - 0\n");
    buf_addf(&expected,
             NAME "4 gen 0 rejected - max 47960004 charged -1 final -1 (null) "
                  "3600s job -1 - 0 | the service's \"text\" BAD 400\n");
    buf_addf(&expected,
             NAME "5 gen 0 posted %s max 47960005 charged 47960005 final -1 "
                  "settle 3600s job -1 - 0 | - - 0\n",
             sample_address(5));
    buf_addf(&expected, NAME
             "6 gen 0 open - max 47960006 charged -1 final -1 (null) 3600s "
             "job -1 - 0 | - - 0\n");
    buf_addf(&expected, NAME
             "7 gen 0 open - max 47960007 charged -1 final -1 (null) 3600s "
             "job -1 - 0 | - - 0\n");
    if (ledger_rows(world->ledger, print_row, &rows, &world->err) != 0)
        fail_msg("%s", world->err.message);
    assert_string_equal(buf_str(&rows), buf_str(&expected));
    buf_release(&rows);
    buf_release(&expected);
}

static int stop_at_once(void *arg, const struct ledger_row *row,
                        struct err *err)
{
    unsigned *calls = arg;

    (void)row;
    ++*calls;
    return err_set(err, ERR_USAGE, "enough");
}

static void a_callback_ends_the_rows(void **state)
{
    struct world *world = *state;
    unsigned calls = 0;

    assert_int_equal(
        ledger_rows(world->ledger, stop_at_once, &calls, &world->err),
        ERR_USAGE);
    assert_int_equal(calls, 1);
}

/* --- the check ------------------------------------------------------------ */

static struct ledger_check_result check(struct world *world, struct errs *errs)
{
    struct ledger_check_result result;

    errs_init(errs);
    if (ledger_check(&world->disk.os, SAMPLE_PATH, &result, errs,
                     &world->err) != 0)
        fail_msg("%s", world->err.message);
    return result;
}

static void a_good_ledger_has_no_problems(void **state)
{
    struct world *world = *state;
    struct ledger_check_result result;
    struct errs errs;
    struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);

    result = check(world, &errs);
    if (result.problems > 0)
        fail_msg("%s", errs.items[0].message);
    assert_int_equal(result.records, ledger_info(world->ledger)->records);
    assert_int_equal(result.jobs, 7);
    assert_int_equal(result.bytes, file->bytes.len);
    assert_int_equal(result.torn_bytes, 0);
    buf_truncate(&file->bytes, file->bytes.len - 3);
    result = check(world, &errs);
    assert_int_equal(result.problems, 0);
    assert_true(result.torn_bytes > 100);
}

static void damage_is_told_with_its_byte(void **state)
{
    struct world *world = *state;
    struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
    struct ledger_check_result result;
    struct errs errs;
    char place[64];

    char *second = strchr(file->bytes.data, '\n') + 1;
    snprintf(place, sizeof place,
             "byte %d: ", (int)(second - file->bytes.data));
    second[20] ^= 1;
    result = check(world, &errs);
    assert_int_equal(result.problems, 1);
    assert_int_equal(errs.items[0].code, ERR_DATA);
    assert_int_equal(strncmp(errs.items[0].message, place, strlen(place)), 0);
    assert_string_equal(errs.items[0].file, SAMPLE_PATH);
}

static void contradictions_are_told(void **state)
{
    struct world *world = *state;
    struct ledger_intent intent = sample_intent(3, 0, 0);
    struct ledger_post post = sample_post(&intent, sample_address(3));
    struct ledger *ledger;
    struct ledger_check_result result;
    struct errs errs;

    assert_int_equal(
        sample_open(&world->disk, LEDGER_WRITE, &ledger, &world->err), 0);
    assert_int_equal(sample_begin(ledger, &world->err), 0);
    assert_int_equal(ledger_add_post(ledger, &post, &world->err), 0);
    assert_int_equal(ledger_add_post(ledger, &post, &world->err), ERR_INTERNAL);
    intent = sample_intent(7, 0, 1);
    post = sample_post(&intent, sample_address(3));
    assert_int_equal(ledger_add_post(ledger, &post, &world->err), ERR_INTERNAL);
    intent = sample_intent(70, 0, 0);
    post = sample_post(&intent, sample_address(70));
    assert_int_equal(ledger_add_post(ledger, &post, &world->err), ERR_INTERNAL);
    assert_int_equal(ledger_commit(ledger, &world->err), 0);
    ledger_close(ledger);
    result = check(world, &errs);
    assert_int_equal(result.problems, 3);
    assert_non_null(strstr(errs.items[0].message, "while it is posted"));
    assert_non_null(strstr(errs.items[1].message, "two different jobs"));
    assert_non_null(strstr(errs.items[2].message, "without an intent"));
}

/* A record whose CRC is right, but not the rest. */
static void a_record_with_wrong_fields_is_told(void **state)
{
    struct world *world = *state;
    struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
    struct ledger_check_result result;
    struct errs errs;
    struct buf line;

    buf_init(&line, 4096);
    buf_addf(&line,
             "{\"seq\":%llu,\"at\":\"2026-13-23T10:00:00.123Z\",\"type\":"
             "\"entry\",\"id\":\"a\\q\"",
             (unsigned long long)ledger_info(world->ledger)->records + 1);
    ledger_line_end(&line, 0, 0);
    buf_add(&file->bytes, line.data, line.len);
    result = check(world, &errs);
    /* dur falls, an escape that JSON does not have, the time, a field. */
    assert_int_equal(result.problems, 4);
    assert_non_null(strstr(errs.items[0].message, "dur"));
    assert_non_null(strstr(errs.items[2].message, "time"));
    assert_non_null(strstr(errs.items[3].message, "no \"template\""));
    buf_release(&line);
}

static void a_missing_file_cannot_be_checked(void **state)
{
    struct world *world = *state;
    struct ledger_check_result result;
    struct errs errs;

    errs_init(&errs);
    assert_int_equal(
        ledger_check(&world->disk.os, "nowhere", &result, &errs, &world->err),
        ERR_INPUT);
}

/* --- texts -----------------------------------------------------------------
 */

static void texts_come_back_as_they_were_or_repaired(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } names[] = {
        {"", 0},
        {"a\0b", 3},
        {"\x01\x1f\x7f\"\\/\b\f\n\r\t", 11},
        {"\xe2\x80\xa8 \xf0\x9f\x98\x80", 8},
        {"\\\\\"", 3},
    };
    struct world *world = *state;
    struct ledger *ledger;
    struct ledger_sent sent;
    struct ledger_job job;

    assert_int_equal(
        sample_open(&world->disk, LEDGER_WRITE, &ledger, &world->err), 0);
    assert_int_equal(sample_begin(ledger, &world->err), 0);
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ledger_intent intent = sample_intent(200 + i, 0, 0);
        uint64_t cursor = 0;
        intent.name = (struct ledger_text){names[i].bytes, names[i].len};
        assert_int_equal(ledger_add_intent(ledger, &intent, &world->err), 0);
        assert_int_equal(ledger_find_name(ledger, names[i].bytes, names[i].len,
                                          &cursor, &job, &world->err),
                         1);
        assert_int_equal(ledger_read_intent(ledger, &job, &world->reader, &sent,
                                            &world->err),
                         0);
        assert_text(sent.intent.name, intent.name);
    }
    ledger_close(ledger);
}

static int keep_error(void *arg, const struct ledger_row *row, struct err *err)
{
    char *out = arg;

    (void)err;
    if (row->error)
        snprintf(out, 2048, "%s", row->error);
    return 0;
}

static void a_servers_text_is_cut_at_a_characters_end_and_repaired(void **state)
{
    struct world *world = *state;
    struct ledger *ledger;
    char message[1024];
    char found[2048];
    struct ledger_intent intent = sample_intent(300, 0, 0);
    struct ledger_outcome outcome = sample_outcome(&intent);

    /* A character of two bytes stands across the limit. */
    memset(message, 'x', sizeof message);
    memcpy(message + LEDGER_TEXT_MAX - 1, "\xc3\xbc", 2);
    message[sizeof message - 1] = '\0';
    outcome.message = message;
    assert_int_equal(
        sample_open(&world->disk, LEDGER_WRITE, &ledger, &world->err), 0);
    assert_int_equal(sample_begin(ledger, &world->err), 0);
    assert_int_equal(ledger_add_intent(ledger, &intent, &world->err), 0);
    assert_int_equal(ledger_add_reject(ledger, &outcome, &world->err), 0);
    assert_int_equal(ledger_rows(ledger, keep_error, found, &world->err), 0);
    assert_int_equal(strlen(found), LEDGER_TEXT_MAX - 1);
    intent = sample_intent(301, 0, 0);
    outcome = sample_outcome(&intent);
    outcome.message = "a\xff\x80z\xc3";
    assert_int_equal(ledger_add_intent(ledger, &intent, &world->err), 0);
    assert_int_equal(ledger_add_reject(ledger, &outcome, &world->err), 0);
    assert_int_equal(ledger_rows(ledger, keep_error, found, &world->err), 0);
    assert_string_equal(found, "a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd");
    ledger_close(ledger);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(an_intent_comes_back_with_every_field),
        T(a_post_comes_back_with_every_field),
        T(a_settled_job_has_an_address_and_its_intent),
        T(a_row_for_each_job_and_generation_in_order),
        T(a_callback_ends_the_rows),
        T(a_good_ledger_has_no_problems),
        T(damage_is_told_with_its_byte),
        T(contradictions_are_told),
        T(a_record_with_wrong_fields_is_told),
        T(a_missing_file_cannot_be_checked),
        T(texts_come_back_as_they_were_or_repaired),
        T(a_servers_text_is_cut_at_a_characters_end_and_repaired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
