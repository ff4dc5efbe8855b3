/* What a ledger says of a point: new, posted, pending, same, changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runner/compare.h"
#include "../../templates/base58.h"
#include "ledger_sample.h"

/* Jobs of the ledger that each test fills. */
enum {
    OPEN = 1,
    POSTED,
    REJECTED,
    RELEASED,
    UNKNOWN,
    MISMATCH,
    LOST
};

static struct disk disk;
static struct ledger *ledger;
static struct ledger_reader reader;
static struct job job;

static void check(int rc, const struct err *err)
{
    if (rc < 0)
        fail_msg("%s", err->message);
}

static int setup(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    disk_init(&disk);
    ledger_reader_init(&reader);
    job_init(&job);
    check(sample_open(&disk, LEDGER_WRITE, &ledger, &err), &err);
    check(sample_begin(ledger, &err), &err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ledger_close(ledger);
    ledger_reader_release(&reader);
    job_release(&job);
    disk_release(&disk);
    return 0;
}

/* The sample's intent, with a node that is an address. */
static struct ledger_intent intent_of(unsigned n)
{
    struct ledger_intent intent = sample_intent(n, 0, 0);

    if (intent.node)
        intent.node = "11111111111111111111111111111112";
    return intent;
}

/* Brings sample job n into a state. */
static void add(unsigned n, int as)
{
    struct ledger_intent intent = intent_of(n);
    struct ledger_outcome outcome = sample_outcome(&intent);
    struct ledger_post post = sample_post(&intent, sample_address(n));
    struct ledger_settlement lost = {.epoch = 0,
                                     .idem = intent.idem,
                                     .name = intent.name,
                                     .who = "operator",
                                     .max_nano = intent.max_nano,
                                     .how = "no"};
    struct err err = ERR_INIT;
    int rc = ledger_add_intent(ledger, &intent, &err);

    check(rc, &err);
    memcpy(lost.key, intent.key, KEY_LEN);
    if (as == POSTED)
        rc = ledger_add_post(ledger, &post, &err);
    else if (as == REJECTED)
        rc = ledger_add_reject(ledger, &outcome, &err);
    else if (as == RELEASED)
        rc = ledger_add_release(ledger, &outcome, &err);
    outcome.mismatch = as == MISMATCH;
    if (as == UNKNOWN || as == MISMATCH)
        rc = ledger_add_unknown(ledger, &outcome, &err);
    if (as == LOST)
        rc = ledger_add_settle(ledger, &lost, &err);
    check(rc, &err);
    check(ledger_commit(ledger, &err), &err);
}

/* The point that is sample job n. */
static void point(unsigned n)
{
    struct ledger_intent intent = intent_of(n);

    job_release(&job);
    job_init(&job);
    memcpy(job.key, intent.key, KEY_LEN);
    assert_true(cid_parse(intent.cid, strlen(intent.cid), job.digest));
    job.repeat = intent.repeat;
    job.timeout_s = intent.timeout_s;
    job.has_market = true;
    job.has_address = true;
    assert_true(
        base58_address(intent.market, strlen(intent.market), job.market));
    job.has_node = intent.node != NULL;
    if (intent.node)
        assert_true(base58_address(intent.node, strlen(intent.node), job.node));
    buf_add(&job.name, intent.name.bytes, intent.name.len);
}

static struct compare compare(void)
{
    struct compare out;
    struct err err = ERR_INIT;

    memset(&out, 0x5a, sizeof out);
    check(compare_job(ledger, &reader, &job, &out, &err), &err);
    return out;
}

static void other_key(void)
{
    job.key[0] ^= 0xff;
}

static void without_a_ledger_all_is_new(void **state)
{
    struct compare out;
    struct err err;

    (void)state;
    point(1);
    assert_int_equal(compare_job(NULL, &reader, &job, &out, &err), 0);
    assert_int_equal(out.kind, COMPARE_NEW);
    assert_false(out.known);
    /* Nor does a ledger without jobs know any. */
    assert_int_equal(compare().kind, COMPARE_NEW);
    add(2, POSTED);
    out = compare();
    assert_int_equal(out.kind, COMPARE_NEW);
    assert_false(out.known);
}

static void a_jobs_state_decides(void **state)
{
    static const struct {
        int as;
        enum compare_kind kind;
    } each[] = {
        {OPEN, COMPARE_PENDING},    {POSTED, COMPARE_POSTED},
        {REJECTED, COMPARE_NEW},    {RELEASED, COMPARE_NEW},
        {UNKNOWN, COMPARE_PENDING}, {MISMATCH, COMPARE_PENDING},
        {LOST, COMPARE_NEW},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++)
        add(10 + i, each[i].as);
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        point(10 + i);
        struct compare out = compare();
        assert_int_equal(out.kind, each[i].kind);
        assert_true(out.known);
        assert_int_equal(out.found.number, i);
    }
}

static void another_name_is_the_same_job(void **state)
{
    (void)state;
    add(1, POSTED);
    add(2, OPEN);
    point(1);
    buf_add_str(&job.name, "!");
    assert_int_equal(compare().kind, COMPARE_SAME);
    /* What is pending is replayed under whatever name. */
    point(2);
    buf_add_str(&job.name, "!");
    assert_int_equal(compare().kind, COMPARE_PENDING);
    /* Two jobs have changed names: both are there. */
    add(3, POSTED);
    point(1);
    struct ledger_intent third = intent_of(3);
    buf_clear(&job.name);
    buf_add(&job.name, third.name.bytes, third.name.len);
    assert_int_equal(compare().kind, COMPARE_SAME);
}

/* The name has a job, or perhaps one, of another key. */
static void a_taken_name_is_changed(void **state)
{
    static const struct {
        int as;
        bool taken;
    } each[] = {{OPEN, true},      {POSTED, true},  {REJECTED, false},
                {RELEASED, false}, {UNKNOWN, true}, {MISMATCH, true},
                {LOST, false}};

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++)
        add(10 + i, each[i].as);
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        point(10 + i);
        other_key();
        struct compare out = compare();
        assert_int_equal(out.kind,
                         each[i].taken ? COMPARE_CHANGED : COMPARE_NEW);
        assert_false(out.known);
        if (each[i].taken)
            assert_int_equal(out.other.number, i);
    }
}

/* A rejected job's own name is free to it, but not what another one took. */
static void a_rejected_job_gives_way_to_a_live_one(void **state)
{
    struct ledger_intent intent;
    struct err err = ERR_INIT;

    (void)state;
    add(4, REJECTED);
    intent = intent_of(4);
    intent.key[0] ^= 0xff;
    check(ledger_add_intent(ledger, &intent, &err), &err);
    check(ledger_commit(ledger, &err), &err);
    point(4);
    struct compare out = compare();
    assert_int_equal(out.kind, COMPARE_CHANGED);
    assert_true(out.known);
    assert_int_equal(out.found.number, 0);
    assert_int_equal(out.other.number, 1);
}

static void only_the_timeout_is_told_apart(void **state)
{
    (void)state;
    add(1, POSTED); /* no node */
    add(2, OPEN);   /* a node */
    for (unsigned n = 1; n <= 2; n++) {
        point(n);
        other_key();
        job.timeout_s++;
        assert_int_equal(compare().kind, COMPARE_TIMEOUT);
        assert_int_equal(compare().other.number, n - 1);
        /* Anything else beside it: changed. */
        job.repeat++;
        assert_int_equal(compare().kind, COMPARE_CHANGED);
        job.repeat--;
        job.digest[5] ^= 1;
        assert_int_equal(compare().kind, COMPARE_CHANGED);
        job.digest[5] ^= 1;
        job.market[31] ^= 1;
        assert_int_equal(compare().kind, COMPARE_CHANGED);
        job.market[31] ^= 1;
        job.has_node = !job.has_node;
        assert_int_equal(compare().kind, COMPARE_CHANGED);
        job.has_node = !job.has_node;
        assert_int_equal(compare().kind, COMPARE_TIMEOUT);
        job.node[0] ^= 1;
        assert_int_equal(compare().kind,
                         job.has_node ? COMPARE_CHANGED : COMPARE_TIMEOUT);
    }
}

/* The disk's failure is told, not taken for "new". */
static void an_unreadable_ledger_is_an_error(void **state)
{
    struct compare out;
    struct err err = ERR_INIT;

    (void)state;
    add(1, POSTED);
    point(1);
    disk.fail_kinds = 1U << DISK_PREAD;
    disk.fail_at = disk.calls + 1;
    disk.fail_errno = 5;
    disk.fail_for_good = true;
    assert_int_equal(compare_job(ledger, &reader, &job, &out, &err), ERR_IO);
    other_key();
    assert_int_equal(compare_job(ledger, &reader, &job, &out, &err), ERR_IO);
    disk_heal(&disk);
    assert_int_equal(compare().kind, COMPARE_CHANGED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_ledger_all_is_new),
        TEST(a_jobs_state_decides),
        TEST(another_name_is_the_same_job),
        TEST(a_taken_name_is_changed),
        TEST(a_rejected_job_gives_way_to_a_live_one),
        TEST(only_the_timeout_is_told_apart),
        TEST(an_unreadable_ledger_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
