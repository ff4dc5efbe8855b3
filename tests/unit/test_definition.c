/*
 * The top of a job definition, and what holds for the whole of it. Every row of
 * the published schema's table is accepted once and refused once at least, here
 * or in the tests of the other definition_*.c.
 */
#include <stdio.h>

#include "definition_rows.h"

/* clang-format off */
static const struct row top_rows[] = {
    {HEAD "'ops':[]}", OK, OK, NULL},
    {"[]", REFUSED, REFUSED, "$: expected an object, found a list"},
    {"'x'", REFUSED, REFUSED, "$: expected an object, found a string"},
    {"null", REFUSED, REFUSED, "$: expected an object, found null"},
    {"{}", REFUSED, REFUSED, "$: missing \"version\""},
    {"{'version':'0.1','ops':[]}", REFUSED, REFUSED, "$: missing \"type\""},
    {"{'version':'0.1','type':'container'}", REFUSED, REFUSED,
     "$: missing \"ops\""},
    /* Older validators take any string here; newer ones do not. */
    {"{'version':'0.0.1','type':'container','ops':[]}", REFUSED, REFUSED,
     "$.version: expected \"0.1\", found \"0.0.1\""},
    {"{'version':0.1,'type':'container','ops':[]}", REFUSED, REFUSED,
     "$.version: expected \"0.1\", found a number"},
    {"{'version':'0\\u002e1','type':'container','ops':[]}", OK, OK, NULL},
    {"{'version':'0.1','type':'containers','ops':[]}", REFUSED, REFUSED,
     "$.type: expected \"container\", found \"containers\" (did you mean "
     "\"container\"?)"},
    {HEAD "'ops':{}}", REFUSED, REFUSED,
     "$.ops: expected a list, found an object"},
    {HEAD "'ops':null}", REFUSED, REFUSED, "$.ops: expected a list, found null"},
    {HEAD "'op':[],'ops':[]}", REFUSED, REFUSED,
     "$.op: unknown key \"op\" (did you mean \"ops\"?)"},
    {HEAD "'\\u006fps':[]}", OK, OK, NULL}, /* an escaped key is that key */
    {HEAD "'ops':[],'ops':[]}", REFUSED, REFUSED,
     "$.ops: duplicate key \"ops\""},
    {HEAD "'ops':[],'\\u006fps':[]}", REFUSED, REFUSED,
     "$[\"\\u006fps\"]: duplicate key \"\\u006fps\""},
    {TOP("'pinataContent':{}"), REFUSED, REFUSED,
     "$.pinataContent: unknown key \"pinataContent\""},
    {TOP("'deployment_id':'d'"), OK, OK, NULL},
    {TOP("'deployment_id':1"), REFUSED, REFUSED,
     "$.deployment_id: expected a string, found a number"},
    {TOP("'deployment_id':null"), REFUSED, REFUSED,
     "$.deployment_id: expected a string, found null"},
    {TOP("'ssh':{'public_keys':['k']}"), OK, REFUSED,
     "$.ssh: unknown key \"ssh\": only newer validators know it"},
    {TOP("'ssh':{}"), OK, REFUSED, "only newer"},
    {TOP("'ssh':{'public_keys':'k'}"), REFUSED, REFUSED,
     "$.ssh.public_keys: expected a list, found a string"},
    {TOP("'ssh':{'public_key':['k']}"), REFUSED, REFUSED,
     "unknown key \"public_key\" (did you mean \"public_keys\"?)"},
};

static const struct row meta_rows[] = {
    {TOP("'meta':{}"), OK, OK, NULL},
    {TOP("'meta':[]"), REFUSED, REFUSED,
     "$.meta: expected an object, found a list"},
    {TOP("'meta':{'trigger':'cli'}"), OK, OK, NULL},
    {TOP("'meta':{'trigger':1}"), REFUSED, REFUSED,
     "$.meta.trigger: expected a string, found a number"},
    {TOP("'meta':{'system_resources':{'vram':8,'os':'l'}}"), OK, OK, NULL},
    {TOP("'meta':{'system_resources':{'vram':[8]}}"), REFUSED, REFUSED,
     "$.meta.system_resources.vram: expected a string or a number, found a "
     "list"},
    {TOP("'meta':{'system_resources':8}"), REFUSED, REFUSED,
     "$.meta.system_resources: expected an object, found a number"},
    {TOP("'meta':{'a':'s','b':1,'c':['x',2],'d':{'e':1,'f':'g'}}"), OK, OK,
     NULL},
    {TOP("'meta':{'system_requirements':{'cuda':['12.1','12.4']}}"), OK, OK,
     NULL},
    {TOP("'meta':{'a':true}"), REFUSED, REFUSED,
     "$.meta.a: expected a string, a number, a list of them or an object, "
     "found true"},
    {TOP("'meta':{'a':null}"), REFUSED, REFUSED, "found null"},
    {TOP("'meta':{'a':[[1]]}"), REFUSED, REFUSED,
     "$.meta.a[0]: expected a string or a number, found a list"},
    {TOP("'meta':{'a':{'b':{'c':1}}}"), REFUSED, REFUSED,
     "$.meta.a.b: expected a string, a number or a list of them"},
    {TOP("'meta':{'a':1,'a':2}"), REFUSED, REFUSED,
     "$.meta.a: duplicate key \"a\""},
    {TOP("'meta':{'d':{'e':1,'e':1}}"), REFUSED, REFUSED,
     "$.meta.d.e: duplicate key \"e\""},
};

static const struct row global_rows[] = {
    {TOP("'global':{}"), OK, OK, NULL},
    {TOP("'global':{'image':'i','gpu':true,'entrypoint':['a'],'env':{'A':'b'},"
         "'work_dir':'/w','variables':{'V':'x'}}"), OK, OK, NULL},
    {TOP("'global':{'entrypoint':'sh'}"), OK, OK, NULL},
    {TOP("'global':{'image':1}"), REFUSED, REFUSED,
     "$.global.image: expected a string, found a number"},
    {TOP("'global':{'gpu':'true'}"), REFUSED, REFUSED,
     "$.global.gpu: expected true or false, found a string"},
    {TOP("'global':{'entrypoint':[1]}"), REFUSED, REFUSED,
     "$.global.entrypoint[0]: expected a string, found a number"},
    {TOP("'global':{'env':{'A':1}}"), REFUSED, REFUSED,
     "$.global.env.A: expected a string, found a number"},
    {TOP("'global':{'work_dir':[]}"), REFUSED, REFUSED, "$.global.work_dir:"},
    {TOP("'global':{'variables':{'V':true}}"), REFUSED, REFUSED,
     "$.global.variables.V: expected a string, found true"},
    {TOP("'global':{'variables':{'V':'a','V':'b'}}"), REFUSED, REFUSED,
     "$.global.variables.V: duplicate key \"V\""},
    {TOP("'global':{'cmd':'x'}"), REFUSED, REFUSED,
     "$.global.cmd: unknown key \"cmd\""},
};

static const struct row logistics_rows[] = {
    {TOP("'logistics':{'send':{'type':'api','args':{'endpoint':'u'}},"
         "'receive':{'type':'api-listen','args':{}}}"), OK, OK, NULL},
    {TOP("'logistics':{'send':{'type':'api','args':{}}}"), REFUSED, REFUSED,
     "$.logistics: missing \"receive\""},
    {TOP("'logistics':{'receive':{'type':'api','args':{}}}"), REFUSED, REFUSED,
     "$.logistics: missing \"send\""},
    {TOP("'logistics':{'send':{'type':'apis','args':{}},"
         "'receive':{'type':'api','args':{}}}"), REFUSED, REFUSED,
     "$.logistics.send.type: expected \"api\" or \"api-listen\", found "
     "\"apis\" (did you mean \"api\"?)"},
    {TOP("'logistics':{'send':{'type':'api'},"
         "'receive':{'type':'api','args':{}}}"), REFUSED, REFUSED,
     "$.logistics.send: missing \"args\""},
    {TOP("'logistics':{'send':{'args':{}},"
         "'receive':{'type':'api','args':{}}}"), REFUSED, REFUSED,
     "$.logistics.send: missing \"type\""},
    {TOP("'logistics':{'send':{'type':'api','args':{}},'receive':'api'}"),
     REFUSED, REFUSED, "$.logistics.receive: expected an object"},
    {TOP("'logistics':{'send':{'type':'api','args':{'endpoint':1}},"
         "'receive':{'type':'api','args':{}}}"), REFUSED, REFUSED,
     "$.logistics.send.args.endpoint: expected a string, found a number"},
    {TOP("'logistics':{'send':{'type':'api','args':{'url':'u'}},"
         "'receive':{'type':'api','args':{}}}"), REFUSED, REFUSED,
     "$.logistics.send.args.url: unknown key \"url\""},
};
/* clang-format on */

static void top_keys_get_their_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(top_rows);
}

static void meta_gets_its_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(meta_rows);
}

static void global_gets_its_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(global_rows);
}

static void logistics_get_their_verdicts(void **state)
{
    (void)state;
    CHECK_ROWS(logistics_rows);
}

static void errors_say_where_they_are(void **state)
{
    struct parsed parsed;
    (void)state;

    parse_row(&parsed, "{'version':'0.1','type':'container',\n"
                       " 'ops':[{'type':'container/run','id':'\xc3\xa4',\n"
                       "  'args':{'image':'i','gpu':'yes'},\n"
                       "  'reslts':{}}]}");
    definition_check(&parsed.doc, 0, DEFINITION_DEFAULT, &parsed.errs);
    assert_int_equal(parsed.errs.errors, 2);
    const struct err *key = &parsed.errs.items[0];
    const struct err *value = &parsed.errs.items[1];
    assert_string_equal(key->message,
                        "$.ops[0].reslts: unknown key \"reslts\" (did you "
                        "mean \"results\"?)");
    assert_int_equal(key->line, 4);
    assert_int_equal(key->column, 3);
    assert_int_equal(value->line, 3);
    assert_int_equal(value->column, 29);
    release(&parsed);
}

static void a_definition_may_stand_within_a_document(void **state)
{
    struct parsed parsed;
    (void)state;

    parse_row(&parsed, "{'id':'x','definition':{'version':'0.1',"
                       "'type':'container','ops':7},'more':1}");
    uint32_t node = json_get(&parsed.doc, 0, "definition");
    definition_check(&parsed.doc, node, DEFINITION_DEFAULT, &parsed.errs);
    assert_int_equal(parsed.errs.errors, 1);
    assert_string_equal(parsed.errs.items[0].message,
                        "$.ops: expected a list, found a number");
    release(&parsed);
}

static void all_problems_are_found_in_one_pass(void **state)
{
    struct parsed parsed;
    (void)state;

    parse_row(&parsed, "{'version':'1','typ':'container','ops':[{'id':'a b',"
                       "'args':{'cmd':1,'env':{'A':1}}}],'x':1}");
    definition_check(&parsed.doc, 0, DEFINITION_DEFAULT, &parsed.errs);
    /* version, typ, x; ops[0]: id, type, cmd, env.A, image; type */
    assert_int_equal(parsed.errs.errors, 9);
    release(&parsed);
}

/* A hostile text: each of count operations has the same faults. */
static void many_faults_are_counted_quickly(void **state)
{
    const unsigned count = 20000;
    struct buf text;
    struct parsed parsed;
    (void)state;

    buf_init(&text, (size_t)64 << 20);
    buf_add_str(&text, "{\"version\":\"0.1\",\"type\":\"container\",\"ops\":[");
    for (unsigned i = 0; i < count; i++)
        buf_addf(&text,
                 "%s{\"type\":\"container/run\",\"id\":\"a\",\"args\":"
                 "{\"image\":\"i\",\"gpuu\":1,\"output\":\"o\"}}",
                 i > 0 ? "," : "");
    buf_add_str(&text, "]}");
    assert_int_equal(text.failed, 0);
    parse(&parsed, buf_str(&text), text.len);
    definition_check(&parsed.doc, 0, DEFINITION_DEFAULT, &parsed.errs);
    assert_int_equal(parsed.errs.errors, 2 * count - 1);
    assert_int_equal(parsed.errs.warnings, count);
    assert_int_equal(parsed.errs.count, ERRS_MAX);
    assert_true(mentions(&parsed.errs, "(did you mean \"gpu\"?)"));
    release(&parsed);
    buf_release(&text);
}

/* More members, operations and ports than fit without memory. */
static void many_members_are_looked_at_too(void **state)
{
    struct buf text;
    struct parsed parsed;
    (void)state;

    buf_init(&text, (size_t)1 << 20);
    buf_add_str(&text, "{\"version\":\"0.1\",\"type\":\"container\",\"ops\":[");
    for (unsigned i = 0; i < 100; i++)
        buf_addf(&text,
                 "%s{\"type\":\"container/run\",\"id\":\"o%u\",\"args\":"
                 "{\"image\":\"i\"},\"execution\":{\"depends_on\":[\"o%u\"]}}",
                 i > 0 ? "," : "", i, i == 70 ? 170 : (i + 1) % 100);
    buf_add_str(&text, ",{\"type\":\"container/run\",\"id\":\"o42\",\"args\":"
                       "{\"image\":\"i\",\"env\":{");
    for (unsigned i = 0; i < 100; i++)
        buf_addf(&text, "\"E%u\":\"\",", i);
    buf_add_str(&text, "\"E77\":\"\"},\"expose\":[");
    for (unsigned i = 0; i < 100; i++)
        buf_addf(&text, "%u,", 8000 + i);
    buf_add_str(&text, "8055]}}]}");
    assert_int_equal(text.failed, 0);
    parse(&parsed, buf_str(&text), text.len);
    definition_check(&parsed.doc, 0, DEFINITION_DEFAULT, &parsed.errs);
    assert_int_equal(parsed.errs.errors, 3);
    assert_true(mentions(&parsed.errs, "$.ops[100].id: the id \"o42\""));
    assert_true(mentions(&parsed.errs,
                         "$.ops[100].args.env.E77: duplicate key \"E77\""));
    assert_true(mentions(&parsed.errs, "$.ops[100].args.expose[100]: port "
                                       "8055 is exposed twice"));
    release(&parsed);
    buf_release(&text);
}

#define REAL "../shared/data/definitions"

/* Reads a file of that folder into memory; NULL where it is not there. */
static char *read_real(const char *name, size_t *len)
{
    char path[512];
    char *text = malloc(65536);

    snprintf(path, sizeof path, REAL "/%s", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        free(text);
        return NULL;
    }
    assert_non_null(text);
    *len = fread(text, 1, 65535, file);
    text[*len] = '\0';
    fclose(file);
    return text;
}

/*
 * Where the two published validators differ, the default schema goes its own
 * way: "output" is a warning only, and a version other than "0.1" an error,
 * as is a missing "continuous", which both refuse.
 */
static enum verdict usual_verdict(const char *name)
{
    if (strcmp(name, "output.json") == 0 ||
        strcmp(name, "stable-diffusion.json") == 0)
        return WARNED;
    if (strcmp(name, "llama2.json") == 0 ||
        strcmp(name, "test-node-server.json") == 0)
        return REFUSED;
    return OK;
}

static void check_real(const char *name, bool valid)
{
    struct parsed parsed;
    size_t len = 0;
    char *text = read_real(name, &len);

    assert_non_null(text);
    parse(&parsed, text, len);
    definition_check(&parsed.doc, 0, DEFINITION_STRICT, &parsed.errs);
    if ((parsed.errs.errors == 0) != valid)
        fail_msg("%s: %s", name, parsed.errs.items[0].message);
    errs_init(&parsed.errs);
    definition_check(&parsed.doc, 0, DEFINITION_DEFAULT, &parsed.errs);
    if (verdict_of(&parsed.errs) != usual_verdict(name))
        fail_msg("%s: verdict %d (%s)", name, verdict_of(&parsed.errs),
                 parsed.errs.items[0].message);
    release(&parsed);
    free(text);
}

/* Real definitions, with what @nosana/types 2.1.6 says of each. */
static void real_definitions_get_the_published_verdicts(void **state)
{
    struct parsed index;
    size_t len = 0;
    char *text = read_real("INDEX.json", &len);
    (void)state;

    if (!text) {
        print_message("no " REAL ": skipped\n");
        skip();
    }
    parse(&index, text, len);
    assert_int_equal(index.doc.nodes[0].size, 42);
    uint32_t at = json_first(0);
    for (uint32_t i = 0; i < 42; i++, at = json_next(&index.doc, at)) {
        struct buf name;
        uint32_t valid = json_get(&index.doc, json_get(&index.doc, at, "valid"),
                                  "types 2.1.6");
        buf_init(&name, 256);
        json_string(&index.doc, json_get(&index.doc, at, "file"), &name);
        check_real(buf_str(&name), index.doc.nodes[valid].type == JSON_TRUE);
        buf_release(&name);
    }
    release(&index);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(top_keys_get_their_verdicts),
        cmocka_unit_test(meta_gets_its_verdicts),
        cmocka_unit_test(global_gets_its_verdicts),
        cmocka_unit_test(logistics_get_their_verdicts),
        cmocka_unit_test(errors_say_where_they_are),
        cmocka_unit_test(a_definition_may_stand_within_a_document),
        cmocka_unit_test(all_problems_are_found_in_one_pass),
        cmocka_unit_test(many_faults_are_counted_quickly),
        cmocka_unit_test(many_members_are_looked_at_too),
        cmocka_unit_test(real_definitions_get_the_published_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
