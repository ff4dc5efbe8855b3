/*
 * args.expose: ports, ranges, literals, health checks.
 */
#include "definition_rows.h"

/* clang-format off */
static const struct row expose_rows[] = {
    {ARGS("'expose':80"), OK, OK, NULL},
    {ARGS("'expose':0"), OK, OK, NULL},
    {ARGS("'expose':-1"), OK, OK, NULL},
    {ARGS("'expose':80.5"), OK, OK, NULL},
    {ARGS("'expose':70000"), OK, OK, NULL},
    {ARGS("'expose':'80'"), REFUSED, REFUSED,
     A ".expose: expected a number, found a string (write 80 without quotes)"},
    {ARGS("'expose':''"), REFUSED, REFUSED,
     A ".expose: expected a number, found a string"},
    {ARGS("'expose':true"), REFUSED, REFUSED,
     A ".expose: expected a port, an object with \"port\" or a list, found "
     "true"},
    {ARGS("'expose':null"), REFUSED, REFUSED, "found null"},
    {ARGS("'expose':{'port':80}"), OK, OK, NULL},
    {ARGS("'expose':{'port':80,'type':'web'}"), OK, OK, NULL},
    {ARGS("'expose':{'port':'80'}"), REFUSED, REFUSED,
     A ".expose.port: expected a number, found a string"},
    {ARGS("'expose':{}"), REFUSED, REFUSED, A ".expose: missing \"port\""},
    {ARGS("'expose':[]"), OK, OK, NULL},
    {ARGS("'expose':[80,{'port':81},'%%global.x%%']"), WARNED, WARNED,
     "cannot resolve"},
    {ARGS("'expose':[80,{'port':'x'}]"), REFUSED, REFUSED,
     A ".expose[1].port: expected a number, found a string"},
    {ARGS("'expose':[true]"), REFUSED, REFUSED,
     A ".expose[0]: expected a port or an object with \"port\", found true"},
    {ARGS("'expose':[[80]]"), REFUSED, REFUSED, "found a list"},
    {ARGS("'expose':[{'port':80,'type':'api'},{'port':81,'type':'websocket'},"
          "{'port':82,'type':'webapi'},{'port':83,'type':'none'}]"), OK, OK,
     NULL},
    {ARGS("'expose':[{'port':80,'type':'http'}]"), REFUSED, REFUSED,
     A ".expose[0].type: expected \"api\", \"web\", \"websocket\", "
     "\"webapi\" or \"none\", found \"http\""},
    {ARGS("'expose':[{'prot':80}]"), REFUSED, REFUSED,
     A ".expose[0].prot: unknown key \"prot\" (did you mean \"port\"?)"},
    {ARGS("'expose':[80,80]"), REFUSED, REFUSED,
     A ".expose[1]: port 80 is exposed twice"},
    {ARGS("'expose':[80,{'port':8e1}]"), REFUSED, REFUSED,
     A ".expose[1].port: port 80 is exposed twice"},
    {ARGS("'expose':[81,8080,80,80]"), REFUSED, REFUSED,
     A ".expose[3]: port 80 is exposed twice"},
    {ARGS("'expose':[80,79,80]"), REFUSED, REFUSED,
     A ".expose[2]: port 80 is exposed twice"},
    {ARGS("'expose':[80,8080,81]"), OK, OK, NULL},
    /* Ranges are known to older validators only. */
    {ARGS("'expose':'80-90'"), WARNED, REFUSED,
     A ".expose: the range \"80-90\" is known to older validators only"},
    {ARGS("'expose':['80-90']"), WARNED, REFUSED,
     A ".expose[0]: the range \"80-90\" is known"},
    {ARGS("'expose':[{'port':'80-90'}]"), WARNED, REFUSED,
     A ".expose[0].port: the range \"80-90\" is known"},
    {ARGS("'expose':'90-80'"), REFUSED, REFUSED,
     A ".expose: expected a range from a lower to a higher port, found "
     "\"90-80\""},
    {ARGS("'expose':'80-80'"), REFUSED, REFUSED, "lower to a higher"},
    {ARGS("'expose':'80-'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':'-80'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':['80-90','100-110',95]"), WARNED, REFUSED, "the range"},
    {ARGS("'expose':['100-110','80-100']"), REFUSED, REFUSED,
     "the range"}, /* the warnings come first */
    {ARGS("'expose':[85,'80-90']"), REFUSED, REFUSED, "the range"},
    /* Literals: the dot in the schema's expression is any character. */
    {OPS("{'type':'container/run','id':'a','args':{'image':'i',"
         "'expose':'%%ops.b.results.e%%'}},"
         "{'type':'container/run','id':'b','args':{'image':'i'},"
         "'results':{'e':'x'}}"), OK, OK, NULL},
    {ARGS("'expose':'%%global.job%%'"), OK, OK, NULL},
    {ARGS("'expose':'%%globals.job%%'"), OK, OK, NULL},
    {ARGS("'expose':'%%opsX.y.z%%'"), WARNED, WARNED, "leaves \"%%opsX.y.z%%\""},
    {ARGS("'expose':'\\u0025%global.job%%'"), OK, OK, NULL},
    {ARGS("'expose':'%%ops%x%%'"), OK, OK, NULL},
    {ARGS("'expose':'%%ops\xf0\x9f\x98\x80%%'"), OK, OK, NULL},
    {ARGS("'expose':'%%ops\xc3\xa4%%'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':'%%ops\\n.x%%'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':'%%ops.%%'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':'%%ops.a%b%%'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':'%%ops.a.b%%c'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':' %%ops.a.b%%'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':'%%job.a.b%%'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':'%%ops.a.b%'"), REFUSED, REFUSED, "expected a number"},
    {ARGS("'expose':{'port':'%%global.job%%'}"), REFUSED, REFUSED,
     A ".expose.port: expected a number, found a string"},
    {ARGS("'expose':{'__spread__':'%%global.job%%'}"), OK, OK, NULL},
    {ARGS("'expose':[80,{'__spread__':'%%global.job%%'}]"), OK, OK, NULL},
    {ARGS("'expose':[0,{'__spread__':'%%global.job%%'},"
          "{'__spread__':'%%global.host%%'}]"), OK, OK, NULL},
    {ARGS("'expose':[{'__spread__':'%%global.job%%','chunked':true}]"), OK,
     REFUSED, A ".expose[0].chunked: unknown key \"chunked\": only newer"},
    {ARGS("'expose':[{'__spread__':'%%global.job%%','chunked':1}]"), REFUSED,
     REFUSED, A ".expose[0].chunked:"},
    {ARGS("'expose':[{'__spread__':'x'}]"), REFUSED, REFUSED,
     A ".expose[0].__spread__: expected a literal like "
     "\"%%ops.ID.results.NAME%%\", found \"x\""},
    {ARGS("'expose':[{'__spread__':1}]"), REFUSED, REFUSED,
     A ".expose[0].__spread__: expected a string, found a number"},
    {ARGS("'expose':[{'__spread__':'%%global.job%%','port':80}]"), REFUSED,
     REFUSED, A ".expose[0].port: unknown key \"port\""},
};

#define HEALTH(check) ARGS("'expose':[{'port':80,'health_checks':[" check "]}]")
#define HTTP \
    "'type':'http','path':'/','method':'GET','expected_status':200," \
    "'continuous':true"
#define CHECK A ".expose[0].health_checks[0]"

static const struct row health_rows[] = {
    {HEALTH(""), OK, OK, NULL},
    {HEALTH("{" HTTP "}"), OK, OK, NULL},
    {HEALTH("{" HTTP ",'headers':{'A':'b'},'body':{'any':[null,1.5]}}"), OK, OK,
     NULL},
    {HEALTH("{" HTTP ",'body':null}"), OK, OK, NULL},
    {HEALTH("{" HTTP ",'body':{'a':[{'b':1,'b':2}]}}"), REFUSED, REFUSED,
     CHECK ".body.a[0].b: duplicate key \"b\""},
    {HEALTH("{" HTTP ",'headers':{'A':1}}"), REFUSED, REFUSED,
     CHECK ".headers.A: expected a string, found a number"},
    {HEALTH("{'type':'http','path':'/','method':'POST','expected_status':200}"),
     REFUSED, REFUSED, CHECK ": missing \"continuous\""},
    {HEALTH("{'type':'http','method':'PUT','expected_status':200,"
            "'continuous':true}"), REFUSED, REFUSED,
     CHECK ": missing \"path\""},
    {HEALTH("{'type':'http','path':'/','expected_status':200,"
            "'continuous':true}"), REFUSED, REFUSED,
     CHECK ": missing \"method\""},
    {HEALTH("{'type':'http','path':'/','method':'DELETE','continuous':true}"),
     REFUSED, REFUSED, CHECK ": missing \"expected_status\""},
    {HEALTH("{'type':'http','path':'/','method':'get','expected_status':200,"
            "'continuous':true}"), REFUSED, REFUSED,
     CHECK ".method: expected \"GET\", \"POST\", \"PUT\" or \"DELETE\", found "
     "\"get\" (did you mean \"GET\"?)"},
    {HEALTH("{'type':'http','path':'/','method':'GET','expected_status':'200',"
            "'continuous':true}"), REFUSED, REFUSED,
     CHECK ".expected_status: expected a number, found a string"},
    {HEALTH("{'type':'http','path':'/','method':'GET','expected_status':200,"
            "'continuous':'yes'}"), REFUSED, REFUSED, CHECK ".continuous:"},
    {HEALTH("{" HTTP ",'interval':5}"), REFUSED, REFUSED,
     CHECK ".interval: unknown key \"interval\""},
    {HEALTH("{'type':'websocket','expected_response':'p','continuous':false}"),
     OK, OK, NULL},
    {HEALTH("{'type':'websocket','continuous':false}"), REFUSED, REFUSED,
     CHECK ": missing \"expected_response\""},
    {HEALTH("{'type':'websocket','expected_response':1,'continuous':false}"),
     REFUSED, REFUSED, CHECK ".expected_response: expected a string"},
    {HEALTH("{'type':'websocket','expected_response':'p','continuous':false,"
            "'path':'/'}"), REFUSED, REFUSED,
     CHECK ".path: unknown key \"path\""},
    {HEALTH("{'type':'htp','path':'/','method':'GET','expected_status':200,"
            "'continuous':true}"), REFUSED, REFUSED,
     CHECK ".type: expected \"http\" or \"websocket\", found \"htp\" (did you "
     "mean \"http\"?)"},
    {HEALTH("{'expected_response':'p','continuous':false}"), REFUSED, REFUSED,
     CHECK ": missing \"type\""},
    {HEALTH("{'path':'/','method':'GET','expected_status':200,"
            "'continuous':true}"), REFUSED, REFUSED,
     CHECK ": missing \"type\""},
    {HEALTH("{'type':'http','path':1,'method':'GET','expected_status':200,"
            "'continuous':true}"), REFUSED, REFUSED,
     CHECK ".path: expected a string, found a number"},
    {HEALTH("{'type':'ws','expected_response':'p','continuous':false}"),
     REFUSED, REFUSED, CHECK ".type: expected \"http\" or \"websocket\""},
    {HEALTH("{'type':'websocket','expected_response':'p'}"), REFUSED, REFUSED,
     CHECK ": missing \"continuous\""},
    {HEALTH("{'type':'websocket','expected_response':'p','continuous':1}"),
     REFUSED, REFUSED, CHECK ".continuous: expected true or false"},
    {HEALTH("'http'"), REFUSED, REFUSED, CHECK ": expected an object"},
};
/* clang-format on */

static void ports_get_their_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(expose_rows);
}

static void health_checks_get_their_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(health_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_get_their_verdicts),
        cmocka_unit_test(health_checks_get_their_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
