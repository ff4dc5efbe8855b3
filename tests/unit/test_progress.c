/* The progress line: what it says, and what it leaves out where it is narrow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../runner/progress.h"
#include "../../runner/text.h"

#define SECOND 1000000ULL

static const struct progress begun = {.mode = PROGRESS_LINE, .start_us = 0};

static const struct progress_state usual = {
    .total = 1500,
    .done = 160,
    .posted = 159,
    .rejected = 1,
    .in_flight = 40,
    .charged_nano = 7625640000,
};

static void check(const struct progress_state *state, uint64_t now_us,
                  size_t width, const char *expected)
{
    struct buf out;

    buf_init(&out, 4096);
    progress_describe(&begun, state, now_us, width, &out);
    assert_string_equal(buf_str(&out), expected);
    buf_release(&out);
}

static void all_of_it(void **state)
{
    (void)state;
    check(&usual, 3 * SECOND, 0,
          "160/1,500, $7.62564, 40 in flight, 1 rejected, 53/s, 25 s left");
}

static void what_matters_least_goes_first(void **state)
{
    (void)state;
    check(&usual, 3 * SECOND, 199,
          "160/1,500, $7.62564, 40 in flight, 1 rejected, 53/s, 25 s left");
    check(&usual, 3 * SECOND, 60,
          "160/1,500, $7.62564, 1 rejected, 53/s, 25 s left");
    check(&usual, 3 * SECOND, 47, "160/1,500, $7.62564, 1 rejected, 25 s left");
    check(&usual, 3 * SECOND, 39, "160/1,500, $7.62564, 1 rejected");
    check(&usual, 3 * SECOND, 24, "160/1,500, 1 rejected");
    check(&usual, 3 * SECOND, 19, "160/1,500");
}

/* Too narrow even for that: the caller cuts. */
static void the_count_never_goes(void **state)
{
    (void)state;
    check(&usual, 3 * SECOND, 3, "160/1,500");
}

static void no_width_shows_half_a_part(void **state)
{
    struct progress_state full = usual;
    struct buf all, out;

    (void)state;
    full.unknown = 12;
    buf_init(&all, 4096);
    buf_init(&out, 4096);
    progress_describe(&begun, &full, 3 * SECOND, 0, &all);
    for (size_t width = 9; width < 120; width++) {
        progress_describe(&begun, &full, 3 * SECOND, width, &out);
        assert_true(text_width(buf_str(&out), out.len) <= width);
        for (char *part = strtok(out.data, ","); part; part = strtok(NULL, ","))
            assert_non_null(strstr(buf_str(&all), part));
    }
    buf_release(&all);
    buf_release(&out);
}

static void trouble_stands_for_the_rate(void **state)
{
    struct progress_state away = usual;

    (void)state;
    away.trouble = "the service is away";
    check(&away, 3 * SECOND, 0,
          "160/1,500, $7.62564, 40 in flight, 1 rejected, the service is away");
    check(&away, 3 * SECOND, 39, "160/1,500, the service is away");
}

static void a_limited_rate_is_named(void **state)
{
    struct progress_state limited = usual;

    (void)state;
    limited.allowed = "the service takes about 58 requests/s";
    check(&limited, 3 * SECOND, 0,
          "160/1,500, $7.62564, 40 in flight, 1 rejected, 53/s, 25 s left, "
          "the service takes about 58 requests/s");
    check(&limited, 3 * SECOND, 60,
          "160/1,500, $7.62564, 1 rejected, 25 s left");
    limited.trouble = "the service is away";
    check(&limited, 3 * SECOND, 0,
          "160/1,500, $7.62564, 40 in flight, 1 rejected, the service is away");
}

static void a_rate_needs_half_a_second_and_a_job(void **state)
{
    struct progress_state none = usual;

    (void)state;
    none.posted = none.rejected = none.done = 0;
    none.charged_nano = 0;
    check(&none, 30 * SECOND, 0, "0/1,500, $0.00, 40 in flight");
    check(&usual, SECOND / 3, 0,
          "160/1,500, $7.62564, 40 in flight, 1 rejected");
}

static void nothing_left_has_no_time_left(void **state)
{
    struct progress_state all = usual;

    (void)state;
    all.done = all.total;
    all.posted = 6;
    check(&all, 3 * SECOND, 0,
          "1,500/1,500, $7.62564, 40 in flight, 1 rejected, 2.0/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it),
        cmocka_unit_test(what_matters_least_goes_first),
        cmocka_unit_test(the_count_never_goes),
        cmocka_unit_test(no_width_shows_half_a_part),
        cmocka_unit_test(trouble_stands_for_the_rate),
        cmocka_unit_test(a_limited_rate_is_named),
        cmocka_unit_test(a_rate_needs_half_a_second_and_a_job),
        cmocka_unit_test(nothing_left_has_no_time_left),
    };

    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
