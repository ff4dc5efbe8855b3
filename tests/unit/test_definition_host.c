/*
 * What the schema takes and a host rejects: warnings by either schema.
 */
#include "definition_rows.h"

/* clang-format off */
#define RUN(id, more) "{'type':'container/run','id':'" id "'," more "}"
#define PLAIN(id)     RUN(id, "'args':{'image':'i'}")
#define CMD(cmd)      ARGS("'cmd':'" cmd "'")
#define NEXT(exec)    RUN("b", "'args':{'image':'i'},'execution':{" exec "}")
#define VARS(vars, cmd) \
    HEAD "'global':{'variables':{" vars "}},'ops':[" \
    RUN("a", "'args':{'image':'i','cmd':'" cmd "'}") "]}"
#define DEP           "$.ops[1].execution.depends_on[0]: a host would reject "

static const struct row host_rows[] = {
    {OPS(PLAIN("a") "," NEXT("'depends_on':['a']")), OK, OK, NULL},
    {OPS(PLAIN("a") "," NEXT("'depends_on':['b']")), WARNED, WARNED,
     DEP "this: the operation \"b\" depends on itself"},
    {OPS(PLAIN("train") "," NEXT("'depends_on':['trian']")), WARNED, WARNED,
     DEP "this: no operation is called \"trian\" (did you mean \"train\"?)"},
    {OPS(RUN("a", "'args':{'image':'i'},'execution':{'group':'g'}") ","
         NEXT("'group':'g','depends_on':['a']")), OK, OK, NULL},
    {OPS(RUN("a", "'args':{'image':'i'},'execution':{'group':'g'}") ","
         NEXT("'group':'\\u0067','depends_on':['\\u0061']")), OK, OK, NULL},
    {OPS(RUN("a", "'args':{'image':'i'},'execution':{'group':'g'}") ","
         NEXT("'group':'h','depends_on':['a']")), WARNED, WARNED,
     DEP "this: the operation \"a\" is in another group"},
    /* A host compares the groups as written: none is not the id. */
    {OPS(PLAIN("a") "," NEXT("'group':'a','depends_on':['a']")), WARNED, WARNED,
     "in another group"},
    {OPS(RUN("a", "'args':{'image':'i'},'execution':{'group':'g'}") ","
         NEXT("'depends_on':['a']")), WARNED, WARNED, "in another group"},
    /* Literals within args. */
    {CMD("%%ops.a.host%% %%ops.a.endpoint.80%%"), OK, OK, NULL},
    {CMD("%%ops.a.deployment_endpoint%%"), OK, OK, NULL},
    {CMD("x%%ops.b.host%%y"), WARNED, WARNED,
     A ".cmd: a host would reject this: \"%%ops.b.host%%\" cannot resolve: it "
     "names no operation (did you mean \"a\"?)"},
    {OPS(PLAIN("train") "," PLAIN("trainer") "," PLAIN("zz") ","
         RUN("a", "'args':{'image':'i','cmd':'%%ops.trian.host%%'}")), WARNED,
     WARNED, "names no operation (did you mean \"train\"?)"},
    {CMD("%%ops.a.hots%%"), WARNED, WARNED,
     "an operation has host, endpoint.PORT, deployment_endpoint and "
     "results.NAME"},
    {CMD("%%ops.a.results%%"), OK, OK, NULL},
    {CMD("%%ops.a.endpoint.8099%%"), OK, OK, NULL},
    {CMD("%%ops.a.results.x%%"), WARNED, WARNED,
     "that operation has no \"results\""},
    {OPS(RUN("a", "'args':{'image':'i','cmd':['%%ops.a.results.loss.0%%']},"
             "'results':{'loss':'x'}")), OK, OK, NULL},
    {OPS(RUN("a", "'args':{'image':'i','cmd':['%%ops.a.results.los%%']},"
             "'results':{'loss':'x'}")), WARNED, WARNED,
     A ".cmd[0]: a host would reject this: \"%%ops.a.results.los%%\" cannot "
     "resolve: that operation has no result of this name (did you mean "
     "\"loss\"?)"},
    {CMD("%%ops.a%%"), WARNED, WARNED, "a host leaves \"%%ops.a%%\" as it is"},
    {CMD("%%globals.job%% on a"), OK, OK, NULL},
    {CMD("%%global.host%%.%%globals.project%%.%%global.frps_address%%"), OK, OK,
     NULL},
    {CMD("%%global.jbo%%"), WARNED, WARNED,
     "\"%%global.jbo%%\" cannot resolve: the globals are job, host, project, "
     "frps_address and variables.NAME (did you mean \"job\"?)"},
    {CMD("%%global.job.id%%"), WARNED, WARNED, "this global has no parts"},
    {CMD("%%global.job%% %%global.host%%"), WARNED, WARNED,
     "it is read as one literal"},
    {CMD("%%globals.variables.M%%"), WARNED, WARNED, "a host leaves"},
    {CMD("%%global.variables.M%%"), WARNED, WARNED,
     "there are no \"global.variables\""},
    {VARS("'M':'x'", "%%global.variables.M%%"), OK, OK, NULL},
    {VARS("'M':'x'", "%%ops.variables.M%%"), OK, OK, NULL},
    {VARS("'MODEL':'x'", "%%global.variables.MODLE%%"), WARNED, WARNED,
     "there is no such variable (did you mean \"MODEL\"?)"},
    {VARS("'M':''", "%%global.variables.M%%"), WARNED, WARNED,
     "the variable is empty"},
    {CMD("%%op.a.host%%"), WARNED, WARNED,
     A ".cmd: a host leaves \"%%op.a.host%%\" as it is"},
    {CMD("100%% of %%d and %%s.%%"), OK, OK, NULL},
    {CMD("%%date.now%%"), OK, OK, NULL},
    {CMD("say \\u0025%ops.b.host%% \\\\"), WARNED, WARNED,
     "\"%%ops.b.host%%\" cannot resolve"},
    {ARGS("'env':{'%%ops.b.host%%':'x'}"), OK, OK, NULL}, /* keys are not */
    {ARGS("'env':{'A':'%%ops.b.host%%'}"), WARNED, WARNED, A ".env.A: a host"},
    {MORE("'results':{'r':'%%ops.b.host%%'}"), OK, OK, NULL}, /* args only */
    /* One pass: nothing of this where the schema refuses. */
    {ARGS("'cmd':'%%ops.b.host%%','gpu':1"), REFUSED, REFUSED,
     A ".gpu: expected true or false"},
};
/* clang-format on */

static void what_a_host_rejects_is_warned_of(void **state)
{
    (void)state;
    CHECK_ROWS(host_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_host_rejects_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
