/*
 * A manifest entry: compiled, and some of its points rendered. What is
 * rendered is a valid job definition in the bytes of JSON.stringify, and
 * rendered again it is the same.
 */
#include <string.h>

#include "../../templates/entry.h"
#include "fuzz.h"

#define POINTS_MAX 16 /* points that are rendered, of both ends */
#define TEXT_MAX   ((size_t)16 << 20)

static int no_market(void *arg, const char *slug, uint8_t address[32],
                     struct err *err)
{
    (void)arg;
    memset(address, slug[0], 32);
    return strncmp(slug, "no", 2) == 0
               ? err_set(err, ERR_DATA, "unknown market \"%s\"", slug)
               : 0;
}

/* JSON.stringify(JSON.parse(text)) is text. */
static void check_canonical(struct json *doc, const struct buf *text)
{
    struct err err = ERR_INIT;
    struct buf out;

    buf_init(&out, TEXT_MAX);
    FUZZ_HOLDS(json_parse(doc, buf_str(text), text->len, &err) == 0);
    json_write(doc, 0, &out);
    FUZZ_HOLDS(out.len == text->len &&
               memcmp(out.data, text->data, out.len) == 0);
    buf_release(&out);
}

static void check_job(struct json *doc, const struct job *job)
{
    struct errs errs;

    errs_init(&errs);
    check_canonical(doc, &job->params);
    check_canonical(doc, &job->definition);
    definition_check(doc, 0, DEFINITION_DEFAULT, &errs);
    FUZZ_HOLDS(errs.errors == 0);
    FUZZ_HOLDS(job->name.len > 0 && job->name.len <= ENTRY_NAME_MAX);
    FUZZ_HOLDS(json_utf8_valid(job->name.data, job->name.len));
    FUZZ_HOLDS(job->timeout_s > 0 && job->timeout_s <= ENTRY_TIMEOUT_MAX);
    FUZZ_HOLDS(strlen(job->cid) == CID_TEXT_MAX - 1);
}

/* Renders a point twice: nothing that another point left behind counts. */
static void check_point(struct entry *entry, uint64_t index, struct job *job,
                        struct json *doc)
{
    struct err err = ERR_INIT;
    struct job again;
    int selected = entry_selects(entry, index, &err);

    FUZZ_HOLDS(selected >= 0 || err.message[0] != '\0');
    /* What a point that is left out brings was not checked. */
    if (selected != 1)
        return;
    if (entry_job(entry, index, job, &err) != 0) {
        FUZZ_HOLDS(err.code < 0 && err.message[0] != '\0');
        return;
    }
    check_job(doc, job);
    job_init(&again);
    FUZZ_HOLDS(entry_selects(entry, 0, &err) <= 1);
    FUZZ_HOLDS(entry_job(entry, index, &again, &err) == 0);
    FUZZ_HOLDS(memcmp(job->key, again.key, KEY_LEN) == 0);
    FUZZ_HOLDS(strcmp(buf_str(&job->name), buf_str(&again.name)) == 0);
    FUZZ_HOLDS(entry_key(entry, index, &again, &err) == 0);
    FUZZ_HOLDS(memcmp(job->key, again.key, KEY_LEN) == 0);
    FUZZ_HOLDS(entry_complete(entry, &again, &err) == 0);
    FUZZ_HOLDS(strcmp(job->cid, again.cid) == 0);
    FUZZ_HOLDS(strcmp(buf_str(&job->params), buf_str(&again.params)) == 0);
    job_release(&again);
}

static void check_points(struct entry *entry, struct json *doc)
{
    uint64_t points = entry_points(entry);
    struct buf text;
    struct job job;

    FUZZ_HOLDS(points > 0 && points <= PARAMS_POINTS_MAX);
    buf_init(&text, TEXT_MAX);
    entry_describe(entry, &text);
    FUZZ_HOLDS(text.len > 0);
    buf_release(&text);
    job_init(&job);
    for (uint64_t i = 0; i < points && i < POINTS_MAX; i++) {
        check_point(entry, i, &job, doc);
        check_point(entry, points - 1 - i, &job, doc);
    }
    job_release(&job);
}

static void check_errors(const struct errs *errs)
{
    FUZZ_HOLDS(errs->count <= ERRS_MAX);
    for (unsigned i = 0; i < errs->count; i++) {
        FUZZ_HOLDS(errs->items[i].code < 0);
        FUZZ_HOLDS(errs->items[i].message[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct hasher hasher;
    struct entry_context context = {.file = "fuzz.json",
                                    .line = 1,
                                    .column = 1,
                                    .id = "fuzz",
                                    .market = "gpu",
                                    .hasher = &hasher,
                                    .market_address = no_market};
    struct json doc, rendered;
    struct entry entry;
    struct errs errs;

    json_init(&doc);
    json_init(&rendered);
    errs_init(&errs);
    FUZZ_HOLDS(hasher_init(&hasher, &err) == 0);
    if (json_parse(&doc, (const char *)data, size, &err) == 0) {
        entry_compile(&entry, &doc, &context, &errs);
        check_errors(&errs);
        if (errs.errors == 0)
            check_points(&entry, &rendered);
        entry_release(&entry);
    }
    hasher_release(&hasher);
    json_release(&rendered);
    json_release(&doc);
    return 0;
}
