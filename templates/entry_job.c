/* One job of an entry, from the index of its point. */
#include "entry_impl.h"

#include <string.h>

/* A name as a template's JSON may take six bytes for each of its own. */
#define NAME_ROOM ((size_t)6 * ENTRY_NAME_MAX + 2)

void job_init(struct job *job)
{
    memset(job, 0, sizeof *job);
    buf_init(&job->name, NAME_ROOM);
    buf_init(&job->params, JSON_TEXT_MAX);
    buf_init(&job->definition, CID_CONTENT_MAX);
}

void job_release(struct job *job)
{
    buf_release(&job->name);
    buf_release(&job->params);
    buf_release(&job->definition);
}

static void reset(struct entry *entry, uint64_t index, struct job *job)
{
    buf_clear(&job->name);
    buf_clear(&job->params);
    buf_clear(&job->definition);
    job->id = entry->id;
    job->index = index;
    memset(job->market, 0, sizeof job->market);
    memset(job->node, 0, sizeof job->node);
    memset(job->key, 0, sizeof job->key);
    job->market_text[0] = '\0';
    job->cid[0] = '\0';
}

/* What is rendered of a job. */
enum extent {
    FOR_KEY, /* what its key depends on */
    WHOLE
};

static bool mentions_name(const struct entry *entry)
{
    return entry->definition.uses_name || entry->market.uses_name ||
           entry->node.uses_name || entry->timeout.uses_name;
}

static int add_name(struct entry *entry, struct job *job, struct err *err)
{
    int rc = entry_name(entry, &job->name, err);

    entry->point.name = buf_str(&job->name);
    return rc;
}

static int add_params(const struct entry *entry, struct job *job,
                      struct err *err)
{
    entry_params(entry, &job->params);
    return buf_error(&job->params, "the point's parameters", err);
}

/* The point's values, derived ones included. */
static int find_point(struct entry *entry, uint64_t index, struct err *err)
{
    struct point *point = &entry->point;
    int rc =
        params_point(&entry->params, index, entry->context->hasher, point, err);

    if (rc < 0)
        return rc;
    point->id = entry->id;
    if (entry->given)
        point->repeat = entry->given_repeat;
    return entry->derive_count == 0 ? 0
                                    : entry_derive(entry, &entry->scratch, err);
}

static int render_point(struct entry *entry, uint64_t index, struct job *job,
                        enum extent extent, struct err *err)
{
    int rc = find_point(entry, index, err);

    job->repeat = entry->point.repeat;
    job->draw = entry->point.draw;
    if (rc == 0 && (extent == WHOLE || mentions_name(entry)))
        rc = add_name(entry, job, err);
    if (rc == 0 && extent == WHOLE)
        rc = add_params(entry, job, err);
    return rc;
}

/* Gives a fault a place and a front. Returns its code. */
static int at(const struct entry_spot *spot, const char *front, struct err *err)
{
    entry_spot_set(spot, err);
    return err_prefix(err, "%s", front);
}

/* A field's text at this point, in the entry's scratch. */
static int render_text(struct entry *entry, const struct template *tpl,
                       struct err *err)
{
    buf_clear(&entry->scratch);
    return template_render_text(tpl, &entry->point, &entry->scratch, err);
}

static int render_market(struct entry *entry, struct job *job, struct err *err)
{
    const struct buf *text = &entry->scratch;
    int rc;

    job->has_market = entry->has_market;
    job->has_address = entry->has_address;
    if (!entry->has_market)
        return 0;
    if (entry->market.constant) {
        memcpy(job->market, entry->address, sizeof job->market);
        memcpy(job->market_text, entry->market_text,
               strlen(entry->market_text) + 1);
        return 0;
    }
    if (render_text(entry, &entry->market, err) < 0)
        return at(&entry->market_spot, "", err);
    rc = entry_market(entry->context, buf_str(text), text->len,
                      &job->has_address, job->market, err);
    if (rc < 0)
        return at(&entry->market_spot, "$.market: ", err);
    memcpy(job->market_text, buf_str(text), text->len + 1);
    return 0;
}

static int render_node(struct entry *entry, struct job *job, struct err *err)
{
    int rc;

    job->has_node = entry->has_node;
    if (!entry->has_node)
        return 0;
    if (entry->node.constant) {
        memcpy(job->node, entry->node_address, sizeof job->node);
        return 0;
    }
    if (render_text(entry, &entry->node, err) < 0)
        return at(&entry->node_spot, "", err);
    rc = entry_node(buf_str(&entry->scratch), entry->scratch.len, job->node,
                    err);
    return rc < 0 ? at(&entry->node_spot, "$.node: ", err) : 0;
}

static int render_timeout(struct entry *entry, struct job *job, struct err *err)
{
    int rc;

    job->timeout_s = entry->timeout_s;
    if (entry->timeout.constant)
        return 0;
    if (render_text(entry, &entry->timeout, err) < 0)
        return at(&entry->timeout_spot, "", err);
    rc = entry_timeout(buf_str(&entry->scratch), entry->scratch.len,
                       &job->timeout_s, err);
    return rc < 0 ? at(&entry->timeout_spot, "$.timeout: ", err) : 0;
}

static int render_definition(struct entry *entry, struct job *job,
                             struct err *err)
{
    struct buf *out = &job->definition;
    int rc = template_render(&entry->definition, &entry->point, out, err);

    if (out->failed == ERR_LIMIT)
        return err_set(err, ERR_LIMIT,
                       "%s: the rendered definition is over %d bytes, the "
                       "most that can be pinned",
                       entry->definition_path, CID_CONTENT_MAX);
    if (rc < 0 && err->column > 0) {
        json_place(entry->doc->text, err->column - 1, &err->line, &err->column);
        entry_spot_shift(entry, err);
    }
    return rc;
}

static int render(struct entry *entry, uint64_t index, struct job *job,
                  enum extent extent, struct err *err)
{
    int rc;

    reset(entry, index, job);
    if ((rc = render_point(entry, index, job, extent, err)) < 0 ||
        (rc = render_market(entry, job, err)) < 0 ||
        (rc = render_node(entry, job, err)) < 0 ||
        (rc = render_timeout(entry, job, err)) < 0)
        return rc;
    return render_definition(entry, job, err);
}

int entry_render(struct entry *entry, uint64_t index, struct job *job,
                 struct err *err)
{
    return render(entry, index, job, WHOLE, err);
}

/* The CID's digest; of a definition without placeholders computed once. */
static int compute_digest(struct entry *entry, struct job *job, struct err *err)
{
    struct hasher *hasher = entry->context->hasher;
    const struct buf *definition = &job->definition;

    if (!entry->definition.constant)
        return cid_alike_compute(&entry->alike, hasher, definition->data,
                                 definition->len, job->digest, err);
    if (!entry->has_digest) {
        int rc = cid_compute(hasher, definition->data, definition->len,
                             entry->digest, entry->cid, err);
        if (rc < 0)
            return rc;
        entry->has_digest = true;
    }
    memcpy(job->digest, entry->digest, sizeof job->digest);
    return 0;
}

static void add_cid(const struct entry *entry, struct job *job)
{
    if (entry->has_digest)
        memcpy(job->cid, entry->cid, sizeof job->cid);
    else
        cid_format(job->digest, job->cid);
}

static void compute_key(const struct entry *entry, struct job *job)
{
    struct key_input input = {.cid = job->digest,
                              .market = job->market,
                              .node = job->has_node ? job->node : NULL,
                              .timeout_s = job->timeout_s,
                              .repeat = job->repeat};

    if (job->has_address)
        key_compute(entry->context->hasher, &input, job->key);
}

static int check_given(const struct entry *entry, const struct job *job,
                       struct err *err)
{
    char key[KEY_TEXT_MAX];

    if (entry->given_cid && strcmp(entry->given_cid, job->cid) != 0)
        return err_set(err, ERR_DATA,
                       "$.cid: expected \"%s\", which the definition has, "
                       "found \"%.64s\"; remove key, cid and index to run it "
                       "as a new job",
                       job->cid, entry->given_cid);
    if (!entry->given_key || !job->has_address)
        return 0;
    key_format(job->key, key);
    if (strcmp(entry->given_key, key) == 0)
        return 0;
    return err_set(err, ERR_DATA,
                   "$.key: expected \"%s\", made from definition, market, "
                   "timeout, node and repeat, found \"%.64s\"; remove key, "
                   "cid and index to run it as a new job",
                   key, entry->given_key);
}

int entry_identify(struct entry *entry, struct job *job, struct err *err)
{
    int rc = compute_digest(entry, job, err);

    if (rc < 0)
        return rc;
    add_cid(entry, job);
    compute_key(entry, job);
    return check_given(entry, job, err);
}

/* Reads the rendered definition back and checks it. */
static int check_definition(struct entry *entry, struct job *job,
                            struct err *err)
{
    struct errs found;
    int rc = json_parse(&entry->parsed, job->definition.data,
                        job->definition.len, err);

    if (rc < 0)
        return rc;
    errs_init(&found);
    definition_check(&entry->parsed, 0, entry->context->schema, &found);
    rc = errs_result(&found, err);
    if (rc < 0) {
        entry_origin(entry, err);
        entry_spot_shift(entry, err);
    }
    return rc;
}

int entry_job(struct entry *entry, uint64_t index, struct job *job,
              struct err *err)
{
    int rc = render(entry, index, job, WHOLE, err);

    /* What the first point proved holds where only free text changes. */
    if (rc == 0 && !entry->definition.free_text)
        rc = check_definition(entry, job, err);
    if (rc == 0)
        rc = entry_identify(entry, job, err);
    return rc < 0 ? entry_place_error(entry, true, err) : 0;
}

int entry_key(struct entry *entry, uint64_t index, struct job *job,
              struct err *err)
{
    int rc;

    /* What was given is compared with all that there is. */
    if (entry->given)
        return entry_job(entry, index, job, err);
    rc = render(entry, index, job, FOR_KEY, err);
    if (rc == 0 && !entry->definition.free_text)
        rc = check_definition(entry, job, err);
    if (rc == 0)
        rc = compute_digest(entry, job, err);
    if (rc < 0)
        return entry_place_error(entry, true, err);
    compute_key(entry, job);
    return 0;
}

int entry_add_name(struct entry *entry, struct job *job, struct err *err)
{
    int rc = 0;

    if (job->name.len > 0)
        return 0;
    /* What is derived may have been forgotten by an expression since. */
    if (entry->derive_count > 0 || entry->point.index != job->index)
        rc = find_point(entry, job->index, err);
    if (rc == 0)
        rc = add_name(entry, job, err);
    return rc < 0 ? entry_place_error(entry, true, err) : 0;
}

int entry_complete(struct entry *entry, struct job *job, struct err *err)
{
    int rc;

    if (job->cid[0] != '\0')
        return 0;
    rc = find_point(entry, job->index, err);
    if (rc == 0)
        rc = add_params(entry, job, err);
    if (rc < 0)
        return entry_place_error(entry, true, err);
    rc = entry_add_name(entry, job, err);
    if (rc == 0)
        add_cid(entry, job);
    return rc;
}
