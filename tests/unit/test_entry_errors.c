#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry_help.h"

/* The entry stands at line 17, column 5 of its file. */
static const struct {
    const char *entry;
    unsigned line, column;
    const char *message; /* its start */
} rows[] = {
    /* the frame */
    {"[]", 17, 5,
     "expected an entry or a job definition (an object), found a "
     "list"},
    {"{}", 17, 5, "the field \"id\" is missing"},
    {"{'id':'e'}", 17, 5, "e: the field \"definition\" is missing"},
    {HELP_ENTRY("'markt':'x',", "x"), 17, 15,
     "e: unknown field \"markt\" (did you mean \"market\"?)"},
    {HELP_ENTRY("'xyzzy':1,", "x"), 17, 15, "e: unknown field \"xyzzy\""},
    {HELP_ENTRY("\n 'xyzzy':1,", "x"), 18, 2, "e: unknown field \"xyzzy\""},
    {"{'id':'a b','definition':" HELP_CMD("x") "}", 17, 11,
     "$.id: expected [A-Za-z0-9._-], 1 to 64 of them, found \"a b\""},
    {"{'id':'','definition':" HELP_CMD("x") "}", 17, 11, "$.id: expected"},
    {"{'id':7,'definition':" HELP_CMD("x") "}", 17, 11,
     "$.id: expected a string, found a number"},
    {HELP_ENTRY("'repeat':2,'repeat':3,", "x"), 17, 26,
     "e: the key \"repeat\" stands twice in one object"},
    {HELP_ENTRY("'params':{'a':[1],'a':[2]},", "${{ a:json }}"), 17, 33,
     "e: the key \"a\" stands twice in one object"},

    /* parameters */
    {HELP_ENTRY("'params':[],", "x"), 17, 24,
     "e: $.params: expected an object, found a list"},
    {HELP_ENTRY("'params':{'a':{'rang':[1,2]}},", "x"), 17, 0,
     "e: $.params.a: unknown operator \"rang\""},
    {HELP_ENTRY("'params':{'name':1},", "x"), 17, 0, "e: $.params.name: "},
    {HELP_ENTRY("'params':{'a\\u0000b':1},", "x"), 17, 25,
     "e: $.params: a parameter's name holds U+0000"},
    {HELP_ENTRY("'rows':{},", "x"), 17, 0, "e: $.rows: expected a list"},
    {HELP_ENTRY("'zip':[['a','b']],", "x"), 17, 0,
     "e: $.zip: unknown parameter \"a\""},
    {HELP_ENTRY("'repeat':0,", "x"), 17, 24,
     "e: $.repeat: expected a whole number from 1"},
    {HELP_ENTRY("'repeat':'2',", "x"), 17, 24, "e: $.repeat: expected"},
    {HELP_ENTRY("'draw':{'count':2},", "x"), 17, 22,
     "e: $.draw: expected a parameter that is drawn"},
    {HELP_ENTRY("'params':{'u':{'uniform':[0,1]}},'draw':{'cuont':2},",
                "x${{ u }}"),
     17, 56, "e: $.draw: unknown field \"cuont\", expected count and seed"},
    {HELP_ENTRY("'params':{'u':{'uniform':[0,1]}},'draw':{'seed':-1},",
                "x${{ u }}"),
     17, 63, "e: $.draw.seed: expected a whole number from 0"},
    {HELP_ENTRY("'where':'lr > 1',", "x"), 17, 24,
     "e: $.where: unknown name \"lr\""},
    {HELP_ENTRY("'where':1,", "x"), 17, 23,
     "e: $.where: expected a string, found a number"},

    /* derived parameters */
    {HELP_ENTRY("'params':{'a':{'derive':'${{ b }}'},"
                "'b':{'derive':'${{ c }}'},'c':{'derive':'x${{ a }}'}},",
                "${{ a }}"),
     17, 0, "e: $.params.a.derive: derived from itself: a → b → c → a"},
    {HELP_ENTRY("'params':{'a':{'derive':'${{ a }}'}},", "x${{ a }}"), 17, 0,
     "e: $.params.a.derive: derived from itself: a → a"},
    {HELP_ENTRY("'params':{'a':{'derive':'${{ bb }}'},'b':1},",
                "${{ a }}${{ b }}"),
     17, 0,
     "e: $.params.a.derive: unknown parameter \"bb\" (did you mean \"b\"?)"},
    {HELP_ENTRY("'params':{'a':{'derive':'${{ name }}'}},", "${{ a }}"), 17, 0,
     "e: $.params.a.derive: \"name\" cannot be used here"},

    /* templates */
    {HELP_ENTRY("'params':{'seed':[1]},", "x${{ seed }} ${{ sede }}"), 17, 166,
     "e: $.definition.ops[0].args.cmd: unknown parameter \"sede\" (did you "
     "mean \"seed\"?)"},
    {HELP_ENTRY("'market':'no market',", "x"), 17, 24,
     "e: $.market: expected a market's address"},
    {HELP_ENTRY("'market':'gpu-c',", "x"), 17, 24,
     "e: $.market: unknown market \"gpu-c\""},
    {HELP_ENTRY("'market':7,", "x"), 17, 24,
     "e: $.market: expected a string, found a number"},
    {HELP_ENTRY("'market':'${{ q }}',", "x"), 17, 25,
     "e: $.market: unknown parameter \"q\""},
    {HELP_ENTRY("'timeout':1.5,", "x"), 17, 25,
     "e: $.timeout: expected whole seconds"},
    {HELP_ENTRY("'timeout':0,", "x"), 17, 25,
     "e: $.timeout: expected a timeout of 1 to 2147483647 seconds"},
    {HELP_ENTRY("'timeout':'1d',", "x"), 17, 25,
     "e: $.timeout: expected whole seconds"},
    {HELP_ENTRY("'timeout':null,", "x"), 17, 25,
     "e: $.timeout: expected a string, found null"},
    {HELP_ENTRY("'node':'x',", "x"), 17, 22,
     "e: $.node: expected a host's address"},
    {HELP_ENTRY("'name':7,", "x"), 17, 22,
     "e: $.name: expected a string, found a number"},
    {HELP_ENTRY("'name':'${{ name }}',", "x"), 17, 23,
     "e: $.name: \"name\" cannot be used here"},
    {HELP_ENTRY("'name':'',", "x"), 17, 22,
     "e: $.name: the job's name is empty"},

    /* names that leave something out */
    {HELP_ENTRY("'params':{'a':[1,2],'b':[3,4]},'name':'${{ a }}',",
                "${{ a }}${{ b }}"),
     17, 53,
     "e: $.name: must mention every axis that varies: expected \"${{ b }}\""},
    {HELP_ENTRY("'repeat':2,'name':'n',", "x"), 17, 33,
     "e: $.name: must mention every axis that varies: expected \"${{ repeat "
     "}}\""},
    {HELP_ENTRY("'params':{'u':{'uniform':[0,1]}},'draw':{'count':2},"
                "'name':'n',",
                "x${{ u }}"),
     17, 0,
     "e: $.name: must mention every axis that varies: expected \"${{ "
     "draw }}\""},
    {HELP_ENTRY("'rows':[{'a':1},{'a':2}],'name':'n',", "x${{ a }}"), 17, 0,
     "e: $.name: must mention every axis that varies: expected \"${{ a }}\""},

    /* axes that reach nothing */
    {HELP_ENTRY("'params':{'seed':[1,2]},", "x"), 17, 0,
     "e: axis `seed` is used nowhere; for replicas use `repeat`"},
    {HELP_ENTRY("'params':{'seed':[1]},", "x"), 17, 0,
     "e: axis `seed` is used nowhere"},
    {HELP_ENTRY("'params':{'seed':{'uniform':[0,1]}},", "x"), 17, 0,
     "e: axis `seed` is used nowhere"},
    {HELP_ENTRY("'params':{'a':[1,2],'d':{'derive':'${{ a }}'}},"
                "'name':'${{ d }}',",
                "x"),
     17, 0, "e: axis `a` is used nowhere"},
    {HELP_ENTRY("'rows':[{'seed':1},{'seed':2}],", "x"), 17, 0,
     "e: axis `seed` is used nowhere"},

    /* what expand prints is one job */
    {HELP_ENTRY("'index':0,'params':{'a':[1,2]},", "x${{ a }}"), 17, 23,
     "e: $.index: may stand only in an entry of one point, this one has 2"},
    {HELP_ENTRY("'index':-1,", "x"), 17, 23,
     "e: $.index: expected a whole number from 0"},

    /* the definition, as written and as rendered */
    {"{'id':'e','definition':7}", 17, 28,
     "e: $.definition: expected an object"},
    {"{'id':'e','definition':" HELP_ARGS("{'image':'u','comd':'x'}") "}", 17,
     124, "e: $.definition.ops[0].args.comd: unknown key \"comd\""},
    {"{'id':'e','pinataContent':{},'definition':" HELP_CMD("x") "}", 17, 15,
     "e: unknown field \"pinataContent\""},
    {"{'id':'e','definition':{'pinataContent':{},'version':'0.1',"
     "'type':'container','ops':[]}}",
     17, 29, "e: $.definition.pinataContent: unknown key"},
    {"{'id':'e','params':{'g':['no',true]},'definition':" HELP_ARGS(
         "{'image':'u','gpu':'${{ g }}'}") "}",
     17, 157,
     "e: $.definition.ops[0].args.gpu: expected true or false, found a string "
     "(at g=\"no\")"},
    {"{'id':'e','params':{'g':['no',true]},'definition':" HELP_ARGS(
         "{'image':'u','x${{ g }}':1}") "}",
     17, 138,
     "e: $.definition.ops[0].args.xno: unknown key \"xno\" (at g=\"no\")"},
    {"{'id':'e','params':{'g':['é']},'definition':" HELP_ARGS(
         "{'cmd':'${{ g }}','image':'u','gpu':7}") "}",
     17, 168, "e: $.definition.ops[0].args.gpu: expected true or false"},
    {"{'id':'e','params':{'g':['é']},'definition':" HELP_ARGS(
         "{'cmd':'${{ g }}','image':'u','gup':7}") "}",
     17, 162,
     "e: $.definition.ops[0].args.gup: unknown key \"gup\" (did you "
     "mean \"gpu\"?)"},
    {HELP_ENTRY("'params':{'a':[0.5]},", "x${{ a:d }}"), 17, 153,
     "e: $.definition.ops[0].args.cmd: \"a\": format \"d\" expected an "
     "integer of 64 bits, found 0.5"},
    {"{'ops':[],'version':'0.1','type':'container','nope':1}", 17, 50,
     "plain: $.nope: unknown key"},
    {"{'ops':[{'type':'container/run','id':'a','args':{'image':'${{ q }}'}}],"
     "'version':'0.1','type':'container'}",
     17, 63, "plain: $.ops[0].args.image: unknown parameter \"q\""},
};

static const struct err *first_error(const struct bench *b)
{
    for (unsigned i = 0; i < b->errs.count; i++)
        if (b->errs.items[i].code != ERR_WARNING)
            return &b->errs.items[i];
    return NULL;
}

/* Whether the first error is row i's; it is printed where it is not. */
static bool row_holds(const struct bench *b, size_t i)
{
    const struct err *err = first_error(b);

    if (err && err->line == rows[i].line &&
        (rows[i].column == 0 || err->column == rows[i].column) &&
        strncmp(err->message, rows[i].message, strlen(rows[i].message)) == 0 &&
        strcmp(err->file, "m.jsonl") == 0)
        return true;
    print_error("%s\nexpected %u:%u: %s\nfound    %u:%u: %s\n", rows[i].entry,
                rows[i].line, rows[i].column, rows[i].message,
                err ? (unsigned)err->line : 0, err ? (unsigned)err->column : 0,
                err ? err->message : "no error");
    return false;
}

static void errors_tell_place_entry_path_and_point(void **state)
{
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        bench_init(&b);
        b.context.line = 17;
        b.context.column = 5;
        b.context.id = "plain";
        b.context.market_address = help_market;
        bench_compile(&b, rows[i].entry);
        bad += !row_holds(&b, i);
        bench_release(&b);
    }
    assert_int_equal(bad, 0);
}

static void warnings_do_not_stop(void **state)
{
    static const struct {
        const char *entry;
        const char *message; /* NULL: none */
    } warned[] = {
        {HELP_ENTRY("'params':{'c':5},", "x"),
         "e: parameter `c` is used nowhere"},
        {HELP_ENTRY("'params':{'a':[1],'d':{'derive':'${{ a }}'}},",
                    "x${{ a }}"),
         "e: derived parameter `d` is used nowhere"},
        {HELP_ENTRY("'rows':[{'a':1,'b':2}],", "x${{ a }}"),
         "e: column `b` is used nowhere"},
        {"{'id':'e','definition':{'version':'0.1','type':'container',"
         "'ops':[],'meta':{'n':12345678901234567891}}}",
         "e: $.definition.meta.n: the number 12345678901234567891 becomes "
         "12345678901234567000"},
        {"{'id':'e','definition':{'version':'0.1','type':'container',"
         "'ops':[],'meta':{'n':-0.0}}}",
         "e: $.definition.meta.n: the number -0.0 becomes 0: write it as a "
         "string to keep its digits"},
        {"{'id':'e','definition':{'version':'0.1','type':'container',"
         "'ops':[],'meta':{'n':-0.10,'m':-10}}}",
         NULL},
        {HELP_ENTRY("'params':{'c':5},'index':3,", "x"), NULL},
        {HELP_ENTRY("'params':{'a':[1,2],'l':['p','q']},'zip':[['a','l']],"
                    "'name':'${{ l }}',",
                    "x${{ a }}"),
         NULL},
        {HELP_ENTRY("'params':{'a':[1,2]},", "${{ name }}"), NULL},
        {HELP_ENTRY("'params':{'a':[1],'d':{'derive':'${{ a }}'}},",
                    "x${{ d }}"),
         NULL},
        {HELP_ENTRY("'params':{'a':['gpu-a']},'market':'${{ a }}',", "x"),
         NULL},
        {HELP_ENTRY("'params':{'a':[5]},'timeout':'${{ a }}',", "x"), NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof warned / sizeof warned[0]; i++) {
        struct bench b;
        bench_init(&b);
        b.context.market_address = help_market;
        bench_good(&b, warned[i].entry);
        assert_int_equal(b.errs.warnings, warned[i].message ? 1 : 0);
        if (warned[i].message &&
            strncmp(b.errs.items[0].message, warned[i].message,
                    strlen(warned[i].message)) != 0)
            fail_msg("%s", b.errs.items[0].message);
        bench_job(&b, 0);
        bench_release(&b);
    }
}

static void the_headers_problems_are_told_once_and_as_its_own(void **state)
{
    struct entry again;
    struct bench b;

    (void)state;
    bench_init(&b);
    b.context.line = 40;
    bench_defaults(&b, "{'params':{'a':{'rang':1}},\n 'marke':1}");
    bench_compile(&b, HELP_ENTRY("", "x"));
    assert_int_equal(b.errs.errors, 2);
    entry_compile(&again, &b.doc, &b.context, &b.errs);
    entry_release(&again);
    assert_int_equal(b.errs.errors, 2);
    assert_int_equal(b.errs.items[0].line, 2);
    assert_string_equal(b.errs.items[0].message,
                        "unknown field \"marke\" in defaults (did you mean "
                        "\"market\"?)");
    assert_int_equal(b.errs.items[1].line, 1);
    assert_non_null(
        strstr(b.errs.items[1].message, "$.defaults.params.a: unknown"));
    bench_release(&b);
}

static void an_options_problem_has_no_place(void **state)
{
    struct json value;
    struct entry_set set = {"a", &value};
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    json_init(&value);
    assert_int_equal(json_parse(&value, "{\"rang\":1}", 10, &err), 0);
    bench_init(&b);
    b.context.sets = &set;
    b.context.set_count = 1;
    b.context.market = "no market";
    b.context.timeout = "soon";
    bench_compile(&b, HELP_ENTRY("", "x${{ a }}"));
    assert_int_equal(b.errs.errors, 3);
    static const char *const starts[] = {"e: --set: params.a: unknown operator",
                                         "e: --market: expected a market's",
                                         "e: --timeout: expected whole"};
    for (unsigned i = 0; i < 3; i++) {
        assert_null(b.errs.items[i].file);
        assert_int_equal(b.errs.items[i].line, 0);
        if (strncmp(b.errs.items[i].message, starts[i], strlen(starts[i])) != 0)
            fail_msg("%s", b.errs.items[i].message);
    }
    bench_release(&b);
    json_release(&value);
}

static void many_problems_are_counted(void **state)
{
    char text[8192] = "{'id':'e',";
    struct bench b;

    (void)state;
    for (int i = 0; i < 40; i++)
        snprintf(text + strlen(text), 32, "'f%d':0,", i);
    strcat(text, "'definition':" HELP_CMD("${{ q }}") "}");
    bench_init(&b);
    bench_compile(&b, text);
    assert_int_equal(b.errs.count, ERRS_MAX);
    assert_true(b.errs.errors >= ERRS_MAX);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_tell_place_entry_path_and_point),
        cmocka_unit_test(warnings_do_not_stop),
        cmocka_unit_test(the_headers_problems_are_told_once_and_as_its_own),
        cmocka_unit_test(an_options_problem_has_no_place),
        cmocka_unit_test(many_problems_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
