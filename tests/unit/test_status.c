/* Which of two exit statuses a run ends with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runner/status.h"

/* Strongest first, as the manual has it. */
static const int order[] = {130, 143, 74, 70, 65, 77, 69, 3, 4, 2, 1, 0};
#define ORDER (sizeof order / sizeof order[0])

static void of_all_pairs_the_stronger_one_wins(void **state)
{
    (void)state;
    for (unsigned a = 0; a < ORDER; a++)
        for (unsigned b = 0; b < ORDER; b++)
            assert_int_equal(status_stronger(order[a], order[b]),
                             order[a < b ? a : b]);
}

/* What ends a run before it starts is not covered by anything later. */
static void a_status_outside_the_order_stands_before_it(void **state)
{
    static const int outside[] = {STATUS_USAGE, STATUS_INPUT, STATUS_CREATE,
                                  STATUS_LOCKED, 42};

    (void)state;
    for (unsigned i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        for (unsigned a = 0; a < ORDER; a++) {
            assert_int_equal(status_stronger(order[a], outside[i]), outside[i]);
            assert_int_equal(status_stronger(outside[i], order[a]), outside[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_all_pairs_the_stronger_one_wins),
        cmocka_unit_test(a_status_outside_the_order_stands_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
