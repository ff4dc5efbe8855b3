#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry_help.h"

/*
 * Values that would end a string, an array or a document where they were
 * copied unescaped, and what the schema knows as something special.
 */
#define HOSTILE                                                                    \
    "['','\\\"','\\\\','\\u0000','\\n','\\\"],\\\"x\\\":[','}','%%ops.b."          \
    "results.x%%',"                                                                \
    "'%%nope%%','__spread__','__remove-if-empty__',' ','0','é😀','$${{','${{'," \
    "0,-1.5,true,null]"

/* Where any text may stand; each %s gets a placeholder. */
static const char *const free_places[] = {
    "{'image':'%s'}",
    "{'image':'u','cmd':'-%s'}",
    "{'image':'u','cmd':['%s','-%s']}",
    "{'image':'u','entrypoint':'-%s'}",
    "{'image':'u','entrypoint':['%s','b%s']}",
    "{'image':'u','env':{'A':'%s','B':'-%s'}}",
    "{'image':'u','work_dir':'%s'}",
    "{'image':'u','volumes':[{'name':'%s','dest':'/%s'}]}",
};

/* Members of the whole definition, likewise. */
static const char *const free_members[] = {
    "'meta':{'trigger':'-%s','x':'-%s'}",
    "'global':{'image':'%s','work_dir':'%s','entrypoint':['%s']}",
    "'global':{'env':{'A':'%s'},'variables':{'B':'-%s'}}",
    "'global':{'entrypoint':'-%s'}",
};

/* Puts "${{ v }}" in the places of text, and a use of v in any case. */
static void make_entry(const char *args, const char *member, char *out,
                       size_t size)
{
    char args_text[512], member_text[512];
    const char *v = "${{ v }}";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
    snprintf(args_text, sizeof args_text, args, v, v, v);
    snprintf(member_text, sizeof member_text, member, v, v, v);
#pragma GCC diagnostic pop
    snprintf(out, size,
             "{'id':'e','params':{'v':" HOSTILE "},'name':"
             "'n${{ v:json }}','definition':{'version':'0.1',"
             "'type':'container',%s,'ops':[{'type':'container/run',"
             "'id':'a','args':%s}]}}",
             member_text, args_text);
}

/*
 * Every point passes the schema when it is checked, so leaving the check out
 * changes nothing; and it is left out.
 */
static void check_agreement(const char *args, const char *member)
{
    char text[4096];
    struct bench b;
    struct job unchecked;

    make_entry(args, member, text, sizeof text);
    job_init(&unchecked);
    bench_init(&b);
    bench_good(&b, text);
    if (!b.entry.definition.free_text)
        fail_msg("%s %s: every point is checked", args, member);
    assert_int_equal(entry_points(&b.entry), 20);
    for (uint64_t i = 0; i < 20; i++) {
        struct err err = ERR_INIT;
        b.entry.definition.free_text = true;
        assert_int_equal(entry_job(&b.entry, i, &unchecked, &err), 0);
        b.entry.definition.free_text = false;
        bench_job(&b, i);
        assert_string_equal(b.job.cid, unchecked.cid);
    }
    job_release(&unchecked);
    bench_release(&b);
}

static void free_text_never_fails_the_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof free_places / sizeof free_places[0]; i++)
        check_agreement(free_places[i], "'meta':{}");
    for (size_t i = 0; i < sizeof free_members / sizeof free_members[0]; i++)
        check_agreement("{'image':'x${{ v }}'}", free_members[i]);
}

/* Places where a value may be wrong: the second point's is. */
static const struct {
    const char *values;
    const char *definition;
    const char *message;
} checked[] = {
    {"[true,1]", HELP_ARGS("{'image':'u','gpu':'${{ v }}'}"),
     "e: $.definition.ops[0].args.gpu: expected true or false, found a number "
     "(at v=1)"},
    {"['a',7]", HELP_ARGS("{'image':'u','cmd':'${{ v }}'}"),
     "e: $.definition.ops[0].args.cmd: expected a string or a list of strings"},
    {"['a',['b',1]]", HELP_ARGS("{'image':'u','cmd':'${{ v }}'}"),
     "e: $.definition.ops[0].args.cmd[1]: expected a string"},
    {"[80,'80']", HELP_ARGS("{'image':'u','expose':'${{ v }}'}"),
     "e: $.definition.ops[0].args.expose: "},
    {"['a','a b']",
     "{'version':'0.1','type':'container','ops':[{'type':'container/run',"
     "'id':'${{ v }}','args':{'image':'u'}}]}",
     "e: $.definition.ops[0].id: expected an id without spaces"},
    {"['b','a']",
     "{'version':'0.1','type':'container','ops':[{'type':'container/run',"
     "'id':'a','args':{'image':'u'}},{'type':'container/run',"
     "'id':'${{ v }}','args':{'image':'u'}}]}",
     "e: $.definition.ops[1].id: the id \"a\" is taken"},
    {"['run','rum']",
     "{'version':'0.1','type':'container','ops':[{'type':"
     "'container/${{ v }}','id':'a','args':{'image':'u'}}]}",
     "e: $.definition.ops[0].type: "},
    {"['gpu','gup']", HELP_ARGS("{'image':'u','${{ v }}':true}"),
     "e: $.definition.ops[0].args.gup: unknown key \"gup\""},
    {"['x',{'y':[[1]]}]",
     "{'version':'0.1','type':'container','ops':[],'meta':{'v':'${{ v }}'}}",
     "e: $.definition.meta.v.y"},
};

static void every_point_that_could_fail_is_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof checked / sizeof checked[0]; i++) {
        char text[1024];
        struct err err = ERR_INIT;
        struct bench b;
        snprintf(text, sizeof text,
                 "{'id':'e','params':{'v':%s},'definition':%s}",
                 checked[i].values, checked[i].definition);
        bench_init(&b);
        bench_good(&b, text);
        bench_job(&b, 0);
        assert_int_equal(entry_job(&b.entry, 1, &b.job, &err), ERR_DATA);
        if (strncmp(err.message, checked[i].message,
                    strlen(checked[i].message)) != 0)
            fail_msg("%s: %s", text, err.message);
        bench_release(&b);
    }
}

/* A definition whose second point has this many bytes. */
static int render_bytes(size_t bytes, struct err *err)
{
    size_t rest = strlen(HELP_CMD("x"));
    char *fill = malloc(bytes - rest + 1);
    char *text = malloc(bytes + 1000);
    struct bench b;
    int rc;

    assert_non_null(fill);
    assert_non_null(text);
    memset(fill, 'q', bytes - rest);
    fill[bytes - rest] = '\0';
    snprintf(text, bytes + 1000,
             "{'id':'e','params':{'v':['','%s']},'definition':%s}", fill,
             HELP_CMD("x${{ v }}"));
    bench_init(&b);
    bench_good(&b, text);
    rc = entry_job(&b.entry, 1, &b.job, err);
    if (rc == 0)
        assert_int_equal(b.job.definition.len, bytes);
    bench_release(&b);
    free(fill);
    free(text);
    return rc;
}

static void a_definition_over_256_kib_is_refused(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    if (render_bytes(CID_CONTENT_MAX, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(render_bytes(CID_CONTENT_MAX + 1, &err), ERR_LIMIT);
    assert_non_null(strstr(err.message, "e: $.definition: the rendered "
                                        "definition is over 262144 bytes"));
}

static void a_written_definition_over_256_kib_is_refused(void **state)
{
    size_t size = CID_CONTENT_MAX + 1000;
    char *text = malloc(size);
    char *fill = malloc(CID_CONTENT_MAX + 1);
    struct bench b;

    (void)state;
    assert_non_null(text);
    assert_non_null(fill);
    memset(fill, 'q', CID_CONTENT_MAX);
    fill[CID_CONTENT_MAX] = '\0';
    snprintf(text, size, HELP_ENTRY("", "%s"), fill);
    bench_init(&b);
    bench_compile(&b, text);
    assert_int_equal(b.errs.errors, 1);
    assert_int_equal(b.errs.items[0].code, ERR_LIMIT);
    assert_non_null(strstr(b.errs.items[0].message, "over 262144 bytes"));
    bench_release(&b);
    free(text);
    free(fill);
}

/* A name of this many bytes at the second point, which only it renders. */
static int name_bytes(size_t bytes, bool escaped, struct err *err)
{
    char text[8192];
    char fill[4096] = "";
    struct bench b;
    int rc;

    for (size_t i = 0; i < bytes; i++)
        strcat(fill, escaped ? "\\u0001" : "q");
    snprintf(
        text, sizeof text,
        HELP_ENTRY("'params':{'v':['a','%s']},'name':'${{ v }}',", "x${{ v }}"),
        fill);
    bench_init(&b);
    bench_good(&b, text);
    rc = entry_job(&b.entry, 1, &b.job, err);
    if (rc == 0)
        assert_int_equal(b.job.name.len, bytes);
    bench_release(&b);
    return rc;
}

static void a_name_over_its_maximum_is_refused(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(name_bytes(ENTRY_NAME_MAX, false, &err), 0);
    assert_int_equal(name_bytes(ENTRY_NAME_MAX, true, &err), 0);
    assert_int_equal(name_bytes(ENTRY_NAME_MAX + 1, false, &err), ERR_LIMIT);
    assert_non_null(strstr(err.message, "the job's name is over 512 bytes"));
    assert_int_equal(name_bytes(ENTRY_NAME_MAX + 1, true, &err), ERR_LIMIT);
    assert_int_equal(name_bytes(3900, false, &err), ERR_LIMIT);
    assert_non_null(strstr(err.message, "the job's name is over 512 bytes"));
}

static void a_row_without_a_column_in_use_is_refused(void **state)
{
    struct err err = ERR_INIT;
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(
        &b, HELP_ENTRY("'rows':[{'a':1,'b':2},{'a':3}],", "x${{ a }}${{ b }}"));
    bench_job(&b, 0);
    assert_int_equal(entry_job(&b.entry, 1, &b.job, &err), ERR_DATA);
    assert_non_null(strstr(err.message, "e: $.definition.ops[0].args.cmd: the "
                                        "point has no \"b\" (at a=3"));
    bench_release(&b);
}

static void strict_is_stricter(void **state)
{
    const char *text = "{'id':'e','params':{'v':[1,2]},'definition':" HELP_ARGS(
        "{'image':'u','cmd':'x${{ v }}','output':'o'}") "}";
    struct bench b;

    (void)state;
    bench_init(&b);
    bench_good(&b, text);
    assert_int_equal(b.errs.warnings, 1);
    bench_release(&b);
    bench_init(&b);
    b.context.schema = DEFINITION_STRICT;
    bench_compile(&b, text);
    assert_int_equal(b.errs.errors, 1);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_text_never_fails_the_schema),
        cmocka_unit_test(every_point_that_could_fail_is_checked),
        cmocka_unit_test(a_definition_over_256_kib_is_refused),
        cmocka_unit_test(a_written_definition_over_256_kib_is_refused),
        cmocka_unit_test(a_name_over_its_maximum_is_refused),
        cmocka_unit_test(a_row_without_a_column_in_use_is_refused),
        cmocka_unit_test(strict_is_stricter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
