#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry_help.h"

static const struct {
    const char *text;
    uint64_t seconds; /* 0: refused */
} timeouts[] = {
    {"90", 90},
    {"90s", 90},
    {"30m", 1800},
    {"2h", 7200},
    {"1", 1},
    {"0090", 90},
    {"2147483647", 2147483647},
    {"35791394m", 2147483640},
    {"596523h", 2147482800},
    {"0", 0},
    {"0h", 0},
    {"2147483648", 0},
    {"35791395m", 0},
    {"596524h", 0},
    {"18446744073709551617", 0},
    {"99999999999999999999999999h", 0},
    {"", 0},
    {"s", 0},
    {"-1", 0},
    {"+1", 0},
    {"1.5", 0},
    {"1e3", 0},
    {"1d", 0},
    {"1hh", 0},
    {"1 h", 0},
    {" 1", 0},
    {"1h30m", 0},
};

static void timeouts_are_whole_seconds_with_a_unit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        const char *text = timeouts[i].text;
        struct err err = ERR_INIT;
        uint64_t seconds = 0;
        int rc = entry_timeout(text, strlen(text), &seconds, &err);
        if (rc != (timeouts[i].seconds ? 0 : ERR_DATA) ||
            seconds != timeouts[i].seconds)
            fail_msg("%s: %d, %llu", text, rc, (unsigned long long)seconds);
    }
}

/* Which of three gives a field: the entry, the header, the option. */
static const struct {
    const char *fields;
    const char *defaults; /* NULL: none */
    const char *option;
    uint64_t timeout_s;
} chosen[] = {
    {"", NULL, NULL, 3600},
    {"", NULL, "5m", 300},
    {"", "{'timeout':'1h'}", "5m", 3600},
    {"", "{'timeout':70}", NULL, 70},
    {"'timeout':2,", "{'timeout':70}", "5m", 2},
    {"'timeout':'2h',", NULL, "5m", 7200},
    {"'timeout':1e2,", NULL, NULL, 100},
    {"'params':{'t':['9m',3]},'timeout':'${{ t }}',", NULL, "1", 540},
    {"'params':{'t':[4]},", "{'timeout':'${{ t }}m'}", NULL, 240},
    {"'params':{'t':[4]},", NULL, "${{ t }}h", 14400},
};

static void an_entrys_own_field_wins_then_defaults_then_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++) {
        char text[1024];
        struct bench b;
        snprintf(text, sizeof text, HELP_ENTRY("%s", "x"), chosen[i].fields);
        bench_init(&b);
        if (chosen[i].defaults)
            bench_defaults(&b, chosen[i].defaults);
        b.context.timeout = chosen[i].option;
        bench_good(&b, text);
        bench_job(&b, 0);
        assert_int_equal(b.job.timeout_s, chosen[i].timeout_s);
        bench_release(&b);
    }
}

static const struct {
    const char *fields;
    const char *option;
    bool resolver;
    const char *text; /* market_text of the last point; NULL: no market */
    int first_byte;   /* of the address; -1: none */
} markets[] = {
    {"", NULL, true, NULL, -1},
    {"", "gpu-b", true, "gpu-b", 2},
    {"'market':'gpu-a',", "gpu-b", true, "gpu-a", 1},
    {"'market':'gpu-a',", NULL, false, "gpu-a", -1},
    {"'market':'" HELP_MARKET "',", NULL, false, HELP_MARKET, 0x5b},
    {"'params':{'g':['a','b']},'market':'gpu-${{ g }}',", NULL, true, "gpu-b",
     2},
    {"'params':{'m':['gpu-a','" HELP_MARKET "']},'market':'${{ m }}',", NULL,
     false, HELP_MARKET, 0x5b},
    {"'params':{'g':['b','a']},", "gpu-${{ g }}", true, "gpu-a", 1},
};

static void markets_are_addresses_or_slugs(void **state)
{
    static const uint8_t none[32];

    (void)state;
    for (size_t i = 0; i < sizeof markets / sizeof markets[0]; i++) {
        char text[1024];
        struct bench b;
        snprintf(text, sizeof text, HELP_ENTRY("%s", "x"), markets[i].fields);
        bench_init(&b);
        b.context.market = markets[i].option;
        b.context.market_address = markets[i].resolver ? help_market : NULL;
        bench_good(&b, text);
        bench_job(&b, entry_points(&b.entry) - 1);
        assert_int_equal(b.job.has_market, markets[i].text != NULL);
        assert_string_equal(b.job.market_text,
                            markets[i].text ? markets[i].text : "");
        assert_int_equal(b.job.has_address, markets[i].first_byte >= 0);
        if (markets[i].first_byte >= 0) {
            assert_int_equal(b.job.market[0], markets[i].first_byte);
            assert_memory_not_equal(b.job.key, none, KEY_LEN);
        } else {
            assert_memory_equal(b.job.key, none, KEY_LEN);
        }
        bench_release(&b);
    }
}

static void a_point_whose_fields_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *fields;
        const char *message;
        const char *at; /* what stands at the place; NULL: the entry */
    } rows[] = {
        {"'params':{'v':['gpu-a','gpu-c']},'market':'${{ v }}',",
         "e: $.market: unknown market \"gpu-c\" (at v=\"gpu-c\")", "\"${{"},
        {"'params':{'v':['gpu-a','no slug']},'market':'${{ v }}',",
         "$.market: expected a market's address (base58, 32 bytes) or slug",
         "\"${{"},
        {"'params':{'v':[60,0.5]},'timeout':'${{ v }}',",
         "e: $.timeout: expected whole seconds, or a whole number with its "
         "unit as in \"90s\", \"30m\" and \"2h\", found \"0.5\" (at v=0.5)",
         "\"${{"},
        {"'params':{'v':['" HELP_MARKET "','x']},'node':'${{ v }}',",
         "e: $.node: expected a host's address (base58, 32 bytes), found "
         "\"x\" (at v=\"x\")",
         "\"${{"},
        {"'params':{'v':['a',[1]]},'name':'-${{ v }}',",
         "e: $.name: \"v\": a list within text needs the format json",
         "\"-${{"},
        {"'params':{'v':['a','']},'name':'${{ v }}',",
         "e: $.name: the job's name is empty (at v=\"\")", "\"${{"},
        {"'params':{'v':['a','\\u0000']},",
         "e: the job's name holds the character U+0000", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024];
        struct err err = ERR_INIT;
        struct bench b;
        snprintf(text, sizeof text, HELP_ENTRY("%s", "-${{ v:json }}"),
                 rows[i].fields);
        bench_init(&b);
        b.context.line = 17;
        b.context.column = 3;
        b.context.market_address = help_market;
        bench_good(&b, text);
        bench_job(&b, 0);
        assert_int_equal(entry_job(&b.entry, 1, &b.job, &err), ERR_DATA);
        if (!strstr(err.message, rows[i].message))
            fail_msg("%s: %s", rows[i].fields, err.message);
        assert_string_equal(err.file, "m.jsonl");
        assert_int_equal(err.line, 17);
        const char *at = rows[i].at ? strstr(b.text, rows[i].at) : b.text;
        assert_int_equal(err.column, 3 + (at - b.text));
        bench_job(&b, 0);
        bench_release(&b);
    }
}

static void defaults_params_come_first_and_sets_replace_in_place(void **state)
{
    struct entry_set sets[2];
    struct json one, two;
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    json_init(&one);
    json_init(&two);
    assert_int_equal(json_parse(&one, "[8,9]", 5, &err), 0);
    assert_int_equal(json_parse(&two, "\"new\"", 5, &err), 0);
    sets[0] = (struct entry_set){"b", &one};
    sets[1] = (struct entry_set){"z", &two};
    bench_init(&b);
    bench_defaults(&b, "{'params':{'a':1,'b':[2,3]},'draw':{'count':9}}");
    b.context.sets = sets;
    b.context.set_count = 2;
    bench_good(&b, HELP_ENTRY("'params':{'c':[4,5],'a':[6,7]},",
                              "${{ a }}${{ b }}${{ c }}${{ z }}"));
    bench_job(&b, 7);
    assert_string_equal(buf_str(&b.job.name), "e/a=7,b=9,c=5");
    assert_string_equal(buf_str(&b.job.params),
                        "{\"a\":7,\"b\":9,\"c\":5,\"z\":\"new\"}");
    bench_release(&b);
    json_release(&one);
    json_release(&two);
}

static void a_draw_of_the_header_serves_entries_that_draw(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_defaults(&b, "{'draw':{'count':3,'seed':5}}");
    bench_good(&b,
               HELP_ENTRY("'params':{'u':{'uniform':[0,1]}},", "x${{ u }}"));
    assert_int_equal(entry_points(&b.entry), 3);
    bench_job(&b, 2);
    assert_int_equal(b.job.draw, 2);
    bench_release(&b);
}

/* An entry of a job's own values, as `expand` prints it. */
static char *printed_entry(const struct bench *b, const char *key,
                           const char *cid)
{
    struct buf out;
    char *text;

    buf_init(&out, (size_t)1 << 20);
    buf_addf(&out, "{\"index\":%llu,\"id\":\"%s\",\"name\":", 7ull, b->job.id);
    struct buf name;
    buf_init(&name, 4096);
    template_protect(b->job.name.data, b->job.name.len, &name);
    json_quote(&out, name.data, name.len);
    buf_addf(&out, ",\"params\":%s,\"repeat\":%llu,\"key\":\"%s\"",
             buf_str(&b->job.params), (unsigned long long)b->job.repeat, key);
    buf_addf(&out, ",\"cid\":\"%s\",\"market\":\"%s\",\"timeout\":%llu", cid,
             b->job.market_text, (unsigned long long)b->job.timeout_s);
    buf_add_str(&out, ",\"definition\":");
    buf_release(&name);
    buf_init(&name, (size_t)1 << 20);
    template_protect(b->job.definition.data, b->job.definition.len, &name);
    buf_add(&out, name.data, name.len);
    buf_release(&name);
    buf_add_char(&out, '}');
    text = malloc(out.len + 1);
    assert_non_null(text);
    memcpy(text, buf_str(&out), out.len + 1);
    buf_release(&out);
    return text;
}

/* bench_compile of text that already has its double quotes. */
static void compile_text(struct bench *b, const char *text)
{
    struct err err = ERR_INIT;

    if (json_parse(&b->doc, text, strlen(text), &err) != 0)
        fail_msg("%s: %s", text, err.message);
    entry_compile(&b->entry, &b->doc, &b->context, &b->errs);
    b->compiled = true;
}

static void a_printed_job_is_an_entry_of_the_same_identity(void **state)
{
    char key[KEY_TEXT_MAX], again[KEY_TEXT_MAX];
    struct bench b, printed;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'market':'" HELP_MARKET "','timeout':'9m',"
                              "'params':{'a':['${{ x }}','$${{'],'c':1.50},"
                              "'repeat':2,",
                              "${{ a }} $${{ y }} ${{ c }} ${{ repeat }}"));
    for (uint64_t i = 0; i < entry_points(&b.entry); i++) {
        bench_job(&b, i);
        key_format(b.job.key, key);
        char *text = printed_entry(&b, key, b.job.cid);
        bench_init(&printed);
        compile_text(&printed, text);
        if (printed.errs.errors + printed.errs.warnings > 0)
            fail_msg("%s: %s", text, printed.errs.items[0].message);
        assert_int_equal(entry_points(&printed.entry), 1);
        assert_int_equal(printed.entry.given_index, 7);
        bench_job(&printed, 0);
        key_format(printed.job.key, again);
        assert_string_equal(key, again);
        assert_string_equal(printed.job.cid, b.job.cid);
        assert_string_equal(buf_str(&printed.job.name), buf_str(&b.job.name));
        assert_int_equal(printed.job.repeat, b.job.repeat);
        bench_release(&printed);
        free(text);
    }
    bench_release(&b);
}

static void a_printed_job_that_was_changed_is_refused(void **state)
{
    static const struct {
        const char *key;
        const char *cid;
        const char *message;
    } rows[] = {
        {"aaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, "e: $.key: expected \""},
        {NULL, "QmVYzwTJscCrt79guw3LBncorxxCTiHvoaSSFTmfJZmDoW",
         "e: $.cid: expected \""},
        {"short", NULL, "$.key: expected 26 characters of base32"},
        {NULL, "bafy", "$.cid: expected a CID"},
    };
    char key[KEY_TEXT_MAX];
    struct bench b, printed;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'market':'" HELP_MARKET "',", "x"));
    bench_job(&b, 0);
    key_format(b.job.key, key);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = printed_entry(&b, rows[i].key ? rows[i].key : key,
                                   rows[i].cid ? rows[i].cid : b.job.cid);
        bench_init(&printed);
        compile_text(&printed, text);
        assert_int_equal(printed.errs.errors, 1);
        if (!strstr(printed.errs.items[0].message, rows[i].message))
            fail_msg("%s", printed.errs.items[0].message);
        bench_release(&printed);
        free(text);
    }
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timeouts_are_whole_seconds_with_a_unit),
        cmocka_unit_test(an_entrys_own_field_wins_then_defaults_then_options),
        cmocka_unit_test(markets_are_addresses_or_slugs),
        cmocka_unit_test(a_point_whose_fields_cannot_be_is_refused),
        cmocka_unit_test(defaults_params_come_first_and_sets_replace_in_place),
        cmocka_unit_test(a_draw_of_the_header_serves_entries_that_draw),
        cmocka_unit_test(a_printed_job_is_an_entry_of_the_same_identity),
        cmocka_unit_test(a_printed_job_that_was_changed_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
