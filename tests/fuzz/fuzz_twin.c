/*
 * Two entries, a line each: where the second is taken for a twin of the first
 * without being read, compiling it finds nothing to say and gives the same job.
 */
#include <string.h>

#include "../../templates/entry_twin.h"
#include "fuzz.h"

struct side {
    struct json doc;
    struct errs errs;
    struct entry entry;
    struct job job;
    bool compiled;
};

static void begin(struct side *side)
{
    memset(side, 0, sizeof *side);
    json_init(&side->doc);
    errs_init(&side->errs);
    job_init(&side->job);
}

static void end(struct side *side)
{
    if (side->compiled)
        entry_release(&side->entry);
    job_release(&side->job);
    json_release(&side->doc);
}

/* False where the text is no JSON. */
static bool compile(struct side *side, const struct entry_context *context,
                    const char *text, size_t len)
{
    struct err err = ERR_INIT;

    if (json_parse(&side->doc, text, len, &err) < 0)
        return false;
    entry_compile(&side->entry, &side->doc, context, &side->errs);
    side->compiled = true;
    return true;
}

static void make_job(struct side *side)
{
    struct err err = ERR_INIT;

    FUZZ_HOLDS(entry_job(&side->entry, 0, &side->job, &err) == 0);
}

static void check_same(struct side *twin, struct side *whole)
{
    const struct job *a = &twin->job;
    const struct job *b = &whole->job;

    make_job(twin);
    make_job(whole);
    FUZZ_HOLDS(strcmp(a->id, b->id) == 0);
    FUZZ_HOLDS(strcmp(buf_str(&a->name), buf_str(&b->name)) == 0);
    FUZZ_HOLDS(a->definition.len == b->definition.len);
    FUZZ_HOLDS(
        memcmp(a->definition.data, b->definition.data, a->definition.len) == 0);
    FUZZ_HOLDS(strcmp(a->cid, b->cid) == 0);
    FUZZ_HOLDS(memcmp(a->key, b->key, KEY_LEN) == 0);
}

static void check(const struct entry_context *context, const char *model,
                  size_t model_len, const char *text, size_t len)
{
    struct side first, second;
    struct entry_twin twin;

    begin(&first);
    begin(&second);
    entry_twin_init(&twin);
    if (compile(&first, context, model, model_len))
        entry_twin_learn(&twin, &first.doc, &first.entry,
                         first.errs.count == 0);
    if (entry_twin_match(&twin, text, len) &&
        entry_twin_apply(&twin, &first.entry, 2, 1)) {
        FUZZ_HOLDS(compile(&second, context, text, len));
        FUZZ_HOLDS(second.errs.count == 0);
        check_same(&first, &second);
    }
    entry_twin_release(&twin);
    end(&second);
    end(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;
    struct err err = ERR_INIT;
    struct hasher hasher;
    struct entry_context context = {
        .file = "fuzz.json", .line = 1, .column = 1, .hasher = &hasher};

    if (!newline)
        return 0;
    size_t len = (size_t)(newline - text);
    FUZZ_HOLDS(hasher_init(&hasher, &err) == 0);
    check(&context, text, len, newline + 1, size - len - 1);
    hasher_release(&hasher);
    return 0;
}
