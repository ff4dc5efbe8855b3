#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../templates/base58.h"
#include "../../templates/market_table.h"
#include "../../templates/money.h"

static void rows_are_sorted_by_slug_without_doubles(void **state)
{
    (void)state;
    assert_true(market_table_count > 0);
    for (size_t i = 1; i < market_table_count; i++)
        assert_true(strcmp(market_table[i - 1].slug, market_table[i].slug) < 0);
}

static void addresses_are_of_32_bytes_and_distinct(void **state)
{
    uint8_t address[BASE58_ADDRESS_LEN];

    (void)state;
    for (size_t i = 0; i < market_table_count; i++) {
        const char *text = market_table[i].address;
        assert_true(base58_address(text, strlen(text), address));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(market_table[k].address, text);
    }
}

static void prices_and_fees_are_exact_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < market_table_count; i++) {
        const struct market_row *row = &market_table[i];
        struct err err = ERR_INIT;
        bool rounded = true;
        int64_t nano;
        const char *fee = row->network_fee_percentage;
        assert_int_equal(money_parse(fee, strlen(fee), &nano, &rounded, &err),
                         0);
        assert_false(rounded);
        const char *reward = row->usd_reward_per_hour;
        if (!reward)
            continue;
        assert_int_equal(
            money_parse(reward, strlen(reward), &nano, &rounded, &err), 0);
        assert_false(rounded);
        assert_true(nano > 0);
    }
}

static void types_are_those_of_the_service(void **state)
{
    (void)state;
    for (size_t i = 0; i < market_table_count; i++) {
        const char *type = market_table[i].type;
        assert_true(strcmp(type, "PREMIUM") == 0 ||
                    strcmp(type, "COMMUNITY") == 0 ||
                    strcmp(type, "OTHER") == 0);
        assert_true(strlen(market_table[i].date_seen) > 0);
    }
}

static void a_row_is_found_by_slug_and_by_address(void **state)
{
    (void)state;
    for (size_t i = 0; i < market_table_count; i++) {
        const struct market_row *row = &market_table[i];
        assert_ptr_equal(market_table_by_slug(row->slug), row);
        assert_ptr_equal(market_table_by_address(row->address), row);
    }
    assert_string_equal(market_table_by_slug("nvidia-3060")->address,
                        "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq");
    assert_string_equal(
        market_table_by_slug("nvidia-3060")->usd_reward_per_hour, "0.0436");
}

static void an_unknown_row_is_not_found(void **state)
{
    (void)state;
    assert_null(market_table_by_slug("nvidia-306"));
    assert_null(market_table_by_slug(""));
    assert_null(market_table_by_address("nvidia-3060"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_by_slug_without_doubles),
        cmocka_unit_test(addresses_are_of_32_bytes_and_distinct),
        cmocka_unit_test(prices_and_fees_are_exact_decimals),
        cmocka_unit_test(types_are_those_of_the_service),
        cmocka_unit_test(a_row_is_found_by_slug_and_by_address),
        cmocka_unit_test(an_unknown_row_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
