#include "changes.h"

#include <string.h>

#include "changes_definition.h"
#include "say.h"

#define TEXT_MAX ((size_t)64 << 10)

static void separate(struct buf *out, size_t start)
{
    if (out->len > start)
        buf_add_str(out, ", ");
}

/* The slug, or the address where there is none. */
static const char *label(const struct markets *markets, const char *text)
{
    uint8_t address[BASE58_ADDRESS_LEN];

    if (!text || !base58_address(text, strlen(text), address))
        return text ? text : "none";
    return markets_label(markets, address, text);
}

static void add_market(const struct job *job,
                       const struct ledger_intent *posted,
                       const struct markets *markets, struct buf *out)
{
    char text[BASE58_TEXT_MAX];

    if (!job->has_address)
        return;
    base58_encode(job->market, sizeof job->market, text);
    if (posted->market && strcmp(posted->market, text) == 0)
        return;
    buf_addf(out, "market %s → %s", label(markets, posted->market),
             label(markets, text));
}

static void add_node(const struct job *job, const struct ledger_intent *posted,
                     struct buf *out, size_t start)
{
    const char *old = posted->node ? posted->node : "any";
    char text[BASE58_TEXT_MAX] = "any";

    if (job->has_node)
        base58_encode(job->node, sizeof job->node, text);
    if (strcmp(old, text) == 0)
        return;
    separate(out, start);
    buf_addf(out, "node %s → %s", old, text);
}

void changes_describe(const struct job *job, const struct ledger_intent *posted,
                      const struct markets *markets, struct buf *out)
{
    size_t start = out->len;

    add_market(job, posted, markets, out);
    if (posted->timeout_s != job->timeout_s) {
        separate(out, start);
        buf_addf(out, "timeout %llu s → %llu s",
                 (unsigned long long)posted->timeout_s,
                 (unsigned long long)job->timeout_s);
    }
    add_node(job, posted, out, start);
    if (posted->repeat != job->repeat) {
        separate(out, start);
        buf_addf(out, "repeat %llu → %llu", (unsigned long long)posted->repeat,
                 (unsigned long long)job->repeat);
    }
    if (strcmp(posted->cid, job->cid) != 0) {
        separate(out, start);
        buf_add_str(out, "definition");
    }
}

int changes_warn(struct ledger *ledger, struct ledger_reader *reader,
                 const struct job *job, const struct compare *compare,
                 const struct markets *markets, struct err *err)
{
    const char *name = buf_str(&job->name);
    struct ledger_sent sent;
    struct buf text, definition;

    if (compare->elsewhere) {
        say_warning("%s: changed since a ledger of --seen posted it", name);
        return 0;
    }
    int rc = ledger_read_intent(ledger, &compare->other, reader, &sent, err);
    if (rc < 0)
        return rc;
    buf_init(&text, TEXT_MAX);
    buf_init(&definition, TEXT_MAX);
    changes_describe(job, &sent.intent, markets, &text);
    if (strcmp(sent.intent.cid, job->cid) != 0)
        rc = changes_definition(ledger, &sent, compare->other.offset, job,
                                &definition, err);
    if (rc == 0)
        say_warning("%s: changed since it was posted: %s%s%s", name,
                    buf_str(&text), definition.len > 0 ? ": " : "",
                    buf_str(&definition));
    buf_release(&definition);
    buf_release(&text);
    return rc;
}
