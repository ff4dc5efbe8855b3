/*
 * Twins: what they are, what they are not, and that a twin is the entry that
 * compiling its text gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/entry_twin.h"
#include "entry_help.h"

/* An entry as a sweep spells them out; %s: id, image, cmd, an env, a host. */
#define SPELLED                                                            \
    "{'id':'%s','market':'" HELP_MARKET "','timeout':'1h','definition':{"  \
    "'version':'0.1','type':'container','meta':{'trigger':'cli','n':7},"   \
    "'ops':[{'type':'container/run','id':'a','args':{'image':'%s','cmd':[" \
    "'sh','-c','%s'],'env':{'SEED':'%s','B':'b'},'gpu':true}}],'global':{" \
    "'env':{'HOST':'%s'}}}}"

#define TEXT_BYTES 2048

struct model {
    struct bench bench;
    struct entry_twin twin;
};

static void learn(struct model *m, const char *json)
{
    bench_init(&m->bench);
    entry_twin_init(&m->twin);
    bench_good(&m->bench, json);
    entry_twin_learn(&m->twin, &m->bench.doc, &m->bench.entry,
                     m->bench.errs.count == 0);
}

static void forget(struct model *m)
{
    entry_twin_release(&m->twin);
    bench_release(&m->bench);
}

static void spell(char out[TEXT_BYTES], const char *id, const char *image,
                  const char *cmd, const char *seed, const char *host)
{
    snprintf(out, TEXT_BYTES, SPELLED, id, image, cmd, seed, host);
}

static void learn_spelled(struct model *m)
{
    char text[TEXT_BYTES];

    spell(text, "e-1", "ubuntu:22", "run --lr 0.1", "1", "h");
    learn(m, text);
    assert_true(m->twin.live);
}

static void assert_same_job(struct bench *a, struct bench *b)
{
    bench_job(a, 0);
    bench_job(b, 0);
    assert_string_equal(a->job.id, b->job.id);
    assert_string_equal(buf_str(&a->job.name), buf_str(&b->job.name));
    assert_string_equal(buf_str(&a->job.params), buf_str(&b->job.params));
    assert_string_equal(buf_str(&a->job.definition),
                        buf_str(&b->job.definition));
    assert_string_equal(a->job.cid, b->job.cid);
    assert_memory_equal(a->job.key, b->job.key, KEY_LEN);
}

/*
 * Whether the text, with double quotes, is a twin. If so, compiling it finds
 * nothing, and gives the same job.
 */
static bool is_twin(struct model *m, const char *text)
{
    struct bench whole;

    if (!entry_twin_match(&m->twin, text, strlen(text)))
        return false;
    assert_true(entry_twin_apply(&m->twin, &m->bench.entry, 12, 3));
    bench_init(&whole);
    bench_compile(&whole, text);
    if (whole.errs.count > 0)
        fail_msg("%s: a twin, but: %s", text, whole.errs.items[0].message);
    assert_string_equal(m->bench.entry.id, whole.entry.id);
    assert_int_equal(m->bench.entry.line, 12);
    assert_int_equal(m->bench.entry.column, 3);
    assert_same_job(&m->bench, &whole);
    bench_release(&whole);
    return true;
}

static bool is_spelled_twin(struct model *m, const char *id, const char *image,
                            const char *cmd, const char *seed, const char *host)
{
    char text[TEXT_BYTES];

    spell(text, id, image, cmd, seed, host);
    char *quoted = help_quotes(text);
    bool twin = is_twin(m, quoted);
    free(quoted);
    return twin;
}

static void free_text_makes_twins(void **state)
{
    static const char *const texts[][4] = {
        {"e-1", "ubuntu:22", "run --lr 0.1", "1"},
        {"e-2", "ubuntu:22", "run --lr 0.01", "2"},
        {"x", "u", "", ""},
        {"A.b_c-9", "", "a longer command, over sixteen bytes, and more", "-"},
        {"e", "u", "echo $HOME $ 5% % {{ }} ${", "$"},
        {"e", "u", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "%"},
        {"e", "u", "\x7f/~'", "%a%"},
    };
    struct model m;

    (void)state;
    learn_spelled(&m);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bool brace = strstr(texts[i][2], "${") || strchr(texts[i][2], '\'');
        bool twin = is_spelled_twin(&m, texts[i][0], texts[i][1], texts[i][2],
                                    texts[i][3], "h");
        assert_int_equal(twin, !brace);
    }
    forget(&m);
}

static void all_else_is_for_compiling(void **state)
{
    static const char *const texts[][5] = {
        {"e 1", "u", "c", "1", "h"},   /* no id */
        {"", "u", "c", "1", "h"},      /* likewise */
        {"e", "u", "a\\n", "1", "h"},  /* an escape */
        {"e", "u", "a\nb", "1", "h"},  /* no JSON */
        {"e", "u", "a\xff", "1", "h"}, /* likewise */
        {"e", "u", "a\xc3", "1", "h"}, /* likewise */
        {"e", "u", "\xed\xa0\x80", "1", "h"},
        {"e", "u", "${{ id }}", "1", "h"},
        {"e", "u", "$${{ id }}", "1", "h"},
        {"e", "u", "%%ops.b.host%%", "1", "h"},
        {"e", "%%global.nope%%", "c", "1", "h"},
        {"e", "u", "c", "1", "other"}, /* hosts look into global */
        {"e", "u", "c','d", "1", "h"},
        {"e", "u", "c", "1','C':'2", "h"},
    };
    struct model m;

    (void)state;
    learn_spelled(&m);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(is_spelled_twin(&m, texts[i][0], texts[i][1], texts[i][2],
                                     texts[i][3], texts[i][4]));
    assert_true(is_spelled_twin(&m, "e", "u", "c", "1", "h"));
    forget(&m);
}

static void a_definition_that_is_too_long_is_for_compiling(void **state)
{
    size_t size = CID_CONTENT_MAX + 4096;
    char *text = malloc(size);
    char *image = malloc(CID_CONTENT_MAX + 1);
    struct model m;

    (void)state;
    assert_non_null(text);
    assert_non_null(image);
    memset(image, 'i', CID_CONTENT_MAX);
    image[CID_CONTENT_MAX] = '\0';
    snprintf(text, size, SPELLED, "e", image, "c", "1", "h");
    char *quoted = help_quotes(text);
    learn_spelled(&m);
    assert_true(entry_twin_match(&m.twin, quoted, strlen(quoted)));
    assert_false(entry_twin_apply(&m.twin, &m.bench.entry, 1, 1));
    assert_true(is_spelled_twin(&m, "e", "u", "c", "1", "h"));
    forget(&m);
    free(quoted);
    free(image);
    free(text);
}

/* Space between values, keys that JavaScript orders, numbers it respells. */
static void the_definition_is_rendered_not_copied(void **state)
{
    static const char *const models[] = {
        "{ 'definition' : " HELP_CMD("one") " ,\n 'id' : 'e' }",
        "{'id':'e','definition':{'version':'0.1','type':'container','meta':{"
        "'n': 1.50},'ops':[{'type':'container/run','id':'a','args':{'image':"
        "'u', 'cmd' : 'one'}}]}}",
    };
    struct model m;

    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        learn(&m, models[i]);
        char *text = help_quotes(models[i]);
        memcpy(strstr(text, "one"), "two", 3);
        assert_true(is_twin(&m, text));
        assert_non_null(strstr(buf_str(&m.bench.job.definition), "two"));
        free(text);
        forget(&m);
    }
}

static void some_entries_are_no_models(void **state)
{
    static const char *const entries[] = {
        HELP_ENTRY("'params':{'n':[1,2]},", "c ${{ n }}"),
        HELP_ENTRY("'params':{'n':1},", "c ${{ n }}"),
        HELP_ENTRY("'repeat':2,", "c"),
        HELP_ENTRY("'name':'n',", "c"),
        HELP_ENTRY("'where':'repeat == 0',", "c"),
        HELP_ENTRY("'index':3,", "c"),
        HELP_ENTRY("", "${{ id }}"),
        HELP_ENTRY("", "$${{ c }}"),
        HELP_ENTRY("", "%%ops.b.host%%"), /* a warning */
        HELP_CMD("c"),                    /* a plain definition */
        /* Rendered in another order. */
        "{'id':'e','definition':{'version':'0.1','type':'container','meta':{"
        "'b':'x','1':'y'},'ops':[{'type':'container/run','id':'a','args':{"
        "'image':'u'}}]}}",
    };
    struct model m;

    (void)state;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        bench_init(&m.bench);
        entry_twin_init(&m.twin);
        m.bench.context.id = "plain";
        bench_good(&m.bench, entries[i]);
        entry_twin_learn(&m.twin, &m.bench.doc, &m.bench.entry,
                         m.bench.errs.count == 0);
        assert_false(m.twin.live);
        assert_false(
            entry_twin_match(&m.twin, m.bench.text, strlen(m.bench.text)));
        forget(&m);
    }
}

/*
 * One byte is put in, taken out or replaced, a few times. By hand, since
 * valgrind 3.19 takes a fortified memmove for a memcpy.
 */
static void mutate(char *text, uint32_t *random)
{
    static const char bytes[] = "\"\\{}[]:,$%u0a \n\x01\x7f\xc3\xa9\xff-.";

    for (int n = 0; n < 3; n++) {
        size_t len = strlen(text);
        *random = *random * 1664525 + 1013904223;
        size_t at = (*random >> 8) % len;
        char c = bytes[(*random >> 20) % (sizeof bytes - 1)];
        switch (*random >> 29) {
        case 0:
            for (size_t i = at; i < len; i++)
                text[i] = text[i + 1];
            break;
        case 1:
        case 2:
            for (size_t i = len + 1; i > at; i--)
                text[i] = text[i - 1];
            text[at] = c;
            break;
        case 3:
            text[at] = c;
            break;
        default:
            break;
        }
    }
}

static void whatever_is_a_twin_compiles_to_the_same(void **state)
{
    char text[TEXT_BYTES];
    uint32_t random = 1;
    unsigned twins = 0;
    struct model m;

    (void)state;
    learn_spelled(&m);
    for (unsigned i = 0; i < 40000; i++) {
        spell(text, "e-1", "ubuntu:22", "run --lr 0.1 --and --some --more", "1",
              "h");
        char *quoted = help_quotes(text);
        strcpy(text, quoted);
        free(quoted);
        mutate(text, &random);
        twins += is_twin(&m, text) ? 1 : 0;
    }
    assert_in_range(twins, 1000, 39000);
    forget(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_text_makes_twins),
        cmocka_unit_test(all_else_is_for_compiling),
        cmocka_unit_test(a_definition_that_is_too_long_is_for_compiling),
        cmocka_unit_test(the_definition_is_rendered_not_copied),
        cmocka_unit_test(some_entries_are_no_models),
        cmocka_unit_test(whatever_is_a_twin_compiles_to_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
