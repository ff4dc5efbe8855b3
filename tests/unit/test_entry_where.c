#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "entry_help.h"

#define GRID "'params':{'lr':[0.1,0.01,0.001],'n':{'range':[1,4]}},"
#define USE  "${{ lr }} ${{ n }}"

/*
 * Entries and the points that their `where` takes, "x" for each in order.
 * \\u0027 is a single quote, which stands for a double one where it is bare.
 */
static const struct {
    const char *entry;
    const char *taken;
} rows[] = {
    {HELP_ENTRY(GRID, USE), "xxxxxxxxxxxx"},
    {HELP_ENTRY(GRID "'where':'lr == 0.1',", USE), "xxxx--------"},
    {HELP_ENTRY(GRID "'where':'n > 2 && lr < 0.1',", USE), "------xx--xx"},
    {HELP_ENTRY(GRID "'where':'n in [1, 4] || lr == 1e-3',", USE),
     "x--xx--xxxxx"},
    {HELP_ENTRY(GRID "'where':'false',", USE), "------------"},
    {HELP_ENTRY("'where':'true',", "x"), "x"},
    /* built in */
    {HELP_ENTRY("'repeat':3,'where':'repeat != 1',", "x"), "x-x"},
    {HELP_ENTRY("'params':{'u':{'uniform':[0,1]}},'draw':{'count':4},"
                "'where':'draw >= 2 && u <= 1',",
                "x${{ u }}"),
     "--xx"},
    {HELP_ENTRY(GRID "'where':'id == \\'e\\' && n == 1',", USE),
     "x---x---x---"},
    {HELP_ENTRY(GRID "'where':'name == \\'e/lr=0.01,n=2\\'',", USE),
     "-----x------"},
    {HELP_ENTRY(GRID "'name':'${{ n }}-${{ lr }}',"
                     "'where':'name like \\'3-*\\'',",
                USE),
     "--x---x---x-"},
    {HELP_ENTRY("'market':'gpu-a','where':'market == \\'gpu-a\\'',", "x"), "x"},
    {HELP_ENTRY("'market':'gpu-a','where':'market == \\'gpu-b\\'',", "x"), "-"},
    {HELP_ENTRY("'market':'" HELP_MARKET "','where':'market like \\'7A*\\'',",
                "x"),
     "x"},
    {HELP_ENTRY("'market':'gpu-${{ m }}','params':{'m':['a','b']},"
                "'where':'market == \\'gpu-b\\'',",
                "x"),
     "-x"},
    {HELP_ENTRY("'where':'market == \\'gpu-b\\' || true',", "x"), "x"},
    {HELP_ENTRY("'where':'market == \\'gpu-b\\' || !(market in [])',", "x"),
     "-"},
    /* derived, lists, rows with gaps, constants */
    {HELP_ENTRY("'params':{'a':[1,2],'b':{'derive':'k${{ a }}'}},"
                "'where':'b == \\'k2\\'',",
                "${{ b }}"),
     "-x"},
    {HELP_ENTRY("'params':{'a':[1,2],'b':{'derive':'k${{ a }}'},"
                "'c':{'derive':'${{ b }}!'}},'where':'c != b && c > \\'k2\\'',",
                "${{ c }}"),
     "-x"},
    {HELP_ENTRY("'rows':[{'a':1,'b':2},{'a':2},{'a':3,'b':null}],"
                "'where':'b == 2',",
                "x ${{ a }}"),
     "x--"},
    {HELP_ENTRY("'rows':[{'a':1,'b':2},{'a':2},{'a':3,'b':null}],"
                "'where':'!(b == 2)',",
                "x ${{ a }}"),
     "--x"},
    {HELP_ENTRY("'rows':[{'a':1,'b':2},{'a':2},{'a':3,'b':null}],"
                "'where':'b == null || b != null',",
                "x ${{ a }}"),
     "x-x"},
    {HELP_ENTRY("'params':{'a':[null,true,1]},'where':'a == null',",
                "x ${{ a:json }}"),
     "x--"},
    {HELP_ENTRY("'params':{'a':['x\\u0022y','x\\ty','xy']},"
                "'where':'a == \\'x\\\\ty\\' || a like \\'x?y\\' && "
                "a < \\'x0\\'',",
                "${{ a }}"),
     "xx-"},
    /* one point, as `expand` prints it */
    {HELP_ENTRY("'index':7,'repeat':3,'where':'repeat == 3',", "x"), "x"},
};

static bool row_holds(size_t i)
{
    char found[32] = "";
    struct err err = ERR_INIT;
    struct bench b;

    bench_init(&b);
    b.context.market_address = help_market;
    bench_good(&b, rows[i].entry);
    for (uint64_t at = 0; at < entry_points(&b.entry); at++) {
        int rc = entry_selects(&b.entry, at, &err);
        if (rc < 0)
            print_error("%s\n", err.message);
        strcat(found, rc < 0 ? "?" : rc > 0 ? "x" : "-");
    }
    bench_release(&b);
    if (strcmp(found, rows[i].taken) != 0)
        print_error("%s\nexpected %s\nfound    %s\n", rows[i].entry,
                    rows[i].taken, found);
    return strcmp(found, rows[i].taken) == 0;
}

static void where_takes_points(void **state)
{
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        bad += !row_holds(i);
    assert_int_equal(bad, 0);
}

/* The entry stands at line 17, column 5 of the file. */
static const struct {
    const char *entry;
    unsigned line, column;
    const char *message;
} faults[] = {
    {HELP_ENTRY("'where':'',", "x"), 17, 24,
     "e: $.where: the expression is empty"},
    {HELP_ENTRY("'where':'1 ==',", "x"), 17, 28,
     "e: $.where: expected a name or a value, found the end"},
    {HELP_ENTRY("\n 'where':'1 = 1',", "x"), 18, 13,
     "e: $.where: expected \"==\", found \"=\""},
    {HELP_ENTRY(GRID "'where':'lr > 0 && m > 1',", USE), 17, 87,
     "e: $.where: unknown name \"m\" (did you mean \"n\"?)"},
    {HELP_ENTRY(GRID "'where':'repaet > 1',", USE), 17, 77,
     "e: $.where: unknown name \"repaet\" (did you mean \"repeat\"?)"},
    {HELP_ENTRY("'where':'state == 1',", "x"), 17, 24,
     "e: $.where: \"state\" is known of jobs in a ledger only, as in "
     "\"nosbatch results --where\""},
    {HELP_ENTRY("'where':'true && age > 1',", "x"), 17, 32,
     "e: $.where: \"age\" is known of jobs in a ledger only, as in \"nosbatch "
     "results --where\""},
    /* Escapes take several columns of the file, and one of the text. */
    {HELP_ENTRY("'where':'\\u0074rue && \\'é\\' == \\'é\\' && b',", "x"), 17,
     55, "e: $.where: unknown name \"b\""},
    {HELP_ENTRY("'where':['a'],", "x"), 17, 23,
     "e: $.where: expected a string, found a list"},
    {HELP_ENTRY("'where':'a\\u0000b',", "x"), 17, 24,
     "e: $.where: the expression is not UTF-8 text"},
    /* of a point */
    {HELP_ENTRY(GRID "'where':'lr > \\'a\\'',", USE), 17, 77,
     "e: $.where: cannot order lr, which is the number 0.1, and the string "
     "\"a\" (at lr=0.1, n=1)"},
    {HELP_ENTRY(GRID "'where':'n > 3 || lr',", USE), 17, 86,
     "e: $.where: expected true or false, found lr, which is the number 0.1 "
     "(at lr=0.1, n=1)"},
    {HELP_ENTRY("'params':{'a':[1]},'market':'${{ a }}',"
                "'where':'market == \\'x\\'',",
                "${{ a }}"),
     17, 43, "e: $.market: unknown market \"1\""},
};

static bool fault_holds(size_t i)
{
    const struct err *err = NULL;
    struct bench b;

    bench_init(&b);
    b.context.line = 17;
    b.context.column = 5;
    b.context.market_address = help_market;
    bench_compile(&b, faults[i].entry);
    for (unsigned at = 0; at < b.errs.count && !err; at++)
        if (b.errs.items[at].code != ERR_WARNING)
            err = &b.errs.items[at];
    bool good = err && err->line == faults[i].line &&
                err->column == faults[i].column &&
                strcmp(err->message, faults[i].message) == 0;
    if (!good)
        print_error("%s\nexpected %u:%u: %s\nfound    %u:%u: %s\n",
                    faults[i].entry, faults[i].line, faults[i].column,
                    faults[i].message, err ? (unsigned)err->line : 0,
                    err ? (unsigned)err->column : 0,
                    err ? err->message : "no error");
    bench_release(&b);
    return good;
}

static void faults_stand_where_they_are_written(void **state)
{
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        bad += !fault_holds(i);
    assert_int_equal(bad, 0);
}

/* The first one that is checked is the first one that is taken. */
static void points_that_are_left_out_are_not_checked(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'params':{'t':[0,60]},'timeout':'${{ t }}',"
                              "'where':'t > 0',",
                              "x"));
    assert_int_equal(b.errs.errors, 0);
    bench_job(&b, 1);
    assert_int_equal(b.job.timeout_s, 60);
    bench_release(&b);
}

static void an_entry_that_takes_nothing_is_no_error(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'params':{'t':[0]},'timeout':'${{ t }}',"
                              "'where':'t > 0',",
                              "x"));
    assert_int_equal(entry_points(&b.entry), 1);
    bench_release(&b);
}

static void what_where_mentions_is_used(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'params':{'c':5},'where':'c == 5',", "x"));
    assert_int_equal(b.errs.warnings, 0);
    bench_release(&b);
    /* But an axis that only filters would post the same job twice. */
    bench_init(&b);
    bench_compile(&b,
                  HELP_ENTRY("'params':{'c':[5,6]},'where':'c == 5',", "x"));
    assert_int_equal(b.errs.errors, 1);
    bench_release(&b);
}

/* --- expressions of others ------------------------------------------------ */

static enum expr_truth truth_at(struct bench *b, const char *text,
                                uint64_t index)
{
    enum expr_truth truth = EXPR_UNKNOWN;
    struct err err = ERR_INIT;
    struct arena arena;
    struct expr expr;

    arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(expr_compile(&expr, text, strlen(text), &arena, &err), 0);
    entry_bind(&b->entry, &expr);
    assert_int_equal(entry_seek(&b->entry, index, &err), 0);
    assert_int_equal(entry_test(&b->entry, &expr, &truth, &err), 0);
    arena_release(&arena);
    return truth;
}

static void other_expressions_are_bound_to_an_entry(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY(GRID, USE));
    assert_int_equal(truth_at(&b, "lr == 0.01 && n == 2", 5), EXPR_TRUE);
    assert_int_equal(truth_at(&b, "lr == 0.01 && n == 2", 6), EXPR_FALSE);
    assert_int_equal(truth_at(&b, "unheard_of == 1", 0), EXPR_UNKNOWN);
    assert_int_equal(truth_at(&b, "!(unheard_of == 1)", 0), EXPR_UNKNOWN);
    assert_int_equal(truth_at(&b, "state == 1", 0), EXPR_UNKNOWN);
    assert_int_equal(truth_at(&b, "market == 'x'", 0), EXPR_UNKNOWN);
    bench_release(&b);
}

static void an_address_is_as_good_as_its_slug(void **state)
{
    char text[256];
    char address[BASE58_TEXT_MAX];
    const uint8_t ones[32] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    struct bench b;

    (void)state;
    bench_init(&b);
    b.context.market_address = help_market;
    bench_good(&b, HELP_ENTRY("'market':'gpu-a',", "x"));
    base58_encode(ones, sizeof ones, address);
    snprintf(text, sizeof text, "market == '%s' && market == 'gpu-a'", address);
    assert_int_equal(truth_at(&b, text, 0), EXPR_TRUE);
    bench_release(&b);
}

/* Looking at a point leaves the job that is rendered next as it was. */
static void tests_and_jobs_do_not_disturb_each_other(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, HELP_ENTRY("'params':{'a':[1,2],'b':{'derive':'${{ a }}!'}},"
                              "'name':'n-${{ b }}',",
                              "${{ b }} ${{ name }}"));
    assert_int_equal(truth_at(&b, "name == 'n-2!' && b == '2!'", 1), EXPR_TRUE);
    bench_job(&b, 0);
    assert_string_equal(buf_str(&b.job.name), "n-1!");
    assert_non_null(strstr(buf_str(&b.job.definition), "1! n-1!"));
    assert_int_equal(truth_at(&b, "name == 'n-2!'", 1), EXPR_TRUE);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_takes_points),
        cmocka_unit_test(faults_stand_where_they_are_written),
        cmocka_unit_test(points_that_are_left_out_are_not_checked),
        cmocka_unit_test(an_entry_that_takes_nothing_is_no_error),
        cmocka_unit_test(what_where_mentions_is_used),
        cmocka_unit_test(other_expressions_are_bound_to_an_entry),
        cmocka_unit_test(an_address_is_as_good_as_its_slug),
        cmocka_unit_test(tests_and_jobs_do_not_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
