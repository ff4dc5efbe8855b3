/* One job of an entry, from the index of its point. */
#include "entry_impl.h"

#include <stdio.h>
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
}

/* The point's values, derived ones and the name included. */
static int render_point(struct entry *entry, uint64_t index, struct job *job,
                        struct err *err)
{
    struct point *point = &entry->point;
    int rc =
        params_point(&entry->params, index, entry->context->hasher, point, err);

    if (rc < 0)
        return rc;
    point->id = entry->id;
    point->name = NULL;
    if (entry->given)
        point->repeat = entry->given_repeat;
    job->repeat = point->repeat;
    job->draw = point->draw;
    if ((rc = entry_derive(entry, &entry->scratch, err)) < 0 ||
        (rc = entry_name(entry, &job->name, err)) < 0)
        return rc;
    point->name = buf_str(&job->name);
    entry_params(entry, &job->params);
    return buf_error(&job->params, "the point's parameters", err);
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
        snprintf(job->market_text, sizeof job->market_text, "%s",
                 entry->market_text);
        return 0;
    }
    if ((rc = render_text(entry, &entry->market, err)) < 0)
        return rc;
    rc = entry_market(entry->context, buf_str(text), text->len,
                      &job->has_address, job->market, err);
    if (rc < 0)
        return err_prefix(err, "$.market: ");
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
    if ((rc = render_text(entry, &entry->node, err)) < 0)
        return rc;
    rc = entry_node(buf_str(&entry->scratch), entry->scratch.len, job->node,
                    err);
    return rc < 0 ? err_prefix(err, "$.node: ") : 0;
}

static int render_timeout(struct entry *entry, struct job *job, struct err *err)
{
    int rc;

    job->timeout_s = entry->timeout_s;
    if (entry->timeout.constant)
        return 0;
    if ((rc = render_text(entry, &entry->timeout, err)) < 0)
        return rc;
    rc = entry_timeout(buf_str(&entry->scratch), entry->scratch.len,
                       &job->timeout_s, err);
    return rc < 0 ? err_prefix(err, "$.timeout: ") : 0;
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
    return rc;
}

int entry_render(struct entry *entry, uint64_t index, struct job *job,
                 struct err *err)
{
    int rc;

    reset(entry, index, job);
    if ((rc = render_point(entry, index, job, err)) < 0 ||
        (rc = render_market(entry, job, err)) < 0 ||
        (rc = render_node(entry, job, err)) < 0 ||
        (rc = render_timeout(entry, job, err)) < 0)
        return rc;
    return render_definition(entry, job, err);
}

/* The CID; of a definition without placeholders it is computed once. */
static int compute_cid(struct entry *entry, struct job *job, struct err *err)
{
    if (entry->has_digest) {
        memcpy(job->digest, entry->digest, sizeof job->digest);
        memcpy(job->cid, entry->cid, sizeof job->cid);
        return 0;
    }
    int rc = cid_compute(entry->context->hasher, job->definition.data,
                         job->definition.len, job->digest, job->cid, err);
    if (rc < 0 || !entry->definition.constant)
        return rc;
    memcpy(entry->digest, job->digest, sizeof entry->digest);
    memcpy(entry->cid, job->cid, sizeof entry->cid);
    entry->has_digest = true;
    return 0;
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
    int rc = compute_cid(entry, job, err);

    if (rc < 0)
        return rc;
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
    if (rc < 0 && err->message[0] == '$') {
        memmove(err->message, err->message + 1, strlen(err->message));
        err_prefix(err, "%s", entry->definition_path);
    }
    return rc;
}

int entry_job(struct entry *entry, uint64_t index, struct job *job,
              struct err *err)
{
    int rc = entry_render(entry, index, job, err);

    /* What the first point proved holds where only free text changes. */
    if (rc == 0 && !entry->definition.free_text)
        rc = check_definition(entry, job, err);
    if (rc == 0)
        rc = entry_identify(entry, job, err);
    return rc < 0 ? entry_place_error(entry, true, err) : 0;
}
