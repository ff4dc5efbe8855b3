/* The cost cap: what fits, what waits, what is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runner/budget.h"

#define CENT 10000000LL
#define USD  MONEY_NANO

static void what_counts_is_rounded_up_to_a_tenth_of_a_cent(void **state)
{
    static const int64_t each[][2] = {
        {0, 0},
        {1, MONEY_MILLI},
        {MONEY_MILLI - 1, MONEY_MILLI},
        {MONEY_MILLI, MONEY_MILLI},
        {MONEY_MILLI + 1, 2 * MONEY_MILLI},
        {47960000, 48 * MONEY_MILLI},
        {INT64_MAX - INT64_MAX % MONEY_MILLI,
         INT64_MAX - INT64_MAX % MONEY_MILLI},
        {INT64_MAX - 1, INT64_MAX},
        {INT64_MAX, INT64_MAX},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++)
        assert_true(budget_weight(each[i][0]) == each[i][1]);
}

static void without_a_cap_everything_fits(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, -1, 100 * USD, 100 * USD);
    for (int i = 0; i < 10; i++)
        assert_int_equal(budget_reserve(&budget, INT64_MAX / 2), BUDGET_OK);
    assert_true(budget_used(&budget) == INT64_MAX);
}

static void the_cap_itself_fits(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, USD, 0, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(budget_reserve(&budget, CENT), BUDGET_OK);
    assert_true(budget_used(&budget) == USD);
    assert_int_equal(budget_reserve(&budget, 1), BUDGET_WAIT);
    assert_int_equal(budget_reserve(&budget, 0), BUDGET_OK);
    /* A cap of nothing lets nothing through. */
    budget_init(&budget, 0, 0, 0);
    assert_int_equal(budget_reserve(&budget, 1), BUDGET_OVER);
    assert_int_equal(budget_reserve(&budget, 0), BUDGET_OK);
}

/* 0.0014 twice is 0.004 of the cap, not 0.0028. */
static void each_reservation_is_rounded_on_its_own(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, 3 * MONEY_MILLI, 0, 0);
    assert_int_equal(budget_reserve(&budget, 1400000), BUDGET_OK);
    assert_int_equal(budget_reserve(&budget, 1400000), BUDGET_WAIT);
    assert_true(budget_used(&budget) == 2 * MONEY_MILLI);
}

/* What is in flight may come back free; what is stuck or charged not. */
static void only_what_is_in_flight_is_waited_for(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, 10 * CENT, 3 * CENT, 3 * CENT);
    assert_int_equal(budget_reserve(&budget, 3 * CENT), BUDGET_OK);
    assert_int_equal(budget_reserve(&budget, 2 * CENT), BUDGET_WAIT);
    assert_int_equal(budget_reserve(&budget, 5 * CENT), BUDGET_OVER);
    assert_true(budget_used(&budget) == 9 * CENT);
    /* It comes back free: now it fits. */
    budget_free(&budget, 3 * CENT);
    assert_true(budget_used(&budget) == 6 * CENT);
    assert_int_equal(budget_reserve(&budget, 2 * CENT), BUDGET_OK);
    /* Nobody knows of it: waiting cannot help any more. */
    budget_stick(&budget, 2 * CENT);
    assert_true(budget_used(&budget) == 8 * CENT);
    assert_int_equal(budget_reserve(&budget, 3 * CENT), BUDGET_OVER);
    /* It is tried again: its answer is awaited. */
    budget_revive(&budget, 2 * CENT);
    assert_true(budget_used(&budget) == 8 * CENT);
    assert_int_equal(budget_reserve(&budget, 3 * CENT), BUDGET_WAIT);
    assert_true(budget_charge(&budget, 2 * CENT, CENT));
    assert_true(budget_used(&budget) == 7 * CENT);
    assert_int_equal(budget_reserve(&budget, 3 * CENT), BUDGET_OK);
}

static void a_dearer_reply_is_told(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, USD, 0, 0);
    assert_int_equal(budget_reserve(&budget, 47960000), BUDGET_OK);
    /* The reservation is 0.048, as replies are rounded. */
    assert_true(budget_charge(&budget, 47960000, 48000000));
    assert_int_equal(budget_reserve(&budget, 47960000), BUDGET_OK);
    assert_false(budget_charge(&budget, 47960000, 48000001));
    assert_int_equal(budget_reserve(&budget, CENT), BUDGET_OK);
    assert_false(budget_charge(&budget, CENT, 2 * USD));
    assert_true(budget_used(&budget) == 2 * USD + 96000001);
    assert_int_equal(budget_reserve(&budget, 0), BUDGET_OVER);
}

static void sums_stay_at_their_end(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, USD, INT64_MAX, 0);
    assert_int_equal(budget_reserve(&budget, 1), BUDGET_OVER);
    budget_init(&budget, USD, 0, INT64_MAX);
    assert_int_equal(budget_reserve(&budget, 1), BUDGET_OVER);
    budget_init(&budget, USD, 0, 0);
    assert_int_equal(budget_reserve(&budget, INT64_MAX), BUDGET_OVER);
    assert_true(budget_used(&budget) == 0);
    /* Where a sum has overflown, taking away does not make it small. */
    budget_init(&budget, USD, 0, INT64_MAX - 1);
    assert_true(budget_charge(&budget, 0, 0));
    budget_stick(&budget, INT64_MAX / 2);
    assert_true(budget.stuck_nano == INT64_MAX);
    budget_revive(&budget, INT64_MAX / 2);
    assert_true(budget_used(&budget) == INT64_MAX);
    assert_int_equal(budget_reserve(&budget, 1), BUDGET_OVER);
    /* Nor does it wrap below nought. */
    budget_init(&budget, USD, 0, 0);
    budget_free(&budget, INT64_MAX);
    budget_free(&budget, INT64_MAX);
    assert_true(budget_used(&budget) == INT64_MIN);
}

/* Any order of reservations and answers: charged and reserved ≤ cap. */
static void the_cap_holds_over_any_course(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (int course = 0; course < 200; course++) {
        struct budget budget;
        int64_t flight[16];
        unsigned count = 0;
        budget_init(&budget, USD, 0, 0);
        for (int i = 0; i < 500; i++) {
            random = random * 6364136223846793005ULL + 1442695040888963407ULL;
            uint64_t dice = random >> 33;
            int64_t nano = (int64_t)(dice / 64 % 100) * 777777;
            if (count < 16 && dice % 2 == 0) {
                if (budget_reserve(&budget, nano) == BUDGET_OK)
                    flight[count++] = nano;
            } else if (count > 0) {
                nano = flight[--count];
                if (dice % 8 == 1)
                    budget_free(&budget, nano);
                else if (dice % 8 == 3)
                    budget_stick(&budget, nano);
                else
                    assert_true(budget_charge(&budget, nano, nano / 2));
            }
            assert_true(budget_used(&budget) <= USD);
            assert_true(budget.flight_nano >= 0 && budget.stuck_nano >= 0);
            assert_true(count > 0 || budget.flight_nano == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_counts_is_rounded_up_to_a_tenth_of_a_cent),
        cmocka_unit_test(without_a_cap_everything_fits),
        cmocka_unit_test(the_cap_itself_fits),
        cmocka_unit_test(each_reservation_is_rounded_on_its_own),
        cmocka_unit_test(only_what_is_in_flight_is_waited_for),
        cmocka_unit_test(a_dearer_reply_is_told),
        cmocka_unit_test(sums_stay_at_their_end),
        cmocka_unit_test(the_cap_holds_over_any_course),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
