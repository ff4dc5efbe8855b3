/*
 * cmd_expand: every job as one JSON line, which is a manifest entry, too.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "cmd.h"
#include "endpoint.h"
#include "points.h"
#include "report.h"

#define LINE_MAX ((size_t)8 << 20) /* bytes of one line */

struct expand {
    FILE *out;
    bool terminal; /* out is one */
    struct buf line;
    struct json params; /* scratch */
    bool printed;       /* a job */
};

static void add_text(struct buf *out, const char *name, const char *text,
                     size_t len)
{
    /* Not by printf: that would be a third of what a line costs. */
    buf_add_str(out, ",\"");
    buf_add_str(out, name);
    buf_add_str(out, "\":");
    json_quote(out, text, len);
}

/* A list or an object would be read as an axis or an operator. */
static void add_param(struct buf *out, const struct json *doc, uint32_t value)
{
    bool wrap = doc->nodes[value].type == JSON_ARRAY ||
                doc->nodes[value].type == JSON_OBJECT;

    if (wrap)
        buf_add_str(out, "{\"value\":");
    json_write(doc, value, out);
    if (wrap)
        buf_add_char(out, '}');
}

static int add_params(struct expand *expand, const struct job *job,
                      struct err *err)
{
    struct json *doc = &expand->params;
    struct buf *out = &expand->line;

    if (json_parse(doc, buf_str(&job->params), job->params.len, err) != 0)
        return err_prefix(err, "%s: parameters: ", buf_str(&job->name));
    buf_add_str(out, ",\"params\":{");
    uint32_t at = json_first(0);
    for (uint32_t i = 0; i < doc->nodes[0].size; i++) {
        buf_add_str(out, i == 0 ? "" : ",");
        json_write(doc, at, out);
        buf_add_char(out, ':');
        add_param(out, doc, at + 1);
        at = json_next(doc, at + 1);
    }
    buf_add_char(out, '}');
    return 0;
}

/* A name is a template in a manifest: what looks like one is protected. */
static void add_name(struct buf *out, const struct job *job)
{
    struct buf name;

    buf_init(&name, 4 * ENTRY_NAME_MAX);
    template_protect(buf_str(&job->name), job->name.len, &name);
    add_text(out, "name", buf_str(&name), name.len);
    if (name.failed)
        out->failed = name.failed;
    buf_release(&name);
}

static void add_identity(struct buf *out, const struct job *job)
{
    char key[KEY_TEXT_MAX];
    char address[BASE58_TEXT_MAX];

    buf_add_str(out, ",\"repeat\":");
    buf_add_u64(out, job->repeat);
    if (job->has_address) {
        key_format(job->key, key);
        add_text(out, "key", key, strlen(key));
    }
    add_text(out, "cid", job->cid, strlen(job->cid));
    if (job->has_address) {
        size_t len = base58_encode(job->market, sizeof job->market, address);
        add_text(out, "market", address, len);
    }
    buf_add_str(out, ",\"timeout\":");
    buf_add_u64(out, job->timeout_s);
    if (job->has_node) {
        size_t len = base58_encode(job->node, sizeof job->node, address);
        add_text(out, "node", address, len);
    }
}

/*
 * Nothing was found for a while: what is printed is to be seen, and nobody
 * who has seen enough waits for the next job, which may be far away.
 */
static int pause_printing(const struct expand *expand, struct err *err)
{
    struct pollfd out = {.fd = fileno(expand->out)};

    if (fflush(expand->out) != 0)
        return err_set_errno(err, ERR_IO, errno, "cannot write the jobs");
    if (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0)
        raise(SIGPIPE); /* as the next line would */
    return 0;
}

static int on_job(void *arg, const struct job *job, uint64_t index,
                  struct err *err)
{
    struct expand *expand = arg;
    struct buf *out = &expand->line;

    if (!job)
        return pause_printing(expand, err);
    buf_clear(out);
    buf_add_str(out, "{\"index\":");
    buf_add_u64(out, index);
    add_text(out, "id", job->id, strlen(job->id));
    add_name(out, job);
    if (add_params(expand, job, err) != 0)
        return err->code;
    add_identity(out, job);
    buf_add_str(out, ",\"definition\":");
    template_protect(buf_str(&job->definition), job->definition.len, out);
    buf_add_str(out, "}\n");
    expand->printed = true;
    return report_put_json(expand->out, expand->terminal, out, "the jobs", err);
}

/*
 * An empty shard is a manifest, too: a reader of the pipe can tell it from a
 * pipe that broke.
 */
static int print_empty(const struct expand *expand, struct err *err)
{
    if (fputs("{\"manifest\":1}\n", expand->out) >= 0)
        return 0;
    return err_set_errno(err, ERR_IO, errno, "cannot write the jobs");
}

int cmd_expand(const struct opt *opt, struct app *app, struct err *err)
{
    struct expand expand = {.out = app->out, .terminal = app->out_terminal};
    struct input input;
    int rc = input_init(&input, opt, err);

    buf_init(&expand.line, LINE_MAX);
    json_init(&expand.params);
    if (rc == 0)
        rc = input_offline_markets(&input, endpoint_api_url(opt->api_url), err);
    if (rc == 0)
        rc =
            points_each(&input, opt->args[0], on_job, &expand, &app->errs, err);
    if (rc == 0 && !expand.printed)
        rc = print_empty(&expand, err);
    json_release(&expand.params);
    buf_release(&expand.line);
    input_release(&input);
    return rc;
}
