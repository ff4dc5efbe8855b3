/*
 * args.resources.
 */
#include "definition_rows.h"

/* clang-format off */
#define RES(resource) ARGS("'resources':[" resource "]")
#define S3(more)      RES("{'type':'S3','target':'/t'," more "}")
#define R             A ".resources[0]"

static const struct row resource_rows[] = {
    {RES(""), OK, OK, NULL},
    {ARGS("'resources':{}"), REFUSED, REFUSED,
     A ".resources: expected a list, found an object"},
    {RES("'__remove-if-empty__'"), OK, OK, NULL},
    {RES("'s3'"), REFUSED, REFUSED,
     R ": expected \"__remove-if-empty__\", found \"s3\""},
    {RES("1"), REFUSED, REFUSED,
     R ": expected an object that describes a resource, found a number"},
    {RES("{'__spread__':'%%global.job%%'}"), OK, OK, NULL},
    {RES("{'__spread__':'job'}"), REFUSED, REFUSED,
     R ".__spread__: expected a literal"},
    {RES("{'type':'S3','target':'/t'}"), OK, OK, NULL},
    {RES("{'type':'S3','target':'/t','url':'u','files':['a'],"
         "'allowWrite':true,'IAM':{'REGION':'','ACCESS_KEY_ID':'',"
         "'SECRET_ACCESS_KEY':''}}"), OK, OK, NULL},
    {RES("{'type':'S3','target':'/t','url':'u','bucket':'b'}"), OK, OK, NULL},
    {RES("{'type':'S3','target':'/t','buckets':[{'url':'u','files':['f']},"
         "{'url':'v'}]}"), OK, OK, NULL},
    {RES("{'type':'S3','url':'u'}"), REFUSED, REFUSED,
     R ": missing \"target\""},
    {RES("{'type':'S3','target':'/t','bucket':'b','files':['a']}"), REFUSED,
     REFUSED, R ".files: \"files\" cannot stand beside \"bucket\""},
    {RES("{'type':'S3','target':'/t','bucket':'b','buckets':[]}"), REFUSED,
     REFUSED, R ".buckets: \"buckets\" cannot stand beside \"bucket\""},
    {RES("{'type':'S3','target':'/t','buckets':[],'files':[]}"), REFUSED,
     REFUSED, R ".files: \"files\" cannot stand beside \"buckets\""},
    {RES("{'type':'S3','target':'/t','buckets':[{'files':[]}]}"), REFUSED,
     REFUSED, R ".buckets[0]: missing \"url\""},
    {RES("{'type':'S3','target':'/t','files':'a'}"), REFUSED, REFUSED,
     R ".files: expected a list, found a string"},
    {RES("{'type':'S3','target':'/t','allowWrite':'yes'}"), REFUSED, REFUSED,
     R ".allowWrite: expected true or false, found a string"},
    {RES("{'type':'S3','target':'/t','IAM':{'ACCESS_KEY_ID':'a',"
         "'SECRET_ACCESS_KEY':'s'}}"), REFUSED, REFUSED,
     R ".IAM: missing \"REGION\""},
    {RES("{'type':'S3','target':'/t','repo':'r'}"), REFUSED, REFUSED,
     R ".repo: unknown key \"repo\""},
    {S3("'IAM':{'REGION':'r','SECRET_ACCESS_KEY':'s'}"), REFUSED, REFUSED,
     R ".IAM: missing \"ACCESS_KEY_ID\""},
    {S3("'IAM':{'REGION':'r','ACCESS_KEY_ID':'a'}"), REFUSED, REFUSED,
     R ".IAM: missing \"SECRET_ACCESS_KEY\""},
    {S3("'IAM':{'REGION':1,'ACCESS_KEY_ID':'a','SECRET_ACCESS_KEY':'s'}"), REFUSED, REFUSED,
     R ".IAM.REGION: expected a string"},
    {S3("'IAM':{'REGION':'r','ACCESS_KEY_ID':1,'SECRET_ACCESS_KEY':'s'}"), REFUSED, REFUSED,
     R ".IAM.ACCESS_KEY_ID: expected a string"},
    {S3("'IAM':{'REGION':'r','ACCESS_KEY_ID':'a','SECRET_ACCESS_KEY':1}"), REFUSED, REFUSED,
     R ".IAM.SECRET_ACCESS_KEY: expected a string"},
    {S3("'url':1"), REFUSED, REFUSED,
     R ".url: expected a string"},
    {S3("'bucket':1"), REFUSED, REFUSED,
     R ".bucket: expected a string"},
    {S3("'buckets':{}"), REFUSED, REFUSED,
     R ".buckets: expected a list"},
    {S3("'buckets':[{'url':1}]"), REFUSED, REFUSED,
     R ".buckets[0].url: expected a string"},
    {S3("'buckets':[{'url':'u','files':'f'}]"), REFUSED, REFUSED,
     R ".buckets[0].files: expected a list"},
    {S3("'files':[1]"), REFUSED, REFUSED,
     R ".files[0]: expected a string"},
    {RES("{'type':'S3','target':1}"), REFUSED, REFUSED,
     R ".target: expected a string, found a number"},
    {RES("{'type':1,'target':'/t'}"), REFUSED, REFUSED,
     R ".type: expected \"S3\", \"HF\" or \"Ollama\", found a number"},
    {RES("{'type':'HF','repo':'r','target':'/t','revision':'v','files':['f'],"
         "'accessToken':'t'}"), OK, OK, NULL},
    {RES("{'type':'HF','repo':'r','target':'/t'}"), OK, OK, NULL},
    {RES("{'type':'HF','target':'/t'}"), REFUSED, REFUSED,
     R ": missing \"repo\""},
    {RES("{'type':'HF','repo':'r'}"), REFUSED, REFUSED,
     R ": missing \"target\""},
    {RES("{'type':'HF','repo':'r','target':'/t','revision':1}"), REFUSED,
     REFUSED, R ".revision: expected a string, found a number"},
    {RES("{'type':'HF','repo':1,'target':'/t'}"), REFUSED, REFUSED,
     R ".repo: expected a string, found a number"},
    {RES("{'type':'HF','repo':'r','target':1}"), REFUSED, REFUSED,
     R ".target: expected a string, found a number"},
    {RES("{'type':'HF','repo':'r','target':'/t','files':'f'}"), REFUSED,
     REFUSED, R ".files: expected a list, found a string"},
    {RES("{'type':'HF','repo':'r','target':'/t','accessToken':1}"), REFUSED,
     REFUSED, R ".accessToken: expected a string, found a number"},
    {RES("{'type':'hf','repo':'r','target':'/t'}"), REFUSED, REFUSED,
     "found \"hf\" (did you mean \"HF\"?)"},
    {RES("{'type':'Ollama','model':'m'}"), OK, OK, NULL},
    {RES("{'type':'Ollama','model':'m','target':'/t'}"), OK, OK, NULL},
    {RES("{'type':'Ollama','model':1}"), REFUSED, REFUSED,
     R ".model: expected a string, found a number"},
    {RES("{'type':'Ollama','model':'m','target':1}"), REFUSED, REFUSED,
     R ".target: expected a string, found a number"},
    {RES("{'model':'m'}"), REFUSED, REFUSED, R ": missing \"type\""},
    {RES("{'type':'Ollama'}"), REFUSED, REFUSED, R ": missing \"model\""},
    {RES("{'type':'Ollama','model':'m','url':'u'}"), REFUSED, REFUSED,
     R ".url: unknown key \"url\""},
    {RES("{'type':'ollama','model':'m'}"), REFUSED, REFUSED,
     R ".type: expected \"S3\", \"HF\" or \"Ollama\", found \"ollama\" (did "
     "you mean \"Ollama\"?)"},
    {RES("{'repo':'r','target':'/t'}"), REFUSED, REFUSED,
     R ": missing \"type\""},
    {RES("{'url':'u','target':'/t'}"), REFUSED, REFUSED,
     R ": missing \"type\""},
};
/* clang-format on */

static void resources_get_their_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(resource_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resources_get_their_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
