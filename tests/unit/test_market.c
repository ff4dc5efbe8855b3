/* Markets: the built-in ones, fetched ones, and what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../runner/market.h"
#include "../../templates/market_table.h"

#define A        "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define B        "11111111111111111111111111111112"
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct markets markets;

static int setup(void **state)
{
    (void)state;
    markets_init(&markets);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    markets_release(&markets);
    return 0;
}

static int parse(const char *text, struct err *err)
{
    *err = (struct err)ERR_INIT;
    return markets_parse(&markets, text, strlen(text), MARKET_FETCHED, 1000,
                         err);
}

/* One market with these members behind its address. */
static const struct market *one(const char *members)
{
    char text[1000];
    struct err err;

    snprintf(text, sizeof text, "[{\"address\":\"" A "\"%s%s}]",
             members[0] != '\0' ? "," : "", members);
    if (parse(text, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(markets.count, 1);
    return &markets.items[0];
}

static void the_snapshot_holds_every_built_in_market(void **state)
{
    struct err err;
    const struct market *market;

    (void)state;
    assert_int_equal(markets_snapshot(&markets, &err), 0);
    assert_int_equal(markets.count, market_table_count);
    assert_int_equal(markets.source, MARKET_SNAPSHOT);
    for (size_t i = 0; i < markets.count; i++) {
        market = &markets.items[i];
        assert_ptr_equal(markets_by_slug(&markets, market->slug), market);
        assert_ptr_equal(markets_by_address(&markets, market->address), market);
        assert_string_equal(market->address_text, market_table[i].address);
        assert_string_equal(market->name, market_table[i].name);
        assert_int_equal(market->has_price,
                         market_table[i].usd_reward_per_hour != NULL);
        assert_true(!market->has_price ||
                    market->hourly_nano >= market->reward_nano);
    }
    /* 0.0436 and ten per cent of it. */
    market = markets_by_slug(&markets, "nvidia-3060");
    assert_non_null(market);
    assert_string_equal(market->address_text, A);
    assert_int_equal(market->type, MARKET_PREMIUM);
    assert_true(market->reward_nano == 43600000);
    assert_true(market->hourly_nano == 47960000);
    /* A second time takes the first one's place. */
    assert_int_equal(markets_snapshot(&markets, &err), 0);
    assert_int_equal(markets.count, market_table_count);
}

static void prices_are_read_as_number_and_as_string(void **state)
{
    static const struct {
        const char *members;
        int64_t hourly_nano; /* -1: no price */
    } each[] = {
        {"", -1},
        {"\"usd_reward_per_hour\":0.0436", 47960000},
        {"\"usd_reward_per_hour\":\"0.0436\"", 47960000},
        {"\"usd_reward_per_hour\":4.36e-2", 47960000},
        {"\"usd_reward_per_hour\":null", -1},
        {"\"usd_reward_per_hour\":\"\"", -1},
        {"\"usd_reward_per_hour\":\"nan\"", -1},
        {"\"usd_reward_per_hour\":\"0x1\"", -1},
        {"\"usd_reward_per_hour\":-0.1", -1},
        {"\"usd_reward_per_hour\":true", -1},
        {"\"usd_reward_per_hour\":[1]", -1},
        {"\"usd_reward_per_hour\":1e99", -1},
        {"\"usd_reward_per_hour\":9223372036", -1},
        {"\"usd_reward_per_hour\":0", 0},
        {"\"usd_reward_per_hour\":1,\"network_fee_percentage\":0", 1000000000},
        {"\"usd_reward_per_hour\":1,\"network_fee_percentage\":7.5",
         1075000000},
        {"\"usd_reward_per_hour\":1,\"network_fee_percentage\":\"20\"",
         1200000000},
        /* Never less than the fee says: 0.0001 % is a thousandth of one. */
        {"\"usd_reward_per_hour\":1,\"network_fee_percentage\":10.0001",
         1100010000},
        /* A fee that is none is the usual one. */
        {"\"usd_reward_per_hour\":1,\"network_fee_percentage\":null",
         1100000000},
        {"\"usd_reward_per_hour\":1,\"network_fee_percentage\":-5", 1100000000},
        {"\"usd_reward_per_hour\":1,\"network_fee_percentage\":\"x\"",
         1100000000},
        {"\"usd_reward_per_hour\":1000000,\"network_fee_percentage\":"
         "9223372036.85",
         -1},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(each); i++) {
        const struct market *market = one(each[i].members);
        if (market->has_price != (each[i].hourly_nano >= 0) ||
            (market->has_price && market->hourly_nano != each[i].hourly_nano))
            fail_msg("%s: %d, %lld", each[i].members, market->has_price,
                     (long long)market->hourly_nano);
    }
}

static void the_other_members_are_read(void **state)
{
    const struct market *market;

    (void)state;
    market = one("\"slug\":\"s\",\"name\":\"n \\u00e9\",\"type\":\"PREMIUM\","
                 "\"gpu_types\":[\"g1\",\"g2\"],\"lowest_vram\":24");
    assert_string_equal(market->slug, "s");
    assert_string_equal(market->name, "n \xc3\xa9");
    assert_string_equal(market->gpu, "g1");
    assert_string_equal(market->date, "");
    assert_int_equal(market->type, MARKET_PREMIUM);
    assert_int_equal(market->lowest_vram_gb, 24);
    assert_int_equal(markets.source, MARKET_FETCHED);
    assert_true(markets.at_ms == 1000);
    market = one("\"slug\":7,\"name\":null,\"type\":\"premium\","
                 "\"gpu_types\":[],\"lowest_vram\":\"24\"");
    assert_string_equal(market->slug, "");
    assert_string_equal(market->name, "");
    assert_string_equal(market->gpu, "");
    /* What is not said to be PREMIUM is not paid with credits. */
    assert_int_equal(market->type, MARKET_OTHER);
    assert_int_equal(market->lowest_vram_gb, 0);
    assert_int_equal(one("\"type\":\"COMMUNITY\"")->type, MARKET_COMMUNITY);
    assert_int_equal(one("\"lowest_vram\":1e9")->lowest_vram_gb, 0);
    /* Too long to be kept: left out, never cut. */
    assert_string_equal(
        one("\"slug\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaa\"")
            ->slug,
        "");
}

static void rows_without_an_address_are_passed_by(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(parse("[1,null,\"" A "\",[],{},{\"slug\":\"x\"},"
                           "{\"address\":7,\"slug\":\"x\"},"
                           "{\"address\":\"" A "q\",\"slug\":\"x\"},"
                           "{\"address\":\"0\",\"slug\":\"x\"},"
                           "{\"address\":\"" B "\",\"slug\":\"b\"},"
                           "{\"address\":\"" A "\"}]",
                           &err),
                     0);
    assert_int_equal(markets.count, 2);
    assert_string_equal(markets.items[0].address_text, B);
    /* No slug: nobody's slug, and the address is what people read. */
    assert_null(markets_by_slug(&markets, ""));
    assert_null(markets_by_slug(&markets, "x"));
    const struct market *market = &markets.items[1];
    assert_string_equal(markets_label(&markets, market->address, A), A);
    assert_string_equal(markets_label(&markets, markets.items[0].address, B),
                        "b");
}

static void what_is_no_list_leaves_the_old_one(void **state)
{
    static const char *const texts[] = {
        "", "{}", "null", "\"x\"", "[{}", "<p>", "{\"markets\":[]}"};
    struct err err;

    (void)state;
    one("\"slug\":\"kept\"");
    for (unsigned i = 0; i < COUNT(texts); i++) {
        assert_int_equal(parse(texts[i], &err), ERR_DATA);
        assert_memory_equal(err.message, "markets: ", 9);
        assert_non_null(markets_by_slug(&markets, "kept"));
    }
    assert_int_equal(parse("[]", &err), 0);
    assert_int_equal(markets.count, 0);
}

static void a_list_has_a_bound(void **state)
{
    struct buf text;
    struct err err;

    (void)state;
    buf_init(&text, 100000);
    buf_add_char(&text, '[');
    for (int i = 0; i < MARKET_COUNT_MAX - 1; i++)
        buf_add_str(&text, "0,");
    buf_add_str(&text, "{\"address\":\"" A "\"}");
    size_t len = text.len;
    buf_add_char(&text, ']');
    assert_int_equal(parse(buf_str(&text), &err), 0);
    assert_int_equal(markets.count, 1);
    buf_truncate(&text, len);
    buf_add_str(&text, ",0]");
    assert_int_equal(parse(buf_str(&text), &err), ERR_LIMIT);
    assert_int_equal(markets.count, 1);
    buf_release(&text);
}

static void a_slug_gives_its_address(void **state)
{
    uint8_t address[32];
    struct err err;

    (void)state;
    assert_int_equal(markets_snapshot(&markets, &err), 0);
    assert_int_equal(markets_resolve(&markets, "nvidia-3060", address, &err),
                     0);
    assert_memory_equal(address,
                        markets_by_slug(&markets, "nvidia-3060")->address, 32);
    assert_int_equal(markets_resolve(&markets, "nvidia-306", address, &err),
                     ERR_DATA);
    assert_string_equal(err.message,
                        "no market is called \"nvidia-306\" (did you mean "
                        "\"nvidia-3060\"?); \"nosbatch markets\" lists them");
    assert_int_equal(markets_resolve(&markets, "zzz", address, &err), ERR_DATA);
    assert_null(strstr(err.message, "did you mean"));
    assert_int_equal(markets_resolve(&markets, "", address, &err), ERR_DATA);
    assert_int_equal(markets_resolve(&markets, "NVIDIA-3060", address, &err),
                     ERR_DATA);
}

static void an_unknown_address_is_its_own_label(void **state)
{
    uint8_t address[32] = {1};
    struct err err;

    (void)state;
    assert_int_equal(markets_snapshot(&markets, &err), 0);
    assert_null(markets_by_address(&markets, address));
    assert_string_equal(markets_label(&markets, address, "text"), "text");
}

static void types_have_names(void **state)
{
    (void)state;
    assert_string_equal(market_type_name(MARKET_PREMIUM), "PREMIUM");
    assert_string_equal(market_type_name(MARKET_COMMUNITY), "COMMUNITY");
    assert_string_equal(market_type_name(MARKET_OTHER), "OTHER");
}

static void the_age_of_prices_is_told(void **state)
{
    static const struct {
        enum market_source source;
        int64_t age_ms;
        const char *text;
    } each[] = {
        {MARKET_FETCHED, 99999999, "prices fetched now"},
        {MARKET_CACHED, 0, "prices of less than a minute ago"},
        {MARKET_CACHED, 59999, "prices of less than a minute ago"},
        {MARKET_CACHED, -60000, "prices of less than a minute ago"},
        {MARKET_CACHED, 60000, "prices of 1 min ago"},
        {MARKET_CACHED, 7199999, "prices of 119 min ago"},
        {MARKET_CACHED, 7200000, "prices of 2 h ago"},
        {MARKET_CACHED, 172799999, "prices of 47 h ago"},
        {MARKET_CACHED, 172800000, "prices of 2 days ago"},
        {MARKET_CACHED, 86400000LL * 400, "prices of 400 days ago"},
    };
    struct buf text;
    struct err err;

    (void)state;
    buf_init(&text, 200);
    for (unsigned i = 0; i < COUNT(each); i++) {
        buf_clear(&text);
        markets.source = each[i].source;
        markets.at_ms = 1795478399999;
        markets_describe(&markets, markets.at_ms + each[i].age_ms, &text);
        assert_string_equal(buf_str(&text), each[i].text);
    }
    /* The newest of the rows' dates. */
    assert_int_equal(markets_snapshot(&markets, &err), 0);
    const char *newest = "";
    for (size_t i = 0; i < market_table_count; i++)
        if (market_table[i].date_seen[0] == '2' &&
            strcmp(market_table[i].date_seen, newest) > 0)
            newest = market_table[i].date_seen;
    buf_clear(&text);
    markets_describe(&markets, 0, &text);
    assert_memory_equal(buf_str(&text), "built-in prices of 20", 21);
    assert_string_equal(buf_str(&text) + 19, newest);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_snapshot_holds_every_built_in_market),
        cmocka_unit_test(prices_are_read_as_number_and_as_string),
        cmocka_unit_test(the_other_members_are_read),
        cmocka_unit_test(rows_without_an_address_are_passed_by),
        cmocka_unit_test(what_is_no_list_leaves_the_old_one),
        cmocka_unit_test(a_list_has_a_bound),
        cmocka_unit_test(a_slug_gives_its_address),
        cmocka_unit_test(an_unknown_address_is_its_own_label),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(the_age_of_prices_is_told),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
