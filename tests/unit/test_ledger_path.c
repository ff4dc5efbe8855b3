/* Which file a ledger is, and what its batch is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runner/ledger_path.h"

/* 2026-11-23 23:59:59.999 UTC */
#define NOW_MS 1795478399999LL

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static int resolve(struct ledger_path *out, const char *ledger,
                   const char *batch, uint32_t index, uint32_t count,
                   const char *manifest, struct err *err)
{
    struct opt opt = {.ledger = ledger, .batch = batch};

    opt.shard.index = index;
    opt.shard.count = count;
    *err = (struct err)ERR_INIT;
    return ledger_path_resolve(out, &opt, manifest, NOW_MS, err);
}

static void a_ledger_stands_beside_its_manifest(void **state)
{
    static const char *const each[][2] = {
        {"sweep.jsonl.gz", "sweep.ledger.jsonl"},
        {"sweep.jsonl", "sweep.ledger.jsonl"},
        {"sweep.json", "sweep.ledger.jsonl"},
        {"sweep.json.gz", "sweep.ledger.jsonl"},
        {"sweep.ndjson", "sweep.ledger.jsonl"},
        {"sweep.ndjson.gz", "sweep.ledger.jsonl"},
        {"sweep.gz", "sweep.ledger.jsonl"},
        {"sweep", "sweep.ledger.jsonl"},
        {"sweep.txt", "sweep.txt.ledger.jsonl"},
        {"sweep.jsonl.json", "sweep.jsonl.ledger.jsonl"},
        {"sweep.gz.jsonl", "sweep.gz.ledger.jsonl"},
        {"sweep.JSONL", "sweep.JSONL.ledger.jsonl"},
        {"v1.2", "v1.2.ledger.jsonl"},
        {"a/b.c/sweep.jsonl", "a/b.c/sweep.ledger.jsonl"},
        {"/abs/sweep.jsonl.gz", "/abs/sweep.ledger.jsonl"},
        {"./-", "./-.ledger.jsonl"},
        {"../x", "../x.ledger.jsonl"},
        /* Nothing of a manifest's name is a date. */
        {"100%F.json", "100%F.ledger.jsonl"},
    };
    struct ledger_path path;
    struct err err;

    (void)state;
    for (unsigned i = 0; i < COUNT(each); i++) {
        assert_int_equal(resolve(&path, NULL, NULL, 0, 0, each[i][0], &err), 0);
        assert_string_equal(path.path, each[i][1]);
        assert_string_equal(path.batch, "");
        assert_string_equal(path.shard, "");
    }
}

static void a_batch_names_its_ledger(void **state)
{
    static const struct {
        const char *manifest, *batch, *name, *path;
    } each[] = {
        {"sweep.jsonl.gz", "b1", "b1", "b1.ledger.jsonl"},
        {"a/b/sweep.jsonl", "b1", "b1", "a/b/b1.ledger.jsonl"},
        {"/sweep.jsonl", "b1", "b1", "/b1.ledger.jsonl"},
        {"-", "b1", "b1", "b1.ledger.jsonl"},
        {"m", "nightly-%F", "nightly-2026-11-23",
         "nightly-2026-11-23.ledger.jsonl"},
        {"m", "%Y%m%dT%H%M%S", "20261123T235959",
         "20261123T235959.ledger.jsonl"},
        {"m", "%Z", "GMT", "GMT.ledger.jsonl"},
        {"m", "100%%", "100%", "100%.ledger.jsonl"},
        {"m", "a.jsonl", "a.jsonl", "a.jsonl.ledger.jsonl"},
        {"m", "na\xc3\xafve \xe2\x82\xac", "na\xc3\xafve \xe2\x82\xac",
         "na\xc3\xafve \xe2\x82\xac.ledger.jsonl"},
        {"m", "..", "..", "...ledger.jsonl"},
    };
    struct ledger_path path;
    struct err err;

    (void)state;
    for (unsigned i = 0; i < COUNT(each); i++) {
        if (resolve(&path, NULL, each[i].batch, 0, 0, each[i].manifest, &err))
            fail_msg("%s", err.message);
        assert_string_equal(path.batch, each[i].name);
        assert_string_equal(path.path, each[i].path);
    }
}

static void a_shard_has_a_ledger_of_its_own(void **state)
{
    struct ledger_path path;
    struct err err;

    (void)state;
    assert_int_equal(resolve(&path, NULL, NULL, 3, 8, "d/s.jsonl.gz", &err), 0);
    assert_string_equal(path.path, "d/s.3-of-8.ledger.jsonl");
    assert_string_equal(path.shard, "3/8");
    assert_int_equal(resolve(&path, NULL, "b-%F", 0, 1, "d/s.json", &err), 0);
    assert_string_equal(path.path, "d/b-2026-11-23.0-of-1.ledger.jsonl");
    assert_string_equal(path.batch, "b-2026-11-23");
    assert_string_equal(path.shard, "0/1");
    assert_int_equal(
        resolve(&path, NULL, "b", UINT32_MAX - 1, UINT32_MAX, "m", &err), 0);
    assert_string_equal(path.path, "b.4294967294-of-4294967295.ledger.jsonl");
    assert_string_equal(path.shard, "4294967294/4294967295");
}

/* --ledger is taken as it stands, but for its date. */
static void a_given_ledger_counts_alone(void **state)
{
    static const struct {
        const char *ledger, *batch, *path;
    } each[] = {
        {"x.jsonl", NULL, "x.jsonl"},
        {"a/b", "b", "a/b"},
        {"runs/%F.jsonl", NULL, "runs/2026-11-23.jsonl"},
        {"runs/%Y/%m.jsonl", "n-%F", "runs/2026/11.jsonl"},
        {"100%%.jsonl", NULL, "100%.jsonl"},
        {"end%", NULL, "end%"},
    };
    struct ledger_path path;
    struct err err;

    (void)state;
    for (unsigned i = 0; i < 2 * COUNT(each); i++) {
        const char *manifest = i % 2 ? "-" : "d/s.jsonl.gz";
        if (resolve(&path, each[i / 2].ledger, each[i / 2].batch, 1, 2,
                    manifest, &err))
            fail_msg("%s", err.message);
        assert_string_equal(path.path, each[i / 2].path);
        assert_string_equal(path.shard, "1/2");
    }
}

/* The same batch in a second ledger would post nothing. */
static void a_dated_ledger_wants_a_dated_batch(void **state)
{
    static const struct {
        const char *ledger, *batch;
        bool good;
    } each[] = {
        {"%F.jsonl", "nightly", false},
        {"x-%H%%.jsonl", "nightly", false},
        {"%%%F.jsonl", "nightly", false},
        {"%F.jsonl", "nightly-%F", true},
        {"fixed.jsonl", "nightly", true},
        {"fixed.jsonl", "nightly-%F", true},
        /* Per cent signs that are no dates. */
        {"100%%.jsonl", "nightly", true},
        {"100%", "nightly", true},
        {"%F.jsonl", "100%%", false},
        {"%F.jsonl", "100%", false},
        {"%F.jsonl", "%%F", false},
    };
    struct ledger_path path;
    struct err err;

    (void)state;
    for (unsigned i = 0; i < COUNT(each); i++) {
        int rc = resolve(&path, each[i].ledger, each[i].batch, 0, 0, "m", &err);
        if (rc != (each[i].good ? 0 : ERR_USAGE))
            fail_msg("%s, %s: %d", each[i].ledger, each[i].batch, rc);
        if (!each[i].good)
            assert_non_null(strstr(err.message, "--batch"));
    }
}

static void standard_input_wants_a_name(void **state)
{
    struct ledger_path path;
    struct err err;

    (void)state;
    assert_int_equal(resolve(&path, NULL, NULL, 0, 0, "-", &err), ERR_USAGE);
    assert_non_null(strstr(err.message, "--ledger"));
    assert_non_null(strstr(err.message, "--batch"));
    assert_int_equal(resolve(&path, NULL, NULL, 0, 2, "-", &err), ERR_USAGE);
}

static void names_that_cannot_be_are_refused(void **state)
{
    static const char *const batches[] = {
        "",   "a/b",     "/",     "%D",   "a\nb",  "a%nb",
        "%t", "\x1b[2J", "a\x7f", "\xff", "a\xc3", "\xed\xa0\x80"};
    struct ledger_path path;
    struct err err;

    (void)state;
    for (unsigned i = 0; i < COUNT(batches); i++) {
        if (resolve(&path, NULL, batches[i], 0, 0, "m", &err) != ERR_USAGE)
            fail_msg("batch %u is accepted", i);
        assert_memory_equal(err.message, "--batch", 7);
    }
    assert_int_equal(resolve(&path, "", NULL, 0, 0, "m", &err), ERR_USAGE);
    assert_memory_equal(err.message, "--ledger", 8);
}

static void names_have_bounds(void **state)
{
    static char text[LEDGER_PATH_MAX + 2];
    struct ledger_path path;
    struct err err;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    for (size_t len = LEDGER_PATH_MAX - 20; len < sizeof text; len++) {
        text[len] = '\0';
        bool fits = len < LEDGER_PATH_MAX - strlen(".ledger.jsonl");
        assert_int_equal(resolve(&path, NULL, NULL, 0, 0, text, &err),
                         fits ? 0 : ERR_USAGE);
        int rc = resolve(&path, text, NULL, 0, 0, "m", &err);
        if (rc == 0)
            assert_int_equal(strlen(path.path), len);
        else
            assert_true(len >= LEDGER_PATH_MAX - 1);
        text[len] = 'a';
    }
    text[LEDGER_BATCH_MAX] = '\0';
    assert_int_equal(resolve(&path, NULL, text, 0, 0, "m", &err), 0);
    assert_string_equal(path.batch, text);
    text[LEDGER_BATCH_MAX] = 'a';
    text[LEDGER_BATCH_MAX + 1] = '\0';
    assert_int_equal(resolve(&path, NULL, text, 0, 0, "m", &err), ERR_USAGE);
    /* What grows only when it is expanded. */
    text[0] = '\0';
    for (int i = 0; i < 25; i++)
        strcat(text, "%F");
    assert_int_equal(resolve(&path, NULL, text, 0, 0, "m", &err), ERR_USAGE);
    assert_non_null(strstr(err.message, "too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ledger_stands_beside_its_manifest),
        cmocka_unit_test(a_batch_names_its_ledger),
        cmocka_unit_test(a_shard_has_a_ledger_of_its_own),
        cmocka_unit_test(a_given_ledger_counts_alone),
        cmocka_unit_test(a_dated_ledger_wants_a_dated_batch),
        cmocka_unit_test(standard_input_wants_a_name),
        cmocka_unit_test(names_that_cannot_be_are_refused),
        cmocka_unit_test(names_have_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
