/*
 * A ledger from opening to closing: identity, state machine, commits, money.
 */
/* For the file types of sys/stat.h. */
#define _XOPEN_SOURCE 700
#include "ledger_sample.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
    struct disk disk;
    struct ledger *ledger;
    struct err err;
    char warned[1024]; /* the last warning */
    unsigned warnings;
};

static void remember_warning(void *arg, const char *text)
{
    struct world *world = arg;

    snprintf(world->warned, sizeof world->warned, "%s", text);
    world->warnings++;
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    disk_init(&world->disk);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    ledger_close(world->ledger);
    disk_release(&world->disk);
    free(world);
    return 0;
}

static int open_as(struct world *world, const struct ledger_identity *identity,
                   enum ledger_mode mode)
{
    struct ledger_options options = {
        .os = &world->disk.os,
        .mode = mode,
        .path = SAMPLE_PATH,
        .identity = identity,
        .watch = true,
        .warn = remember_warning,
        .warn_arg = world,
    };

    ledger_close(world->ledger);
    return ledger_open(&world->ledger, &options, &world->err);
}

/* A new ledger with an open record. */
static void begin(struct world *world)
{
    if (open_as(world, &sample_identity, LEDGER_WRITE) != 0)
        fail_msg("%s", world->err.message);
    assert_int_equal(sample_begin(world->ledger, &world->err), 0);
}

static void reopen(struct world *world)
{
    assert_int_equal(ledger_commit(world->ledger, &world->err), 0);
    begin(world);
}

static int add_intent(struct world *world, unsigned n, uint32_t gen,
                      uint32_t epoch)
{
    struct ledger_intent intent = sample_intent(n, gen, epoch);

    return ledger_add_intent(world->ledger, &intent, &world->err);
}

static int add_post(struct world *world, unsigned n, uint32_t gen,
                    unsigned address)
{
    struct ledger_intent intent = sample_intent(n, gen, 0);
    struct ledger_post post = sample_post(&intent, sample_address(address));

    return ledger_add_post(world->ledger, &post, &world->err);
}

typedef int outcome_function(struct ledger *, const struct ledger_outcome *,
                             struct err *);

static int add_outcome(struct world *world, unsigned n, outcome_function *add,
                       bool mismatch)
{
    struct ledger_intent intent = sample_intent(n, 0, 0);
    struct ledger_outcome outcome = sample_outcome(&intent);

    outcome.mismatch = mismatch;
    return add(world->ledger, &outcome, &world->err);
}

static int add_settle(struct world *world, unsigned n, const char *address)
{
    struct ledger_intent intent = sample_intent(n, 0, 0);
    struct ledger_settlement settled = {.idem = intent.idem,
                                        .name = intent.name,
                                        .address = address,
                                        .max_nano = intent.max_nano,
                                        .who = "operator",
                                        .how = "seen"};

    memcpy(settled.key, intent.key, KEY_LEN);
    return ledger_add_settle(world->ledger, &settled, &world->err);
}

static enum ledger_state state_of(struct world *world, unsigned n)
{
    struct ledger_job job;
    uint8_t key[KEY_LEN];

    sample_key(n, key);
    assert_int_equal(ledger_find_key(world->ledger, key, &job, &world->err), 1);
    return job.state;
}

/* --- opening ------------------------------------------------------------ */

static void a_new_ledger_is_durable_and_private(void **state)
{
    struct world *world = *state;

    begin(world);
    struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
    const struct ledger_info *info = ledger_info(world->ledger);
    assert_true(info->created);
    assert_int_equal(file->mode & 0777, 0600);
    assert_true(file->synced.len > 0);
    assert_int_equal(strlen(info->id), 36);
    assert_int_equal(info->id[14], '4');
    assert_string_equal(info->scope, "b:nightly-2026-11-23");
    assert_false(info->opened);
    assert_non_null(disk_find(&world->disk, SAMPLE_PATH ".lock"));
}

static void without_a_batch_the_scope_is_the_ledgers_id(void **state)
{
    struct world *world = *state;
    struct ledger_identity identity = sample_identity;
    char scope[64];

    identity.batch = NULL;
    assert_int_equal(open_as(world, &identity, LEDGER_WRITE), 0);
    const struct ledger_info *info = ledger_info(world->ledger);
    snprintf(scope, sizeof scope, "l:%s", info->id);
    assert_string_equal(info->scope, scope);
    assert_null(info->identity.batch);
    assert_int_equal(open_as(world, &identity, LEDGER_WRITE), 0);
    assert_string_equal(ledger_info(world->ledger)->scope, scope);
}

static void a_ledger_of_something_else_is_refused(void **state)
{
    struct world *world = *state;
    struct ledger_identity others[5];
    static const char *const what[] = {"batch", "batch", "shard", "API URL",
                                       "API generation"};

    begin(world);
    for (int i = 0; i < 5; i++)
        others[i] = sample_identity;
    others[0].batch = "nightly-2026-11-24";
    others[1].batch = NULL;
    others[2].shard = "4/8";
    others[3].api_url = "https://api.example";
    others[4].generation = "with-credits";
    for (int i = 0; i < 5; i++) {
        assert_int_equal(open_as(world, &others[i], LEDGER_WRITE), ERR_DATA);
        assert_non_null(strstr(world->err.message, what[i]));
        assert_int_equal(open_as(world, &others[i], LEDGER_READ), ERR_DATA);
    }
    others[0] = sample_identity;
    others[0].program = "99";
    assert_int_equal(open_as(world, &others[0], LEDGER_WRITE), 0);
    assert_string_equal(ledger_info(world->ledger)->identity.program, "0.1");
    assert_int_equal(open_as(world, NULL, LEDGER_WRITE), 0);
}

static void a_missing_ledger_is_told_apart(void **state)
{
    struct world *world = *state;

    assert_int_equal(open_as(world, &sample_identity, LEDGER_READ), 1);
    assert_null(world->ledger);
    assert_int_equal(open_as(world, NULL, LEDGER_WRITE), 1);
    assert_null(disk_find(&world->disk, SAMPLE_PATH));
}

static void a_second_run_is_refused_while_the_first_holds_it(void **state)
{
    struct world *world = *state;
    struct ledger *second = NULL;
    char pid[32];

    begin(world);
    assert_int_equal(
        sample_open(&world->disk, LEDGER_WRITE, &second, &world->err),
        ERR_LOCKED);
    snprintf(pid, sizeof pid, "(pid %ld)", (long)getpid());
    assert_non_null(strstr(world->err.message, pid));
    assert_int_equal(
        sample_open(&world->disk, LEDGER_READ, &second, &world->err), 0);
    ledger_close(second);
}

static void strange_files_are_refused(void **state)
{
    struct world *world = *state;

    begin(world);
    struct disk_file *file = disk_find(&world->disk, SAMPLE_PATH);
    file->mode = S_IFREG | 0660;
    assert_int_equal(open_as(world, &sample_identity, LEDGER_WRITE),
                     ERR_CREATE);
    file->mode = S_IFREG | 0644;
    world->warnings = 0;
    assert_int_equal(open_as(world, &sample_identity, LEDGER_WRITE), 0);
    assert_int_equal(world->warnings, 1);
    file->mode = S_IFLNK | 0600;
    assert_int_equal(open_as(world, &sample_identity, LEDGER_WRITE),
                     ERR_CREATE);
    file->mode = S_IFIFO | 0600;
    assert_int_equal(open_as(world, &sample_identity, LEDGER_WRITE),
                     ERR_CREATE);
    assert_int_equal(open_as(world, &sample_identity, LEDGER_READ), ERR_CREATE);
    file->mode = S_IFREG | 0600;
    file->uid++;
    assert_int_equal(open_as(world, &sample_identity, LEDGER_WRITE),
                     ERR_CREATE);
    assert_int_equal(open_as(world, &sample_identity, LEDGER_READ), 0);
}

static void a_network_file_system_is_warned_of(void **state)
{
    struct world *world = *state;

    world->disk.network = true;
    begin(world);
    assert_non_null(strstr(world->warned, "network"));
}

static void the_last_occasions_end_is_known(void **state)
{
    struct world *world = *state;
    struct ledger_close_record closed = {.status = 3, .why = "out of credits"};

    begin(world);
    reopen(world);
    assert_true(ledger_info(world->ledger)->opened);
    assert_false(ledger_info(world->ledger)->closed);
    assert_int_equal(ledger_add_close(world->ledger, &closed, &world->err), 0);
    reopen(world);
    assert_true(ledger_info(world->ledger)->closed);
    assert_int_equal(ledger_info(world->ledger)->close_status, 3);
    assert_string_equal(ledger_info(world->ledger)->close_why,
                        "out of credits");
}

/* --- the state machine --------------------------------------------------- */

/* Brings job n into a state; false where that state cannot be made. */
static void bring(struct world *world, unsigned n, enum ledger_state target)
{
    assert_int_equal(add_intent(world, n, 0, 0), 0);
    switch (target) {
    case LEDGER_OPEN:
        break;
    case LEDGER_POSTED:
        assert_int_equal(add_post(world, n, 0, n), 0);
        break;
    case LEDGER_REJECTED:
        assert_int_equal(add_outcome(world, n, ledger_add_reject, false), 0);
        break;
    case LEDGER_RELEASED:
        assert_int_equal(add_outcome(world, n, ledger_add_release, false), 0);
        break;
    case LEDGER_UNKNOWN:
    case LEDGER_LOST:
        assert_int_equal(add_outcome(world, n, ledger_add_unknown, false), 0);
        break;
    case LEDGER_MISMATCH:
    case LEDGER_LOST_MISMATCH:
        assert_int_equal(add_outcome(world, n, ledger_add_unknown, true), 0);
        break;
    }
    if (target == LEDGER_LOST || target == LEDGER_LOST_MISMATCH)
        assert_int_equal(add_settle(world, n, NULL), 0);
    assert_int_equal(state_of(world, n), target);
}

/* gen and epoch of the one post intent that each state allows; -1: none. */
static void only_the_allowed_intent_follows_each_state(void **state)
{
    static const int allowed[LEDGER_STATES][2] = {
        [LEDGER_OPEN] = {0, 1},     [LEDGER_POSTED] = {1, 0},
        [LEDGER_REJECTED] = {0, 0}, [LEDGER_RELEASED] = {0, 0},
        [LEDGER_UNKNOWN] = {0, 1},  [LEDGER_MISMATCH] = {-1, -1},
        [LEDGER_LOST] = {0, 0},     [LEDGER_LOST_MISMATCH] = {0, 1},
    };
    struct world *world = *state;
    unsigned n = 1;

    begin(world);
    for (unsigned s = 0; s < LEDGER_STATES; s++) {
        for (int gen = 0; gen < 3; gen++) {
            for (int epoch = 0; epoch < 3; epoch++, n++) {
                bool fits = gen == allowed[s][0] && epoch == allowed[s][1];
                bring(world, n, (enum ledger_state)s);
                int result =
                    add_intent(world, n, (uint32_t)gen, (uint32_t)epoch);
                if (result != (fits ? 0 : ERR_INTERNAL))
                    fail_msg("state %u, gen %d, epoch %d: %d", s, gen, epoch,
                             result);
                assert_int_equal(state_of(world, n), fits ? LEDGER_OPEN : s);
            }
        }
    }
    struct buf before, after;
    buf_init(&before, 1 << 24);
    buf_init(&after, 1 << 24);
    sample_dump(world->ledger, &before);
    assert_int_equal(ledger_commit(world->ledger, &world->err), 0);
    open_as(world, &sample_identity, LEDGER_READ);
    sample_dump(world->ledger, &after);
    assert_string_equal(buf_str(&before), buf_str(&after));
    assert_int_equal(ledger_info(world->ledger)->contradictions, 0);
    buf_release(&before);
    buf_release(&after);
}

static void an_outcome_needs_its_state(void **state)
{
    /* Bits of the states in which each is allowed. */
    static const struct {
        outcome_function *add;
        unsigned states;
    } rows[] = {
        {ledger_add_release, 1U << LEDGER_OPEN},
        {ledger_add_reject, 1U << LEDGER_OPEN},
        {ledger_add_unknown, 1U << LEDGER_OPEN | 1U << LEDGER_UNKNOWN},
        {NULL, LEDGER_OPEN_OR_UNKNOWN}, /* settle --lost */
    };
    struct world *world = *state;
    unsigned n = 1;

    begin(world);
    assert_int_equal(add_outcome(world, 999, ledger_add_reject, false),
                     ERR_INTERNAL);
    for (unsigned s = 0; s < LEDGER_STATES; s++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++, n++) {
            bring(world, n, (enum ledger_state)s);
            size_t bytes = ledger_pending_bytes(world->ledger);
            int result = rows[i].add ? add_outcome(world, n, rows[i].add, false)
                                     : add_settle(world, n, NULL);
            bool fits = rows[i].states >> s & 1;
            if (result != (fits ? 0 : ERR_INTERNAL))
                fail_msg("state %u, outcome %zu: %d", s, i, result);
            if (!fits)
                assert_int_equal(ledger_pending_bytes(world->ledger), bytes);
        }
    }
}

static void a_post_is_recorded_whatever_the_state(void **state)
{
    struct world *world = *state;

    begin(world);
    for (unsigned s = 0; s < LEDGER_STATES; s++) {
        bring(world, s + 1, (enum ledger_state)s);
        bool fits = LEDGER_OPEN_OR_UNKNOWN >> s & 1;
        size_t bytes = ledger_pending_bytes(world->ledger);
        assert_int_equal(add_post(world, s + 1, 0, s + 500),
                         fits ? 0 : ERR_INTERNAL);
        assert_true(ledger_pending_bytes(world->ledger) > bytes);
        assert_int_equal(state_of(world, s + 1), LEDGER_POSTED);
    }
    assert_int_equal(add_post(world, 300, 0, 700), ERR_INTERNAL);
    assert_int_equal(state_of(world, 300), LEDGER_POSTED);
    assert_int_equal(add_intent(world, 300, 0, 0), ERR_INTERNAL);
    reopen(world);
    assert_int_equal(ledger_info(world->ledger)->contradictions, 6);
    assert_int_equal(state_of(world, 300), LEDGER_POSTED);
}

static void an_intent_needs_an_open_record(void **state)
{
    struct world *world = *state;

    assert_int_equal(open_as(world, &sample_identity, LEDGER_WRITE), 0);
    assert_int_equal(add_intent(world, 1, 0, 0), ERR_INTERNAL);
    begin(world);
    assert_int_equal(add_intent(world, 1, 0, 0), 0);
    open_as(world, &sample_identity, LEDGER_READ);
    assert_int_equal(sample_begin(world->ledger, &world->err), ERR_INTERNAL);
}

static void one_address_under_two_keys_is_recorded_and_told(void **state)
{
    struct world *world = *state;

    begin(world);
    for (unsigned n = 1; n <= 4; n++)
        assert_int_equal(add_intent(world, n, 0, 0), 0);
    assert_int_equal(add_post(world, 1, 0, 50), 0);
    assert_int_equal(add_post(world, 2, 0, 50), ERR_INTERNAL);
    assert_non_null(strstr(world->err.message, sample_address(50)));
    assert_int_equal(state_of(world, 2), LEDGER_POSTED);
    reopen(world);
    assert_int_equal(add_post(world, 3, 0, 50), ERR_INTERNAL);
    assert_int_equal(add_settle(world, 4, sample_address(50)), ERR_INTERNAL);
    assert_int_equal(state_of(world, 4), LEDGER_OPEN);
    assert_int_equal(add_post(world, 4, 0, 51), 0);
}

/* --- money ---------------------------------------------------------------- */

static void money_is_charged_and_reserved_to_the_nano(void **state)
{
    struct world *world = *state;

    begin(world);
    const struct ledger_totals *totals = ledger_totals(world->ledger);
    assert_int_equal(add_intent(world, 1, 0, 0), 0); /* max 0.047960001 */
    assert_int_equal(totals->reserved_nano, 48000000);
    assert_int_equal(add_intent(world, 2, 0, 0), 0);
    assert_int_equal(totals->reserved_nano, 96000000);
    assert_int_equal(add_post(world, 1, 0, 1), 0);
    assert_int_equal(totals->reserved_nano, 48000000);
    assert_int_equal(totals->charged_nano, 23980000);
    assert_int_equal(add_outcome(world, 2, ledger_add_unknown, false), 0);
    assert_int_equal(totals->reserved_nano, 48000000);
    assert_int_equal(totals->reserved_unknown_nano, 48000000);
    assert_int_equal(add_settle(world, 2, sample_address(2)), 0);
    assert_int_equal(totals->reserved_nano, 0);
    assert_int_equal(totals->reserved_unknown_nano, 0);
    assert_int_equal(totals->charged_nano, 23980000 + 47960002);
    assert_int_equal(totals->posts, 2);
}

static void a_new_epoch_replaces_the_reservation(void **state)
{
    struct world *world = *state;
    struct ledger_intent dearer = sample_intent(1, 0, 1);

    begin(world);
    assert_int_equal(add_intent(world, 1, 0, 0), 0);
    dearer.max_nano = 99000000;
    assert_int_equal(ledger_add_intent(world->ledger, &dearer, &world->err), 0);
    assert_int_equal(ledger_totals(world->ledger)->reserved_nano, 99000000);
    reopen(world);
    assert_int_equal(ledger_totals(world->ledger)->reserved_nano, 99000000);
}

static void a_job_without_a_price_is_counted_apart(void **state)
{
    struct world *world = *state;
    struct ledger_intent intent = sample_intent(1, 0, 0);

    begin(world);
    intent.max_nano = LEDGER_UNPRICED;
    assert_int_equal(ledger_add_intent(world->ledger, &intent, &world->err), 0);
    reopen(world);
    assert_int_equal(ledger_totals(world->ledger)->unpriced, 1);
    assert_int_equal(ledger_totals(world->ledger)->reserved_nano, 0);
    struct ledger_post post = sample_post(&intent, sample_address(1));
    assert_int_equal(ledger_add_post(world->ledger, &post, &world->err), 0);
    assert_int_equal(ledger_totals(world->ledger)->unpriced, 0);
}

/* --- finding -------------------------------------------------------------- */

static void jobs_are_found_by_key_and_by_exact_name(void **state)
{
    struct world *world = *state;
    struct ledger_job job;
    uint8_t key[KEY_LEN];

    begin(world);
    for (unsigned n = 0; n < 50; n++)
        assert_int_equal(add_intent(world, n, 0, 0), 0);
    for (int round = 0; round < 2; round++) {
        for (unsigned n = 0; n < 60; n++) {
            struct ledger_intent intent = sample_intent(n, 0, 0);
            uint64_t cursor = 0;
            int found = n < 50;
            sample_key(n, key);
            assert_int_equal(
                ledger_find_key(world->ledger, key, &job, &world->err), found);
            if (found)
                assert_int_equal(job.number, n);
            assert_int_equal(ledger_find_name(world->ledger, intent.name.bytes,
                                              intent.name.len, &cursor, &job,
                                              &world->err),
                             found);
            if (found)
                assert_int_equal(job.number, n);
            assert_int_equal(ledger_find_name(world->ledger, intent.name.bytes,
                                              intent.name.len, &cursor, &job,
                                              &world->err),
                             0);
        }
        reopen(world);
    }
}

static void keys_that_share_a_half_stay_apart(void **state)
{
    struct world *world = *state;
    struct ledger_intent intents[3];
    struct ledger_job job;

    begin(world);
    for (unsigned i = 0; i < 3; i++) {
        intents[i] = sample_intent(i, 0, 0);
        memset(intents[i].key, 7, KEY_LEN);
        intents[i].key[0] = (uint8_t)i;
        assert_int_equal(
            ledger_add_intent(world->ledger, &intents[i], &world->err), 0);
    }
    struct ledger_post post = sample_post(&intents[1], sample_address(1));
    assert_int_equal(ledger_add_post(world->ledger, &post, &world->err), 0);
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(ledger_find_key(world->ledger, intents[i].key,
                                             &job, &world->err),
                             1);
            assert_int_equal(job.number, i);
            assert_int_equal(job.state, i == 1 ? LEDGER_POSTED : LEDGER_OPEN);
        }
        uint8_t other[KEY_LEN];
        memset(other, 7, KEY_LEN);
        assert_int_equal(
            ledger_find_key(world->ledger, other, &job, &world->err), 0);
        reopen(world);
    }
}

static void a_job_that_got_another_name_is_found_by_the_new_one(void **state)
{
    struct world *world = *state;
    struct ledger_intent intent = sample_intent(1, 0, 0);
    struct ledger_job job;
    uint64_t cursor = 0;

    begin(world);
    bring(world, 1, LEDGER_REJECTED);
    intent.name = (struct ledger_text){"renamed", 7};
    assert_int_equal(ledger_add_intent(world->ledger, &intent, &world->err), 0);
    reopen(world);
    assert_int_equal(ledger_find_name(world->ledger, "renamed", 7, &cursor,
                                      &job, &world->err),
                     1);
    intent = sample_intent(1, 0, 0);
    cursor = 0;
    assert_int_equal(ledger_find_name(world->ledger, intent.name.bytes,
                                      intent.name.len, &cursor, &job,
                                      &world->err),
                     0);
}

static void an_intent_says_that_its_cid_is_pinned(void **state)
{
    struct world *world = *state;
    uint8_t digest[CID_DIGEST_LEN];

    begin(world);
    sample_digest(1, digest);
    assert_false(ledger_cid_pinned(world->ledger, digest));
    assert_int_equal(add_intent(world, 1, 0, 0), 0);
    assert_true(ledger_cid_pinned(world->ledger, digest));
    reopen(world);
    assert_true(ledger_cid_pinned(world->ledger, digest));
    sample_digest(2, digest);
    assert_false(ledger_cid_pinned(world->ledger, digest));
    ledger_cid_note(world->ledger, digest);
    assert_true(ledger_cid_pinned(world->ledger, digest));
}

static void open_and_unknown_jobs_are_iterated_in_order(void **state)
{
    struct world *world = *state;
    struct ledger_job job;
    uint32_t cursor = 0;
    unsigned seen = 0;

    begin(world);
    for (unsigned s = 0; s < LEDGER_STATES; s++)
        bring(world, s, (enum ledger_state)s);
    while (ledger_next(world->ledger, LEDGER_OPEN_OR_UNKNOWN, &cursor, &job))
        seen |= 1U << job.number;
    assert_int_equal(seen, LEDGER_OPEN_OR_UNKNOWN);
}

static void an_entry_is_recorded_once(void **state)
{
    struct world *world = *state;

    begin(world);
    const struct ledger_info *info = ledger_info(world->ledger);
    uint64_t records = info->records;
    assert_int_equal(
        ledger_add_entry(world->ledger, "a", "{\"x\": 1}", 8, &world->err), 0);
    assert_int_equal(
        ledger_add_entry(world->ledger, "a", "{\"x\":\n1}", 8, &world->err), 0);
    assert_int_equal(info->records, records + 1);
    reopen(world);
    records = ledger_info(world->ledger)->records;
    assert_int_equal(
        ledger_add_entry(world->ledger, "a", "{\"x\":1}", 7, &world->err), 0);
    assert_int_equal(ledger_info(world->ledger)->records, records);
    assert_int_equal(
        ledger_add_entry(world->ledger, "b", "{\"x\":1}", 7, &world->err), 0);
    assert_int_equal(ledger_info(world->ledger)->records, records + 1);
}

static void a_record_that_would_break_the_file_is_not_added(void **state)
{
    struct world *world = *state;
    static const char *const params[] = {"{\"a\":\n1}", "{\"a\":\"\x01\"}",
                                         "{\"a\":1", "", "1,\"seq\":2"};

    begin(world);
    size_t bytes = ledger_pending_bytes(world->ledger);
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        struct ledger_intent intent = sample_intent(1, 0, 0);
        intent.params = (struct ledger_text){params[i], strlen(params[i])};
        assert_int_equal(ledger_add_intent(world->ledger, &intent, &world->err),
                         ERR_INTERNAL);
        assert_int_equal(ledger_pending_bytes(world->ledger), bytes);
    }
    assert_int_equal(add_intent(world, 1, 0, 0), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_new_ledger_is_durable_and_private),
        T(without_a_batch_the_scope_is_the_ledgers_id),
        T(a_ledger_of_something_else_is_refused),
        T(a_missing_ledger_is_told_apart),
        T(a_second_run_is_refused_while_the_first_holds_it),
        T(strange_files_are_refused),
        T(a_network_file_system_is_warned_of),
        T(the_last_occasions_end_is_known),
        T(only_the_allowed_intent_follows_each_state),
        T(an_outcome_needs_its_state),
        T(a_post_is_recorded_whatever_the_state),
        T(an_intent_needs_an_open_record),
        T(one_address_under_two_keys_is_recorded_and_told),
        T(money_is_charged_and_reserved_to_the_nano),
        T(a_new_epoch_replaces_the_reservation),
        T(a_job_without_a_price_is_counted_apart),
        T(jobs_are_found_by_key_and_by_exact_name),
        T(keys_that_share_a_half_stay_apart),
        T(a_job_that_got_another_name_is_found_by_the_new_one),
        T(an_intent_says_that_its_cid_is_pinned),
        T(open_and_unknown_jobs_are_iterated_in_order),
        T(an_entry_is_recorded_once),
        T(a_record_that_would_break_the_file_is_not_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
