/*
 * Operations: ids, types, the shape of args, results, execution.
 */
#include "definition_rows.h"

/* clang-format off */
static const struct row op_rows[] = {
    {MORE("'results':{}"), OK, OK, NULL},
    {OPS("7"), REFUSED, REFUSED, "$.ops[0]: expected an object, found a number"},
    {OPS("{'id':'a','args':{'image':'i'}}"), REFUSED, REFUSED,
     "$.ops[0]: missing \"type\""},
    {OPS("{'type':'container/run','args':{'image':'i'}}"), REFUSED, REFUSED,
     "$.ops[0]: missing \"id\""},
    {OPS("{'type':'container/run','id':'a'}"), REFUSED, REFUSED,
     "$.ops[0]: missing \"args\""},
    {OPS("{'type':'container/rnu','id':'a','args':{'image':'i'}}"), REFUSED,
     REFUSED, "$.ops[0].type: expected \"container/run\" or "
     "\"container/create-volume\", found \"container/rnu\" (did you mean "
     "\"container/run\"?)"},
    {OPS("{'type':null,'id':'a','args':{'image':'i'}}"), REFUSED, REFUSED,
     "found null"},
    {OP("'argz':{'image':'i'}"), REFUSED, REFUSED,
     "$.ops[0].argz: unknown key \"argz\" (did you mean \"args\"?)"},
    {OP("'args':[]"), REFUSED, REFUSED,
     "$.ops[0].args: expected an object, found a list"},
    /* Ids: empty, with dots and colons; no spaces; unique. */
    {OPS("{'type':'container/run','id':'','args':{'image':'i'}}"), OK, OK,
     NULL},
    {OPS("{'type':'container/run','id':'a.b:c','args':{'image':'i'}}"), OK, OK,
     NULL},
    {OPS("{'type':'container/run','id':'a\\tb','args':{'image':'i'}}"), OK, OK,
     NULL},
    {OPS("{'type':'container/run','id':'a b','args':{'image':'i'}}"), REFUSED,
     REFUSED, "$.ops[0].id: expected an id without spaces, found \"a b\""},
    {OPS("{'type':'container/run','id':'a\\u0020b','args':{'image':'i'}}"),
     REFUSED, REFUSED, "expected an id without spaces"},
    {OPS("{'type':'container/run','id':1,'args':{'image':'i'}}"), REFUSED,
     REFUSED, "$.ops[0].id: expected a string, found a number"},
    {OPS("{'type':'container/run','id':'a','args':{'image':'i'}},"
         "{'type':'container/run','id':'b','args':{'image':'i'}}"), OK, OK,
     NULL},
    {OPS("{'type':'container/run','id':'a','args':{'image':'i'}},"
         "{'type':'container/run','id':'a','args':{'image':'i'}}"), REFUSED,
     REFUSED, "$.ops[1].id: the id \"a\" is taken by an earlier operation"},
    {OPS("{'type':'container/run','id':'a','args':{'image':'i'}},"
         "{'type':'container/run','id':'\\u0061','args':{'image':'i'}}"),
     REFUSED, REFUSED, "$.ops[1].id: the id \"\\u0061\" is taken"},
    /* Either shape of args, whatever the type. */
    {OP("'args':{'name':'v'}"), OK, OK, NULL},
    {OPS("{'type':'container/create-volume','id':'a','args':{'name':'v'}}"), OK,
     OK, NULL},
    {OPS("{'type':'container/create-volume','id':'a','args':{'image':'i'}}"),
     OK, OK, NULL},
    {OPS("{'type':'container/create-volume','id':'a','args':{}}"), REFUSED,
     REFUSED, "$.ops[0].args: missing \"name\""},
    {OPS("{'type':'container/create-volume','id':'a','args':{'name':1}}"),
     REFUSED, REFUSED, "$.ops[0].args.name: expected a string, found a number"},
    {OPS("{'type':'container/create-volume','id':'a',"
         "'args':{'name':'v','image':'i'}}"), REFUSED, REFUSED,
     A ".image: unknown key \"image\""},
    {OP("'args':{'name':'v','image':'i'}"), REFUSED, REFUSED,
     A ".name: unknown key \"name\""},
    {OP("'args':{}"), REFUSED, REFUSED, A ": missing \"image\""},
    {OP("'args':{'cmd':'x'}"), REFUSED, REFUSED, A ": missing \"image\""},
    {OP("'args':{'imge':'x'}"), REFUSED, REFUSED,
     A ".imge: unknown key \"imge\" (did you mean \"image\"?)"},
};

static const struct row result_rows[] = {
    {MORE("'results':{'r':'[a-z]('}"), OK, OK, NULL},
    {MORE("'results':{'r':{'regex':'x','logType':['stdout']}}"), OK, OK, NULL},
    {MORE("'results':{'r':{'regex':'x','logType':['stdin','stdout','stderr',"
          "'nodeerr']}}"), OK, OK, NULL},
    {MORE("'results':[]"), REFUSED, REFUSED,
     "$.ops[0].results: expected an object, found a list"},
    {MORE("'results':{'r':1}"), REFUSED, REFUSED,
     "$.ops[0].results.r: expected a regular expression (a string) or an "
     "object with \"regex\" and \"logType\", found a number"},
    {MORE("'results':{'r':'a','r':'b'}"), REFUSED, REFUSED,
     "$.ops[0].results.r: duplicate key \"r\""},
    {MORE("'results':{'r':{'regex':'x'}}"), REFUSED, REFUSED,
     "$.ops[0].results.r: missing \"logType\""},
    {MORE("'results':{'r':{'logType':['stdout']}}"), REFUSED, REFUSED,
     "$.ops[0].results.r: missing \"regex\""},
    {MORE("'results':{'r':{'regex':1,'logType':['stdout']}}"), REFUSED, REFUSED,
     "$.ops[0].results.r.regex: expected a string, found a number"},
    {MORE("'results':{'r':{'regex':'x','logType':[]}}"), REFUSED, REFUSED,
     "$.ops[0].results.r.logType: expected 1 to 4 log types, found 0"},
    {MORE("'results':{'r':{'regex':'x','logType':['stdin','stdout','stderr',"
          "'nodeerr','stdin']}}"), REFUSED, REFUSED, "found 5"},
    {MORE("'results':{'r':{'regex':'x','logType':['stdout','stdout']}}"),
     REFUSED, REFUSED,
     "$.ops[0].results.r.logType[1]: \"stdout\" is listed twice"},
    {MORE("'results':{'r':{'regex':'x','logType':['out']}}"), REFUSED, REFUSED,
     "$.ops[0].results.r.logType[0]: expected \"stdin\", \"stdout\", "
     "\"stderr\" or \"nodeerr\", found \"out\""},
    {MORE("'results':{'r':{'regex':'x','logType':'stdout'}}"), REFUSED, REFUSED,
     "$.ops[0].results.r.logType: expected a list, found a string"},
};

static const struct row execution_rows[] = {
    {MORE("'execution':{}"), OK, OK, NULL},
    {MORE("'execution':{'group':'g','depends_on':[],"
          "'stop_if_dependent_stops':true}"), OK, OK, NULL},
    {MORE("'execution':{'group':1}"), REFUSED, REFUSED,
     "$.ops[0].execution.group: expected a string, found a number"},
    {MORE("'execution':{'depends_on':'b'}"), REFUSED, REFUSED,
     "$.ops[0].execution.depends_on: expected a list, found a string"},
    {MORE("'execution':{'depends_on':[1]}"), REFUSED, REFUSED,
     "$.ops[0].execution.depends_on[0]: expected a string, found a number"},
    {MORE("'execution':{'stop_if_dependent_stops':true}"), OK, REFUSED,
     "$.ops[0].execution.stop_if_dependent_stops: "
     "\"stop_if_dependent_stops\" needs \"depends_on\" beside it"},
    {MORE("'execution':{'stop_if_dependent_stops':'x'}"), REFUSED, REFUSED,
     "$.ops[0].execution.stop_if_dependent_stops: expected true or false"},
    {MORE("'execution':{'timeout':5}"), OK, REFUSED,
     "$.ops[0].execution.timeout: unknown key \"timeout\": only newer"},
    {MORE("'execution':{'timeout':'5'}"), REFUSED, REFUSED,
     "$.ops[0].execution.timeout:"},
    {MORE("'execution':{'dependson':[]}"), REFUSED, REFUSED,
     "unknown key \"dependson\" (did you mean \"depends_on\"?)"},
    {MORE("'execution':null"), REFUSED, REFUSED,
     "$.ops[0].execution: expected an object, found null"},
};
/* clang-format on */

static void operations_get_their_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(op_rows);
}

static void results_get_their_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(result_rows);
}

static void execution_gets_its_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(execution_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_get_their_verdicts),
        cmocka_unit_test(results_get_their_verdicts),
        cmocka_unit_test(execution_gets_its_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
