/* Whether all points can be rendered: said of entries, and tried out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry_help.h"

#define TRIED_MOST 5000 /* points; of more, the first and last ones */

enum verdict {
    SOUND,  /* said so, and true */
    FAULTY, /* not said, and some point cannot be rendered */
    UNSURE  /* not said, though all can */
};

static const struct {
    enum verdict verdict;
    const char *json;
} entries[] = {
    {SOUND, HELP_ENTRY("", "always the same")},
    {SOUND, HELP_ENTRY("'params':{'a':[1,2,300],'b':[0.5,'x']},",
                       "x ${{ a:03d }} ${{ b }} ${{ repeat:04x }}")},
    {FAULTY, HELP_ENTRY("'params':{'a':[1,2,'x'],'b':[1,2]},",
                        "x ${{ b }} ${{ a:03d }}")},
    {FAULTY, HELP_ENTRY("'params':{'a':[1,2,-3]},", "x ${{ a:x }}")},
    {FAULTY, HELP_ENTRY("'params':{'a':[1,[2]]},", "x ${{ a }}")},
    {SOUND, HELP_ENTRY("'params':{'a':[1,[2]]},", "x ${{ a:json }}")},
    {FAULTY,
     HELP_ENTRY("'params':{'a':[1,'x']},'name':'q${{ a:d }}',", "x ${{ a }}")},
    {FAULTY,
     HELP_ENTRY("'params':{'a':['x','']},'name':'${{ a }}',", "x ${{ a }}")},
    {FAULTY, HELP_ENTRY("'params':{'a':['x',''],'b':['y','']},"
                        "'name':'${{ a }}${{ b }}',",
                        "x ${{ a }} ${{ b }}")},
    {FAULTY, HELP_ENTRY("'params':{'a':['x','\\u0000']},", "x ${{ a }}")},
    {FAULTY,
     HELP_ENTRY("'params':{'a':['x','\\u0000']},'name':'${{ a:json }}',",
                "x ${{ a:sh }}")},
    {FAULTY,
     HELP_ENTRY("'rows':[{'a':1,'b':2},{'a':2}],", "x ${{ a }} ${{ b }}")},
    {SOUND, HELP_ENTRY("'rows':[{'a':1,'b':2},{'a':2}],", "x ${{ a }}")},
    {SOUND, HELP_ENTRY("'params':{'a':[1,2],'b':['x','y\\u0022'],"
                       "'d':{'derive':'${{ a:02d }}-${{ b }}'},"
                       "'f':{'derive':'${{ d }}/${{ d:json }}'}},"
                       "'name':'${{ f }}',",
                       "x ${{ f }} ${{ name:json }}")},
    {UNSURE, HELP_ENTRY("'params':{'a':[1,2],'b':[3,4],"
                        "'d':{'derive':'${{ a }}${{ b }}'}},",
                        "x ${{ d:sh }}")},
    {FAULTY, HELP_ENTRY("'params':{'a':[1,2],'b':[3,'x'],"
                        "'d':{'derive':'${{ a }}${{ b:d }}'}},",
                        "x ${{ d }}")},
    {SOUND, HELP_ENTRY("'params':{'u':{'uniform':[0,1]},'k':{'randint':[0,9]},"
                       "'c':{'choice':['p','q']}},'draw':{'count':50},",
                       "x ${{ u:.3f }} ${{ k:x }} ${{ c:sh }} ${{ draw:d }}")},
    {FAULTY, HELP_ENTRY("'params':{'c':{'choice':[1,2,3,'p',4,5,6]}},"
                        "'draw':{'count':50},",
                        "x ${{ c:d }}")},
    {FAULTY, HELP_ENTRY("'params':{'k':{'randint':[-9,99]}},"
                        "'draw':{'count':50},",
                        "x ${{ k:x }}")},
    {FAULTY, "{'id':'e','params':{'a':['x','y'],'b':['z','y']},"
             "'definition':" HELP_ARGS("{'image':'u','cmd':'x','env':{"
                                       "'K${{ a }}':'1','K${{ b }}':'2'}}") //
     "}"},
    {UNSURE, "{'id':'e','params':{'a':['x','y']},'definition':" HELP_ARGS(
                 "{'image':'u','cmd':'x','env':{'K${{ a }}':'1'}}") "}"},
    {FAULTY, "{'id':'e','params':{'p':[80,'eighty']},'definition':" HELP_ARGS(
                 "{'image':'u','cmd':'x','expose':'${{ p }}'}") "}"},
    {FAULTY, HELP_ENTRY("'params':{'t':[60,'soon']},'timeout':'${{ t }}',",
                        "x ${{ t }}")},
    {FAULTY, HELP_ENTRY("'params':{'m':['gpu-a','gpu-c']},"
                        "'market':'${{ m }}',",
                        "x ${{ m }}")},
    {FAULTY, HELP_ENTRY("'params':{'h':['" HELP_MARKET "','x']},"
                        "'node':'${{ h }}',",
                        "x ${{ h }}")},
    {SOUND, HELP_ENTRY("'market':'gpu-a','node':'" HELP_MARKET
                       "','timeout':'2h','params':{'a':[1,2]},",
                       "x ${{ a }}")},
    /* Numbers that are counted, too many to be looked at. */
    {SOUND, HELP_ENTRY("'params':{'n':{'range':[1,1000000000000]}},",
                       "x ${{ n:06d }} ${{ n:x }} ${{ n }} ${{ n:.3f }}")},
    {SOUND, HELP_ENTRY("'params':{'n':{'range':[-5000,5000]},"
                       "'m':{'range':[10000,0,-1]},"
                       "'l':{'linspace':[0,1,10001]}},"
                       "'zip':[['n','m','l']],'name':'r${{ n }}/${{ m:x }}',",
                       "x ${{ n:d }} ${{ l:.2e }} ${{ l:g }}")},
    {FAULTY,
     HELP_ENTRY("'params':{'n':{'range':[5000,-5000,-1]}},", "x ${{ n:x }}")},
    {FAULTY,
     HELP_ENTRY("'params':{'n':{'range':[0,5000,0.5]}},", "x ${{ n:d }}")},
    {FAULTY,
     HELP_ENTRY("'params':{'n':{'linspace':[0,5000,5002]}},", "x ${{ n:d }}")},
    {SOUND, HELP_ENTRY("'params':{'n':{'logspace':[1e-300,1e300,100000]},"
                       "'m':[1,2]},",
                       "x ${{ n }} ${{ m }}")},
    {SOUND, HELP_ENTRY("'params':{'a':[1,2]},'repeat':1000000,",
                       "x ${{ a }} ${{ repeat:09d }}")},
    {SOUND, HELP_ENTRY("'params':{'n':{'range':[1,9000]},"
                       "'d':{'derive':'${{ n }}'}},",
                       "x ${{ d }}")},
    {FAULTY, HELP_ENTRY("'params':{'n':{'range':[1,9000,0.5]},"
                        "'d':{'derive':'${{ n:d }}'}},",
                        "x ${{ d }}")},
};
#define ENTRIES (sizeof entries / sizeof entries[0])

static bool renders(struct bench *b, uint64_t index)
{
    struct err ignored;

    return entry_job(&b->entry, index, &b->job, &ignored) == 0;
}

static bool all_render(struct bench *b)
{
    uint64_t points = entry_points(&b->entry);

    for (uint64_t i = 0; i < points && i < TRIED_MOST; i++)
        if (!renders(b, i) || !renders(b, points - 1 - i))
            return false;
    return true;
}

static void it_is_said_only_where_it_is_true(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ENTRIES; i++) {
        struct bench b;
        bench_init(&b);
        b.context.market_address = help_market;
        bench_good(&b, entries[i].json);
        bool said = entry_sound(&b.entry);
        bool is = all_render(&b);
        bool expected = entries[i].verdict == SOUND;
        if (said != expected || is != (entries[i].verdict != FAULTY))
            fail_msg("%s: said %d, is %d", entries[i].json, said, is);
        bench_release(&b);
    }
}

/* An entry of texts of these lengths, which all stand in the job's command. */
static char *long_entry(const char *fields, const char *cmd, size_t a, size_t b)
{
    char *json = malloc(a + b + 1000);
    int used = snprintf(
        json, 1000,
        "{'id':'e',%s'definition':" HELP_CMD("%s") ","
                                                   "'params':{'a':['s','",
        fields, cmd);

    assert_non_null(json);
    char *at = json + used;
    memset(at, 'x', a);
    at += a;
    at += sprintf(at, "'],'b':['s','");
    memset(at, 'y', b);
    strcpy(at + b, "']}}");
    return json;
}

static void expect_long(const char *fields, const char *cmd, size_t a, size_t b,
                        bool sound)
{
    char *json = long_entry(fields, cmd, a, b);
    struct bench bench;

    bench_init(&bench);
    bench_good(&bench, json);
    assert_int_equal(entry_sound(&bench.entry), sound);
    assert_int_equal(all_render(&bench), sound);
    bench_release(&bench);
    free(json);
}

/* Each axis alone may be short enough where two of them are not. */
static void lengths_add_up(void **state)
{
    (void)state;
    expect_long("", "${{ a }}${{ b }}", 130000, 130000, true);
    expect_long("", "${{ a }}${{ b }}", 130000, 133000, false);
    expect_long("", "${{ a }}${{ a }}${{ b }}", 130000, 10, true);
    expect_long("", "${{ a }}${{ a }}${{ b }}", 133000, 10, false);
    expect_long("'name':'${{ a }}${{ b }}',", "${{ a }}${{ b }}", 256, 256,
                true);
    expect_long("'name':'${{ a }}${{ b }}',", "${{ a }}${{ b }}", 256, 257,
                false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_said_only_where_it_is_true),
        cmocka_unit_test(lengths_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
