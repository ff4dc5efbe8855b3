#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry_help.h"

/* The names of an entry's jobs, one a line. */
static void add_names(struct bench *b, struct buf *out)
{
    for (uint64_t i = 0; i < entry_points(&b->entry); i++) {
        bench_job(b, i);
        assert_int_equal(b->job.index, i);
        if (i > 0)
            buf_add_char(out, '\n');
        buf_add(out, b->job.name.data, b->job.name.len);
    }
}

static const struct {
    const char *entry;
    const char *names;
} named[] = {
    {HELP_ENTRY("", "x"), "e"},
    {HELP_ENTRY("'params':{'lr':[0.1,1e-5],'seed':{'range':[1,2]}},",
                "${{ lr }} ${{ seed }}"),
     "e/lr=0.1,seed=1\ne/lr=0.1,seed=2\ne/lr=0.00001,seed=1\n"
     "e/lr=0.00001,seed=2"},
    {HELP_ENTRY("'params':{'one':[1],'c':5},", "${{ one }}${{ c }}"), "e"},
    {HELP_ENTRY("'repeat':3,", "x"), "e\ne#1\ne#2"},
    {HELP_ENTRY("'params':{'a':[1,2]},'repeat':2,", "-${{ a }}"),
     "e/a=1\ne/a=1#1\ne/a=2\ne/a=2#1"},
    {HELP_ENTRY("'params':{'a':[1,2],'b':['x','y']},'zip':[['a','b']],",
                "${{ a }}${{ b }}"),
     "e/a=1,b=x\ne/a=2,b=y"},
    {HELP_ENTRY(
         "'params':{'k':['m']},'rows':[{'b':1,'a':'p q'},{'a':2,'c':3}],",
         "${{ k }}${{ name }}"),
     "e/b=1,a=p q\ne/a=2,c=3"},
    {HELP_ENTRY("'params':{'v':[[1,'a'],{'b':null},true,null]},",
                "${{ v:json }}"),
     "e/v=[1,\"a\"]\ne/v={\"b\":null}\ne/v=true\ne/v=null"},
    {HELP_ENTRY("'params':{'u':{'randint':[1,6]}},", "-${{ u }}"), "e"},
    {HELP_ENTRY("'params':{'a':[1,2],'d':{'derive':'<${{ a }}>'}},",
                "${{ d }}"),
     "e/a=1\ne/a=2"},
    {HELP_ENTRY("'params':{'a':[1,2]},'name':'${{ id }}-${{ a:03d }}',",
                "-${{ a }}"),
     "e-001\ne-002"},
    {HELP_ENTRY("'params':{'a':[1,2]},'name':'${{ a }}',", "-${{ a }}"),
     "1\n2"},
    {HELP_ENTRY("'name':'$${{ x }}',", "x"), "${{ x }}"},
    {HELP_ENTRY("'params':{'a':[1,2]},'repeat':2,"
                "'name':'${{ a }}.${{ repeat }}',",
                "-${{ a }}"),
     "1.0\n1.1\n2.0\n2.1"},
};

static void names_say_what_varies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        struct bench b;
        struct buf names;
        buf_init(&names, 4096);
        bench_init(&b);
        bench_good(&b, named[i].entry);
        add_names(&b, &names);
        assert_string_equal(buf_str(&names), named[i].names);
        buf_release(&names);
        bench_release(&b);
    }
}

static const struct {
    const char *value;
    const char *name;
} shortened[] = {
    /* 40 bytes stay */
    {"0123456789012345678901234567890123456789",
     "e/a=0123456789012345678901234567890123456789"},
    {"01234567890123456789012345678901234567890",
     "e/a=0123456789012345678901234567890~79f002c4"},
    /* 31 bytes would cut the last é (bytes 31 and 32) in two */
    {"012345678901234567890123456789é01234567",
     "e/a=012345678901234567890123456789é01234567"},
    {"012345678901234567890123456789é0123456789",
     "e/a=012345678901234567890123456789~4d205210"},
    {"ééééééééééééééééééééé", "e/a=ééééééééééééééé~5ddeaaa7"},
};

static void long_values_are_cut_and_told_apart_by_their_hash(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shortened / sizeof shortened[0]; i++) {
        char text[1024];
        struct bench b;
        snprintf(text, sizeof text,
                 HELP_ENTRY("'params':{'a':['%s','x']},", "${{ a }}"),
                 shortened[i].value);
        bench_init(&b);
        bench_good(&b, text);
        bench_job(&b, 0);
        assert_string_equal(buf_str(&b.job.name), shortened[i].name);
        bench_release(&b);
    }
}

/* Computed by another program (Python's hashlib) from manifest.md's text. */
static const struct {
    const char *entry;
    uint64_t index;
    const char *cid;
    const char *key;
} identities[] = {
    {HELP_ENTRY("'market':'7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq',",
                "x"),
     0, "QmPC7NFTrKp5RCkwPfm29VZtQrdbttBP2PEjEZB9hZAg5W",
     "vmmdncb76qudn44qk3tfsluhvq"},
    {HELP_ENTRY("'market':'7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq','"
                "timeout':'90s','repeat':2,",
                "x"),
     1, "QmPC7NFTrKp5RCkwPfm29VZtQrdbttBP2PEjEZB9hZAg5W",
     "o5zdettuabzrva5ggkgssjg5cq"},
    {HELP_ENTRY("'market':'7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq','"
                "timeout':1e3,'node':'11111111111111111111111111111112',",
                "x"),
     0, "QmPC7NFTrKp5RCkwPfm29VZtQrdbttBP2PEjEZB9hZAg5W",
     "da67xpfmzp5jq26m2sji4i4wqq"},
    {HELP_ENTRY("'market':'gpu-a','params':{'lr':[0.1,1e-5]},", "lr ${{ lr }}"),
     1, "Qmak8ZG95auiXTq4JLAx3mF4LTe9SdJd8khqsj9Tfb51uU",
     "3bhbfnzovwnq2mitwj4e5cxoxq"},
    {HELP_ENTRY("'market':'gpu-${{ g }}','timeout':'${{ t "
                "}}m','params':{'g':['a','b'],'t':[1,30]},",
                "x"),
     3, "QmPC7NFTrKp5RCkwPfm29VZtQrdbttBP2PEjEZB9hZAg5W",
     "hkddwqn54xelj7pu5ov2tfzkdm"},
    {HELP_ENTRY("'market':'gpu-b','timeout':'${{ t }}','node':'${{ n "
                "}}','params':{'n':['11111111111111111111111111111112'],'t':[5,"
                "'2h']},'repeat':3,",
                "é \\n ${{ repeat }}"),
     4, "QmSq8h4pPKjqqqdMAZqcNo4w68ciKaci19nidRgKjFFvoj",
     "rj4dvytyjl674nuxlrz36wfqf4"},
};

static void identities_are_those_of_another_program(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof identities / sizeof identities[0]; i++) {
        char key[KEY_TEXT_MAX];
        struct bench b;
        bench_init(&b);
        b.context.market_address = help_market;
        bench_good(&b, identities[i].entry);
        bench_job(&b, identities[i].index);
        key_format(b.job.key, key);
        assert_string_equal(b.job.cid, identities[i].cid);
        assert_string_equal(key, identities[i].key);
        bench_release(&b);
    }
}

static void parameters_come_as_an_object(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'params':{'b':[{'x':1.0,'1':2}],'a':'\\u0041',"
                              "'d':{'derive':'${{ a }}-${{ repeat }}'}},"
                              "'rows':[{'r':1},{'s':2}],'repeat':2,",
                              "${{ b:json }}${{ d }}${{ name }}"));
    bench_job(&b, 3);
    assert_string_equal(buf_str(&b.job.params),
                        "{\"b\":{\"1\":2,\"x\":1},\"a\":\"A\",\"d\":\"A-1\","
                        "\"s\":2}");
    assert_int_equal(b.job.repeat, 1);
    bench_release(&b);
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("", "x"));
    bench_job(&b, 0);
    assert_string_equal(buf_str(&b.job.params), "{}");
    bench_release(&b);
}

static void derived_parameters_follow_what_they_need(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'params':{"
                              "'c':{'derive':'${{ b }}+${{ a }}'},"
                              "'b':{'derive':'<${{ a }}>'},"
                              "'a':{'derive':'${{ s:02d }}'},"
                              "'t':{'derive':'${{ s }}'},"
                              "'s':[7,8]},",
                              "${{ c }} ${{ t:03d }}"));
    bench_job(&b, 1);
    assert_non_null(strstr(buf_str(&b.job.definition), "\"<08>+08 008\""));
    assert_string_equal(buf_str(&b.job.params),
                        "{\"c\":\"<08>+08\",\"b\":\"<08>\",\"a\":\"08\","
                        "\"t\":8,\"s\":8}");
    bench_job(&b, 0);
    assert_non_null(strstr(buf_str(&b.job.definition), "\"<07>+07 007\""));
    bench_release(&b);
}

/* Values that make the derived texts move in memory while others use them. */
static void derived_texts_may_grow(void **state)
{
    char text[8192];
    char big[3001];
    struct bench b;

    (void)state;
    memset(big, 'q', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    snprintf(text, sizeof text,
             HELP_ENTRY("'params':{'s':'%s',"
                        "'a':{'derive':'[${{ id }}]'},"
                        "'b':{'derive':'${{ a }}${{ s }}'},"
                        "'c':{'derive':'${{ b }}${{ b }}${{ a }}'}},",
                        "${{ a }}${{ c }}"),
             big);
    bench_init(&b);
    bench_good(&b, text);
    bench_job(&b, 0);
    snprintf(text, sizeof text, "\"[e][e]%s[e]%s[e]\"", big, big);
    assert_non_null(strstr(buf_str(&b.job.definition), text));
    bench_release(&b);
}

static void text_places_take_numbers_as_text(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, "{'id':'e','params':{'n':[5,6],'l':[['a','b']],'g':[true]},"
                   "'definition':" HELP_ARGS(
                       "{'image':'${{ n }}','cmd':['sh','${{ n }}'],"
                       "'entrypoint':'${{ l }}','gpu':'${{ g }}',"
                       "'env':{'N':'${{ n }}','${{ n }}':'k'}}") "}");
    bench_job(&b, 1);
    assert_non_null(strstr(buf_str(&b.job.definition),
                           "{\"image\":\"6\",\"cmd\":[\"sh\",\"6\"],"
                           "\"entrypoint\":[\"a\",\"b\"],\"gpu\":true,"
                           "\"env\":{\"6\":\"k\",\"N\":\"6\"}}"));
    bench_release(&b);
}

static void names_and_ids_may_be_rendered(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'params':{'a':[1,'\\n']},",
                              "${{ id }} ${{ name }} ${{ repeat }}"));
    bench_job(&b, 1);
    assert_non_null(
        strstr(buf_str(&b.job.definition), "\"cmd\":\"e e/a=\\n 0\""));
    bench_release(&b);
}

static void a_plain_definition_is_an_entry(void **state)
{
    struct entry_set given[1];
    struct json list;
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    json_init(&list);
    assert_int_equal(json_parse(&list, "[10,20]", 7, &err), 0);
    given[0] = (struct entry_set){"n", &list};
    bench_init(&b);
    b.context.id = "hello-world";
    b.context.sets = given;
    b.context.set_count = 1;
    b.context.market = HELP_MARKET;
    b.context.timeout = "10m";
    bench_good(&b, HELP_CMD("count ${{ n }}"));
    assert_int_equal(entry_points(&b.entry), 2);
    bench_job(&b, 1);
    assert_string_equal(buf_str(&b.job.name), "hello-world/n=20");
    assert_string_equal(b.job.market_text, HELP_MARKET);
    assert_true(b.job.has_address);
    assert_int_equal(b.job.timeout_s, 600);
    bench_release(&b);
    json_release(&list);
}

static const struct {
    const char *fields;
    const char *text;
} described[] = {
    {"", "1"},
    {"'params':{'a':[1]},", "1"},
    {"'params':{'a':[1,2,3]},", "3"},
    {"'repeat':2,", "2 repeats = 2"},
    {"'params':{'a':[1,2,3],'b':[1,2,3,4,5]},'repeat':2,",
     "3 × 5 × 2 repeats = 30"},
    {"'params':{'a':[1,2],'b':[3,4],'u':{'uniform':[0,1]}},"
     "'zip':[['a','b']],'rows':[{'r':1},{'r':2},{'r':3}],"
     "'draw':{'count':20},",
     "2 × 3 rows × 20 draws = 120"},
};

static void the_arithmetic_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof described / sizeof described[0]; i++) {
        char text[1024];
        struct bench b;
        struct buf out;
        buf_init(&out, 1024);
        snprintf(text, sizeof text, HELP_ENTRY("%s", "${{ name }}"),
                 described[i].fields);
        bench_init(&b);
        bench_compile(&b, text);
        entry_describe(&b.entry, &out);
        assert_string_equal(buf_str(&out), described[i].text);
        buf_release(&out);
        bench_release(&b);
    }
}

static void a_grid_of_a_thousand_million_million_opens(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'params':{'a':{'range':[1,100000]},"
                              "'b':{'range':[1,100000]},"
                              "'c':{'range':[1,100000]}},",
                              "${{ a }} ${{ b }} ${{ c }}"));
    assert_int_equal(entry_points(&b.entry), 1000000000000000);
    bench_job(&b, 999999999999999);
    assert_non_null(
        strstr(buf_str(&b.job.definition), "\"100000 100000 100000\""));
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_say_what_varies),
        cmocka_unit_test(long_values_are_cut_and_told_apart_by_their_hash),
        cmocka_unit_test(identities_are_those_of_another_program),
        cmocka_unit_test(parameters_come_as_an_object),
        cmocka_unit_test(derived_parameters_follow_what_they_need),
        cmocka_unit_test(derived_texts_may_grow),
        cmocka_unit_test(text_places_take_numbers_as_text),
        cmocka_unit_test(names_and_ids_may_be_rendered),
        cmocka_unit_test(a_plain_definition_is_an_entry),
        cmocka_unit_test(the_arithmetic_is_told),
        cmocka_unit_test(a_grid_of_a_thousand_million_million_opens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
