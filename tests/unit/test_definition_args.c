/*
 * args of an operation but for expose and resources, which have their own.
 */
#include "definition_rows.h"

/* clang-format off */
static const struct row args_rows[] = {
    {OP("'args':{'image':1}"), REFUSED, REFUSED,
     A ".image: expected a string, found a number"},
    {ARGS("'cmd':'x'"), OK, OK, NULL},
    {ARGS("'cmd':['x','__remove-if-empty__','%%ops']"), OK, OK, NULL},
    {ARGS("'cmd':[]"), OK, OK, NULL},
    {ARGS("'cmd':['x',1]"), REFUSED, REFUSED,
     A ".cmd[1]: expected a string, found a number"},
    {ARGS("'cmd':{}"), REFUSED, REFUSED,
     A ".cmd: expected a string or a list of strings, found an object"},
    {ARGS("'cmd':null"), REFUSED, REFUSED, "found null"},
    {ARGS("'entrypoint':'sh'"), OK, OK, NULL},
    {ARGS("'entrypoint':['sh','-c']"), OK, OK, NULL},
    {ARGS("'entrypoint':true"), REFUSED, REFUSED, A ".entrypoint: expected"},
    {ARGS("'aliases':'x'"), OK, OK, NULL},
    {ARGS("'aliases':['x','y']"), OK, OK, NULL},
    {ARGS("'aliases':1"), REFUSED, REFUSED, A ".aliases: expected"},
    {ARGS("'gpu':false"), OK, OK, NULL},
    {ARGS("'gpu':1"), REFUSED, REFUSED,
     A ".gpu: expected true or false, found a number"},
    {ARGS("'private':true"), OK, OK, NULL},
    {ARGS("'private':'yes'"), REFUSED, REFUSED, A ".private: expected true"},
    {ARGS("'work_dir':'/w'"), OK, OK, NULL},
    {ARGS("'work_dir':false"), REFUSED, REFUSED,
     A ".work_dir: expected a string, found false"},
    {ARGS("'env':{}"), OK, OK, NULL},
    {ARGS("'env':{'A':'1','B C':''}"), OK, OK, NULL},
    {ARGS("'env':{'A':'1','__spread__':'%%global.job%%'}"), OK, OK, NULL},
    {ARGS("'env':{'A':1}"), REFUSED, REFUSED,
     A ".env.A: expected a string, found a number"},
    {ARGS("'env':{'A B':true}"), REFUSED, REFUSED,
     A ".env[\"A B\"]: expected a string, found true"},
    {ARGS("'env':['A=1']"), REFUSED, REFUSED,
     A ".env: expected an object, found a list"},
    {ARGS("'env':{'A':'1','B':'2','A':'3'}"), REFUSED, REFUSED,
     A ".env.A: duplicate key \"A\""},
    {ARGS("'volumes':[]"), OK, OK, NULL},
    {ARGS("'volumes':[{'name':'a','dest':'/a'},{'name':'b','dest':'/b'}]"), OK,
     OK, NULL},
    {ARGS("'volumes':{'name':'a','dest':'/a'}"), REFUSED, REFUSED,
     A ".volumes: expected a list, found an object"},
    {ARGS("'volumes':[{'name':'a'}]"), REFUSED, REFUSED,
     A ".volumes[0]: missing \"dest\""},
    {ARGS("'volumes':[{'name':'a','dest':'/a','ro':true}]"), REFUSED, REFUSED,
     A ".volumes[0].ro: unknown key \"ro\""},
    {ARGS("'volumes':[{'dest':'/a'}]"), REFUSED, REFUSED,
     A ".volumes[0]: missing \"name\""},
    {ARGS("'volumes':[{'name':1,'dest':'/a'}]"), REFUSED, REFUSED,
     A ".volumes[0].name: expected a string, found a number"},
    {ARGS("'volumes':[{'name':'a','dest':['/a']}]"), REFUSED, REFUSED,
     A ".volumes[0].dest: expected a string, found a list"},
    {ARGS("'authentication':{'docker':{}}"), OK, OK, NULL},
    {ARGS("'authentication':{'docker':{'username':1}}"), REFUSED, REFUSED,
     A ".authentication.docker.username: expected a string"},
    {ARGS("'authentication':{'docker':{'email':1}}"), REFUSED, REFUSED,
     A ".authentication.docker.email: expected a string"},
    {ARGS("'authentication':{'docker':{'server':1}}"), REFUSED, REFUSED,
     A ".authentication.docker.server: expected a string"},
    {ARGS("'authentication':{}"), OK, OK, NULL},
    {ARGS("'authentication':{'docker':{'username':'u','password':'p',"
          "'email':'e','server':'s'}}"), OK, OK, NULL},
    {ARGS("'authentication':{'docker':{'user':'u'}}"), REFUSED, REFUSED,
     A ".authentication.docker.user: unknown key \"user\""},
    {ARGS("'authentication':{'docker':'u'}"), REFUSED, REFUSED,
     A ".authentication.docker: expected an object, found a string"},
    {ARGS("'authentication':{'docker':{'password':1}}"), REFUSED, REFUSED,
     A ".authentication.docker.password: expected a string"},
    {ARGS("'restart_policy':'no'"), OK, OK, NULL},
    {ARGS("'restart_policy':'always'"), OK, OK, NULL},
    {ARGS("'restart_policy':'unless-stopped'"), OK, OK, NULL},
    {ARGS("'restart_policy':'on-failure'"), OK, OK, NULL},
    {ARGS("'restart_policy':{'policy':'on-failure'}"), OK, OK, NULL},
    {ARGS("'restart_policy':{'policy':'on-failure','restart_tries':3}"), OK, OK,
     NULL},
    {ARGS("'restart_policy':'onfailure'"), REFUSED, REFUSED,
     "found \"onfailure\" (did you mean \"on-failure\"?)"},
    {ARGS("'restart_policy':{'policy':'always'}"), REFUSED, REFUSED,
     A ".restart_policy.policy: expected \"on-failure\", found \"always\""},
    {ARGS("'restart_policy':{'restart_tries':3}"), REFUSED, REFUSED,
     A ".restart_policy: missing \"policy\""},
    {ARGS("'restart_policy':{'policy':'on-failure','restart_tries':'3'}"),
     REFUSED, REFUSED,
     A ".restart_policy.restart_tries: expected a number, found a string"},
    {ARGS("'restart_policy':3"), REFUSED, REFUSED,
     "or an object with \"policy\", found a number"},
    /* Known to older validators only. */
    {ARGS("'output':'/o'"), WARNED, REFUSED,
     A ".output: \"output\" is known to older validators only"},
    {ARGS("'output':1"), REFUSED, REFUSED, A ".output:"},
    {ARGS("'required_vram':8"), WARNED, REFUSED,
     A ".required_vram: \"required_vram\" is known to older"},
    {ARGS("'required_vram':'8'"), REFUSED, REFUSED, A ".required_vram:"},
};
/* clang-format on */

static void args_of_a_run_get_their_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(args_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(args_of_a_run_get_their_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
