/* What is sure of all points without looking at them: never more than holds. */
/* The same numbers each time are wanted:
   NOLINTBEGIN(cert-msc30-c,cert-msc32-c,cert-msc50-cpp,cert-msc51-cpp) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry_help.h"

/* Whether two points have one name; and whether two are one job. */
static void look(struct bench *b, bool *name, bool *key)
{
    struct {
        char name[ENTRY_NAME_MAX];
        char cid[CID_TEXT_MAX];
        uint64_t repeat;
    } * all;
    size_t points = (size_t)entry_points(&b->entry);

    all = calloc(points, sizeof *all);
    assert_non_null(all);
    *name = *key = false;
    for (size_t i = 0; i < points; i++) {
        bench_job(b, i);
        snprintf(all[i].name, sizeof all[i].name, "%s", buf_str(&b->job.name));
        memcpy(all[i].cid, b->job.cid, sizeof all[i].cid);
        all[i].repeat = b->job.repeat;
        for (size_t k = 0; k < i; k++) {
            *name |= strcmp(all[i].name, all[k].name) == 0;
            *key |= strcmp(all[i].cid, all[k].cid) == 0 &&
                    all[i].repeat == all[k].repeat;
        }
    }
    free(all);
}

static const struct {
    const char *fields, *cmd;
    bool names, keys; /* proved */
} rows[] = {
    {"", "x", true, true},
    {"'params':{'a':[1,2],'b':[1,2]},", "${{ a }} ${{ b }}", true, true},
    {"'params':{'a':[1,2],'b':{'range':[1,5]}},'repeat':3,",
     "${{ a }}-${{ b }}", true, true},
    /* One digit each: where the first ends is sure. */
    {"'params':{'a':[1,2],'b':[1,2]},", "${{ a }}${{ b }}", true, true},
    {"'params':{'a':[1,11],'b':[1,11]},", "${{ a }}${{ b }}", true, false},
    {"'params':{'a':[1,11],'b':[1,11]},", "${{ a:02d }}${{ b }}", true, true},
    {"'params':{'a':[1,2],'b':[-1,-2]},", "${{ a }}-${{ b }}", true, true},
    {"'params':{'a':[-1,-22],'b':[1,2]},", "${{ a }}-${{ b }}", true, false},
    {"'params':{'a':['x','x y'],'b':['z','y z']},", "${{ a }} ${{ b }}", true,
     false},
    {"'params':{'a':['x','x,b=1'],'b':[1,2]},", "${{ b }} ${{ a }}", false,
     true},
    {"'params':{'a':['x','x#1']},'repeat':2,", "n ${{ a }}", false, true},
    {"'params':{'a':['1',1]},", "n ${{ a }}", false, false},
    {"'params':{'a':[0.11,0.12]},", "n ${{ a:.1f }}", true, false},
    {"'params':{'a':[0.11,0.12]},'name':'n-${{ a:.1f }}',", "n ${{ a }}", false,
     true},
    {"'params':{'a':[0.11,0.12]},'name':'n-${{ a }}',", "n ${{ a }}", true,
     true},
    {"'params':{'a':[1,2],'b':[3,3]},'zip':[['a','b']],", "${{ b }} ${{ a }}",
     true, true},
    {"'params':{'a':[1,2],'b':[3,3]},'zip':[['a','b']],'name':'x${{ a }}',",
     "n ${{ b }}", true, false},
    {"'params':{'a':[1,2],'b':[1,2],'c':{'derive':'${{ a }}-${{ b }}'}},",
     "run ${{ c }}", true, true},
    {"'params':{'a':[1,2],'b':[1,2],'c':{'derive':'${{ a }}-${{ b }}'}},"
     "'name':'${{ c }}',",
     "run ${{ c:sh }}", true, false},
    {"'params':{'a':[1,2],'c':{'derive':'${{ a:03d }}'}},'name':'${{ c }}',",
     "n ${{ c }}", true, true},
    {"'draw':{'count':4},'params':{'a':{'uniform':[0,1]}},", "n ${{ a }}", true,
     true},
    {"'draw':{'count':9},'params':{'a':{'choice':[1,2]}},", "n ${{ a }}", false,
     false},
    {"'draw':{'count':9},'params':{'a':{'choice':[1,2]}},",
     "${{ draw }} ${{ a }}", false, true},
    {"'rows':[{'a':1,'b':2},{'a':2,'b':2}],", "${{ a }} ${{ b }}", true, true},
    {"'params':{'c':[1,2]},'rows':[{'a':1},{'a':2,'b':2}],",
     "${{ c }} ${{ a }}", true, true},
    {"'params':{'c':[1,2]},'rows':[{'b':1,'a':1},{'a':2}],",
     "${{ c }} ${{ a }}", false, true},
    {"'params':{'a':[1,2]},", "n ${{ name }}", true, false},
    {"'params':{'a':{'range':[1,9000000000]},'b':{'range':[1,90000]}},",
     "${{ a }} ${{ b }}", true, true},
    {"'params':{'a':{'range':[1,9000000000]},'b':{'range':[1,90000]}},",
     "${{ a }}e${{ b }}", true, false},
    {"'params':{'a':{'linspace':[1,1,9000]}},", "n ${{ a }}", false, false},
    {"'params':{'a':{'range':[1,9000000000]}},", "n ${{ a:d }}", true, true},
    {"'params':{'a':{'range':[1,9000000000]}},", "n ${{ a:08x }} m", true,
     true},
    {"'params':{'a':{'range':[1,9000000000]}},", "n ${{ a:8d }}", true, false},
    {"'params':{'a':{'range':[1,9000000000]}},", "n ${{ a:-8d }} m", true,
     false},
    {"'params':{'a':{'range':[1,9000000000]}},", "n ${{ a:08.3d }}", true,
     false},
    {"'params':{'a':{'range':[0,9000000,0.5]}},", "n ${{ a:d }}", true, false},
    {"'params':{'a':{'range':[1,9000000000]},'b':{'range':[1,90000]}},",
     "${{ a:d }}a${{ b:x }}", true, false},
};

static void what_is_proved(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct entry_distinct distinct;
        char text[2048];
        struct bench b;

        bench_init(&b);
        snprintf(text, sizeof text,
                 "{'id':'e',%s'definition':" HELP_CMD("%s") "}", rows[i].fields,
                 rows[i].cmd);
        bench_good(&b, text);
        entry_distinct(&b.entry, &distinct);
        if (distinct.names != rows[i].names || distinct.keys != rows[i].keys)
            fail_msg("%s: names %d, keys %d", text, distinct.names,
                     distinct.keys);
        bench_release(&b);
    }
}

/* An object whose keys hold placeholders is ordered when it is rendered. */
static void keys_of_objects_prove_nothing(void **state)
{
    struct entry_distinct distinct;
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b,
               "{'id':'e','params':{'a':['p','q']},'definition':" HELP_ARGS(
                   "{'image':'u','env':{'${{ a }}':'1','z':'${{ a }}'}}") "}");
    entry_distinct(&b.entry, &distinct);
    assert_true(distinct.names);
    assert_false(distinct.keys);
    bench_release(&b);
}

/* --- at random ------------------------------------------------------------ */

static const char *pick(const char *const *from, size_t count)
{
    return from[(size_t)rand() % count];
}
#define PICK(from) pick(from, sizeof from / sizeof from[0])

static void add_param(char *out, char name)
{
    static const char *const values[] = {
        "1",    "11",  "-1", "111", "'1'", "'a'",  "'1 1'", "0.5",
        "1e-7", "'-'", "12", "21",  "''",  "'b1'", "true",  "'\\\\\\\\'"};
    int count = 1 + rand() % 3;

    sprintf(out + strlen(out), "'%c':[", name);
    for (int i = 0; i < count; i++)
        sprintf(out + strlen(out), "%s%s", i ? "," : "", PICK(values));
    strcat(out, "],");
}

/* Placeholders with little or nothing between them. */
static void add_text(char *out)
{
    static const char *const between[] = {"", "", " ", "-", "1", "x", ","};
    static const char *const slots[] = {
        "${{ a }}",    "${{ b }}", "${{ c }}",      "${{ a }}",     "${{ b }}",
        "${{ c:sh }}", "${{ d }}", "${{ repeat }}", "${{ a:json }}"};
    int count = 3 + rand() % 3;

    strcat(out, "${{ a }}");
    for (int i = 0; i < count; i++) {
        strcat(out, PICK(between));
        strcat(out, i == 0 ? "${{ b }}" : i == 1 ? "${{ c }}" : PICK(slots));
    }
    if (!strstr(out, "repeat"))
        strcat(out, PICK(between));
}

/* What is said to be sure is compared with all points. */
static void nothing_is_proved_that_does_not_hold(void **state)
{
    static const char *const derives[] = {"'x${{ a }}'", "'${{ a }}${{ b }}'",
                                          "'${{ b }}'", "'${{ a }} ${{ b }}'"};
    unsigned proved = 0;
    unsigned same = 0;

    (void)state;
    srand(20261123);
    for (int i = 0; i < 3000; i++) {
        struct entry_distinct distinct;
        char cmd[1024] = "";
        char label[1024] = "";
        char text[4096] = "{'id':'e','params':{";
        bool name, key;
        struct bench b;

        add_text(cmd);
        add_text(label);
        for (int c = 'a'; c < 'd'; c++)
            add_param(text, (char)c);
        sprintf(text + strlen(text), "'d':{'derive':%s}},'repeat':%d,",
                PICK(derives), 1 + rand() % 2);
        if (rand() % 2)
            sprintf(text + strlen(text), "'name':'%s ${{ repeat }}',", label);
        sprintf(text + strlen(text), "'definition':" HELP_CMD("%s") "}", cmd);
        bench_init(&b);
        bench_good(&b, text);
        entry_distinct(&b.entry, &distinct);
        look(&b, &name, &key);
        if ((name && distinct.names) || (key && distinct.keys))
            fail_msg("%s: names %d but %d, keys %d but %d", text,
                     distinct.names, name, distinct.keys, key);
        proved += (unsigned)distinct.names + (unsigned)distinct.keys;
        same += (unsigned)name + (unsigned)key;
        bench_release(&b);
    }
    /* Else this shows nothing. */
    assert_true(proved > 1000);
    assert_true(same > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_proved),
        cmocka_unit_test(keys_of_objects_prove_nothing),
        cmocka_unit_test(nothing_is_proved_that_does_not_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(cert-msc30-c,cert-msc32-c,cert-msc50-cpp,cert-msc51-cpp) */
