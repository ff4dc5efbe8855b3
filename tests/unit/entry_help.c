#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "entry_help.h"

char *help_quotes(const char *text)
{
    size_t len = strlen(text);
    char *copy = malloc(len + 1);

    assert_non_null(copy);
    for (size_t i = 0; i <= len; i++)
        copy[i] = text[i] == '\'' ? '"' : text[i];
    return copy;
}

static char *parse(struct json *doc, const char *json)
{
    struct err err = ERR_INIT;
    char *text = help_quotes(json);

    if (json_parse(doc, text, strlen(text), &err) != 0)
        fail_msg("%s: %s", text, err.message);
    return text;
}

void bench_init(struct bench *b)
{
    struct err err = ERR_INIT;

    memset(b, 0, sizeof *b);
    assert_int_equal(hasher_init(&b->hasher, &err), 0);
    b->context.file = "m.jsonl";
    b->context.line = 1;
    b->context.column = 1;
    b->context.hasher = &b->hasher;
    errs_init(&b->errs);
    job_init(&b->job);
    json_init(&b->doc);
    json_init(&b->defaults);
}

void bench_defaults(struct bench *b, const char *json)
{
    b->defaults_text = parse(&b->defaults, json);
    b->context.defaults = &b->defaults;
    b->context.defaults_node = 0;
    b->context.defaults_line = 1;
}

void bench_compile(struct bench *b, const char *json)
{
    b->text = parse(&b->doc, json);
    entry_compile(&b->entry, &b->doc, &b->context, &b->errs);
    b->compiled = true;
}

void bench_good(struct bench *b, const char *json)
{
    bench_compile(b, json);
    for (unsigned i = 0; i < b->errs.count; i++)
        if (b->errs.items[i].code != ERR_WARNING)
            fail_msg("%s: %s", json, b->errs.items[i].message);
}

void bench_job(struct bench *b, uint64_t index)
{
    struct err err = ERR_INIT;

    if (entry_job(&b->entry, index, &b->job, &err) != 0)
        fail_msg("%s: point %u: %s", b->text, (unsigned)index, err.message);
}

void bench_release(struct bench *b)
{
    if (b->compiled)
        entry_release(&b->entry);
    job_release(&b->job);
    json_release(&b->doc);
    json_release(&b->defaults);
    hasher_release(&b->hasher);
    free(b->text);
    free(b->defaults_text);
}

int help_market(void *arg, const char *slug, uint8_t address[32],
                struct err *err)
{
    static const char *const slugs[] = {"gpu-a", "gpu-b"};

    (void)arg;
    for (int i = 0; i < 2; i++) {
        if (strcmp(slugs[i], slug) == 0) {
            memset(address, i + 1, 32);
            return 0;
        }
    }
    return err_set(err, ERR_DATA, "unknown market \"%s\"", slug);
}
