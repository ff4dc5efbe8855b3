/* A job by its key first, by neighbours, and in any order: always the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "entry_help.h"

#define LONG                                                            \
    "'cmd':'train --data /a/rather/long/path/that/fills/more/than/one/" \
    "block/of/sha-256/before/any/placeholder --lr ${{ lr }} --n ${{ n }}'"

/* Entries of at most some dozens of points, of every kind of parameter. */
static const char *const entries[] = {
    HELP_ENTRY("'params':{'lr':[0.1,0.01,'x\\u0022'],'n':{'range':[8,12]}},",
               "${{ lr }} ${{ n }}"),
    "{'id':'e','market':'" HELP_MARKET
    "','params':{'lr':[0.1,0.01],'n':{'range':[98,103]}},"
    "'definition':" HELP_ARGS("{'image':'u'," LONG "}") "}",
    HELP_ENTRY("'market':'" HELP_MARKET "',"
               "'params':{'lr':{'linspace':[0,1,5]},'n':{'logspace':[1,9,4]}},",
               "${{ lr }} ${{ n }}"),
    HELP_ENTRY("'market':'gpu-a','timeout':'${{ n }}m','params':{'a':[1,2,3],"
               "'n':[5,50,500],'c':7},'zip':[['a','n']],'repeat':2,",
               "${{ a }} ${{ c }} ${{ repeat }}"),
    HELP_ENTRY("'market':'gpu-${{ m }}','params':{'m':['a','b']},"
               "'rows':[{'a':1,'b':[2]},{'a':null},{'a':'3','b':{}}],"
               "'repeat':2,",
               "x ${{ a }} ${{ m }}"),
    HELP_ENTRY("'market':'gpu-a','params':{'u':{'uniform':[0,1]},"
               "'k':{'randint':[1,9]},'c':{'choice':['p','q']},'s':[1,2]},"
               "'draw':{'count':5,'seed':3},'repeat':2,",
               "${{ u }} ${{ k }} ${{ c }} ${{ s }}"),
    HELP_ENTRY("'market':'gpu-a','params':{'a':[1,20],'b':[3,4],"
               "'d':{'derive':'k${{ a }}'},'f':{'derive':'${{ d }}/${{ b }}'}},"
               "'name':'${{ f }}',",
               "${{ f:json }} ${{ name }} ${{ b:03d }}"),
    "{'id':'e','market':'gpu-a','node':'" HELP_MARKET
    "','params':{'a':['x','y'],'b':[1,2]},'definition':" HELP_ARGS(
        "{'image':'u','cmd':'x','env':{'K${{ a }}':'${{ b }}'}}") "}",
    HELP_ENTRY("'market':'gpu-a','params':{'n':[1,2]},'timeout':'${{ n "
               "}}h','name':'r${{ n }}-${{ repeat }}',"
               "'repeat':3,",
               "always the same"),
    HELP_ENTRY("'market':'gpu-a','index':7,'repeat':3,", "given"),
};
#define ENTRIES (sizeof entries / sizeof entries[0])

static void same_text(const struct buf *a, const struct buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_string_equal(buf_str(a), buf_str(b));
}

static void same_for_key(const struct job *a, const struct job *b)
{
    assert_true(a->index == b->index && a->repeat == b->repeat &&
                a->draw == b->draw && a->timeout_s == b->timeout_s);
    assert_true(a->has_market == b->has_market &&
                a->has_address == b->has_address && a->has_node == b->has_node);
    assert_memory_equal(a->market, b->market, sizeof a->market);
    assert_memory_equal(a->node, b->node, sizeof a->node);
    assert_memory_equal(a->key, b->key, sizeof a->key);
    assert_memory_equal(a->digest, b->digest, sizeof a->digest);
    assert_string_equal(a->market_text, b->market_text);
    same_text(&a->definition, &b->definition);
}

static void same(const struct job *a, const struct job *b)
{
    same_for_key(a, b);
    assert_string_equal(a->cid, b->cid);
    same_text(&a->name, &b->name);
    same_text(&a->params, &b->params);
}

static void open(struct bench *b, const char *text)
{
    bench_init(b);
    b->context.market_address = help_market;
    bench_good(b, text);
}

/* The job of a point by an entry that has computed none but its first. */
static void fresh(const char *text, uint64_t index, struct bench *b)
{
    open(b, text);
    bench_job(b, index);
}

/* Goes through all points in steps of `step`, round and round. */
static void walk(const char *text, uint64_t step, bool by_key)
{
    struct bench b, other;

    open(&b, text);
    uint64_t points = entry_points(&b.entry);
    for (uint64_t i = 0; i < points; i++) {
        uint64_t index = i * step % points;
        struct err err = ERR_INIT;
        fresh(text, index, &other);
        if (by_key) {
            assert_int_equal(entry_key(&b.entry, index, &b.job, &err), 0);
            same_for_key(&b.job, &other.job);
            if (index % 2 == 0) {
                assert_int_equal(entry_add_name(&b.entry, &b.job, &err), 0);
                same_text(&b.job.name, &other.job.name);
            }
            assert_int_equal(entry_complete(&b.entry, &b.job, &err), 0);
        } else {
            bench_job(&b, index);
        }
        same(&b.job, &other.job);
        bench_release(&other);
    }
    bench_release(&b);
}

static void neighbours_are_what_each_is_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENTRIES; i++)
        walk(entries[i], 1, false);
}

static void any_order_gives_the_same_jobs(void **state)
{
    static const uint64_t steps[] = {0, 2, 7, 11};

    (void)state;
    for (size_t i = 0; i < ENTRIES; i++)
        for (size_t j = 0; j < sizeof steps / sizeof steps[0]; j++)
            walk(entries[i], steps[j], false);
}

static void a_key_first_is_the_same_job(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENTRIES; i++) {
        walk(entries[i], 1, true);
        walk(entries[i], 7, true);
    }
}

/* What is not needed for the key is not there until it is asked for. */
static void a_key_leaves_the_rest_to_later(void **state)
{
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    open(&b, entries[1]);
    assert_int_equal(entry_key(&b.entry, 3, &b.job, &err), 0);
    assert_int_equal(b.job.name.len, 0);
    assert_int_equal(b.job.params.len, 0);
    assert_string_equal(b.job.cid, "");
    bench_release(&b);
}

/* A point at fault leaves nothing behind that the next one would take. */
static void a_fault_is_forgotten(void **state)
{
    static const char text[] = HELP_ENTRY("'params':{'a':[1,2],'b':[1,'x',3]},",
                                          "${{ a }} ${{ b:03d }}");
    struct bench b, other;
    struct err err = ERR_INIT;

    (void)state;
    open(&b, text);
    for (uint64_t i = 0; i < 6; i++) {
        int rc = entry_key(&b.entry, i, &b.job, &err);
        assert_int_equal(rc, i % 3 == 1 ? ERR_DATA : 0);
        if (rc < 0)
            continue;
        fresh(text, i, &other);
        same_for_key(&b.job, &other.job);
        bench_release(&other);
    }
    bench_release(&b);
}

/* A name that is no name is found where the name is asked for. */
static void the_rest_may_be_at_fault(void **state)
{
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    open(&b,
         HELP_ENTRY("'params':{'a':['x','']},'name':'${{ a }}',", "${{ a }}"));
    assert_int_equal(entry_key(&b.entry, 1, &b.job, &err), 0);
    assert_int_equal(entry_add_name(&b.entry, &b.job, &err), ERR_DATA);
    assert_int_equal(entry_key(&b.entry, 1, &b.job, &err), 0);
    assert_int_equal(entry_complete(&b.entry, &b.job, &err), ERR_DATA);
    assert_string_equal(err.message,
                        "e: $.name: the job's name is empty (at a=\"\")");
    assert_int_equal(entry_job(&b.entry, 1, &b.job, &err), ERR_DATA);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_what_each_is_alone),
        cmocka_unit_test(any_order_gives_the_same_jobs),
        cmocka_unit_test(a_key_first_is_the_same_job),
        cmocka_unit_test(a_key_leaves_the_rest_to_later),
        cmocka_unit_test(a_fault_is_forgotten),
        cmocka_unit_test(the_rest_may_be_at_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
