#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../runner/spread.h"

#define NEVER UINT64_MAX

struct note {
    uint64_t at;
    char filling[90];
};

struct range {
    uint64_t each;  /* a note for each position that this divides */
    uint64_t fails; /* a worker ends at this position, … */
    uint64_t dies;  /* … or is killed there */
    uint64_t stop;  /* the note of this position is the last to be taken */
    uint64_t next;  /* that is expected */
    uint64_t taken;
    unsigned changes; /* made by workers: none is seen here */
};

static bool work(void *arg, uint64_t from, uint64_t to,
                 struct spread_worker *worker)
{
    struct range *range = arg;
    struct note note;

    memset(&note, 'x', sizeof note);
    for (uint64_t at = from; at < to; at++) {
        range->changes++;
        if (at == range->dies)
            raise(SIGKILL);
        if (at == range->fails)
            return false;
        note.at = at;
        if (at % range->each == 0)
            spread_note(worker, &note);
    }
    return true;
}

static int take(void *arg, const void *bytes)
{
    struct range *range = arg;
    struct note note;

    memcpy(&note, bytes, sizeof note);
    assert_true(note.at == range->next);
    assert_true(note.filling[0] == 'x' &&
                note.filling[sizeof note.filling - 1] == 'x');
    range->next += range->each;
    range->taken++;
    return note.at == range->stop ? -7 : 0;
}

static struct range plain(uint64_t from, uint64_t each)
{
    return (struct range){.each = each,
                          .fails = NEVER,
                          .dies = NEVER,
                          .stop = NEVER,
                          .next = (from + each - 1) / each * each};
}

static int run(struct range *range, unsigned workers, uint64_t from,
               uint64_t to)
{
    struct spread_options options = {.workers = workers,
                                     .from = from,
                                     .to = to,
                                     .note_bytes = sizeof(struct note),
                                     .work = work,
                                     .take = take,
                                     .arg = range};
    int rc = spread_run(&options);

    assert_int_equal(range->changes, 0);
    /* No child is left. */
    assert_true(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    return rc;
}

static void notes_come_in_order_whoever_made_them(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 5; workers++) {
        struct range range = plain(0, 1);
        assert_int_equal(run(&range, workers, 0, 10000), 0);
        assert_true(range.taken == 10000);
    }
}

/* Ends of the range beside, on and around ends of spans. */
static void every_position_is_done_once(void **state)
{
    static const uint64_t lens[] = {0,
                                    1,
                                    SPREAD_SPAN - 1,
                                    SPREAD_SPAN,
                                    SPREAD_SPAN + 1,
                                    3 * SPREAD_SPAN,
                                    3 * SPREAD_SPAN + 1,
                                    7 * SPREAD_SPAN - 1};

    (void)state;
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        for (uint64_t from = 0; from < 1000; from += 333) {
            struct range range = plain(from, 1);
            assert_int_equal(run(&range, 3, from, from + lens[i]), 0);
            assert_true(range.taken == lens[i]);
        }
    }
}

static void the_last_positions_that_there_are(void **state)
{
    uint64_t from = (uint64_t)INT64_MAX - 5000;
    struct range range = plain(from, 1);

    (void)state;
    assert_int_equal(run(&range, 3, from, INT64_MAX), 0);
    assert_true(range.taken == 5000);
}

static void few_notes_of_a_long_range(void **state)
{
    struct range range = plain(0, 100000);

    (void)state;
    assert_int_equal(run(&range, 4, 0, 3000001), 0);
    assert_true(range.taken == 31);
}

static void what_came_before_a_worker_ended_is_taken(void **state)
{
    static const uint64_t places[] = {0, 1, 300, 256, 5000, 9999};

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct range range = plain(0, 1);
        range.fails = places[i];
        assert_int_equal(run(&range, 3, 0, 10000), 1);
        assert_true(range.taken == places[i]);
    }
}

/* It takes along what it had not written yet. */
static void a_worker_that_is_killed_ends_the_whole(void **state)
{
    struct range range = plain(0, 1);

    (void)state;
    range.dies = 5000;
    assert_int_equal(run(&range, 3, 0, 1000000), 1);
    assert_true(range.taken <= 5000);
}

static void who_takes_may_stop_it(void **state)
{
    struct range range = plain(0, 1);

    (void)state;
    range.stop = 777;
    assert_int_equal(run(&range, 3, 0, 1000000), -7);
    assert_true(range.taken == 778);
}

static void without_workers_nothing_is_done(void **state)
{
    struct range range = plain(0, 1);

    (void)state;
    assert_int_equal(run(&range, 0, 0, 100), 1);
    assert_true(range.taken == 0);
}

static void there_is_a_core(void **state)
{
    (void)state;
    assert_true(spread_cores() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_come_in_order_whoever_made_them),
        cmocka_unit_test(every_position_is_done_once),
        cmocka_unit_test(the_last_positions_that_there_are),
        cmocka_unit_test(few_notes_of_a_long_range),
        cmocka_unit_test(what_came_before_a_worker_ended_is_taken),
        cmocka_unit_test(a_worker_that_is_killed_ends_the_whole),
        cmocka_unit_test(who_takes_may_stop_it),
        cmocka_unit_test(without_workers_nothing_is_done),
        cmocka_unit_test(there_is_a_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
