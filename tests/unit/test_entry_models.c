/*
 * Models of several shapes: which entries are found without being read, that
 * they are what compiling them gives, and which models go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/entry_models.h"
#include "entry_help.h"

#define TEXT_BYTES 1024

/* A manifest's entries, as its reader takes them. */
struct reading {
    struct entry_models models;
    struct entry_context context;
    struct hasher hasher;
    struct json doc;
    struct job job;
    unsigned number; /* of the last entry */
    unsigned found, compiled;
};

static void begin(struct reading *r)
{
    struct err err = ERR_INIT;

    memset(r, 0, sizeof *r);
    entry_models_init(&r->models);
    json_init(&r->doc);
    job_init(&r->job);
    assert_int_equal(hasher_init(&r->hasher, &err), 0);
    r->context = (struct entry_context){.file = "m.json", .hasher = &r->hasher};
}

static void end(struct reading *r)
{
    entry_models_release(&r->models);
    json_release(&r->doc);
    job_release(&r->job);
    hasher_release(&r->hasher);
}

/* The text of an entry: its shape shows in a number, the rest is free text. */
static void spell(char out[TEXT_BYTES], unsigned shape, unsigned number)
{
    snprintf(out, TEXT_BYTES,
             "{\"id\":\"e-%u\",\"timeout\":%u,\"definition\":{"
             "\"version\":\"0.1\",\"type\":\"container\",\"ops\":[{"
             "\"type\":\"container/run\",\"id\":\"a\",\"args\":{"
             "\"image\":\"u\",\"cmd\":\"run %u\"}}]}}",
             number, 3600 + shape, number);
}

static void compile(struct reading *r, struct entry *entry, const char *text)
{
    struct err err = ERR_INIT;
    struct errs errs;

    errs_init(&errs);
    assert_int_equal(json_parse(&r->doc, text, strlen(text), &err), 0);
    r->context.line = r->number;
    r->context.column = 1;
    entry_compile(entry, &r->doc, &r->context, &errs);
    assert_int_equal(errs.count, 0);
}

/* That the entry is the one which compiling the text gives. */
static void assert_is(struct reading *r, struct entry *entry, const char *text)
{
    struct err err = ERR_INIT;
    struct entry whole;
    struct job expected;

    job_init(&expected);
    compile(r, &whole, text);
    assert_int_equal(entry_job(entry, 0, &r->job, &err), 0);
    assert_int_equal(entry_job(&whole, 0, &expected, &err), 0);
    assert_string_equal(r->job.id, expected.id);
    assert_string_equal(r->job.cid, expected.cid);
    assert_memory_equal(r->job.key, expected.key, KEY_LEN);
    assert_string_equal(buf_str(&r->job.definition),
                        buf_str(&expected.definition));
    assert_int_equal(entry->line, whole.line);
    assert_int_equal(entry->column, whole.column);
    job_release(&expected);
    entry_release(&whole);
}

/* Reads the next entry, of that shape; whether it was a twin. */
static bool take(struct reading *r, unsigned shape)
{
    char text[TEXT_BYTES];

    spell(text, shape, ++r->number);
    struct entry *entry =
        entry_models_find(&r->models, text, strlen(text), r->number, 1);
    bool found = entry != NULL;
    if (!found) {
        entry = entry_models_place(&r->models);
        compile(r, entry, text);
        entry_models_learn(&r->models, &r->doc, true);
    }
    assert_is(r, entry, text);
    r->found += found ? 1 : 0;
    r->compiled += found ? 0 : 1;
    return found;
}

static void shapes_by_turns_are_read_once_each(void **state)
{
    struct reading r;

    (void)state;
    begin(&r);
    for (unsigned i = 0; i < 1600; i++)
        assert_int_equal(take(&r, i % ENTRY_MODELS_MAX), i >= ENTRY_MODELS_MAX);
    end(&r);
}

static void shapes_in_any_order_are_read_once_each(void **state)
{
    uint32_t random = 7;
    struct reading r;

    (void)state;
    begin(&r);
    for (unsigned i = 0; i < 3000; i++) {
        random = random * 1664525 + 1013904223;
        take(&r, (random >> 16) % ENTRY_MODELS_MAX);
    }
    assert_int_equal(r.compiled, ENTRY_MODELS_MAX);
    end(&r);
}

/* One after another, a shape's own block each. */
static void a_new_shape_takes_the_place_of_one_that_is_gone(void **state)
{
    struct reading r;

    (void)state;
    begin(&r);
    for (unsigned shape = 0; shape < 3 * ENTRY_MODELS_MAX; shape++)
        for (unsigned i = 0; i < 200; i++)
            assert_int_equal(take(&r, shape), i > 0);
    end(&r);
}

/* More shapes than models: most models stay, and most entries have theirs. */
static void models_in_use_stay(void **state)
{
    const unsigned shapes = ENTRY_MODELS_MAX + 4;
    struct reading r;

    (void)state;
    begin(&r);
    for (unsigned i = 0; i < 40000; i++)
        take(&r, i % shapes);
    assert_in_range(r.found, 40000 * 3 / 4, 40000);
    end(&r);
}

static void entries_that_are_all_different_are_rarely_learned(void **state)
{
    unsigned learned = 0;
    struct reading r;

    (void)state;
    begin(&r);
    for (unsigned i = 0; i < 10000; i++) {
        assert_false(take(&r, 1000 + i));
        learned += r.models.current < ENTRY_MODELS_MAX ? 1 : 0;
    }
    assert_in_range(learned, ENTRY_MODELS_MAX, ENTRY_MODELS_MAX + 30);
    /* A shape of which there are many is found again all the same. */
    r.found = 0;
    for (unsigned i = 0; i < 4000; i++)
        take(&r, 1);
    assert_in_range(r.found, 2900, 4000);
    end(&r);
}

/* What a message was about is no model: each one is to be told again. */
static void what_is_not_clean_is_no_model(void **state)
{
    char text[TEXT_BYTES];
    struct reading r;

    (void)state;
    begin(&r);
    for (unsigned i = 0; i < 40; i++) {
        spell(text, 1, ++r.number);
        assert_null(entry_models_find(&r.models, text, strlen(text), 1, 1));
        compile(&r, entry_models_place(&r.models), text);
        entry_models_learn(&r.models, &r.doc, false);
    }
    end(&r);
}

static void cleared_models_are_gone(void **state)
{
    struct reading r;

    (void)state;
    begin(&r);
    take(&r, 1);
    assert_true(take(&r, 1));
    entry_models_clear(&r.models);
    assert_false(take(&r, 1));
    assert_true(take(&r, 1));
    end(&r);
}

/* An entry too large to be a model is not kept behind the next one. */
static void at_most_one_entry_is_kept_that_is_no_model(void **state)
{
    char text[TEXT_BYTES];
    struct reading r;

    (void)state;
    begin(&r);
    for (unsigned i = 0; i < 100; i++) {
        unsigned kept = 0;
        spell(text, i, ++r.number);
        compile(&r, entry_models_place(&r.models), text);
        entry_models_learn(&r.models, &r.doc, i % 3 == 0);
        for (unsigned n = 0; n <= ENTRY_MODELS_MAX; n++)
            kept += r.models.all[n].compiled && !r.models.all[n].twin.live;
        assert_in_range(kept, 0, 1);
    }
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_by_turns_are_read_once_each),
        cmocka_unit_test(shapes_in_any_order_are_read_once_each),
        cmocka_unit_test(a_new_shape_takes_the_place_of_one_that_is_gone),
        cmocka_unit_test(models_in_use_stay),
        cmocka_unit_test(entries_that_are_all_different_are_rarely_learned),
        cmocka_unit_test(what_is_not_clean_is_no_model),
        cmocka_unit_test(cleared_models_are_gone),
        cmocka_unit_test(at_most_one_entry_is_kept_that_is_no_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
